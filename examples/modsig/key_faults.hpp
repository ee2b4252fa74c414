// SPDX-License-Identifier: BSL-1.0
//
// Why a file, or an entry of it, is no key: with the name of what it is instead and the command that makes a key of it.
#ifndef MODSIG_TOOL_KEY_FAULTS_HPP
#define MODSIG_TOOL_KEY_FAULTS_HPP

#include <modsig/bytes.hpp>
#include <modsig/result.hpp>

#include <cstddef>
#include <string>

namespace tool {

/// As describe(), and what else is known. The file is read again, but no pipe is. `index`: of the entry, from 0.
/// The same of an entry that is in memory, in binary form.
[[nodiscard]] std::string describe_key_fault(modsig::byte_view blob, const modsig::failure& why);
[[nodiscard]] std::string describe_key_fault(const std::string& path, std::size_t index, const modsig::failure& why);

}  // namespace tool

#endif  // MODSIG_TOOL_KEY_FAULTS_HPP
