// expect: deleted
#include <modsig/modsig.hpp>
using namespace modsig;
using ring = keyring::store<engine::botan>;
using checker = verifier<layouts<layout::digsig>, engine::botan, policy::strict>;
bool use(const ring& kept) {
#ifdef MODSIG_MUST_FAIL
    return checker(ring{}).appraise({}).outcome == verdict::verified;
#else
    return checker(kept).appraise({}).outcome == verdict::verified;
#endif
}
