// SPDX-License-Identifier: BSL-1.0
//
// What a correct RSA signature turns into: the encoded message, in limbs as the arithmetic left it.
//   PKCS#1 v1.5: built from the digest and compared   RFC 8017, section 9.2; rsa_block.hpp
//   PSS:         maskedDB | H | BC                    RFC 8017, section 9.1.2
#ifndef MODSIG_ENGINE_NATIVE_RSA_ENCODING_HPP
#define MODSIG_ENGINE_NATIVE_RSA_ENCODING_HPP

#include <modsig/algorithm.hpp>
#include <modsig/engine/native/hash.hpp>
#include <modsig/engine/native/limbs.hpp>
#include <modsig/engine/rsa_block.hpp>
#include <modsig/result.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace modsig::engine {

/// How long the salt of a PSS signature is. RFC 8017 has it known beforehand; "any" takes what the signature says.
struct pss_salt {
    std::size_t size = std::numeric_limits<std::size_t>::max();  ///< bytes; the largest value: any

    /// A salt of any size, which the signature determines.
    [[nodiscard]] static constexpr pss_salt any() { return {}; }
    /// A salt of so many bytes.
    [[nodiscard]] static constexpr pss_salt of(std::size_t bytes) { return {bytes}; }
    /// As a claim says it: to_check::salt_size.
    [[nodiscard]] static constexpr pss_salt of_claim(std::uint16_t bytes) { return bytes == any_salt_size ? any() : of(bytes); }
    /// Whether the signature determines the size.
    [[nodiscard]] constexpr bool is_any() const { return size == std::numeric_limits<std::size_t>::max(); }
};

/// The integer that came out of s^e mod n, as the bytes of an encoded message of `size` bytes, first byte first.
template <class Limb>
struct encoded_message {
    const Limb* limbs;  ///< least significant first
    std::size_t size;   ///< bytes of the encoded message

    /// Byte i, counted from the first, most significant one.
    [[nodiscard]] constexpr std::uint8_t operator[](std::size_t i) const { return limbs::byte_at(limbs, size - 1 - i); }
};

namespace detail {

/// The end of an expected PKCS#1 v1.5 block, 00 and what rsa_block says, and FF before it, so that it can be read in limbs.
class pkcs1_tail {
public:
    static constexpr std::size_t room = 88;
    static_assert(room >= 1 + sizeof(digest_info_prefix) + max_digest_size && room % 8 == 0);

private:
    std::array<std::uint8_t, room> bytes_{};
    std::size_t size_ = 0;

public:
    constexpr explicit pkcs1_tail(byte_view content) : size_(1 + content.size()) {
        const std::size_t begin = room - size_;
        for (std::size_t i = 0; i != begin; ++i) bytes_[i] = 0xff;
        for (std::size_t i = 0; i != content.size(); ++i) bytes_[begin + 1 + i] = content[i];
    }
    [[nodiscard]] constexpr std::size_t size() const { return size_; }
    [[nodiscard]] constexpr const std::uint8_t* end() const { return bytes_.data() + room; }
};

/// Whether the integer is 00 01, eight or more FF, `tail`: a limb at a time.
template <class Limb>
[[nodiscard]] constexpr bool is_pkcs1_block(const encoded_message<Limb>& em, const pkcs1_tail& tail) {
    if (em.size < 2 + 8 + tail.size()) return false;
    constexpr std::size_t width = sizeof(Limb), in_tail = pkcs1_tail::room / width;
    const std::size_t limb_count = limbs::count(em.size, width);
    Limb difference = 0;
    for (std::size_t i = 0; i != limb_count; ++i) {
        auto expected = static_cast<Limb>(~Limb{0});
        if (i < in_tail) expected = limbs::load_limb<Limb>(tail.end() - (i + 1) * width);
        for (std::size_t at = (i + 1) * width; at-- > i * width && at + 2 >= em.size;) {  // the first two bytes: 00 01
            const std::size_t shift = 8 * (at - i * width);
            expected &= static_cast<Limb>(~(Limb{0xff} << shift));
            if (at + 2 == em.size) expected |= static_cast<Limb>(Limb{1} << shift);
        }
        difference |= em.limbs[i] ^ expected;
    }
    return difference == 0;
}

}  // namespace detail

