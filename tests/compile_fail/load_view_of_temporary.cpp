// expect: deleted
// The bytes of a temporary sealed_file would be gone before they are read.
#include <modsig/load/sealed_file.hpp>

modsig::load::sealed_file make();

std::size_t run() {
#ifdef MODSIG_MUST_FAIL
    const modsig::byte_view bytes = make();
    return bytes.size();
#else
    const modsig::load::sealed_file file = make();
    const modsig::byte_view bytes = file;
    return bytes.size();
#endif
}
