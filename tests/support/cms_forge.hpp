// SPDX-License-Identifier: BSL-1.0
//
// CMS messages, certificates and modules made of parts, each of which a test may replace: right unless a test wants
// them wrong. Keys are the corpus' own, TEST ONLY.
#ifndef MODSIG_TESTS_SUPPORT_CMS_FORGE_HPP
#define MODSIG_TESTS_SUPPORT_CMS_FORGE_HPP

#include "../key/forge.hpp"
#include "bigint.hpp"
#include "corpus.hpp"
#include "hardened.hpp"

#include <modsig/digest.hpp>
#include <modsig/modsig.hpp>
#include <modsig/sign/key/key_file.hpp>

#include <doctest/doctest.h>

#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cms {

using modsig::byte_view;
using modsig::digest_id;
using modsig::scheme_id;

// ---- encodings that DER does not have ------------------------------------------------------------------------------------

inline octets join(std::initializer_list<octets> parts) {
    octets whole;
    for (const octets& part : parts) whole.insert(whole.end(), part.begin(), part.end());
    return whole;
}
inline octets repeated(std::size_t count, std::uint8_t byte) { return octets(count, byte); }

/// Length 80, content, end-of-contents.
inline octets indefinite(std::uint8_t tag, const octets& content) { return octets{tag, 0x80} + content + octets{0, 0}; }

/// Length in this many bytes behind its first, needed or not.
inline octets long_form(std::uint8_t tag, const octets& content, std::size_t bytes) {
    octets out{tag, static_cast<std::uint8_t>(0x80 | bytes)};
    for (std::size_t i = bytes; i != 0; --i) out.push_back(static_cast<std::uint8_t>(i > 8 ? 0 : content.size() >> 8 * (i - 1)));
    return out + content;
}
inline octets retagged(octets element, std::uint8_t tag) {
    element[0] = tag;
    return element;
}
/// What is inside an element with a definite length.
inline octets inside(const octets& element) {
    const std::size_t header = element[1] <= 0x80 ? 2 : 2u + (element[1] & 0x7fu);
    return {element.begin() + static_cast<std::ptrdiff_t>(header), element.end()};
}

// ---- names of things -------------------------------------------------------------------------------------------------------

inline octets oid(std::string_view content) { return tlv(0x06, text(content)); }
inline octets oid(byte_view content) { return tlv(0x06, octets(content.begin(), content.end())); }
inline octets oid_of(digest_id digest) { return oid(modsig::entry_of(digest).oid.view()); }
inline octets oid_of(scheme_id scheme, digest_id digest) {
    for (const modsig::signature_oid& row : modsig::signature_oid_table)
        if (row.scheme == scheme && row.digest == digest) return oid(row.oid.view());
    return {};
}
inline const octets signed_data = hex("06092a864886f70d010702"), id_data = hex("06092a864886f70d010701"),
                    enveloped_data = hex("06092a864886f70d010703"), indirect_data = hex("060a2b060104018237020104");

// ---- keys -------------------------------------------------------------------------------------------------------------------

/// A key of the corpus and its certificate there.
struct key {
    modsig::sign::private_key secret;
    octets certificate;
    octets spki;

    [[nodiscard]] modsig::key::certificate parsed() const { return *modsig::kernel::parse_certificate(certificate); }
    [[nodiscard]] scheme_id scheme() const {
        const auto algorithm = secret.info().key.algorithm;
        if (algorithm == modsig::key_algorithm::rsa) return scheme_id::rsa_pkcs1_v15;
        return modsig::is_ecdsa(algorithm) ? scheme_id::ecdsa : scheme_id::ed25519;
    }
    [[nodiscard]] octets serial() const {
        const auto view = parsed().info.serial;
        return tlv(2, octets(view.begin(), view.end()));
    }
    [[nodiscard]] octets issuer() const {
        const auto view = parsed().info.issuer;
        return tlv(0x30, octets(view.begin(), view.end()));
    }
    [[nodiscard]] octets skid() const {
        const auto view = parsed().info.skid;
        return octets(view.begin(), view.end());
    }
};

inline const key& corpus_key(const std::string& name) {
    static auto& known = *new std::map<std::string, key>();  // outlives the engine's own pool
    const auto found = known.find(name);
    if (found != known.end()) return found->second;
    const octets pem = corpus::file("keys/" + name + ".key.pem");
    auto secret = modsig::sign::load_private_key(hardened(), pem, [] { return std::optional<modsig::sign::passphrase>(); });
    if (!secret) std::fprintf(stderr, "no key in %s\n", name.c_str()), std::exit(2);
    octets spki(secret->spki().begin(), secret->spki().end());
    octets certificate = corpus::file("keys/" + name + ".cert.der");
    return known.emplace(name, key{*std::move(secret), std::move(certificate), std::move(spki)}).first->second;
}

