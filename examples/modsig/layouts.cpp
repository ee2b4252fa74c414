// SPDX-License-Identifier: BSL-1.0
#include "layouts.hpp"

#include "pkcs7.hpp"
#include "text.hpp"

#include <modsig/layout/bpf.hpp>
#include <modsig/layout/digsig.hpp>
#include <modsig/layout/fsverity.hpp>
#include <modsig/layout/evm.hpp>
#include <modsig/layout/ima.hpp>
#include <modsig/layout/mcuboot.hpp>
#include <modsig/layout/modsign.hpp>
#include <modsig/layout/modsign_x509.hpp>
#include <modsig/sign/layout/digsig.hpp>

#include <algorithm>

namespace tool {
namespace {

void describe_digsig(modsig::byte_view blob, std::uint64_t, const modsig::appraisal&, record& fields) {
    if (blob.size() < modsig::layout::digsig::header_size) return;
    const auto timestamp = modsig::load_le<std::uint32_t>(blob.subspan(1, 4));
    fields.emplace_back("version", std::uint64_t{blob[0]});
    fields.emplace_back("timestamp", std::uint64_t{timestamp});
    fields.emplace_back("signed_at", date(timestamp));
}

/// The container of kernel modules since Linux 3.7, whatever its fields say but the size: enough to tell signed from unsigned
/// and to take the signature off.
struct modsign_container {
    static constexpr std::string_view name = modsig::layout::modsign::name;

