// SPDX-License-Identifier: BSL-1.0
//
// SHA-1 in portable constexpr code: key identifiers are made of it, also those of builtin keys, which the compiler
// computes. Source: FIPS 180-4, sections 5.1.1 and 6.1.2.
#ifndef MODSIG_DIGEST_SHA1_HPP
#define MODSIG_DIGEST_SHA1_HPP

#include <modsig/digest.hpp>

#include <array>
#include <bit>
#include <cstdint>

namespace modsig::digest {

class portable_sha1 {
    std::array<std::uint32_t, 5> state_{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    std::array<std::uint8_t, 64> block_{};
    std::uint64_t size_ = 0;  // bytes so far

    constexpr void compress() {
        std::array<std::uint32_t, 80> w{};
        for (std::size_t t = 0; t != 16; ++t) w[t] = load_be<std::uint32_t>(byte_view(block_).subspan(4 * t, 4));
        for (std::size_t t = 16; t != 80; ++t) w[t] = std::rotl(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
        auto [a, b, c, d, e] = state_;
        for (std::size_t t = 0; t != 80; ++t) {
            std::uint32_t f = b ^ c ^ d;
            std::uint32_t k = t < 40 ? 0x6ed9eba1 : 0xca62c1d6;
            if (t < 20) f = (b & c) | (~b & d), k = 0x5a827999;
            else if (t >= 40 && t < 60) f = (b & c) | (b & d) | (c & d), k = 0x8f1bbcdc;
            const std::uint32_t next = std::rotl(a, 5) + f + e + k + w[t];
            e = d, d = c, c = std::rotl(b, 30), b = a, a = next;
        }
        state_[0] += a, state_[1] += b, state_[2] += c, state_[3] += d, state_[4] += e;
    }

public:
    static constexpr digest_id id = digest_id::sha1;

    constexpr void update(byte_view bytes) {
        for (const std::uint8_t byte : bytes) {
            block_[size_++ % 64] = byte;
            if (size_ % 64 == 0) compress();
        }
    }

    [[nodiscard]] constexpr digest_value finish() {
        const auto bits = store_be<8>(8 * size_);
        const std::array<std::uint8_t, 1> one{0x80}, zero{0};
        update(one);
        while (size_ % 64 != 56) update(zero);
        update(bits);
        digest_value digest{id, {}};
        for (std::size_t i = 0; i != 20; ++i) digest.bytes[i] = store_be<4>(state_[i / 4])[i % 4];
        return digest;
    }
};
static_assert(explain_hash<portable_sha1>());

}  // namespace modsig::digest

#endif  // MODSIG_DIGEST_SHA1_HPP
