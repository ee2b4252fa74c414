// SPDX-License-Identifier: BSL-1.0
//
// Formats of text, and lists of entries with lengths: PEM, getfattr's text, lists of revoked digests, EFI signature lists,
// kernel configurations, modules.dep, fs-verity's descriptor, headers of IMA. Every reader comes to its end, in the text. All read every input.
#include "require.hpp"

#include <modsig/key/pem.hpp>
#include <modsig/keyring/blacklist.hpp>
#include <modsig/keyring/efi_signature_list.hpp>
#include <modsig/layout/attribute_text.hpp>
#include <modsig/layout/ima_header.hpp>
#include <modsig/layout/verity_descriptor.hpp>
#include <modsig/linux/kernel_config.hpp>
#include <modsig/linux/layout/ima_header.hpp>
#include <modsig/linux/layout/verity_descriptor.hpp>
#include <modsig/load/module_dependencies.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

using namespace fuzz;
using namespace modsig;

namespace {

using octets = std::vector<std::uint8_t>;

void read_pem(byte_view text) {
    (void)key::pem_reader::recognises(text);
    key::pem_reader blocks(text);
    for (std::size_t count = 0;; ++count) {
        require(count <= text.size(), "a text has an end");
        const auto block = blocks.next();
        if (!block) return require(block.error().code == errc::bad_text && block.error().offset <= text.size(), "a fault is in the text");
        if (!*block) return;
        octets room((*block)->max_decoded_size());
        const auto der = key::pem_decode(**block, room);
        require(der || der.error().code == errc::bad_text, "there is room for what a block holds");
        require(!der || der->size() <= room.size(), "no more is written than there is room");
        if (!room.empty()) (void)key::pem_decode(**block, std::span(room).first(room.size() / 2));
    }
}

void read_attributes(byte_view text) {
    (void)layout::attribute_text::recognises(text);
    layout::attribute_text lines(text);
    for (std::size_t count = 0;; ++count) {
        require(count <= text.size(), "a text has an end");
        const auto line = lines.next();
        if (!line) return require(line.error().code == errc::bad_text && line.error().offset <= text.size(), "a fault is in the text");
        if (!*line) return;
        octets room((*line)->max_decoded_size());
        const auto value = layout::decode_attribute(**line, room);
        require(value || value.error().code == errc::bad_text, "there is room for what a line holds");
        octets name((*line)->file.size());
        const auto decoded = layout::decode_file_name((*line)->file, name);
        require(decoded || decoded.error().code == errc::bad_text, "there is room for a name");
    }
}

void read_revocations(byte_view bytes, std::string_view text) {
    (void)keyring::blacklist_reader::recognises(bytes);
    std::size_t count = 0;
    for (keyring::blacklist_reader entries(text); !entries.done(); ++count) {
        require(count <= text.size(), "a text has an end");
        const auto entry = entries.next();
        require(!entry || digest_of_revoked_size(entry->size) != digest_id::none, "a digest has the length of one");
    }
    keyring::efi_list_reader entries(bytes);
    for (count = 0;; ++count) {
        require(count <= bytes.size(), "a list has an end");
        const auto entry = entries.next();
        if (!entry) return require(entry.error().offset <= bytes.size(), "a fault is in the list");
        if (!*entry) return;
        require((*entry)->data.size() <= bytes.size(), "an entry is in the list");
    }
}

void read_dependencies(std::string_view text) {
    const load::module_dependencies dependencies(text);
    // The first words are what is asked for.
    std::size_t at = 0;
    for (int i = 0; i != 4 && at < text.size(); ++i) {
        const std::size_t end = std::min(text.find_first_of(": \n", at), text.size());
        const std::string_view path = text.substr(at, end - at);
        at = end + 1;
        const auto order = dependencies.order_of(path);
        if (!order) {
            require(order.error().offset <= text.size(), "a fault is in the text");
            continue;
        }
        const auto paths = order->paths();
        require(!paths.empty() && paths.back() == path, "what was asked for comes last");
        for (const std::string_view each : paths) {
            require(load::is_inside(each), "no path leads outside");
            require(std::ranges::count(paths, each) == 1, "nothing is loaded twice");
            (void)load::is_listed(text, each);
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const octets bytes(data, data + size);  // a block of its own
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    read_pem(bytes);
    read_attributes(bytes);
    read_revocations(bytes, text);
    if (size <= 8192) read_dependencies(text);
    if (const auto kernel = parse_kernel_config(text); !kernel) require(kernel.error().offset <= size, "a fault is in the text");
    (void)kernel::detail::parse_version(text);
    (void)closest_linux_release(text);
    claim claim;
    (void)layout::read_ima_header(bytes, claim);
    (void)kernel::read_ima_header(bytes, claim);
    for (const std::uint64_t file_size : {std::uint64_t{0}, std::uint64_t{4096}, std::uint64_t{5168}}) {
        const auto strict = layout::verity_descriptor::parse(bytes, file_size);
        const auto lenient = kernel::parse_verity_descriptor(bytes, file_size);
        require(!strict || lenient, "a descriptor that strict reads, Linux reads");
        if (strict) require(strict->signature.size() <= size && strict->how.salt.size() <= size, "parts are in the descriptor");
    }
    return 0;
}