    static modsig::result<modsig::located> find(const modsig::subject& s) {
        if (s.signature.source != modsig::signature_source::image) return modsig::failure{modsig::errc::no_signature, s.image.size()};
        const auto trailer = modsig::layout::module_trailer::find(s.image);
        if (!trailer) return trailer.error();
        const std::uint32_t size = trailer->signature_size;
        // The forms of Linux 3.7 to 4.2 have the signer's name and the key's identifier before the signature.
        const bool has_names = trailer->type() != modsig::layout::module_trailer::pkcs7;
        const std::uint64_t names = has_names ? std::uint64_t{trailer->fields[3]} + trailer->fields[4] : 0;
        if (size > trailer->offset) return modsig::failure{modsig::errc::length_overflow, trailer->offset + 8};
        if (names > trailer->offset - size) return modsig::failure{modsig::errc::length_overflow, trailer->offset + 3};
        const std::uint64_t start = trailer->offset - size - names;
        return modsig::located{.content = {0, start}, .blob = {start, names + size}};
    }
    static std::vector<std::uint8_t> as_file(modsig::byte_view blob) { return {blob.begin(), blob.end()}; }
    static void describe(modsig::byte_view blob, std::uint64_t offset, const modsig::appraisal& answer, record& fields) {
        const auto claim = signer_in(blob, offset, answer);
        if (!claim) return;
        const bool by_name = claim->key.kind == modsig::key_id_kind::issuer_serial;
        fields.emplace_back("signers", std::uint64_t{signers_of(blob).size()});
        fields.emplace_back("issuer", text_or_null(by_name ? owner(claim->key.issuer) : ""));
        fields.emplace_back(by_name ? "serial" : "skid", hex(claim->key.bytes));
        const auto digest = claim->digest();
        fields.emplace_back("signed_with", text_or_null(digest != modsig::digest_id::none ? std::string(modsig::name(digest)) : ""));
    }
};

std::vector<std::uint8_t> mcuboot_file(modsig::byte_view blob) { return {blob.begin(), blob.end()}; }
void describe_nothing(modsig::byte_view, std::uint64_t, const modsig::appraisal&, record&) {}

void describe_mcuboot(modsig::byte_view bytes, record& fields) {
    using modsig::layout::mcuboot_images;
    const auto image = modsig::layout::mcuboot_image::in<mcuboot_images::any>(bytes);
    if (!image) return;
    const auto& [major, minor, revision, build] = image->header.version;
    const std::string numbers = std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(revision) + "+" + std::to_string(build);
    fields.emplace_back("version", numbers);
    fields.emplace_back("header_size", std::uint64_t{image->header.header_size});
    fields.emplace_back("load_address", std::uint64_t{image->header.load_address});
    fields.emplace_back("flags", std::uint64_t{image->header.flags});
    if (image->header.is_compressed()) fields.emplace_back("compressed", true);
    if (image->bytes.size() != bytes.size()) fields.emplace_back("padding", std::uint64_t{bytes.size() - image->bytes.size()});
    if (image->security_counter) fields.emplace_back("security_counter", std::uint64_t{*image->security_counter});
}

/// Values of security.ima and security.evm.
std::vector<std::uint8_t> attribute_file(modsig::byte_view value) { return {value.begin(), value.end()}; }
void describe_attribute(modsig::byte_view value, std::uint64_t, const modsig::appraisal&, record& fields) {
    using modsig::layout::ima_type;
    if (value.size() < 2) return;
    const auto type = static_cast<ima_type>(value[0]);
    fields.emplace_back("version", std::uint64_t{value[1]});
    fields.emplace_back("kind", std::string(type == ima_type::verity_signature ? "fs-verity" : type == ima_type::portable ? "portable" : "plain"));
}

constexpr layout_entry table[] = {
    {modsign_container::name, &modsign_container::find, &modsign_container::as_file, &modsign_container::describe},
    {modsig::layout::digsig::name, &modsig::layout::digsig::find, &modsig::sign::digsig::detached, &describe_digsig},
    {modsig::layout::bpf::name, &modsig::layout::bpf::find, &modsign_container::as_file, &modsign_container::describe},
    {modsig::layout::fsverity::name, &modsig::layout::fsverity::find, &modsign_container::as_file, &modsign_container::describe},
    {modsig::layout::ima::name, &modsig::layout::ima::find, &attribute_file, &describe_attribute},
    {modsig::layout::evm::name, &modsig::layout::evm::find, &attribute_file, &describe_attribute},
    {modsig::layout::mcuboot::name, &modsig::layout::mcuboot::find, &mcuboot_file, &describe_nothing, &describe_mcuboot},
};

constexpr std::string_view markers[] = {modsig::layout::module_trailer::marker, modsig::layout::digsig::magic};

}  // namespace

std::span<const layout_entry> layouts() { return table; }

const layout_entry* find_layout(std::string_view name) {
    const auto* const found = std::ranges::find(table, name, &layout_entry::name);
    return found == std::end(table) ? nullptr : found;
}

modsig::result<appended> find_appended(modsig::byte_view image) {
    modsig::subject s;
    s.image = image;
    for (const layout_entry& layout : table) {
        const auto where = layout.find(s);
        if (where) return appended{&layout, where->content, where->blob};
        if (where.error().code != modsig::errc::no_signature) return where.error();
    }
    return modsig::failure{modsig::errc::no_signature, image.size()};
}

modsig::result<modsig::byte_view> without_signatures(modsig::byte_view image) {
    for (;;) {
        const auto old = find_appended(image);
        if (!old && old.error().code == modsig::errc::no_signature) return image;
        if (!old) return old.error();
        const auto content = modsig::slice(image, old->content);
        if (!content) return modsig::errc::truncated;
        image = *content;
    }
}

std::optional<appended> well_formed_signature(modsig::byte_view image) {
    const auto found = find_appended(image);
    if (!found) return std::nullopt;
    const modsig::byte_view blob = *modsig::slice(image, found->blob);
    modsig::subject s;
    s.image = image;
    if (found->layout->name == modsig::layout::digsig::name) {
        if (!modsig::layout::digsig::open(s, {.content = found->content, .blob = found->blob})) return std::nullopt;
        return *found;
    }
    if (const auto old = modsig::layout::modsign_x509::find(s); old && modsig::layout::modsign_x509::open(s, *old)) return *found;
    if (!first_signer(blob)) return std::nullopt;
    return *found;
}

std::optional<modsig::range> find_buried_signature(modsig::byte_view image) {
    constexpr std::size_t max_tries = 16;  // content may be full of markers
    std::optional<modsig::range> last;
    const std::string_view text(reinterpret_cast<const char*>(image.data()), image.size());
    for (const std::string_view marker : markers) {
        std::size_t offset = text.rfind(marker);
        for (std::size_t tries = 0; offset != std::string_view::npos && tries != max_tries; ++tries) {
            const modsig::range found{offset, marker.size()};
            const std::size_t end = offset + marker.size();
            if (end != text.size() && (!last || offset > last->offset) && well_formed_signature(image.first(end))) last = found;
            if (offset == 0) break;
            offset = text.rfind(marker, offset - 1);
        }
    }
    return last;
}

}  // namespace tool
