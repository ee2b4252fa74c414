// SPDX-License-Identifier: BSL-1.0
//
// Verification of signatures over given digests: OpenSSL (keys decoded, contexts reused), Botan (keys loaded, verifiers live)
// and modsig's engines. RSA is PKCS#1 v1.5 with SHA-256. Candidates that end in a name of instructions are forced to use
// those. A key that is reused has its table after its first signatures (engine/native/curve_table.hpp); one from DER has none.
// ML-DSA is measured where this OpenSSL has it (3.5 and later).
#include "environment.hpp"
#include "rounds.hpp"
#include "signatures.hpp"

#include <modsig/engine/best.hpp>
#include <modsig/engine/native/rsa_many.hpp>
#include <modsig/key/any.hpp>

#include <botan/data_src.h>
#include <botan/pubkey.h>
#include <botan/x509_key.h>

#include <algorithm>
#include <memory>

using namespace modsig;
using namespace modsig::engine;
using bench::signatures;
using shared_signatures = std::shared_ptr<const signatures>;
using several = std::vector<shared_signatures>;

namespace {

constexpr std::size_t claims_in_work = 8;

/// One check of a signature, ready to be timed: `key` says which of the keys.
using check = std::function<bool(std::size_t key, const digest_value& digest, const bench::bytes& signature)>;

/// Eight signatures, one after the other, each by the next of the keys; one that is broken has to be refused first.
void add(const bench::work& work, const std::string& candidate, const several& keys, const check& good) {
    bench::must(!good(0, keys[0]->digests[0], keys[0]->broken));
    work.add(candidate, [=] {
        for (std::size_t i = 0; i != claims_in_work; ++i) {
            const signatures& s = *keys[i % keys.size()];
            bench::must(good(i % keys.size(), s.digests[i], s.values[i]));
        }
    });
}

// ---- the peers ---------------------------------------------------------------------------------------------------------

check openssl(const several& keys) {
    std::vector<std::shared_ptr<EVP_PKEY_CTX>> contexts;
    for (const auto& each : keys) {
        contexts.emplace_back(EVP_PKEY_CTX_new(each->pair.get(), nullptr), EVP_PKEY_CTX_free);
        bench::must(EVP_PKEY_verify_init(contexts.back().get()) == 1 && EVP_PKEY_CTX_set_signature_md(contexts.back().get(), EVP_sha256()) == 1);
    }
    return [=](std::size_t key, const digest_value& digest, const bench::bytes& signature) {
        return EVP_PKEY_verify(contexts[key].get(), signature.data(), signature.size(), digest.bytes.data(), digest.view().size()) == 1;
    };
}

/// Ed25519 and ML-DSA sign messages, which EVP_PKEY_verify does not take.
check openssl_of_messages(const several& keys) {
    const std::shared_ptr<EVP_MD_CTX> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    return [=](std::size_t key, const digest_value& digest, const bench::bytes& signature) {
        return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, keys[key]->pair.get()) == 1 &&
               EVP_DigestVerify(context.get(), signature.data(), signature.size(), digest.bytes.data(), digest.view().size()) == 1;
    };
}

check openssl_from_der(const several& keys) {
    return [=](std::size_t key, const digest_value& digest, const bench::bytes& signature) {
        const std::uint8_t* at = keys[key]->spki.data();
        const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> decoded(d2i_PUBKEY(nullptr, &at, static_cast<long>(keys[key]->spki.size())), EVP_PKEY_free);
        const std::unique_ptr<EVP_PKEY_CTX, void (*)(EVP_PKEY_CTX*)> context(EVP_PKEY_CTX_new(decoded.get(), nullptr), EVP_PKEY_CTX_free);
        return EVP_PKEY_verify_init(context.get()) == 1 && EVP_PKEY_CTX_set_signature_md(context.get(), EVP_sha256()) == 1 &&
               EVP_PKEY_verify(context.get(), signature.data(), signature.size(), digest.bytes.data(), digest.view().size()) == 1;
    };
}

