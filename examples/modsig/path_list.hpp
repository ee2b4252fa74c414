// SPDX-License-Identifier: BSL-1.0
//
// A list of paths, as `find` prints it: one a line, or, where the list has a NUL byte, one up to each NUL, since only so a path can have
// a newline. All other bytes belong to the path. An empty line names nothing; a line `-` names the file ./-.
#ifndef MODSIG_TOOL_PATH_LIST_HPP
#define MODSIG_TOOL_PATH_LIST_HPP

#include <modsig/result.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace tool {

/// Bytes of a list.
inline constexpr std::size_t path_list_limit = std::size_t{64} << 20;

/// The paths, in the list's order. `file`: a regular file, or a pipe among the own descriptors, which has os::pipe_patience; `-` is
/// standard input, to its end. Errors: `io_error`, with errno; `too_large`, beyond path_list_limit.
[[nodiscard]] modsig::result<std::vector<std::string>> read_path_list(const std::string& file);

}  // namespace tool

#endif  // MODSIG_TOOL_PATH_LIST_HPP
