// expect: modsig: a tolerated file is not verified: load it by load::load_tolerated
#include <modsig/load/plugin.hpp>

modsig::result<modsig::load::tolerated_plugin> run(modsig::tolerated<modsig::load::sealed_file> file) {
#ifdef MODSIG_MUST_FAIL
    return modsig::load::dlopen(std::move(file));
#else
    return modsig::load::load_tolerated(std::move(file));
#endif
}
