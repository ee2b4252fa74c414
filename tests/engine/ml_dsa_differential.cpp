// SPDX-License-Identifier: BSL-1.0
//
// ML-DSA beside OpenSSL 3.5 or later and Botan 3.7 or later: many signatures, good and changed in every way, about which all have to
// say the same. Not part of the test suite, since Debian 12 has no other implementation:
//   tests/ml_dsa_differential.sh [CASES [SEED]]
#include <modsig/engine/native.hpp>

#if __has_include(<botan/ml_dsa.h>)
#include <botan/ml_dsa.h>
#include <botan/pubkey.h>
#endif
#include <openssl/evp.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

using namespace modsig;
using namespace modsig::engine;

namespace {

using octets = std::vector<std::uint8_t>;

[[noreturn]] void give_up(const char* what) {
    std::fprintf(stderr, "%s\n", what);
    std::exit(2);
}

struct key_pair {
    const ml_dsa_parameters* parameters;
    std::shared_ptr<EVP_PKEY> secret;
    octets material;

    explicit key_pair(const ml_dsa_parameters& p) : parameters(&p) {
        std::string upper(name(p.id));
        for (char& c : upper) c = static_cast<char>(std::toupper(c));
        secret.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, upper.c_str()), EVP_PKEY_free);
        if (!secret) give_up("this OpenSSL has no ML-DSA");
        std::size_t size = p.key_size();
        material.resize(size);
        if (EVP_PKEY_get_raw_public_key(secret.get(), material.data(), &size) != 1 || size != p.key_size()) give_up("no raw public key");
    }
    [[nodiscard]] octets sign(const octets& message) const {
        const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
        octets signature(parameters->signature_size());
        std::size_t size = signature.size();
        if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, secret.get()) != 1 ||
            EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) != 1)
            give_up("OpenSSL does not sign");
        return signature;
    }
};

// ---- who is asked ---------------------------------------------------------------------------------------------------------------

bool by_openssl(const ml_dsa_parameters& p, const octets& key, const octets& message, const octets& signature) {
    std::string upper(name(p.id));
    for (char& c : upper) c = static_cast<char>(std::toupper(c));
    const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> made(EVP_PKEY_new_raw_public_key_ex(nullptr, upper.c_str(), nullptr, key.data(), key.size()), EVP_PKEY_free);
    if (!made) return false;
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, made.get()) == 1 &&
           EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size()) == 1;
}

#if defined(BOTAN_HAS_ML_DSA)
bool by_botan(const ml_dsa_parameters& p, const octets& key, const octets& message, const octets& signature) {
    using mode = Botan::ML_DSA_Mode;
    const auto set = p.k == 4 ? mode::ML_DSA_4x4 : p.k == 6 ? mode::ML_DSA_6x5 : mode::ML_DSA_8x7;
    try {
        const Botan::ML_DSA_PublicKey made(key, set);
        return Botan::PK_Verifier(made, "").verify_message(message, signature);
    } catch (const std::exception&) {
        return false;
    }
}
#endif

template <class Isa>
errc by_modsig(const ml_dsa_parameters& p, const octets& key, const octets& message, const octets& signature) {
    const basic_native<native_digest_list, Isa> engine;
    const auto prepared = basic_native<native_digest_list, Isa>::prepare(public_key{p.id, 0, key, {}});
    if (!prepared) return prepared.error().code;
    to_check input;
    input.scheme = ml_dsa_scheme_of(p.id);
    input.message = message;
    input.signature = signature;
    const auto answer = engine.check(*prepared, input);
    return answer ? errc::none : answer.error().code;
}

// ---- what is done to a good signature ---------------------------------------------------------------------------------------------

class changer {
    std::mt19937_64& random_;

    [[nodiscard]] std::size_t below(std::size_t bound) { return static_cast<std::size_t>(random_() % bound); }

    void set_z(const ml_dsa_parameters& p, octets& signature, std::int32_t z) {
        const std::size_t bits = p.gamma1_bits + 1u, first = 8 * (p.challenge_size + below(p.l) * p.z_size()) + below(ml_dsa_coefficients) * bits;
        const auto packed = static_cast<std::uint32_t>(p.gamma1() - z);
        for (std::size_t bit = 0; bit != bits; ++bit) {
            const auto mask = static_cast<std::uint8_t>(1u << (first + bit) % 8);
            std::uint8_t& byte = signature[(first + bit) / 8];
            byte = static_cast<std::uint8_t>((packed >> bit & 1) != 0 ? byte | mask : byte & ~mask);
        }
    }

public:
    explicit changer(std::mt19937_64& random) : random_(random) {}

    static constexpr const char* kinds[] = {"good", "signature bit", "challenge bit", "z bit", "z at the bound", "z inside the bound", "hint byte", "hint place twice",
                                            "hint places swapped", "hint end", "hint behind the last", "hint one more", "length", "message bit", "key bit", "noise"};

