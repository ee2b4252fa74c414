// SPDX-License-Identifier: BSL-1.0
//
// verifier: layouts, an engine, a policy and a keyring, composed. The one place that says `verified`.
//
// The order is contract. For the first layout that does not answer "not mine" (if there is none: no_signature, or
// compressed, which an unsigned file is not):
//    1. find, open         container from the end inwards, header fields by offset, then syntax in reading order
//    2. Policy::allows     of the algorithms: a refusal costs no arithmetic
//    3. keyring look-up    key_not_found; ambiguous_key when different keys share the identifier; certificates in the
//                          message may lead to a key: untrusted_chain when they do not
//    4. revoked            the keyring's word is final; that on the file itself comes last of all
//    5. Policy::allows     of the key
//    6. digest, finish, check
//    7. Policy::suffices   over all proven signers, which are distinct public keys
// With several signers each goes through 2 to 6; the first refusal ends it, except that a signer whose key is not known
// is passed over and counts only when nobody is proven.
#ifndef MODSIG_VERIFIER_HPP
#define MODSIG_VERIFIER_HPP

#include <modsig/compression.hpp>
#include <modsig/engine.hpp>
#include <modsig/keyring.hpp>
#include <modsig/layout.hpp>
#include <modsig/policy.hpp>
#include <modsig/verified.hpp>
#include <modsig/verifier/certificate_chain.hpp>
#include <modsig/verifier/linux_pkcs7.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace modsig {

template <class... L>
struct layouts {
    static_assert(sizeof...(L) != 0, "modsig: a verifier needs a layout: layouts<layout::digsig>");
    static constexpr std::size_t max_signers = std::max({std::size_t{1}, std::size_t{L::max_signers}...});
};

template <class Layouts, class Engine, class Policy>
class verifier;

/// Const members are safe to call from several threads. The keyring must outlive the verifier.
template <class... L, class Engine, class Policy>
class verifier<layouts<L...>, Engine, Policy> {
    static_assert((explain_blob_layout<L>() && ...));
    static_assert(explain_crypto_engine<Engine>());
    static_assert(explain_trust_policy<Policy>());
    static_assert(policy::served_by<Policy, Engine>(),
                  "modsig: the policy asks for a digest that this engine does not have: take it from policy::digests, or "
                  "add it to the engine's digest_list");

    keyring_view<Engine> trust_;
    [[no_unique_address]] Policy policy_;
    [[no_unique_address]] Engine engine_{};

public:
    using reading = typename Policy::reading;

    constexpr explicit verifier(keyring_view<Engine> ring, Policy policy = {}) : trust_(ring), policy_(std::move(policy)) {}

    template <keyring_source<Engine> Keyring>
    constexpr explicit verifier(const Keyring& ring, Policy policy = {}) : verifier(ring.template view<Engine>(), std::move(policy)) {}

    template <keyring_source<Engine> Keyring>
    verifier(const Keyring&&, Policy = {}) requires(!std::is_empty_v<Keyring>) = delete;  // a temporary keyring would dangle

    /// What is to be thought of these bytes. Takes nothing and keeps nothing.
    [[nodiscard]] constexpr appraisal appraise(const subject& s, const context& at = {}) const {
        appraisal answer;
        answer.why = errc::no_signature;
        answer.why.offset = s.image.size();
        answer.content = range{0, s.image.size()};
        // The first layout that does not say "not mine" is the one that answers.
        const bool answered = (judge_as<L>(s, at, answer) || ...);
        if (is_strict<reading> && !answered && is_compressed_module(s.image)) answer.why = errc::compressed;
        return settle(answer);
    }

    /// Moves the image in when it is verified; a refused one stays with its owner. Views are copied.
    template <class Image>
    [[nodiscard]] constexpr auto verify(Image&& image, subject beside = {}, const context& at = {}) const
        -> result<verified<std::remove_cvref_t<Image>>> {
        beside.image = bytes_of<Image>(image);
        const appraisal answer = appraise(beside, at);
        if (answer.outcome != verdict::verified) return answer.why;
        return verified<std::remove_cvref_t<Image>>(owner_of<Image>(image), answer);
    }
    template <class Image>
    [[nodiscard]] constexpr auto verify(Image&& image, const context& at) const {
        return verify(std::forward<Image>(image), subject{}, at);
    }

