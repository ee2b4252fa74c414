// SPDX-License-Identifier: BSL-1.0
// One signature, one meaning: the value of a signature is put into every other layout, over its own content and over the bytes
// that the key really signed. Nothing verifies over bytes that the signer did not sign, and a key that is trusted for one kind
// verifies no other.
#include <modsig/modsig.hpp>

#include "../support/cms_forge.hpp"

#include <modsig/engine/best.hpp>
#include <modsig/layout/fsverity.hpp>
#include <modsig/layout/mcuboot.hpp>
#include <modsig/sign/layout/mcuboot.hpp>

#include <doctest/doctest.h>

#include <charconv>
#include <map>
#include <optional>
#include <string>
#include <vector>

using namespace modsig;

namespace {

using engine::best;
using ring = keyring::store<best>;
using every_layout = layouts<layout::modsign, layout::digsig, layout::ima, layout::evm, layout::fsverity, layout::mcuboot>;
constexpr context today{.now = 1790000000};

octets owned(byte_view bytes) { return {bytes.begin(), bytes.end()}; }

key_info identified(const cms::key& key) {
    const auto certificate = key::parse_certificate(key.certificate);
    REQUIRE(certificate);
    return key::identified(*certificate);
}

/// One signature in its layout, and the bytes that it was made over.
struct source {
    std::string name;
    std::string_view layout;
    const cms::key* key = nullptr;
    digest_id digest = digest_id::none;  // of the signed bytes
    octets value{};
    octets meant{};      // the bytes that the signer has signed
    octets pre_image{};  // the bytes that were really hashed and signed
    octets formatted{};  // fs-verity: the digest as it is signed, or as signed attributes hold it
    octets header{};     // digsig: hashed behind the content's digest
    std::optional<verity_options> verity{};
    bool is_attributes = false;
};

/// As the layouts calculate them; tests/layout/ compares that with other tools.
octets file_id(const digest_value& content) { return octets{6, entry_of(content.id).linux_number} + owned(content.view()); }
octets formatted(const digest_value& content) { return owned(layout::formatted_digest(content).view()); }

template <class Layout>
void read_sources(const std::string& name, const subject& s, const std::string& keys, std::vector<source>& all) {
    const auto where = Layout::find(s);
    REQUIRE_MESSAGE(where, name);
    auto claims = Layout::open(s, *where);
    REQUIRE_MESSAGE(claims, name);
    while (!claims->done()) {
        const auto claim = claims->next();
        REQUIRE(claim);
        for (const std::string& file : corpus::split(keys, ',')) {
            const cms::key& key = cms::corpus_key(file.substr(5, file.find('.') - 5));
            const key_info info = identified(key);
            source one{name, Layout::name, &key};
            if constexpr (Layout::traits.names_keys) {
                if (!Layout::names(claim->key, info)) continue;
            } else if (!info.matches(claim->key)) {
                continue;
            }
            one.value = owned(claim->signature);
            one.digest = claim->content_digest;
            one.verity = s.beside.verity;
            const bool is_evm = Layout::name == layout::evm::name;
            const auto content = slice(s.image, claim->where.content);
            REQUIRE(content);
            one.meant = is_evm ? owned(s.beside.metadata) : owned(*content);
            one.pre_image = one.meant;
            if (claim->signed_digest != digest_id::none) one.digest = claim->signed_digest;
            if constexpr (Layout::traits.digests_content) {
                const auto digest = Layout::content_digest(s, *claim, best{});
                REQUIRE(digest);
                if (Layout::name == layout::fsverity::name) one.pre_image = one.formatted = formatted(*digest);
                else if (claim->signed_digest != digest_id::none) one.pre_image = file_id(*digest);
            }
            if (Layout::name == layout::digsig::name) {
                one.header = owned(claim->authenticated);
                one.pre_image = owned(cms::digest_of(claim->content_digest, one.meant).view()) + one.header;
            }
            if (claim->form == signature_form::attributes) {
                one.is_attributes = true;
                one.pre_image = cms::retagged(owned(claim->authenticated), 0x31);
            }
            all.push_back(std::move(one));
            break;
        }
    }
}

verity_options options_of(const std::string& column) {
    static auto& salts = *new std::map<std::string, octets>();
    verity_options how;
    const auto words = corpus::split(column, ' ');
    for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
        if (words[i] == "--hash") how.hash = digest_of_name(words[i + 1]);
        else if (words[i] == "--block-size") std::from_chars(words[i + 1].data(), words[i + 1].data() + words[i + 1].size(), how.block_size);
        else if (words[i] == "--salt") how.salt = salts.try_emplace(words[i + 1], hex(words[i + 1])).first->second;
    }
    return how;
}

