// SPDX-License-Identifier: BSL-1.0
//
// A verifier for programs of a few kilobytes: one layout whose messages bring no certificates, one builtin key, one policy.
// Of several signers only that key's is looked at. It asks what verifier.hpp asks, in its order, but knows the key when it is
// compiled, and says why it refuses without saying where. It tolerates nothing and proves nothing to a loader: what is verified
// is what it points at. The layout's finish() is shown the claim and the digest, not the image again.
//   using image_verifier = modsig::firmware_verifier<modsig::layout::digsig, modsig::engine::firmware<...>,
//                                                    modsig::policy::legacy, vendor_key>;
//   if (const auto image = image_verifier::verify(flash)) start(image.content);
#ifndef MODSIG_VERIFIER_FIRMWARE_HPP
#define MODSIG_VERIFIER_FIRMWARE_HPP

#include <modsig/engine.hpp>
#include <modsig/keyring/builtin.hpp>
#include <modsig/layout.hpp>
#include <modsig/policy.hpp>

#include <optional>

namespace modsig {

/// errc::none and what the signature covers, or why there is nothing.
struct [[nodiscard]] firmware_verdict {
    errc why = errc::not_checked;
    byte_view content{};

    constexpr firmware_verdict(errc reason) : why(reason) {}  // NOLINT: implicit on purpose
    constexpr explicit firmware_verdict(byte_view verified) : why(errc::none), content(verified) {}
    constexpr explicit operator bool() const { return why == errc::none; }
};

/// `Key` is an array of bytes with static storage (keyring/builtin.hpp). The policy is shown what is known of it, but not its
/// numbers.
template <class Layout, class Engine, class Policy, const auto& Key>
class firmware_verifier {
    using reading = typename Policy::reading;
    static_assert(explain_blob_layout<Layout>() && explain_crypto_engine<Engine>() && explain_trust_policy<Policy>());
    static_assert(policy::served_by<Policy, Engine>(), "modsig: the policy asks for a digest that this engine does not have");
    static_assert(is_strict<reading> && !brings_certificates<detail::cursor_of<Layout, reading>>,
                  "modsig: firmware reads strictly, and layouts without certificates");
    static_assert(!scheme_by_key<Layout>, "modsig: firmware reads layouts whose signatures say their scheme");

    // Without the numbers, which would be in the program twice.
    static constexpr key_info key_ = [] {
        key_info info = keyring::detail::parse_builtin<Key>();
        info.key.material = info.key.exponent = info.certificate = {};
        return info;
    }();
    static constexpr auto prepared_ = *Engine::prepare(keyring::detail::parse_builtin<Key>().key);

    static constexpr context no_context_{};

    // Where a layout names keys by their digest, it is the compiler who calculates it.
    static constexpr bool named_by_digest_ = requires(const public_key& key) { Layout::key_digest(key, digest_id::sha256); };
    static constexpr digest_value digest_of_key(digest_id hash) {
        if constexpr (named_by_digest_) return Layout::key_digest(keyring::detail::parse_builtin<Key>().key, hash);
        else return {};
    }
    static constexpr digest_value key_sha256_ = digest_of_key(digest_id::sha256);

    [[nodiscard]] static constexpr bool is_signer(const key_identifier& id) {
        if constexpr (named_by_digest_) return id.kind == key_id_kind::key_digest && equal(key_sha256_.view(), id.bytes);
        else if constexpr (!key_.skid.empty() || !key_.serial.empty()) return key_.matches(id);
        // a bare key: nothing that is written in DER is linked
        else if (id.kind == key_id_kind::digsig_v1) return key_.has_digsig_v1_id && equal(key_.digsig_v1_id, id.bytes);
        else return id.kind == key_id_kind::ima && key_.has_ima_id && equal(key_.ima_id, id.bytes);
    }

    /// The claim, by the layout's own short way where it has one.
    [[gnu::noinline]] static constexpr errc read(byte_view image, claim& said) {
        subject s;
        s.image = image;
        const auto where = Layout::template find<reading>(s);
        if (!where) return where.error().code;
        if constexpr (requires { Layout::template read<reading>(s, *where, said); }) {
            return Layout::template read<reading>(s, *where, said).code;
        } else {
            auto claims = Layout::template open<reading>(s, *where);
            if (!claims) return claims.error().code;
            do {
                const auto next = claims->next();
                if (!next) return next.error().code;
                said = *next;
            } while (!claims->done() && !is_signer(said.key));
            return errc::none;
        }
    }

    // What follows are calls of their own, so that what one needs of the stack is free for the next.

    [[gnu::noinline]] static constexpr errc digest(byte_view content, digest_id id, digest_value& answer) {
        const auto calculated = Engine{}.digest(id, {&content, 1});
        if (!calculated) return calculated.error().code;
        answer = *calculated;
        return errc::none;
    }

    // One on the stack would be an eighth of all that is on it.
    static constexpr subject nothing_{};

    [[gnu::noinline]] static constexpr result<to_check> finish(const claim& said, const digest_value& content) {
        return Layout::finish(nothing_, said, content, Engine{});
    }

    [[gnu::noinline]] static constexpr result<to_check> judge(byte_view image, const context& at, claim_facts& facts, byte_view& covered) {
        claim said;
        if (const errc no = read(image, said); no != errc::none) return no;
        if (const errc no = Policy{}.allows(said, at); no != errc::none) return no;
        if (!Engine::has(said.content_digest)) return errc::unsupported_hash;
        if (!is_signer(said.key)) return errc::key_not_found;
        if (const errc no = Policy{}.allows(said, key_, at); no != errc::none) return no;
        if (!fits(key_.key.algorithm, said.scheme)) return errc::key_type_mismatch;
        if (const errc no = policy::allows_signature(Policy{}, said, said.signature, key_, at); no != errc::none) return no;
        const auto content = said.where.content.size() == 1 ? slice(image, said.where.content[0]) : std::nullopt;
        if (!content) return errc::truncated;
        digest_value content_digest;
        if (const errc no = digest(*content, said.content_digest, content_digest); no != errc::none) return no;
        facts = said;
        covered = *content;
        return finish(said, content_digest);
    }

    [[gnu::noinline]] static constexpr errc check(const to_check& what) {
        const auto proof = Engine{}.check(prepared_, what);
        return proof ? errc::none : proof.error().code;
    }

public:
    /// The codes are those of `verifier::appraise`.
    [[nodiscard]] static constexpr firmware_verdict verify(byte_view image, const context& at = no_context_) {
        claim_facts said;
        byte_view content;
        const auto what = judge(image, at, said, content);
        if (!what) return what.error().code;
        if (const errc no = check(*what); no != errc::none) return no;
        const signer proven{said, &key_};
        if (const errc no = Policy{}.suffices({&proven, 1}, at); no != errc::none) return no;
        return firmware_verdict(content);
    }
};

}  // namespace modsig

#endif  // MODSIG_VERIFIER_FIRMWARE_HPP
