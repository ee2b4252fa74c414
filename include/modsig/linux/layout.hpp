// SPDX-License-Identifier: BSL-1.0
//
// A layout as Linux reads it: specialised in linux/layout/NAME.hpp where Linux differs from the layout's strict reading. What
// is signed is the same in every reading, so the specialisations inherit name, traits and finish().
#ifndef MODSIG_LINUX_LAYOUT_HPP
#define MODSIG_LINUX_LAYOUT_HPP

namespace modsig::kernel {

/// A layout that Linux does not have: MCUboot's, or a user's own.
template <class Layout>
struct layout_of : Layout {};

}  // namespace modsig::kernel

#endif  // MODSIG_LINUX_LAYOUT_HPP