// An image that MCUboot reads, without its signature.
octets firmware() {
    octets image(32);
    const octets head = hex("3db8f39600000000200000000c000000000000000102030004000000");
    std::copy(head.begin(), head.end(), image.begin());
    return image + text("the firmware");
}

const octets named_file = text("a file that was signed");
octets attributes_of(digest_id digest, const octets& content) {
    return cms::attribute(cms::id_content_type, cms::id_data) + cms::attribute(cms::id_message_digest, tlv(4, owned(cms::digest_of(digest, content).view())));
}

/// Signatures of the corpus, and those that it has none of: MCUboot's, and fs-verity's over attributes.
const std::vector<source>& sources() {
    static const auto& made = *new std::vector<source>([] {
        std::vector<source> all;
        const auto each = [&]<class Layout>(Layout, std::initializer_list<const char*> formats) {
            for (const auto& row : corpus::rows(formats)) {
                const bool is_good = Layout::name == layout::digsig::name ? corpus::allows(row.expected, errc::none) : row.strict == "valid";
                if (!is_good || row.key == "-" || row.file.starts_with("bad/") || row.file.find("expired") != std::string::npos) continue;
                const bool is_appended = row.payload == "-" || row.payload.empty();
                const octets value = corpus::file(row.file), image = is_appended ? value : corpus::file(row.payload);
                if (image.size() > 6000 || image.empty()) continue;
                subject s{image};
                if (!is_appended) s.signature = {signature_source::detached, value};
                if (row.format == "evm-v2") s.image = {}, s.beside.metadata = image;
                if (row.format == "fsverity-sig") s.beside.verity = options_of(row.options);
                read_sources<Layout>(row.file, s, row.key, all);
            }
        };
        each(layout::modsign{}, {"modsign", "pkcs7-detached"});
        each(layout::ima{}, {"ima-v2", "ima-v3"});
        each(layout::evm{}, {"evm-v2"});
        each(layout::fsverity{}, {"fsverity-sig"});
        each(layout::digsig{}, {"digsig-v1", "digsig-v1-modsig"});
        for (const char* name : {"rsa2048", "rsa3072", "p256", "p384", "ed25519"}) {
            const cms::key& key = cms::corpus_key(name);
            const digest_id id = key.secret.info().key.algorithm == key_algorithm::ecdsa_p384 ? digest_id::sha384 : digest_id::sha256;
            const octets image = firmware();
            const auto behind = sign::mcuboot::write(key.secret, cms::digest_of(id, image));
            REQUIRE(behind);
            const octets whole = image + owned(*behind);
            read_sources<layout::mcuboot>(std::string("mcuboot ") + name, {whole}, std::string("keys/") + name + ".cert.der", all);
            if (key.scheme() == scheme_id::ed25519) continue;
            for (const digest_id digest : {digest_id::sha256, digest_id::sha512}) {
                const verity_options how{digest};
                const auto measured = digest::fsverity_digest(best{}, how, named_file);
                REQUIRE(measured);
                const octets attributes = attributes_of(digest, formatted(*measured));
                cms::signer info = cms::signer_of(key, tlv(0x31, attributes), digest);
                info.signed_attributes = tlv(0xa0, attributes);
                cms::message message = cms::message_of({info});
                message.digest_algorithms = tlv(0x31, algorithm(cms::oid_of(digest)));
                const octets bytes = message;
                subject s{named_file, {signature_source::detached, bytes}};
                s.beside.verity = how;
                read_sources<layout::fsverity>(std::string("fs-verity over attributes ") + name, s, std::string("keys/") + name + ".cert.der", all);
            }
        }
        return all;
    }());
    return made;
}

