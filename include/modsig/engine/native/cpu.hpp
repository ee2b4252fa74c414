// SPDX-License-Identifier: BSL-1.0
//
// What this CPU can do, and who decides: `isa::detect` asks the CPU when the program runs, `isa::portable` and
// `isa::compact` use nothing beyond the language, `isa::assume<...>` names what the programmer knows.
//
// Each accelerated function is chosen by one of these types and carries its own target attribute; nothing depends on
// __AVX2__ and the like. MODSIG_NO_DISPATCH removes all accelerated code and the headers it needs; so does any CPU but x86-64
// and 64-bit Arm. What differs with it stands in an inline namespace of its own, so that units with and without it may be
// linked together. (Units for different CPUs may not: one_target.hpp.)
#ifndef MODSIG_ENGINE_NATIVE_CPU_HPP
#define MODSIG_ENGINE_NATIVE_CPU_HPP

#include <string_view>

#if defined(__x86_64__) && !defined(MODSIG_NO_DISPATCH)
#define MODSIG_NATIVE_X86 1
#define MODSIG_KERNELS x86_kernels
#include <atomic>
#include <cpuid.h>
#if __STDC_HOSTED__
#include <cstdlib>
#endif
// Only the operating system may say what an Arm CPU has. (Before version 16, Clang has the intrinsics only for files that
// are compiled for such CPUs.)
#elif defined(__aarch64__) && defined(__AARCH64EL__) && defined(__linux__) && __STDC_HOSTED__ && !defined(MODSIG_NO_DISPATCH)
#if !defined(__clang__) || __clang_major__ >= 16
#define MODSIG_NATIVE_ARM 1
#define MODSIG_KERNELS arm_kernels
#include <atomic>
#include <cstdlib>
#include <sys/auxv.h>
#endif
#endif
#ifndef MODSIG_KERNELS
#define MODSIG_KERNELS no_kernels
#endif

namespace modsig::engine::inline MODSIG_KERNELS {

/// A group of instructions that some function needs together.
enum class feature : unsigned {
    sha = 1,     ///< SHA-NI, with SSSE3 and SSE4.1; SHA-1 and SHA-256 of the ARMv8 Cryptography Extensions
    bmi2 = 2,    ///< BMI1, BMI2 and ADX
    avx2 = 4,    ///< AVX2
    avx512 = 8,  ///< F, DQ, BW, VL
    ifma = 16,   ///< AVX-512 IFMA, with all of the above but SHA
};

/// A set of features.
struct cpu_features {
    unsigned bits = 0;  ///< values of `feature`, or-ed

