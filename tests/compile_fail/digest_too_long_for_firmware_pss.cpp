// expect: modsig: a digest of the firmware engine's list does not fit into its modulus
#include <modsig/engine/native/rsa_firmware_pss.hpp>
using namespace modsig;
static_assert(engine::firmware_pss<digest_list<sha256>, 544>::has(digest_id::sha256));
#ifdef MODSIG_MUST_FAIL
static_assert(engine::firmware_pss<digest_list<sha256>, 512>::has(digest_id::sha256));
#endif
