// SPDX-License-Identifier: BSL-1.0
//
// The search of the strict reading: the keys that the claims of a message may belong to, found by identifiers and names alone
// (RFC 5280, section 6, as far as signed code needs it), and what the message holds besides its proven signers. The arithmetic
// is in verifier/prover.hpp.
//
// Every key that an identifier names is tried, and every path from the signer's certificate in the message to a trust anchor.
// So neither the order of the keyring nor that of the certificates changes the result.
#ifndef MODSIG_VERIFIER_STRICT_HPP
#define MODSIG_VERIFIER_STRICT_HPP

#include <modsig/grammar.hpp>
#include <modsig/key/x509.hpp>
#include <modsig/verified.hpp>
#include <modsig/verifier/prover.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace modsig::detail {

/// The most informative refusal, independent of the order of refusals: revocation first, then the latest in the order of errc.
class best_refusal {
    failure failure_{errc::key_not_found};

    static constexpr unsigned rank(errc code) {
        return code == errc::key_not_found ? 0 : code == errc::untrusted_chain ? 1 : code == errc::revoked ? 1000 : 2 + static_cast<unsigned>(code);
    }

public:
    constexpr void note(const modsig::failure& failure) {
        if (rank(failure.code) > rank(failure_.code)) failure_ = failure;
    }
    [[nodiscard]] constexpr const failure& get() const { return failure_; }
    [[nodiscard]] static constexpr bool is_unknown_key(errc code) { return code == errc::key_not_found || code == errc::untrusted_chain; }
};

/// The certificates of a message, each parsed once, and which of them a proven signer needs.
template <bool Any>
struct message_certificates {
    std::array<key::certificate, strict_limits.certificates> items{};
    std::array<std::uint64_t, strict_limits.certificates> offsets{};
    std::array<bool, strict_limits.certificates> needed{};
    std::size_t size = 0;

    [[nodiscard]] constexpr std::optional<std::uint64_t> first_unneeded() const {
        for (std::size_t i = 0; i != size; ++i)
            if (!needed[i]) return offsets[i];
        return std::nullopt;
    }
    constexpr void mark_needed(byte_view certificate) {
        for (std::size_t i = 0; i != size; ++i)
            if (equal(items[i].whole, certificate)) needed[i] = true;
    }
};
template <>
struct message_certificates<false> {
    static constexpr std::size_t size = 0;
    [[nodiscard]] static constexpr std::optional<std::uint64_t> first_unneeded() { return std::nullopt; }
    static constexpr void mark_needed(byte_view) {}
};

/// The appraiser of one message of one layout.
template <class Layout, class Engine, class Policy, class Arithmetic>
class strict_appraiser {
    static constexpr limits limits_ = strict_limits;
    static constexpr std::size_t max_signers = Layout::traits.max_signers;
    static constexpr bool has_certificates = Layout::traits.brings_certificates;
    static_assert(max_signers <= limits_.signers);
    // No known scheme has longer signatures than ML-DSA-87.
    static constexpr std::size_t max_unproven_size = 4627;

    using path_type = std::array<const key::certificate*, limits_.path_length>;

    prover<Layout, Engine, Policy, Arithmetic> prover_;
    std::array<claim, max_signers> claims_{};  // of the message; evidence views them
    std::size_t claim_count_ = 0;
    message_certificates<has_certificates> certificates_{};
    std::array<path_type, has_certificates ? max_signers : 1> paths_{};  // of the evidence, which views them
    evidence_list<max_signers> proven_{};
    bool has_evidence_ = false;  // for the current claim

public:
    constexpr strict_appraiser(const keyring_view<Engine>& ring, const revocation_view<Engine>* revoked, const Policy& policy,
                               const Arithmetic& arithmetic, const subject& subject, const context& context)
        : prover_(ring, revoked, policy, arithmetic, subject, context, limits_) {}

