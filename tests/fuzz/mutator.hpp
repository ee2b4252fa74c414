// SPDX-License-Identifier: BSL-1.0
//
// Makes structure.hpp's changes those of this target. Included once a program.
#ifndef MODSIG_TESTS_FUZZ_MUTATOR_HPP
#define MODSIG_TESTS_FUZZ_MUTATOR_HPP

#include "structure.hpp"

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed) {
    static fuzz::changer change;
    change.reseed(seed);
    auto one = fuzz::fuzz_case::read({data, size});
    change.any(one);
    const fuzz::octets out = one.written();
    if (out.size() > max_size || one.signature.size() > 0xffff) return LLVMFuzzerMutate(data, size, max_size);
    std::copy(out.begin(), out.end(), data);
    return out.size();
}

#endif  // MODSIG_TESTS_FUZZ_MUTATOR_HPP
