// SPDX-License-Identifier: BSL-1.0
#include "shard.hpp"

#include <modsig/digest.hpp>
#include <modsig/digest/sha2.hpp>

#include <charconv>
#include <system_error>

namespace tool {
namespace {

std::optional<std::uint64_t> parse_number(std::string_view digits) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return error == std::errc() && end == digits.data() + digits.size() ? std::optional(number) : std::nullopt;
}

}  // namespace

std::optional<shard> shard::parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto index = parse_number(text.substr(0, slash)), count = parse_number(text.substr(slash + 1));
    if (!index || !count || *index == 0 || *index > *count) return std::nullopt;
    return shard(*index, *count);
}

bool shard::holds(std::string_view path) const {
    const auto digest = modsig::digest_of<modsig::digest::portable_sha2<modsig::digest_id::sha256>>(modsig::byte_view(reinterpret_cast<const std::uint8_t*>(path.data()), path.size()));
    return modsig::load_be<std::uint32_t>(digest.view().first(4)) % count_ == index_ - 1;
}

}  // namespace tool
