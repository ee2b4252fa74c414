// SPDX-License-Identifier: BSL-1.0
//
// Signatures that the compiler verifies: a program whose embedded bytes are not signed does not build.
//   static constexpr unsigned char key[] = {...}, blob[] = {...};       // examples/embed.py writes such arrays
//   static_assert(modsig::verified_at_compile_time<key, blob>);
// RSA with SHA-1 or SHA-2, by the native engine in portable code. 16 KiB with RSA-2048 and SHA-256 stay within the compilers'
// default limits; a larger blob needs -fconstexpr-ops-limit= (GCC) or -fconstexpr-steps= (Clang).
#ifndef MODSIG_COMPILE_TIME_HPP
#define MODSIG_COMPILE_TIME_HPP

#include <modsig/engine/native.hpp>
#include <modsig/keyring/builtin.hpp>
#include <modsig/layout/digsig.hpp>
#include <modsig/layout/modsign.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/verifier.hpp>

namespace modsig {

namespace engine {
/// The engine of the compiler: none of its code is in the program.
using compile_time = basic_native<native_digest_list, isa::portable>;
}  // namespace engine

/// The appraisal of `Blob`, an array of bytes with static storage, with the key `Key` (keyring/builtin.hpp). A compiler has no
/// clock: a policy that checks validity gets its time as `Now`.
template <const auto& Key, const auto& Blob, class Policy = policy::strict, class Layouts = layouts<layout::digsig, layout::modsign>,
          std::int64_t Now = context::no_clock>
inline constexpr appraisal compile_time_appraisal =
    verifier<Layouts, engine::compile_time, Policy>{keyring::builtin<Key>()}.appraise(subject{byte_view(Blob)}, context{.now = Now});

namespace detail {
/// The template arguments are the reason and the offset: the compiler's message shows them.
template <errc Why, std::uint64_t Offset>
consteval bool blob_is_verified() {
    static_assert(Why == errc::none,
                  "modsig: an embedded blob is not verified; the arguments of blob_is_verified are the reason and the offset");
    return true;
}
}  // namespace detail

/// True, or the build stops with the reason. compile_time_appraisal does not stop it.
template <const auto& Key, const auto& Blob, class Policy = policy::strict, class Layouts = layouts<layout::digsig, layout::modsign>,
          std::int64_t Now = context::no_clock>
inline constexpr bool verified_at_compile_time =
    detail::blob_is_verified<compile_time_appraisal<Key, Blob, Policy, Layouts, Now>.why.code,
                             compile_time_appraisal<Key, Blob, Policy, Layouts, Now>.why.offset>() &&
    compile_time_appraisal<Key, Blob, Policy, Layouts, Now>.outcome == verdict::verified;

}  // namespace modsig

#endif  // MODSIG_COMPILE_TIME_HPP
