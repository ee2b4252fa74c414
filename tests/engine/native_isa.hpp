// SPDX-License-Identifier: BSL-1.0
//
// The digests that the native engine has, and each set of instructions that they are calculated with, as the type that forces it.
#ifndef MODSIG_TESTS_ENGINE_NATIVE_ISA_HPP
#define MODSIG_TESTS_ENGINE_NATIVE_ISA_HPP

#include <modsig/algorithm.hpp>
#include <modsig/engine/native/cpu.hpp>

#include <doctest/doctest.h>

#include <string>

namespace native_test {

inline constexpr modsig::digest_id digests[] = {modsig::digest_id::sha1, modsig::digest_id::sha224, modsig::digest_id::sha256, modsig::digest_id::sha384,
                                                modsig::digest_id::sha512};

/// Calls `check.operator()<Isa>(name)` for those that this CPU has; says which it has not.
template <class Check>
void each_isa(const Check& check) {
    using namespace modsig::engine;
    check.template operator()<isa::best>("best");
    check.template operator()<isa::portable>("portable");
    check.template operator()<isa::compact>("compact");
#ifdef MODSIG_NATIVE_X86
    check.template operator()<isa::assume<>>("nothing assumed");
    const auto if_there = [&]<feature... F>(const char* name) {
        if ((cpu().has(F) && ...)) check.template operator()<isa::assume<F...>>(name);
        else MESSAGE("not tested here: " << std::string(name));
    };
    if_there.template operator()<feature::sha>("SHA-NI");
    if_there.template operator()<feature::bmi2>("BMI2");
    if_there.template operator()<feature::avx2, feature::bmi2>("AVX2");
    if_there.template operator()<feature::avx2, feature::bmi2, feature::sha>("AVX2 and SHA-NI");
    if_there.template operator()<feature::avx512, feature::avx2, feature::bmi2>("AVX-512");
    if_there.template operator()<feature::avx512, feature::avx2, feature::bmi2, feature::sha>("AVX-512 and SHA-NI");
#endif
}

}  // namespace native_test

#endif  // MODSIG_TESTS_ENGINE_NATIVE_ISA_HPP
