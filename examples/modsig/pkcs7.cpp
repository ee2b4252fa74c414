// SPDX-License-Identifier: BSL-1.0
#include "pkcs7.hpp"

#include "text.hpp"

#include <modsig/layout/modsign.hpp>
#include <modsig/linux/asn1/algorithm_identifier.hpp>
#include <modsig/linux/asn1/reader.hpp>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <vector>

namespace tool {
namespace {

using der_reader = modsig::kernel::asn1_reader;
namespace der = modsig::der;

void skip_optional(der_reader& in, unsigned context) { (void)in.optional(der::context_constructed(context)); }

/// The absolute value of an INTEGER, as ASN1_INTEGER_to_BN() and BN_bn2bin() give it; nothing where libcrypto reads no number.
std::vector<std::uint8_t> magnitude(modsig::byte_view integer) {
    if (integer.empty()) return {};
    const bool negative = integer[0] >= 0x80;
    if (integer.size() > 1 && ((integer[0] == 0 && integer[1] < 0x80) || (integer[0] == 0xff && integer[1] >= 0x80))) return {};
    std::vector<std::uint8_t> bytes(integer.begin(), integer.end());
    unsigned carry = 1;
    for (std::size_t i = bytes.size(); negative && i != 0; --i) {
        carry += static_cast<std::uint8_t>(~bytes[i - 1]);
        bytes[i - 1] = static_cast<std::uint8_t>(carry);
        carry >>= 8;
    }
    if (bytes.size() > 1 && bytes[0] == 0) bytes.erase(bytes.begin());
    return bytes;
}

/// libkmod/libkmod-module.c, kmod_module_info_append_hex(): 20 bytes a line.
std::string modinfo_hex(modsig::byte_view bytes) {
    std::string text;
    for (std::size_t i = 0; i != bytes.size(); ++i) {
        if (i != 0) text += i % 20 == 0 ? ":\n\t\t" : ":";
        for (const char digit : hex(bytes.subspan(i, 1))) text += static_cast<char>(digit >= 'a' ? digit - 'a' + 'A' : digit);
    }
    return text;
}

struct modinfo_fields {
    std::string_view id;
    std::string signer;
    modsig::byte_view key;
    std::string_view hash;
    modsig::byte_view signature;

