// expect: errc::signature_mismatch
#include <modsig/compile_time.hpp>

#include "../support/compile_time_blob.hpp"

#ifdef MODSIG_MUST_FAIL
inline constexpr auto blob = compile_time::signed_blob(5, 1);
#else
inline constexpr auto blob = compile_time::signed_blob();
#endif

// 16 KiB, RSA-2048 and SHA-256, within the compilers' default limits
static_assert(modsig::verified_at_compile_time<compile_time::certificate, blob, modsig::policy::strict,
                                               modsig::layouts<modsig::layout::digsig, modsig::layout::modsign>,
                                               compile_time::within_its_validity>);
