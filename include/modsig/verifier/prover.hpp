// SPDX-License-Identifier: BSL-1.0
//
// The only code that makes evidence: a candidate becomes evidence or a refusal, in this order:
//   1. revocation      of every key on the path, by key and by certificate digest
//   2. key             usable at all, and trusted for this layout and form
//   3. policy          allows(algorithms) again, then judge(candidate)
//   4. arithmetic      from the trust anchor down, the content's signature last
// No other code decides that the signature over a content is good.
#ifndef MODSIG_VERIFIER_PROVER_HPP
#define MODSIG_VERIFIER_PROVER_HPP

#include <modsig/candidate.hpp>
#include <modsig/engine.hpp>
#include <modsig/keyring.hpp>
#include <modsig/keyring/certificate_signature.hpp>
#include <modsig/layout.hpp>
#include <modsig/limits.hpp>
#include <modsig/policy.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <type_traits>

namespace modsig::detail {

/// Two lists of revocations: the keyring's own, and a second one, which may be null.
template <class Engine>
struct revocation_lists {
    const revocation_view<Engine>* of_keyring = nullptr;
    const revocation_view<Engine>* second = nullptr;

    /// Whether `test(list)` is true for one of the lists.
    template <class Test>
    [[nodiscard]] constexpr bool any(const Test& test) const {
        return test(*of_keyring) || (second != nullptr && test(*second));
    }
    [[nodiscard]] constexpr bool hold(const public_key& key) const {
        return any([&](const auto& list) { return list.holds(key); });
    }
    [[nodiscard]] constexpr bool have_digests(revoked_kind kind) const {
        return any([&](const auto& list) { return list.has_digests(kind); });
    }
    [[nodiscard]] constexpr bool hold(revoked_kind kind, byte_view digest) const {
        return any([&](const auto& list) { return list.holds(kind, digest); });
    }
    template <class Calculate>
    [[nodiscard]] constexpr bool find(revoked_kind kind, const Calculate& calculate) const {
        return any([&](const auto& list) { return list.finds(kind, calculate); });
    }
};

/// A cache of results, for messages that need the same result many times. Results beyond `Capacity` are calculated again.
template <class Input, class Output, std::size_t Capacity>
class result_cache {
    struct entry {
        Input input{};
        Output output{};
    };
    std::array<entry, Capacity> entries_{};
    std::size_t size_ = 0;

public:
    template <class Calculate>
    constexpr Output get(const Input& input, const Calculate& calculate) {
        for (std::size_t i = 0; i != size_; ++i)
            if (entries_[i].input == input) return entries_[i].output;
        const Output output = calculate();
        if (size_ != Capacity) entries_[size_++] = {input, output};
        return output;
    }
};

/// The content's digest, and the proof that an engine has found a signature over it good.
struct proven_content {
    digest_value digest{};
    proof signature;
};

/// The prover of one message. `Engine` prepares keys; `Arithmetic` is that engine, or gives results that a batch has
/// calculated.
template <class Layout, class Engine, class Policy, class Arithmetic>
class prover {
    static constexpr bool is_lenient = std::is_same_v<typename Policy::reading, linux_reading>;

    const keyring_view<Engine>& trust_;
    revocation_lists<Engine> revoked_;
    const Policy& policy_;
    const Arithmetic& arithmetic_;
    const modsig::subject& subject_;
    const modsig::context& context_;
    const limits& limits_;
    modsig::budget budget_;
    std::array<digest_value, digest_count> content_digests_{};  // `none`: not yet calculated

    // One certificate, and one signature with one key, occur on many paths. Keys are compared by value: one key may have
    // several certificates.
    template <class Signed>
    struct signature_by {
        const Signed* signed_part = nullptr;
        public_key key{};
        friend constexpr bool operator==(const signature_by& a, const signature_by& b) { return a.signed_part == b.signed_part && a.key == b.key; }
    };
    struct link_result {
        errc code = errc::none;
        linux_error specific = linux_error::none;
    };
    struct content_result {
        std::optional<proof> signature{};
        digest_value digest{};
        failure refusal{errc::not_checked};
    };
    result_cache<const std::uint8_t*, bool, 32> revoked_certificates_{};
    result_cache<signature_by<std::uint8_t>, link_result, 32> links_{};
    result_cache<signature_by<modsig::claim>, content_result, 8> contents_{};

public:
    constexpr prover(const keyring_view<Engine>& ring, const revocation_view<Engine>* revoked, const Policy& policy, const Arithmetic& arithmetic,
                     const modsig::subject& subject, const modsig::context& context, const limits& limits)
        : trust_(ring), revoked_{&ring.revoked, revoked}, policy_(policy), arithmetic_(arithmetic), subject_(subject), context_(context),
          limits_(limits), budget_(limits) {}

