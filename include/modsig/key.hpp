// SPDX-License-Identifier: BSL-1.0
//
// A public key, what is known about it, and the concept of a form in which keys are stored.
#ifndef MODSIG_KEY_HPP
#define MODSIG_KEY_HPP

#include <modsig/algorithm.hpp>
#include <modsig/bytes.hpp>
#include <modsig/key/name.hpp>
#include <modsig/key_identifier.hpp>
#include <modsig/result.hpp>

#include <array>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string_view>

namespace modsig {

/// The mathematical key. Views alias the bytes that it was parsed from.
struct public_key {
    key_algorithm algorithm = key_algorithm::none;  ///< `none`: no key
    std::uint32_t bits = 0;                         ///< true length of the modulus; of the field for curves
    byte_view material{};                           ///< RSA: modulus, big-endian, without leading zeros; EC: 04 X Y; else the raw key
    byte_view exponent{};                           ///< RSA only: public exponent, big-endian, without leading zeros

    /// The same key in two forms is equal: thresholds count keys, not identifiers.
    friend constexpr bool operator==(const public_key& a, const public_key& b) {
        return a.algorithm == b.algorithm && equal(a.material, b.material) && equal(a.exponent, b.exponent);
    }
};

/// X.509 validity in seconds since 1970; `known` is false for bare keys.
struct validity_period {
    bool known = false;           ///< whether the key has a validity
    std::int64_t not_before = 0;  ///< the first second
    std::int64_t not_after = 0;   ///< the last second
};

/// X.509 keyUsage, basicConstraints and extKeyUsage, as far as policies need them. An absent extension forbids nothing.
struct key_purpose {
    bool usage_known = false;                   ///< keyUsage is there
    bool digital_signature = false;             ///< keyUsage, bit 0
    bool cert_sign = false;                     ///< keyUsage, bit 5: keyCertSign
    bool constraints_known = false;             ///< basicConstraints is there
    bool is_ca = false;                         ///< basicConstraints: cA
    std::optional<std::uint8_t> path_length{};  ///< strict reading only: how many intermediates may stand below
    bool extended_usage_known = false;          ///< strict reading only: Linux ignores extKeyUsage
    bool code_signing = false;                  ///< extKeyUsage names code signing, or any purpose
};

/// A public key with the identifiers that find it and the facts that policies use. Views alias the source.
struct key_info {
    public_key key{};                            ///< the key itself
    errc fault = errc::none;                     ///< not `none`: the identifiers are known, but the key cannot be used
    bool has_digsig_v1_id = false;               ///< `digsig_v1_id` is set
    bool has_ima_id = false;                     ///< `ima_id` is set
    bool name_mismatch = false;                  ///< a `user` key whose description is not its identifier
    std::array<std::uint8_t, 8> digsig_v1_id{};  ///< RSA keys
    std::array<std::uint8_t, 4> ima_id{};        ///< the last 4 bytes of the subjectKeyIdentifier
    byte_view skid{};                            ///< X.509 subjectKeyIdentifier
    bool has_own_skid = false;                   ///< of a bare key: made of the key by RFC 5280, section 4.2.1.2, method 1
    std::array<std::uint8_t, 20> own_skid{};     ///< SHA-1 of the key, where `has_own_skid`
    byte_view serial{};                          ///< X.509 serialNumber, content octets
    byte_view issuer{};                          ///< X.509 Names, content octets of the SEQUENCE
    byte_view subject{};                         ///< X.509 subject, content octets of the SEQUENCE
    byte_view certificate{};                     ///< the whole certificate; empty for bare keys
    validity_period validity{};                  ///< of the certificate; unknown for bare keys
    key_purpose purpose{};                       ///< of the certificate; nothing known for bare keys

    /// Whether the identifier is one of this key's. Digests of keys and whole keys (MCUboot) are compared by the layout.
    [[nodiscard]] constexpr bool matches(const key_identifier& id) const {
        switch (id.kind) {
            case key_id_kind::digsig_v1: return has_digsig_v1_id && equal(digsig_v1_id, id.bytes);
            case key_id_kind::ima: return has_ima_id && equal(ima_id, id.bytes);
            case key_id_kind::skid: return skid.empty() ? has_own_skid && equal(own_skid, id.bytes) : equal(skid, id.bytes);
            case key_id_kind::issuer_serial: return !serial.empty() && equal(serial, id.bytes) && equal(issuer, id.issuer);
            case key_id_kind::named_skid: return !skid.empty() && equal(skid, id.bytes) && key::is_shown_as(subject, id.issuer);
            case key_id_kind::key_digest:
            case key_id_kind::public_key:
            case key_id_kind::none: return false;
        }
        return false;
    }
};

/// A form in which a public key is stored. `recognises` tells "another form" from "this form, but malformed".
template <class F>
concept key_form = requires(byte_view bytes) {
    { F::name } -> std::convertible_to<std::string_view>;
    { F::recognises(bytes) } -> std::same_as<bool>;
    { F::parse(bytes) } -> std::same_as<result<key_info>>;
};

/// States with `static_assert` what a type lacks for key_form.
template <class F>
consteval bool explain_key_form() {
    static_assert(requires { { F::name } -> std::convertible_to<std::string_view>; },
                  "modsig: a key_form needs a name: static constexpr std::string_view name = \"...\";");
    static_assert(requires(byte_view bytes) { { F::recognises(bytes) } -> std::same_as<bool>; },
                  "modsig: a key_form needs recognises: static constexpr bool recognises(byte_view);");
    static_assert(requires(byte_view bytes) { { F::parse(bytes) } -> std::same_as<result<key_info>>; },
                  "modsig: a key_form needs parse: static constexpr result<key_info> parse(byte_view);");
    return true;
}

}  // namespace modsig

#endif  // MODSIG_KEY_HPP
