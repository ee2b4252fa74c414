// expect: trailing_garbage
#include <modsig/keyring/builtin.hpp>
inline constexpr unsigned char right[] = {
#include "rsa1024_spki.inc"
};
inline constexpr unsigned char wrong[] = {
#include "rsa1024_spki.inc"
    0x00};
#ifdef MODSIG_MUST_FAIL
constexpr auto trust = modsig::keyring::builtin<wrong>();
#else
constexpr auto trust = modsig::keyring::builtin<right>();
#endif
