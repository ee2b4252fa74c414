// SPDX-License-Identifier: BSL-1.0
//
// Many RSA signatures: eight at once with IFMA, four with AVX2, by one key or (IFMA) by keys of one size. Every answer is
// the one that check_rsa gives: signatures are never multiplied together, which would accept sets in which none is valid.
#ifndef MODSIG_ENGINE_NATIVE_RSA_MANY_HPP
#define MODSIG_ENGINE_NATIVE_RSA_MANY_HPP

#include <modsig/engine/native/rsa.hpp>
#include <modsig/engine/native/rsa_avx2.hpp>
#include <modsig/engine/native/rsa_ifma8.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace modsig::engine {

/// What check_rsa is asked.
template <class Key = rsa_prepared>
struct rsa_claim {
    const Key* key = nullptr;
    scheme_id scheme = scheme_id::none;
    digest_value digest{};
    byte_view signature{};
    pss_salt salt{};
};

#ifdef MODSIG_NATIVE_X86
namespace detail {

/// `count` signatures below their moduli, to be raised together; em[lane] is the result, below n.
template <class Key>
struct rsa_lanes {
    static constexpr std::size_t most = 8;
    const Key* keys[most];
    std::uint64_t s[most][Key::max_limbs];
    std::uint64_t em[most][Key::max_limbs + 1];
    std::size_t count = 0;

    [[nodiscard]] bool one_key() const {
        for (std::size_t lane = 1; lane < count; ++lane)
            if (keys[lane] != keys[0]) return false;
        return true;
    }
};

/// All lanes at once, in the arithmetic `field`; lanes without a signature raise a zero.
template <class Field, class Key>
void raise_lanes(const Field& field, rsa_lanes<Key>& lanes, unsigned bits_each) {
    alignas(64) std::uint64_t x[Field::lane_count * Field::max_limbs], s[Field::lane_count * Field::max_limbs];
    for (std::size_t lane = 0; lane != Field::lane_count; ++lane)
        limbs::split(s + lane, field.size, Field::lane_count, bits_each, lanes.s[lane], lane < lanes.count ? lanes.keys[lane]->modulus.size : 0);
    raise_to_public_exponent(field, x, s, lanes.keys[0]->exponent());
    for (std::size_t lane = 0; lane != lanes.count; ++lane) {
        const Key& key = *lanes.keys[lane];
        limbs::join(lanes.em[lane], key.modulus.size + 1, x + lane, field.size, Field::lane_count, bits_each);
        subtract_modulus_once(key, lanes.em[lane]);
    }
}

/// Eight signatures; keys have one exponent and wide.ifma.size, and are one key if `SharedKey`.
template <bool SharedKey, class Key>
void raise_with_ifma(rsa_lanes<Key>& lanes) {
    using field_type = ifma_eight<sizeof(Key::wide.ifma.n) / sizeof(std::uint64_t), SharedKey>;
    constexpr std::size_t count = field_type::lane_count, room = count * field_type::max_limbs;
    const auto& first = lanes.keys[0]->wide.ifma;
    alignas(64) std::uint64_t r2[room], n[SharedKey ? 1 : room], n0[count];
    for (std::size_t lane = 0; lane != count; ++lane) {
        const auto& radix = lanes.keys[lane < lanes.count ? lane : 0]->wide.ifma;
        n0[lane] = radix.n0;
        for (std::size_t i = 0; i != first.size; ++i) r2[i * count + lane] = radix.r2[i];
        if constexpr (!SharedKey)
            for (std::size_t i = 0; i != first.size; ++i) n[i * count + lane] = radix.n[i];
    }
    raise_lanes(field_type{SharedKey ? first.n : n, r2, n0, first.size}, lanes, 52);
}

/// Four signatures of one key.
template <class Key>
void raise_with_avx2(rsa_lanes<Key>& lanes) {
    const auto& radix = lanes.keys[0]->wide.avx2;
    using field_type = avx2_four<sizeof(radix.n) / sizeof(std::uint32_t)>;
    constexpr std::size_t count = field_type::lane_count;
    alignas(64) std::uint64_t r2[count * field_type::max_limbs];
    for (std::size_t i = 0; i != radix.size; ++i)
        for (std::size_t lane = 0; lane != count; ++lane) r2[i * count + lane] = radix.r2[i];
    raise_lanes(field_type{radix.n, r2, radix.n0, radix.size, radix.bits_each}, lanes, radix.bits_each);
}

}  // namespace detail

/// Claims that wait until a pass is full. About 18 KiB, and 64 KiB of stack while it runs.
template <class Key>
class rsa_pass {
    detail::rsa_lanes<Key> lanes_;
    const rsa_claim<Key>* claims_[detail::rsa_lanes<Key>::most];
    errc* answers_[detail::rsa_lanes<Key>::most];

