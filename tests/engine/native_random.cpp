// SPDX-License-Identifier: BSL-1.0
// Random questions about RSA that the native engine, OpenSSL and Botan answer alike. MODSIG_TEST_ROUNDS=250 asks a million of each
// kind; without it there are four thousand.
#include <modsig/engine/native.hpp>

#include <modsig/engine/best.hpp>
#include <modsig/engine/botan.hpp>

#include "native_keys.hpp"
#include "native_openssl.hpp"

#include <botan/bigint.h>
#include <botan/numthry.h>
#include <botan/pubkey.h>
#include <botan/rsa.h>
#include <doctest/doctest.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <vector>

using namespace modsig;
using namespace modsig::engine;
using native_test::freed;
using native_test::key_of;
using native_test::octets;

namespace {

constexpr unsigned usual_questions = 4000;

[[nodiscard]] std::size_t below(std::size_t end) { return native_test::random()() % end; }
[[nodiscard]] bool one_in(std::size_t n) { return below(n) == 0; }

/// s below n, of n's length.
[[nodiscard]] octets random_below(const octets& n) {
    octets s = native_test::random_bytes(n.size());
    s.front() = static_cast<std::uint8_t>(s.front() % (n.front() + 1u));
    if (compare_integers(s, n) >= 0) s.front() = 0;
    return s;
}

/// a + b, or nothing if it is longer than that.
[[nodiscard]] octets sum(const octets& a, const octets& b, std::size_t size) {
    const native_test::bignum total(BN_new());
    native_test::must(BN_add(total.get(), native_test::number(a).get(), native_test::number(b).get()) == 1);
    return static_cast<std::size_t>(BN_num_bytes(total.get())) <= size ? native_test::to_bytes(total.get(), size) : octets{};
}

// ---- the operation itself --------------------------------------------------------------------------------------------

/// OpenSSL and Botan with one modulus.
class two_others {
    native_test::bn_context context_{BN_CTX_new()};
    std::unique_ptr<BN_MONT_CTX, freed<BN_MONT_CTX, BN_MONT_CTX_free>> montgomery_{BN_MONT_CTX_new()};
    native_test::bignum n_, e_;
    Botan::BigInt botan_n_, botan_e_;
    std::size_t size_;

public:
    two_others(const octets& n, const octets& e)
        : n_(native_test::number(n)), e_(native_test::number(e)), botan_n_(n.data(), n.size()), botan_e_(e.data(), e.size()), size_(n.size()) {
        native_test::must(BN_MONT_CTX_set(montgomery_.get(), n_.get(), context_.get()) == 1);
    }

    [[nodiscard]] octets power(const octets& s) const {
        const native_test::bignum result(BN_new());
        native_test::must(BN_mod_exp_mont(result.get(), native_test::number(s).get(), e_.get(), n_.get(), context_.get(), montgomery_.get()) == 1);
        octets bytes = native_test::to_bytes(result.get(), size_);
        REQUIRE(Botan::power_mod(Botan::BigInt(s.data(), s.size()), botan_e_, botan_n_) == Botan::BigInt(bytes.data(), bytes.size()));
        return bytes;
    }
};

/// One public operation, of a key among several.
struct operation {
    std::size_t key;
    octets s, expected;
};

template <class Key>
using keys_of = std::vector<std::unique_ptr<Key>>;

/// How many results were compared.
template <class Key>
std::size_t raise_one_by_one(const std::vector<octets>& moduli, const octets& e, const std::vector<operation>& operations) {
    keys_of<Key> keys;
    for (const octets& n : moduli) keys.push_back(native_test::prepared<Key>(key_of(n, e)));
    for (const operation& o : operations)
        if (native_test::raise(*keys[o.key], o.s) != o.expected) FAIL_CHECK("a wrong power with " << bit_length(moduli[o.key]) << " bits");
    return operations.size();
}

/// By every kernel in turn, with one work and more up to all of its lanes, however few may be worth it; how many of several lanes.
template <class Key>
std::size_t raise_in_lanes(const std::vector<octets>& moduli, const octets& e, const std::vector<operation>& operations) {
    keys_of<Key> keys;
    for (const octets& n : moduli) keys.push_back(native_test::prepared<Key>(key_of(n, e)));
    const auto works = std::make_unique<rsa_work<Key>[]>(8);
    std::size_t raised = 0;
    native_test::each_kernel<Key>(keys[0]->words(), keys.size() == 1, [&](const rsa_kernel<Key>& kernel) {
        if (kernel.lanes == 1) return;
        for (std::size_t begin = 0, width = 1, count = 0; begin != operations.size(); begin += count, width = width % kernel.lanes + 1) {
            count = std::min(width, operations.size() - begin);
            for (std::size_t i = 0; i != count; ++i) native_test::load(works[i], *keys[operations[begin + i].key], operations[begin + i].s);
            kernel.run({works.get(), count});
            for (std::size_t lane = 0; lane != count; ++lane) {
                const operation& o = operations[begin + lane];
                if (native_test::bytes_of(works[lane].em, o.expected.size()) != o.expected)
                    FAIL_CHECK("a wrong power in lane " << lane << " of " << count << " with " << bit_length(moduli[o.key]) << " bits");
            }
        }
        raised += operations.size();
    });
    return raised;
}

[[nodiscard]] octets random_exponent() {
    switch (below(8)) {
        case 0:
        case 1: return {3};
        case 2:
        case 3:
        case 4: return {1, 0, 1};
        case 5: return {17};
        case 6: return {0x80, 0x00, 0x00, 0x00, 0x01};
        default: break;
    }
    octets e = native_test::random_bytes(12);
    std::fill_n(e.begin(), below(12), std::uint8_t{0});
    e.back() |= 1;
    return bit_length(e) < 2 ? octets{5} : e;
}

[[nodiscard]] std::size_t random_size_in_bits() {
    const std::size_t kind = below(100);
    return kind < 70 ? 256 + below(800) : kind < 95 ? 1000 + below(1100) : kind < 99 ? 2000 + below(2200) : 4090 + below(4103);
}

}  // namespace