// ---- the same value elsewhere ------------------------------------------------------------------------------------------------------

/// A signature value in a layout's clothes. `image` is what the verifier would have verified.
struct wrapped {
    std::string layout;
    subject s;
    octets image{}, signature{}, metadata{};
};

class wrappings {
    const source& from_;
    digest_id digest_;
    std::vector<wrapped>& all_;

    octets cms_message(const octets& attributes) const {
        const key_info named = identified(*from_.key);
        cms::signer info;
        info.identifier = cms::issuer_and_serial(tlv(0x30, owned(named.issuer)), tlv(2, owned(named.serial)));
        info.digest_algorithm = algorithm(cms::oid_of(digest_));
        info.signed_attributes = attributes;
        const scheme_id scheme = from_.key->scheme();
        info.signature_algorithm = scheme == scheme_id::rsa_pkcs1_v15
                                       ? algorithm(rsa_encryption + asn1_null)
                                       : algorithm(cms::oid_of(scheme, scheme == scheme_id::ed25519 ? digest_id::none : digest_));
        info.signature = from_.value;
        cms::message message = cms::message_of({info});
        message.digest_algorithms = tlv(0x31, algorithm(cms::oid_of(digest_)));
        return message;
    }
    octets ima_value(layout::ima_type type) const {
        const layout::ima_header header{type, layout::ima::version_of(type), digest_, identified(*from_.key).ima_id};
        return owned(header.bytes(static_cast<std::uint16_t>(from_.value.size()))) + from_.value;
    }
    wrapped& put(std::string layout, const octets& image, const octets& signature, signature_source source) {
        all_.push_back({std::move(layout), {}, image, signature, {}});
        all_.back().s.signature.source = source;
        return all_.back();
    }

public:
    wrappings(const source& from, digest_id digest, std::vector<wrapped>& all) : from_(from), digest_(digest), all_(all) {}

