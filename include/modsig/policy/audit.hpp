// SPDX-License-Identifier: BSL-1.0
//
// What a policy is asked and what it answers, told to somebody: for logs, and to see what a stricter policy would refuse
// before it does. It decides as the policy does.
//
//     void note(void* to, const audited& answer) noexcept;
//     verifier<..., audit<strict>>{ring, audit{strict{}, note, &log}}
#ifndef MODSIG_POLICY_AUDIT_HPP
#define MODSIG_POLICY_AUDIT_HPP

#include <modsig/policy.hpp>

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace modsig::policy {

/// Which question of trust_policy.
enum class question : std::uint8_t { algorithm, key, issuer, signature, signers, undecided };

/// One answer. Pointers and views are good during the call.
struct audited {
    question asked = question::algorithm;
    errc answer = errc::not_checked;          // none: allowed; not_checked where `asked` is undecided, which has `decided`
    decision decided = decision::reject;
    const claim_facts* said = nullptr;        // algorithm, key, signature
    const key_info* key = nullptr;            // key, issuer, signature
    std::span<const signer> proven{};         // signers
    undecided what = undecided::no_signature;  // undecided
    std::string_view name{};                  // context::name; undecided: not known
};

/// Called from wherever the verifier is, so perhaps from several threads, and more than once about one file.
using audit_report = void (*)(void* to, const audited& answer) noexcept;

/// As P. Without a report it is silent.
template <trust_policy P>
class audit {
    [[no_unique_address]] P policy_{};
    audit_report report_ = nullptr;
    void* to_ = nullptr;

    constexpr void tell(const audited& answer) const {
        if (report_ != nullptr) report_(to_, answer);
    }

public:
    using reading = typename P::reading;

    constexpr audit() = default;
    constexpr audit(P policy, audit_report report, void* to = nullptr) : policy_(std::move(policy)), report_(report), to_(to) {}

    [[nodiscard]] constexpr errc allows(const claim_facts& said, const context& at) const {
        const errc answer = policy_.allows(said, at);
        tell({.asked = question::algorithm, .answer = answer, .said = &said, .name = at.name});
        return answer;
    }
    [[nodiscard]] constexpr errc allows(const claim_facts& said, const key_info& key, const context& at) const {
        const errc answer = policy_.allows(said, key, at);
        tell({.asked = question::key, .answer = answer, .said = &said, .key = &key, .name = at.name});
        return answer;
    }
    [[nodiscard]] constexpr errc allows_issuer(const key_info& issuer, const context& at) const {
        const errc answer = policy_.allows_issuer(issuer, at);
        tell({.asked = question::issuer, .answer = answer, .key = &issuer, .name = at.name});
        return answer;
    }
    [[nodiscard]] constexpr errc suffices(std::span<const signer> proven, const context& at) const {
        const errc answer = policy_.suffices(proven, at);
        tell({.asked = question::signers, .answer = answer, .proven = proven, .name = at.name});
        return answer;
    }
    [[nodiscard]] constexpr errc allows_signature(const claim_facts& said, byte_view value, const key_info& key, const context& at) const
        requires requires(const P& policy) { policy.allows_signature(said, value, key, at); }
    {
        const errc answer = policy_.allows_signature(said, value, key, at);
        tell({.asked = question::signature, .answer = answer, .said = &said, .key = &key, .name = at.name});
        return answer;
    }
    [[nodiscard]] constexpr decision decide(undecided what) const {
        const decision decided = policy_.decide(what);
        tell({.asked = question::undecided, .decided = decided, .what = what});
        return decided;
    }

    template <class Engine>
    [[nodiscard]] static consteval bool served_by() {
        return policy::served_by<P, Engine>();
    }
    [[nodiscard]] static constexpr linux_error errno_of(const failure& why)
        requires requires { P::errno_of(why); }
    {
        return P::errno_of(why);
    }
};
static_assert(explain_trust_policy<audit<rule>>());

}  // namespace modsig::policy

#endif  // MODSIG_POLICY_AUDIT_HPP
