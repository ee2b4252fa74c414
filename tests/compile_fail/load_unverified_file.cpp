// expect: modsig: this file is not verified: load the result of verifier.verify(std::move(file))
#include <modsig/load/plugin.hpp>

#ifdef MODSIG_MUST_FAIL
void* run(modsig::load::sealed_file file) { return modsig::load::dlopen(file); }
#else
void* run(modsig::verified<modsig::load::sealed_file> file) { return modsig::load::dlopen(file); }
#endif
