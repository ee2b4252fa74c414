// SPDX-License-Identifier: BSL-1.0
//
// A verifier for programs of a few kilobytes: one layout whose messages bring no certificates, one builtin key, one policy.
// Of several signers only the one with that key is verified. The steps and the reasons are those of verifier.hpp, without
// revocations; the compiler parses the key, and a refusal has a reason and no offset. Nothing is tolerated, and no loader takes
// the verdict, which views the verified bytes.
//   using image_verifier = modsig::firmware_verifier<modsig::layout::digsig, modsig::engine::firmware<...>,
//                                                    modsig::policy::legacy, vendor_key>;
//   if (const auto image = image_verifier::verify(flash)) start(image.content);
#ifndef MODSIG_VERIFIER_FIRMWARE_HPP
#define MODSIG_VERIFIER_FIRMWARE_HPP

#include <modsig/candidate.hpp>
#include <modsig/engine.hpp>
#include <modsig/keyring/builtin.hpp>
#include <modsig/layout.hpp>
#include <modsig/policy/combine.hpp>

#include <optional>
#include <type_traits>

namespace modsig {

/// `why` is errc::none and `content` what the signature covers, or `why` is the reason of the refusal.
struct [[nodiscard]] firmware_verdict {
    errc why = errc::not_checked;  ///< `none`: verified
    byte_view content{};           ///< empty where refused

    /// A refusal.
    constexpr firmware_verdict(errc reason) : why(reason) {}  // NOLINT: implicit on purpose
    /// A proven content.
    constexpr explicit firmware_verdict(byte_view verified) : why(errc::none), content(verified) {}
    /// Whether the signature is proven.
    constexpr explicit operator bool() const { return why == errc::none; }
};

namespace detail {
/// The layout as small programs read it: L::in_firmware where the layout has one.
template <class L>
struct firmware_layout {
    using type = L;
};
template <class L>
    requires requires { typename L::in_firmware; }
struct firmware_layout<L> {
    using type = typename L::in_firmware;
};
}  // namespace detail

/// `Key` is an array of bytes with static storage (keyring/builtin.hpp), trusted for this layout. The policy sees all facts of
/// the key except its numbers.
template <class NamedLayout, class Engine, class Policy, const auto& Key>
class firmware_verifier {
    using Layout = typename detail::firmware_layout<NamedLayout>::type;

    static_assert(explain_blob_layout<Layout>() && explain_crypto_engine<Engine>() && explain_trust_policy<Policy>());
    static_assert(policy::served_by<Policy, Engine>(), "modsig: the policy needs a digest that this engine does not have");
    static_assert(std::is_same_v<typename Policy::reading, strict_reading> && !Layout::traits.brings_certificates,
                  "modsig: a firmware_verifier needs a policy with strict_reading, and a layout without certificates");
    static_assert(!Layout::traits.scheme_by_key, "modsig: a firmware_verifier needs a layout whose signatures name their scheme");
    static_assert(!Layout::traits.signs_within, "modsig: a firmware_verifier needs a layout with one signature for each signer");

    // Without the numbers, which the prepared key holds already.
    static constexpr key_info key_ = [] {
        key_info info = keyring::detail::parse_builtin<Key>();
        info.key.material = info.key.exponent = info.certificate = {};
        return info;
    }();
    static constexpr auto prepared_ = *Engine::prepare(keyring::detail::parse_builtin<Key>().key);

    static constexpr context no_context_{};

    // Evidence that no policy needs is not made, and its digest not kept: both would be on the stack during the arithmetic.
    static constexpr bool weighs_evidence_ = Layout::traits.max_signers != 1 || !policy::suffices_as_rule<Policy>;
    struct nothing {};
    using kept_digest = std::conditional_t<weighs_evidence_, digest_value, nothing>;

    // Where a layout names keys by their digest, the compiler calculates that digest.
    static constexpr digest_value digest_of_key(digest_id hash) {
        if constexpr (Layout::traits.digests_keys) return Layout::key_digest(keyring::detail::parse_builtin<Key>().key, hash);
        else return {};
    }
    static constexpr digest_value key_sha256_ = digest_of_key(digest_id::sha256);

    [[nodiscard]] static constexpr bool is_signer(const key_identifier& id) {
        if constexpr (Layout::traits.digests_keys) return id.kind == key_id_kind::key_digest && equal(key_sha256_.view(), id.bytes);
        else if constexpr (!key_.skid.empty() || !key_.serial.empty()) return key_.matches(id);
        // A bare key: no code that reads DER is linked.
        else if (id.kind == key_id_kind::digsig_v1) return key_.has_digsig_v1_id && equal(key_.digsig_v1_id, id.bytes);
        else return id.kind == key_id_kind::ima && key_.has_ima_id && equal(key_.ima_id, id.bytes);
    }

