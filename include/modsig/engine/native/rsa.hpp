// SPDX-License-Identifier: BSL-1.0
//
// One RSA signature: s^e mod n by the best arithmetic there is, and what came out against what must. In constant
// expressions and without accelerated code: montgomery.hpp. Source: RFC 8017, sections 5.2.2, 8.1.2 and 8.2.2.
#ifndef MODSIG_ENGINE_NATIVE_RSA_HPP
#define MODSIG_ENGINE_NATIVE_RSA_HPP

#include <modsig/engine/native/adx_rows.hpp>
#include <modsig/engine/native/rsa_encoding.hpp>
#include <modsig/engine/native/rsa_ifma.hpp>
#include <modsig/engine/native/rsa_key.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace modsig::engine {

namespace detail {

/// The portable arithmetic as raise_to_public_exponent wants it.
template <class Key>
struct portable_field {
    using limb = typename Key::limb;
    const decltype(Key::modulus)& modulus;

    constexpr void enter(limb* r, const limb* a) const { modulus.multiply(r, a, modulus.r2); }
    constexpr void multiply(limb* r, const limb* a, const limb* b) const { modulus.multiply(r, a, b); }
    // The squares' own code has fewer products in loops of one carry chain, which GCC does better with; Clang does better
    // with the two chains of `multiply`. (Measured; both are right, so files of either may be linked together.)
    constexpr void square(limb* r, const limb* a) const {
#ifdef __clang__
        constexpr bool own_code = false;
#else
        constexpr bool own_code = !Key::isa::small_code;
#endif
        if constexpr (own_code) modulus.square(r, a);
        else modulus.multiply(r, a, a);
    }
};

#ifdef MODSIG_NATIVE_X86
/// The same with the rows of adx_rows.hpp.
template <class Key>
struct adx_field {
    const decltype(Key::modulus)& modulus;