    /// As `verify`, for images that the policy lets in unproven. Never verified; loaders ask for it by its own name.
    template <class Image>
    [[nodiscard]] constexpr auto tolerate(Image&& image, subject beside = {}, const context& at = {}) const
        -> result<tolerated<std::remove_cvref_t<Image>>> {
        beside.image = bytes_of<Image>(image);
        const appraisal answer = appraise(beside, at);
        if (answer.outcome != verdict::tolerated) return answer.why;
        return tolerated<std::remove_cvref_t<Image>>(owner_of<Image>(image), answer);
    }

private:
    template <class Image>
    static constexpr byte_view bytes_of(const std::remove_reference_t<Image>& image) {
        using owner = std::remove_cvref_t<Image>;
        static_assert(std::is_convertible_v<const owner&, byte_view>,
                      "modsig: an image is anything that converts to byte_view, such as a vector of bytes or load::sealed_file");
        static_assert(std::is_trivially_copyable_v<owner> || std::is_rvalue_reference_v<Image&&>,
                      "modsig: what is verified is moved into the proof: pass std::move(image), or a byte_view of it");
        return byte_view(image);
    }
    template <class Image>
    static constexpr std::remove_cvref_t<Image> owner_of(std::remove_reference_t<Image>& image) {
        return std::remove_cvref_t<Image>(static_cast<Image&&>(image));
    }

    template <class Layout>
    constexpr bool judge_as(const subject& s, const context& at, appraisal& answer) const {
        const result<located> where = Layout::template find<reading>(s);
        if (!where && where.error().code == errc::no_signature) return false;
        answer.layout = Layout::name;
        if (!where) {
            answer.why = where.error();
            return true;
        }
        answer.content = where->content;
        answer.why = judge<Layout>(s, *where, at, answer);
        return true;
    }

    // ---- one message ---------------------------------------------------------------------------------------------------

    /// The keys that have signed, each once.
    template <std::size_t Capacity>
    class proven_signers {
        std::array<signer, Capacity> signers_{};
        std::array<key_info, Capacity> embedded_{};  // of signers whose key is in no keyring
        std::size_t count_ = 0;

    public:
        std::uint64_t embedded_used = 0;  // the certificates of the message that vouched for somebody, a bit each

        /// False where there is no room for another key. `own`: the signer's key where `by` only vouches for it.
        constexpr bool add(const claim_facts& said, const key_info& by, const key_info* own = nullptr) {
            const key_info& key = own != nullptr ? *own : by;
            for (std::size_t i = 0; i != count_; ++i)
                if (signers_[i].key->key == key.key) return true;
            if (count_ == Capacity) return false;
            if (own != nullptr) embedded_[count_] = *own;
            signers_[count_] = signer{said, own != nullptr ? &embedded_[count_] : &by};
            ++count_;
            return true;
        }
        [[nodiscard]] constexpr std::span<const signer> view() const { return std::span<const signer>(signers_.data(), count_); }
    };

    /// The content's digest, calculated once an algorithm however many have signed it.
    class content_digests {
        std::array<digest_value, digest_count> known_{};  // `none`: not yet

    public:
        constexpr result<digest_value> get(const Engine& engine, const subject& s, const claim& said) {
            if (said.content_digest == digest_id::none) return digest_value{};
            digest_value& known = known_[static_cast<std::size_t>(said.content_digest)];
            if (known.id != digest_id::none) return known;
            const parts_list parts(s.image, said.where.content);
            const result<digest_value> digest = engine.digest(said.content_digest, parts.view());
            if (digest) known = *digest;
            return digest;
        }
    };

    /// Linux verifies self-signed certificates while it reads them.
    template <class Layout>
    static constexpr auto open(const subject& s, const located& where) {
        constexpr linux_pkcs7::self_signature_check<Engine> check{};
        if constexpr (!is_strict<reading> && requires { Layout::template open<reading>(s, where, check); })
            return Layout::template open<reading>(s, where, check);
        else return Layout::template open<reading>(s, where);
    }