    [[nodiscard]] constexpr const keyring_view<Engine>& trust() const { return trust_; }
    [[nodiscard]] constexpr const revocation_lists<Engine>& revocations() const { return revoked_; }
    [[nodiscard]] constexpr const Policy& policy() const { return policy_; }
    [[nodiscard]] constexpr const modsig::context& context() const { return context_; }
    [[nodiscard]] constexpr const modsig::subject& subject() const { return subject_; }
    [[nodiscard]] constexpr modsig::budget& budget() { return budget_; }

    /// `prove` returns evidence for the candidate, or the first refusal in the order above. `anchor` is the candidate's trust
    /// anchor.
    [[nodiscard]] constexpr result<evidence> prove(const candidate& candidate, const trusted_key<Engine>& anchor) {
        return prove(candidate, anchor, [&] { return check_path(candidate, anchor); },
                     [&] { return check_content(candidate, anchor); });
    }

    /// `prove` for a reading that checks path and content in its own order, before it looks for a trusted key:
    /// check_path() -> result<void>, check_content() -> result<proven_content>.
    template <class CheckPath, class CheckContent>
    [[nodiscard]] constexpr result<evidence> prove(const candidate& candidate, const trusted_key<Engine>& anchor, const CheckPath& check_path,
                                                   const CheckContent& check_content) {
        if (is_revoked(candidate)) return errc::revoked;
        if (anchor.info.fault != errc::none) return anchor.info.fault;
        if (candidate.key().fault != errc::none) return candidate.key().fault;
        if (!anchor.prepared) return anchor.prepared.error();
        if (const errc refusal = anchor.scope.refusal_of(candidate.claim(), Layout::traits); refusal != errc::none) return refusal;
        if (const ruling answer = policy::judge_whole(policy_, candidate, context_); !answer.allows()) return answer.reason();
        if (!fits(candidate.key().key.algorithm, candidate.claim().scheme)) return errc::key_type_mismatch;
        const bool is_affordable_path = is_affordable(candidate.key().key) && candidate.first_refusal_of_issuers([&](const key_info& info) {
            return is_affordable(info.key) ? errc::none : errc::too_costly;
        }) == errc::none;
        if (!is_affordable_path) return errc::too_costly;
        const result<void> path = check_path();
        if (!path) return path.error();
        const result<proven_content> content = check_content();
        if (!content) return content.error();
        return evidence(candidate, content->digest, content->signature);
    }

    /// Whether the limits allow arithmetic with this key: an RSA key in a message may have any size and exponent.
    [[nodiscard]] constexpr bool is_affordable(const public_key& key) const {
        return key.algorithm != key_algorithm::rsa || limits_.allow_rsa(key.bits, bit_length(key.exponent));
    }

    /// `check_content` checks the content's signature with this key.
    [[nodiscard]] constexpr result<proven_content> check_content(const claim& claim, const typename Engine::prepared_key& key) {
        const result<digest_value> content = content_digest(claim);
        if (!content) return content.error();
        if constexpr (Layout::traits.signs_messages) {
            if (signs_message(claim.scheme)) return check_message(claim, key, *content);
        }
        const result<digest_value> signed_digest = Layout::finish(claim, *content, arithmetic_);
        if (!signed_digest) return signed_digest.error();
        byte_view message;
        if (claim.signs_content) {
            const auto bytes = slice(subject_.image, claim.where.content);
            if (!bytes) return failure{errc::truncated, claim.where.content.offset};
            message = *bytes;
        }
        const auto signature = check_signature(arithmetic_, key, to_check{claim.scheme, *signed_digest, message, claim.signature, claim.lenient, claim.salt_size});
        if (!signature) return signature.error();
        if (const result<void> inner = check_inner(claim, key); !inner) return inner.error();
        return proven_content{*content, *signature};
    }

