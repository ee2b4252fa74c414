// SPDX-License-Identifier: BSL-1.0
//
// The grammar of strict_reading: RFC 5652 and 5280, DER, and each layout's own format. It accepts nothing that Linux's parsers
// call malformed, but accepts on purpose what Linux has no code for or refuses for a reason of its own:
//   key/spki.hpp        keys of Ed25519 and ML-DSA; keys without a certificate (key/pkcs1.hpp, key/digsig.hpp)
//   key/rsa.hpp         RSA keys of lengths that crypto/rsa.c does not calculate with
//   key/x509.hpp        certificates that are signed with an algorithm that Linux does not know
//   layout/cms.hpp      S/MIME capabilities among signed attributes, which `openssl cms` writes
//   decompress/xz.hpp   checks other than CRC-32
#ifndef MODSIG_GRAMMAR_HPP
#define MODSIG_GRAMMAR_HPP

#include <modsig/key/any.hpp>
#include <modsig/reading.hpp>

namespace modsig {

/// The strict reading: DER and the layouts' own formats.
template <>
struct grammar<strict_reading> {
    template <class Layout>
    using layout = Layout;  ///< The layout as it is.

    /// key::parse_certificate(): not checked are the signature, dates and usage.
    [[nodiscard]] static constexpr result<key::certificate> parse_certificate(byte_view bytes, std::uint64_t offset = 0, strict_reading = {}) {
        return key::parse_certificate(bytes, offset);
    }
    /// A public key in any binary form: key::parse_any().
    [[nodiscard]] static constexpr result<key_info> parse_key(byte_view bytes, strict_reading = {}) { return key::parse_any(bytes); }
    /// The payload of a key of type `user`: key::digsig::parse().
    [[nodiscard]] static constexpr result<key_info> parse_user_key(byte_view bytes) { return key::digsig::parse(bytes); }
};

}  // namespace modsig

#endif  // MODSIG_GRAMMAR_HPP
