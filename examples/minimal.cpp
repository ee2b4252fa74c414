// SPDX-License-Identifier: BSL-1.0
// Verifies a file with a key that is part of the program:  minimal FILE
#include <modsig/core.hpp>
#include <modsig/engine/native.hpp>
#include <modsig/load/sealed_file.hpp>

#include "vendor_key.hpp"  // embed.py makes it from a certificate

#include <ctime>
#include <iostream>

using modsig::layout::modsign;  // what the kernel's sign-file appends to a module
using module_verifier =
    modsig::verifier<modsig::layouts<modsign>, modsig::engine::native, modsig::policy::strict>;
constexpr auto trust = modsig::keyring::builtin<vendor_key>();  // parsed by the compiler

int main(int count, char** arguments) {
    if (count != 2) return std::cerr << "usage: minimal FILE\n", 2;
    auto file = modsig::load::sealed_file::open(arguments[1]);  // a copy that nobody can change
    if (!file) return std::cerr << arguments[1] << ": " << file.error().message() << '\n', 7;
    const modsig::context today{.now = std::time(nullptr)};  // strict refuses expired keys
    const auto module = module_verifier{trust}.verify(*std::move(file), today);
    if (!module) return std::cerr << arguments[1] << ": " << module.error().message() << '\n', 1;
    std::cout << "verified: " << module->content().size() << " bytes\n";
}