    /// errc::none: enough signers are proven.
    template <class Layout>
    constexpr failure judge(const subject& s, const located& where, const context& at, appraisal& answer) const {
        auto claims = open<Layout>(s, where);
        if (!claims) return claims.error();
        proven_signers<Layout::max_signers> proven;
        content_digests digests;
        failure why{errc::none};
        if constexpr (!is_strict<reading> && brings_certificates<std::remove_cvref_t<decltype(*claims)>>)
            why = judge_as_linux<Layout>(s, *claims, at, answer, proven, digests);
        else why = judge_claims<Layout>(s, *claims, at, answer, proven, digests);
        if (why.code != errc::none) return why;
        const errc enough = policy_.suffices(proven.view(), at);
        if (enough != errc::none) return failure{enough, where.blob.offset};
        if (answer.signer == nullptr) return failure{errc::no_signer, where.blob.offset};  // whatever the policy said
        if (is_revoked(s, answer.digest)) return failure{errc::revoked};
        return failure{errc::none};
    }

    template <class Layout, class Cursor, class Proven>
    constexpr failure judge_claims(const subject& s, Cursor& claims, const context& at, appraisal& answer, Proven& proven,
                                   content_digests& digests) const {
        failure stranger{errc::none};
        while (!claims.done()) {
            const result<claim> said = claims.next();
            if (!said) return said.error();
            if (answer.signer == nullptr) note(answer, *said);
            const failure why = judge_claim<Layout>(s, claims, *said, at, answer, proven, digests);
            const bool unknown = why.code == errc::key_not_found || why.code == errc::untrusted_chain;
            if (!unknown && why.code != errc::none) return note(answer, *said), why;
            if (unknown && stranger.code == errc::none) stranger = why;
        }
        if (proven.view().empty()) return stranger;
        if constexpr (brings_certificates<Cursor>) return certificates_are_of_use(claims, proven.embedded_used);
        else return failure{errc::none};
    }

    /// Nothing protects the certificates of a message. One that is neither on the way to a trusted key nor itself trusted
    /// is refused: `bad_structure`.
    template <class Cursor>
    constexpr failure certificates_are_of_use(const Cursor& claims, std::uint64_t used) const {
        auto each = claims.certificates();
        for (std::size_t index = 0; !each.done(); ++index) {
            const std::uint64_t offset = each.offset();
            const auto certificate = each.next();
            if (!certificate) return certificate.error();
            const auto is_trusted = [&](const trusted_key<Engine>& key) { return equal(key.info.certificate, certificate->whole); };
            const bool on_way = index < 64 && (used >> index & 1) != 0;
            if (!on_way && std::none_of(trust_.keys.begin(), trust_.keys.end(), is_trusted)) return failure{errc::bad_structure, offset};
        }
        return failure{errc::none};
    }

    template <class Layout, class Cursor, class Proven>
    constexpr failure judge_claim(const subject& s, const Cursor& claims, const claim& said, const context& at, appraisal& answer,
                                  Proven& proven, content_digests& digests) const {
        const auto because = [&](const failure& why) { return about(said, why); };
        if (const errc no = policy_.allows(said, at); no != errc::none) return because(no);
        if (said.content_digest != digest_id::none && !Engine::has(said.content_digest)) return because(errc::unsupported_hash);

        const trusted_key<Engine>* by = nullptr;
        for (const trusted_key<Engine>& candidate : trust_.keys) {
            if (!candidate.info.matches(said.key)) continue;
            if (by == nullptr) by = &candidate;
            else if (is_strict<reading> && !(candidate.info.key == by->info.key)) return because(errc::ambiguous_key);
        }
        if (by == nullptr) {
            if constexpr (brings_certificates<Cursor>) return judge_by_chain<Layout>(s, claims, said, at, answer, proven, digests);
            else return because(errc::key_not_found);
        }
        if (!by->prepared && by->info.fault == errc::none) return because(by->prepared.error());
        if (const failure no = usable(said, by->info, at); no.code != errc::none) return because(no);
        if (const failure no = check<Layout>(s, said, *by->prepared, digests, answer); no.code != errc::none) return because(no);
        if (!proven.add(said, by->info)) return because(errc::too_many_signers);
        return accept(answer, said, by->info), failure{errc::none};
    }

