// SPDX-License-Identifier: BSL-1.0
#include "keys.hpp"

#include "vendor_keys.hpp"  // embed.py makes it from certificates; the compiler parses them

const modsig::keyring_view<modsig::engine::native>& vendor_keys() {
    return modsig_builtin_keys::trust.view<modsig::engine::native>();
}
