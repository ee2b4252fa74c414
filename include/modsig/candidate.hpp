// SPDX-License-Identifier: BSL-1.0
//
// candidate: one way in which a claim may be good, found by names alone. evidence: a candidate whose signatures were calculated
// and hold.
#ifndef MODSIG_CANDIDATE_HPP
#define MODSIG_CANDIDATE_HPP

#include <modsig/engine.hpp>
#include <modsig/key.hpp>
#include <modsig/key/certificate.hpp>
#include <modsig/layout.hpp>

#include <array>
#include <cstddef>
#include <span>

namespace modsig {

/// A claim, the key that the claim's identifier names, and the path on which trust reaches that key. Views of the image, of the
/// keyring and of the appraiser, which must outlive the candidate.
class candidate {
    const modsig::claim* claim_ = nullptr;
    const key_info* key_ = nullptr;
    const key_info* anchor_ = nullptr;
    std::span<const key::certificate* const> path_{};

public:
    constexpr candidate() = default;
    /// The signing key is itself the trust anchor.
    constexpr candidate(const modsig::claim& claim, const key_info& anchor) : claim_(&claim), key_(&anchor), anchor_(&anchor) {}
    /// `path`: the certificates that the message brings, from the signer's own upwards; the trust anchor issued the last one.
    constexpr candidate(const modsig::claim& claim, std::span<const key::certificate* const> path, const key_info& anchor)
        : claim_(&claim), key_(&path.front()->info), anchor_(&anchor), path_(path) {}

    /// The claim that the candidate is for.
    [[nodiscard]] constexpr const modsig::claim& claim() const { return *claim_; }
    [[nodiscard]] constexpr const key_info& key() const { return *key_; }        ///< of the signer
    [[nodiscard]] constexpr const key_info& anchor() const { return *anchor_; }  ///< in the keyring; may be the signing key
    /// certificates of the message, from the signer's own upwards; empty: the signing key is trusted itself
    [[nodiscard]] constexpr std::span<const key::certificate* const> path() const { return path_; }
    /// Whether the signing key is itself the trust anchor.
    [[nodiscard]] constexpr bool is_direct() const { return path_.empty(); }

    /// The first refusal of rule(key_info) for the keys of intermediates and trust anchor; `none` where the signing key is trusted
    /// itself.
    template <class Rule>
    [[nodiscard]] constexpr errc first_refusal_of_issuers(const Rule& rule) const {
        if (is_direct()) return errc::none;
        for (const key::certificate* const issuer : path_.subspan(1))
            if (const errc refusal = rule(issuer->info); refusal != errc::none) return refusal;
        return rule(*anchor_);
    }
    /// The same, beginning with the signing key.
    template <class Rule>
    [[nodiscard]] constexpr errc first_refusal_of_keys(const Rule& rule) const {
        const errc refusal = rule(*key_);
        return refusal != errc::none ? refusal : first_refusal_of_issuers(rule);
    }
};

/// Proof that an engine has found a signature good. Only check_signature() makes a `proof`.
class proof {
    constexpr proof() = default;
    template <class Arithmetic, class PreparedKey>
    friend constexpr result<proof> check_signature(const Arithmetic& arithmetic, const PreparedKey& key, const to_check& input);
};

/// `check_signature` has an engine check one signature. Errors are the engine's.
template <class Arithmetic, class PreparedKey>
[[nodiscard]] constexpr result<proof> check_signature(const Arithmetic& arithmetic, const PreparedKey& key, const to_check& input) {
    const result<void> answer = arithmetic.check(key, input);
    if (!answer) return answer.error();
    return proof();
}

/// A candidate whose content signature an engine has proven: the only public constructor needs that proof.
class evidence {
    modsig::candidate candidate_{};
    digest_value content_digest_{};

    constexpr evidence() = default;
    template <std::size_t>
    friend class evidence_list;

public:
    /// `content_digest`: calculated of the content; the signature is over this digest, or over what the layout makes of it.
    constexpr evidence(const modsig::candidate& candidate, const digest_value& content_digest, proof)
        : candidate_(candidate), content_digest_(content_digest) {}

    /// The candidate that is proven.
    [[nodiscard]] constexpr const modsig::candidate& candidate() const { return candidate_; }
    /// The proven signer's claim.
    [[nodiscard]] constexpr const modsig::claim& claim() const { return candidate_.claim(); }
    /// The signing key.
    [[nodiscard]] constexpr const key_info& key() const { return candidate_.key(); }
    /// The trust anchor, in the keyring; may be the signing key.
    [[nodiscard]] constexpr const key_info& anchor() const { return candidate_.anchor(); }
    /// The digest calculated of the content; `none` where the scheme signs the content itself.
    [[nodiscard]] constexpr const digest_value& content_digest() const { return content_digest_; }
};

/// A short list of evidence.
template <std::size_t Capacity>
class evidence_list {
    std::array<evidence, Capacity> items_ = make(std::make_index_sequence<Capacity>());
    std::size_t size_ = 0;

    template <std::size_t... I>
    static constexpr std::array<evidence, Capacity> make(std::index_sequence<I...>) {
        return {((void)I, evidence())...};
    }

public:
    /// False where the list is full.
    [[nodiscard]] constexpr bool add(const evidence& item) {
        if (size_ == Capacity) return false;
        items_[size_++] = item;
        return true;
    }
    /// The evidence in the order in which it was added; the view aliases the list.
    [[nodiscard]] constexpr std::span<const evidence> view() const { return std::span<const evidence>(items_.data(), size_); }
};

}  // namespace modsig

#endif  // MODSIG_CANDIDATE_HPP
