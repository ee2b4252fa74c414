// SPDX-License-Identifier: BSL-1.0
//
// The signers of a PKCS#7 message that Linux trusts, with Linux's errnos. Source: crypto/asymmetric_keys/pkcs7_verify.c and
// pkcs7_trust.c, certs/system_keyring.c, verify_pkcs7_message_sig(), of 6.12.
//   verify_message    pkcs7_verify(): every signature whose signer's certificate is in the message must verify with it, and every
//                     link between these certificates must hold
//   find_revoked      is_key_on_revocation_list(), since 6.3: no signer may lead to a revoked key
//   validate_trust    pkcs7_validate_trust(): one signer must lead to a trusted key, and every trusted key that a signer leads to
//                     must verify the signature below it
// The kernel calculates without limits. Here each certificate and each signer is calculated once, within linux_limits.
#ifndef MODSIG_LINUX_VERIFIER_PKCS7_HPP
#define MODSIG_LINUX_VERIFIER_PKCS7_HPP

#include <modsig/linux/verifier/pkcs7_walk.hpp>
#include <modsig/verified.hpp>
#include <modsig/verifier/prover.hpp>

#include <array>
#include <bitset>
#include <cstddef>
#include <optional>

namespace modsig::kernel {

/// Verifies a PKCS#7 message.
template <class Layout, class Engine, class Policy, class Arithmetic>
class pkcs7_appraiser {
    static constexpr std::size_t max_signers = linux_limits.signers;
    using trusted_walk = trust_walk<trusted_key<Engine>>;
    using revoked_walk = trust_walk<revoked_key<Engine>>;

    modsig::detail::prover<Layout, Engine, Policy, Arithmetic> prover_;
    std::array<claim, max_signers> claims_{};
    std::array<std::optional<modsig::detail::proven_content>, max_signers> own_{};  // verified with each signer's own certificate
    std::size_t claim_count_ = 0;
    certificate_list certificates_{};
    signer_links links_{};
    bool is_key_revoked_ = false;  // of a certificate on the path up from a signer
    typename trusted_walk::path_type path_{};  // of the revoked walk's last match
    std::array<typename trusted_walk::path_type, max_signers> paths_{};  // of the evidence, which views them
    evidence_list<max_signers> proven_{};

public:
    /// Everything is viewed, and outlives the appraiser.
    pkcs7_appraiser(const keyring_view<Engine>& ring, const revocation_view<Engine>* revoked, const Policy& policy, const Arithmetic& arithmetic,
                    const subject& subject, const context& context)
        : prover_(ring, revoked, policy, arithmetic, subject, context, linux_limits) {}

    /// Success is proof; `report` gets claim, key, digest and trust anchor. Errors: those of the layout, the prover and the policy.
    [[nodiscard]] result<void> run(const located& location, appraisal& report) {
        result<void> outcome = read_message(location);
        if (outcome) outcome = verify_message(report);
        if (outcome) outcome = find_revoked(report);
        if (outcome) outcome = validate_trust(report);
        if (prover_.budget().is_spent()) return errc::too_costly;
        if (!outcome) return outcome;
        const auto proven = proven_.view();
        if (const ruling enough = prover_.policy().suffices(proven, prover_.context()); !enough.allows()) return failure{enough.reason(), location.blob.offset};
        if (proven.empty()) return failure{errc::no_signer, location.blob.offset};  // even where the policy is content with no signer
        if (is_content_revoked(location)) return errc::revoked;
        note(proven.front().claim(), report);
        report.digest = proven.front().content_digest();
        report.anchor = &proven.front().anchor();
        return outcome;
    }

private:
    [[nodiscard]] linux_kernel kernel() const { return reading_of(prover_.policy()).kernel; }
    [[nodiscard]] bool has_digest_of(const claim& claim) const { return can_digest<Engine>(kernel(), claim.content_digest); }

    /// pkcs7_parse_message(): x509_cert_parse() verifies every self-signed certificate with its own key, whether or not a
    /// signer needs it.
    result<void> read_message(const located& location) {
        const auto check_self_signature = [&](const key::certificate& certificate) -> result<void> {
            if (self_issued(certificate) != key::self_issue::yes) return result<void>::success();
            return check_link(certificate, certificate);
        };
        auto claims = Layout::open(prover_.subject(), location, kernel(), check_self_signature);
        if (!claims) return claims.error();
        while (!claims->done()) {
            if (claim_count_ == max_signers) return failure{errc::too_costly, location.blob.offset};
            const result<claim> next = claims->next();
            if (!next) return next.error();
            claims_[claim_count_++] = *next;
        }
        for (auto each = claims->certificates(); !each.done();) {
            const result<key::certificate> next = each.next();
            if (!next) return next.error();
            if (!certificates_.add(*next)) return failure{errc::too_costly, location.blob.offset};
        }
        return result<void>::success();
    }

