// SPDX-License-Identifier: BSL-1.0
//
// What a loader needs that verifies ML-DSA-44: SHAKE and one key, whose digest the compiler calculates. The signature stands behind
// the content.
#include <modsig/engine/native/ml_dsa_firmware.hpp>

#include "firmware.hpp"
#include "vendor_key.hpp"

namespace {

using namespace modsig;

constexpr auto vendor = *engine::prepare_firmware_ml_dsa<key_algorithm::ml_dsa_44>(public_key{key_algorithm::ml_dsa_44, 0, vendor_key, {}});

}  // namespace

extern "C" int firmware_verify(const unsigned char* image, std::size_t size) {
    constexpr std::size_t signature_size = vendor.parameters.signature_size();
    if (size < signature_size) return 0;
    const byte_view whole(image, size);
    return engine::check_firmware_ml_dsa(vendor, whole.first(size - signature_size), whole.last(signature_size)) == errc::none;
}
