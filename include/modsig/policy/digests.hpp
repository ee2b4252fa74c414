// SPDX-License-Identifier: BSL-1.0
//
// Rules about digest algorithms. They hold for every digest that a signature rests on: digsig v1 has two.
#ifndef MODSIG_POLICY_DIGESTS_HPP
#define MODSIG_POLICY_DIGESTS_HPP

#include <modsig/policy.hpp>

namespace modsig::policy {

/// Only these digests. A weak one that is not among them is `weak_digest`, any other `digest_not_allowed`.
template <digest_name... Digest>
struct digests : rule {
    using rule::allows;
    [[nodiscard]] constexpr errc allows(const claim_facts& said, const context&) const {
        for (const digest_id used : {said.content_digest, said.signed_digest}) {
            if (used == digest_id::none || digest_list<Digest...>::has(used)) continue;
            return is_weak(used) ? errc::weak_digest : errc::digest_not_allowed;
        }
        return errc::none;
    }
    template <class Engine>
    [[nodiscard]] static consteval bool served_by() {
        return (Engine::has(Digest::id) && ...);
    }
};

/// No digest whose collisions are known or within reach (MD4, MD5, SHA-1, RIPEMD-160), except these.
template <digest_name... Except>
struct no_weak_digest_but : rule {
    using rule::allows;
    [[nodiscard]] constexpr errc allows(const claim_facts& said, const context&) const {
        for (const digest_id used : {said.content_digest, said.signed_digest})
            if (is_weak(used) && !digest_list<Except...>::has(used)) return errc::weak_digest;
        return errc::none;
    }
};

}  // namespace modsig::policy

#endif  // MODSIG_POLICY_DIGESTS_HPP
