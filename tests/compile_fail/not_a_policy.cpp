// expect: modsig: a trust_policy needs decide: decision decide(undecided) const;
#include <modsig/engine/botan.hpp>
#include <modsig/layout/digsig.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/verifier.hpp>
using namespace modsig;
struct no_decision : policy::rule {
    void decide() = delete;
};
#ifdef MODSIG_MUST_FAIL
using chosen = no_decision;
#else
using chosen = policy::rule;
#endif
bool use(keyring_view<engine::botan> trust) {
    return verifier<layouts<layout::digsig>, engine::botan, chosen>{trust}.appraise({}).outcome == verdict::verified;
}
