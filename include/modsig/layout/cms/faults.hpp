// SPDX-License-Identifier: BSL-1.0
//
// Which of several faults of a CMS message is told: one of syntax before one of consistency before what is merely not
// supported, so that the reason does not depend on where in the message a field happens to stand.
#ifndef MODSIG_LAYOUT_CMS_FAULTS_HPP
#define MODSIG_LAYOUT_CMS_FAULTS_HPP

#include <modsig/result.hpp>

namespace modsig::layout::cms {

class faults {
    failure syntax_{errc::none};
    failure consistency_{errc::none};
    failure support_{errc::none};

public:
    /// Where readers note theirs: it stops them.
    [[nodiscard]] constexpr failure& of_syntax() { return syntax_; }

    constexpr void note(const failure& why) {
        const stage at = entry_of(why.code).at;
        failure& kept = at == stage::consistency ? consistency_ : at == stage::support ? support_ : syntax_;
        if (kept.code == errc::none) kept = why;
    }

    [[nodiscard]] constexpr result<void> outcome() const {
        for (const failure* each : {&syntax_, &consistency_, &support_})
            if (each->code != errc::none) return *each;
        return result<void>::success();
    }
};

}  // namespace modsig::layout::cms

#endif  // MODSIG_LAYOUT_CMS_FAULTS_HPP
