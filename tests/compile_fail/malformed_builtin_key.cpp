// expect: modsig: a builtin key is malformed
#include <modsig/keyring/builtin.hpp>
// RSA-1024 in SubjectPublicKeyInfo form
inline constexpr unsigned char right[] = {
#include "rsa1024_spki.inc"
};
#ifdef MODSIG_MUST_FAIL
inline constexpr unsigned char wrong[] = {0x30, 0x81, 0x9f, 0x30, 0x0d};
constexpr auto trust = modsig::keyring::builtin<wrong>();
#else
constexpr auto trust = modsig::keyring::builtin<right>();
#endif
