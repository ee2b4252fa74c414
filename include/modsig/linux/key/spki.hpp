// SPDX-License-Identifier: BSL-1.0
//
// SubjectPublicKeyInfo as Linux reads it: crypto/asymmetric_keys/x509.asn1, x509_cert_parser.c, x509_extract_key_data().
#ifndef MODSIG_LINUX_KEY_SPKI_HPP
#define MODSIG_LINUX_KEY_SPKI_HPP

#include <modsig/key/spki.hpp>
#include <modsig/linux/asn1/algorithm_identifier.hpp>
#include <modsig/linux/kernel.hpp>
#include <modsig/linux/key/rsa.hpp>

namespace modsig::kernel {

namespace detail {
[[nodiscard]] constexpr bool is_known(key_algorithm id, const linux_kernel& kernel) {
    if (is_ml_dsa(id)) return kernel.release.knows_ml_dsa;
    return id == key_algorithm::rsa || is_ecdsa(id) || id == key_algorithm::ecrdsa;
}

/// x509_extract_key_data(). Faults: `unsupported_algorithm`, `unsupported_key`, `bad_der` (no OID of a curve).
[[nodiscard]] constexpr key_algorithm key_algorithm_of(asn1_reader& in, const algorithm_identifier& id, const linux_kernel& kernel) {
    if (in.failed()) return key_algorithm::none;
    const bool on_curve = equal(id.oid.content, entry_of(key_algorithm::ecdsa_p256).oid.view());
    byte_view curve{};
    if (on_curve) {
        // lib/oid_registry.c, parse_OID(): the bytes behind two bytes, the second of which is their number.
        const byte_view v = id.parameters ? id.parameters->whole : byte_view{};
        if (v.size() < 3 || v[0] != der::tag_oid || v[1] != v.size() - 2)
            return in.fail(errc::bad_der, id.parameters ? id.parameters->offset : id.whole.offset), key_algorithm::none;
        curve = v.subspan(2);
    }
    const key_algorithm algorithm = key_algorithm_of_oid(id.oid.content, curve);
    if (algorithm == key_algorithm::none) in.fail(on_curve ? errc::unsupported_key : errc::unsupported_algorithm, id.oid.offset);
    else if (!is_known(algorithm, kernel))
        in.fail(errc::unsupported_key, id.oid.offset);
    return algorithm;
}
}  // namespace detail

/// The fields, before the key itself is parsed: Linux loads certificates whose key is malformed, and fails when the key is
/// used.
[[nodiscard]] constexpr key::subject_public_key read_spki(asn1_reader& in, const linux_kernel& kernel) {
    key::subject_public_key key;
    auto fields = in.enter(der::tag_sequence);
    const algorithm_identifier id = read_algorithm_identifier(fields);
    key.bits = fields.expect(der::tag_bit_string);
    key.algorithm = detail::key_algorithm_of(fields, id, kernel);
    key.bits = fields.whole_bytes(key.bits);
    fields.finish();
    key.whole = fields.entered();
    return key;
}

/// `key_of` returns the key itself. `in`: the reader of the fields. Errors: `bad_key`; for RSA also the faults of the decoder.
[[nodiscard]] constexpr result<public_key> key_of(const asn1_reader& in, const key::subject_public_key& spki) {
    if (spki.algorithm != key_algorithm::rsa) return key::raw_key_of(spki);
    failure fault{errc::none};
    const auto inside = in.nested(spki.bits, fault);
    const public_key key = read_rsa_key(inside);
    return inside.outcome(key);
}

/// A SubjectPublicKeyInfo. Errors: those of asn1_reader and of the key.
[[nodiscard]] constexpr result<key_info> parse_spki(byte_view bytes, const linux_kernel& kernel = {}) {
    failure fault{errc::none};
    asn1_reader in(bytes, fault);
    const key::subject_public_key fields = read_spki(in, kernel);
    in.finish();
    if (in.failed()) return fault;
    const result<public_key> key = key_of(in, fields);
    if (!key) return key.error();
    key_info info;
    key::identify(info, *key, fields.bits.content);
    return info;
}

}  // namespace modsig::kernel

#endif  // MODSIG_LINUX_KEY_SPKI_HPP
