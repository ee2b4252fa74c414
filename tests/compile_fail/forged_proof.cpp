// expect: verified
#include <modsig/verified.hpp>
#include <vector>
using image = std::vector<std::uint8_t>;
void load(const modsig::verified<image>&);
void use(const modsig::verified<image>& proof) {
    load(proof);
#ifdef MODSIG_MUST_FAIL
    load(modsig::verified<image>(image{}, modsig::appraisal{}));
#endif
}
