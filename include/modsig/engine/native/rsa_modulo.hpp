// SPDX-License-Identifier: BSL-1.0
//
// s^e mod n for any numbers, as Linux's lib/mpi/mpi-pow.c has it: n may be even, s above n, e even or one. Bit by bit: little
// code, slow, and never on the way of a signature that is as it should be.
#ifndef MODSIG_ENGINE_NATIVE_RSA_MODULO_HPP
#define MODSIG_ENGINE_NATIVE_RSA_MODULO_HPP

#include <modsig/bytes.hpp>
#include <modsig/engine/native/limbs.hpp>

#include <cstddef>

namespace modsig::engine {

/// Numbers modulo n > 0 of at most `Room` limbs.
template <class Limb, std::size_t Room>
class any_modulus {
    Limb n_[Room]{};
    std::size_t size_;

    [[nodiscard]] static constexpr bool bit(byte_view integer, std::size_t i) { return (integer[i / 8] << (i % 8) & 0x80) != 0; }

    constexpr void add(Limb* x, const Limb* y) const {
        Limb carry = 0;
        for (std::size_t i = 0; i != size_; ++i) {
            const double_limb_t<Limb> sum = double_limb_t<Limb>{x[i]} + y[i] + carry;
            x[i] = static_cast<Limb>(sum);
            carry = static_cast<Limb>(sum >> limb_bits<Limb>);
        }
        if (carry != 0 || limbs::at_least(x, n_, size_)) limbs::subtract(x, x, n_, size_);
    }

    constexpr void multiply(Limb* r, const Limb* a, const Limb* b) const {
        Limb product[Room]{};
        for (std::size_t i = size_ * limb_bits<Limb>; i-- != 0;) {
            limbs::double_modulo(product, n_, size_);
            if ((b[i / limb_bits<Limb>] >> (i % limb_bits<Limb>) & 1) != 0) add(product, a);
        }
        for (std::size_t i = 0; i != size_; ++i) r[i] = product[i];
    }

public:
    /// Of a modulus of at most `Room` limbs, above 0.
    constexpr explicit any_modulus(byte_view n) : size_(limbs::count(bit_length(n), limb_bits<Limb>)) { limbs::load(n_, size_, n); }

    /// r = integer mod n, of an integer of any length.
    constexpr void reduce(Limb* r, byte_view integer) const {
        Limb one[Room]{1};
        for (std::size_t i = 0; i != size_; ++i) r[i] = 0;
        for (std::size_t i = 0; i != 8 * integer.size(); ++i) {
            limbs::double_modulo(r, n_, size_);
            if (bit(integer, i)) add(r, one);
        }
    }

    /// r = s^exponent mod n.
    constexpr void power(Limb* r, const Limb* s, byte_view exponent) const {
        Limb one[Room]{1}, base[Room]{};
        for (std::size_t i = 0; i != size_; ++i) base[i] = s[i], r[i] = 0;
        add(r, one);
        for (std::size_t i = 0; i != 8 * exponent.size(); ++i) {
            multiply(r, r, r);
            if (bit(exponent, i)) multiply(r, r, base);
        }
    }
};

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_RSA_MODULO_HPP