TEST_CASE("native: random public operations have OpenSSL's and Botan's results") {
    std::size_t asked = 0, one_by_one = 0, in_lanes = 0;
    unsigned turn = 0;
    for (; asked < native_test::rounds(usual_questions); ++turn) {
        const std::size_t bits = random_size_in_bits();
        const octets e = random_exponent();
        auto moduli = native_test::moduli(bits);
        std::shuffle(moduli.begin(), moduli.end(), native_test::random());
        moduli.resize(1 + turn % moduli.size());
        std::vector<two_others> others;
        for (const octets& n : moduli) others.emplace_back(n, e);
        std::vector<operation> operations;
        for (std::size_t i = 0; i != 36; ++i) {  // passes of 1 to 8, each once
            const std::size_t key = below(moduli.size());
            octets s = random_below(moduli[key]);
            if (one_in(20)) std::fill_n(s.begin(), below(s.size()), std::uint8_t{0});
            if (one_in(40)) s = moduli[key], s.back() -= 1;
            octets expected = others[key].power(s);
            operations.push_back({key, std::move(s), std::move(expected)});
        }
        asked += operations.size();
        unsigned type = 0, types = 0;
        native_test::each_key_type([&]<class Key>(const std::string&) { ++types; });
        native_test::each_key_type([&]<class Key>(const std::string& arithmetic) {
            if (type++ != turn % types) return;
            CAPTURE(arithmetic);
            one_by_one += raise_one_by_one<Key>(moduli, e, operations);
        });
        in_lanes += raise_in_lanes<rsa_prepared>(moduli, e, operations);
    }
    CHECK(one_by_one == asked);
    std::printf("      %zu operations of OpenSSL and of Botan; native: %zu alone, %zu in lanes\n", asked, one_by_one, in_lanes);
}

// ---- verdicts --------------------------------------------------------------------------------------------------------

namespace {

using public_pkey = native_test::pkey;

/// A public key as OpenSSL has it; any two numbers.
[[nodiscard]] public_pkey openssl_key(const octets& n, const octets& e) {
    const std::unique_ptr<OSSL_PARAM_BLD, freed<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>> builder(OSSL_PARAM_BLD_new());
    const native_test::bignum modulus = native_test::number(n), exponent = native_test::number(e);
    native_test::must(OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) == 1);
    native_test::must(OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) == 1);
    const std::unique_ptr<OSSL_PARAM, freed<OSSL_PARAM, OSSL_PARAM_free>> parameters(OSSL_PARAM_BLD_to_param(builder.get()));
    const native_test::pkey_context context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
    EVP_PKEY* made = nullptr;
    native_test::must(EVP_PKEY_fromdata_init(context.get()) == 1 && EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters.get()) == 1);
    return public_pkey(made);
}

