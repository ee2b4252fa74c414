// SPDX-License-Identifier: BSL-1.0
// Verifies a file with a key that is part of the program:  minimal FILE
#include <modsig/load/sealed_file.hpp>
#include <modsig/modsig.hpp>

#include "vendor_key.hpp"  // made from a public key by embed.py

#include <iostream>

// The 2012 layout always has a SHA-1 digest in it, so `strict` refuses it and `legacy` is needed.
using module_verifier = modsig::verifier<modsig::layouts<modsig::layout::digsig>, modsig::engine::botan, modsig::policy::legacy>;
constexpr auto trust = modsig::keyring::builtin<vendor_key>();  // checked by the compiler

int main(int, char** arguments) {
    auto file = modsig::load::sealed_file::open(arguments[1]);  // a private copy that nobody can change
    if (!file) return std::cerr << file.error().message() << '\n', 7;
    const auto module = module_verifier{trust}.verify(*std::move(file));
    if (!module) return std::cerr << module.error().message() << '\n', 1;
    std::cout << "verified: " << module->content().size() << " bytes and their signature\n";
}