    /// The signer's key is in no keyring, but the message brings its certificate.
    template <class Layout, class Cursor, class Proven>
    constexpr failure judge_by_chain(const subject& s, const Cursor& claims, const claim& said, const context& at, appraisal& answer,
                                     Proven& proven, content_digests& digests) const {
        const auto because = [&](const failure& why) { return about(said, why); };
        certificate_chain chain(trust_, policy_, at, claims.certificates());
        const auto certificate = chain.find(said.key);
        if (!certificate) return because(certificate.error());
        const auto anchor = chain.anchor_of(*certificate);
        if (!anchor) return because(anchor.error());
        if (const failure no = usable(said, certificate->info, at); no.code != errc::none) return because(no);
        const auto prepared = Engine::prepare(certificate->info.key);
        if (!prepared) return because(prepared.error());
        if (const failure no = check<Layout>(s, said, *prepared, digests, answer); no.code != errc::none) return because(no);
        if (!proven.add(said, (*anchor)->info, &certificate->info)) return because(errc::too_many_signers);
        proven.embedded_used |= chain.way();
        return accept(answer, said, (*anchor)->info), failure{errc::none};
    }

    /// pkcs7_verify() and pkcs7_validate_trust(), see verifier/linux_pkcs7.hpp.
    template <class Layout, class Cursor, class Proven>
    failure judge_as_linux(const subject& s, const Cursor& claims, const context& at, appraisal& answer, Proven& proven,
                           content_digests& digests) const {
        linux_pkcs7::walk<Engine, decltype(claims.certificates())> walk(trust_, claims.certificates());
        bool supported = false, blacklisted = false;
        for (Cursor each = claims; !each.done();) {
            const result<claim> said = each.next();
            if (!said) return said.error();
            note(answer, *said);
            if (!Engine::has(said->content_digest)) continue;
            const auto signer = walk.find_signer(*said);
            if (!signer) {
                supported = true;
                continue;
            }
            const validity_period& validity = signer->certificate.info.validity;
            if (said->signing_time && (*said->signing_time < validity.not_before || *said->signing_time > validity.not_after))
                return about(*said, errc::expired);
            if (!fits(signer->certificate.info.key.algorithm, said->scheme)) return about(*said, errc::key_type_mismatch);
            if (signer->certificate.info.fault != errc::none) return about(*said, signer->certificate.info.fault);
            const auto prepared = Engine::prepare(signer->certificate.info.key);
            if (!prepared) return about(*said, prepared.error());
            if (const failure no = check<Layout>(s, *said, *prepared, digests, answer); no.code != errc::none) return about(*said, no);
            const auto end = walk.check_chain(*signer);
            if (!end) return about(*said, end.error());
            (*end == decltype(walk)::chain_end::blacklisted ? blacklisted : supported) = true;
        }
        if (!supported) return blacklisted ? failure{errc::revoked} : failure{errc::unsupported_hash};

        failure stranger{errc::none};
        for (Cursor each = claims; !each.done();) {
            const result<claim> said = each.next();
            if (!said) return said.error();
            if (answer.signer == nullptr) note(answer, *said);
            const failure why = judge_trust_as_linux<Layout>(s, walk, *said, at, answer, proven, digests);
            const linux_error soft = why.linux_errno();
            if (why.code == errc::none) continue;
            if (soft != linux_error::enokey && soft != linux_error::enopkg) return note(answer, *said), why;
            if (stranger.code == errc::none || (soft == linux_error::enopkg && stranger.linux_errno() == linux_error::enokey)) stranger = why;
        }
        return answer.signer == nullptr ? stranger : failure{errc::none};
    }

    template <class Layout, class Walk, class Proven>
    failure judge_trust_as_linux(const subject& s, Walk& walk, const claim& said, const context& at, appraisal& answer, Proven& proven,
                                 content_digests& digests) const {
        if (!Engine::has(said.content_digest)) return about(said, errc::unsupported_hash);
        const auto match = walk.find_trust(said);
        if (!match) return about(said, match.error());
        if (match->key == nullptr) return failure{errc::none};  // as an earlier signer's
        // Whatever goes wrong from here on is one errno.
        const auto because = [&](const failure& why) { return about(said, failure{why.code, why.offset, linux_error::ekeyrejected}); };
        const key_info& by = match->key->info;
        if (!match->key->prepared) return because(by.fault != errc::none ? failure{by.fault} : match->key->prepared.error());
        if (match->vouched) {
            if (trust_.is_revoked(by.key)) return because(errc::revoked);
            const auto link = keyring::check_certificate_signature<linux_reading, Engine>(*match->vouched, *match->key->prepared, by.key);
            if (!link) return because(link.error());
            if (const errc no = policy_.allows(said, at); no != errc::none) return because(no);
            if (const errc no = policy_.allows_issuer(by, at); no != errc::none) return because(no);
        } else {
            if (const errc no = policy_.allows(said, at); no != errc::none) return because(no);
            if (const failure no = usable(said, by, at); no.code != errc::none) return because(no);
            if (const failure no = check<Layout>(s, said, *match->key->prepared, digests, answer); no.code != errc::none) return because(no);
        }
        walk.trusted();
        (void)proven.add(said, by);
        return accept(answer, said, by), failure{errc::none};
    }

