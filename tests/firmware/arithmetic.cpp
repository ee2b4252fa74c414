// SPDX-License-Identifier: BSL-1.0
//
// What a loader of two kilobytes needs: SHA-256 and one RSA-2048 key, which the compiler prepares. The signature stands
// behind the content.
#include <modsig/engine/native/hash.hpp>
#include <modsig/engine/native/rsa_firmware.hpp>
#include <modsig/key/digsig.hpp>

#include "firmware.hpp"
#include "vendor_key.hpp"

namespace {

using namespace modsig;

constexpr auto info = *key::digsig::parse(vendor_key);
constexpr auto vendor = *engine::prepare_firmware_rsa<2048>(info.key);

}  // namespace

extern "C" int firmware_verify(const unsigned char* image, std::size_t size) {
    if (size < vendor.size) return 0;
    const byte_view whole(image, size);
    engine::native_hash<digest_id::sha256, engine::isa::compact> hash;
    hash.update(whole.first(size - vendor.size));
    return engine::check_firmware_rsa<digest_id::sha256>(vendor, hash.finish(), whole.last(vendor.size)) == errc::none;
}