    /// As if `bytes` had been signed.
    void over(const octets& bytes) {
        const octets message = cms_message({});
        put("modsign", cms::module_of(bytes, message), {}, signature_source::image);
        put("modsign", bytes, message, signature_source::detached);
        // Attributes: those that were signed, and honest ones.
        std::vector<octets> attributes{tlv(0xa0, attributes_of(digest_, bytes))};
        if (!from_.pre_image.empty() && from_.pre_image[0] == 0x31) attributes.push_back(cms::retagged(from_.pre_image, 0xa0));
        for (const octets& each : attributes) put("modsign", bytes, cms_message(each), signature_source::detached);
        for (const octets& each : attributes) put("modsign", cms::module_of(bytes, cms_message(each)), {}, signature_source::image);
        for (const digest_id hash : {digest_id::sha256, digest_id::sha512}) {
            const verity_options how = from_.verity && from_.verity->hash == hash ? *from_.verity : verity_options{hash};
            put("fsverity", bytes, message, signature_source::detached).s.beside.verity = how;
            for (const octets& each : attributes) put("fsverity", bytes, cms_message(each), signature_source::detached).s.beside.verity = how;
        }
        for (const layout::ima_type type : {layout::ima_type::signature, layout::ima_type::verity_signature})
            for (const signature_source source : {signature_source::xattr, signature_source::detached}) put("ima", bytes, ima_value(type), source);
        for (const layout::ima_type type : {layout::ima_type::signature, layout::ima_type::portable})
            put("evm", {}, ima_value(type), signature_source::xattr).metadata = bytes;
        put_digsig(bytes);
        put_mcuboot(bytes);
    }

private:
    void put_digsig(const octets& bytes) {
        if (from_.key->scheme() != scheme_id::rsa_pkcs1_v15 || entry_of(digest_).digsig_v1_number == no_number) return;
        const layout::digsig_header header{0, digest_, identified(*from_.key).digsig_v1_id};
        const octets length = owned(store_be<2>(static_cast<std::uint16_t>(8 * from_.value.size())));
        for (const octets& head : {owned(header.bytes()), from_.header}) {
            if (head.empty()) continue;
            const octets blob = head + length + from_.value;
            put("digsig", bytes, octets{3} + blob, signature_source::detached);
            put("digsig", bytes + blob + owned(store_be<2>(static_cast<std::uint16_t>(blob.size()))) + text(layout::digsig::magic), {}, signature_source::image);
        }
    }
    void put_mcuboot(const octets& bytes) {
        using layout::mcuboot_type;
        const digest_id id = digest_ == digest_id::sha384 ? digest_ : digest_id::sha256;
        const auto entry = [](mcuboot_type type, const octets& value) {
            const auto kind = static_cast<std::uint16_t>(type), size = static_cast<std::uint16_t>(value.size());
            return octets{static_cast<std::uint8_t>(kind), static_cast<std::uint8_t>(kind >> 8), static_cast<std::uint8_t>(size), static_cast<std::uint8_t>(size >> 8)} + value;
        };
        const scheme_id scheme = from_.key->scheme();
        const mcuboot_type type = scheme == scheme_id::ecdsa     ? mcuboot_type::ecdsa
                                  : scheme == scheme_id::ed25519 ? mcuboot_type::ed25519
                                  : from_.value.size() == 256    ? mcuboot_type::rsa2048_pss
                                                                 : mcuboot_type::rsa3072_pss;
        const octets entries = entry(id == digest_id::sha384 ? mcuboot_type::sha384 : mcuboot_type::sha256, owned(cms::digest_of(id, bytes).view())) +
                               entry(mcuboot_type::key_hash, owned(layout::mcuboot::key_digest(from_.key->secret.info().key, id).view())) +
                               entry(type, from_.value);
        const std::size_t size = entries.size() + 4;
        put("mcuboot", bytes + octets{7, 0x69, static_cast<std::uint8_t>(size), static_cast<std::uint8_t>(size >> 8)} + entries, {}, signature_source::image);
    }
};

std::vector<wrapped> wrapped_everywhere(const source& from) {
    std::vector<wrapped> all;
    wrappings again(from, from.digest == digest_id::none ? digest_id::sha256 : from.digest, all);
    again.over(from.meant);
    if (from.pre_image != from.meant) again.over(from.pre_image);
    if (!from.formatted.empty() && from.formatted != from.pre_image) again.over(from.formatted);
    // What a scheme that takes messages would take for one.
    again.over(owned(cms::digest_of(from.digest == digest_id::none ? digest_id::sha256 : from.digest, from.meant).view()));
    for (wrapped& each : all) {  // views, now that nothing moves any more
        each.s.image = each.image;
        each.s.signature.bytes = each.signature;
        each.s.beside.metadata = each.metadata;
    }
    return all;
}

/// Legacy accepts all that strict does, and SHA-1.
appraisal judged(const subject& s, const ring& keys) { return verifier<every_layout, best, policy::legacy>{keys}.appraise(s, today); }

bool is_meant(const source& from, const wrapped& as, const appraisal& said) {
    if (!said.covers_image) return as.metadata == from.meant;
    const auto content = slice(byte_view(as.image), said.content);
    return content && equal(*content, from.meant);
}

bool needs_named_trust(std::string_view layout) { return layout == "evm" || layout == "fsverity" || layout == "mcuboot"; }

key_scope scope_of(std::string_view layout) {
    if (layout == "evm") return layouts<layout::evm>{};
    if (layout == "fsverity") return layouts<layout::fsverity>{};
    if (layout == "mcuboot") return layouts<layout::mcuboot>{};
    return {};
}