check openssl_of_messages_from_der(const several& keys) {
    const std::shared_ptr<EVP_MD_CTX> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    return [=](std::size_t key, const digest_value& digest, const bench::bytes& signature) {
        const std::uint8_t* at = keys[key]->spki.data();
        const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> decoded(d2i_PUBKEY(nullptr, &at, static_cast<long>(keys[key]->spki.size())), EVP_PKEY_free);
        return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, decoded.get()) == 1 &&
               EVP_DigestVerify(context.get(), signature.data(), signature.size(), digest.bytes.data(), digest.view().size()) == 1;
    };
}

std::shared_ptr<Botan::Public_Key> botan_key(const signatures& s) {
    Botan::DataSource_Memory source(s.spki.data(), s.spki.size());
    return std::shared_ptr<Botan::Public_Key>(Botan::X509::load_key(source));
}

check botan(const several& keys, const std::string& padding) {
    std::vector<std::shared_ptr<Botan::Public_Key>> loaded;
    std::vector<std::shared_ptr<Botan::PK_Verifier>> verifiers;
    for (const auto& each : keys) {
        loaded.push_back(botan_key(*each));
        verifiers.push_back(std::make_shared<Botan::PK_Verifier>(*loaded.back(), padding));
    }
    return [=](std::size_t key, const digest_value& digest, const bench::bytes& signature) {
        (void)loaded;  // verifiers need them
        return verifiers[key]->verify_message(digest.bytes.data(), digest.view().size(), signature.data(), signature.size());
    };
}

check botan_from_der(const several& keys, const std::string& padding) {
    return [=](std::size_t key, const digest_value& digest, const bench::bytes& signature) {
        const auto loaded = botan_key(*keys[key]);
        Botan::PK_Verifier verifier(*loaded, padding);
        return verifier.verify_message(digest.bytes.data(), digest.view().size(), signature.data(), signature.size());
    };
}

// ---- modsig ------------------------------------------------------------------------------------------------------------

to_check asked(scheme_id scheme, const digest_value& digest, byte_view signature) {
    to_check input{scheme, digest, {}, signature, false};
    if (signs_message(scheme)) {
        input.digest = {};
        input.message = digest.view();
    }
    return input;
}

template <class Engine>
check by_engine(const several& keys, scheme_id scheme) {
    const auto prepared = std::make_shared<std::vector<typename Engine::prepared_key>>();
    for (const auto& each : keys) prepared->push_back(*Engine::prepare(each->key()));
    return [=](std::size_t key, const digest_value& digest, const bench::bytes& signature) {
        return Engine{}.check((*prepared)[key], asked(scheme, digest, signature)).has_value();
    };
}

template <class Engine>
check by_engine_from_der(const several& keys, scheme_id scheme) {
    return [=](std::size_t key, const digest_value& digest, const bench::bytes& signature) {
        const auto parsed = key::parse_any(keys[key]->spki);
        if (!parsed) return false;
        const auto prepared = Engine::prepare(parsed->key);
        return prepared && Engine{}.check(*prepared, asked(scheme, digest, signature)).has_value();
    };
}

/// All eight in one call, in which a broken one has to be refused wherever it stands.
template <class Isa>
void add_many(const bench::work& work, const std::string& candidate, const several& keys) {
    using key_type = rsa_key<max_rsa_bits, Isa>;
    const auto prepared = std::make_shared<std::vector<key_type>>();
    for (const auto& each : keys) prepared->push_back(*prepare_rsa<key_type>(each->key()));
    const auto run = [=](std::size_t broken_at) {
        std::array<rsa_claim<key_type>, claims_in_work> claims;
        std::array<errc, claims_in_work> answers{};
        for (std::size_t i = 0; i != claims.size(); ++i) {
            const signatures& s = *keys[i % keys.size()];
            claims[i] = {&(*prepared)[i % keys.size()], scheme_id::rsa_pkcs1_v15, s.digests[i], i == broken_at ? s.broken : s.values[i], {}};
        }
        check_rsa_many<key_type>(claims, answers);
        for (std::size_t i = 0; i != claims.size(); ++i) bench::must((answers[i] == errc::none) == (i != broken_at));
    };
    for (std::size_t i = 0; i != claims_in_work; ++i) run(i);
    work.add(candidate, [=] { run(claims_in_work); });
}

