// SPDX-License-Identifier: BSL-1.0
//
// The inner loop of Montgomery's multiplication with MULX, ADCX and ADOX: two chains of carries at once, which compilers do
// not make of C++. Source: E. Ozturk, J. Guilford, V. Gopal, Large integer squaring on Intel architecture (2013).
#ifndef MODSIG_ENGINE_NATIVE_ADX_ROWS_HPP
#define MODSIG_ENGINE_NATIVE_ADX_ROWS_HPP

#include <modsig/engine/native/cpu.hpp>
#include <modsig/engine/native/montgomery.hpp>

#ifdef MODSIG_NATIVE_X86

#include <cstddef>
#include <cstdint>

namespace modsig::engine::inline MODSIG_KERNELS {

/// For CPUs with feature::bmi2. Assembly needs no target attribute, so it goes into the loops of montgomery.hpp.
struct adx_rows {
    [[gnu::always_inline]] static inline std::uint64_t add(std::uint64_t* t, const std::uint64_t* a, std::uint64_t x, std::size_t size) {
        std::uint64_t carry = 0;
        for (; size >= 16; size -= 16, t += 16, a += 16) carry = sixteen(t, a, x, carry);
        for (; size >= 4; size -= 4, t += 4, a += 4) carry = four(t, a, x, carry);
        for (std::size_t j = 0; j != size; ++j) {
            const double_limb_t<std::uint64_t> z = double_limb_t<std::uint64_t>{a[j]} * x + t[j] + carry;
            t[j] = static_cast<std::uint64_t>(z);
            carry = static_cast<std::uint64_t>(z >> 64);
        }
        return carry;
    }

private:
// One limb: the low half takes the high half before it (carry flag) and the sum so far (overflow flag).
#define MODSIG_LIMB(at, before, high) \
    "mulxq " at "(%[a]), %[low], %[" high "]\n\t" \
    "adcxq %[" before "], %[low]\n\t" \
    "adoxq " at "(%[t]), %[low]\n\t" \
    "movq %[low], " at "(%[t])\n\t"
#define MODSIG_FOUR_LIMBS(at0, at1, at2, at3) \
    MODSIG_LIMB(at0, "carry", "high") MODSIG_LIMB(at1, "high", "carry") MODSIG_LIMB(at2, "carry", "high") MODSIG_LIMB(at3, "high", "carry")
#define MODSIG_CARRIES "movl $0, %k[low]\n\tadcxq %[low], %[carry]\n\tadoxq %[low], %[carry]"

    [[gnu::always_inline]] static inline std::uint64_t sixteen(std::uint64_t* t, const std::uint64_t* a, std::uint64_t x, std::uint64_t carry) {
        std::uint64_t low, high;
        __asm__("xorl %k[high], %k[high]\n\t"  // clears both flags
                MODSIG_FOUR_LIMBS("0", "8", "16", "24") MODSIG_FOUR_LIMBS("32", "40", "48", "56")
                MODSIG_FOUR_LIMBS("64", "72", "80", "88") MODSIG_FOUR_LIMBS("96", "104", "112", "120") MODSIG_CARRIES
                : [carry] "+&r"(carry), [low] "=&r"(low), [high] "=&r"(high)
                : [t] "r"(t), [a] "r"(a), "d"(x)
                : "cc", "memory");
        return carry;
    }
    [[gnu::always_inline]] static inline std::uint64_t four(std::uint64_t* t, const std::uint64_t* a, std::uint64_t x, std::uint64_t carry) {
        std::uint64_t low, high;
        __asm__("xorl %k[high], %k[high]\n\t"
                MODSIG_FOUR_LIMBS("0", "8", "16", "24") MODSIG_CARRIES
                : [carry] "+&r"(carry), [low] "=&r"(low), [high] "=&r"(high)
                : [t] "r"(t), [a] "r"(a), "d"(x)
                : "cc", "memory");
        return carry;
    }

#undef MODSIG_LIMB
#undef MODSIG_FOUR_LIMBS
#undef MODSIG_CARRIES
};

}  // namespace modsig::engine

#endif  // MODSIG_NATIVE_X86

#endif  // MODSIG_ENGINE_NATIVE_ADX_ROWS_HPP
