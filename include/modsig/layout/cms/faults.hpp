// SPDX-License-Identifier: BSL-1.0
//
// Which of several faults of a CMS message is told. Linux tells the one that it meets first. Strict reads the whole
// message and tells faults of syntax before those of consistency before what is merely not supported, so that the
// answer does not depend on where in the message a field happens to stand.
#ifndef MODSIG_LAYOUT_CMS_FAULTS_HPP
#define MODSIG_LAYOUT_CMS_FAULTS_HPP

#include <modsig/reading.hpp>
#include <modsig/result.hpp>

namespace modsig::layout::cms {

template <reading Reading>
class faults {
    failure syntax_{errc::none};
    failure consistency_{errc::none};
    failure support_{errc::none};

    static constexpr void keep_first(failure& kept, const failure& why) {
        if (kept.code == errc::none) kept = why;
    }

public:
    /// Where readers note theirs: it stops them.
    [[nodiscard]] constexpr failure& of_syntax() { return syntax_; }

    constexpr void note(const failure& why) {
        const stage at = entry_of(why.code).at;
        if (is_strict<Reading> && at == stage::consistency) keep_first(consistency_, why);
        else if (is_strict<Reading> && at == stage::support) keep_first(support_, why);
        else keep_first(syntax_, why);
    }

    [[nodiscard]] constexpr const failure& decisive() const {
        return syntax_.code != errc::none ? syntax_ : consistency_.code != errc::none ? consistency_ : support_;
    }
};

}  // namespace modsig::layout::cms

#endif  // MODSIG_LAYOUT_CMS_FAULTS_HPP