    /// By `bin:` entries: Debian's kernels look for the SHA-256 of the whole file, IMA for the digest of the content.
    constexpr bool is_revoked(const subject& s, const digest_value& content) const {
        const auto is_binary = [](const revoked_digest& known) { return known.kind == revoked_kind::binary; };
        if (std::none_of(trust_.revoked_digests.begin(), trust_.revoked_digests.end(), is_binary)) return false;
        const std::array<byte_view, 1> whole{s.image};
        const auto digest = engine_.digest(digest_id::sha256, whole);
        return !digest || trust_.is_revoked_binary(digest->view()) || trust_.is_revoked_binary(content.view());
    }

    // ---- one signature ---------------------------------------------------------------------------------------------------

    static constexpr failure about(const claim& said, failure why) {
        if (why.code == errc::none) return why;
        if (why.offset == 0) why.offset = said.offset;
        why.key = key_id_copy(said.key);
        return why;
    }

    /// What there is to say about a key before any arithmetic.
    constexpr failure usable(const claim& said, const key_info& key, const context& at) const {
        if (trust_.is_revoked(key.key)) return errc::revoked;
        if (key.fault != errc::none) return key.fault;
        if (const errc no = policy_.allows(said, key, at); no != errc::none) return no;
        return fits(key.key.algorithm, said.scheme) ? errc::none : errc::key_type_mismatch;
    }

    template <class Layout>
    constexpr failure check(const subject& s, const claim& said, const typename Engine::prepared_key& key, content_digests& digests,
                            appraisal& answer) const {
        const result<digest_value> content = digests.get(engine_, s, said);
        if (!content) return content.error();
        const result<to_check> what = Layout::finish(s, said, *content, engine_);
        if (!what) return what.error();
        const result<void> proof = engine_.check(key, *what);
        if (!proof) return proof.error();
        answer.digest = *content;
        return errc::none;
    }

    /// The first signer is the one that is reported.
    static constexpr void accept(appraisal& answer, const claim& said, const key_info& by) {
        if (answer.signer != nullptr) return;
        note(answer, said);
        answer.signer = &by;
    }

    static constexpr void note(appraisal& answer, const claim& said) {
        answer.said = said;
        answer.key = key_id_copy(said.key);
    }

    constexpr appraisal settle(appraisal answer) const {
        if (answer.why.code == errc::none) {
            answer.outcome = answer.signer != nullptr ? verdict::verified : verdict::rejected;
            return answer;
        }
        answer.signer = nullptr;
        answer.why.layout = answer.layout;
        if constexpr (requires { Policy::errno_of(answer.why); }) answer.why.linux_specific = Policy::errno_of(answer.why);
        if (const auto open = open_question(answer.why); open && is_soft(answer.why) && policy_.decide(*open) == decision::tolerate)
            answer.outcome = verdict::tolerated;
        return answer;
    }

    /// What Linux does not decide either, it says with one of three errnos.
    static constexpr bool is_soft(const failure& why) { return is_strict<reading> || enforced(why.linux_errno()) != why.linux_errno(); }

    static constexpr std::optional<undecided> open_question(const failure& why) {
        switch (why.code) {
            case errc::no_signature: return undecided::no_signature;
            case errc::unsupported_version:
            case errc::unsupported_algorithm:
            case errc::unsupported_hash: return undecided::unknown_algorithm;
            case errc::key_not_found:
            case errc::untrusted_chain: return undecided::unknown_key;
            default: return std::nullopt;
        }
    }
};

}  // namespace modsig

#endif  // MODSIG_VERIFIER_HPP
