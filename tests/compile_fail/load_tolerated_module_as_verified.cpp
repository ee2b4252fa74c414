// expect: modsig: a tolerated module is not verified: load it by load::load_tolerated_module
#include <modsig/load/kernel_module.hpp>

modsig::load::module_answer run(const modsig::tolerated<modsig::load::sealed_file>& file) {
#ifdef MODSIG_MUST_FAIL
    return modsig::load::load_module(file);
#else
    return modsig::load::load_tolerated_module(file);
#endif
}