/// The table's cost of each kernel that this CPU has, and the one that is measured here: of a signature, where the fastest kernel of one is 1.
void describe_rsa_kernels(unsigned bits, const signatures& key) {
    using key_type = rsa_prepared;
    const auto prepared = std::make_unique<key_type>(*prepare_rsa<key_type>(key.key()));
    std::vector<rsa_work<key_type>> works(claims_in_work);
    for (rsa_work<key_type>& each : works) {
        each.key = prepared.get();
        bench::must(engine::native_detail::load_signature(each, key.values[0], false) == errc::none);
    }
    struct row {
        std::size_t lanes;
        cpu_features needs;
        double predicted, measured;
    };
    std::vector<row> rows;
    for (const auto& kernel : rsa_kernels<key_type>.rows()) {
        if (!kernel.runs_on(isa::best::features()) || !kernel.has_room_for(prepared->words())) continue;
        double shortest = 1;
        for (int turn = 0; turn != 50; ++turn) {
            const double start = bench::seconds(bench::clock_of::thread);
            kernel.run(std::span(works).first(kernel.lanes));
            shortest = std::min(shortest, bench::seconds(bench::clock_of::thread) - start);
        }
        rows.push_back({kernel.lanes, kernel.needs, kernel.cost / double(kernel.lanes), shortest / double(kernel.lanes)});
    }
    const row* one = &rows[0];
    for (const row& each : rows)
        if (each.lanes == 1 && each.measured < one->measured) one = &each;
    const row first = *one;
    std::string text;
    for (const row& each : rows)
        text += (text.empty() ? "" : "; ") + bench::kernel_text(each.lanes, each.needs, each.predicted / first.predicted, each.measured / first.measured);
    bench::note("kernels of RSA-" + std::to_string(bits), text);
}

// ---- works -------------------------------------------------------------------------------------------------------------

bench::work eight(const std::string& name) { return bench::work(name, claims_in_work, "signatures"); }

void add_rsa_works(unsigned bits) {
    constexpr auto scheme = scheme_id::rsa_pkcs1_v15;
    const std::string name = "rsa-" + std::to_string(bits), padding = "EMSA3(Raw,SHA-256)";
    several eight_keys;
    for (auto& pair : bench::rsa_pairs(bits, claims_in_work)) eight_keys.push_back(std::make_shared<signatures>(std::move(pair), claims_in_work));
    const several one_key{eight_keys[0]};
    describe_rsa_kernels(bits, *eight_keys[0]);

    const bench::work one = eight(name + "/one by one");
    add(one, "openssl", one_key, openssl(one_key));
    add(one, "botan", one_key, botan(one_key, padding));
    add(one, "modsig", one_key, by_engine<native>(one_key, scheme));
    add(one, "modsig, portable", one_key, by_engine<basic_native<native_digest_list, isa::portable>>(one_key, scheme));
#ifdef MODSIG_NATIVE_X86
    if (cpu().has(feature::bmi2)) add(one, "modsig, mulx", one_key, by_engine<basic_native<native_digest_list, isa::assume<feature::bmi2>>>(one_key, scheme));
#endif

    const bench::work together = eight(name + "/8 of one key");
    add(together, "openssl", one_key, openssl(one_key));
    add(together, "botan", one_key, botan(one_key, padding));
    add_many<isa::best>(together, "modsig", one_key);
#ifdef MODSIG_NATIVE_X86
    if (cpu().has(feature::avx2)) add_many<isa::assume<feature::avx2>>(together, "modsig, avx2 4 at once", one_key);
#endif

    const bench::work different = eight(name + "/8 of 8 keys");
    add(different, "openssl", eight_keys, openssl(eight_keys));
    add(different, "botan", eight_keys, botan(eight_keys, padding));
    add_many<isa::best>(different, "modsig", eight_keys);

    const bench::work decoded = eight(name + "/key from DER each time");
    add(decoded, "openssl", one_key, openssl_from_der(one_key));
    add(decoded, "botan", one_key, botan_from_der(one_key, padding));
    add(decoded, "modsig", one_key, by_engine_from_der<native>(one_key, scheme));
}