    void enter(std::uint64_t* r, const std::uint64_t* a) const { multiply(r, a, modulus.r2); }
    [[gnu::noinline]] void multiply(std::uint64_t* r, const std::uint64_t* a, const std::uint64_t* b) const { modulus.template multiply_by_rows<adx_rows>(r, a, b); }
    [[gnu::noinline]] void square(std::uint64_t* r, const std::uint64_t* a) const { modulus.template square<adx_rows>(r, a); }
};

template <std::size_t Vectors, class Key>
void ifma_public(const Key& key, std::uint64_t* em, const std::uint64_t* s) {
    const auto& radix = key.wide.ifma;
    const ifma_single<Vectors> field{radix.n, radix.r2, radix.n0, radix.size};
    alignas(64) std::uint64_t x[8 * Vectors], s52[8 * Vectors];
    for (std::size_t i = radix.size; i != 8 * Vectors; ++i) s52[i] = 0;
    limbs::split(s52, radix.size, 1, 52, s, key.modulus.size);
    raise_to_public_exponent(field, x, s52, key.exponent());
    limbs::join(em, key.modulus.size + 1, x, radix.size, 1, 52);
}

/// The result is below 2n: whether it comes out as EM or as EM + n depends on the signature.
template <class Key>
constexpr void subtract_modulus_once(const Key& key, std::uint64_t* em) {
    const std::size_t size = key.modulus.size;
    if (em[size] != 0 || limbs::at_least(em, key.modulus.n, size)) limbs::subtract(em, em, key.modulus.n, size);
}

/// False: this CPU has nothing for one signature.
template <class Key>
[[nodiscard]] bool accelerated_public(const Key& key, std::uint64_t* em, const std::uint64_t* s) {
    const cpu_features cpu = Key::isa::features();
    if (!cpu.has(feature::ifma)) {
        if (cpu.has(feature::bmi2)) raise_to_public_exponent(adx_field<Key>{key.modulus}, em, s, key.exponent());
        return cpu.has(feature::bmi2);
    }
    const std::size_t size = key.wide.ifma.size;
    const auto fits = [&](std::size_t vectors) { return size <= 8 * vectors; };
    if (fits(3)) ifma_public<3>(key, em, s);                                    // 1024 bits
    else if (fits(5)) ifma_public<5>(key, em, s);                               // 2048
    else if (fits(8)) ifma_public<8>(key, em, s);                               // 3072
    else if (fits(10)) ifma_public<10>(key, em, s);                             // 4096
    else ifma_public<20>(key, em, s);                                           // 8192
    subtract_modulus_once(key, em);
    return true;
}
#endif

/// em = s^e mod n, below n. `em` has room for one limb more than the modulus.
template <class Key>
constexpr void rsa_public(const Key& key, typename Key::limb* em, const typename Key::limb* s) {
#ifdef MODSIG_NATIVE_X86
    if constexpr (Key::isa::accelerated)
        if (!std::is_constant_evaluated() && accelerated_public(key, em, s)) return;
#endif
    raise_to_public_exponent(portable_field<Key>{key.modulus}, em, s, key.exponent());
}

/// RFC 8017, section 8.2.2, step 1, and section 5.2.2, step 1. `mpi`: digsig v1 writes the integer without leading zeros
/// (include/linux/mpi.h), so that it may be shorter than the modulus.
template <class Key>
[[nodiscard]] constexpr errc load_signature(const Key& key, typename Key::limb* s, byte_view signature, bool mpi) {
    if (signature.size() > key.size() || (!mpi && signature.size() != key.size())) return errc::signature_length;
    if constexpr (Key::isa::small_code) limbs::load_compact(s, key.modulus.size, signature);
    else limbs::load(s, key.modulus.size, signature);
    return limbs::at_least(s, key.modulus.n, key.modulus.size) ? errc::signature_out_of_range : errc::none;
}

/// Whether the integer that the public operation gave is the encoding of the digest. `bits` of the modulus.
template <class Key>
[[nodiscard]] constexpr result<void> check_em(const typename Key::limb* em, std::size_t bits, scheme_id scheme, const digest_value& digest, pss_salt salt) {
    if (scheme == scheme_id::rsa_pss) {
        errc answer = errc::unsupported_hash;
        with_digest(native_digest_list{}, digest.id, [&]<digest_id Id>() {
            answer = check_pss_block<native_hash<Id, typename Key::isa>>(em, bits, digest, salt);
        });
        return answer == errc::none ? result<void>::success() : result<void>(answer);
    }
    const encoded_message<typename Key::limb> message{em, (bits + 7) / 8};
    return check_pkcs1_block<Key::isa::small_code, (Key::max_bits + 7) / 8>(message, scheme, digest);
}

[[nodiscard]] constexpr bool is_rsa(scheme_id scheme) {
    return scheme == scheme_id::rsa_pkcs1_raw || scheme == scheme_id::rsa_pkcs1_v15 || scheme == scheme_id::rsa_pss;
}

}  // namespace detail

/// Success: the key's owner signed this digest. signature_length, signature_out_of_range (not below n), bad_padding (a block
/// was signed that is not the required one), signature_mismatch. unsupported_hash: this digest has no DigestInfo, or no hash
/// here (PSS). unsupported_key: PSS, and the digest does not fit into this modulus. key_type_mismatch: not an RSA scheme.
template <class Key>
[[nodiscard]] constexpr result<void> check_rsa(const Key& key, scheme_id scheme, const digest_value& digest, byte_view signature, pss_salt salt = {}) {
    if (!detail::is_rsa(scheme)) return errc::key_type_mismatch;
    typename Key::limb s[Key::max_limbs], em[Key::max_limbs + 1];
    if (const errc no = detail::load_signature(key, s, signature, scheme == scheme_id::rsa_pkcs1_raw); no != errc::none) return failure{no, 0, linux_error::einval};
    detail::rsa_public(key, em, s);
    return detail::check_em<Key>(em, key.bits, scheme, digest, salt);
}

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_RSA_HPP
