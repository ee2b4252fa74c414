// SPDX-License-Identifier: BSL-1.0
//
// For tests of writers: a signer that signs with what was signed before, by another tool.
#ifndef MODSIG_TESTS_SUPPORT_REPLAY_HPP
#define MODSIG_TESTS_SUPPORT_REPLAY_HPP

#include <modsig/key/x509.hpp>
#include <modsig/sign/signer.hpp>

#include "hex.hpp"

#include <string_view>

struct certificate {
    modsig::sign::bytes bytes;
    modsig::key_info info;

    explicit certificate(std::string_view text) : bytes(hex(text)), info(*modsig::key::x509::parse(bytes)) {}
};

/// Signs with what was signed before.
struct replay {
    modsig::key_info who;
    modsig::sign::bytes signature;
    mutable modsig::sign::to_sign asked{};

    [[nodiscard]] const modsig::key_info& info() const { return who; }
    [[nodiscard]] modsig::result<modsig::sign::bytes> sign(const modsig::sign::to_sign& what) const {
        asked = what;
        return signature;
    }
};
static_assert(modsig::sign::explain_signer<replay>());

#endif  // MODSIG_TESTS_SUPPORT_REPLAY_HPP
