// SPDX-License-Identifier: BSL-1.0
//
// Many RSA signatures: eight at once with IFMA, four with AVX2, by one key or (IFMA) by keys of one size. Every answer is
// the one that check_rsa gives: signatures are never multiplied together, which would accept sets in which none is valid.
#ifndef MODSIG_ENGINE_NATIVE_RSA_MANY_HPP
#define MODSIG_ENGINE_NATIVE_RSA_MANY_HPP

#include <modsig/engine/native/rsa.hpp>
#include <modsig/engine/native/rsa_avx2.hpp>
#include <modsig/engine/native/rsa_ifma8.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace modsig::engine::inline MODSIG_KERNELS {

/// What check_rsa is asked.
template <class Key = rsa_prepared>
struct rsa_claim {
    const Key* key = nullptr;            ///< outlives the claim
    scheme_id scheme = scheme_id::none;  ///< what check_rsa() verifies: an RSA scheme
    digest_value digest{};               ///< of what is signed
    byte_view signature{};               ///< the caller's bytes
    pss_salt salt{};                     ///< PSS only
};

namespace native_detail {

#ifdef MODSIG_NATIVE_X86
/// All works at once, in the arithmetic `field`; lanes without one raise a zero.
template <class Field, class Key>
void raise_lanes(const Field& field, std::span<rsa_work<Key>> works) {
    typename Field::number x, s;
    for (std::size_t lane = 0; lane != Field::number::lanes; ++lane)
        s.set(lane, lane < works.size() ? works[lane].signature() : std::span<const std::uint64_t>{}, field.size());
    raise_to_public_exponent(field, x, s, works.front().key->exponent());
    for (std::size_t lane = 0; lane != works.size(); ++lane) {
        x.to_words(lane, works[lane].result(), field.size());
        subtract_modulus_once(works[lane]);
    }
}

template <class Key, bool OneKey>
void raise_eight_with_ifma(std::span<rsa_work<Key>> works) {
    using field = ifma_eight<decltype(Key::wide.ifma)::number::room, OneKey>;
    const auto& first = works.front().key->wide.ifma;
    typename field::number n;
    typename field::number r2;
    limb_vector<52, 1> n0;
    for (std::size_t lane = 0; lane != n0.room; ++lane) {
        const auto& its = works[lane < works.size() ? lane : 0].key->wide.ifma;
        n0.limb[lane] = its.n0;
        r2.set(lane, its.r2, first.size);
        if constexpr (!OneKey) n.set(lane, its.n, first.size);
    }
    if constexpr (OneKey) raise_lanes(field(first.n, r2, n0, first.size), works);
    else raise_lanes(field(n, r2, n0, first.size), works);
}

template <class Key, unsigned Radix, std::size_t MaxBits>
void raise_four_with_avx2(const wide_modulus<Radix, MaxBits, std::uint32_t>& modulus, std::span<rsa_work<Key>> works) {
    using field = avx2_four<Radix, wide_modulus<Radix, MaxBits, std::uint32_t>::number::room>;
    typename field::number r2;
    for (std::size_t lane = 0; lane != r2.lanes; ++lane) r2.set(lane, modulus.r2, modulus.size);
    raise_lanes(field(modulus.n, r2, modulus.n0, modulus.size), works);
}
template <class Key>
void raise_four_with_avx2(std::span<rsa_work<Key>> works) {
    const auto& forms = works.front().key->wide;
    if constexpr (wide_forms<Key::max_bits>::has_large)
        if (works.front().key->bits > most_bits_of_radix_28) return raise_four_with_avx2(forms.avx2_large, works);
    raise_four_with_avx2(forms.avx2, works);
}
#endif

// A call costs the same however many lanes are in use.
template <class Key>
consteval rsa_table<Key> kernels_of_many() {
    rsa_table<Key> table = kernels_of_one<Key>();
#ifdef MODSIG_NATIVE_X86
    if constexpr (Key::isa::accelerated) {
        constexpr cpu_features ifma = cpu_features{}.with(feature::ifma), avx2 = cpu_features{}.with(feature::avx2);
        constexpr std::uint16_t small = 2560 / 64;  // above, a signature alone has more to gain
        table.add({{raise_eight_with_ifma<Key, true>, 8, std::min(small, Key::max_words), 350, ifma}, true});
        table.add({{raise_eight_with_ifma<Key, false>, 8, std::min(small, Key::max_words), 360, ifma}});
        if constexpr (Key::max_words > small) {
            table.add({{raise_eight_with_ifma<Key, true>, 8, Key::max_words, 550, ifma}, true});
            table.add({{raise_eight_with_ifma<Key, false>, 8, Key::max_words, 560, ifma}});
        }
        table.add({{raise_four_with_avx2<Key>, 4, Key::max_words, 667, avx2}, true});
    }
#endif
    return table;
}

}  // namespace native_detail

