// SPDX-License-Identifier: BSL-1.0
#include <modsig/modsig.hpp>
#include <modsig/modsig.hpp>

#include "vendor_key.hpp"

namespace other {
modsig::errc answer(modsig::byte_view image);
}

modsig::errc other::answer(modsig::byte_view image) {
    constexpr auto trust = modsig::keyring::builtin<vendor_key>();
    using checker = modsig::verifier<modsig::layouts<modsig::layout::digsig>, modsig::engine::botan, modsig::policy::strict>;
    return checker{trust}.appraise({image}).why.code;
}
