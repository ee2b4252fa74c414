// SPDX-License-Identifier: BSL-1.0
//
// SubjectPublicKeyInfo, in PEM "PUBLIC KEY".  Format: RFC 5280, section 4.1.2.7; RFC 3279, 5480, 8410, 9881.
//   SEQUENCE { SEQUENCE { OID, parameters }, BIT STRING }
//   RSA: NULL, RSAPublicKey   EC: OID of the curve, 04 X Y   Ed25519, ML-DSA: absent, the raw key
// Not checked here: whether a point is on its curve; the engine checks it.
#ifndef MODSIG_KEY_SPKI_HPP
#define MODSIG_KEY_SPKI_HPP

#include <modsig/der.hpp>
#include <modsig/key.hpp>
#include <modsig/key/identify.hpp>
#include <modsig/key/pkcs1.hpp>

#include <string_view>

namespace modsig::key {

/// The fields of a SubjectPublicKeyInfo, before the key itself is parsed.
struct subject_public_key {
    key_algorithm algorithm = key_algorithm::none;  ///< with its curve; `none` after a fault
    der::element whole{};                           ///< the SEQUENCE
    der::element bits{};                            ///< content: the bytes of the BIT STRING
};

namespace detail {
/// The algorithm of a key. Faults: `unsupported_algorithm`, `unsupported_key` (an unknown curve), `bad_der` (wrong parameters).
[[nodiscard]] constexpr key_algorithm key_algorithm_of(der::reader& in, const der::algorithm_identifier& id) {
    if (in.failed()) return key_algorithm::none;
    const bool on_curve = equal(id.oid.content, entry_of(key_algorithm::ecdsa_p256).oid.view());
    if (on_curve && (!id.parameters || id.parameters->tag != der::tag_oid || id.parameters->content.empty()))
        return in.fail(errc::bad_der, id.parameters ? id.parameters->offset : id.whole.offset), key_algorithm::none;
    const key_algorithm algorithm = key_algorithm_of_oid(id.oid.content, on_curve ? id.parameters->content : byte_view{});
    if (algorithm == key_algorithm::none) in.fail(on_curve ? errc::unsupported_key : errc::unsupported_algorithm, id.oid.offset);
    else if (algorithm == key_algorithm::rsa) require_null_parameters(in, id);
    else if (!on_curve && algorithm != key_algorithm::ed25519 && !is_ml_dsa(algorithm)) in.fail(errc::unsupported_key, id.oid.offset);
    else if (!on_curve) require_no_parameters(in, id);
    return algorithm;
}
}  // namespace detail

/// `read_spki` reads the next SubjectPublicKeyInfo. Errors, kept by the reader: `unsupported_algorithm`, `unsupported_key` (an
/// unknown curve), `bad_der`.
[[nodiscard]] constexpr subject_public_key read_spki(der::reader& in) {
    subject_public_key key;
    key.whole = in.expect(der::tag_sequence);
    auto fields = in.enter(key.whole);
    const der::algorithm_identifier id = read_algorithm_identifier(fields);
    key.bits = fields.expect(der::tag_bit_string);
    key.algorithm = detail::key_algorithm_of(fields, id);
    key.bits = fields.whole_bytes(key.bits);
    fields.finish();
    return key;
}

/// `raw_key_of` returns a key other than RSA. Error: `bad_key` (another length than its algorithm has, or a compressed point).
[[nodiscard]] constexpr result<public_key> raw_key_of(const subject_public_key& spki) {
    const key_algorithm_entry& entry = entry_of(spki.algorithm);
    const byte_view material = spki.bits.content;
    const bool whole = entry.key_size == 0 || material.size() == entry.key_size;
    // SEC 1, section 2.3.4: only the uncompressed form, as in crypto/ecdsa.c.
    if (!whole || (is_ecdsa(spki.algorithm) && material[0] != 0x04)) return failure{errc::bad_key, spki.bits.offset};
    return public_key{spki.algorithm, entry.bits, material, {}};
}

/// `key_of` returns the key itself. `in`: the reader of the fields. Errors: `bad_key`; for RSA also the faults of DER.
[[nodiscard]] constexpr result<public_key> key_of(const der::reader& in, const subject_public_key& spki) {
    if (spki.algorithm != key_algorithm::rsa) return raw_key_of(spki);
    failure fault{errc::none};
    const auto inside = in.nested(spki.bits, fault);
    const public_key key = read_rsa_key(inside);
    return inside.outcome(key);
}

/// A form of keys: SubjectPublicKeyInfo in DER.
struct spki {
    static constexpr std::string_view name = "spki";  ///< of the form, for reports

    /// Whether the bytes begin a SEQUENCE whose first element is a SEQUENCE that begins with an OBJECT IDENTIFIER.
    [[nodiscard]] static constexpr bool recognises(byte_view bytes) {
        const byte_view inside = der::behind_header(bytes), id = der::behind_header(inside);
        return der::begins_sequence(bytes) && der::begins_sequence(inside) && !id.empty() && id[0] == der::tag_oid;
    }

    /// The key with the identifiers of bare keys. Errors: those of read_spki() and key_of(), `trailing_garbage`.
    [[nodiscard]] static constexpr result<key_info> parse(byte_view bytes) {
        failure fault{errc::none};
        der::reader in(bytes, fault);
        const subject_public_key fields = read_spki(in);
        in.finish();
        if (in.failed()) return fault;
        const result<public_key> key = key_of(in, fields);
        if (!key) return key.error();
        key_info info;
        identify(info, *key, fields.bits.content);
        return info;
    }
};
static_assert(explain_key_form<spki>());

}  // namespace modsig::key

#endif  // MODSIG_KEY_SPKI_HPP
