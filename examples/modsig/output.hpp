// SPDX-License-Identifier: BSL-1.0
//
// Where results go: a new file, the place of the file that was read, a device, standard output.
#ifndef MODSIG_TOOL_OUTPUT_HPP
#define MODSIG_TOOL_OUTPUT_HPP

#include "exit_status.hpp"
#include "image.hpp"

#include <modsig/bytes.hpp>

#include <initializer_list>
#include <string>

namespace tool {

using output_parts = std::initializer_list<modsig::byte_view>;

/// Writes a file in the place of the one that `source` was read from, with its owner, mode and attributes; complains about
/// those that it could not keep. Where the path means another file by now, nothing is written. Complains.
[[nodiscard]] exit_status replace_source(const image& source, output_parts parts);

/// Writes to `destination`: a file with the mode of `source`, in the place of what has that name; into a character device, or
/// a FIFO that is read; `-` is standard output. Complains.
[[nodiscard]] exit_status write_output(const image& source, const std::string& destination, output_parts parts);

/// The same for what has no source.
[[nodiscard]] exit_status write_output(const std::string& destination, output_parts parts, ::mode_t mode = 0666);

/// replace_source() where the destination is empty, write_output() otherwise.
[[nodiscard]] exit_status write_result(const image& source, const std::string& destination, output_parts parts);

}  // namespace tool

#endif  // MODSIG_TOOL_OUTPUT_HPP