/// The kernels of one and of several signatures.
template <class Key>
inline constexpr rsa_table<Key> rsa_kernels = native_detail::kernels_of_many<Key>();

/// Claims that wait until a pass is full. About 18 KiB, and 64 KiB of stack while it runs.
template <class Key>
class rsa_pass {
    static constexpr std::size_t most = 8;

    rsa_work<Key> works_[most];
    const rsa_claim<Key>* claims_[most];
    errc* answers_[most];
    std::size_t count_ = 0;

    /// For `count` signatures of such keys.
    [[nodiscard]] static constexpr const rsa_kernel<Key>& kernel_for(std::size_t count, std::size_t words, bool one_key) {
        return choose_kernel(rsa_kernels<Key>.rows(), Key::isa::features(), count,
                             [=](const rsa_kernel<Key>& each) { return each.has_room_for(words) && (one_key || !each.one_key); });
    }

    [[nodiscard]] constexpr bool one_key() const {
        for (std::size_t i = 1; i < count_; ++i)
            if (works_[i].key != works_[0].key) return false;
        return true;
    }

    constexpr void raise_all() {
        const rsa_kernel<Key>& kernel = kernel_for(count_, works_[0].key->words(), one_key());
        for (std::size_t begin = 0; begin < count_; begin += kernel.lanes)
            kernel.run(std::span(works_).subspan(begin, std::min<std::size_t>(kernel.lanes, count_ - begin)));
    }

public:
    /// Signatures of one key that are done together, if there are enough of them; 1: this CPU has nothing for several.
    [[nodiscard]] static constexpr std::size_t lane_count() { return kernel_for(most, 1, true).lanes; }

    /// Signatures that wait.
    [[nodiscard]] constexpr std::size_t size() const { return count_; }

    /// Whether signatures of this key can go with those that wait.
    [[nodiscard]] constexpr bool accepts(const Key& key) const {
        if (count_ == 0 || works_[0].key == &key) return true;
        const Key& first = *works_[0].key;
        return first.bits == key.bits && equal(first.exponent(), key.exponent()) && kernel_for(most, key.words(), false).lanes != 1;
    }

    /// Answers at once when there is nothing to calculate, else when the pass runs: claim and answer must stay till then.
    constexpr void add(const rsa_claim<Key>& claim, errc& answer) {
        answer = errc::key_type_mismatch;
        if (!native_detail::is_rsa(claim.scheme)) return;
        works_[count_].key = claim.key;
        answer = native_detail::load_signature(works_[count_], claim.signature, claim.scheme == scheme_id::rsa_pkcs1_raw);
        if (answer != errc::none) return;
        answer = errc::not_checked;
        claims_[count_] = &claim;
        answers_[count_++] = &answer;
    }

    /// Answers all that wait; the pass is empty then.
    constexpr void run() {
        if (count_ == 0) return;
        raise_all();
        for (std::size_t i = 0; i != count_; ++i) {
            const rsa_claim<Key>& claim = *claims_[i];
            const result<void> answer = native_detail::check_em<Key>(works_[i].em, claim.key->bits, claim.scheme, claim.digest, claim.salt);
            *answers_[i] = answer ? errc::none : answer.error().code;
        }
        count_ = 0;
    }
};

/// Answers each claim with the code that check_rsa would give: errc::none is proof. Claims that follow each other go together while their keys are
/// one, or have one size and exponent: sort by key where that is possible. There are as many answers as claims.
template <class Key>
constexpr void check_rsa_many(std::span<const rsa_claim<Key>> claims, std::span<errc> answers) {
    if constexpr (Key::isa::accelerated)
        if (!std::is_constant_evaluated()) {
            rsa_pass<Key> pass;
            for (std::size_t i = 0; i != claims.size(); ++i) {
                if (!pass.accepts(*claims[i].key)) pass.run();
                pass.add(claims[i], answers[i]);
                if (pass.size() == pass.lane_count()) pass.run();
            }
            return pass.run();
        }
    for (std::size_t i = 0; i != claims.size(); ++i) {
        const rsa_claim<Key>& claim = claims[i];
        const auto answer = check_rsa(*claim.key, claim.scheme, claim.digest, claim.signature, claim.salt);
        answers[i] = answer ? errc::none : answer.error().code;
    }
}

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_RSA_MANY_HPP
