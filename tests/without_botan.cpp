// SPDX-License-Identifier: BSL-1.0
// Every layout, with every policy that takes it, by the native engine alone. (Corpora by it: corpus.cpp, layout/ima_corpus.cpp.)
#include <modsig/core.hpp>
#include <modsig/engine/native.hpp>

#include <doctest/doctest.h>

#if __has_include(<botan/version.h>)
#error "Botan can be included here: this program is to show that nobody needs it"
#endif

using namespace modsig;

namespace {

using every_layout = layouts<layout::digsig, layout::modsign, layout::ima, layout::evm, layout::bpf, layout::fsverity, layout::mcuboot>;

/// What a verifier of these says of nothing at all.
template <class Layouts, class Policy>
errc of_nothing() {
    const keyring::store<engine::native> none;
    return verifier<Layouts, engine::native, Policy>{none}.appraise(subject{}).why.code;
}

}  // namespace

TEST_CASE("without Botan: every layout has a verifier") {
    CHECK(of_nothing<every_layout, policy::strict>() == errc::no_signature);
    CHECK(of_nothing<every_layout, policy::legacy>() == errc::no_signature);
    CHECK(of_nothing<every_layout, policy::permissive>() == errc::no_signature);
    CHECK(of_nothing<layouts<layout::modsign>, policy::linux_modsign>() == errc::no_signature);
    CHECK(of_nothing<layouts<layout::bpf>, policy::linux_modsign>() == errc::no_signature);
    CHECK(of_nothing<layouts<layout::ima, layout::evm, layout::digsig>, policy::linux_ima>() == errc::no_signature);
    CHECK(of_nothing<layouts<layout::digsig>, policy::linux_digsig>() == errc::no_signature);
}

TEST_CASE("without Botan: the native engine has the key algorithms that its README names") {
    for (const key_algorithm algorithm : {key_algorithm::rsa, key_algorithm::ecdsa_p256, key_algorithm::ecdsa_p384, key_algorithm::ecdsa_p521,
                                          key_algorithm::ed25519, key_algorithm::ml_dsa_44, key_algorithm::ml_dsa_65, key_algorithm::ml_dsa_87}) {
        const auto prepared = engine::native::prepare(public_key{algorithm, 0, {}, {}});
        REQUIRE_FALSE(prepared);
        CHECK(prepared.error().code == errc::bad_key);  // not unsupported_algorithm
    }
}
