// SPDX-License-Identifier: BSL-1.0
//
// The public half of a key that lives elsewhere, in memory of its own.
#ifndef MODSIG_SIGN_KEY_PUBLIC_HALF_HPP
#define MODSIG_SIGN_KEY_PUBLIC_HALF_HPP

#include <modsig/der/writer.hpp>
#include <modsig/key/spki.hpp>
#include <modsig/sign/signer.hpp>

#include <utility>

namespace modsig::sign {

namespace detail {
/// SubjectPublicKeyInfo; `parameters` writes the algorithm's, `bits` what is in the BIT STRING. One OID serves all curves.
template <class Parameters, class Bits>
[[nodiscard]] bytes spki(key_algorithm algorithm, const Parameters& parameters, const Bits& bits) {
    bytes out;
    der::writer write(out);
    write.sequence([&] {
        write.sequence([&] {
            write.oid(entry_of(algorithm).oid.view());
            parameters(write);
        });
        write.bit_string_of([&] { bits(write); });
    });
    return out;
}

[[nodiscard]] inline bytes rsa_spki(byte_view modulus, byte_view exponent) {
    return spki(key_algorithm::rsa, [](auto& write) { write.null(); },
                [&](auto& write) { write.sequence([&] { write.integer(modulus), write.integer(exponent); }); });
}
}  // namespace detail

/// SubjectPublicKeyInfo, DER, of a key whose private half is elsewhere. Error: `unsupported_key`.
[[nodiscard]] inline result<bytes> spki_of(const public_key& key) {
    const key_algorithm_entry& entry = entry_of(key.algorithm);
    if (entry.oid.empty()) return errc::unsupported_key;
    if (key.algorithm == key_algorithm::rsa) return detail::rsa_spki(key.material, key.exponent);
    const auto curve = [&](auto& write) {
        if (!entry.curve.empty()) write.oid(entry.curve.view());
    };
    return detail::spki(key.algorithm, curve, [&](auto& write) { write.raw(key.material); });
}

/// Movable, never copied: what it knows views what it holds.
class public_half {
    bytes spki_;  // a moved vector keeps its bytes where they are
    key_info info_;

    public_half(bytes spki, const key_info& info) : spki_(std::move(spki)), info_(info) {}

public:
    public_half(const public_half&) = delete;
    /// Views into the other object stay valid.
    public_half(public_half&&) = default;
    public_half& operator=(const public_half&) = delete;
    public_half& operator=(public_half&&) = default;  ///< As above.

    /// From a SubjectPublicKeyInfo, DER, with the faults of key::spki.
    [[nodiscard]] static result<public_half> parse(bytes spki) {
        const result<key_info> info = key::spki::parse(spki);
        if (!info) return info.error();
        return public_half(std::move(spki), *info);
    }

    /// `copy` makes one of a key whose private half is elsewhere. Error: `unsupported_key`.
    [[nodiscard]] static result<public_half> copy(const public_key& key) {
        auto spki = spki_of(key);
        if (!spki) return spki.error();
        return parse(*std::move(spki));
    }

    /// The key, with identifiers of bare keys; views alias this object.
    [[nodiscard]] const key_info& info() const { return info_; }
};

}  // namespace modsig::sign

#endif  // MODSIG_SIGN_KEY_PUBLIC_HALF_HPP
