// expect: modsig: only proof can be loaded: a verified<load::sealed_file>
#include <modsig/load/plugin.hpp>

void* run(const modsig::verified<modsig::load::sealed_file>& proof, const char* path) {
#ifdef MODSIG_MUST_FAIL
    (void)proof;
    return modsig::load::dlopen(path, RTLD_NOW);
#else
    (void)path;
    return modsig::load::dlopen(proof, RTLD_NOW);
#endif
}