inline modsig::digest_value digest_of(digest_id digest, const octets& content) {
    const byte_view part(content);
    return *modsig::engine::botan{}.digest(digest, {&part, 1});
}
/// The raw signature of a content.
inline octets sign(const key& with, digest_id digest, const octets& content) {
    return *with.secret.sign({with.scheme(), digest_of(digest, content), {}});
}
/// An RSA signature of exactly this block, which has the modulus' size: what padding ought to forbid.
inline octets sign_block(const key& with, const octets& block) {
    const auto secret = modsig::sign::detail::load_pkcs8(with.secret.pkcs8());
    const auto& rsa = dynamic_cast<const Botan::RSA_PrivateKey&>(*secret);
    const Botan::BigInt value = Botan::power_mod(Botan::BigInt(block.data(), block.size()), rsa.get_d(), rsa.get_n());
    return encoded(value, block.size());
}

// ---- SignerInfo -------------------------------------------------------------------------------------------------------------

inline octets issuer_and_serial(const octets& issuer, const octets& serial) { return tlv(0x30, issuer + serial); }
inline octets by_name(const key& who) { return issuer_and_serial(who.issuer(), who.serial()); }
inline octets by_skid(const octets& skid) { return tlv(0x80, skid); }
/// SEQUENCE { type, SET { value } }
inline octets attribute(const octets& type, const octets& values) { return tlv(0x30, type + tlv(0x31, values)); }
inline const octets id_content_type = hex("06092a864886f70d010903"), id_message_digest = hex("06092a864886f70d010904"),
                    id_signing_time = hex("06092a864886f70d010905"), id_smime_capabilities = hex("06092a864886f70d01090f");

struct signer {
    std::uint8_t tag = 0x30;
    octets version{2, 1, 1};
    octets identifier{};
    octets digest_algorithm{};
    octets signed_attributes{};    // the whole element
    octets signature_algorithm{};
    octets signature{};            // its content
    std::optional<octets> signature_element{};
    octets unsigned_attributes{};  // the whole element
    octets behind{};

    [[nodiscard]] octets content() const {
        return join({version, identifier, digest_algorithm, signed_attributes, signature_algorithm,
                     signature_element ? *signature_element : tlv(4, signature), unsigned_attributes, behind});
    }
    operator octets() const { return tlv(tag, content()); }
};

/// As scripts/sign-file does it.
inline signer signer_of(const key& who, const octets& content, digest_id digest = digest_id::sha256) {
    signer made;
    made.identifier = by_name(who);
    made.digest_algorithm = algorithm(oid_of(digest));
    const bool rsa = who.scheme() == scheme_id::rsa_pkcs1_v15;
    made.signature_algorithm = rsa ? algorithm(rsa_encryption + asn1_null) : algorithm(oid_of(who.scheme(), who.scheme() == scheme_id::ed25519 ? digest_id::none : digest));
    made.signature = sign(who, digest, content);
    return made;
}

// ---- SignedData -------------------------------------------------------------------------------------------------------------

struct message {
    octets type = signed_data;
    octets version{2, 1, 1};
    octets digest_algorithms = tlv(0x31, algorithm(oid_of(digest_id::sha256)));
    octets content_info = tlv(0x30, id_data);
    octets certificates{};  // the whole element
    octets revocations{};   // the whole element
    std::vector<octets> signers{};
    std::optional<octets> signer_infos{};
    octets behind_signers{}, behind_signed_data{}, behind_content{}, behind{};

    [[nodiscard]] octets signers_joined() const {
        octets all;
        for (const octets& each : signers) all = all + each;
        return all;
    }
    [[nodiscard]] octets signed_data_content() const {
        return join({version, digest_algorithms, content_info, certificates, revocations,
                     signer_infos ? *signer_infos : tlv(0x31, signers_joined()), behind_signers});
    }
    [[nodiscard]] octets content() const {
        return join({type, tlv(0xa0, tlv(0x30, signed_data_content()) + behind_signed_data), behind_content});
    }
    operator octets() const { return tlv(0x30, content()) + behind; }
};

inline message message_of(const std::vector<octets>& signers) {
    message made;
    made.signers = signers;
    return made;
}
inline octets certificate_set(std::initializer_list<octets> certificates) { return tlv(0xa0, join(certificates)); }

/// SET OF as DER wants it (X.690, section 11.6).
inline octets sorted_set(std::uint8_t tag, std::vector<octets> elements) {
    std::ranges::sort(elements, [](const octets& a, const octets& b) { return !(a == b) && modsig::der::ascend(a, b); });
    octets all;
    for (const octets& each : elements) all = all + each;
    return tlv(tag, all);
}

// ---- modules ----------------------------------------------------------------------------------------------------------------

inline const std::string_view marker = "~Module signature appended~\n";

struct trailer {
    std::uint8_t algorithm = 0, hash = 0, id_type = 2, signer_length = 0, key_id_length = 0;
    octets padding{0, 0, 0};
    std::optional<std::uint32_t> size{};  // else the message's
    octets marker = text(cms::marker);

