// expect: modsig: a digest of the firmware engine's list does not fit into its modulus
#include <modsig/engine/native/rsa_firmware.hpp>
using namespace modsig;
// SHA-256 takes 62 bytes: 2 + 8 + 20 + 32.
template <std::size_t Bits>
using small = engine::firmware<digest_list<sha1, sha256>, Bits>;
static_assert(small<512>::has(digest_id::sha256));
#ifdef MODSIG_MUST_FAIL
static_assert(small<480>::has(digest_id::sha256));
#endif
