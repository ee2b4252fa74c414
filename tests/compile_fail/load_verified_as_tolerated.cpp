// expect: modsig: this file is verified: load it by load::dlopen
#include <modsig/load/plugin.hpp>

void* run(const modsig::verified<modsig::load::sealed_file>& proof) {
#ifdef MODSIG_MUST_FAIL
    return modsig::load::load_tolerated(proof);
#else
    return modsig::load::dlopen(proof);
#endif
}