    /// The kind of change, done to one of the three.
    std::size_t change(const ml_dsa_parameters& p, octets& key, octets& message, octets& signature) {
        const std::size_t kind = below(std::size(kinds)), hint = p.hint_offset(), ends = hint + p.omega;
        const std::size_t ones = signature[ends + p.k - 1u];
        const auto flip = [&](octets& bytes, std::size_t from, std::size_t size) { bytes[from + below(size)] ^= static_cast<std::uint8_t>(1u << below(8)); };
        const std::int32_t bound = p.gamma1() - p.beta;
        switch (kind) {
            case 0: break;
            case 1: flip(signature, 0, signature.size()); break;
            case 2: flip(signature, 0, p.challenge_size); break;
            case 3: flip(signature, p.challenge_size, hint - p.challenge_size); break;
            case 4: set_z(p, signature, (below(2) != 0 ? 1 : -1) * (bound + static_cast<std::int32_t>(below(2)))); break;
            case 5: set_z(p, signature, (below(2) != 0 ? 1 : -1) * (bound - 1)); break;
            case 6: signature[hint + below(static_cast<std::size_t>(p.omega) + p.k)] = static_cast<std::uint8_t>(below(256)); break;
            case 7:
                if (ones > 1) { const std::size_t at = below(ones - 1); signature[hint + at + 1] = signature[hint + at]; }
                break;
            case 8:
                if (ones > 1) { const std::size_t at = below(ones - 1); std::swap(signature[hint + at], signature[hint + at + 1]); }
                break;
            case 9: signature[ends + below(p.k)] = static_cast<std::uint8_t>(below(2) != 0 ? below(p.omega + 2u) : below(256)); break;
            case 10: signature[hint + ones + (ones < p.omega ? below(p.omega - ones) : 0)] = static_cast<std::uint8_t>(1 + below(255)); break;
            case 11:
                if (ones < p.omega) { signature[hint + ones] = 255; ++signature[ends + p.k - 1u]; }
                break;
            case 12: signature.resize(signature.size() - 2 + below(5)); break;
            case 13: flip(message, 0, message.size()); break;
            case 14: flip(key, 0, key.size()); break;
            default:
                for (std::size_t i = below(signature.size()); i != signature.size(); ++i) signature[i] = static_cast<std::uint8_t>(below(256));
        }
        return kind;
    }
};

struct tally {
    std::size_t cases = 0, good = 0;
    std::map<std::string, std::size_t> reasons{};
};

}  // namespace

int main(int argc, char** argv) {
    const std::size_t cases = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 100000;
    std::mt19937_64 random(argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1);
    std::vector<tally> seen(std::size(changer::kinds));
    std::size_t differences = 0;
    changer changes(random);
    std::vector<key_pair> keys;
    octets good_message, good_signature;
    for (std::size_t i = 0; i != cases; ++i) {
        if (i % 3000 == 0) {  // new keys
            keys.clear();
            for (const ml_dsa_parameters& p : ml_dsa_table) keys.emplace_back(p);
        }
        const key_pair& by = keys[i / 8 % keys.size()];
        if (i % 8 == 0) {  // a new signature
            good_message.assign(1 + random() % 300, 0);
            for (std::uint8_t& byte : good_message) byte = static_cast<std::uint8_t>(random());
            good_signature = by.sign(good_message);
        }
        octets key = by.material, message = good_message, signature = good_signature;
        const std::size_t kind = changes.change(*by.parameters, key, message, signature);
        const errc own = by_modsig<isa::best>(*by.parameters, key, message, signature);
        bool agree = own == by_modsig<isa::portable>(*by.parameters, key, message, signature);
#ifdef MODSIG_NATIVE_X86
        if (cpu().has(feature::avx2) && cpu().has(feature::bmi2))
            agree = agree && own == by_modsig<isa::assume<feature::avx2, feature::bmi2>>(*by.parameters, key, message, signature);
#endif
        if (i % 16 == 0) agree = agree && own == by_modsig<isa::compact>(*by.parameters, key, message, signature);
        agree = agree && (own == errc::none) == by_openssl(*by.parameters, key, message, signature);
#if defined(BOTAN_HAS_ML_DSA)
        agree = agree && (own == errc::none) == by_botan(*by.parameters, key, message, signature);
#endif
        tally& row = seen[kind];
        ++row.cases;
        row.good += own == errc::none;
        ++row.reasons[std::string(name(own))];
        if (agree) continue;
        ++differences;
        std::printf("case %zu, %s, %s: modsig says %s\n", i, std::string(name(by.parameters->id)).c_str(), changer::kinds[kind], std::string(name(own)).c_str());
    }
    for (std::size_t kind = 0; kind != seen.size(); ++kind) {
        std::printf("%-22s %7zu cases, %zu good:", changer::kinds[kind], seen[kind].cases, seen[kind].good);
        for (const auto& [reason, count] : seen[kind].reasons) std::printf(" %s %zu", reason.c_str(), count);
        std::printf("\n");
    }
#if defined(BOTAN_HAS_ML_DSA)
    std::printf("%zu cases beside OpenSSL and Botan: %zu differences\n", cases, differences);
#else
    std::printf("%zu cases beside OpenSSL: %zu differences\n", cases, differences);
#endif
    return differences == 0 ? 0 : 1;
}
