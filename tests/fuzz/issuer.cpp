// SPDX-License-Identifier: BSL-1.0
#include "issuer.hpp"

#include <openssl/evp.h>

#include <cstdlib>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace fuzz {

namespace {

struct state {
    signatures which = signatures::every;
    std::set<std::string> issued{};
    std::span<const public_key> bad{};
    std::size_t checks = 0;
};
state& now() {
    static state one;
    return one;
}

const EVP_MD* function_of(digest_id id) {
    switch (id) {
        case digest_id::sha1: return EVP_sha1();
        case digest_id::sha224: return EVP_sha224();
        case digest_id::sha256: return EVP_sha256();
        case digest_id::sha384: return EVP_sha384();
        case digest_id::sha512: return EVP_sha512();
        case digest_id::sha3_256: return EVP_sha3_256();
        case digest_id::sha3_384: return EVP_sha3_384();
        case digest_id::sha3_512: return EVP_sha3_512();
        default: return nullptr;
    }
}

std::string text_of(std::initializer_list<byte_view> pieces) {
    std::string text;
    for (const byte_view piece : pieces) text.append(std::to_string(piece.size())).append(":").append(piece.begin(), piece.end());
    return text;
}

}  // namespace

bool issuer::has(digest_id id) { return function_of(id) != nullptr; }

result<public_key> issuer::prepare(const public_key& key) { return key; }

result<digest_value> issuer::digest(digest_id id, std::span<const byte_view> parts) const {
    const EVP_MD* function = function_of(id);
    if (function == nullptr) return errc::unsupported_hash;
    struct release {
        void operator()(EVP_MD_CTX* p) const { EVP_MD_CTX_free(p); }
    };
    static const std::unique_ptr<EVP_MD_CTX, release> context{EVP_MD_CTX_new()};
    digest_value made;
    made.id = id;
    bool good = EVP_DigestInit_ex(context.get(), function, nullptr) == 1;
    for (const byte_view part : parts) good = good && EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1;
    if (!good || EVP_DigestFinal_ex(context.get(), made.bytes.data(), nullptr) != 1) std::abort();
    return made;
}

result<void> issuer::check(const public_key& key, const to_check& what) const {
    ++now().checks;
    const std::string question = text_of({key.material, key.exponent, what.digest.view(), what.message_head, what.message, what.signature}) +
        std::string(name(key.algorithm)) + std::string(name(what.scheme)) + std::string(name(what.digest.id)) + std::to_string(what.salt_size);
    if (now().which == signatures::issued) return now().issued.contains(question) ? result<void>::success() : errc::signature_mismatch;
    for (const public_key& bad : now().bad)
        if (bad == key) return errc::signature_mismatch;
    now().issued.insert(question);
    return result<void>::success();
}

void issuer::begin(signatures which) {
    now().which = which;
    now().checks = 0;
    if (which == signatures::every) now().issued.clear();
}
void issuer::distrust(std::span<const public_key> bad) { now().bad = bad; }
std::size_t issuer::checks() { return now().checks; }

}  // namespace fuzz
