// SPDX-License-Identifier: BSL-1.0
//
// A file with all that a verifier knows beside it, as bytes: what targets that verify are fed with. seeds.py writes the same.
//   offset  size  field      encoding
//        0     1  source     0 in the image, 1 detached, 2 extended attribute
//        1     1  beside     0 nothing, 1 the image is EVM's metadata, 2 to 4 fs-verity's: SHA-256, SHA-512, SHA-256 of blocks of 1024
//        2     2  trusted    little endian: a bit a key of the list below
//        4     2  revoked    likewise
//        6     2  bad        likewise: keys whose signatures do not hold
//        8     1  clock      0 none, 1 as the corpus was made, else in 2100
//        9     1  scope      of keys: 0 default, 1 every layout by name, 2 attributes alone, 3 content alone
//       10     2  size       little endian: of the signature, which follows
//       12   ...  signature, image
#ifndef MODSIG_TESTS_FUZZ_CASE_HPP
#define MODSIG_TESTS_FUZZ_CASE_HPP

#include <modsig/layout.hpp>
#include <modsig/policy.hpp>

#include <array>
#include <cstdint>
#include <vector>

namespace fuzz {

using namespace modsig;
using octets = std::vector<std::uint8_t>;

/// In corpus/keys/; seeds.py has the same list.
inline constexpr std::array<const char*, 16> key_names{
    "rsa1024.cert.der", "rsa2048.cert.der", "rsa3072.cert.der", "rsa4096.cert.der", "p256.cert.der", "p384.cert.der", "p521.cert.der", "ed25519.cert.der",
    "ca.cert.der", "intermediate.cert.der", "leaf.cert.der", "rsa2048.digsig-v1.bin", "rsa2048e3.digsig-v1.bin", "rsa1024.digsig-v1.bin", "rsa2048.pub.der", "p256.pub.der"};

struct fuzz_case {
    static constexpr std::size_t head_size = 12;

    std::uint8_t source = 0, beside = 0;
    std::uint16_t trusted = 0, revoked = 0, bad = 0;
    std::uint8_t clock = 0, scope = 0;
    octets signature{}, image{};  // blocks of their own, so that a sanitizer notices who reads beyond them

    [[nodiscard]] static fuzz_case read(byte_view bytes) {
        fuzz_case read;
        if (bytes.size() < head_size) return read;
        const auto number = [&](std::size_t at) { return static_cast<std::uint16_t>(bytes[at] | bytes[at + 1] << 8); };
        read.source = bytes[0] % 3, read.beside = bytes[1] % 5;
        read.trusted = number(2), read.revoked = number(4), read.bad = number(6);
        read.clock = bytes[8] % 3, read.scope = bytes[9] % 4;
        const byte_view rest = bytes.subspan(head_size);
        const std::size_t size = std::min<std::size_t>(number(10), rest.size());
        read.signature.assign(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(size));
        read.image.assign(rest.begin() + static_cast<std::ptrdiff_t>(size), rest.end());
        if (read.source == 0) read.signature.clear();
        return read;
    }

    [[nodiscard]] octets written() const {
        octets out{source, beside};
        const auto put = [&](std::size_t value) { out.push_back(static_cast<std::uint8_t>(value)), out.push_back(static_cast<std::uint8_t>(value >> 8)); };
        put(trusted), put(revoked), put(bad);
        out.push_back(clock), out.push_back(scope);
        put(signature.size());
        out.insert(out.end(), signature.begin(), signature.end());
        out.insert(out.end(), image.begin(), image.end());
        return out;
    }

    [[nodiscard]] modsig::subject subject() const {
        modsig::subject made{image};
        if (source != 0) made.signature = {source == 1 ? signature_source::detached : signature_source::xattr, signature};
        if (beside == 1) made.beside.metadata = image;
        if (beside == 2) made.beside.verity = verity_options{digest_id::sha256};
        if (beside == 3) made.beside.verity = verity_options{digest_id::sha512};
        if (beside == 4) made.beside.verity = verity_options{digest_id::sha256, 1024};
        return made;
    }

    [[nodiscard]] modsig::context context() const {
        modsig::context made;
        if (clock != 0) made.now = clock == 1 ? 1790000000 : 4102444800;
        made.name = "a.ko";
        return made;
    }
};

}  // namespace fuzz

#endif  // MODSIG_TESTS_FUZZ_CASE_HPP
