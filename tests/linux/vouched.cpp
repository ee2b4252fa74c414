// SPDX-License-Identifier: BSL-1.0
//
// What Linux's secondary keyring says to certificates: vouched RELEASE TRUSTED CERTIFICATE...
// A line each: path, accepted|refused, errno. The kernel has ML-DSA; nothing of one certificate stays for the next.
#include <modsig/engine/best.hpp>
#include <modsig/keyring/files.hpp>
#include <modsig/keyring/store.hpp>
#include <modsig/linux/grammar.hpp>
#include <modsig/linux/keyring/entry_rules.hpp>

#include "../support/files.hpp"

#include <cstdio>

int main(int argc, char** argv) {
    if (argc < 4) return 2;
    const modsig::linux_release* const release = modsig::find_linux_release(argv[1]);
    if (release == nullptr) return 2;
    modsig::linux_reading reading;
    reading.kernel.release = *release;
    reading.kernel.has_ml_dsa = true;
    for (int i = 3; i != argc; ++i) {
        modsig::keyring::store<modsig::engine::best> ring;
        const auto report = [](const auto& path, std::size_t, const modsig::failure& why) { std::fprintf(stderr, "%s: %s\n", path.c_str(), std::string(name(why.code)).c_str()); };
        if (!modsig::keyring::add_path(ring, argv[2], report, {}, reading)) return 1;
        const auto taken = ring.add_vouched(read_file(argv[i]), {}, reading);
        const modsig::linux_error error = taken ? modsig::linux_error::none : taken.error().linux_errno();
        std::printf("%s\t%s\t%s\n", argv[i], taken ? "accepted" : "refused", std::string(name(error)).c_str());
    }
}