    /// Whether the set has the feature.
    [[nodiscard]] constexpr bool has(feature f) const { return (bits & static_cast<unsigned>(f)) != 0; }
    /// The set with this feature added.
    [[nodiscard]] constexpr cpu_features with(feature f) const { return {bits | static_cast<unsigned>(f)}; }
    /// The features that both sets have.
    [[nodiscard]] constexpr cpu_features operator&(cpu_features other) const { return {bits & other.bits}; }
    /// Whether both sets are the same.
    friend constexpr bool operator==(cpu_features, cpu_features) = default;
};

/// The name of each feature, as MODSIG_CPU has it.
inline constexpr struct {
    feature id;
    std::string_view name;
} feature_table[] = {
    {feature::sha, "sha"}, {feature::bmi2, "bmi2"}, {feature::avx2, "avx2"}, {feature::avx512, "avx512"}, {feature::ifma, "ifma"},
};

/// Features by name, separated by commas. Names that are not known add nothing: "baseline" names none.
[[nodiscard]] constexpr cpu_features features_named(std::string_view list) {
    cpu_features named;
    while (!list.empty()) {
        const auto end = list.find(',');
        for (const auto& row : feature_table)
            if (list.substr(0, end) == row.name) named = named.with(row.id);
        list = end == std::string_view::npos ? std::string_view{} : list.substr(end + 1);
    }
    return named;
}

#if defined(MODSIG_NATIVE_X86) || defined(MODSIG_NATIVE_ARM)
namespace native_detail {
#ifdef MODSIG_NATIVE_ARM
/// Linux, Documentation/arm64/elf_hwcaps.rst.
[[nodiscard]] inline cpu_features read_cpu() {
    constexpr unsigned long wanted = HWCAP_SHA1 | HWCAP_SHA2;
    return (getauxval(AT_HWCAP) & wanted) == wanted ? cpu_features{}.with(feature::sha) : cpu_features{};
}
#else
/// Of the CPU and of the operating system, which must save the registers. Intel SDM, volume 1, sections 13.3 and 14.3,
/// volume 2, CPUID; AMD APM, volume 3, appendix E. (The compilers' __builtin_cpu_supports knows no "sha".)
[[nodiscard]] inline cpu_features read_cpu() {
    unsigned a = 0, b = 0, c = 0, d = 0, leaf1c = 0;
    cpu_features found;
    if (__get_cpuid(1, &a, &b, &leaf1c, &d) == 0 || __get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return found;
    const auto bit = [](unsigned word, int n) { return (word >> n & 1) != 0; };
    const bool ssse3_sse41 = bit(leaf1c, 9) && bit(leaf1c, 19);
    if (bit(b, 29) && ssse3_sse41) found = found.with(feature::sha);
    if (!bit(leaf1c, 27) || !bit(leaf1c, 28)) return found;  // OSXSAVE, AVX
    unsigned saved = 0, high = 0;
    __asm__ volatile("xgetbv" : "=a"(saved), "=d"(high) : "c"(0));
    const bool bmi2 = bit(b, 3) && bit(b, 8) && bit(b, 19);
    if (bmi2) found = found.with(feature::bmi2);
    if ((saved & 0x06) != 0x06) return found;                // XMM, YMM
    const bool avx2 = bit(b, 5);
    if (avx2) found = found.with(feature::avx2);
    if ((saved & 0xe6) != 0xe6) return found;                // opmask, ZMM
    const bool avx512 = avx2 && bmi2 && bit(b, 16) && bit(b, 17) && bit(b, 30) && bit(b, 31);
    if (avx512) found = found.with(feature::avx512);
    if (avx512 && bit(b, 21)) found = found.with(feature::ifma);
    return found;
}
#endif

inline constinit std::atomic<unsigned> cached_cpu{0};  // zero: not looked at yet
}  // namespace native_detail

/// What this CPU has, less what the environment variable MODSIG_CPU leaves out: "MODSIG_CPU=sha,avx2" keeps these two,
/// "MODSIG_CPU=baseline" none. It cannot add anything. Looked at once; a race does the same work twice. Who verifies from
/// .preinit_array of a dynamically linked program is before glibc knows any variable.
[[nodiscard]] inline cpu_features cpu() {
    constexpr unsigned known = 1u << 31;
    unsigned bits = native_detail::cached_cpu.load(std::memory_order_relaxed);
    if (bits == 0) {
        cpu_features found = native_detail::read_cpu();
#if __STDC_HOSTED__
        if (const char* kept = std::getenv("MODSIG_CPU")) found = found & features_named(kept);
#endif
        bits = found.bits | known;
        native_detail::cached_cpu.store(bits, std::memory_order_relaxed);
    }
    return {bits & ~known};
}
#endif

/// features() is what the CPU has, possible() what it may turn out to have.
namespace isa {

/// Plain C++, unrolled for speed.
struct portable {
    static constexpr bool accelerated = false;  ///< whether code with target attributes may run
    static constexpr bool small_code = false;   ///< whether little code is preferred to speed
    /// What the CPU has: nothing is used.
    [[nodiscard]] static constexpr cpu_features features() { return {}; }
    /// What it may turn out to have.
    [[nodiscard]] static constexpr cpu_features possible() { return {}; }
};

/// Plain C++ in little code.
struct compact {
    static constexpr bool accelerated = false;  ///< whether code with target attributes may run
    static constexpr bool small_code = true;    ///< whether little code is preferred to speed
    /// What the CPU has: nothing is used.
    [[nodiscard]] static constexpr cpu_features features() { return {}; }
    /// What it may turn out to have.
    [[nodiscard]] static constexpr cpu_features possible() { return {}; }
};

#if defined(MODSIG_NATIVE_X86) || defined(MODSIG_NATIVE_ARM)
/// The best that the CPU has, found out when the program runs.
struct detect {
    static constexpr bool accelerated = true;  ///< whether code with target attributes may run
    static constexpr bool small_code = false;  ///< whether little code is preferred to speed
    /// What this CPU has: cpu().
    [[nodiscard]] static cpu_features features() { return cpu(); }
    /// Anything.
    [[nodiscard]] static constexpr cpu_features possible() { return {~0u}; }
};

/// These and no others: the programmer knows the CPU. (On another CPU the program ends with SIGILL.)
template <feature... F>
struct assume {
    static constexpr bool accelerated = true;  ///< whether code with target attributes may run
    static constexpr bool small_code = false;  ///< whether little code is preferred to speed
    /// What the programmer says that the CPU has.
    [[nodiscard]] static constexpr cpu_features features() { return {(0u | ... | static_cast<unsigned>(F))}; }
    /// The same.
    [[nodiscard]] static constexpr cpu_features possible() { return features(); }
};

using best = detect;  ///< The choice where nothing else is named: the CPU is asked.
#else
using best = portable;  ///< The choice where nothing else is named: the CPU is asked, if the library has code for it.
#endif

}  // namespace isa

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_CPU_HPP