    /// Reads the claim, by the layout's `read` where it has one. Of several claims the first that names the key is read, else
    /// the last; `has_others` is set where there are several.
    [[gnu::noinline]] static constexpr errc read(byte_view image, claim& claim, [[maybe_unused]] bool& has_others) {
        subject subject;
        subject.image = image;
        const auto location = Layout::find(subject);
        if (!location) return location.error().code;
        if constexpr (Layout::traits.reads_directly) {
            const result<void> read = Layout::read(subject, *location, claim);
            return read ? errc::none : read.error().code;
        } else {
            auto claims = Layout::open(subject, *location);
            if (!claims) return claims.error().code;
            std::size_t count = 0;
            for (bool is_found = false; !claims->done(); ++count) {
                const auto next = claims->next();
                if (!next) return next.error().code;
                if (!is_found) claim = *next;
                is_found = is_found || is_signer(next->key);
            }
            has_others = count > 1;
            return errc::none;
        }
    }

    // Each step is a function of its own: the next step reuses its stack.

    [[gnu::noinline]] static constexpr errc digest(byte_view content, digest_id id, digest_value& value) {
        const auto calculated = Engine{}.digest(id, {&content, 1});
        if (!calculated) return calculated.error().code;
        value = *calculated;
        return errc::none;
    }

    /// On success `claim` is that of a signer that the policy allows, and `input` is what that signer signed.
    [[gnu::noinline]] static constexpr errc find_signer(byte_view image, const context& context, claim& claim, byte_view& content, to_check& input,
                                                        [[maybe_unused]] kept_digest& kept, bool& has_others) {
        if (const errc refusal = read(image, claim, has_others); refusal != errc::none) return refusal;
        if (const errc refusal = Policy{}.allows(claim, context); refusal != errc::none) return refusal;
        if (!Engine::has(claim.content_digest)) return errc::unsupported_hash;
        if (!is_signer(claim.key)) return errc::key_not_found;
        if (const ruling answer = Policy{}.judge(candidate(claim, key_), context); !answer.allows()) return answer.reason();
        if (!fits(key_.key.algorithm, claim.scheme)) return errc::key_type_mismatch;
        const auto bytes = claim.where.covers_image ? slice(image, claim.where.content) : std::nullopt;
        if (!bytes) return errc::truncated;
        content = *bytes;
        digest_value content_digest;
        if (const errc refusal = digest(content, claim.content_digest, content_digest); refusal != errc::none) return refusal;
        if constexpr (weighs_evidence_) kept = content_digest;
        return finish(claim, content_digest, input);
    }

    [[gnu::noinline]] static constexpr errc finish(const claim& claim, const digest_value& content_digest, to_check& input) {
        const auto signed_digest = Layout::finish(claim, content_digest, Engine{});
        if (!signed_digest) return signed_digest.error().code;
        input = to_check{claim.scheme, *signed_digest, {}, claim.signature, claim.lenient, claim.salt_size};
        return errc::none;
    }

    [[gnu::noinline]] static constexpr errc check([[maybe_unused]] const claim& claim, [[maybe_unused]] const kept_digest& content_digest,
                                                  const to_check& input, [[maybe_unused]] const context& context,
                                                  [[maybe_unused]] bool has_others) {
        const auto signature = check_signature(Engine{}, prepared_, input);
        if (!signature) return signature.error().code;
        if constexpr (weighs_evidence_) {
            const evidence proven(candidate(claim, key_), content_digest, *signature);
            if (has_others && !Policy{}.permits(unproven_part::signer, {&proven, 1}, context)) return errc::unproven_signer;
            return Policy{}.suffices({&proven, 1}, context).reason();
        } else {
            return errc::none;
        }
    }

public:
    /// `verify` returns the verdict about `image`, whose content the verdict views. Reasons: those of verifier::appraise.
    /// Signers with other keys are not verified: the policy permits them or not.
    [[nodiscard]] static constexpr firmware_verdict verify(byte_view image, const context& context = no_context_) {
        claim claim;
        byte_view content;
        to_check input;
        kept_digest content_digest;
        bool has_others = false;
        if (const errc refusal = find_signer(image, context, claim, content, input, content_digest, has_others); refusal != errc::none) return refusal;
        if (const errc refusal = check(claim, content_digest, input, context, has_others); refusal != errc::none) return refusal;
        return firmware_verdict(content);
    }
};

}  // namespace modsig

#endif  // MODSIG_VERIFIER_FIRMWARE_HPP
