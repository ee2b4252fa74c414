// SPDX-License-Identifier: BSL-1.0
// A batch says of a compressed module what the verifier says of what is in it, in the order of the files.
#include <modsig/batch/packed_modules.hpp>
#include <modsig/engine/best.hpp>
#include <modsig/keyring/store.hpp>
#include <modsig/layout/modsign.hpp>
#include <modsig/policy/profiles.hpp>

#include "../support/compress.hpp"
#include "forge.hpp"

#include <algorithm>
#include <cstring>

using namespace modsig;
using batch::packed_module;
using batch_test::octets;
using batch_test::random_bytes;
using batch_test::signing_key;

namespace {

constexpr std::int64_t now = 1790000000;  // within the validity of the corpus' certificates

constexpr struct {
    const char* suffix;
    compression how;
} forms[] = {{".ko", compression::none}, {".ko.xz", compression::xz}, {".ko.zst", compression::zstd}, {".ko.gz", compression::gzip}};

class tree : public scratch_folder {
    std::vector<std::string> files_{};

public:
    void add(const octets& bytes, const char* suffix) {
        files_.push_back(file(std::to_string(files_.size()) + suffix));
        std::ofstream(files_.back(), std::ios::binary).write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    }
    [[nodiscard]] const std::vector<std::string>& files() const { return files_; }
};

octets pack(compression how, const octets& module) { return how == compression::none ? module : compressing::compress(how, module); }

/// Compressible, as code is.
octets content(std::size_t size, unsigned seed) {
    octets made = random_bytes(size, seed);
    for (std::size_t i = 0; i < size; ++i)
        if (i / 64 % 4 != 0) made[i] = static_cast<std::uint8_t>(i / 512);
    return made;
}

/// By the functions that decompress one file, without any batch.
template <class Verifier>
appraisal alone(const Verifier& verifier, const std::string& path, packed_module reading) {
    const octets stored = read_file(path);
    const compression how = compression_of_name(path);
    context at{now};
    at.name = path;
    if (how == compression::none) return verifier.appraise(subject{stored}, at);
    const auto first = reading == packed_module::first_stream ? kernel::decompress_module(how, stored) : decompress_first(how, stored);
    appraisal unread;
    if (!first) unread.why = first.error();
    else if (reading == packed_module::whole_file && first->end != stored.size()) unread.why = failure{errc::decompression_failed, first->end};
    else return verifier.appraise(subject{byte_view(first->bytes)}, at);
    return unread;
}

bool same(const appraisal& a, const appraisal& b) {
    return a.outcome == b.outcome && a.why.code == b.why.code && a.why.offset == b.why.offset && a.why.linux_errno() == b.why.linux_errno() &&
           a.layout == b.layout && a.content == b.content && a.covers_image == b.covers_image && equal(a.key.view(), b.key.view()) &&
           a.digest.id == b.digest.id && a.digest.bytes == b.digest.bytes && a.anchor == b.anchor;
}

/// How many were verified.
template <class Engine>
std::size_t compare(const std::vector<octets>& keys, const std::vector<std::string>& files, packed_module reading, std::size_t threads) {
    keyring::store<Engine> ring;
    for (const octets& key : keys) REQUIRE(ring.add(key));
    const verifier<layouts<layout::modsign>, Engine, policy::strict> verifier{ring};
    batch::options options;
    options.threads = threads;
    options.at.now = now;
    std::size_t seen = 0, verified = 0;
    batch::appraise_modules(verifier, files, reading, [&](std::size_t i, const appraisal& found) {
        REQUIRE(i == seen++);
        const appraisal expected = alone(verifier, files[i], reading);
        CHECK_MESSAGE(same(found, expected), files[i] << ": " << name(found.why.code) << " at " << found.why.offset << ", not " << name(expected.why.code)
                                                      << " at " << expected.why.offset << "; " << threads << " threads");
        verified += found.outcome == verdict::verified;
    }, options);
    CHECK(seen == files.size());
    return verified;
}

}  // namespace

