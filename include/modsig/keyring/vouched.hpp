// SPDX-License-Identifier: BSL-1.0
//
// Whether a keyring's keys vouch for a certificate: the rule for entry into the secondary keyring, `.secondary_trusted_keys`.
// Linux, crypto/asymmetric_keys/restrict.c, restrict_link_by_signature(): a key that the certificate names as its authority has
// signed it. Strict also wants a CA that may issue certificates.
#ifndef MODSIG_KEYRING_VOUCHED_HPP
#define MODSIG_KEYRING_VOUCHED_HPP

#include <modsig/keyring/certificate_signature.hpp>
#include <modsig/keyring/linux_lookup.hpp>

namespace modsig::keyring {

namespace detail {
template <class Engine>
[[nodiscard]] constexpr result<void> linux_vouches(const key::certificate& certificate, keyring_view<Engine> ring) {
    using linux_lookup::joined_id;
    const key::authority& by = certificate.issued_by;
    const auto name = by.name ? std::optional(joined_id{by.name->serial, by.name->issuer}) : std::nullopt;
    const auto key_id = by.key_id ? std::optional(joined_id{*by.key_id, {}}) : std::nullopt;
    const auto found = linux_lookup::find_key(ring, name, key_id, certificate.info.issuer);
    if (!found) return errc::key_not_found;
    const trusted_key<Engine>& issuer = **found;
    if (!issuer.prepared) return issuer.info.fault != errc::none ? failure{issuer.info.fault} : issuer.prepared.error();
    return check_certificate_signature<linux_reading, Engine>(certificate, *issuer.prepared, issuer.info.key);
}

template <class Engine>
[[nodiscard]] constexpr result<void> strict_vouches(const key::certificate& certificate, keyring_view<Engine> ring) {
    failure telling{errc::key_not_found};
    for (const trusted_key<Engine>& issuer : ring.keys) {
        const key_info& info = issuer.info;
        if (key::match_issuer(certificate, info) != key::issuer_match::yes) continue;
        const key_purpose& purpose = info.purpose;
        const bool may = purpose.constraints_known && purpose.is_ca && (!purpose.usage_known || purpose.cert_sign);
        const result<void> proof = !may                          ? result<void>(errc::key_usage)
                                   : ring.is_revoked(info.key)  ? result<void>(errc::revoked)
                                   : info.fault != errc::none    ? result<void>(info.fault)
                                   : !issuer.prepared            ? result<void>(issuer.prepared.error())
                                                                 : check_certificate_signature<strict_reading, Engine>(certificate, *issuer.prepared, info.key);
        if (proof) return proof;
        if (telling.code == errc::key_not_found) telling = proof.error();
    }
    return telling;
}
}  // namespace detail

/// `key_not_found`: nobody that it names; else why the one that it names does not vouch for it.
template <reading Reading, class Engine>
[[nodiscard]] constexpr result<void> vouched(const key::certificate& certificate, keyring_view<Engine> ring) {
    if constexpr (is_strict<Reading>) return detail::strict_vouches(certificate, ring);
    else return detail::linux_vouches(certificate, ring);
}

}  // namespace modsig::keyring

#endif  // MODSIG_KEYRING_VOUCHED_HPP
