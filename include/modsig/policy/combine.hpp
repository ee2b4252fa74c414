// SPDX-License-Identifier: BSL-1.0
//
// Policies made of policies: all of them, any of them, k distinct keys, tolerance for what is undecided.
#ifndef MODSIG_POLICY_COMBINE_HPP
#define MODSIG_POLICY_COMBINE_HPP

#include <modsig/policy.hpp>

#include <array>
#include <tuple>
#include <utility>

namespace modsig::policy {

namespace detail {
/// What all combinations share: the parts, one reading, and that one `reject` outweighs every `tolerate`.
template <trust_policy First, trust_policy... Rest>
class combination {
protected:
    std::tuple<First, Rest...> parts_{};

    template <class Ask>
    constexpr errc first_refusal(Ask ask) const {
        errc answer = errc::none;
        std::apply([&](const auto&... part) { (void)(((answer = ask(part)) == errc::none) && ...); }, parts_);
        return answer;
    }

public:
    using reading = typename First::reading;
    static_assert((std::same_as<reading, typename Rest::reading> && ...),
                  "modsig: policies that want different readings do not combine: give the linux ones a verifier of their own");

    constexpr combination() = default;
    constexpr explicit combination(First first, Rest... rest) : parts_(std::move(first), std::move(rest)...) {}

    /// Every part, even for any_of: which one the signer will satisfy is not known here, and halves must not add up.
    [[nodiscard]] constexpr errc allows_issuer(const key_info& issuer, const context& at) const {
        return first_refusal([&](const auto& part) { return part.allows_issuer(issuer, at); });
    }
    /// Every part, too: `suffices` does not see values.
    [[nodiscard]] constexpr errc allows_signature(const claim_facts& said, byte_view value, const key_info& key, const context& at) const {
        return first_refusal([&](const auto& part) { return policy::allows_signature(part, said, value, key, at); });
    }
    [[nodiscard]] constexpr decision decide(undecided why) const {
        bool tolerate = true;
        std::apply([&](const auto&... part) { tolerate = ((part.decide(why) == decision::tolerate) && ...); }, parts_);
        return tolerate ? decision::tolerate : decision::reject;
    }
    template <class Engine>
    [[nodiscard]] static consteval bool served_by() {
        return policy::served_by<First, Engine>() && (policy::served_by<Rest, Engine>() && ...);
    }
};
}  // namespace detail

/// Every part must agree; the first that does not gives the reason.
/// Parts with state are given by value: all_of{min_rsa_bits<2048>{}, threshold{2}}.
template <trust_policy First, trust_policy... Rest>
class all_of : public detail::combination<First, Rest...> {
    using detail::combination<First, Rest...>::first_refusal;

public:
    constexpr all_of() = default;
    constexpr explicit all_of(First first, Rest... rest) : detail::combination<First, Rest...>(std::move(first), std::move(rest)...) {}

    [[nodiscard]] constexpr errc allows(const claim_facts& said, const context& at) const {
        return first_refusal([&](const auto& part) { return part.allows(said, at); });
    }
    [[nodiscard]] constexpr errc allows(const claim_facts& said, const key_info& key, const context& at) const {
        return first_refusal([&](const auto& part) { return part.allows(said, key, at); });
    }
    [[nodiscard]] constexpr errc suffices(std::span<const signer> proven, const context& at) const {
        return first_refusal([&](const auto& part) { return part.suffices(proven, at); });
    }
};
static_assert(explain_trust_policy<all_of<rule>>());

/// One part must agree with everything: its answers about the algorithm, the key and the signers belong together, so
/// that half of one and half of another never add up. The first part gives the reason.
template <trust_policy First, trust_policy... Rest>
class any_of : public detail::combination<First, Rest...> {
    template <class Ask>
    constexpr errc any(Ask ask) const {
        errc reason = errc::none;
        bool agreed = false;
        const auto one = [&](const auto& part) {
            const errc answer = ask(part);
            if (reason == errc::none) reason = answer;
            return answer == errc::none;
        };
        std::apply([&](const auto&... part) { agreed = (one(part) || ...); }, this->parts_);
        return agreed ? errc::none : reason;
    }
    template <class Part>
    static constexpr errc whole(const Part& part, const claim_facts& said, const key_info& key, const context& at) {
        const errc algorithm = part.allows(said, at);
        return algorithm != errc::none ? algorithm : part.allows(said, key, at);
    }

public:
    static constexpr std::size_t max_signers = 16;  // more proven signers than this are not counted

    constexpr any_of() = default;
    constexpr explicit any_of(First first, Rest... rest) : detail::combination<First, Rest...>(std::move(first), std::move(rest)...) {}

    [[nodiscard]] constexpr errc allows(const claim_facts& said, const context& at) const {
        return any([&](const auto& part) { return part.allows(said, at); });
    }
    [[nodiscard]] constexpr errc allows(const claim_facts& said, const key_info& key, const context& at) const {
        return any([&](const auto& part) { return whole(part, said, key, at); });
    }
    [[nodiscard]] constexpr errc suffices(std::span<const signer> proven, const context& at) const {
        return any([&](const auto& part) {
            std::array<signer, max_signers> own{};
            std::size_t count = 0;
            for (const signer& s : proven)
                if (count != max_signers && whole(part, s.said, *s.key, at) == errc::none) own[count++] = s;
            return part.suffices(std::span<const signer>(own.data(), count), at);
        });
    }
};
static_assert(explain_trust_policy<any_of<rule>>());

/// k distinct public keys (`too_few_signers`); the verifier counts keys, never key identifiers.
struct threshold : rule {
    std::size_t keys = 1;

    constexpr threshold() = default;
    constexpr explicit threshold(std::size_t k) : keys(k) {}
    [[nodiscard]] constexpr errc suffices(std::span<const signer> proven, const context&) const {
        return proven.empty() || proven.size() < keys ? errc::too_few_signers : errc::none;
    }
};

/// k distinct keys that each satisfy these policies.
template <std::size_t K, trust_policy... P>
struct at_least : all_of<rule, P...> {
    static_assert(K != 0, "modsig: at_least needs one signer or more");
    [[nodiscard]] constexpr errc suffices(std::span<const signer> proven, const context& at) const {
        const errc inner = all_of<rule, P...>::suffices(proven, at);
        return inner == errc::none && proven.size() < K ? errc::too_few_signers : inner;
    }
};

/// As P, but lets in, unproven, what is undecided.
template <trust_policy P>
struct tolerating : P {
    constexpr tolerating() = default;
    constexpr explicit tolerating(P p) : P(std::move(p)) {}
    [[nodiscard]] constexpr decision decide(undecided) const { return decision::tolerate; }
};

}  // namespace modsig::policy

#endif  // MODSIG_POLICY_COMBINE_HPP