TEST_CASE("compressed modules: good, damaged, cut, followed by more, of another format; all sizes, keys and compressions in turn") {
    const signing_key rsa("rsa2048"), p384("p384"), unknown("rsa3072");
    const std::vector<octets> keys{rsa.certificate(), p384.certificate()};
    tree modules;
    std::size_t good = 0;
    unsigned seed = 1;
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{500}, std::size_t{4096}, std::size_t{65536}, std::size_t{300000}, std::size_t{1} << 20})
        for (const auto& form : forms)
            for (unsigned kind = 0; kind != 8; ++kind, ++seed) {
                const signing_key& key = kind == 7 ? unknown : seed % 3 == 0 ? p384 : rsa;
                octets module = key.sign(content(size + kind, seed), seed % 5 == 0 ? digest_id::sha512 : digest_id::sha256);
                if (kind == 1) module[seed * 7919 % module.size()] ^= 4;  // what is in it is damaged
                octets stored = pack(form.how, module);
                if (kind == 2) stored[seed * 104729 % stored.size()] ^= 32;
                if (kind == 3) stored.resize(stored.size() - 1 - seed % 20);
                if (kind == 4) stored.push_back(0);
                if (kind == 5) stored = pack(form.how == compression::none ? compression::xz : compression::none, module);
                if (kind == 6) stored.insert(stored.end(), stored.begin(), stored.begin() + static_cast<std::ptrdiff_t>(stored.size()));
                good += kind == 0 && size != 0;  // strict takes no signature over nothing
                modules.add(stored, form.suffix);
            }
    for (const std::size_t threads : {1u, 2u, 5u}) {
        CHECK(compare<engine::best>(keys, modules.files(), packed_module::whole_file, threads) >= good);
        CHECK(compare<engine::best>(keys, modules.files(), packed_module::first_stream, threads) > good);
    }
    CHECK(compare<engine::botan>(keys, modules.files(), packed_module::whole_file, 1) >= good);
}

TEST_CASE("compressed modules: more at once than a thread holds, and one that is larger than its room") {
    const signing_key rsa("rsa2048");
    tree modules;
    std::size_t good = 0;
    for (unsigned i = 0; i != 60; ++i) {
        const std::size_t size = i % 20 == 7 ? batch::unpacked_images::room_size + 1000 * i : i % 7 == 3 ? std::size_t{2} << 20 : std::size_t{100000} + i;
        octets module = rsa.sign(content(size, i), digest_id::sha256);
        const bool is_bad = i % 9 == 4;
        if (is_bad) module[size / 2] ^= 1;
        good += !is_bad;
        modules.add(pack(forms[1 + i % 3].how, module), forms[1 + i % 3].suffix);
    }
    for (const std::size_t threads : {1u, 3u}) CHECK(compare<engine::best>({rsa.certificate()}, modules.files(), packed_module::whole_file, threads) == good);
}

TEST_CASE("images side by side: none overlaps another, and all that was held can be held again") {
    batch::unpacked_images images;
    struct held {
        decompression_output bytes;
        std::uint8_t mark;
    };
    std::vector<held> all;
    std::mt19937 random(5);
    std::size_t lent = 0, own = 0, full = 0;
    for (unsigned step = 0; step != 3000; ++step) {
        if (!images.has_room()) ++full;
        if (!all.empty() && (!images.has_room() || random() % 3 == 0)) {
            const auto gone = all.begin() + static_cast<std::ptrdiff_t>(random() % all.size());
            REQUIRE(std::ranges::all_of(gone->bytes.view(), [&](std::uint8_t byte) { return byte == gone->mark; }));
            images.release(gone->bytes);
            all.erase(gone);
            continue;
        }
        const std::size_t size = random() % 50 == 0 ? batch::unpacked_images::room_size + 1 : random() % 40 == 0 ? 0 : random() % 200000;
        const auto mark = static_cast<std::uint8_t>(step);
        // What a file says of its size may be anything.
        decompression_output image = images.next(random() % 4 == 0 ? random() % 300000 : size, default_decompressed_limit);
        while (image.size() < size) {
            const auto room = image.room();
            REQUIRE(room);
            const std::size_t piece = std::min({room->size(), size - image.size(), std::size_t{65536}});
            std::memset(room->data(), mark, piece);
            REQUIRE(image.commit(piece));
        }
        images.keep(image);
        (image.is_lent() ? lent : own) += 1;
        all.push_back({std::move(image), mark});
    }
    CHECK(lent > 1000);
    CHECK(own > 10);
    CHECK(full > 5);
    for (const held& each : all) images.release(each.bytes);
    CHECK(images.has_room());
    CHECK(images.next(0, 100).room()->size() == batch::unpacked_images::room_size);
    CHECK(images.next(std::uint64_t{1} << 63, default_decompressed_limit).room()->size() <= 65536);
}