/// A signature, right or nearly so, and what it is for.
struct made_signature {
    digest_value digest;
    octets signature;
    std::size_t salt = 0;
};

/// A key that signatures were made with; or one without a private half, which has none.
struct signer {
    octets n, e;
    public_pkey openssl;
    engine::detail::botan_key botan_key;
    native::prepared_key native_key;
    std::vector<made_signature> good, bad;

    signer(octets modulus, octets exponent)
        : n(std::move(modulus)), e(std::move(exponent)), openssl(openssl_key(n, e)), botan_key(key()), native_key(*native::prepare(key())) {}

    [[nodiscard]] public_key key() const { return key_of(n, e); }
};

[[nodiscard]] digest_value random_digest(digest_id id) { return native_test::digest(id, native_test::random_bytes(16)); }

[[nodiscard]] digest_id random_algorithm(scheme_id scheme) {
    static constexpr digest_id all[] = {digest_id::sha256, digest_id::sha1, digest_id::sha224, digest_id::sha384, digest_id::sha512, digest_id::sha256,
                                        digest_id::sha3_256};
    return all[below(scheme == scheme_id::rsa_pss ? 6 : 7)];
}

[[nodiscard]] std::size_t least_bits(scheme_id scheme, digest_id id, std::size_t salt) {
    if (scheme == scheme_id::rsa_pss) return 8 * (size_of(id) + salt + 2) + 1;
    return 8 * (size_of(id) + 11 + (scheme == scheme_id::rsa_pkcs1_v15 ? digest_info_prefix(id).view().size() : 0));
}

/// What would have been signed, but for a byte, a place or a length.
void spoil(octets& block) {
    const std::size_t at = below(block.size());
    switch (below(6)) {
        case 0: block.erase(block.begin() + static_cast<std::ptrdiff_t>(at)), block.insert(block.begin(), 0); break;
        case 1: block.erase(block.begin()), block.insert(block.begin() + static_cast<std::ptrdiff_t>(at % block.size()), 0xff); break;
        case 2: block[at] = 0; break;
        case 3: block[1] = static_cast<std::uint8_t>(below(4)); break;
        case 4: block.back() ^= static_cast<std::uint8_t>(1u << below(8)); break;
        default: block[at] ^= static_cast<std::uint8_t>(1u << below(8)); break;
    }
}

/// The nth key of this kind, made once.
[[nodiscard]] const native_test::rsa_pair& pair_of(unsigned bits, unsigned long exponent, std::size_t nth) {
    static std::map<std::array<std::size_t, 3>, std::unique_ptr<native_test::rsa_pair>> pairs;
    auto& pair = pairs[{bits, exponent, nth}];
    if (pair == nullptr) pair = std::make_unique<native_test::rsa_pair>(bits, exponent);
    return *pair;
}

/// Twelve good signatures and as many of spoilt blocks.
[[nodiscard]] std::unique_ptr<signer> make_signer(const native_test::rsa_pair& pair, scheme_id scheme) {
    const std::size_t bits = bit_length(pair.n);
    auto made = std::make_unique<signer>(pair.n, pair.e);
    while (made->good.size() != 12) {
        made_signature one;
        const digest_id id = random_algorithm(scheme);
        const std::size_t salts[] = {0, size_of(id), 1 + below(30), bits / 8 - std::min<std::size_t>(bits / 8, size_of(id) + 2)};
        one.salt = scheme == scheme_id::rsa_pss ? salts[below(std::size(salts))] : 0;
        if (bits < least_bits(scheme, id, one.salt)) continue;
        one.digest = random_digest(id);
        one.signature = pair.sign(one.digest, scheme == scheme_id::rsa_pkcs1_raw, scheme == scheme_id::rsa_pss ? static_cast<int>(one.salt) : -1);
        octets block = native_test::power_modulo(one.signature, pair.e, pair.n);
        spoil(block);
        made_signature broken = one;
        if (compare_integers(block, pair.n) < 0) broken.signature = pair.sign_block(block);
        made->good.push_back(std::move(one));
        made->bad.push_back(std::move(broken));
    }
    return made;
}

