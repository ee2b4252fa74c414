// SPDX-License-Identifier: BSL-1.0
//
// Each arithmetic that RSA is calculated with, as the key type that forces it, and moduli that are hard on it.
#ifndef MODSIG_TESTS_ENGINE_NATIVE_KEYS_HPP
#define MODSIG_TESTS_ENGINE_NATIVE_KEYS_HPP

#include <modsig/engine/native/rsa.hpp>
#include <modsig/engine/native/rsa_many.hpp>

#include "native_openssl.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

namespace native_test {

using namespace modsig;
using namespace modsig::engine;

using portable_key = rsa_key<max_rsa_bits, isa::portable>;
using compact_key = rsa_key<max_rsa_bits, isa::compact>;
using key_of_32_bit_limbs = rsa_key<max_rsa_bits, isa::portable, std::uint32_t>;
using compact_key_of_32_bit_limbs = rsa_key<max_rsa_bits, isa::compact, std::uint32_t>;

/// Each arithmetic, as the key type that forces it.
template <class Check>
void each_key_type(const Check& check) {
    check.template operator()<rsa_prepared>("best");
    check.template operator()<portable_key>("portable");
    check.template operator()<compact_key>("compact");
    check.template operator()<key_of_32_bit_limbs>("32-bit limbs");
    check.template operator()<compact_key_of_32_bit_limbs>("32-bit limbs, compact");
#ifdef MODSIG_NATIVE_X86
    check.template operator()<rsa_key<max_rsa_bits, isa::assume<>>>("nothing assumed");
    if (cpu().has(feature::bmi2)) check.template operator()<rsa_key<max_rsa_bits, isa::assume<feature::bmi2>>>("bmi2");
    if (cpu().has(feature::avx2)) check.template operator()<rsa_key<max_rsa_bits, isa::assume<feature::avx2>>>("avx2");
    else MESSAGE("not tested here: AVX2");
    if (cpu().has(feature::ifma)) check.template operator()<rsa_key<max_rsa_bits, isa::assume<feature::ifma>>>("ifma");
    else MESSAGE("not tested here: AVX-512 IFMA");
#endif
}

template <class Key>
[[nodiscard]] std::unique_ptr<Key> prepared(const public_key& key) {
    auto prepared = prepare_rsa<Key>(key);
    REQUIRE(prepared);
    return std::make_unique<Key>(*prepared);
}

[[nodiscard]] inline public_key key_of(const octets& n, const octets& e) {
    return {key_algorithm::rsa, static_cast<std::uint32_t>(bit_length(n)), n, e};
}

template <class Limb>
[[nodiscard]] octets bytes_of(const Limb* x, std::size_t size) {
    octets b(size);
    for (std::size_t i = 0; i != size; ++i) b[size - 1 - i] = limbs::byte_at(x, i);
    return b;
}

/// The work of raising s.
template <class Key>
void load(rsa_work<Key>& work, const Key& key, const octets& s) {
    work.key = &key;
    limbs::load(work.s, key.modulus.size, s);
}

template <class Key>
[[nodiscard]] octets raise(const Key& key, const octets& s) {
    rsa_work<Key> work;
    load(work, key, s);
    engine::raise(work);
    return bytes_of(work.em, key.size());
}

/// Calls check(kernel) for every kernel of the table that this CPU runs and such keys may go into; how many those are.
template <class Key, class Check>
std::size_t each_kernel(std::size_t words, bool one_key, const Check& check) {
    std::size_t called = 0;
    for (const rsa_kernel<Key>& kernel : rsa_kernels<Key>.rows()) {
        if (!kernel.runs_on(Key::isa::features()) || !kernel.has_room_for(words) || (kernel.one_key && !one_key)) continue;
        check(kernel);
        ++called;
    }
    return called;
}

/// Moduli that carries and comparisons have trouble with: all ones, a single top bit, random ones; any length in bits.
[[nodiscard]] inline std::vector<octets> moduli(std::size_t bits) {
    const std::size_t size = (bits + 7) / 8;
    const auto top = static_cast<unsigned>((bits - 1) % 8);
    std::vector<octets> all{octets(size, 0xff), octets(size, 0x00), random_bytes(size)};
    for (octets& n : all) {
        n.front() = static_cast<std::uint8_t>((n.front() & ((1u << top) - 1)) | 1u << top);
        n.back() |= 1;
    }
    octets holes = all[2];  // whole limbs of zeros and of ones
    for (std::size_t i = 8; i + 17 < size; i += 32)
        for (std::size_t j = 0; j != 8; ++j) holes[i + j] = 0x00, holes[i + 8 + j] = 0xff;
    all.push_back(holes);
    return all;
}

}  // namespace native_test

#endif  // MODSIG_TESTS_ENGINE_NATIVE_KEYS_HPP
