// SPDX-License-Identifier: BSL-1.0
// A verifier of one layout, with its key built in: run.py looks at what got linked.
#include <modsig/engine/botan.hpp>
#include <modsig/keyring/builtin.hpp>
#include <modsig/layout/modsign.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/verifier.hpp>

#include "vendor_certificate.hpp"

#include <fstream>
#include <iterator>

int main(int argc, char** argv) {
    using namespace modsig;
    using module_verifier = verifier<layouts<layout::modsign>, engine::botan, policy::strict>;
    constexpr auto trust = keyring::builtin<vendor_certificate>();
    std::ifstream file(argc > 1 ? argv[1] : "", std::ios::binary);
    std::vector<std::uint8_t> image(std::istreambuf_iterator<char>(file), {});
    return module_verifier{trust}.verify(std::move(image), context{.now = 1795500000}) ? 0 : 1;
}