/// Sizes: whole bytes and not, whole words and not; of 830, 1662, 3326 and 4158 bits results come out above n in IFMA. Two keys of
/// one size and exponent go into one pass.
[[nodiscard]] std::vector<std::unique_ptr<signer>> make_signers(scheme_id scheme) {
    struct kind {
        unsigned bits;
        unsigned long exponent;
        std::size_t count;
    };
    std::vector<kind> kinds{{512, 3, 1}, {521, 65537, 1}, {777, 17, 1}, {830, 65537, 2}, {1024, 3, 2}, {1031, 65537, 1}, {1247, 0x80000001, 1}, {1536, 65537, 1},
                            {1662, 65537, 2}, {2041, 3, 1}, {2048, 65537, 2}, {2049, 0x8000000000000001, 1}, {4096, 65537, 1}};
    if (native_test::rounds(1) > 1)
        for (const unsigned bits : {3072u, 3326u, 4158u}) kinds.push_back({bits, 65537, 1});
    std::vector<std::unique_ptr<signer>> all;
    for (const kind& k : kinds)
        for (std::size_t nth = 0; nth != k.count; ++nth) all.push_back(make_signer(pair_of(k.bits, k.exponent, nth), scheme));
    for (const std::size_t bits : {830u, 1033u, 2048u})  // moduli of all ones, of a single top bit, of whole limbs of either
        for (const std::size_t which : {0u, 1u, 3u}) all.push_back(std::make_unique<signer>(native_test::moduli(bits)[which], octets{1, 0, 1}));
    return all;
}

struct question {
    const signer* by;
    digest_value digest;
    octets signature;
    pss_salt salt;
};

[[nodiscard]] octets random_number(const signer& by) {
    octets s(by.n.size(), 0);
    switch (below(12)) {
        case 0: break;
        case 1: s.back() = 1; break;
        case 2: s = by.n, s.back() -= 1; break;
        case 3: s = by.n; break;
        case 4: s = octets(by.n.size(), 0xff); break;
        case 5: s = native_test::random_bytes(by.n.size()); break;
        default: s = random_below(by.n); break;
    }
    return s;
}

/// `good`: nothing is wrong with it, if the key has a private half.
[[nodiscard]] question ask_about(const signer& by, scheme_id scheme, bool good) {
    question q{&by, {}, {}, {}};
    if (by.good.empty()) {
        q.digest = random_digest(random_algorithm(scheme));
        q.signature = random_number(by);
        return q;
    }
    const made_signature& right = by.good[below(by.good.size())];
    const auto any_or = [&](std::size_t salt) { return scheme != scheme_id::rsa_pss || one_in(2) ? pss_salt::any() : pss_salt::of(salt); };
    q.digest = right.digest;
    q.signature = right.signature;
    q.salt = any_or(right.salt);
    if (good) return q;
    switch (below(10)) {
        case 0:
        case 1: q.signature[below(q.signature.size())] ^= static_cast<std::uint8_t>(1u << below(8)); break;
        case 2: q.digest.bytes[below(size_of(q.digest.id))] ^= static_cast<std::uint8_t>(1u << below(8)); break;
        case 3: {  // the same residue, or the next number to be like it
            const octets above = sum(q.signature, by.n, by.n.size());
            q.signature = above.empty() ? by.n : above;
            break;
        }
        case 4: {
            if (one_in(3)) q.signature.pop_back();
            else if (one_in(2)) q.signature.push_back(static_cast<std::uint8_t>(below(256)));
            else q.signature.insert(q.signature.begin(), 0);
            break;
        }
        case 5: q.digest = random_digest(random_algorithm(scheme)); break;
        case 6: q.signature = random_number(by); break;
        case 7: q.salt = pss_salt::of(below(by.n.size())); break;
        default: {
            const made_signature& wrong = by.bad[below(by.bad.size())];
            q.digest = wrong.digest, q.signature = wrong.signature, q.salt = any_or(wrong.salt);
            break;
        }
    }
    return q;
}

[[nodiscard]] bool openssl_says(scheme_id scheme, const question& q) {
    const native_test::pkey_context context(EVP_PKEY_CTX_new(q.by->openssl.get(), nullptr));
    const bool pss = scheme == scheme_id::rsa_pss;
    native_test::must(EVP_PKEY_verify_init(context.get()) == 1);
    native_test::must(EVP_PKEY_CTX_set_rsa_padding(context.get(), pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) == 1);
    if (scheme != scheme_id::rsa_pkcs1_raw) native_test::must(EVP_PKEY_CTX_set_signature_md(context.get(), native_test::algorithm(q.digest.id)) == 1);
    if (pss) native_test::must(EVP_PKEY_CTX_set_rsa_pss_saltlen(context.get(), q.salt.is_any() ? RSA_PSS_SALTLEN_AUTO : static_cast<int>(q.salt.size)) == 1);
    const bool good = EVP_PKEY_verify(context.get(), q.signature.data(), q.signature.size(), q.digest.bytes.data(), q.digest.view().size()) == 1;
    ERR_clear_error();
    return good;
}

