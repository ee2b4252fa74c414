// SPDX-License-Identifier: BSL-1.0
//
// The claim cursor of layouts with one signer.
#ifndef MODSIG_LAYOUT_SINGLE_CLAIM_HPP
#define MODSIG_LAYOUT_SINGLE_CLAIM_HPP

#include <modsig/layout.hpp>

namespace modsig::layout {

class single_claim {
    claim only_{};
    bool done_ = false;

public:
    constexpr explicit single_claim(const claim& only) : only_(only) {}
    [[nodiscard]] constexpr bool done() const { return done_; }
    [[nodiscard]] constexpr result<claim> next() {
        done_ = true;
        return only_;
    }
};
static_assert(claim_cursor<single_claim>);

}  // namespace modsig::layout

#endif  // MODSIG_LAYOUT_SINGLE_CLAIM_HPP
