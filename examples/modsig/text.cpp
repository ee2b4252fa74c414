// SPDX-License-Identifier: BSL-1.0
#include "text.hpp"

#include <modsig/der/time.hpp>
#include <modsig/key/name.hpp>

#include <algorithm>
#include <array>
#include <cstdio>

namespace tool {

std::string hex(modsig::byte_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const std::uint8_t byte : bytes) {
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

std::optional<std::vector<std::uint8_t>> parse_hex(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef0123456789ABCDEF";
    if (text.size() % 2 != 0) return std::nullopt;
    std::vector<std::uint8_t> bytes(text.size() / 2);
    for (std::size_t i = 0; i != text.size(); ++i) {
        const std::size_t value = digits.find(text[i]);
        if (value == std::string_view::npos) return std::nullopt;
        const std::size_t shifted = std::size_t{bytes[i / 2]} << 4;
        bytes[i / 2] = static_cast<std::uint8_t>(shifted | (value & 15));
    }
    return bytes;
}

std::string key_id_text(const modsig::key_id_copy& id) {
    const std::string digits = hex(id.view());
    switch (id.kind) {
        case modsig::key_id_kind::none: return {};
        case modsig::key_id_kind::skid:
        case modsig::key_id_kind::named_skid: return "skid:" + digits;
        case modsig::key_id_kind::public_key: return "key:" + digits;
        case modsig::key_id_kind::issuer_serial: return "serial:" + digits;
        case modsig::key_id_kind::digsig_v1:
        case modsig::key_id_kind::ima:
        case modsig::key_id_kind::key_digest: break;
    }
    return digits;
}

std::string owner(modsig::byte_view name) {
    std::array<char, 256> room{};
    return std::string(modsig::key::display_name(name, room));
}

std::string date(std::int64_t seconds) {
    if (seconds < 0) return "before 1970";
    const auto day = modsig::der::date_of(seconds / 86400);
    const auto clock = static_cast<int>(seconds % 86400);
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%04lld-%02u-%02u %02d:%02d:%02d UTC", static_cast<long long>(day.year), day.month, day.day,
                  clock / 3600, clock / 60 % 60, clock % 60);
    return text.data();
}

std::string shell_word(std::string_view argument) {
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%";
    if (!argument.empty() && argument[0] != '-' && argument.find_first_not_of(plain) == std::string_view::npos) return std::string(argument);
    std::string word = argument.starts_with('-') ? "./'" : "'";
    for (const char c : argument) word += c == '\'' ? std::string("'\"'\"'") : std::string(1, c);  // no backslash, which printable() doubles
    return word + "'";
}

std::string listed(const std::vector<std::string>& names, std::size_t most) {
    std::string text;
    for (std::size_t i = 0; i != std::min(most, names.size()); ++i) text += (i == 0 ? "" : ", ") + printable(names[i]);
    return names.size() > most ? text + " and " + std::to_string(names.size() - most) + " others" : text;
}

std::string tsv_cell(std::string_view text) {
    if (text.empty()) return "-";
    std::string cell;
    for (const char c : text) {
        if (c == '\t') cell += "\\t";
        else if (c == '\n') cell += "\\n";
        else if (c == '\\') cell += "\\\\";
        else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) cell += escaped({&c, 1});
        else cell += c;
    }
    return cell;
}

}  // namespace tool
