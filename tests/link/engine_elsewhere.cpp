// SPDX-License-Identifier: BSL-1.0
// A verifier whose engine is compiled in another unit (engine_unit.cpp): engine.py looks at what this one has.
#include <modsig/engine/native_extern.hpp>
#include <modsig/keyring/builtin.hpp>
#include <modsig/layout/modsign.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/verifier.hpp>

#include "vendor_certificate.hpp"

#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

int main(int argc, char** argv) {
    using namespace modsig;
    using module_verifier = verifier<layouts<layout::modsign>, engine::native, policy::strict>;
    constexpr auto trust = keyring::builtin<vendor_certificate>();
    std::ifstream file(argc > 1 ? argv[1] : "", std::ios::binary);
    std::vector<std::uint8_t> image(std::istreambuf_iterator<char>(file), {});
    return module_verifier{trust}.verify(std::move(image), context{.now = 1795500000}) ? 0 : 1;
}