    /// A pass costs the same however many lanes are in use; below these numbers (measured) one by one is faster.
    void raise() {
        const cpu_features cpu = Key::isa::features();
        const bool ifma = cpu.has(feature::ifma);
        if (ifma && lanes_.count >= (lanes_.keys[0]->bits <= 2560 ? 4u : 6u)) {
            if (lanes_.one_key()) detail::raise_with_ifma<true>(lanes_);
            else detail::raise_with_ifma<false>(lanes_);
        } else if (!ifma && lanes_.count >= (cpu.has(feature::bmi2) ? 3u : 2u)) {
            detail::raise_with_avx2(lanes_);
        } else {
            for (std::size_t lane = 0; lane != lanes_.count; ++lane) detail::rsa_public(*lanes_.keys[lane], lanes_.em[lane], lanes_.s[lane]);
        }
    }

public:
    [[nodiscard]] static std::size_t lane_count() {
        const cpu_features cpu = Key::isa::features();
        return cpu.has(feature::ifma) ? 8 : cpu.has(feature::avx2) ? 4 : 0;
    }

    [[nodiscard]] std::size_t size() const { return lanes_.count; }

    /// Whether signatures of this key can go with those that wait.
    [[nodiscard]] bool accepts(const Key& key) const {
        if (lanes_.count == 0 || lanes_.keys[0] == &key) return true;
        const Key& first = *lanes_.keys[0];
        return Key::isa::features().has(feature::ifma) && first.wide.ifma.size == key.wide.ifma.size && equal(first.exponent(), key.exponent());
    }

    /// Answers at once when there is nothing to calculate, else when the pass runs: claim and answer must stay till then.
    void add(const rsa_claim<Key>& claim, errc& answer) {
        answer = errc::key_type_mismatch;
        if (!detail::is_rsa(claim.scheme)) return;
        answer = detail::load_signature(*claim.key, lanes_.s[lanes_.count], claim.signature, claim.scheme == scheme_id::rsa_pkcs1_raw);
        if (answer != errc::none) return;
        answer = errc::not_checked;
        claims_[lanes_.count] = &claim;
        answers_[lanes_.count] = &answer;
        lanes_.keys[lanes_.count++] = claim.key;
    }

    void run() {
        raise();
        for (std::size_t lane = 0; lane != lanes_.count; ++lane) {
            const rsa_claim<Key>& claim = *claims_[lane];
            const result<void> answer = detail::check_em<Key>(lanes_.em[lane], claim.key->bits, claim.scheme, claim.digest, claim.salt);
            *answers_[lane] = answer ? errc::none : answer.error().code;
        }
        lanes_.count = 0;
    }
};

#else
/// There is nothing here for several signatures: each is checked as it comes.
template <class Key>
class rsa_pass {
public:
    [[nodiscard]] static constexpr std::size_t lane_count() { return 0; }
    [[nodiscard]] static constexpr std::size_t size() { return 0; }
    [[nodiscard]] static constexpr bool accepts(const Key&) { return true; }
    static constexpr void add(const rsa_claim<Key>& claim, errc& answer) {
        const auto checked = check_rsa(*claim.key, claim.scheme, claim.digest, claim.signature, claim.salt);
        answer = checked ? errc::none : checked.error().code;
    }
    static constexpr void run() {}
};
#endif

#ifdef MODSIG_NATIVE_X86
namespace detail {

/// False: this CPU has nothing for several signatures.
template <class Key>
[[nodiscard]] bool check_in_passes(std::span<const rsa_claim<Key>> claims, std::span<errc> answers) {
    const std::size_t lanes = rsa_pass<Key>::lane_count();
    if (lanes == 0) return false;
    rsa_pass<Key> pass;
    for (std::size_t i = 0; i != claims.size(); ++i) {
        if (!pass.accepts(*claims[i].key)) pass.run();
        pass.add(claims[i], answers[i]);
        if (pass.size() == lanes) pass.run();
    }
    if (pass.size() != 0) pass.run();
    return true;
}

}  // namespace detail
#endif

/// Answers each claim with the code that check_rsa would give: errc::none is proof. Claims that follow each other go together while their keys are
/// one, or have one size and exponent: sort by key where that is possible. There are as many answers as claims.
template <class Key>
constexpr void check_rsa_many(std::span<const rsa_claim<Key>> claims, std::span<errc> answers) {
#ifdef MODSIG_NATIVE_X86
    if constexpr (Key::isa::accelerated)
        if (!std::is_constant_evaluated() && detail::check_in_passes(claims, answers)) return;
#endif
    for (std::size_t i = 0; i != claims.size(); ++i) {
        const rsa_claim<Key>& claim = claims[i];
        const auto answer = check_rsa(*claim.key, claim.scheme, claim.digest, claim.signature, claim.salt);
        answers[i] = answer ? errc::none : answer.error().code;
    }
}

}  // namespace modsig::engine

#endif  // MODSIG_ENGINE_NATIVE_RSA_MANY_HPP
