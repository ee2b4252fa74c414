// SPDX-License-Identifier: BSL-1.0
#include <modsig/modsig.hpp>

#include <cstdio>
#include <string>

int main() {
    using ring = modsig::keyring::store<modsig::engine::botan>;
    using checker = modsig::verifier<modsig::layouts<modsig::layout::digsig>, modsig::engine::botan, modsig::policy::strict>;
    const ring nobody;
    const auto answer = checker{nobody}.appraise({});
    std::printf("%s, version %d\n", std::string(answer.why.message()).c_str(), MODSIG_VERSION);
    return answer.why.code == modsig::errc::no_signature ? 0 : 1;
}
