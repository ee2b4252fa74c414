// expect: modsig: verify() moves the image into the proof: pass std::move(image), or a byte_view of it
#include <modsig/modsig.hpp>
#include <vector>
using namespace modsig;
using checker = verifier<layouts<layout::digsig>, engine::botan, policy::strict>;
bool use(const checker& check, std::vector<std::uint8_t> image) {
#ifdef MODSIG_MUST_FAIL
    return check.verify(image).has_value();
#else
    return check.verify(std::move(image)).has_value();
#endif
}