/// By the engine; PSS, which it has not, by Botan itself, after lengths and ranges as the engine compares them.
[[nodiscard]] errc botan_says(scheme_id scheme, const question& q) {
    if (scheme != scheme_id::rsa_pss) {
        to_check what;
        what.scheme = scheme;
        what.digest = q.digest;
        what.signature = q.signature;
        const auto answer = botan{}.check(q.by->botan_key, what);
        return answer ? errc::none : answer.error().code;
    }
    if (q.signature.size() != q.by->n.size()) return errc::signature_length;
    if (compare_integers(q.signature, q.by->n) >= 0) return errc::signature_out_of_range;
    try {
        const std::string hash = engine::detail::botan_name(q.digest.id), salt = q.salt.is_any() ? "" : "," + std::to_string(q.salt.size);
        Botan::PK_Verifier verifier(q.by->botan_key.get(), "PSSR_Raw(" + hash + ",MGF1" + salt + ")");
        const byte_view digest = q.digest.view();
        return verifier.verify_message(digest.data(), digest.size(), q.signature.data(), q.signature.size()) ? errc::none : errc::signature_mismatch;
    } catch (const Botan::Exception&) {
        return errc::unsupported_key;  // the digest or the salt does not fit
    }
}

/// One way to calculate, bound to the keys of the signers.
struct arithmetic {
    std::string name;
    errc (*one)(scheme_id, const question&);
    void (*many)(scheme_id, const std::vector<question>&, std::vector<errc>&);
};

template <class Key>
const Key& ready(const signer& by) {
    static std::map<const octets, std::unique_ptr<Key>> keys;  // by their moduli
    auto& key = keys[by.n];
    if (key == nullptr) key = native_test::prepared<Key>(by.key());
    return *key;
}

template <class Key>
errc one(scheme_id scheme, const question& q) {
    const auto answer = check_rsa(ready<Key>(*q.by), scheme, q.digest, q.signature, q.salt);
    return answer ? errc::none : answer.error().code;
}

template <class Key>
void many(scheme_id scheme, const std::vector<question>& questions, std::vector<errc>& answers) {
    std::vector<rsa_claim<Key>> claims;
    for (const question& q : questions) claims.push_back({&ready<Key>(*q.by), scheme, q.digest, q.signature, q.salt});
    check_rsa_many<Key>(claims, answers);
}

template <class Engine>
errc by_engine(scheme_id scheme, const question& q, const typename Engine::prepared_key& key) {
    to_check what;
    what.scheme = scheme;
    what.digest = q.digest;
    what.signature = q.signature;
    const auto answer = Engine{}.check(key, what);
    return answer ? errc::none : answer.error().code;
}

const std::vector<arithmetic>& arithmetics() {
    static const std::vector<arithmetic> all = [] {
        std::vector<arithmetic> found;
        native_test::each_key_type([&]<class Key>(const std::string& name) { found.push_back({name, one<Key>, many<Key>}); });
        return found;
    }();
    return all;
}

struct outcome {
    std::size_t questions = 0, native_answers = 0, batches = 0, one_bad_lane = 0, mixed = 0;
    std::map<errc, std::size_t> answers;
    std::size_t of_synthetic_moduli = 0;
};

