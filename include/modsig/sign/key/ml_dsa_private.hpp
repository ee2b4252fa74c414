// SPDX-License-Identifier: BSL-1.0
//
// Private keys of ML-DSA in PKCS#8.  Format: RFC 9881, section 6, and what was written before there was an RFC; which form it is, its
// size says:
//   bytes            privateKey
//       32           the seed                                                       Botan, openssl: bare-seed
//       34           [0] the seed                                                   openssl: seed-only
//   n + 42           SEQUENCE { OCTET STRING seed, OCTET STRING expanded key }      openssl: seed-priv, its default
//    n + 4           OCTET STRING expanded key                                      openssl: priv-only
//        n           the expanded key (n: 2560, 4032, 4896)                         openssl: bare-priv
//    n + 4 + p       OCTET STRING expanded key and public key (p: 1312, 1952, 2592)  openssl: oqskeypair
// Taken apart here and not by Botan: 3.7 makes another key of all of these but the first, without a word.
#ifndef MODSIG_SIGN_KEY_ML_DSA_PRIVATE_HPP
#define MODSIG_SIGN_KEY_ML_DSA_PRIVATE_HPP

#include <modsig/der/reader.hpp>
#include <modsig/der/writer.hpp>
#include <modsig/engine/ml_dsa_signature.hpp>
#include <modsig/sign/key/ml_dsa_pair.hpp>

#include <optional>
#include <string_view>

namespace modsig::sign {

/// Views alias the PKCS#8.
struct ml_dsa_private {
    const engine::ml_dsa_parameters* parameters = nullptr;  ///< never null after parsing
    byte_view seed{};                                       ///< empty: it has none
    byte_view expanded{};                                   ///< empty: it has none
    byte_view public_key{};                                 ///< empty: it has none
};

namespace detail {

[[nodiscard]] inline result<ml_dsa_private> parse_ml_dsa_octets(const engine::ml_dsa_parameters& p, const der::reader& in, const der::element& octets) {
    const std::size_t n = ml_dsa_expanded_size(p);
    const byte_view all = octets.content;
    failure fault{errc::none};
    auto inside = in.nested(octets, fault);
    ml_dsa_private key{&p};
    if (all.size() == ml_dsa_seed_size) key.seed = all;
    else if (all.size() == n) key.expanded = all;
    else {
        if (inside.next_is(der::context(0))) key.seed = inside.expect(der::context(0)).content;
        else if (inside.next_is(der::tag_octet_string)) key.expanded = inside.octet_string().content;
        else {
            auto both = inside.enter(der::tag_sequence);
            key.seed = both.octet_string().content;
            key.expanded = both.octet_string().content;
            both.finish();
        }
        inside.finish();
        if (inside.failed()) return fault;
    }
    if (key.seed.empty() && key.expanded.size() == n + p.key_size()) {
        key.public_key = key.expanded.subspan(n);
        key.expanded = key.expanded.first(n);
    }
    if (!key.seed.empty() && key.seed.size() != ml_dsa_seed_size) return failure{errc::bad_key, octets.offset};
    if (!key.expanded.empty() && key.expanded.size() != n) return failure{errc::bad_key, octets.offset};
    if (key.seed.empty() && key.expanded.empty()) return failure{errc::bad_key, octets.offset};
    return key;
}

}  // namespace detail

/// The private key in a PrivateKeyInfo or OneAsymmetricKey; nothing where it is of another algorithm. `bad_key`: sizes that are no
/// form's; the faults of DER.
[[nodiscard]] inline result<std::optional<ml_dsa_private>> parse_ml_dsa_private(byte_view pkcs8) {
    failure fault{errc::none};
    der::reader whole(pkcs8, fault);
    auto in = whole.enter(der::tag_sequence);
    in.integer();
    auto algorithm = in.enter(der::tag_sequence);
    const auto* const parameters = engine::ml_dsa_of(key_algorithm_of_oid(algorithm.oid().content, {}));
    if (in.failed() || parameters == nullptr) return std::optional<ml_dsa_private>();
    algorithm.finish();
    const der::element octets = in.octet_string();
    if (in.failed()) return fault;
    auto key = detail::parse_ml_dsa_octets(*parameters, in, octets);
    if (!key) return key.error();
    (void)in.optional(der::context_constructed(0));  // attributes
    if (const auto bits = in.optional(der::context(1))) key->public_key = in.whole_bytes(*bits).content;  // RFC 5958, section 2
    in.finish();
    whole.finish();
    return in.outcome(std::optional(*key));
}

/// PrivateKeyInfo around a seed, in the form that RFC 9881 recommends.
[[nodiscard]] inline Botan::secure_vector<std::uint8_t> ml_dsa_pkcs8(key_algorithm algorithm, byte_view seed) {
    Botan::secure_vector<std::uint8_t> out;
    out.reserve(seed.size() + 32);
    der::writer write(out);
    write.sequence([&] {
        write.integer(std::uint64_t{0});
        write.sequence([&] { write.oid(entry_of(algorithm).oid.view()); });
        write.octet_string_of([&] { write.element(der::context(0), seed); });
    });
    return out;
}

/// What an errc does not say of a key of ML-DSA that private_key does not take.
[[nodiscard]] constexpr std::string_view ml_dsa_key_fault(errc code) {
    switch (code) {
        case errc::unsupported_algorithm: return "this Botan has no ML-DSA";
        case errc::unsupported_key: return "of this ML-DSA key only the expanded form is there, not the seed that it is made of";
        case errc::bad_key: return "seed, expanded form and public key of this ML-DSA key do not belong together";
        default: return {};
    }
}

/// Whether what came with the seed is the seed's own.
[[nodiscard]] inline bool is_of_its_seed(const ml_dsa_private& key) {
    const ml_dsa_pair pair = ml_dsa_pair_of(*key.parameters, key.seed);
    return (key.expanded.empty() || equal(key.expanded, pair.expanded)) && (key.public_key.empty() || equal(key.public_key, pair.public_key));
}

}  // namespace modsig::sign

#endif  // MODSIG_SIGN_KEY_ML_DSA_PRIVATE_HPP
