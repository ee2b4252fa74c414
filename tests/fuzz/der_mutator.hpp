// SPDX-License-Identifier: BSL-1.0
//
// Makes changes of a DER tree those of this target. Included once a program.
#ifndef MODSIG_TESTS_FUZZ_DER_MUTATOR_HPP
#define MODSIG_TESTS_FUZZ_DER_MUTATOR_HPP

#include "structure.hpp"

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed) {
    static fuzz::changer change;
    change.reseed(seed);
    fuzz::octets bytes(data, data + size);
    change.der(bytes);
    if (bytes.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
    std::copy(bytes.begin(), bytes.end(), data);
    return bytes.size();
}

#endif  // MODSIG_TESTS_FUZZ_DER_MUTATOR_HPP
