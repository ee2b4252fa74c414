// SPDX-License-Identifier: BSL-1.0
//
// Compressed files and kernel images: no more comes out than is allowed, streams end within the file, what kmod's reading unpacks
// the plain one unpacks alike, and lists of certificates are within the kernel.
#include "require.hpp"

#include <modsig/decompress.hpp>
#include <modsig/keyring/kernel_image/certificate_list.hpp>
#include <modsig/keyring/kernel_image/container.hpp>
#include <modsig/linux/decompress.hpp>

#include <algorithm>
#include <vector>

using namespace fuzz;
using namespace modsig;

namespace {

constexpr std::size_t limit = 1 << 20;

void read_compressed(byte_view bytes) {
    const compression how = compression_of_magic(bytes);
    const auto whole = decompress(how, bytes, limit);
    require(!whole || byte_view(*whole).size() <= limit, "no more comes out than is allowed");
    require(whole || whole.error().offset <= bytes.size(), "a fault is in the file");
    const auto first = decompress_first(how, bytes, limit);
    require(!first || (first->end <= bytes.size() && first->end != 0 && byte_view(first->bytes).size() <= limit), "a stream ends in the file");
    require(!whole || first, "what is whole has a first stream");
    const auto module = kernel::decompress_module(how, bytes, limit);
    if (module && first) require(equal(byte_view(module->bytes), byte_view(first->bytes)), "Linux unpacks the same bytes");
    const auto gap = kernel::find_decoder_gap(how, bytes);
    require(!gap || gap->offset <= bytes.size(), "what a decoder lacks is in the file");
}

void read_kernel(byte_view bytes) {
    const auto kernel = keyring::unpack_kernel(bytes);
    const byte_view image = kernel ? kernel->bytes : bytes;
    const auto list = keyring::find_certificate_list(image);
    if (!list) return;
    require(list->bytes.empty() || (list->bytes.data() >= image.data() && list->bytes.data() + list->bytes.size() <= image.data() + image.size()),
            "the list is in the kernel");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::vector<std::uint8_t> bytes(data, data + size);  // a block of its own
    read_compressed(bytes);
    read_kernel(bytes);
    return 0;
}
