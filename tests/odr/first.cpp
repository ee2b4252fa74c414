// SPDX-License-Identifier: BSL-1.0
// Two units that include everything, twice: they must link.
#include <modsig/modsig.hpp>
#include <modsig/modsig.hpp>

#include "vendor_key.hpp"

namespace other {
modsig::errc answer(modsig::byte_view image);
}

using checker = modsig::verifier<modsig::layouts<modsig::layout::digsig>, modsig::engine::botan, modsig::policy::strict>;

int main() {
    constexpr auto trust = modsig::keyring::builtin<vendor_key>();
    return checker{trust}.appraise({}).why.code == other::answer({}) ? 0 : 1;
}
