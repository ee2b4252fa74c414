// SPDX-License-Identifier: BSL-1.0
//
// One RSA PKCS#1 v1.5 signature, one digest algorithm and one key size, for programs of two kilobytes: no table of
// algorithms, no text, no other padding is linked. Verdicts are those of check_rsa; the reason is coarser.
//   constexpr auto key = *prepare_firmware_rsa<2048>(...);     // in flash, computed by the compiler
//   native_hash<digest_id::sha256, isa::compact> hash; ...
//   if (check_firmware_rsa<digest_id::sha256>(key, hash.finish(), signature) == errc::none) ...
// Source: RFC 8017, section 8.2.2.
#ifndef MODSIG_ENGINE_NATIVE_RSA_FIRMWARE_HPP
#define MODSIG_ENGINE_NATIVE_RSA_FIRMWARE_HPP

#include <modsig/algorithm.hpp>
#include <modsig/engine/native/hash.hpp>
#include <modsig/engine/native/montgomery.hpp>
#include <modsig/key.hpp>
#include <modsig/result.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace modsig::engine {

/// A key of exactly `Bits` bits with e below 2^32. 32-bit limbs are little code on every CPU; 64-bit ones are faster where
/// there are such. It aliases nothing.
template <std::size_t Bits, class Limb = std::uint32_t>
struct firmware_rsa_key {
    static_assert(Bits % limb_bits<Limb> == 0, "modsig: firmware's RSA keys fill their limbs");
    static constexpr std::size_t size = Bits / 8;

    montgomery<Limb, Bits / limb_bits<Limb>> modulus{};
    std::uint32_t exponent = 0;
};

/// unsupported_key: another size, or e too large. Else as prepare_rsa.
template <std::size_t Bits, class Limb = std::uint32_t>
[[nodiscard]] constexpr result<firmware_rsa_key<Bits, Limb>> prepare_firmware_rsa(const public_key& key) {
    if (key.algorithm != key_algorithm::rsa) return errc::key_type_mismatch;
    if (key.material.empty() || key.exponent.empty() || (key.material.back() & key.exponent.back() & 1) == 0) return errc::bad_key;
    if (bit_length(key.material) != Bits || bit_length(key.exponent) > 32) return errc::unsupported_key;
    if (bit_length(key.exponent) == 1) return errc::bad_key;
    return firmware_rsa_key<Bits, Limb>{montgomery<Limb, Bits / limb_bits<Limb>>(without_leading_zeros(key.material)), load_be<std::uint32_t>(key.exponent)};
}

namespace detail {
/// What stands between the FF bytes and the digest: 00 and the DigestInfo prefix.
template <digest_id Id>
inline constexpr auto firmware_frame = [] {
    constexpr digest_info_prefix prefix(Id);
    std::array<std::uint8_t, 1 + prefix.size> frame{};
    for (std::size_t i = 0; i != prefix.size; ++i) frame[1 + i] = prefix.bytes[i];
    return frame;
}();
}  // namespace detail

/// errc::none: the key's owner signed this digest. Else signature_length, signature_out_of_range or signature_mismatch.
template <digest_id Id, std::size_t Bits, class Limb>
[[nodiscard]] constexpr errc check_firmware_rsa(const firmware_rsa_key<Bits, Limb>& key, const digest_value& digest, byte_view signature) {
    constexpr auto& frame = detail::firmware_frame<Id>;
    constexpr std::size_t size = Bits / 8, digest_begin = size - size_of(Id), frame_begin = digest_begin - frame.size();
    constexpr std::size_t limb_count = Bits / limb_bits<Limb>;
    static_assert(digest_begin >= 2 + 8 + frame.size(), "modsig: this digest does not fit into a modulus of this size");

    if (signature.size() != size) return errc::signature_length;
    Limb s[limb_count], x[limb_count];
    for (std::size_t i = 0; i != limb_count; ++i) s[i] = limbs::load_limb<Limb>(signature.data() + size - (i + 1) * sizeof(Limb));
    if (limbs::at_least(s, key.modulus.n, limb_count)) return errc::signature_out_of_range;

    // as raise_to_public_exponent, for an exponent of one word
    key.modulus.multiply(x, s, key.modulus.r2);
    std::uint32_t bit = 0x80000000;
    while ((key.exponent & bit) == 0) bit >>= 1;
    while ((bit >>= 1) != 0) {
        key.modulus.multiply(x, x, x);
        if ((key.exponent & bit) == 0) continue;
        key.modulus.multiply(x, x, s);
        if (bit != 1) key.modulus.multiply(x, x, key.modulus.r2);
    }

    std::size_t difference = 0;
    for (std::size_t i = 0; i != size; ++i) {  // 00 01 FF ... FF frame digest
        std::size_t expected = i < 2 ? i : 0xff;
        if (i >= frame_begin) expected = i < digest_begin ? frame[i - frame_begin] : digest.bytes[i - digest_begin];
        difference |= expected ^ limbs::byte_at(x, size - 1 - i);
    }
    return difference == 0 ? errc::none : errc::signature_mismatch;
}

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_RSA_FIRMWARE_HPP