/// Every answer to a batch: its verdicts, and its reasons where Botan's engine gives one.
void compare(scheme_id scheme, const std::vector<question>& questions, outcome& seen) {
    const auto& ways = arithmetics();
    std::vector<errc> answers(questions.size(), errc::not_checked);
    const arithmetic& together = ways[seen.batches % ways.size()];
    together.many(scheme, questions, answers);
    for (std::size_t i = 0; i != questions.size(); ++i) {
        const question& q = questions[i];
        const errc expected = botan_says(scheme, q), answer = answers[i];
        const arithmetic& alone = ways[below(ways.size())];
        const errc again = alone.one(scheme, q);
        const auto complain = [&](const std::string& what, errc by) {
            FAIL_CHECK(what << ": " << name(by) << ", Botan " << name(expected) << "; " << bit_length(q.by->n) << " bits, " << name(q.digest.id) << ", lane "
                            << i << " of " << questions.size());
        };
        if (openssl_says(scheme, q) != (expected == errc::none)) complain("OpenSSL does not agree with Botan", expected);
        if ((answer == errc::none) != (expected == errc::none)) complain(together.name, answer);
        if (again != answer) complain(alone.name, again);
        if (scheme != scheme_id::rsa_pss && answer != expected) complain(together.name, answer);
        if (scheme == scheme_id::rsa_pss && (expected == errc::signature_length || expected == errc::signature_out_of_range) && answer != expected)
            complain(together.name, answer);
        seen.native_answers += 2;
        if (q.salt.is_any()) {
            if (by_engine<native>(scheme, q, q.by->native_key) != answer) complain("engine::native", answer);
            ++seen.native_answers;
        }
        ++seen.answers[answer];
        seen.of_synthetic_moduli += q.by->good.empty();
    }
    seen.questions += questions.size();
    ++seen.batches;
}

/// Large keys take most of the time: one in eight times that it is their turn.
[[nodiscard]] const signer& choose(const std::vector<std::unique_ptr<signer>>& signers, std::size_t turn) {
    while (signers[turn % signers.size()]->n.size() > 300 && !one_in(8)) ++turn;
    return *signers[turn % signers.size()];
}

void ask_at_random(scheme_id scheme, std::initializer_list<errc> must_occur) {
    const auto signers = make_signers(scheme);
    outcome seen;
    for (unsigned turn = 0; seen.questions < native_test::rounds(usual_questions); ++turn) {
        std::vector<question> questions;
        const signer& by = choose(signers, turn / 3);
        const std::size_t count = 1 + turn / 3 % 8;
        if (turn % 3 == 0) {  // one bad one among good ones, in each lane in turn
            const std::size_t bad = turn / 24 % count;
            for (std::size_t i = 0; i != count; ++i) questions.push_back(ask_about(by, scheme, i != bad));
            ++seen.one_bad_lane;
        } else if (turn % 3 == 1) {
            for (std::size_t i = 0; i != count; ++i) questions.push_back(ask_about(by, scheme, one_in(3)));
        } else {  // keys of any size, some of them in a row
            const signer* last = &choose(signers, below(signers.size()));
            for (std::size_t i = 0; i != 2 * count + 1; ++i) {
                if (one_in(3)) last = &choose(signers, below(signers.size()));
                questions.push_back(ask_about(*last, scheme, one_in(2)));
            }
            std::stable_sort(questions.begin(), questions.end(), [](const question& a, const question& b) { return a.by->n.size() < b.by->n.size(); });
            ++seen.mixed;
        }
        compare(scheme, questions, seen);
    }
    std::printf("      %zu questions to OpenSSL and to Botan, %zu native answers; %zu batches, %zu with one bad lane, %zu of mixed keys; %zu about "
                "moduli without factors\n     ",
                seen.questions, seen.native_answers, seen.batches, seen.one_bad_lane, seen.mixed, seen.of_synthetic_moduli);
    for (const auto& [code, count] : seen.answers) std::printf(" %s %zu;", std::string(name(code)).c_str(), count);
    std::printf("\n");
    for (const errc code : must_occur) CHECK(seen.answers[code] >= seen.questions / 200);
}

}  // namespace

TEST_CASE("native: random PKCS#1 v1.5 signatures have OpenSSL's and Botan's verdicts, alone and in every lane") {
    ask_at_random(scheme_id::rsa_pkcs1_v15, {errc::none, errc::signature_mismatch, errc::bad_padding, errc::signature_length, errc::signature_out_of_range});
}

TEST_CASE("native: random raw PKCS#1 signatures have OpenSSL's and Botan's verdicts, alone and in every lane") {
    ask_at_random(scheme_id::rsa_pkcs1_raw, {errc::none, errc::signature_mismatch, errc::bad_padding, errc::signature_length, errc::signature_out_of_range});
}

TEST_CASE("native: random PSS signatures have OpenSSL's and Botan's verdicts, alone and in every lane") {
    ask_at_random(scheme_id::rsa_pss, {errc::none, errc::signature_mismatch, errc::bad_padding, errc::signature_length, errc::signature_out_of_range});
}