    /// Success: enough signers are proven, and the policy permits the rest of the message. `report` gets the claim that
    /// decided.
    [[nodiscard]] constexpr result<void> run(const located& location, appraisal& report) {
        auto claims = Layout::open(prover_.subject(), location);
        if (!claims) return claims.error();
        if (const result<void> read = read_message(*claims); !read) return read;
        if (claim_count_ != 0) note(claims_[0], report);

        failure unknown{errc::no_signer, location.blob.offset};  // the first unknown signer
        std::size_t unknown_count = 0;
        for (std::size_t i = 0; i != claim_count_; ++i) {
            const result<void> looked_up = appraise(claims_[i]);
            if (prover_.budget().is_spent()) return about(claims_[i], errc::too_costly);
            if (looked_up) continue;
            const errc code = looked_up.error().code;
            if (!best_refusal::is_unknown_key(code)) {
                note(claims_[i], report);
                return about(claims_[i], looked_up.error());
            }
            if (unknown_count++ == 0) unknown = about(claims_[i], looked_up.error());
        }
        const auto proven = proven_.view();
        if (proven.empty()) return unknown;
        const evidence& first = proven.front();
        if (unknown_count != 0 && !may_have_unproven_signers()) {
            unknown.code = errc::unproven_signer;
            return unknown;
        }
        if (const auto offset = certificates_.first_unneeded(); offset && !prover_.policy().permits(unproven_part::certificate, proven, prover_.context()))
            return failure{errc::unneeded_certificate, *offset};
        if (const ruling enough = prover_.policy().suffices(proven, prover_.context()); !enough.allows()) return failure{enough.reason(), location.blob.offset};
        if (prover_.is_content_revoked(proven, location.content)) return errc::revoked;
        note(first.claim(), report);
        report.digest = first.content_digest();
        report.anchor = &first.anchor();
        return result<void>::success();
    }

private:
    template <class Cursor>
    constexpr result<void> read_message(Cursor& cursor) {
        while (!cursor.done()) {
            if (claim_count_ == max_signers) return errc::too_many_signers;
            const result<claim> next = cursor.next();
            if (!next) return next.error();
            claims_[claim_count_++] = *next;
        }
        if constexpr (has_certificates) {
            for (auto each = cursor.certificates(); !each.done();) {
                const std::uint64_t offset = each.offset();
                if (certificates_.size == limits_.certificates) return failure{errc::too_costly, offset};
                const result<key::certificate> next = each.next();
                if (!next) return next.error();
                certificates_.items[certificates_.size] = *next;
                certificates_.offsets[certificates_.size++] = offset;
            }
        }
        return result<void>::success();
    }

    /// Success: there is evidence for this claim; else the reason of the refusal.
    constexpr result<void> appraise(claim& claim) {
        if (const errc refusal = prover_.policy().allows(claim, prover_.context()); refusal != errc::none) return refusal;
        if (claim.content_digest != digest_id::none && !Engine::has(claim.content_digest)) return errc::unsupported_hash;
        const std::size_t before = proven_.view().size();
        has_evidence_ = false;
        best_refusal reason;
        bool is_proven = try_trusted_keys(claim, reason);
        if constexpr (has_certificates) {
            if (!is_proven || certificates_.first_unneeded()) is_proven = try_certificates(claim, reason) || is_proven;
        }
        if (is_proven) {
            // The same key signed twice. Anyone can make a second ECDSA signature of the first: policy/low_s.hpp.
            const bool is_new = proven_.view().size() != before;
            if (!is_new && !prover_.policy().permits(unproven_part::signer, proven_.view(), prover_.context())) return errc::repeated_element;
            return result<void>::success();
        }
        if (best_refusal::is_unknown_key(reason.get().code) && names_revoked_key(claim)) return errc::revoked;
        return reason.get();
    }

    /// Whether a key of the keyring that the claim's identifier names proves the claim.
    constexpr bool try_trusted_keys(claim& claim, best_refusal& reason) {
        for (const trusted_key<Engine>& key : prover_.trust().keys) {
            if (!names(claim.key, key.info)) continue;
            if constexpr (Layout::traits.scheme_by_key) claim.scheme = Layout::scheme_of(key.info.key.algorithm);
            const result<evidence> proven = prover_.prove(candidate(claim, key.info), key);
            if (proven) return accept(*proven);
            reason.note(proven.error());
        }
        return false;
    }

    /// Whether a path proves the claim: from the certificate in the message that the claim names up to a trust anchor.
    constexpr bool try_certificates(claim& claim, best_refusal& reason) {
        bool is_proven = false;
        path_type path{};
        for (std::size_t i = 0; i != certificates_.size; ++i) {
            const key::certificate& certificate = certificates_.items[i];
            if (!certificate.info.matches(claim.key)) continue;
            reason.note(errc::untrusted_chain);
            path[0] = &certificate;
            is_proven = climb(claim, path, 1, reason) || is_proven;
        }
        return is_proven;
    }

