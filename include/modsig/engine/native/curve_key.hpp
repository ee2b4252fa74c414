// SPDX-License-Identifier: BSL-1.0
//
// Keys that are points, as an engine asks for them: the point once a key, with the question whether it is on its curve, then signatures
// over what to_check says.
#ifndef MODSIG_ENGINE_NATIVE_CURVE_KEY_HPP
#define MODSIG_ENGINE_NATIVE_CURVE_KEY_HPP

#include <modsig/engine.hpp>
#include <modsig/engine/native/cpu.hpp>
#include <modsig/engine/native/curve_sum.hpp>
#include <modsig/engine/native/ecdsa.hpp>
#include <modsig/engine/native/ed25519.hpp>
#include <modsig/engine/native/hash.hpp>
#include <modsig/key/ecdsa_signature.hpp>
#include <modsig/linux/key/ecdsa_signature.hpp>

#include <array>
#include <cstddef>

namespace modsig::engine::inline MODSIG_KERNELS {

/// Whether a key is a point of a curve that the native engine has.
[[nodiscard]] constexpr bool is_native_curve(key_algorithm algorithm) { return has_native_curve(algorithm) || algorithm == key_algorithm::ed25519; }

/// A point in affine coordinates as its curve's field has them: of ECDSA keys the key itself, of Ed25519 keys its opposite.
struct curve_key {
    static constexpr std::size_t room = curve_p521::field<native_limb>::size;  ///< limbs of the largest field: P-521

    native_limb x[room]{};  ///< least significant first, in the form of the curve's field
    native_limb y[room]{};  ///< as x
    bool is_sound = false;  ///< it was checked
    point_uses uses{};      ///< how often it was used; a copy begins anew

    /// Keeps a point, which was checked.
    template <class Point>
    constexpr void set(const Point& point) {
        for (std::size_t i = 0; i != std::size(point.x.limb); ++i) x[i] = point.x.limb[i], y[i] = point.y.limb[i];
        is_sound = true;
    }
    /// The point. `Point` is the type that was given to set().
    template <class Point>
    [[nodiscard]] constexpr Point get() const {
        Point point{};
        for (std::size_t i = 0; i != std::size(point.x.limb); ++i) point.x.limb[i] = x[i], point.y.limb[i] = y[i];
        return point;
    }
};

/// bad_key: not a point of the curve in its one form; of Ed25519 also a point of small order.
[[nodiscard]] constexpr result<curve_key> prepare_native_curve(const public_key& key) {
    curve_key prepared;
    if (key.algorithm == key_algorithm::ed25519) {
        if (const auto point = load_negative_ed25519_key<native_limb>(key.material)) prepared.set(*point);
    } else {
        with_curve(key.algorithm, [&]<class Curve>() {
            if (const auto point = load_point<Curve, native_limb>(key.material)) prepared.set(*point);
        });
    }
    if (!prepared.is_sound) return errc::bad_key;
    return prepared;
}

/// The key is one of ECDSA. Errors: unsupported_hash, bad_key, faults of DER, signature_out_of_range, signature_mismatch; errnos are those
/// that Linux returns.
template <class Isa>
[[nodiscard]] constexpr result<void> check_native_ecdsa(key_algorithm algorithm, const curve_key& key, const to_check& input) {
    if (!key::ecdsa_takes(input.digest.id)) return failure{errc::unsupported_hash, 0, linux_error::einval};
    if (!key.is_sound) return errc::bad_key;
    const auto numbers = input.lenient ? modsig::kernel::parse_ecdsa_signature(algorithm, input.signature)
                                      : key::parse_ecdsa_signature(algorithm, input.signature);
    // Where the signature stands is the caller's to say.
    if (!numbers) return failure{numbers.error().code, 0, numbers.error().linux_specific};
    bool holds = false;
    with_curve(algorithm, [&]<class Curve>() {
        using group = curve_group<Curve, native_limb>;
        const ecdsa_numbers<Curve, native_limb> scalars(key::leftmost(input.digest.view(), algorithm), numbers->r(), numbers->s());
        holds = has_x<Curve, native_limb>(sum_of_products<Isa, Curve>(key.uses, key.get<typename group::affine>(), scalars.u1, scalars.u2), scalars.r);
    });
    if (!holds) return errc::signature_mismatch;
    return result<void>::success();
}

/// `material` is the key's. Signs the message itself; formats that sign a digest with it (MCUboot) make that the message. bad_key,
/// those of ed25519_signature_fits(), signature_mismatch.
template <class Isa>
[[nodiscard]] constexpr result<void> check_native_ed25519(byte_view material, const curve_key& key, const to_check& input) {
    if (!key.is_sound) return errc::bad_key;
    if (const result<void> fits = ed25519_signature_fits(input.signature); !fits) return fits.error();
    native_hash<digest_id::sha512, Isa> hash;
    for (const byte_view part : {input.signature.first(32), material, input.message_head, input.message, input.digest.view()}) hash.update(part);
    using group = edwards_group<native_limb>;
    const auto sum = sum_of_products<Isa, curve_25519>(key.uses, key.get<typename group::affine>(), load_ed25519_scalar<native_limb>(input.signature.last(32)),
                                                       reduce_ed25519_hash<native_limb>(hash.finish().view()));
    if (!equal(group::encode(sum), input.signature.first(32))) return errc::signature_mismatch;
    return result<void>::success();
}

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_CURVE_KEY_HPP