    /// `check_link` checks that `issuer` signed the certificate. Each pair is calculated once.
    [[nodiscard]] constexpr result<void> check_link(const key::certificate& certificate, const typename Engine::prepared_key& prepared,
                                                    const public_key& issuer, bool is_unknown = false) {
        return remembered_link(certificate, issuer, [&] { return calculate_link(certificate, prepared, issuer, is_unknown); });
    }

    /// Whether a certificate is revoked, by its key or by its digest. In the strict reading, where digests of certificates are
    /// revoked at all, a certificate whose digest cannot be calculated counts as revoked.
    [[nodiscard]] constexpr bool is_revoked(const key::certificate& certificate) {
        if (revoked_.hold(certificate.info.key)) return true;
        return revoked_certificates_.get(certificate.whole.data(), [&] { return is_certificate_revoked(certificate.tbs, certificate); });
    }

    /// Whether content or file is revoked: by the content digests of the evidence; in the strict reading also by every
    /// algorithm that the length of an entry stands for, in Linux's by the SHA-256 of the whole file, as in Debian's kernels.
    [[nodiscard]] constexpr bool is_content_revoked(std::span<const evidence> proven, range content) const {
        constexpr revoked_kind kind = revoked_kind::binary;
        if (!revoked_.have_digests(kind)) return false;
        for (const evidence& each : proven)
            if (revoked_.hold(kind, each.content_digest().view())) return true;
        const auto digest_of = [&](byte_view bytes) {
            return [&, bytes](digest_id id) { return arithmetic_.digest(id, {&bytes, 1}); };
        };
        if constexpr (is_lenient) {
            const auto whole = digest_of(subject_.image)(digest_id::sha256);
            return !whole || revoked_.hold(kind, whole->view());
        } else {
            const auto bytes = slice(subject_.image, content);
            return !bytes || revoked_.find(kind, digest_of(*bytes)) || revoked_.find(kind, digest_of(subject_.image));
        }
    }

private:
    constexpr result<void> check_inner([[maybe_unused]] const claim& claim, [[maybe_unused]] const typename Engine::prepared_key& key) {
        if constexpr (Layout::traits.signs_within) {
            const auto inner = Layout::inner(subject_, claim);
            if (!inner) return inner.error();
            if (!inner->has_value()) return result<void>::success();
            const auto signature = check_signature(arithmetic_, key,
                                                   to_check{claim.scheme, (*inner)->digest, {}, (*inner)->signature, claim.lenient, claim.salt_size});
            if (!signature) return signature.error();
        }
        return result<void>::success();
    }

    constexpr result<void> check_path(const candidate& candidate, const trusted_key<Engine>& anchor) {
        const auto path = candidate.path();
        if (path.empty()) return result<void>::success();
        result<void> answer = check_link(*path.back(), *anchor.prepared, anchor.info.key);
        for (std::size_t i = path.size() - 1; answer && i != 0; --i) {
            const key::certificate& certificate = *path[i - 1];
            const public_key& issuer = path[i]->info.key;
            answer = remembered_link(certificate, issuer, [&]() -> result<void> {
                const auto prepared = Engine::prepare(issuer);
                if (!prepared) return prepared.error();
                return calculate_link(certificate, *prepared, issuer, false);
            });
        }
        return answer;
    }

    template <class Calculate>
    constexpr result<void> remembered_link(const key::certificate& certificate, const public_key& issuer, const Calculate& calculate) {
        const link_result answer = links_.get({certificate.whole.data(), issuer}, [&]() -> link_result {
            const result<void> link = calculate();
            return link ? link_result{} : link_result{link.error().code, link.error().linux_specific};
        });
        if (answer.code != errc::none) return failure{answer.code, 0, answer.specific};
        return result<void>::success();
    }
    constexpr result<void> calculate_link(const key::certificate& certificate, const typename Engine::prepared_key& prepared, const public_key& issuer,
                                          bool is_unknown) {
        if (is_unknown ? !budget_.spend_unknown_check() : !budget_.spend_check()) return errc::too_costly;
        const auto signature = keyring::check_certificate_signature<Engine>(certificate, prepared, issuer, is_lenient);
        if (!signature) return signature.error();
        return result<void>::success();
    }

