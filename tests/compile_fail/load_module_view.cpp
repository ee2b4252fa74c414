// expect: modsig: only proof can be loaded: a verified<load::sealed_file>, or a verified of something else that owns
// A verified view is proof of memory that others may still write.
#include <modsig/load/kernel_module.hpp>

#ifdef MODSIG_MUST_FAIL
using image = modsig::byte_view;
#else
using image = modsig::load::sealed_file;
#endif

modsig::load::module_answer run(const modsig::verified<image>& proof) { return modsig::load::load_module(proof); }
