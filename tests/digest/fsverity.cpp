// SPDX-License-Identifier: BSL-1.0
#include <modsig/digest/fsverity.hpp>

#include <modsig/digest/sha2.hpp>
#include <modsig/engine/botan.hpp>
#include <modsig/engine/native.hpp>
#include <modsig/engine/native/merkle_many.hpp>

#include "../support/hex.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <string>
#include <vector>

#include <sys/mman.h>

using namespace modsig;
using digest::fsverity_digest;
using digest::fsverity_stream;

namespace {

using octets = std::vector<std::uint8_t>;

octets pattern(std::size_t size) {
    octets bytes(size);
    std::uint32_t state = 1;
    for (auto& byte : bytes) {
        state = state * 1664525u + 1013904223u;
        byte = static_cast<std::uint8_t>(state >> 24);
    }
    return bytes;
}

/// As the kernel's documentation puts it: whole levels, one after the other.
octets by_the_book(const verity_options& how, byte_view content) {
    const engine::botan engine;
    const auto hashed = [&](const octets& bytes) {
        const std::array<byte_view, 1> one{byte_view(bytes)};
        const auto digest = engine.digest(how.hash, one);
        REQUIRE(digest);
        return octets(digest->view().begin(), digest->view().end());
    };
    octets level(content.begin(), content.end());
    octets root(size_of(how.hash));
    while (!level.empty()) {
        octets above;
        for (std::size_t at = 0; at < level.size(); at += how.block_size) {
            octets block(how.salt.begin(), how.salt.end());
            if (!block.empty()) block.resize(how.hash == digest_id::sha256 ? 64 : 128);
            const std::size_t salt = block.size();
            block.insert(block.end(), level.begin() + static_cast<std::ptrdiff_t>(at),
                         level.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(at + how.block_size, level.size())));
            block.resize(salt + how.block_size);
            const octets digest = hashed(block);
            above.insert(above.end(), digest.begin(), digest.end());
        }
        root = level = above;
        if (level.size() == size_of(how.hash)) break;
    }
    octets descriptor{1, static_cast<std::uint8_t>(how.hash == digest_id::sha256 ? 1 : 2)};
    std::uint8_t log = 0;
    while (std::uint32_t{1} << log != how.block_size) ++log;
    descriptor.push_back(log);
    descriptor.push_back(static_cast<std::uint8_t>(how.salt.size()));
    descriptor.resize(8);
    for (std::size_t i = 0; i != 8; ++i) descriptor.push_back(static_cast<std::uint8_t>(std::uint64_t{content.size()} >> (8 * i)));
    descriptor.insert(descriptor.end(), root.begin(), root.end());
    descriptor.resize(80);
    descriptor.insert(descriptor.end(), how.salt.begin(), how.salt.end());
    descriptor.resize(256);
    return hashed(descriptor);
}

/// The digest of content that is cut into pieces of these sizes, the last size repeated.
template <class Stream>
result<digest_value> streamed_by(const verity_options& how, byte_view content, std::initializer_list<std::size_t> sizes) {
    Stream stream(how);
    auto size = sizes.begin();
    while (!content.empty()) {
        const std::size_t piece = std::min(*size, content.size());
        stream.update(content.first(piece));
        content = content.subspan(piece);
        if (size + 1 != sizes.end()) ++size;
    }
    return stream.finish();
}

template <class Hash>
result<digest_value> streamed(const verity_options& how, byte_view content, std::initializer_list<std::size_t> sizes) {
    return streamed_by<fsverity_stream<Hash>>(how, content, sizes);
}

template <digest_id Id, class Isa = engine::isa::best>
using stream_in_lanes = fsverity_stream<engine::native_hash<Id, Isa>, engine::merkle_blocks_in_lanes<Id, Isa>>;

template <digest_id Id>
void all_agree(const verity_options& how, byte_view content, byte_view expected) {
    const auto is_expected = [&](const result<digest_value>& digest) {
        REQUIRE(digest);
        CHECK(digest->id == how.hash);
        CHECK(equal(digest->view(), expected));
    };
    is_expected(fsverity_digest(engine::botan{}, how, content));
    is_expected(fsverity_digest(engine::native{}, how, content));
    is_expected(streamed<engine::native_hash<Id>>(how, content, {65536}));
    is_expected(streamed<engine::native_hash<Id>>(how, content, {1, 4095, 4097, 1023, 333}));
    is_expected(streamed_by<stream_in_lanes<Id>>(how, content, {content.size() + 1}));
    is_expected(streamed_by<stream_in_lanes<Id>>(how, content, {1000, 65536}));
    is_expected(streamed<digest::portable_sha2<Id>>(how, content, {1024}));
    is_expected(streamed<engine::botan_hash<digest_tag<Id>>>(how, content, {100000}));
}

