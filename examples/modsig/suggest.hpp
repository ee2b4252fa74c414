// SPDX-License-Identifier: BSL-1.0
//
// The word that was probably meant, where a command, an option or a value does not exist.
#ifndef MODSIG_TOOL_SUGGEST_HPP
#define MODSIG_TOOL_SUGGEST_HPP

#include <string>
#include <string_view>
#include <vector>

namespace tool {

/// The nearest of these words: letters left out, too many, wrong, or swapped with their neighbour, at most two of them and
/// fewer than half; capitals or not; the first of several. Empty where none is near.
[[nodiscard]] std::string_view nearest(std::string_view word, const std::vector<std::string>& words);

/// "; did you mean --trust?", or nothing.
[[nodiscard]] std::string did_you_mean(std::string_view word, const std::vector<std::string>& words);

/// "modsign, digsig, ima"
[[nodiscard]] std::string comma_separated(const std::vector<std::string>& words);

/// The names of the entries of a table.
template <class Table>
[[nodiscard]] std::vector<std::string> names_of(const Table& table) {
    std::vector<std::string> names;
    for (const auto& entry : table) names.emplace_back(entry.name);
    return names;
}

}  // namespace tool

#endif  // MODSIG_TOOL_SUGGEST_HPP
