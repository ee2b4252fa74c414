// expect: modsig: the policy needs a digest that this engine does not have
#include <modsig/engine/botan.hpp>
#include <modsig/layout/digsig.hpp>
#include <modsig/policy/digests.hpp>
#include <modsig/verifier.hpp>
using namespace modsig;
using small = engine::basic_botan<digest_list<sha256>>;
template <class Digest>
using checker = verifier<layouts<layout::digsig>, small, policy::digests<Digest>>;
bool right(keyring_view<small> trust) { return checker<sha256>{trust}.appraise({}).outcome == verdict::verified; }
#ifdef MODSIG_MUST_FAIL
bool wrong(keyring_view<small> trust) { return checker<sha512>{trust}.appraise({}).outcome == verdict::verified; }
#endif
