// SPDX-License-Identifier: BSL-1.0
//
// verifier: layouts, an engine, a policy and a keyring, composed. No other type makes a `verified`.
//
// The order is contract. Every layout that finds its signature takes these steps, until a layout proves the image:
//    1. find, open          container from the end inwards, header fields by offset, then syntax in reading order
//    2. Policy::allows      the algorithms; a refusal costs nothing
//    3. candidates          every key that the claim's identifier names, in the keyring and by certificates of the message:
//                           `key_not_found` or `untrusted_chain` where there is none
//    4. evidence            a candidate becomes evidence or a refusal (verifier/prover.hpp): revocation, the key and its scope,
//                           Policy::judge, then arithmetic from the trust anchor down, the content's signature last
//    5. Policy::permits     unknown signers, and certificates that no proven signer needs
//    6. Policy::suffices    all evidence, of distinct signing keys
//    7. revocation          of the content and of the whole file
// The first refused signer ends the search, except an unknown signer, which waits for step 5. Where several candidates of one
// claim are refused, `revoked` is reported before all others, else the code that stands last in errc. Where no layout finds a
// signature, the reason is the first failure of a layout other than "not this layout", else `no_signature`, or `compressed` for
// a compressed file. Linux's reading follows the kernel's steps instead: linux/verifier/.
#ifndef MODSIG_VERIFIER_HPP
#define MODSIG_VERIFIER_HPP

#include <modsig/compression.hpp>
#include <modsig/engine.hpp>
#include <modsig/keyring.hpp>
#include <modsig/keyring/revocations.hpp>
#include <modsig/layout_list.hpp>
#include <modsig/policy.hpp>
#include <modsig/verified.hpp>
#include <modsig/verifier/appraiser.hpp>

#include <optional>
#include <utility>

namespace modsig {

namespace batch::detail {
struct proof;
}

/// Layouts, an engine and a policy, composed: verifier<layouts<...>, Engine, Policy>.
template <class Layouts, class Engine, class Policy>
class verifier;

/// Const members are thread-safe while keyring and revocations do not change. Both must outlive the verifier and stay in place;
/// later additions to either count.
template <class... L, class Engine, class Policy>
class verifier<layouts<L...>, Engine, Policy> {
    static_assert((explain_blob_layout<L>() && ...));
    static_assert(explain_crypto_engine<Engine>());
    static_assert(explain_trust_policy<Policy>());
    static_assert(policy::served_by<Policy, Engine>(),
                  "modsig: the policy needs a digest that this engine does not have: remove it from policy::digests, or "
                  "add it to the engine's digest_list");

    const keyring_view<Engine>* trust_;
    const revocation_view<Engine>* revoked_ = nullptr;
    [[no_unique_address]] Policy policy_;
    [[no_unique_address]] Engine engine_{};

public:
    using reading = typename Policy::reading;  ///< that of the policy
    using engine = Engine;                     ///< which does the arithmetic
    /// whether content is only digested, whichever layout it is
    static constexpr bool found_from_end = layouts<L...>::found_from_end;

    /// Everything trusted is in `ring`, which outlives the verifier.
    constexpr explicit verifier(const keyring_view<Engine>& ring, Policy policy = {}) : trust_(&ring), policy_(std::move(policy)) {}
    /// As above, with revocations besides those of the keyring; both outlive the verifier.
    constexpr verifier(const keyring_view<Engine>& ring, const revocation_view<Engine>& revoked, Policy policy = {})
        : trust_(&ring), revoked_(&revoked), policy_(std::move(policy)) {}

    /// As above, with the view of a keyring.
    template <keyring_source<Engine> Keyring>
    constexpr explicit verifier(const Keyring& ring, Policy policy = {}) : verifier(ring.template view<Engine>(), std::move(policy)) {}
    /// As above, with the views of both.
    template <keyring_source<Engine> Keyring>
    constexpr verifier(const Keyring& ring, const keyring::revocations<Engine>& revoked, Policy policy = {})
        : verifier(ring.template view<Engine>(), revoked.view(), std::move(policy)) {}

    // A temporary keyring would dangle.
    verifier(const keyring_view<Engine>&&, Policy = {}) = delete;
    template <keyring_source<Engine> Keyring>
    verifier(const Keyring&&, Policy = {}) requires(!std::is_empty_v<Keyring>) = delete;
    template <keyring_source<Engine> Keyring>
    verifier(const Keyring&, const keyring::revocations<Engine>&&, Policy = {}) = delete;

    /// The keyring, as it is now.
    [[nodiscard]] constexpr const keyring_view<Engine>& trust() const { return *trust_; }

    /// `appraise` returns the verdict about a subject, with its reason. The image is not copied.
    [[nodiscard]] constexpr appraisal appraise(const subject& subject, const context& context = {}) const { return appraise(subject, context, engine_); }

    /// `appraise` with other digests and signature checks in the place of the engine's: batches calculate these for many files
    /// together. The appraisal is as reliable as these results; like any appraisal it is a report, which no loader takes.
    template <class Arithmetic>
    [[nodiscard]] constexpr appraisal appraise(const subject& subject, const context& context, const Arithmetic& arithmetic) const {
        appraisal report;
        report.why = errc::no_signature;
        report.why.offset = subject.image.size();
        report.content = range{0, subject.image.size()};
        search state = search::nothing;
        (void)(appraise_as<L>(subject, context, arithmetic, report, state) || ...);
        if (!is_linux && state == search::nothing && is_compressed_module(subject.image)) report.why = errc::compressed;
        return settle(report);
    }

