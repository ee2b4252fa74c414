// SPDX-License-Identifier: BSL-1.0
//
// The whole verifier: layout, builtin key, policy and engine.
#include <modsig/engine/native/rsa_firmware.hpp>
#include <modsig/keyring/builtin.hpp>
#include <modsig/layout/digsig.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/verifier.hpp>

#include "firmware.hpp"
#include "vendor_key.hpp"

namespace {

using namespace modsig;
using small_engine = engine::firmware<digest_list<sha1, sha256>, 2048>;
using image_verifier = verifier<layouts<layout::digsig>, small_engine, policy::legacy>;

}  // namespace

extern "C" int firmware_verify(const unsigned char* image, std::size_t size) {
    return image_verifier{keyring::builtin<vendor_key>()}.verify(byte_view(image, size)).has_value();
}