void all_agree(const verity_options& how, byte_view content, byte_view expected) {
    CAPTURE(content.size());
    CAPTURE(how.block_size);
    CAPTURE(how.salt.size());
    CAPTURE(std::string(name(how.hash)));
    if (how.hash == digest_id::sha256) all_agree<digest_id::sha256>(how, content, expected);
    else all_agree<digest_id::sha512>(how, content, expected);
}

// fsverity digest /dev/null
constexpr bool empty_file_at_compile_time() {
    using engine_type = engine::basic_native<engine::native_digest_list, engine::isa::portable>;
    const auto digest = fsverity_digest(engine_type{}, verity_options{}, byte_view{});
    fsverity_stream<digest::portable_sha2<digest_id::sha256>> stream{verity_options{}};
    const auto again = stream.finish();
    return digest && again && load_be<std::uint32_t>(digest->view().first(4)) == 0x3d248ca5 && equal(digest->view(), again->view());
}
static_assert(empty_file_at_compile_time());

/// A hash that records wrong use, and is fast.
struct counting_hash {
    static constexpr digest_id id = digest_id::sha512;
    std::uint64_t size = 0;
    void update(byte_view bytes) { size += bytes.size(); }
    digest_value finish() const {
        CHECK(size == 128);
        return digest_value{id, {}};
    }
};

/// Gives up at the first digest.
struct tired_engine {
    result<digest_value> digest(digest_id, std::span<const byte_view>) const { return errc::io_error; }
};

}  // namespace

TEST_CASE("fs-verity: digests that fsverity-utils 1.5 printed") {
    const auto salt = hex("0102030405");
    const octets empty, x{'x'}, many(10000, 'a'), payload = hex("6d6f64736967206578616d706c65207061796c6f61640a");
    const struct { const octets& content; digest_id hash; std::uint32_t block_size; byte_view salt; const char* digest; } rows[] = {
        {empty, digest_id::sha256, 4096, {}, "3d248ca542a24fc62d1c43b916eae5016878e2533c88238480b26128a1f1af95"},
        {payload, digest_id::sha256, 4096, {}, "60eff68293914797049e44c77fd22a82dec3189698aa87d02e1013e2543bd967"},
        {payload, digest_id::sha512, 4096, {}, "9e9e161120782049f0eaa1823e6282236019f611a1000e1b12e733bf8da2e542c88521b77ab15ced6c39a0d0b7e341dd8aa2c97b66f1e5ca5e79fd7e4fb430ce"},
        {x, digest_id::sha256, 4096, {}, "dbbdfa9d606f7adeaa7f16dcfb0d49161c4cfb82d9d51cfb5cb43fa3dacb9e5b"},
        {many, digest_id::sha256, 4096, {}, "94176b4d6a6edcc136ca792563b49fda1a39855842ed419194136dda51c5d6de"},
        {many, digest_id::sha256, 1024, salt, "02fb44bd7ef4f7afa293e7899e6f3cb3f114b75ba5e72123b73880422f367b94"},
    };
    for (const auto& row : rows) {
        const auto expected = hex(row.digest);
        CHECK(by_the_book({row.hash, row.block_size, row.salt}, row.content) == expected);
        all_agree({row.hash, row.block_size, row.salt}, row.content, expected);
    }
}

TEST_CASE("fs-verity: engines and streams agree with whole levels at every edge") {
    const octets content = pattern((1u << 20) + 1);
    const octets salts[] = {{}, {0xaa}, pattern(8), pattern(31), pattern(32)};
    std::size_t compared = 0;
    for (const digest_id hash : {digest_id::sha256, digest_id::sha512})
        for (std::uint32_t block = 1024; block <= 65536; block *= 2)
            for (const octets& salt : salts) {
                const std::size_t arity = block / size_of(hash), level = arity * block;
                std::vector<std::size_t> sizes{0, 1, block - 1, block, block + 1, 2 * block};
                // a block of hashes that is just full, and one that has begun; two levels and three
                for (const std::size_t at : {level, arity * level})
                    if (at + 1 <= content.size() && (salt.empty() || salt.size() == 32)) sizes.insert(sizes.end(), {at - block, at - 1, at, at + 1});
                if (salt.size() == 8) sizes.push_back(content.size());
                for (const std::size_t size : sizes) {
                    const verity_options how{hash, block, salt};
                    const byte_view part = byte_view(content).first(size);
                    all_agree(how, part, by_the_book(how, part));
                    ++compared;
                }
            }
    CHECK(compared > 300);
    MESSAGE(compared << " files");
}