    [[nodiscard]] std::string lines() const {
        std::string text;
        const auto add = [&](std::string name, std::string_view value) {
            name += ':';
            name.resize(16, ' ');
            text += name.append(value) + '\n';
        };
        add("sig_id", id);
        add("signer", printable(signer));
        add("sig_key", modinfo_hex(key));
        add("sig_hashalgo", hash);
        add("signature", modinfo_hex(signature));
        return text;
    }
};

/// libkmod/libkmod-signature.c, obj_to_hash_algo()
std::string_view modinfo_hash(modsig::digest_id id) {
    using modsig::digest_id;
    switch (id) {
        case digest_id::md4:
        case digest_id::md5:
        case digest_id::sha1:
        case digest_id::sha224:
        case digest_id::sha256:
        case digest_id::sha384:
        case digest_id::sha512:
        case digest_id::sm3: return name(id);
        case digest_id::rmd160: return "rmd160";
        default: return {};
    }
}

std::optional<signer_facts> read_signer(modsig::byte_view whole) {
    modsig::failure fault{modsig::errc::none};
    der_reader input(whole, fault);
    auto in = input.enter(der::tag_sequence);
    signer_facts claim;
    claim.whole = whole;
    (void)in.integer();
    if (in.next_is(der::tag_sequence)) {
        auto id = in.enter(der::tag_sequence);
        claim.key.kind = modsig::key_id_kind::issuer_serial;
        claim.key.issuer = id.expect(der::tag_sequence).content;
        claim.key.bytes = id.integer().content;
        id.finish();
    } else {
        claim.key.kind = modsig::key_id_kind::skid;
        claim.key.bytes = in.expect(der::context(0)).content;
    }
    claim.digest_oid = modsig::kernel::read_algorithm_identifier(in).oid.content;
    skip_optional(in, 0);
    claim.signature_oid = modsig::kernel::read_algorithm_identifier(in).oid.content;
    claim.signature = in.octet_string().content;
    skip_optional(in, 1);
    in.finish();
    if (in.failed()) return std::nullopt;
    return claim;
}

/// 1.2.840.113549 of the content of an OBJECT IDENTIFIER; empty for what is none.
std::string dotted(modsig::byte_view oid) {
    std::string text;
    std::uint64_t arc = 0;
    for (const std::uint8_t byte : oid) {
        if (arc >> 56 != 0) return {};
        arc = arc << 7 | (byte & 0x7fu);
        if (byte >= 0x80) continue;
        const std::uint64_t first = arc < 80 ? arc / 40 : 2;
        text += text.empty() ? std::to_string(first) + "." + std::to_string(arc - 40 * first) : "." + std::to_string(arc);
        arc = 0;
    }
    return text;
}

}  // namespace

bool is_same(const modsig::key_id_copy& copy, const modsig::key_identifier& id) {
    const modsig::key_id_copy other(id);
    return copy.kind == other.kind && copy.size == other.size && copy.bytes == other.bytes;
}

std::string first_common_name(modsig::byte_view name) {
    modsig::failure fault{modsig::errc::none};
    der_reader names(name, fault);
    while (!names.at_end()) {
        auto set = names.enter(der::tag_set);
        while (!set.at_end()) {
            auto fields = set.enter(der::tag_sequence);
            const bool is_common_name = modsig::equal(fields.oid().content, "\x55\x04\x03");
            const modsig::byte_view text = fields.any().content;
            fields.finish();
            if (is_common_name && !fields.failed()) return {text.begin(), std::ranges::find(text, 0)};
        }
        set.finish();
    }
    return {};
}

std::vector<signer_facts> signers_of(modsig::byte_view message) {
    modsig::failure fault{modsig::errc::none};
    der_reader input(message, fault);
    auto outer = input.enter(der::tag_sequence);
    if (!modsig::equal(outer.oid().content, modsig::layout::cms::id_signed_data.view())) return {};
    auto explicit_content = outer.enter(der::context_constructed(0));
    auto signed_data = explicit_content.enter(der::tag_sequence);
    (void)signed_data.integer();
    (void)signed_data.any();  // digest algorithms
    (void)signed_data.any();  // content
    skip_optional(signed_data, 0);
    skip_optional(signed_data, 1);

    std::vector<signer_facts> claims;
    auto signers = signed_data.enter(signed_data.next_is(der::tag_sequence) ? der::tag_sequence : der::tag_set);
    do {
        const auto signer = read_signer(signers.any().whole);
        if (!signer && claims.empty()) return {};
        if (signer) claims.push_back(*signer);
    } while (!signers.at_end());
    for (der_reader* one : {&signers, &signed_data, &explicit_content, &outer}) one->finish();
    if (outer.failed()) return {};
    return claims;
}

std::optional<signer_facts> first_signer(modsig::byte_view message) {
    const auto signers = signers_of(message);
    if (signers.empty()) return std::nullopt;
    return signers.front();
}

std::optional<signer_facts> signer_in(modsig::byte_view message, std::uint64_t offset, const modsig::appraisal& answer) {
    std::vector<signer_facts> signers = signers_of(message);
    if (signers.empty()) return std::nullopt;
    const signer_facts first = signers.front();
    std::erase_if(signers, [&](const signer_facts& each) { return !is_same(answer.key, each.key); });
    for (const signer_facts& each : signers) {
        const std::uint64_t start = offset + static_cast<std::uint64_t>(each.whole.data() - message.data());
        if (answer.anchor != nullptr ? answer.anchor->matches(each.key) : answer.why.offset >= start && answer.why.offset < start + each.whole.size()) return each;
    }
    return signers.empty() ? first : signers.front();
}

std::string algorithm_name(modsig::byte_view oid) {
    if (const modsig::digest_id id = modsig::digest_of_oid(oid); id != modsig::digest_id::none) return std::string(name(id));
    // Of ML-DSA key and signature have one identifier, which says the size, too.
    if (const auto key = modsig::key_algorithm_of_oid(oid, {}); key != modsig::key_algorithm::none && !modsig::is_ecdsa(key) && key != modsig::key_algorithm::rsa)
        return std::string(name(key));
    if (const modsig::signature_oid* known = modsig::signature_of_oid(oid)) {
        const std::string_view digest = known->digest != modsig::digest_id::none ? name(known->digest) : "";
        return std::string(name(known->scheme)) + (digest.empty() ? "" : " with " + std::string(digest));
    }
    return dotted(oid);
}

std::string modinfo_of(modsig::byte_view image) {
    // libkmod/libkmod-signature.c, kmod_module_signature_info()
    constexpr std::string_view ids[] = {"PGP", "X509", "PKCS#7"};
    constexpr std::string_view hashes[] = {"md4", "md5", "sha1", "rmd160", "sha256", "sha384", "sha512", "sha224", "sm3"};
    const auto trailer = modsig::layout::module_trailer::find(image);
    if (!trailer) return {};
    const modsig::byte_view info = trailer->fields;
    image = image.first(static_cast<std::size_t>(trailer->offset));
    const std::uint8_t algorithm = info[0], hash = info[1], id = info[2];
    const std::size_t signer_size = info[3], key_size = info[4];
    const std::uint32_t size = trailer->signature_size;
    if (algorithm > 1 || hash >= std::size(hashes) || id >= std::size(ids)) return {};
    if (size == 0 || image.size() < std::uint64_t{size} + signer_size + key_size) return {};

    modinfo_fields fields;
    fields.id = ids[id];
    if (id != 2) {
        fields.signature = image.last(size);
        image = image.first(image.size() - size);
        fields.key = image.last(key_size);
        const modsig::byte_view signer = image.first(image.size() - key_size).last(signer_size);
        fields.signer.assign(signer.begin(), signer.end());
        fields.hash = hashes[hash];
        return fields.lines();
    }
    const auto signer = first_signer(image.last(size));
    if (!signer || signer->key.kind != modsig::key_id_kind::issuer_serial) return {};
    fields.signature = signer->signature;
    const auto serial = magnitude(signer->key.bytes);
    fields.key = serial;
    fields.signer = first_common_name(signer->key.issuer);
    fields.hash = modinfo_hash(signer->digest());
    if (fields.hash.empty() || serial.empty()) return {};
    return fields.lines();
}

}  // namespace tool
