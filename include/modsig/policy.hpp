// SPDX-License-Identifier: BSL-1.0
//
// Which good signature is good enough: the concept of a policy, and the questions it is asked.
#ifndef MODSIG_POLICY_HPP
#define MODSIG_POLICY_HPP

#include <modsig/key.hpp>
#include <modsig/layout.hpp>

#include <concepts>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

namespace modsig {

/// What Linux lets in unless signatures are enforced (kernel/module/signing.c). Nothing else is ever open to judgement.
enum class undecided : std::uint8_t { no_signature, unknown_algorithm, unknown_key };
enum class decision : std::uint8_t { reject, tolerate };  // zero is refusal

/// What a policy may need to know besides. Time is given, never asked for: firmware has no clock.
struct context {
    static constexpr std::int64_t no_clock = std::numeric_limits<std::int64_t>::min();

    std::int64_t now = no_clock;  // seconds since 1970
    std::string_view name{};      // of what is loaded
};

/// A signature that was proven.
struct signer {
    claim_facts said{};
    const key_info* key = nullptr;
};

/// allows    may this algorithm, and then this key, be used at all? Asked before any arithmetic; can only narrow
/// allows_issuer  may this key vouch, by a certificate, for a signer's? The certificate's algorithms are asked by `allows`
/// suffices  are these proven signers enough? They are distinct public keys
/// decide    what becomes of what could not be decided
/// allows_signature  may have one: may this value of a signature be used? Asked of each signer, after the key
template <class P>
concept trust_policy = std::copyable<P> && requires(const P& policy, const claim_facts& said, const key_info& key, const context& at,
                                                    std::span<const signer> proven, undecided why) {
    typename P::reading;
    { policy.allows(said, at) } -> std::same_as<errc>;
    { policy.allows(said, key, at) } -> std::same_as<errc>;
    { policy.allows_issuer(key, at) } -> std::same_as<errc>;
    { policy.suffices(proven, at) } -> std::same_as<errc>;
    { policy.decide(why) } -> std::same_as<decision>;
};

template <class P>
consteval bool explain_trust_policy() {
    static_assert(requires { typename P::reading; }, "modsig: a trust_policy needs a reading: using reading = strict_reading;");
    static_assert(requires(const P& p, const claim_facts& said, const context& at) { { p.allows(said, at) } -> std::same_as<errc>; },
                  "modsig: a trust_policy needs allows: errc allows(const claim_facts&, const context&) const;");
    static_assert(requires(const P& p, const claim_facts& said, const key_info& key, const context& at) {
                      { p.allows(said, key, at) } -> std::same_as<errc>;
                  },
                  "modsig: a trust_policy needs allows: errc allows(const claim_facts&, const key_info&, const context&) const;");
    static_assert(requires(const P& p, const key_info& key, const context& at) { { p.allows_issuer(key, at) } -> std::same_as<errc>; },
                  "modsig: a trust_policy needs allows_issuer: errc allows_issuer(const key_info&, const context&) const;");
    static_assert(requires(const P& p, std::span<const signer> proven, const context& at) { { p.suffices(proven, at) } -> std::same_as<errc>; },
                  "modsig: a trust_policy needs suffices: errc suffices(std::span<const signer>, const context&) const;");
    static_assert(requires(const P& p, undecided why) { { p.decide(why) } -> std::same_as<decision>; },
                  "modsig: a trust_policy needs decide: decision decide(undecided) const;");
    return true;
}

namespace policy {

/// The base of rules: what a rule does not mention, it leaves alone. `using rule::allows;` keeps the other question.
struct rule {
    using reading = strict_reading;

    [[nodiscard]] constexpr errc allows(const claim_facts&, const context&) const { return errc::none; }
    [[nodiscard]] constexpr errc allows(const claim_facts&, const key_info&, const context&) const { return errc::none; }
    [[nodiscard]] constexpr errc allows_issuer(const key_info&, const context&) const { return errc::none; }
    [[nodiscard]] constexpr errc suffices(std::span<const signer> proven, const context&) const {
        return proven.empty() ? errc::too_few_signers : errc::none;
    }
    [[nodiscard]] constexpr decision decide(undecided) const { return decision::reject; }
};
static_assert(explain_trust_policy<rule>());

/// A policy that names digests can ask an engine for them at compile time.
template <class P, class Engine>
consteval bool served_by() {
    if constexpr (requires { P::template served_by<Engine>(); }) return P::template served_by<Engine>();
    else return true;
}

/// A policy that has nothing to say about the values of signatures is not asked. `value`: as the layout has it.
template <class P>
constexpr errc allows_signature(const P& policy, const claim_facts& said, byte_view value, const key_info& key, const context& at) {
    if constexpr (requires { policy.allows_signature(said, value, key, at); }) return policy.allows_signature(said, value, key, at);
    else return errc::none;
}

}  // namespace policy
}  // namespace modsig

#endif  // MODSIG_POLICY_HPP
