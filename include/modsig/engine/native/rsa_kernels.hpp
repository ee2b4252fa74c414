// SPDX-License-Identifier: BSL-1.0
//
// Every way to raise one signature to its key's public exponent; those for several are in rsa_many.hpp. A table holds what
// keys of `Key`'s room can need on the CPUs that its `isa` may find, and no other code is linked.
#ifndef MODSIG_ENGINE_NATIVE_RSA_KERNELS_HPP
#define MODSIG_ENGINE_NATIVE_RSA_KERNELS_HPP

#include <modsig/engine/native/adx_rows.hpp>
#include <modsig/engine/native/kernel.hpp>
#include <modsig/engine/native/rsa_ifma.hpp>
#include <modsig/engine/native/rsa_key.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace modsig::engine::inline MODSIG_KERNELS {

/// A signature on its way: `s`, below n, becomes `em` = s^e mod n, below n.
template <class Key>
struct rsa_work {
    using limb = typename Key::limb;  ///< Limb of the key's numbers.

    const Key* key = nullptr;     ///< outlives the work
    limb s[Key::max_limbs];       ///< below n, least significant limb first
    limb em[Key::max_limbs + 1];  ///< the one more is the arithmetic's

    constexpr rsa_work() {}  // NOLINT: numbers are not set, and kept where they are
    /// A work of this key, whose numbers are not set yet.
    constexpr explicit rsa_work(const Key& its_key) : key(&its_key) {}
    rsa_work(const rsa_work&) = delete;
    rsa_work& operator=(const rsa_work&) = delete;

    /// The limbs of the signature that are in use.
    [[nodiscard]] constexpr std::span<const limb> signature() const { return {s, key->modulus.size}; }
    /// The limbs of em that arithmetic may write: one more than the modulus has.
    [[nodiscard]] constexpr std::span<limb> result() { return {em, key->modulus.size + 1}; }
};

/// Works of keys with one exponent and one number of limbs.
template <class Key>
struct rsa_kernel : kernel<void(std::span<rsa_work<Key>>)> {
    bool one_key = false;  ///< all works are of one key
};

namespace native_detail {

/// The portable arithmetic as raise_to_public_exponent wants it.
template <class Key>
struct portable_field {
    using limb = typename Key::limb;
    const decltype(Key::modulus)& modulus;

    constexpr void enter(limb* r, const limb* a) const { modulus.multiply(r, a, modulus.r2); }
    constexpr void multiply(limb* r, const limb* a, const limb* b) const { modulus.multiply(r, a, b); }
    // The squares' own code has fewer products in loops of one carry chain, which GCC does better with; Clang does better
    // with the two chains of `multiply`. (Measured; both are right, so files of either may be linked together.)
    constexpr void square(limb* r, const limb* a) const {
#ifdef __clang__
        constexpr bool own_code = false;
#else
        constexpr bool own_code = !Key::isa::small_code;
#endif
        if constexpr (own_code) modulus.square(r, a);
        else modulus.multiply(r, a, a);
    }
};

template <class Key>
constexpr void raise_portably(std::span<rsa_work<Key>> works) {
    rsa_work<Key>& work = works.front();
    raise_to_public_exponent(portable_field<Key>{work.key->modulus}, work.em, work.s, work.key->exponent());
}

#ifdef MODSIG_NATIVE_X86
/// The same with the rows of adx_rows.hpp.
template <class Key>
struct adx_field {
    const decltype(Key::modulus)& modulus;

    void enter(std::uint64_t* r, const std::uint64_t* a) const { multiply(r, a, modulus.r2); }
    [[gnu::noinline]] void multiply(std::uint64_t* r, const std::uint64_t* a, const std::uint64_t* b) const { modulus.template multiply_by_rows<adx_rows>(r, a, b); }
    [[gnu::noinline]] void square(std::uint64_t* r, const std::uint64_t* a) const { modulus.template square<adx_rows>(r, a); }
};

template <class Key>
void raise_with_adx(std::span<rsa_work<Key>> works) {
    rsa_work<Key>& work = works.front();
    raise_to_public_exponent(adx_field<Key>{work.key->modulus}, work.em, work.s, work.key->exponent());
}

/// The wide arithmetics' results are below 2n: whether one comes out as EM or as EM + n depends on the signature.
template <class Key>
constexpr void subtract_modulus_once(rsa_work<Key>& work) {
    const auto& m = work.key->modulus;
    if (work.em[m.size] != 0 || limbs::at_least(work.em, m.n, m.size)) limbs::subtract(work.em, work.em, m.n, m.size);
}

template <class Key, std::size_t Vectors>
void raise_with_ifma(std::span<rsa_work<Key>> works) {
    rsa_work<Key>& work = works.front();
    using field = ifma_single<Vectors>;
    const typename field::number s(work.signature());
    typename field::number x;
    raise_to_public_exponent(field(work.key->wide.ifma), x, s, work.key->exponent());
    x.to_words(work.result());
    subtract_modulus_once(work);
}
#endif

}  // namespace native_detail

template <class Key>
using rsa_table = kernel_table<rsa_kernel<Key>, typename Key::isa, 14>;  ///< The table of keys with this room.

namespace native_detail {

#ifdef MODSIG_NATIVE_X86
/// IFMA for so many vectors, but for no more than there are keys for.
template <std::size_t Vectors, std::size_t... More, class Key>
consteval void add_ifma(rsa_table<Key>& table) {
    constexpr std::size_t needed = wide_vectors(Key::max_bits, 52), vectors = std::min(Vectors, needed);
    table.add({{raise_with_ifma<Key, vectors>, 1, words_in_vectors(vectors, 52), 100, cpu_features{}.with(feature::ifma)}});
    if constexpr (vectors < needed) add_ifma<More...>(table);
}
#endif

// Costs: Zen 5, GCC 12, 2048 bits. In every size a signature by IFMA is 100.
template <class Key>
consteval rsa_table<Key> kernels_of_one() {
    rsa_table<Key> table;
    table.add({{raise_portably<Key>, 1, Key::max_words, 385, {}}});
#ifdef MODSIG_NATIVE_X86
    if constexpr (Key::isa::accelerated) {
        table.add({{raise_with_adx<Key>, 1, Key::max_words, 300, cpu_features{}.with(feature::bmi2)}});
        add_ifma<3, 5, 8, 10, 20>(table);  // 1216, 2048, 3264, 4096 and 8256 bits
    }
#endif
    return table;
}

}  // namespace native_detail

/// The kernels of one signature.
template <class Key>
inline constexpr rsa_table<Key> rsa_kernels_of_one = native_detail::kernels_of_one<Key>();

/// em = s^e mod n, for the fastest of the kernels.
template <class Key>
constexpr void raise(rsa_work<Key>& work) {
    if constexpr (Key::isa::accelerated)
        if (!std::is_constant_evaluated()) {
            const std::size_t words = work.key->words();
            const auto fits = [words](const rsa_kernel<Key>& each) { return each.has_room_for(words); };
            return choose_kernel(rsa_kernels_of_one<Key>.rows(), Key::isa::features(), 1, fits).run({&work, 1});
        }
    native_detail::raise_portably<Key>({&work, 1});
}

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_RSA_KERNELS_HPP
