// SPDX-License-Identifier: BSL-1.0
#ifndef PLUGIN_HOST_ARGUMENTS_HPP
#define PLUGIN_HOST_ARGUMENTS_HPP

#include <charconv>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct arguments {
    std::vector<std::pair<std::string, std::filesystem::path>> pins{};  // name of a plugin, file of keys
    std::vector<std::filesystem::path> revocations{};                   // files or folders
    std::filesystem::path watched{};                                    // folder; empty: none
    unsigned threads = 2;
    std::vector<std::filesystem::path> plugins{};
};

/// Nothing for arguments that do not fit the usage.
inline std::optional<arguments> parse(int count, char** words) {
    arguments found;
    for (int i = 1; i < count; ++i) {
        const std::string_view word = words[i];
        if (!word.starts_with("--")) {
            found.plugins.emplace_back(word);
            continue;
        }
        if (++i == count) return std::nullopt;
        const std::string_view value = words[i];
        if (word == "--watch" && found.watched.empty()) {
            found.watched = value;
        } else if (word == "--revoked") {
            found.revocations.emplace_back(value);
        } else if (word == "--pin" && value.find('=') != 0 && value.find('=') != std::string_view::npos) {
            const std::size_t split = value.find('=');
            found.pins.emplace_back(value.substr(0, split), value.substr(split + 1));
        } else if (word == "--threads") {
            const auto end = std::from_chars(value.data(), value.data() + value.size(), found.threads);
            if (end.ec != std::errc() || end.ptr != value.data() + value.size() || found.threads > 256) return std::nullopt;
        } else {
            return std::nullopt;
        }
    }
    if (found.plugins.empty() && found.watched.empty()) return std::nullopt;
    return found;
}

#endif  // PLUGIN_HOST_ARGUMENTS_HPP
