// expect: verified
#include <modsig/verified.hpp>
#include <vector>
using image = std::vector<std::uint8_t>;
void load(const modsig::verified<image>&);
void use(const modsig::verified<image>& proof, const image& unverified) {
    load(proof);
#ifdef MODSIG_MUST_FAIL
    load(unverified);
#endif
    (void)unverified;
}
