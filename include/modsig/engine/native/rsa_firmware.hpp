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
#include <modsig/engine.hpp>
#include <modsig/engine/native/hash.hpp>
#include <modsig/engine/native/montgomery.hpp>
#include <modsig/key.hpp>
#include <modsig/result.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace modsig::engine::inline MODSIG_KERNELS {

/// A key of exactly `Bits` bits with e below 2^32. 32-bit limbs are little code on every CPU; 64-bit ones are faster where
/// there are such. It aliases nothing.
template <std::size_t Bits, class Limb = std::uint32_t>
struct firmware_rsa_key {
    static_assert(Bits % limb_bits<Limb> == 0, "modsig: firmware's RSA keys fill their limbs");
    static constexpr std::size_t size = Bits / 8;  ///< bytes of modulus and signature

    montgomery<Limb, Bits / limb_bits<Limb>> modulus{};  ///< n with its Montgomery constants
    std::uint32_t exponent = 0;                          ///< e: odd and above 1
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

namespace native_detail {
/// What stands between the FF bytes and the digest: 00 and the DigestInfo prefix.
template <digest_id Id>
inline constexpr auto firmware_frame = [] {
    constexpr digest_info_prefix prefix(Id);
    std::array<std::uint8_t, 1 + prefix.size> frame{};
    for (std::size_t i = 0; i != prefix.size; ++i) frame[1 + i] = prefix.bytes[i];
    return frame;
}();

/// A factor: limbs, or an integer as it is stored. The stack of a small program has no room for another copy of it.
template <class Limb>
struct firmware_factor {
    const Limb* limbs;
    byte_view bytes;  // big-endian, where there are no limbs

    [[nodiscard]] constexpr Limb operator[](std::size_t i) const {
        if (limbs != nullptr) return limbs[i];
        Limb limb = 0;
        for (std::size_t at = (i + 1) * sizeof(Limb); at-- != i * sizeof(Limb);)
            limb = static_cast<Limb>(limb << 8 | (at < bytes.size() ? bytes[bytes.size() - 1 - at] : 0));
        return limb;
    }
};

/// What the signature, of any length up to the modulus's, comes out as. The power is taken as by raise_to_public_exponent,
/// for an exponent of one word.
template <std::size_t Bits, class Limb>
[[nodiscard, gnu::always_inline]] constexpr errc raise_firmware_signature(const firmware_rsa_key<Bits, Limb>& key, byte_view signature, Limb* x) {
    constexpr std::size_t limb_count = Bits / limb_bits<Limb>;
    using factor = firmware_factor<Limb>;
    const auto& modulus = key.modulus;
    if (signature.size() > Bits / 8) return errc::signature_length;
    const factor s{nullptr, signature}, power{x, {}};
    for (std::size_t i = 0; i != limb_count; ++i) x[i] = s[i];
    if (limbs::at_least(x, modulus.n, limb_count)) return errc::signature_out_of_range;

    std::uint32_t bit = 0x80000000;
    while ((key.exponent & bit) == 0) bit >>= 1;
    modulus.multiply(x, modulus.r2, s);
    while ((bit >>= 1) != 0) {
        modulus.multiply(x, x, power);
        if ((key.exponent & bit) == 0) continue;
        modulus.multiply(x, x, s);
        if (bit != 1) modulus.multiply(x, modulus.r2, power);
    }
    return errc::none;
}

/// Whether the signature comes out as 00 01 FF ... FF frame digest.
template <std::size_t Bits, class Limb>
[[nodiscard]] constexpr errc check_firmware_block(const firmware_rsa_key<Bits, Limb>& key, byte_view frame, byte_view digest, byte_view signature) {
    constexpr std::size_t size = Bits / 8, limb_count = Bits / limb_bits<Limb>;
    Limb x[limb_count];
    if (const errc no = raise_firmware_signature(key, signature, x); no != errc::none) return no;

    const std::size_t digest_begin = size - digest.size(), frame_begin = digest_begin - frame.size();
    std::size_t difference = 0;
    for (std::size_t i = 0; i != size; ++i) {
        std::size_t expected = i < 2 ? i : 0xff;
        if (i >= frame_begin) expected = i < digest_begin ? frame[i - frame_begin] : digest[i - digest_begin];
        difference |= expected ^ limbs::byte_at(x, size - 1 - i);
    }
    return difference == 0 ? errc::none : errc::signature_mismatch;
}

/// RFC 8017, section 9.2, step 3: 00 01, eight or more FF, the frame and the digest.
template <digest_id Id, std::size_t Bits>
inline constexpr bool fits_firmware_block = Bits / 8 >= 2 + 8 + firmware_frame<Id>.size() + size_of(Id);

template <std::size_t Bits, digest_name... Digest>
consteval bool all_fit_firmware_blocks(digest_list<Digest...>) {
    return (fits_firmware_block<Digest::id, Bits> && ...);
}
}  // namespace native_detail

/// errc::none: the key's owner signed this digest. Else signature_length, signature_out_of_range or signature_mismatch.
template <digest_id Id, std::size_t Bits, class Limb>
[[nodiscard]] constexpr errc check_firmware_rsa(const firmware_rsa_key<Bits, Limb>& key, const digest_value& digest, byte_view signature) {
    static_assert(native_detail::fits_firmware_block<Id, Bits>, "modsig: this digest does not fit into a modulus of this size");
    if (signature.size() != Bits / 8) return errc::signature_length;
    return native_detail::check_firmware_block(key, native_detail::firmware_frame<Id>, byte_view(digest.bytes).first(size_of(Id)), signature);
}

/// The same as an engine, for RSA keys of one size: PKCS#1 v1.5 and the raw block of digsig, read strictly. It accepts what
/// `basic_native` accepts, in a quarter of the code; signature_mismatch stands for bad_padding, too. No PSS, which
/// rsa_firmware_pss.hpp has, no `lenient` signatures: unsupported_algorithm. Stateless.
template <class Digests, std::size_t Bits = 2048>
class firmware {
    static_assert(native_detail::all_fit_firmware_blocks<Bits>(Digests{}), "modsig: a digest of the firmware engine's list does not fit into its modulus");

