// SPDX-License-Identifier: BSL-1.0
//
// Digests: OpenSSL's EVP (fetched once, context reused), Botan and the native engine on the same messages, one after the
// other and many at once. Rows ending in a name of instructions force them.
#include <modsig/engine/native/digest_many.hpp>

#include "micro_ratio.hpp"

#include <botan/hash.h>
#include <openssl/evp.h>

#include <cstring>
#include <memory>
#include <random>

using namespace modsig;
using namespace modsig::engine;

namespace {

/// Different messages, at an odd distance of cache lines: equal ones flatter caches and predictors.
struct messages {
    std::vector<std::uint8_t> data;
    std::vector<byte_view> views;
    std::vector<message_parts> parts;
    std::vector<digest_value> expected;

    messages(std::size_t count, std::size_t size, digest_id id) {
        const std::size_t stride = (size + 127) / 64 * 64 + (size / 64 % 2 == 0 ? 64 : 0);
        data.resize(count * stride);
        std::mt19937_64 random(7);
        for (std::size_t i = 0; i + 8 <= data.size(); i += 8) {
            const std::uint64_t word = random();
            std::memcpy(&data[i], &word, 8);
        }
        for (std::size_t i = 0; i != count; ++i) views.push_back(byte_view(data).subspan(i * stride, size));
        for (const byte_view& view : views) {
            parts.emplace_back(&view, 1);
            expected.push_back(*native_digest<isa::portable>(id, parts.back()));
        }
    }
};

template <class Isa>
void many_row(const std::string& work, const std::string& candidate, double bytes, digest_id id, const std::shared_ptr<messages>& m) {
    micro::row(work, candidate, bytes, "bytes", [=] {
        std::vector<digest_value> digests(m->views.size());
        micro::must(digest_many<Isa>(id, m->parts, digests).has_value());
        for (std::size_t i = 0; i != digests.size(); ++i) micro::must(digests[i].bytes == m->expected[i].bytes);
    });
}

template <class Isa>
void one_by_one_row(const std::string& work, const std::string& candidate, double bytes, digest_id id, const std::shared_ptr<messages>& m) {
    micro::row(work, candidate, bytes, "bytes", [=] {
        for (std::size_t i = 0; i != m->views.size(); ++i) micro::must(native_digest<Isa>(id, m->parts[i])->bytes == m->expected[i].bytes);
    });
}

void rows(digest_id id, std::size_t size, std::size_t count) {
    const auto m = std::make_shared<messages>(count, size, id);
    const double bytes = static_cast<double>(size * count);
    const std::string work = std::string(name(id)) + '/' + std::to_string(size / 1024) + "KiB/" + std::to_string(count);

    const std::shared_ptr<EVP_MD> algorithm(EVP_MD_fetch(nullptr, std::string(entry_of(id).openssl_name).c_str(), nullptr), EVP_MD_free);
    const std::shared_ptr<EVP_MD_CTX> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    micro::row(work, "openssl", bytes, "bytes", [=] {
        for (std::size_t i = 0; i != m->views.size(); ++i) {
            std::uint8_t digest[max_digest_size];
            micro::must(EVP_DigestInit_ex2(context.get(), algorithm.get(), nullptr) == 1 &&
                        EVP_DigestUpdate(context.get(), m->views[i].data(), size) == 1 && EVP_DigestFinal_ex(context.get(), digest, nullptr) == 1);
            micro::must(std::memcmp(digest, m->expected[i].bytes.data(), size_of(id)) == 0);
        }
    });
    const std::shared_ptr<Botan::HashFunction> botan(Botan::HashFunction::create_or_throw("SHA-" + std::string(name(id).substr(3))));
    micro::row(work, "botan", bytes, "bytes", [=] {
        for (std::size_t i = 0; i != m->views.size(); ++i) {
            std::uint8_t digest[max_digest_size];
            botan->update(m->views[i].data(), size);
            botan->final(digest);
            micro::must(std::memcmp(digest, m->expected[i].bytes.data(), size_of(id)) == 0);
        }
    });
    one_by_one_row<isa::best>(work, "modsig-one-by-one", bytes, id, m);
    if (size == 40960 && count == 1) one_by_one_row<isa::portable>(work, "modsig-portable", bytes, id, m);
    if (count == 1) return;
    many_row<isa::best>(work, "modsig-many", bytes, id, m);
    if (size != 40960) return;
#ifdef MODSIG_NATIVE_X86
    if (cpu().has(feature::sha)) many_row<isa::assume<feature::sha>>(work, "modsig-many-sha-ni", bytes, id, m);
    if (cpu().has(feature::avx2)) many_row<isa::assume<feature::avx2, feature::bmi2>>(work, "modsig-many-avx2", bytes, id, m);
    if (cpu().has(feature::avx512)) many_row<isa::assume<feature::avx512, feature::avx2, feature::bmi2>>(work, "modsig-many-avx512", bytes, id, m);
#endif
}

}  // namespace

int main(int argc, char** argv) {
    for (const digest_id id : {digest_id::sha256, digest_id::sha512, digest_id::sha1})
        for (const auto& [size, count] : {std::pair<std::size_t, std::size_t>{1, 1}, {16, 1}, {40, 1}, {1024, 1}, {40, 4}, {1, 64}, {16, 64}, {40, 64}, {1024, 32}})
            rows(id, size * 1024, count);
    return micro::run_all(argc, argv);
}