    // ---- pkcs7_verify() ----------------------------------------------------------------------------------------------------

    result<void> verify_message(appraisal& report) {
        bool is_supported = false, is_blacklisted = false;
        for (std::size_t i = 0; i != claim_count_; ++i) {
            note(claims_[i], report);
            if (!has_digest_of(claims_[i])) continue;
            const auto signer = certificates_.find_signer(claims_[i]);
            if (!signer) {
                is_supported = true;
                continue;
            }
            const result<chain_end> end = verify_signer(i, *signer);
            if (!end) return about(claims_[i], end.error());
            (*end == chain_end::blacklisted ? is_blacklisted : is_supported) = true;
        }
        if (is_supported) return result<void>::success();
        return is_blacklisted ? errc::revoked : errc::unsupported_hash;
    }

    enum class chain_end : std::uint8_t { good, blacklisted };

    /// pkcs7_verify_one(): the signature, with the signer's own certificate, then the chain of certificates.
    result<chain_end> verify_signer(std::size_t index, std::size_t signer) {
        const claim& claim = claims_[index];
        const key_info& info = certificates_[signer].info;
        if (claim.signing_time && (*claim.signing_time < info.validity.not_before || *claim.signing_time > info.validity.not_after)) return errc::expired;
        if (!fits(info.key.algorithm, claim.scheme)) return errc::key_type_mismatch;
        if (!kernel().has(info.key.algorithm)) return no_code;
        if (info.fault != errc::none) return info.fault;
        if (!prover_.is_affordable(info.key) || !prover_.budget().spend_unknown_check()) return errc::too_costly;
        const auto prepared = Engine::prepare(info.key);
        if (!prepared) return prepared.error();
        const auto content = prover_.check_content(claim, *prepared);
        if (!content) return content.error();
        own_[index] = *content;
        return verify_chain(signer);
    }

    /// pkcs7_verify_sig_chain(): every link between certificates of the message must hold; errors are those of the arithmetic.
    result<chain_end> verify_chain(std::size_t index) {
        std::bitset<certificate_list::capacity> seen;
        for (;;) {
            const key::certificate& certificate = certificates_[index];
            seen[index] = true;
            is_key_revoked_ = is_key_revoked_ || prover_.revocations().hold(certificate.info.key);
            if (prover_.is_revoked(certificate)) return chain_end::blacklisted;
            if (self_issued(certificate) == key::self_issue::yes) {
                links_.note(index, index);
                return chain_end::good;
            }
            const auto issuer = certificates_.find_issuer(certificate);
            if (!issuer) return chain_end::good;
            const auto& by = certificate.issued_by;
            if (by.name && by.key_id && !(skid_of(certificates_[*issuer].info) == authority_key_id(certificate))) return errc::key_name_mismatch;
            if (seen[*issuer]) return chain_end::good;
            const result<void> link = check_link(certificate, certificates_[*issuer]);
            if (!link) return link.error();
            links_.note(index, *issuer);
            index = *issuer;
        }
    }

    /// The kernel compares algorithms before it checks the key.
    result<void> check_link(const key::certificate& certificate, const key::certificate& issuer) {
        const scheme_id scheme = certificate.signature_algorithm.scheme;
        if (scheme != scheme_id::none && !fits(issuer.info.key.algorithm, scheme)) return errc::key_type_mismatch;
        if (!kernel().has(issuer.info.key.algorithm)) return no_code;
        if (issuer.info.fault != errc::none) return issuer.info.fault;
        if (!prover_.is_affordable(issuer.info.key)) return errc::too_costly;
        const auto prepared = Engine::prepare(issuer.info.key);
        if (!prepared) return prepared.error();
        return prover_.check_link(certificate, *prepared, issuer.info.key, true);
    }

    // ---- is_key_on_revocation_list() ---------------------------------------------------------------------------------------

