// SPDX-License-Identifier: BSL-1.0
//
// Digests: OpenSSL's EVP (fetched once, context reused), Botan and the native engine on the same messages, one after the
// other and many at once. Candidates that end in a name of instructions are forced to use those; `memory pass` only reads.
#include "environment.hpp"
#include "rounds.hpp"

#include <modsig/engine/native/digest_many.hpp>
#include <modsig/engine/native/lane_costs.hpp>

#include <botan/hash.h>
#include <openssl/evp.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <random>

using namespace modsig;
using namespace modsig::engine;

namespace {

constexpr std::size_t largest = 1024 * 1024, most_of_the_largest = 32;

/// Random bytes for all messages: equal ones would flatter caches and predictors.
byte_view random_bytes() {
    static const std::vector<std::uint8_t> bytes = [] {
        std::vector<std::uint8_t> filled((largest + 64) * most_of_the_largest);
        std::mt19937_64 random(7);
        for (std::size_t i = 0; i != filled.size(); i += 8) {
            const std::uint64_t word = random();
            std::memcpy(&filled[i], &word, 8);
        }
        return filled;
    }();
    return bytes;
}

/// Different messages, at an odd distance of cache lines, so that they do not all fall into the same sets of a cache.
struct messages {
    digest_id id;
    std::vector<byte_view> views{};
    std::vector<message_parts> parts{};
    std::vector<digest_value> expected{}, found{};

    messages(digest_id of, std::size_t count, std::size_t size) : id(of) {
        const std::size_t stride = size + 64;
        for (std::size_t i = 0; i != count; ++i) views.push_back(random_bytes().subspan(i * stride, size));
        for (const byte_view& view : views) {
            parts.emplace_back(&view, 1);
            expected.push_back(*native_digest<isa::portable>(id, parts.back()));
        }
        found.resize(count);
    }
    void check() const {
        for (std::size_t i = 0; i != found.size(); ++i) bench::must(found[i].bytes == expected[i].bytes);
    }
};

template <class Isa>
void add_many(const bench::work& work, const std::string& candidate, const std::shared_ptr<messages>& m) {
    work.add(candidate, [=] {
        bench::must(digest_many<Isa>(m->id, m->parts, m->found).has_value());
        m->check();
    });
}

template <class Isa>
void add_one_by_one(const bench::work& work, const std::string& candidate, const std::shared_ptr<messages>& m) {
    work.add(candidate, [=] {
        for (std::size_t i = 0; i != m->parts.size(); ++i) m->found[i] = *native_digest<Isa>(m->id, m->parts[i]);
        m->check();
    });
}

void add_peers(const bench::work& work, const std::shared_ptr<messages>& m) {
    const std::shared_ptr<EVP_MD> algorithm(EVP_MD_fetch(nullptr, std::string(entry_of(m->id).openssl_name).c_str(), nullptr), EVP_MD_free);
    const std::shared_ptr<EVP_MD_CTX> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    work.add("openssl", [=] {
        for (std::size_t i = 0; i != m->views.size(); ++i)
            bench::must(EVP_DigestInit_ex2(context.get(), algorithm.get(), nullptr) == 1 &&
                        EVP_DigestUpdate(context.get(), m->views[i].data(), m->views[i].size()) == 1 &&
                        EVP_DigestFinal_ex(context.get(), m->found[i].bytes.data(), nullptr) == 1);
        m->check();
    });
    const std::shared_ptr<Botan::HashFunction> botan(Botan::HashFunction::create_or_throw("SHA-" + std::string(name(m->id).substr(3))));
    work.add("botan", [=] {
        for (std::size_t i = 0; i != m->views.size(); ++i) {
            botan->update(m->views[i].data(), m->views[i].size());
            botan->final(m->found[i].bytes.data());
        }
        m->check();
    });
}

void add_memory_pass(const bench::work& work, const std::shared_ptr<messages>& m) {
    const auto sum = [=] {
        std::array<std::uint64_t, 8> sums{};
        for (const byte_view& view : m->views)
            for (std::size_t i = 0; i != view.size(); i += sizeof sums) {
                std::array<std::uint64_t, 8> words;
                std::memcpy(words.data(), &view[i], sizeof words);
                for (std::size_t j = 0; j != words.size(); ++j) sums[j] ^= words[j];
            }
        return sums;
    };
    work.add("memory pass", [sum, expected = sum()] { bench::must(sum() == expected); });
}

void add_work(digest_id id, std::size_t size, std::size_t count) {
    const auto m = std::make_shared<messages>(id, count, size);
    const bench::work work(std::string(name(id)) + '/' + std::to_string(size / 1024) + "KiB/" + std::to_string(count),
                           static_cast<double>(size * count), "bytes");
    add_peers(work, m);
    add_one_by_one<isa::best>(work, "modsig one by one", m);
    const bool forced = size == 40960;
    if (forced && count == 1) add_one_by_one<isa::portable>(work, "modsig one by one, portable", m);
    if (count > 1) add_many<isa::best>(work, "modsig many", m);
#ifdef MODSIG_NATIVE_X86
    if (forced && count > 1) {
        if (cpu().has(feature::sha) && (id == digest_id::sha1 || id == digest_id::sha256)) add_many<isa::assume<feature::sha>>(work, "modsig many, sha-ni", m);
        if (cpu().has(feature::avx2)) add_many<isa::assume<feature::avx2, feature::bmi2>>(work, "modsig many, avx2", m);
        if (cpu().has(feature::avx512)) add_many<isa::assume<feature::avx512, feature::avx2, feature::bmi2>>(work, "modsig many, avx512", m);
    }
#endif
    add_memory_pass(work, m);
}

/// The table's cost of each kernel that this CPU has, and the one that is measured here: of a block, where the fastest kernel of one message
/// is 1.
template <digest_id Id>
void describe_kernels() {
    const cpu_features cpu = isa::best::features();
    const auto rows = kernels_for<Id>();
    lane_costs<Id> measured(cpu);
    measured.use_measured(cpu, true);
    std::size_t one = 0;
    for (std::size_t i = 0; i != rows.size(); ++i)
        if (rows[i].lanes == 1 && rows[i].runs_on(cpu)) one = i;  // each is faster than those before
    std::string text;
    for (std::size_t i = 0; i != rows.size(); ++i) {
        if (!rows[i].runs_on(cpu)) continue;
        const double lanes = rows[i].lanes;
        text += (text.empty() ? "" : "; ") + bench::kernel_text(rows[i].lanes, rows[i].needs, rows[i].cost / lanes / rows[one].cost, measured[i] / lanes / measured[one]);
    }
    bench::note("kernels of " + std::string(name(Id)), text);
}

}  // namespace

int main(int argc, char** argv) {
    bench::describe();
    std::puts("lanes, instructions, cost of a block by the table and as measured here; the fastest kernel of one message is 1");
    describe_kernels<digest_id::sha256>();
    describe_kernels<digest_id::sha512>();
    describe_kernels<digest_id::sha1>();
    using sizes = std::initializer_list<std::size_t>;
    for (const digest_id id : {digest_id::sha256, digest_id::sha512, digest_id::sha1}) {
        for (const std::size_t kibibytes : sizes{1, 16, 40})
            for (const std::size_t count : sizes{1, 4, 16, 32, 64}) add_work(id, kibibytes * 1024, count);
        for (const std::size_t count : sizes{1, 4, 16, most_of_the_largest}) add_work(id, largest, count);
    }
    for (const std::size_t count : sizes{1, 64}) add_work(digest_id::sha384, 40 * 1024, count);
    return bench::run_all(argc, argv);
}
