// SPDX-License-Identifier: BSL-1.0
//
// rsa_key<Max> for every Max from 256 to 8192 bits in steps of 64: keys of its size and of smaller ones, beside OpenSSL, with
// what MODSIG_CPU leaves of this CPU. Moduli are products of small primes, so that keys and signatures take no time to make.
#include "rsa_room.hpp"

#include "native_openssl.hpp"

#include <algorithm>

namespace rsa_room {
extern template void check_part<0>(std::span<const sample>, outcome&);
extern template void check_part<1>(std::span<const sample>, outcome&);
extern template void check_part<2>(std::span<const sample>, outcome&);
extern template void check_part<3>(std::span<const sample>, outcome&);
extern template void check_part<4>(std::span<const sample>, outcome&);
}  // namespace rsa_room

namespace {

using namespace rsa_room;
using native_test::bignum;
using native_test::must;

constexpr unsigned long exponent = 65537;

/// A prime p of so many bits with gcd(exponent, p - 1) = 1.
bignum prime_of(std::size_t bits) {
    bignum p(BN_new());
    do must(BN_generate_prime_ex(p.get(), static_cast<int>(bits), 0, nullptr, nullptr, nullptr) == 1);
    while (BN_mod_word(p.get(), exponent) == 1);
    return p;
}

/// Distinct primes that multiply to exactly so many bits: some of `shared`, 60 bits each, and one of their own.
std::vector<bignum> factors(std::size_t bits, const std::vector<bignum>& shared, BN_CTX* context) {
    for (;;) {
        std::vector<bignum> primes;
        const bignum product(BN_new());
        must(BN_one(product.get()) == 1);
        const std::size_t offset = native_test::random()() % shared.size();
        while (static_cast<std::size_t>(BN_num_bits(product.get())) + 90 < bits) {
            primes.emplace_back(BN_dup(shared[(offset + primes.size()) % shared.size()].get()));
            must(BN_mul(product.get(), product.get(), primes.back().get(), context) == 1);
        }
        primes.push_back(prime_of(bits - static_cast<std::size_t>(BN_num_bits(product.get())) + 1));
        must(BN_mul(product.get(), product.get(), primes.back().get(), context) == 1);
        if (static_cast<std::size_t>(BN_num_bits(product.get())) == bits) return primes;
    }
}

/// 00 01 FF ... FF 00, DigestInfo if there is room, digest: RFC 8017, section 9.2.
octets block_of(std::size_t size, const sample& made) {
    const rsa_block content(made.scheme, made.digest);
    octets block(size, 0xff);
    block[0] = 0, block[1] = 1, block[size - content.content().size() - 1] = 0;
    std::copy(content.content().begin(), content.content().end(), block.end() - static_cast<std::ptrdiff_t>(content.content().size()));
    return block;
}

/// block^(1/e) modulo the product of the primes, one prime after the other (Chinese remainder theorem); n becomes the product.
bignum sign(const BIGNUM* block, const std::vector<bignum>& primes, BIGNUM* n, BN_CTX* context) {
    const bignum e(BN_new()), order(BN_new()), d(BN_new()), residue(BN_new()), step_size(BN_new());
    bignum s(BN_new());
    must(BN_set_word(e.get(), exponent) == 1 && BN_one(n) == 1 && BN_set_word(s.get(), 0) == 1);
    for (const bignum& p : primes) {
        must(BN_sub(order.get(), p.get(), BN_value_one()) == 1 && BN_mod_inverse(d.get(), e.get(), order.get(), context) != nullptr);
        must(BN_mod(residue.get(), block, p.get(), context) == 1 && BN_mod_exp(residue.get(), residue.get(), d.get(), p.get(), context) == 1);
        // s + n * t, with t = (residue - s) / n mod p
        must(BN_mod_sub(residue.get(), residue.get(), s.get(), p.get(), context) == 1 && BN_mod_inverse(step_size.get(), n, p.get(), context) != nullptr);
        must(BN_mod_mul(residue.get(), residue.get(), step_size.get(), p.get(), context) == 1 && BN_mul(residue.get(), residue.get(), n, context) == 1);
        must(BN_add(s.get(), s.get(), residue.get()) == 1 && BN_mul(n, n, p.get(), context) == 1);
    }
    return s;
}

sample make(std::size_t bits, const std::vector<bignum>& shared, BN_CTX* context) {
    const bignum n(BN_new());
    sample made;
    made.e = {1, 0, 1};
    made.scheme = bits < 512 ? scheme_id::rsa_pkcs1_raw : scheme_id::rsa_pkcs1_v15;
    made.digest = native_test::digest(bits < 512 ? digest_id::sha1 : digest_id::sha256, native_test::random_bytes(8));
    const bignum signature = sign(native_test::number(block_of((bits + 7) / 8, made)).get(), factors(bits, shared, context), n.get(), context);
    made.n = native_test::to_bytes(n.get(), (bits + 7) / 8);
    made.signature = native_test::to_bytes(signature.get(), made.n.size());
    for (std::size_t i = 0; i != made.s.size(); ++i) {
        made.s[i] = native_test::random_bytes(made.n.size());
        made.s[i].front() = static_cast<std::uint8_t>(made.s[i].front() & 0x7f);  // n has its top bit
        if (i == 0) made.s[i] = made.n, made.s[i].back() -= 1;
        made.power[i] = native_test::power_modulo(made.s[i], made.e, made.n);
    }
    return made;
}

}  // namespace

int main() {
    const native_test::bn_context context(BN_CTX_new());
    std::vector<bignum> shared;
    for (std::size_t i = 0; i != max_rsa_bits / 59; ++i) shared.push_back(prime_of(60));
    std::vector<sample> samples;
    for (std::size_t i = 0; i != sizes; ++i) samples.push_back(make(least + i * step, shared, context.get()));
    outcome seen;
    check_part<0>(samples, seen);
    check_part<1>(samples, seen);
    check_part<2>(samples, seen);
    check_part<3>(samples, seen);
    check_part<4>(samples, seen);
    std::printf("%zu rooms, %zu keys, %zu powers, %zu signatures; %zu wrong\n", sizes, seen.keys, seen.powers, seen.signatures, seen.wrong);
    return seen.wrong == 0 && seen.keys >= 5 * sizes - 10 ? 0 : 1;
}