    /// check_content() for schemes that sign the message itself.
    constexpr result<proven_content> check_message(const claim& claim, const typename Engine::prepared_key& key, const digest_value& digest) {
        const auto content = slice(subject_.image, claim.where.content);
        if (!content) return failure{errc::truncated, claim.where.content.offset};
        const result<signed_message> message = Layout::message(claim, *content, digest, arithmetic_);
        if (!message) return message.error();
        const auto signature = check_signature(arithmetic_, key, to_check{claim.scheme, {}, message->tail, claim.signature, claim.lenient, claim.salt_size, message->head()});
        if (!signature) return signature.error();
        return proven_content{digest, *signature};
    }

    constexpr result<proven_content> check_content(const candidate& candidate, const trusted_key<Engine>& anchor) {
        const content_result answer = contents_.get({&candidate.claim(), candidate.key().key}, [&]() -> content_result {
            const result<proven_content> content = calculate_content(candidate, anchor);
            if (!content) return {.refusal = content.error()};
            return {content->signature, content->digest};
        });
        if (!answer.signature) return answer.refusal;
        return proven_content{answer.digest, *answer.signature};
    }

    constexpr result<proven_content> calculate_content(const candidate& candidate, const trusted_key<Engine>& anchor) {
        if (!budget_.spend_check()) return errc::too_costly;
        if (candidate.is_direct()) return check_content(candidate.claim(), *anchor.prepared);
        const auto prepared = Engine::prepare(candidate.key().key);
        if (!prepared) return prepared.error();
        return check_content(candidate.claim(), *prepared);
    }

    constexpr bool is_revoked(const candidate& candidate) {
        for (const key::certificate* const certificate : candidate.path())
            if (is_revoked(*certificate)) return true;
        const key_info& anchor = candidate.anchor();
        if (revoked_.hold(anchor.key)) return true;
        if (anchor.certificate.empty() || !revoked_.have_digests(revoked_kind::certificate)) return false;  // a bare key
        return revoked_certificates_.get(anchor.certificate.data(), [&] {
            auto certificate = grammar<typename Policy::reading>::parse_certificate(anchor.certificate, 0, reading_of(policy_));
            return !certificate || is_certificate_revoked(certificate->tbs, *certificate);
        });
    }

    constexpr bool is_certificate_revoked(byte_view tbs, const key::certificate& certificate) const {
        constexpr revoked_kind kind = revoked_kind::certificate;
        if (!revoked_.have_digests(kind)) return false;
        if constexpr (is_lenient) {
            const auto own = keyring::revocation_digest<Engine>(certificate, reading_of(policy_));
            return own && revoked_.hold(kind, own->view());
        } else {
            const auto own = keyring::certificate_digest<Engine>(certificate);
            return !own || revoked_.hold(kind, own->view()) || revoked_.find(kind, [&](digest_id id) { return Engine{}.digest(id, {&tbs, 1}); });
        }
    }

    /// The content's digest, calculated once for each algorithm, for any number of signers.
    constexpr result<digest_value> content_digest(const claim& claim) {
        if (claim.content_digest == digest_id::none) return digest_value{};
        digest_value& known = content_digests_[static_cast<std::size_t>(claim.content_digest)];
        if (known.id != digest_id::none) return known;
        const result<digest_value> digest = calculate(claim);
        if (digest) known = *digest;
        return digest;
    }
    constexpr result<digest_value> calculate(const claim& claim) const {
        if constexpr (Layout::traits.digests_content) {
            return Layout::content_digest(subject_, claim, arithmetic_);
        } else {
            const auto content = slice(subject_.image, claim.where.content);
            if (!content) return failure{errc::truncated, claim.where.content.offset};
            return arithmetic_.digest(claim.content_digest, {&*content, 1});
        }
    }
};

}  // namespace modsig::detail

#endif  // MODSIG_VERIFIER_PROVER_HPP