void add_curve_works(const std::string& name, scheme_id scheme, bench::pair_of_keys pair) {
    const several key{std::make_shared<signatures>(std::move(pair), claims_in_work)};
    const bool messages = scheme == scheme_id::ed25519;
    const bench::work one = eight(name + "/one by one");
    add(one, "openssl", key, messages ? openssl_of_messages(key) : openssl(key));
    if (messages) {
        add(one, "botan", key, botan(key, "Pure"));
    } else {
        // Botan takes r and s as they are, so its own row has their DER taken apart beforehand.
        const auto raw = botan(key, "Raw");
        const auto curve = key[0]->key().algorithm;
        const auto plain = [=](const bench::bytes& signature) {
            const auto numbers = key::parse_ecdsa_signature(curve, signature);
            return numbers ? bench::bytes(numbers->view().begin(), numbers->view().end()) : bench::bytes{};
        };
        auto own = std::make_shared<signatures>(*key[0]);
        for (bench::bytes& value : own->values) value = plain(value);
        own->broken = plain(own->broken);
        add(one, "botan", several{own}, raw);
    }
    add(one, "modsig", key, by_engine<native>(key, scheme));
    add(one, "modsig, portable", key, by_engine<basic_native<native_digest_list, isa::portable>>(key, scheme));
#ifdef MODSIG_NATIVE_X86
    if (cpu().has(feature::bmi2)) add(one, "modsig, tables without lanes", key, by_engine<basic_native<native_digest_list, isa::assume<feature::bmi2>>>(key, scheme));
#endif

    const bench::work decoded = eight(name + "/key from DER each time");
    add(decoded, "openssl", key, messages ? openssl_of_messages_from_der(key) : openssl_from_der(key));
    add(decoded, "modsig", key, by_engine_from_der<native>(key, scheme));
}

void add_ml_dsa_works(const std::string& name, const char* openssl_name, scheme_id scheme) {
    auto pair = bench::ml_dsa_pair(openssl_name);
    if (pair == nullptr) return;
    const several key{std::make_shared<signatures>(std::move(pair), claims_in_work)};
    const bench::work one = eight(name + "/8 of one key");
    add(one, "openssl", key, openssl_of_messages(key));
#if defined(BOTAN_HAS_ML_DSA)
    add(one, "botan", key, botan(key, ""));
#endif
    add(one, "modsig", key, by_engine<native>(key, scheme));
    add(one, "modsig, portable", key, by_engine<basic_native<native_digest_list, isa::portable>>(key, scheme));
#ifdef MODSIG_NATIVE_X86
    if (cpu().has(feature::avx2) && cpu().has(feature::bmi2))
        add(one, "modsig, avx2", key, by_engine<basic_native<native_digest_list, isa::assume<feature::avx2, feature::bmi2>>>(key, scheme));
#endif
}

}  // namespace

int main(int argc, char** argv) {
    bench::describe();
    for (const unsigned bits : {2048u, 3072u, 4096u}) add_rsa_works(bits);
    add_curve_works("ecdsa-p256", scheme_id::ecdsa, bench::curve_pair("P-256"));
    add_curve_works("ecdsa-p384", scheme_id::ecdsa, bench::curve_pair("P-384"));
    add_curve_works("ecdsa-p521", scheme_id::ecdsa, bench::curve_pair("P-521"));
    add_curve_works("ed25519", scheme_id::ed25519, bench::ed25519_pair());
    add_ml_dsa_works("ml-dsa-44", "ML-DSA-44", scheme_id::ml_dsa_44);
    add_ml_dsa_works("ml-dsa-65", "ML-DSA-65", scheme_id::ml_dsa_65);
    add_ml_dsa_works("ml-dsa-87", "ML-DSA-87", scheme_id::ml_dsa_87);
    return bench::run_all(argc, argv);
}
