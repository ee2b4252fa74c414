// expect: modsig: only proof can be loaded: a verified<load::sealed_file>
// A verified view is proof of memory that others may still write.
#include <modsig/load/plugin.hpp>

#ifdef MODSIG_MUST_FAIL
using image = modsig::byte_view;
#else
using image = modsig::load::sealed_file;
#endif

void* run(const modsig::verified<image>& proof) { return modsig::load::dlopen(proof); }
