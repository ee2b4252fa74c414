// expect: modsig: a blob_layout needs find: static constexpr result<located> find(const subject&);
#include <modsig/engine/botan.hpp>
#include <modsig/layout/digsig.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/verifier.hpp>
using namespace modsig;
struct not_a_layout : layout::digsig {
    void find() = delete;
};
#ifdef MODSIG_MUST_FAIL
using chosen = not_a_layout;
#else
using chosen = layout::digsig;
#endif
bool use(keyring_view<engine::botan> trust) {
    return verifier<layouts<chosen>, engine::botan, policy::strict>{trust}.appraise({}).outcome == verdict::verified;
}
