// SPDX-License-Identifier: BSL-1.0
//
// The verifier for firmware: layout, builtin key, policy and engine in six kilobytes.
#include <modsig/engine/native/rsa_firmware.hpp>
#include <modsig/layout/digsig.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/verifier/firmware.hpp>

#include "firmware.hpp"
#include "vendor_key.hpp"

namespace {

using namespace modsig;
using image_verifier = firmware_verifier<layout::digsig, engine::firmware<digest_list<sha1, sha256>>, policy::legacy, vendor_key>;

}  // namespace

extern "C" int firmware_verify(const unsigned char* image, std::size_t size) { return image_verifier::verify({image, size}) ? 1 : 0; }
