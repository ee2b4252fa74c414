// SPDX-License-Identifier: BSL-1.0
#include <modsig/sign/layout/bpf.hpp>

#include <modsig/engine/botan.hpp>
#include <modsig/key/x509.hpp>
#include <modsig/sign/key/key_file.hpp>

#include "../../support/bpf.hpp"
#include "../../support/corpus.hpp"
#include "../../support/hardened.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <utility>

using namespace modsig;

namespace {

template <class T>
errc fault_of(const result<T>& made) { return made ? errc::none : made.error().code; }

digest_value sha256_of(byte_view bytes) { return *engine::botan{}.digest(digest_id::sha256, {&bytes, 1}); }

}  // namespace

TEST_CASE("bpf: what is written is what bpftool writes, byte for byte") {
    const auto certificate = corpus::file("keys/rsa2048.cert.der");
    const auto by = key::x509::parse(certificate);
    const auto key = sign::load_private_key(hardened(), corpus::file("keys/rsa2048.key.pem"), [] { return std::optional<sign::passphrase>(); });
    REQUIRE(by);
    REQUIRE(key);
    for (const auto& [release, form] : {std::pair("7.2", bpf_form::instructions), std::pair("7.3", bpf_form::instructions_and_maps)}) {
        const bpf_example::program made(std::string("rsa2048-") + release);
        const auto message = sign::bpf::write(*key, *by, sha256_of(made.signed_by(form)), made.signed_by(form));
        REQUIRE(message);
        CHECK(*message == made.signature);
        CHECK(sign::bpf::detached(*message) == made.signature);
        const byte_view raw = byte_view(made.signature).last(256);
        CHECK(*sign::bpf::write(*by, digest_id::sha256, raw) == made.signature);
    }
}

TEST_CASE("bpf: a signer without an identifier, a key that signs no such message") {
    const auto rsa2048 = corpus::file("keys/rsa2048.cert.der"), ed25519 = corpus::file("keys/ed25519.cert.der");
    const bpf_example::octets raw(256, 1);
    key_info nameless = *key::x509::parse(rsa2048);
    nameless.skid = {};
    CHECK(fault_of(sign::bpf::write(nameless, digest_id::sha256, raw)) == errc::missing_element);
    CHECK(fault_of(sign::bpf::write(*key::x509::parse(ed25519), digest_id::sha256, raw)) == errc::unsupported_algorithm);
}