/// PKCS#1 v1.5, with or without DigestInfo. The right block is recognised a limb at a time; another one is laid out in
/// `Room` bytes and rsa_block says what is wrong with it. unsupported_hash: this digest has no DigestInfo.
template <bool SmallCode, std::size_t Room, class Limb>
[[nodiscard]] constexpr result<void> check_pkcs1_block(const encoded_message<Limb>& em, scheme_id scheme, const digest_value& digest) {
    const rsa_block wanted(scheme, digest);
    if (wanted.empty()) return failure{errc::unsupported_hash, 0, linux_error::einval};
    if constexpr (!SmallCode)
        if (detail::is_pkcs1_block(em, detail::pkcs1_tail(wanted.content()))) return result<void>::success();
    std::array<std::uint8_t, Room> block{};
    for (std::size_t i = 0; i != em.size; ++i) block[i] = em[i];
    return wanted.compare(byte_view(block).first(em.size));
}

/// PSS with MGF1 over the digest's own algorithm. `bits` is the length of the modulus. RFC 8017, section 9.1.2.
/// bad_padding: made for this very digest, but the frame around its hash is not what the standard says, or the salt is of
/// another length than required.
template <class Hash, class Limb>
[[nodiscard]] constexpr errc check_pss_block(const Limb* integer, std::size_t bits, const digest_value& digest, pss_salt salt) {
    constexpr std::size_t hash_size = size_of(Hash::id);
    const encoded_message<Limb> em{integer, (bits - 1 + 7) / 8};
    // steps 1-3; a modulus of 8k + 1 bits has one byte more, which must be zero (section 8.1.2, step 2c)
    if (em.size < hash_size + 2 || (!salt.is_any() && salt.size > em.size - hash_size - 2)) return errc::unsupported_key;
    bool frame = em[em.size - 1] == 0xbc;                                                    // step 4
    if ((bits - 1) % 8 == 0) frame = frame && limbs::byte_at(integer, em.size) == 0;
    const std::size_t db_size = em.size - hash_size - 1;                                     // step 5
    const auto top_mask = static_cast<std::uint8_t>(0xff >> (8 * em.size - (bits - 1)));
    frame = frame && (em[0] & ~unsigned{top_mask}) == 0;                                     // step 6

    std::array<std::uint8_t, hash_size> h{};
    for (std::size_t i = 0; i != hash_size; ++i) h[i] = em[db_size + i];

    // steps 7-11: DB = maskedDB ^ MGF1(H), read once: zeros, 01, salt; step 12: M' = eight zeros, digest, salt
    Hash inner;
    const std::array<std::uint8_t, 8> zeros{};
    inner.update(zeros);
    inner.update(digest.view());
    digest_value mask;
    std::size_t salt_begin = salt.is_any() ? 0 : db_size - salt.size;
    for (std::size_t i = 0; i != db_size; ++i) {
        if (i % hash_size == 0) {
            Hash generator;                                                                  // appendix B.2.1
            generator.update(h);
            generator.update(store_be<4>(static_cast<std::uint32_t>(i / hash_size)));
            mask = generator.finish();
        }
        auto byte = static_cast<std::uint8_t>(em[i] ^ mask.bytes[i % hash_size]);
        if (i == 0) byte &= top_mask;
        if (salt.is_any() && salt_begin == 0 && byte != 0) {
            if (byte != 1) return errc::signature_mismatch;
            salt_begin = i + 1;
        } else if (salt_begin != 0 && i >= salt_begin) {
            inner.update({&byte, 1});
        } else {
            frame = frame && byte == (i + 1 == salt_begin ? 1 : 0);                          // step 10
        }
    }
    if (salt_begin == 0 || !equal(inner.finish().view(), h)) return errc::signature_mismatch;  // steps 13, 14
    return frame ? errc::none : errc::bad_padding;
}

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_RSA_ENCODING_HPP
