// SPDX-License-Identifier: BSL-1.0
//
// What the mutations begin with: the certificates, messages and RSA keys of the corpus, one of each form, and what the corpus lacks
// of the kernel's grammars: every GeneralName, attribute, algorithm and list of revocations.
#ifndef MODSIG_TESTS_LINUX_SEEDS_HPP
#define MODSIG_TESTS_LINUX_SEEDS_HPP

#include "der_tree.hpp"

#include <modsig/algorithm.hpp>
#include <modsig/layout/modsign.hpp>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <string_view>

namespace linux_differential {

enum class kind : std::uint8_t { message, certificate, rsa_key, ecdsa_signature };
inline constexpr std::size_t kind_count = 4;
inline constexpr std::array<const char*, kind_count> kind_names{"message", "certificate", "RSA key", "ECDSA signature"};

/// A SEQUENCE that begins with an OBJECT IDENTIFIER is a message, with a SEQUENCE a certificate, with an INTEGER a key.
inline std::optional<kind> kind_of(const node& root) {
    if (root.tag != 0x30 || root.inside.empty()) return std::nullopt;
    const node& first = root.inside[0];
    if (first.tag == 0x06) return kind::message;
    if (first.tag == 0x02 && root.inside.size() == 2) return kind::rsa_key;
    if (first.tag == 0x30 && root.inside.size() == 3) return kind::certificate;
    return std::nullopt;
}

/// Elements that the corpus lacks.
inline std::vector<node> rare_elements() {
    constexpr std::string_view all[] = {
        // GeneralNames: x509_akid.asn1
        "a009 0602 2a03 a003 0c0161", "8101 61", "8201 61", "a303 0c0161", "a413 3011 310f 300d 0603550403 0c06 6d6f64736967", "a505 a103 0c0161",
        "a50a a003 0c0161 a103 0c0162", "8601 61", "8704 7f000001", "8802 2a03", "a102 8100", "8201 01",
        // Attributes
        "3018 06092a864886f70d010903 310b 06092a864886f70d010701", "301c 06092a864886f70d010905 310f 170d 323630313031303030303030 5a",
        "301e 06092a864886f70d010905 3111 180f 32303530303130313030303030305a", "301f 06092a864886f70d010904 3112 0410 00112233445566778899aabbccddeeff",
        "300f 06092a864886f70d01090f 3102 3000", "3010 060a2b060104018237 02010c 3102 3000", "3010 060a2b060104018237 02010b 3102 3000",
        "a014 3012 06092a864886f70d010901 3105 0c03 616263", "a114 3012 06092a864886f70d010901 3105 0c03 616263",
        // Content types, Authenticode's among them; content
        "300b 06092a864886f70d010701", "300c 060a2b060104018237020104", "060a2b060104018237020104", "06092a864886f70d010702", "a004 0402 6162",
        // Extensions: basicConstraints, keyUsage, subjectKeyIdentifier
        "3009 0603551d13 0402 3000", "300c 0603551d13 0405 3003 0101ff", "300f 0603551d13 0408 3006 0101ff 020100", "300b 0603551d0f 0404 03020780",
        "300c 0603551d0f 0405 0303070480", "300b 0603551d0f 0404 03020106", "3010 0603551d0e 0409 0407 01020304050607",
        // Times: the edges
        "170d 3530303130313030303030305a", "170d 3439313233313234303036305a", "180f 32303530303232393030303030305a", "180f 32303932303232393030303030305a",
        "180f 31393439313233313233353935395a", "180f 39393939313233313233353935395a", "170d 3730303130313030303030305a",
        // Ends
        "0000", "0500", "0100", "0101ff", "3000", "3100", "a000", "a100", "a300",
    };
    std::vector<node> found;
    for (const std::string_view text : all) {
        octets bytes;
        std::string digits;
        for (const char c : text)
            if (c != ' ') digits += c;
        for (std::size_t i = 0; i != digits.size(); i += 2) bytes.push_back(static_cast<std::uint8_t>(std::stoi(digits.substr(i, 2), nullptr, 16)));
        auto elements = node::list(bytes);
        if (!elements) throw std::runtime_error("no elements: " + std::string(text));
        found.insert(found.end(), elements->begin(), elements->end());
    }
    // Every algorithm, as an OID and as an AlgorithmIdentifier.
    const auto add = [&](const modsig::object_identifier& oid) {
        const byte_view v = oid.view();
        if (v.empty()) return;
        const node id{.tag = 0x06, .bytes = octets(v.begin(), v.end())};
        found.push_back(id);
        found.push_back(node{.tag = 0x30, .inside = {id}});
        found.push_back(node{.tag = 0x30, .inside = {id, node{.tag = 0x05}}});
    };
    for (const auto& each : modsig::digest_table) add(each.oid);
    for (const auto& each : modsig::signature_oid_table) add(each.oid);
    for (const auto& each : modsig::key_algorithm_table) add(each.oid), add(each.curve);
    return found;
}

struct seed_set {
    std::array<std::vector<node>, kind_count> of{};  // each a root whose `inside` is the one element
    std::vector<node> pool = rare_elements();