    /// `verify` moves a verified image into the proof; a refused image stays with its owner, and views are copied. `input`
    /// gives the signature and what some layouts need. An image with a member measured() -> digest_value provides the kernel's
    /// digest of its file; every other image is hashed here, and `measured` of the subject is ignored. Errors: the reason of
    /// the refusal.
    template <class Image>
    [[nodiscard]] constexpr auto verify(Image&& image, subject input = {}, const context& context = {}) const
        -> result<verified<std::remove_cvref_t<Image>>> {
        return verify_with(std::forward<Image>(image), input, context, engine_);
    }
    /// As above, of the image alone.
    template <class Image>
    [[nodiscard]] constexpr auto verify(Image&& image, const context& context) const {
        return verify(std::forward<Image>(image), subject{}, context);
    }

    /// `tolerate` does the same for images that the policy tolerates. The result is never `verified`; loaders take it by
    /// another name.
    template <class Image>
    [[nodiscard]] constexpr auto tolerate(Image&& image, subject input = {}, const context& context = {}) const
        -> result<tolerated<std::remove_cvref_t<Image>>> {
        input.image = bytes_of<Image>(image);
        const appraisal report = appraise(input, context);
        if (report.outcome != verdict::tolerated) return report.why;
        return tolerated<std::remove_cvref_t<Image>>(owner_of<Image>(image), report);
    }

private:
    friend struct batch::detail::proof;  // verifies with results that a batch has calculated for these bytes

    template <class Image, class Arithmetic>
    [[nodiscard]] constexpr auto verify_with(Image&& image, subject input, const context& context, const Arithmetic& arithmetic) const
        -> result<verified<std::remove_cvref_t<Image>>> {
        input.image = bytes_of<Image>(image);
        input.beside.measured = {};
        if constexpr (requires { { image.measured() } -> std::same_as<digest_value>; }) input.beside.measured = image.measured();
        const appraisal report = appraise(input, context, arithmetic);
        if (report.outcome != verdict::verified) return report.why;
        if (!report.covers_image) return failure{errc::not_checked};  // the signed bytes are no part of the image: EVM
        return verified<std::remove_cvref_t<Image>>(owner_of<Image>(image), report);
    }

    template <class Image>
    static constexpr byte_view bytes_of(const std::remove_reference_t<Image>& image) {
        using owner = std::remove_cvref_t<Image>;
        static_assert(std::is_convertible_v<const owner&, byte_view>,
                      "modsig: an image is anything that converts to byte_view, such as a vector of bytes or load::sealed_file");
        static_assert(std::is_trivially_copyable_v<owner> || std::is_rvalue_reference_v<Image&&>,
                      "modsig: verify() moves the image into the proof: pass std::move(image), or a byte_view of it");
        return byte_view(image);
    }
    template <class Image>
    static constexpr std::remove_cvref_t<Image> owner_of(std::remove_reference_t<Image>& image) {
        return std::remove_cvref_t<Image>(static_cast<Image&&>(image));
    }

    static constexpr bool is_linux = std::is_same_v<reading, linux_reading>;

    /// The state of the search for an image's signature.
    enum class search : std::uint8_t { nothing, broken, found };

    /// The report of one layout; true where the image is proven, which ends the search. The report of an earlier layout is
    /// replaced by a proof, and a malformed signature also by a well-formed one, but by nothing else: so the order of layouts
    /// decides no verdict. In Linux's reading the first layout that finds anything decides.
    template <class Layout, class Arithmetic>
    constexpr bool appraise_as(const subject& subject, const context& context, const Arithmetic& arithmetic, appraisal& report, search& state) const {
        using layout = typename grammar<reading>::template layout<Layout>;
        const result<located> location = find<layout>(subject);
        const bool is_new = state == search::nothing || (state == search::broken && location);
        if (!location) {
            if (location.error().code == errc::no_signature || !is_new) return false;
            state = search::broken;
            report.layout = layout::name;
            report.why = location.error();
            return is_linux;
        }
        appraisal own;
        own.layout = layout::name;
        own.content = location->content;
        own.covers_image = location->covers_image;
        using appraiser = typename detail::appraiser_of<reading>::template type<layout, Engine, Policy, Arithmetic>;
        const result<void> outcome = appraiser(*trust_, revoked_, policy_, arithmetic, subject, context).run(*location, own);
        own.why = outcome ? failure{errc::none} : outcome.error();
        if (is_new || outcome) report = own;
        state = search::found;
        return is_linux || outcome.has_value();
    }

    /// Where only some kernels know a version of a format, a layout of Linux's reading takes the kernel.
    template <class Layout>
    constexpr result<located> find(const subject& subject) const {
        if constexpr (is_linux && requires { Layout::find(subject, linux_kernel{}); }) return Layout::find(subject, reading_of(policy_).kernel);
        else return Layout::find(subject);
    }

    constexpr appraisal settle(appraisal report) const {
        if (report.why.code == errc::none) {
            report.outcome = report.anchor != nullptr ? verdict::verified : verdict::rejected;
            return report;
        }
        report.anchor = nullptr;
        report.why.layout = report.layout;
        if constexpr (requires { Policy::errno_of(report.why); }) report.why.linux_specific = Policy::errno_of(report.why);
        if (const auto reason = undecided_of(report.why); reason && is_soft(report.why) && policy_.decide(*reason) == decision::tolerate)
            report.outcome = verdict::tolerated;
        return report;
    }

    /// Linux tolerates only what it refuses with one of three errnos (kernel/module/signing.c).
    static constexpr bool is_soft(const failure& failure) {
        return !is_linux || enforced(failure.linux_errno()) != failure.linux_errno();
    }

    static constexpr std::optional<undecided> undecided_of(const failure& failure) {
        switch (failure.code) {
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
