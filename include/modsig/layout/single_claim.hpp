// SPDX-License-Identifier: BSL-1.0
//
// The claim cursor of layouts with one signer.
#ifndef MODSIG_LAYOUT_SINGLE_CLAIM_HPP
#define MODSIG_LAYOUT_SINGLE_CLAIM_HPP

#include <modsig/layout.hpp>

namespace modsig::layout {

/// Yields one claim.
class single_claim {
    claim only_{};
    bool done_ = false;

public:
    /// A cursor before the claim, which is copied.
    constexpr explicit single_claim(const claim& only) : only_(only) {}
    /// Whether the claim was yielded.
    [[nodiscard]] constexpr bool done() const { return done_; }
    /// The claim.
    [[nodiscard]] constexpr result<claim> next() {
        done_ = true;
        return only_;
    }
};
static_assert(claim_cursor<single_claim>);

}  // namespace modsig::layout

#endif  // MODSIG_LAYOUT_SINGLE_CLAIM_HPP
