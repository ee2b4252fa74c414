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
#include <modsig/verifier/judge.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace modsig {

template <class... L>
struct layouts {
    static_assert(sizeof...(L) != 0, "modsig: a verifier needs a layout: layouts<layout::digsig>");
    static constexpr std::size_t max_signers = std::max({std::size_t{1}, std::size_t{L::max_signers}...});
    static constexpr bool found_from_end = (modsig::found_from_end<L> && ...);
};

namespace batch::detail {
struct proof;
}

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
    using engine = Engine;
    static constexpr bool found_from_end = layouts<L...>::found_from_end;

    constexpr explicit verifier(keyring_view<Engine> ring, Policy policy = {}) : trust_(ring), policy_(std::move(policy)) {}

    template <keyring_source<Engine> Keyring>
    constexpr explicit verifier(const Keyring& ring, Policy policy = {}) : verifier(ring.template view<Engine>(), std::move(policy)) {}

    template <keyring_source<Engine> Keyring>
    verifier(const Keyring&&, Policy = {}) requires(!std::is_empty_v<Keyring>) = delete;  // a temporary keyring would dangle

    [[nodiscard]] constexpr const keyring_view<Engine>& trust() const { return trust_; }

    /// What is to be thought of these bytes. Takes nothing and keeps nothing.
    [[nodiscard]] constexpr appraisal appraise(const subject& s, const context& at = {}) const { return appraise(s, at, engine_); }

    /// The same with another's digests and signature checks in the engine's place: batches have calculated them for many
    /// files together. The appraisal is as true as they are, and like any other opens no door.
    template <class Arithmetic>
    [[nodiscard]] constexpr appraisal appraise(const subject& s, const context& at, const Arithmetic& arithmetic) const {
        appraisal answer;
        answer.why = errc::no_signature;
        answer.why.offset = s.image.size();
        answer.content = range{0, s.image.size()};
        // The first layout that does not say "not mine" is the one that answers.
        const bool answered = (judge_as<L>(s, at, arithmetic, answer) || ...);
        if (is_strict<reading> && !answered && is_compressed_module(s.image)) answer.why = errc::compressed;
        return settle(answer);
    }

    /// Moves the image in when it is verified; a refused one stays with its owner. Views are copied.
    template <class Image>
    [[nodiscard]] constexpr auto verify(Image&& image, subject beside = {}, const context& at = {}) const
        -> result<verified<std::remove_cvref_t<Image>>> {
        return verify_with(std::forward<Image>(image), beside, at, engine_);
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
    friend batch::detail::proof;  // has its own arithmetic, which has looked at these very bytes

    template <class Image, class Arithmetic>
    [[nodiscard]] constexpr auto verify_with(Image&& image, subject beside, const context& at, const Arithmetic& arithmetic) const
        -> result<verified<std::remove_cvref_t<Image>>> {
        beside.image = bytes_of<Image>(image);
        const appraisal answer = appraise(beside, at, arithmetic);
        if (answer.outcome != verdict::verified) return answer.why;
        if (answer.content.size() == 0) return failure{errc::not_checked};  // what is signed is no part of the image: EVM
        return verified<std::remove_cvref_t<Image>>(owner_of<Image>(image), answer);
    }

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

    template <class Layout, class Arithmetic>
    constexpr bool judge_as(const subject& s, const context& at, const Arithmetic& arithmetic, appraisal& answer) const {
        const result<located> where = Layout::template find<reading>(s);
        if (!where && where.error().code == errc::no_signature) return false;
        answer.layout = Layout::name;
        if (!where) {
            answer.why = where.error();
            return true;
        }
        answer.content = where->content;
        answer.why = detail::judge<Layout, Engine, Policy, Arithmetic>(trust_, policy_, arithmetic, s, at, answer).pass(*where);
        return true;
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