    // As native_digest, with one copy of the digest less on the stack.
    template <digest_name First, digest_name... Rest>
    [[nodiscard]] static constexpr result<digest_value> digest_by(digest_list<First, Rest...>, digest_id id, std::span<const byte_view> parts) {
        if (id == First::id) return digest_of<native_hash<First::id, isa::compact>>(parts);
        if constexpr (sizeof...(Rest) != 0) return digest_by(digest_list<Rest...>{}, id, parts);
        else return errc::unsupported_hash;
    }

public:
    using prepared_key = firmware_rsa_key<Bits>;  ///< What prepare() makes.

    /// Whether the list has the digest, and the native engine its arithmetic.
    [[nodiscard]] static constexpr bool has(digest_id id) { return Digests::has(id) && has_native_hash(id); }

    /// As prepare_firmware_rsa.
    [[nodiscard]] static constexpr result<prepared_key> prepare(const public_key& key) { return prepare_firmware_rsa<Bits>(key); }

    /// unsupported_hash: not one of the list.
    [[nodiscard]] constexpr result<digest_value> digest(digest_id id, std::span<const byte_view> parts) const {
        return digest_by(Digests{}, id, parts);
    }

    /// unsupported_algorithm, unsupported_hash (not one of the list), signature_length, signature_out_of_range,
    /// signature_mismatch.
    [[nodiscard]] constexpr result<void> check(const prepared_key& key, const to_check& input) const {
        const bool raw = input.scheme == scheme_id::rsa_pkcs1_raw;
        if (input.lenient || (!raw && input.scheme != scheme_id::rsa_pkcs1_v15)) return errc::unsupported_algorithm;
        if (!raw && input.signature.size() != prepared_key::size) return errc::signature_length;
        errc answer = errc::unsupported_hash;
        (void)with_digest(Digests{}, input.digest.id, [&]<digest_id Id>() {
            const byte_view frame = native_detail::firmware_frame<Id>;
            answer = native_detail::check_firmware_block(key, raw ? frame.first(1) : frame, byte_view(input.digest.bytes).first(size_of(Id)), input.signature);
        });
        return answer == errc::none ? result<void>::success() : result<void>(answer);
    }
};
static_assert(explain_crypto_engine<firmware<digest_list<sha256>>>());

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_RSA_FIRMWARE_HPP
