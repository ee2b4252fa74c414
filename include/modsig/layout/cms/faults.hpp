// SPDX-License-Identifier: BSL-1.0
//
// The fault of a CMS message that is reported when it has several: syntax before consistency before support, so that the reason
// does not depend on the order of fields in the message.
#ifndef MODSIG_LAYOUT_CMS_FAULTS_HPP
#define MODSIG_LAYOUT_CMS_FAULTS_HPP

#include <modsig/result.hpp>

namespace modsig::layout::cms {

/// The first fault of each class.
class faults {
    failure syntax_{errc::none};
    failure consistency_{errc::none};
    failure support_{errc::none};

public:
    /// The fault that readers set, and that stops them.
    [[nodiscard]] constexpr failure& of_syntax() { return syntax_; }

    /// Keeps a fault in its class, unless there is one already.
    constexpr void note(const failure& fault) {
        const stage at = entry_of(fault.code).at;
        failure& kept = at == stage::consistency ? consistency_ : at == stage::support ? support_ : syntax_;
        if (kept.code == errc::none) kept = fault;
    }

    /// The fault that counts; success without any.
    [[nodiscard]] constexpr result<void> outcome() const {
        for (const failure* each : {&syntax_, &consistency_, &support_})
            if (each->code != errc::none) return *each;
        return result<void>::success();
    }
};

}  // namespace modsig::layout::cms

#endif  // MODSIG_LAYOUT_CMS_FAULTS_HPP