    [[nodiscard]] octets behind(const octets& signature) const {
        const auto length = modsig::store_be<4>(size.value_or(static_cast<std::uint32_t>(signature.size())));
        return join({octets{algorithm, hash, id_type, signer_length, key_id_length}, padding, octets(length.begin(), length.end()), marker});
    }
};

inline octets module_of(const octets& content, const octets& signature, const trailer& end = {}) {
    return join({content, signature, end.behind(signature)});
}

// ---- certificates -----------------------------------------------------------------------------------------------------------

/// SEQUENCE { [0] key identifier, [1] GeneralNames { [4] Name }, [2] serial }
struct authority {
    std::optional<octets> key_id{};
    std::optional<octets> issuer{};  // Name
    std::optional<octets> serial{};  // content of the INTEGER
    operator octets() const {
        return tlv(0x30, join({key_id ? tlv(0x80, *key_id) : octets{}, issuer ? tlv(0xa1, tlv(0xa4, *issuer)) : octets{},
                               serial ? tlv(0x82, *serial) : octets{}}));
    }
};
inline octets subject_key_identifier(const octets& id) { return extension(14, tlv(4, id)); }
inline octets authority_key_identifier(const octets& value) { return extension(35, value); }
inline const octets ca_true = extension(19, hex("30030101ff"), true), ca_false = extension(19, hex("3000"), true);
inline const octets sign_certificates = extension(15, hex("03020204")), sign_digitally = extension(15, hex("03020780"));

/// Both AlgorithmIdentifiers and the signature, by `by`'s key.
inline octets issued(forge it, const key& by, digest_id digest = digest_id::sha256) {
    const bool rsa = by.scheme() == scheme_id::rsa_pkcs1_v15;
    it.inner_algorithm = it.outer_algorithm = algorithm(oid_of(by.scheme(), digest) + (rsa ? asn1_null : octets{}));
    it.signature = bit_string(sign(by, digest, it.tbs()));
    return it;
}

/// A certificate of a chain: subject `name`, key identifier `name`, serial number `serial`.
struct chained {
    std::string name;
    octets serial;
    const key* holder;
    std::string issuer;
    const key* signed_by;
    std::optional<octets> akid{};       // value of the extension; else the issuer's key identifier
    bool has_akid = true;
    octets constraints = ca_true + sign_certificates;
    octets validity = tlv(0x30, utc("200101000000Z") + utc("491231235959Z"));
    std::optional<octets> skid{};       // else `name`
    bool has_skid = true;

    [[nodiscard]] forge parts() const {
        forge it;
        it.serial = tlv(2, serial);
        it.issuer = common_name(issuer);
        it.subject = common_name(name);
        it.validity = validity;
        it.spki = holder->spki;
        it.extensions = join({constraints, has_skid ? subject_key_identifier(skid.value_or(text(name))) : octets{},
                              has_akid ? authority_key_identifier(akid.value_or(authority{text(issuer), {}, {}})) : octets{}});
        it.has_extensions = !it.extensions.empty();
        return it;
    }
    operator octets() const { return issued(parts(), *signed_by); }
    /// How a message names it.
    [[nodiscard]] octets identifier() const { return issuer_and_serial(common_name(issuer), tlv(2, serial)); }
};

// ---- what is said of them -----------------------------------------------------------------------------------------------------

using ring = modsig::keyring::store<modsig::engine::botan>;

inline ring ring_of(std::initializer_list<octets> certificates) {
    ring made;
    for (const octets& each : certificates)
        if (!made.add<modsig::linux_reading>(each)) std::fprintf(stderr, "a certificate that Linux does not take\n"), std::exit(2);
    return made;
}

template <class Policy>
modsig::appraisal judged(const octets& module, const ring& trusted) {
    using tested = modsig::verifier<modsig::layouts<modsig::layout::modsign>, modsig::engine::botan, Policy>;
    return tested{trusted}.appraise(modsig::subject{module}, modsig::context{.now = 1790000000});
}

/// What the verification in the kernel returns; `none`: the signature is good.
inline modsig::linux_error linux_says(const octets& module, const ring& trusted) {
    const modsig::appraisal said = judged<modsig::policy::linux_modsign>(module, trusted);
    const bool verified = said.outcome == modsig::verdict::verified;
    if (verified != (said.why.code == modsig::errc::none)) return modsig::linux_error::eio;  // which no rule names
    return verified ? modsig::linux_error::none : said.why.linux_errno();
}
inline modsig::errc strict_says(const octets& module, const ring& trusted) { return judged<modsig::policy::strict>(module, trusted).why.code; }

}  // namespace cms

// For doctest, which finds them by their argument.
namespace modsig {
inline doctest::String toString(linux_error error) { return std::string(name(error)).c_str(); }
inline doctest::String toString(errc code) { return std::string(name(code)).c_str(); }
}  // namespace modsig

#endif  // MODSIG_TESTS_SUPPORT_CMS_FORGE_HPP