    result<void> find_revoked(appraisal& report) {
        if (!kernel().release.searches_revoked_signers) return result<void>::success();
        if (is_key_revoked_) return errc::revoked;  // whichever certificate holds the key
        const claim* revoked = nullptr;
        const bool is_found = prover_.revocations().any([&](const auto& list) {
            revoked_walk walk(certificates_, links_, list.keys);
            for (std::size_t i = 0; i != claim_count_; ++i) {
                if (!has_digest_of(claims_[i])) continue;
                const auto match = walk.find(claims_[i], path_);
                if (!match || match->key == nullptr || !holds(i, *match)) continue;
                revoked = &claims_[i];
                return true;
            }
            return false;
        });
        if (!is_found) return result<void>::success();
        note(*revoked, report);
        return about(*revoked, errc::revoked);
    }

    /// Whether the revoked key verifies the signature that the walk has found it for.
    bool holds(std::size_t index, const typename revoked_walk::match& match) {
        const revoked_key<Engine>& key = *match.key;
        if (!key.prepared || !prover_.is_affordable(key.info.key)) return true;  // no arithmetic is possible: the identifier suffices
        if (match.path_length != 0) return prover_.check_link(*path_[match.path_length - 1], *key.prepared, key.info.key).has_value();
        if (!fits(key.info.key.algorithm, claims_[index].scheme) || !prover_.budget().spend_check()) return false;
        return prover_.check_content(claims_[index], *key.prepared).has_value();
    }

    /// Whether a digest that any signer used is revoked, even where that signer was not trusted.
    bool is_content_revoked(const located& location) const {
        for (const auto& own : own_)
            if (own && prover_.revocations().hold(revoked_kind::binary, own->digest.view())) return true;
        return prover_.is_content_revoked(proven_.view(), location.content);
    }

    // ---- pkcs7_validate_trust() --------------------------------------------------------------------------------------------

    result<void> validate_trust(appraisal& report) {
        trusted_walk walk(certificates_, links_, prover_.trust().keys);
        std::optional<failure> unknown;
        if (claim_count_ != 0) note(claims_[0], report);
        for (std::size_t i = 0; i != claim_count_; ++i) {
            const result<void> trusted = validate_signer(walk, i);
            if (trusted) continue;
            const linux_error inner = trusted.error().linux_errno();
            if (inner != linux_error::enokey && inner != linux_error::enopkg) {
                note(claims_[i], report);
                return trusted;
            }
            if (!unknown || (inner == linux_error::enopkg && unknown->linux_errno() == linux_error::enokey)) unknown = trusted.error();
        }
        if (proven_.view().empty() && unknown) return *unknown;
        return result<void>::success();
    }

    result<void> validate_signer(trusted_walk& walk, std::size_t index) {
        const claim& claim = claims_[index];
        if (!has_digest_of(claim)) return about(claim, errc::unsupported_hash);
        const auto match = walk.find(claim, paths_[index]);
        if (!match) return about(claim, match.error());
        if (match->key == nullptr) return result<void>::success();  // already trusted, for another signer
        const result<evidence> proven = match->path_length == 0 ? prover_.prove(candidate(claim, match->key->info), *match->key)
                                                                : prove_vouched(index, *match);
        // Every failure here is the same errno.
        if (!proven) return about(claim, failure{proven.error().code, proven.error().offset, linux_error::ekeyrejected});
        walk.trusted();
        for (const evidence& each : proven_.view())
            if (each.key().key == proven->key().key) return result<void>::success();
        (void)proven_.add(*proven);
        return result<void>::success();
    }

    /// The trusted key must verify the last certificate of the path; the links below were verified with the message.
    result<evidence> prove_vouched(std::size_t index, const typename trusted_walk::match& match) {
        const trusted_key<Engine>& anchor = *match.key;
        const std::span<const key::certificate* const> path(paths_[index].data(), match.path_length);
        return prover_.prove(
            candidate(claims_[index], path, anchor.info), anchor,
            [&]() -> result<void> {
                if (!prover_.is_affordable(anchor.info.key)) return errc::too_costly;
                return prover_.check_link(*path.back(), *anchor.prepared, anchor.info.key);
            },
            [&]() -> result<modsig::detail::proven_content> {
                if (!own_[index]) return errc::not_checked;
                return *own_[index];
            });
    }

    static failure about(const claim& claim, failure reason) {
        if (reason.offset == 0) reason.offset = claim.offset;
        reason.key = key_id_copy(claim.key);
        return reason;
    }
    static void note(const claim& claim, appraisal& report) {
        report.claim = claim;
        report.key = key_id_copy(claim.key);
    }
};

}  // namespace modsig::kernel

#endif  // MODSIG_LINUX_VERIFIER_PKCS7_HPP
