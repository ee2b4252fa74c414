// SPDX-License-Identifier: BSL-1.0
#include "suggest.hpp"

#include <algorithm>
#include <cstddef>

namespace tool {
namespace {

/// Optimal string alignment: Damerau's distance, each pair swapped once.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::vector<std::size_t>> least(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) least[i][0] = i;
    for (std::size_t j = 0; j <= b.size(); ++j) least[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i)
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t changed = least[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            least[i][j] = std::min({least[i - 1][j] + 1, least[i][j - 1] + 1, changed});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) least[i][j] = std::min(least[i][j], least[i - 2][j - 2] + 1);
        }
    return least[a.size()][b.size()];
}

}  // namespace

std::string_view nearest(std::string_view word, const std::vector<std::string>& words) {
    constexpr std::size_t longest = 64;  // nobody means a word of ours by more
    if (word.size() > longest) return {};
    std::string lower(word);
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    std::string_view best;
    std::size_t least = std::min<std::size_t>(2, (word.size() - word.size() / 2) - (word.empty() ? 0 : 1)) + 1;
    for (const std::string& each : words)
        if (const std::size_t far = distance(lower, each); far < least) {
            least = far;
            best = each;
        }
    return best;
}

std::string comma_separated(const std::vector<std::string>& words) {
    std::string list;
    for (const std::string& word : words) list += (list.empty() ? "" : ", ") + word;
    return list;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& words) {
    const std::string_view meant = nearest(word, words);
    return meant.empty() ? std::string() : "; did you mean " + std::string(meant) + "?";
}

}  // namespace tool
