// SPDX-License-Identifier: BSL-1.0
//
// The same by modsig, with this engine.
#ifndef MODSIG_BENCH_COLD_MODSIG_HPP
#define MODSIG_BENCH_COLD_MODSIG_HPP

#include "cold_key.hpp"
#include "cold_verify.hpp"

#include <modsig/keyring/builtin.hpp>
#include <modsig/layout/modsign.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/verifier.hpp>

namespace bench {

template <class Engine>
int verify_one_with(int argc, char** argv) {
    using namespace modsig;
    return verify_one(argc, argv, [](const std::uint8_t* bytes, std::size_t size) {
        constexpr auto trust = keyring::builtin<cold_key>();
        const verifier<layouts<layout::modsign>, Engine, policy::strict> verifier{trust};
        return verifier.appraise(subject{byte_view(bytes, size)}, context{.now = ::time(nullptr)}).outcome == verdict::verified;
    });
}

}  // namespace bench

#endif  // MODSIG_BENCH_COLD_MODSIG_HPP