    explicit seed_set(const std::filesystem::path& corpus) {
        std::set<std::filesystem::path> files;  // in an order that is always the same
        for (const auto& entry : std::filesystem::recursive_directory_iterator(corpus))
            if (entry.is_regular_file()) files.insert(entry.path());
        for (const auto& file : files) {
            std::ifstream in(file, std::ios::binary);
            octets bytes{std::istreambuf_iterator<char>(in), {}};
            const auto trailer = modsig::layout::module_trailer::find(bytes);
            if (trailer && trailer->signature_size <= trailer->offset) {
                const auto end = bytes.begin() + static_cast<std::ptrdiff_t>(trailer->offset);
                bytes = octets(end - static_cast<std::ptrdiff_t>(trailer->signature_size), end);
            }
            if (!bytes.empty() && bytes[0] == 0x30 && bytes.size() <= largest) add(bytes);
        }
        for (std::size_t i = 0, count = of[1].size(); i != count; ++i) add_authorities(node(of[1][i]));
    }

private:
    static constexpr std::size_t largest = 8192;  // more would make cases slow, and shows nothing else
    std::set<std::string> forms_{};

    static void form_of(const node& of, std::string& form) {
        form += static_cast<char>(of.tag);
        if (of.tag == 0x06) form.append(of.bytes.begin(), of.bytes.end());
        for (const node& each : of.inside) form_of(each, form);
        form += ')';
    }

    void add(byte_view bytes) {
        auto elements = node::list(bytes);
        if (elements && !elements->empty()) add(node{.inside = {(*elements)[0]}});
    }
    void add(node root) {
        std::string form;
        form_of(root, form);
        const auto which = kind_of(root.inside[0]);
        if (!which || !forms_.insert(form).second) return;
        if (*which == kind::certificate) {
            add_key(root.inside[0]);
            for (const node& signature : root.inside[0].inside[2].inside) of[static_cast<std::size_t>(kind::ecdsa_signature)].push_back(node{.inside = {signature}});
        }
        std::vector<place> places;
        list_places(root, places);
        for (const place& each : places) {
            octets size;
            each.element().write(size);
            if (size.size() <= 256 && pool.size() < 4000) pool.push_back(each.element());
        }
        of[static_cast<std::size_t>(*which)].push_back(std::move(root));
    }

    /// The key in a certificate: tbsCertificate, its first SEQUENCE of a SEQUENCE and a BIT STRING, what is inside of that.
    void add_key(const node& certificate) {
        for (const node& field : certificate.inside[0].inside)
            if (field.tag == 0x30 && field.inside.size() == 2 && field.inside[1].tag == 0x03)
                for (const node& key : field.inside[1].inside) add(node{.inside = {key}});
    }

    /// The same certificate with authorityKeyIdentifiers of all parts: its own name and number, and the number joined to the name at
    /// another place, which to Linux is the same.
    void add_authorities(node root) {
        node& tbs = root.inside[0].inside[0];
        const auto serial = std::ranges::find(tbs.inside, 0x02, &node::tag);
        const auto extensions = std::ranges::find(tbs.inside, 0xa3, &node::tag);
        if (tbs.inside.end() - serial < 5 || extensions == tbs.inside.end() || extensions->inside.size() != 1) return;
        const octets number = serial->bytes;
        const node issuer = serial[2];
        if (issuer.tag != 0x30 || issuer.inside.empty()) return;
        octets first;
        issuer.inside[0].write(first);
        octets joined = number;
        joined.insert(joined.end(), first.begin(), first.end());
        node rest = issuer;
        rest.inside.erase(rest.inside.begin());
        serial[4] = issuer;  // issued by itself

        node& list = extensions->inside[0];
        std::erase_if(list.inside, [](const node& each) { return !each.inside.empty() && each.inside[0].bytes == octets{0x55, 0x1d, 0x23}; });
        const node key_id{.tag = 0x80, .bytes = octets(20, 0x11)};
        const auto authority = [&](std::vector<node> parts) {
            const node extension{.tag = 0x30,
                                 .inside = {node{.tag = 0x06, .bytes = {0x55, 0x1d, 0x23}},
                                            node{.tag = 0x04, .inside = {node{.tag = 0x30, .inside = std::move(parts)}}}}};
            list.inside.push_back(extension);
            of[1].push_back(root);
            list.inside.pop_back();
        };
        const auto names = [](const node& name) { return node{.tag = 0xa1, .inside = {node{.tag = 0xa4, .inside = {name}}}}; };
        const auto serial_of = [](const octets& bytes) { return node{.tag = 0x82, .bytes = bytes}; };
        authority({names(issuer), serial_of(number)});
        authority({key_id, names(issuer), serial_of(number)});
        if (!rest.inside.empty()) authority({names(rest), serial_of(joined)});
    }
};

}  // namespace linux_differential

#endif  // MODSIG_TESTS_LINUX_SEEDS_HPP
