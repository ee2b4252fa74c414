// SPDX-License-Identifier: BSL-1.0
//
// Extended attributes of files: security.ima and security.evm, what EVM makes of a file's others, and all that as text.
#ifndef MODSIG_TOOL_ATTRIBUTES_HPP
#define MODSIG_TOOL_ATTRIBUTES_HPP

#include "exit_status.hpp"
#include "image.hpp"

#include <modsig/bytes.hpp>
#include <modsig/os/file.hpp>
#include <modsig/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tool {

using attribute_value = std::vector<std::uint8_t>;

/// `no_signature`: the file has no such attribute, or its file system has none. `io_error`, with errno.
[[nodiscard]] modsig::result<attribute_value> read_attribute(const std::string& path, const std::string& name);

/// Sets an attribute of the file that `source` was read from, whatever its path means by now. Complains: attributes of security.* are
/// the administrator's, and not every file system has them.
[[nodiscard]] exit_status write_attribute(const image& source, const std::string& name, modsig::byte_view value);

/// The same of a copy of that file, which gets its name when it has the attribute. Complains.
[[nodiscard]] exit_status write_copy(const image& source, const std::string& destination, const std::string& name, modsig::byte_view value);

/// What a signature of EVM is over. Besides the failures of layout::evm_data(): `io_error`, with errno. A signature that is
/// not portable covers the inode's generation and the file system's UUID, too, where they can be had.
[[nodiscard]] modsig::result<attribute_value> evm_metadata(const std::string& path, bool portable);
[[nodiscard]] modsig::result<attribute_value> evm_metadata(const modsig::os::regular_file& file, bool portable);

/// Whether a value of security.evm is a portable signature.
[[nodiscard]] bool is_portable(modsig::byte_view value);

/// The signature in a file that `--signature` names: what getfattr has printed is turned into the value of `name`, of the file
/// `path` where the text is about several. `missing_element`: the text has none; `bad_text`.
[[nodiscard]] modsig::result<attribute_value> signature_in(modsig::byte_view file, std::string_view name, std::string_view path);

}  // namespace tool

#endif  // MODSIG_TOOL_ATTRIBUTES_HPP
