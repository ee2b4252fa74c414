// SPDX-License-Identifier: BSL-1.0
//
// From a certificate that came with a signature to a trust anchor (RFC 5280, section 6, as far as module signatures need
// it): each link is a name, an authorityKeyIdentifier, a CA that may have so many below it, and a
// signature. Linux goes another way: verifier/linux_pkcs7.hpp.
#ifndef MODSIG_VERIFIER_CERTIFICATE_CHAIN_HPP
#define MODSIG_VERIFIER_CERTIFICATE_CHAIN_HPP

#include <modsig/key/x509.hpp>
#include <modsig/keyring.hpp>
#include <modsig/keyring/certificate_signature.hpp>
#include <modsig/keyring/revocation.hpp>
#include <modsig/policy.hpp>

#include <cstddef>
#include <cstdint>

namespace modsig {

/// Finds the way up without allocating. `Certificates` is a cursor over those of the message, copied for each search.
template <class Engine, class Policy, class Certificates>
class certificate_chain {
    // Hostile messages are full of certificates that nearly fit: nobody needs more than this.
    static constexpr std::size_t max_length = 8;
    static constexpr std::size_t max_signatures = 32;

    keyring_view<Engine> trust_;
    const Policy& policy_;
    const context& at_;
    Certificates certificates_;
    std::uint64_t way_ = 0;  // which certificates, a bit each; later ones than the 64th are on no way
    std::size_t signatures_ = 0;
    failure telling_{errc::untrusted_chain};  // the first refusal that says more than "nothing fits"

public:
    constexpr certificate_chain(keyring_view<Engine> ring, const Policy& policy, const context& at, Certificates certificates)
        : trust_(ring), policy_(policy), at_(at), certificates_(certificates) {}

    /// The certificate that a claim's key identifier names; `key_not_found`.
    [[nodiscard]] constexpr result<key::certificate> find(const key_identifier& id) {
        std::size_t index = 0;
        for (Certificates each = certificates_; !each.done(); ++index) {
            auto found = each.next();
            if (found && !found->info.matches(id)) continue;
            way_ = bit(index);
            return found;
        }
        return errc::key_not_found;
    }

    /// The anchor that vouches for it. `untrusted_chain`, or why the way that fits is none: `revoked`, `key_usage`,
    /// `expired`, `weak_digest` and the like, `signature_mismatch`.
    [[nodiscard]] constexpr result<const trusted_key<Engine>*> anchor_of(const key::certificate& signer) {
        if (const auto* anchor = climb(signer, 0)) return anchor;
        return telling_;
    }

    /// The certificates that were found on the way, a bit each.
    [[nodiscard]] constexpr std::uint64_t way() const { return way_; }

    [[nodiscard]] static constexpr std::uint64_t bit(std::size_t index) { return index < 64 ? std::uint64_t{1} << index : 0; }

private:
    constexpr const trusted_key<Engine>* climb(const key::certificate& subject, std::size_t below) {
        if (keyring::is_revoked<strict_reading>(trust_, subject)) return note(errc::revoked), nullptr;
        for (const trusted_key<Engine>& anchor : trust_.keys) {
            if (!is_named(subject, anchor.info)) continue;
            const auto issuer = key::parse_certificate<strict_reading>(anchor.info.certificate);
            if (issuer && anchor.prepared && links(subject, *issuer, *anchor.prepared, below)) return &anchor;
        }
        if (below + 1 == max_length) return nullptr;
        std::size_t index = 0;
        for (Certificates each = certificates_; !each.done(); ++index) {
            const auto issuer = each.next();
            if (!issuer) return nullptr;
            if (!is_named(subject, issuer->info) || equal(subject.whole, issuer->whole)) continue;
            const auto prepared = Engine::prepare(issuer->info.key);
            if (!prepared || !links(subject, *issuer, *prepared, below)) continue;
            const auto* anchor = climb(*issuer, below + 1);
            if (anchor == nullptr) continue;
            way_ |= bit(index);
            return anchor;
        }
        return nullptr;
    }

    constexpr bool is_named(const key::certificate& subject, const key_info& issuer) {
        const key::issuer_match match = key::match_issuer(subject, issuer);
        if (match == key::issuer_match::contradictory) return note(errc::key_name_mismatch);
        return match == key::issuer_match::yes;
    }

    constexpr bool links(const key::certificate& subject, const key::certificate& issuer, const typename Engine::prepared_key& prepared,
                         std::size_t below) {
        if (keyring::is_revoked<strict_reading>(trust_, issuer)) return note(errc::revoked);
        const key_purpose& purpose = issuer.info.purpose;
        if (!purpose.constraints_known || !purpose.is_ca) return note(errc::key_usage);
        if (issuer.path_length && *issuer.path_length < below) return note(errc::key_usage);
        claim_facts said;
        said.layout = key::x509::name;
        said.scheme = subject.signature_algorithm.scheme;
        said.content_digest = subject.signature_algorithm.digest;
        if (const errc no = policy_.allows(said, at_); no != errc::none) return note(no);
        if (const errc no = policy_.allows_issuer(issuer.info, at_); no != errc::none) return note(no);
        if (signatures_++ == max_signatures) return false;
        const result<void> proof = keyring::check_certificate_signature<strict_reading, Engine>(subject, prepared, issuer.info.key);
        return proof ? true : note(proof.error());
    }

    constexpr bool note(const failure& why) {
        if (telling_.code == errc::untrusted_chain) telling_ = failure{why.code};
        return false;
    }
};

}  // namespace modsig

#endif  // MODSIG_VERIFIER_CERTIFICATE_CHAIN_HPP