    /// The search goes upwards by names (RFC 5280, section 6.1); arithmetic begins at a trust anchor.
    constexpr bool climb(claim& claim, path_type& path, std::size_t length, best_refusal& reason) {
        if (!prover_.budget().spend_search_step()) return false;
        const key::certificate& top = *path[length - 1];
        const std::size_t intermediates = length - 1;
        bool is_proven = false;
        for (const trusted_key<Engine>& anchor : prover_.trust().keys) {
            if (!may_issue(top, anchor.info, intermediates, reason)) continue;
            if constexpr (Layout::traits.scheme_by_key) claim.scheme = Layout::scheme_of(path[0]->info.key.algorithm);
            is_proven = try_path(claim, path, length, anchor, reason) || is_proven;
            if (is_proven && !certificates_.first_unneeded()) return true;
        }
        if (length == limits_.path_length) return is_proven;
        for (std::size_t i = 0; i != certificates_.size; ++i) {
            const key::certificate& issuer = certificates_.items[i];
            bool is_on_path = false;
            for (std::size_t j = 0; j != length; ++j) is_on_path = is_on_path || path[j] == &issuer;
            if (is_on_path || !may_issue(top, issuer.info, intermediates, reason)) continue;
            path[length] = &issuer;
            is_proven = climb(claim, path, length + 1, reason) || is_proven;
        }
        return is_proven;
    }

    /// Evidence views its path, so the path of a claim's first evidence is kept.
    constexpr bool try_path(const claim& claim, const path_type& path, std::size_t length, const trusted_key<Engine>& anchor, best_refusal& reason) {
        path_type& kept = paths_[static_cast<std::size_t>(&claim - claims_.data())];
        if (!has_evidence_) kept = path;
        const std::span<const key::certificate* const> view(has_evidence_ ? path.data() : kept.data(), length);
        const result<evidence> proven = prover_.prove(candidate(claim, view, anchor.info), anchor);
        if (proven) return accept(*proven);
        reason.note(proven.error());
        return false;
    }

    static constexpr bool may_issue(const key::certificate& subject, const key_info& issuer, std::size_t intermediates, best_refusal& reason) {
        const key::issuer_match match = key::match_issuer(subject, issuer);
        if (match == key::issuer_match::contradictory) reason.note(errc::key_name_mismatch);
        if (match != key::issuer_match::yes) return false;
        const key_purpose& purpose = issuer.purpose;
        const bool may = purpose.constraints_known && purpose.is_ca && (!purpose.path_length || *purpose.path_length >= intermediates);
        if (!may) reason.note(errc::key_usage);
        return may;
    }

    /// A claim has the evidence of its first proven candidate, and a key counts once. A certificate that any proven candidate
    /// needs is needed.
    constexpr bool accept(const evidence& proven) {
        mark_needed(proven);
        if (!has_evidence_ && !is_known(proven.key())) (void)proven_.add(proven);
        has_evidence_ = true;
        return true;
    }
    constexpr void mark_needed(const evidence& proven) {
        certificates_.mark_needed(proven.anchor().certificate);
        certificates_.mark_needed(proven.key().certificate);
        for (const key::certificate* const each : proven.candidate().path()) certificates_.mark_needed(each->whole);
    }
    constexpr bool is_known(const key_info& key) const {
        for (const evidence& each : proven_.view())
            if (each.key().key == key.key) return true;
        return false;
    }

    static constexpr bool names(const key_identifier& id, const key_info& key) {
        if constexpr (Layout::traits.names_keys) return Layout::names(id, key);
        else return key.matches(id);
    }
    constexpr bool names_revoked_key(const claim& claim) const {
        return prover_.revocations().any([&](const auto& list) {
            for (const revoked_key<Engine>& each : list.keys)
                if (names(claim.key, each.info)) return true;
            return false;
        });
    }

    constexpr bool may_have_unproven_signers() const {
        if (!prover_.policy().permits(unproven_part::signer, proven_.view(), prover_.context())) return false;
        for (std::size_t i = 0; i != claim_count_; ++i) {
            const claim& each = claims_[i];
            for (const byte_view field : {each.signature, each.authenticated, each.key.bytes, each.key.issuer})
                if (field.size() > max_unproven_size) return false;
        }
        return true;
    }

    static constexpr failure about(const claim& claim, failure reason) {
        if (reason.offset == 0) reason.offset = claim.offset;
        reason.key = key_id_copy(claim.key);
        return reason;
    }
    static constexpr void note(const claim& claim, appraisal& report) {
        report.claim = claim;
        report.key = key_id_copy(claim.key);
    }
};

}  // namespace modsig::detail

#endif  // MODSIG_VERIFIER_STRICT_HPP
