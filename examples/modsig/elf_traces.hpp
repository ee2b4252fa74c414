// SPDX-License-Identifier: BSL-1.0
//
// Whether strip may have been over an ELF file.  Format: elf(5).
#ifndef MODSIG_TOOL_ELF_TRACES_HPP
#define MODSIG_TOOL_ELF_TRACES_HPP

#include <modsig/bytes.hpp>

namespace tool {

/// An ELF file that holds nothing of what strip takes away first: debug sections, and the names of source files (STT_FILE) that
/// compilers put into symbol tables. So are files that were never compiled with any.
[[nodiscard]] bool may_be_stripped(modsig::byte_view image);

}  // namespace tool

#endif  // MODSIG_TOOL_ELF_TRACES_HPP
