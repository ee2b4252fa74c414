// expect: modsig: only proof can be loaded: a verified<load::sealed_file>
#include <modsig/load/plugin.hpp>

void* run(const modsig::verified<modsig::load::sealed_file>& proof, modsig::byte_view image) {
#ifdef MODSIG_MUST_FAIL
    (void)proof;
    return modsig::load::dlopen(image);
#else
    (void)image;
    return modsig::load::dlopen(proof);
#endif
}