ring ring_of(const source& from, const key_scope& scope) {
    ring keys;
    REQUIRE(keys.add(from.key->certificate, scope));
    return keys;
}

}  // namespace

TEST_CASE("rewrap: even with a key that is trusted for everything, nothing verifies over bytes that were not what was signed") {
    std::size_t tried = 0, as_meant = 0;
    std::map<std::string_view, std::size_t> of;
    for (const source& from : sources()) {
        const ring keys = ring_of(from, every_layout{});
        bool is_found = false;
        for (const wrapped& as : wrapped_everywhere(from)) {
            const appraisal said = judged(as.s, keys);
            ++tried;
            if (said.outcome != verdict::verified) continue;
            CHECK_MESSAGE(is_meant(from, as, said), from.name << " of " << from.layout << " is verified as " << said.layout);
            is_found = is_found || said.layout == from.layout;
            ++as_meant;
        }
        CHECK_MESSAGE(is_found, from.name << " does not verify as itself");
        ++of[from.layout];
    }
    CHECK(of.size() == 6);
    MESSAGE(sources().size() << " signatures, " << tried << " times wrapped, " << as_meant << " verified over what was signed");
}

TEST_CASE("rewrap: a key that is trusted for one kind speaks for no other across EVM, fs-verity and MCUboot") {
    std::size_t crossed = 0, refused_for_layout = 0;
    for (const source& from : sources()) {
        const ring keys = ring_of(from, scope_of(from.layout));
        for (const wrapped& as : wrapped_everywhere(from)) {
            const appraisal said = judged(as.s, keys);
            const bool crosses = as.layout != from.layout && (needs_named_trust(as.layout) || needs_named_trust(from.layout));
            if (!crosses) continue;
            ++crossed;
            CHECK_MESSAGE(said.outcome != verdict::verified, from.name << " of " << from.layout << " is verified as " << said.layout);
            if (said.why.code == errc::key_not_for_layout) ++refused_for_layout;
        }
    }
    CHECK(refused_for_layout > crossed / 2);
    MESSAGE(crossed << " times, " << refused_for_layout << " refused as key_not_for_layout");
}

TEST_CASE("rewrap: a key that is trusted by default is trusted for none of EVM, fs-verity and MCUboot, for their own signatures either") {
    for (const source& from : sources()) {
        if (!needs_named_trust(from.layout)) continue;
        const ring keys = ring_of(from, {}), named = ring_of(from, scope_of(from.layout));
        std::size_t verified = 0;
        for (const wrapped& as : wrapped_everywhere(from)) {
            if (as.layout != from.layout) continue;
            const appraisal said = judged(as.s, keys);
            CHECK(said.outcome != verdict::verified);
            if (judged(as.s, named).outcome != verdict::verified) continue;
            CHECK(said.why.code == errc::key_not_for_layout);
            ++verified;
        }
        CHECK_MESSAGE(verified != 0, from.name);
    }
}

TEST_CASE("rewrap: a key that is trusted for one form alone") {
    std::size_t refused = 0;
    for (const source& from : sources()) {
        if (from.layout != layout::modsign::name) continue;
        const ring own = ring_of(from, {{}, from.is_attributes ? signature_form::attributes : signature_form::content}),
                   other = ring_of(from, {{}, from.is_attributes ? signature_form::content : signature_form::attributes});
        std::size_t verified = 0;
        for (const wrapped& as : wrapped_everywhere(from)) {
            const appraisal said = judged(as.s, other);
            CHECK_MESSAGE(said.outcome != verdict::verified, from.name);
            if (as.layout != from.layout || judged(as.s, own).outcome != verdict::verified) continue;
            CHECK(said.why.code == errc::form_not_allowed);
            ++verified, ++refused;
        }
        CHECK_MESSAGE(verified != 0, from.name);
    }
    CHECK(refused > 20);
}
