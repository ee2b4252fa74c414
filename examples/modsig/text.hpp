// SPDX-License-Identifier: BSL-1.0
//
// Values as text, for people and for programs. File names and names in certificates are somebody else's: see ../printable.hpp.
#ifndef MODSIG_TOOL_TEXT_HPP
#define MODSIG_TOOL_TEXT_HPP

#include "../printable.hpp"

#include <modsig/bytes.hpp>
#include <modsig/key_identifier.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tool {

[[nodiscard]] std::string hex(modsig::byte_view bytes);
[[nodiscard]] std::optional<std::vector<std::uint8_t>> parse_hex(std::string_view text);

/// 16 digits (digsig v1), 8 (IMA), `skid:HEX`, `serial:HEX`; empty where there is none.
[[nodiscard]] std::string key_id_text(const modsig::key_id_copy& id);

/// The name of a key's owner, from the content of an X.501 Name.
[[nodiscard]] std::string owner(modsig::byte_view name);

/// 2012-08-09 11:22:33 UTC
[[nodiscard]] std::string date(std::int64_t seconds);

using ::printable;
using ::without_controls;

/// An argument of a command that is to be copied, as a shell takes it; not yet printable().
[[nodiscard]] std::string shell_word(std::string_view argument);

/// "a, b, c and 4 others": so many names, printable.
[[nodiscard]] std::string listed(const std::vector<std::string>& names, std::size_t most);

/// For TSV: tab, newline and backslash as \t, \n and two backslashes, other controls of ASCII as \xNN; `-` for nothing.
[[nodiscard]] std::string tsv_cell(std::string_view text);

}  // namespace tool

#endif  // MODSIG_TOOL_TEXT_HPP
