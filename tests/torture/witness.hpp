// SPDX-License-Identifier: BSL-1.0
//
// Botan, asked every question once, that remembers what it has proved: the same mutation of a length changes nothing of what
// is signed, and then the arithmetic needs not be done again.
#ifndef MODSIG_TESTS_TORTURE_WITNESS_HPP
#define MODSIG_TESTS_TORTURE_WITNESS_HPP

#include <modsig/engine/botan.hpp>

#include <initializer_list>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace torture {

using namespace modsig;

/// Pieces with their sizes, so that no two lists of pieces are the same text.
[[nodiscard]] inline std::string text_of(std::initializer_list<byte_view> pieces) {
    std::string text;
    for (const byte_view piece : pieces) text.append(std::to_string(piece.size())).append(":").append(piece.begin(), piece.end());
    return text;
}

/// The value of a signature, however it is encoded: Linux reads ECDSA's two numbers from BER.
[[nodiscard]] inline std::string value_of(scheme_id scheme, key_algorithm algorithm, byte_view signature) {
    if (scheme == scheme_id::ecdsa)
        if (const auto numbers = kernel::parse_ecdsa_signature(algorithm, signature)) return text_of({numbers->view()});
    return text_of({signature});
}

[[nodiscard]] inline std::string text_of(const public_key& key) {
    return std::string(name(key.algorithm)) + text_of({key.material, key.exponent});
}

class witness {
    /// A key with the bytes that it views.
    struct owned_key {
        std::vector<std::uint8_t> material, exponent;
        std::unique_ptr<result<engine::botan::prepared_key>> prepared;
    };
    struct memory {
        byte_view content{};  // what is signed; it stays where it is, and stays the same
        std::unordered_map<std::string, digest_value> digests;  // of the content
        std::unordered_map<std::string, owned_key> keys;
        std::unordered_map<std::string, failure> answers;
        std::set<std::string> proofs;
        std::size_t questions = 0, calculated = 0;
    };
    static memory& here() {
        thread_local memory one;
        return one;
    }

    static const owned_key& find(const public_key& key) {
        owned_key& found = here().keys[text_of(key)];
        if (found.prepared) return found;
        found.material.assign(key.material.begin(), key.material.end());
        found.exponent.assign(key.exponent.begin(), key.exponent.end());
        found.prepared = std::make_unique<result<engine::botan::prepared_key>>(
            engine::botan::prepare(public_key{key.algorithm, key.bits, found.material, found.exponent}));
        return found;
    }

public:
    using prepared_key = public_key;

    /// From now on this is what is signed; what was remembered is forgotten.
    static void begin(byte_view content) {
        here() = memory{};
        here().content = content;
    }
    static void forget_proofs() { here().proofs.clear(), here().questions = 0; }
    /// What was proved since: key, scheme, digest and value of each good signature.
    [[nodiscard]] static const std::set<std::string>& proofs() { return here().proofs; }
    [[nodiscard]] static std::size_t questions() { return here().questions; }
    [[nodiscard]] static std::size_t calculated() { return here().calculated; }

    [[nodiscard]] static std::string proof(const public_key& key, const to_check& what) {
        return text_of(key) + std::string(name(what.scheme)) + std::string(name(what.digest.id)) + text_of({what.digest.view()}) +
               value_of(what.scheme, key.algorithm, what.signature);
    }

    [[nodiscard]] static constexpr bool has(digest_id id) { return engine::botan::has(id); }

    [[nodiscard]] static result<prepared_key> prepare(const public_key& key) {
        if (const auto& prepared = *find(key).prepared; !prepared) return prepared.error();
        return key;
    }

    [[nodiscard]] result<digest_value> digest(digest_id id, std::span<const byte_view> parts) const {
        const byte_view content = here().content;
        if (parts.size() != 1 || parts[0].data() != content.data() || parts[0].size() != content.size())
            return engine::botan{}.digest(id, parts);
        const auto known = here().digests.find(std::string(name(id)));
        if (known != here().digests.end()) return known->second;
        const auto made = engine::botan{}.digest(id, parts);
        if (made) here().digests[std::string(name(id))] = *made;
        return made;
    }

    [[nodiscard]] result<void> check(const prepared_key& key, const to_check& what) const {
        ++here().questions;
        std::string question = text_of(key) + std::string(name(what.scheme)) + std::string(name(what.digest.id));
        question += text_of({what.digest.view(), what.signature}) + (what.lenient ? "lenient" : "");
        for (const byte_view each : what.message.view()) question += text_of({each});
        auto known = here().answers.find(question);
        if (known == here().answers.end()) {
            const auto& prepared = *find(key).prepared;
            const result<void> answer = prepared ? engine::botan{}.check(*prepared, what) : result<void>(prepared.error());
            known = here().answers.emplace(std::move(question), answer ? failure{errc::none} : answer.error()).first;
            ++here().calculated;
        }
        if (known->second.code != errc::none) return known->second;
        here().proofs.insert(proof(key, what));
        return result<void>::success();
    }
};
static_assert(explain_crypto_engine<witness>());

}  // namespace torture

#endif  // MODSIG_TESTS_TORTURE_WITNESS_HPP
