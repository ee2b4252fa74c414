// SPDX-License-Identifier: BSL-1.0
// Everything, with the Botan engine.
#include <modsig/modsig.hpp>

#include <cstdio>

int main() {
    constexpr unsigned char text[] = {'a', 'b', 'c'};
    const modsig::byte_view parts[] = {text};
    const auto digest = modsig::engine::botan{}.digest(modsig::digest_id::sha256, parts);
    const bool right = digest && digest->bytes[0] == 0xba;  // FIPS 180-4's example
    std::printf("%s by Botan, version %d\n", right ? "digested" : "wrong", MODSIG_VERSION);
    return right ? 0 : 1;
}
