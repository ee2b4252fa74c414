// expect: modsig: only proof can be loaded: a verified<load::sealed_file>, or a verified of something else that owns
#include <modsig/load/kernel_module.hpp>

modsig::load::module_answer run(const modsig::verified<modsig::load::sealed_file>& proof, const modsig::load::sealed_file& file) {
#ifdef MODSIG_MUST_FAIL
    (void)proof;
    return modsig::load::load_module(file, "debug=1");
#else
    (void)file;
    return modsig::load::load_module(proof, "debug=1");
#endif
}