TEST_CASE("fs-verity: a stream may be cut anywhere") {
    const octets content = pattern(5 * 1024 + 7), salt{1, 2, 3};
    std::size_t cuts = 0;
    const auto in_any_two = [&]<class Stream>(const verity_options& how) {
        const auto whole = fsverity_digest(engine::native{}, how, content);
        REQUIRE(whole);
        bool same = true;
        for (std::size_t cut = 0; cut <= content.size(); ++cut, ++cuts) {
            Stream stream(how);
            stream.update(byte_view(content).first(cut));
            stream.update({});
            stream.update(byte_view(content).subspan(cut));
            const auto digest = stream.finish();
            same = same && digest && equal(digest->view(), whole->view());
        }
        CHECK(same);
        for (const std::size_t size : {1u, 2u, 3u, 63u, 64u, 65u, 1023u, 1024u, 1025u, 4096u})
            CHECK(equal(streamed_by<Stream>(how, content, {size})->view(), whole->view()));
    };
    in_any_two.template operator()<fsverity_stream<engine::native_hash<digest_id::sha256>>>({digest_id::sha256, 1024, salt});
    in_any_two.template operator()<fsverity_stream<engine::native_hash<digest_id::sha512>>>({digest_id::sha512, 1024, {}});
    in_any_two.template operator()<fsverity_stream<engine::native_hash<digest_id::sha256>>>({digest_id::sha256, 4096, {}});
    in_any_two.template operator()<stream_in_lanes<digest_id::sha256>>({digest_id::sha256, 1024, {}});
    in_any_two.template operator()<stream_in_lanes<digest_id::sha512>>({digest_id::sha512, 1024, salt});
    MESSAGE(cuts << " cuts");
}

TEST_CASE("fs-verity: options that the kernel refuses") {
    const octets salt = pattern(33);
    const struct { verity_options how; errc why; } rows[] = {
        {{digest_id::none, 4096, {}}, errc::unsupported_hash},
        {{digest_id::sha1, 4096, {}}, errc::unsupported_hash},
        {{digest_id::sha384, 4096, {}}, errc::unsupported_hash},
        {{digest_id::sha3_256, 4096, {}}, errc::unsupported_hash},
        {{digest_id::sha256, 0, {}}, errc::unsupported_block_size},
        {{digest_id::sha256, 512, {}}, errc::unsupported_block_size},
        {{digest_id::sha256, 4095, {}}, errc::unsupported_block_size},
        {{digest_id::sha256, 6144, {}}, errc::unsupported_block_size},
        {{digest_id::sha256, 131072, {}}, errc::unsupported_block_size},
        {{digest_id::sha256, 4096, salt}, errc::length_overflow},
    };
    for (const auto& row : rows) {
        const auto digest = fsverity_digest(engine::native{}, row.how, salt);
        REQUIRE_FALSE(digest);
        CHECK(digest.error().code == row.why);
        fsverity_stream<engine::native_hash<digest_id::sha256>> stream(row.how);
        stream.update(salt);
        const auto again = stream.finish();
        REQUIRE_FALSE(again);
        CHECK(again.error().code == row.why);
    }
    fsverity_stream<engine::native_hash<digest_id::sha256>> other({digest_id::sha512, 4096, {}});
    CHECK(other.finish().error().code == errc::unsupported_hash);
    const engine::basic_native<digest_list<sha256>> narrow;
    CHECK(fsverity_digest(narrow, {digest_id::sha512, 4096, {}}, salt).error().code == errc::unsupported_hash);
}

TEST_CASE("fs-verity: a tree has eight levels at most") {
    // two digests to a block
    for (const int blocks : {1, 2, 3, 255, 256, 257, 512, 513}) {
        digest::merkle_levels<counting_hash> levels({digest_id::sha512, 128, {}});
        for (int i = 0; i != blocks; ++i) levels.add(digest_value{digest_id::sha512, {}});
        const auto root = levels.root();
        CAPTURE(blocks);
        CHECK(root.has_value() == (blocks <= 256));
        if (!root) CHECK(root.error().code == errc::too_large);
    }
    // 16^8 blocks of 1024 bytes, which are never read
    constexpr std::size_t most = std::size_t{1} << 42;
    void* const room = ::mmap(nullptr, most + 1, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    REQUIRE(room != MAP_FAILED);
    const byte_view content(static_cast<const std::uint8_t*>(room), most + 1);
    const verity_options how{digest_id::sha512, 1024, {}};
    CHECK(fsverity_digest(tired_engine{}, how, content).error().code == errc::too_large);
    CHECK(fsverity_digest(tired_engine{}, how, content.first(most)).error().code == errc::io_error);
    CHECK(fsverity_digest(tired_engine{}, verity_options{}, content).error().code == errc::io_error);
    ::munmap(room, most + 1);
}
