// SPDX-License-Identifier: BSL-1.0
//
// RSA keys with room for any number of bits, and what each of the arithmetics makes of them: the template that the parts of
// rsa_room.cpp instantiate. Compiling them is what takes long.
#ifndef MODSIG_TESTS_ENGINE_RSA_ROOM_HPP
#define MODSIG_TESTS_ENGINE_RSA_ROOM_HPP

#include <modsig/engine/native.hpp>
#include <modsig/engine/native/rsa_many.hpp>

#include <array>
#include <cstdio>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace rsa_room {

using namespace modsig;
using namespace modsig::engine;

using octets = std::vector<std::uint8_t>;
inline constexpr std::size_t step = 64, least = 256, sizes = (max_rsa_bits - least) / step + 1, parts = 5;
static_assert(sizes % parts == 0);

/// A key and numbers below its modulus, with their powers as OpenSSL has them; and a signature with it.
struct sample {
    octets n, e;
    scheme_id scheme = scheme_id::none;
    digest_value digest{};
    octets signature;
    std::array<octets, 8> s, power;

    [[nodiscard]] public_key key() const { return {key_algorithm::rsa, static_cast<std::uint32_t>(bit_length(n)), n, e}; }
};

struct outcome {
    std::size_t keys = 0, powers = 0, signatures = 0, wrong = 0;

    void judge(bool good, const char* what, std::size_t room, const sample& by) {
        if (good) return;
        if (++wrong < 20) std::printf("FAILED: %s, room for %zu bits, key of %zu bits\n", what, room, bit_length(by.n));
    }
};

/// Every kernel that this CPU and MODSIG_CPU allow, in every lane; and the verdict, by the engine.
template <std::size_t Room>
void check_key(const sample& by, outcome& seen) {
    using key_type = rsa_key<Room>;
    using room_engine = basic_native<native_digest_list, isa::best, Room>;
    const auto key = prepare_rsa<key_type>(by.key());
    const auto prepared = room_engine::prepare(by.key());
    if (!key || !prepared) return seen.judge(false, "the key is refused", Room, by);
    ++seen.keys;
    const auto works = std::make_unique<rsa_work<key_type>[]>(by.s.size());
    for (const rsa_kernel<key_type>& kernel : rsa_kernels<key_type>.rows()) {
        if (!kernel.runs_on(isa::best::features()) || !kernel.has_room_for(key->words())) continue;
        for (std::size_t lane = 0; lane != kernel.lanes; ++lane) {
            works[lane].key = &*key;
            limbs::load(works[lane].s, key->modulus.size, by.s[lane]);
        }
        kernel.run({works.get(), kernel.lanes});
        for (std::size_t lane = 0; lane != kernel.lanes; ++lane, ++seen.powers) {
            octets power(by.n.size());
            for (std::size_t i = 0; i != power.size(); ++i) power[power.size() - 1 - i] = limbs::byte_at(works[lane].em, i);
            seen.judge(power == by.power[lane], "a wrong power", Room, by);
        }
    }
    octets signature = by.signature;
    to_check what{by.scheme, by.digest, {}, signature, false};
    seen.judge(room_engine{}.check(*prepared, what).has_value(), "a good signature is refused", Room, by);
    signature.back() ^= 1;
    seen.judge(!room_engine{}.check(*prepared, what), "a bad signature is taken", Room, by);
    seen.signatures += 2;
}

/// samples[i] is a key of least + i * step bits.
template <std::size_t Room>
void check_room(std::span<const sample> samples, outcome& seen) {
    constexpr std::size_t own = (Room - least) / step;
    for (const std::size_t i : {own, own - 1, own / 2, own * 7 / 8, own / 5, std::size_t{0}})
        if (i <= own) check_key<Room>(samples[i], seen);
    if (own + 1 != samples.size()) seen.judge(!prepare_rsa<rsa_key<Room>>(samples[own + 1].key()), "a key is taken that there is no room for", Room, samples[own + 1]);
}

template <std::size_t Part>
void check_part(std::span<const sample> samples, outcome& seen) {
    [&]<std::size_t... I>(std::index_sequence<I...>) { (check_room<least + step * (parts * I + Part)>(samples, seen), ...); }(std::make_index_sequence<sizes / parts>{});
}

}  // namespace rsa_room

#endif  // MODSIG_TESTS_ENGINE_RSA_ROOM_HPP
