// SPDX-License-Identifier: BSL-1.0
// Parsing, looking keys up and judging allocate nothing. A program of its own: it replaces operator new, and it is
// built without exceptions and without run-time type information, as the verification path can be.
#include <modsig/digest/sha1.hpp>
#include <modsig/keyring/builtin.hpp>
#include <modsig/layout/digsig.hpp>
#include <modsig/layout/modsign.hpp>
#include <modsig/policy/linux_digsig.hpp>
#include <modsig/policy/linux_modsign.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/verifier.hpp>

#include "authority_certificate.hpp"
#include "vendor_certificate.hpp"
#include "vendor_key.hpp"

#include <cstdio>
#include <cstdlib>
#include <new>

static std::size_t allocations = 0;

void* operator new(std::size_t size) {
    ++allocations;
    if (void* memory = std::malloc(size)) return memory;
    std::abort();
}
void* operator new[](std::size_t size) { return operator new(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

using namespace modsig;

/// An engine that accepts, so that the whole path runs.
struct yes_engine {
    struct prepared_key {};
    static constexpr bool has(digest_id id) { return id == digest_id::sha1 || id == digest_id::sha256; }
    static constexpr result<prepared_key> prepare(const public_key&) { return prepared_key{}; }
    constexpr result<digest_value> digest(digest_id id, std::span<const byte_view> parts) const {
        digest_value value = digest_of<digest::portable_sha1>(parts);
        value.id = id;
        return value;
    }
    constexpr result<void> check(const prepared_key&, const to_check&) const { return result<void>::success(); }
};

static std::size_t failures = 0;
static void expect(bool ok, const char* what) {
    std::printf("%s  %s\n", ok ? "ok  " : "FAIL", what);
    failures += !ok;
}

static byte_view read(const char* path) {
    static std::uint8_t room[1 << 18];
    static std::size_t used = 0;
    std::FILE* file = std::fopen(path, "rb");
    if (file == nullptr) std::exit(2);
    std::uint8_t* const start = room + used;
    const std::size_t size = std::fread(start, 1, sizeof room - used, file);
    std::fclose(file);
    used += size;
    return {start, size};
}

static void judge_digsig(byte_view image) {
    constexpr auto trust = keyring::builtin<vendor_key>();
    const verifier<layouts<layout::digsig>, yes_engine, policy::legacy> legacy{trust};
    expect(legacy.verify(image).has_value(), "a signed module of 2012 is judged as far as the arithmetic");
    const verifier<layouts<layout::digsig>, yes_engine, policy::strict> strict{trust};
    expect(strict.verify(image).error().code == errc::weak_digest, "and refused by strict");
    const verifier<layouts<layout::digsig>, yes_engine, policy::linux_digsig> as_linux{trust};
    expect(as_linux.appraise({image}).outcome == verdict::verified, "and judged as Linux does");
    std::size_t judged = 0;
    for (std::size_t cut = 0; cut <= image.size(); ++cut) judged += legacy.appraise({image.first(cut)}).why.code != errc::not_checked;
    expect(judged == image.size() + 1, "and at every length");
    expect(key::parse_any(vendor_key).has_value(), "a key is parsed");
}

static void judge_modsign(byte_view image, byte_view chain) {
    constexpr context at{.now = 1795500000};
    constexpr auto trust = keyring::builtin<vendor_certificate>();
    constexpr auto authority = keyring::builtin<authority_certificate>();
    const verifier<layouts<layout::modsign>, yes_engine, policy::strict> strict{trust}, by_chain{authority};
    const verifier<layouts<layout::modsign>, yes_engine, policy::linux_modsign> as_linux{trust}, linux_chain{authority};
    expect(strict.verify(image, at).has_value(), "a signed module of today is judged");
    expect(as_linux.verify(image).has_value(), "and judged as Linux does");
    subject beside{image};
    beside.signature.source = signature_source::detached;
    beside.signature.bytes = chain;
    expect(by_chain.appraise(beside, at).outcome == verdict::verified, "and by the chain that a message brings");
    expect(linux_chain.appraise(beside).outcome == verdict::verified, "and as Linux does by it");
    std::size_t judged = 0;
    for (std::size_t cut = 0; cut <= chain.size(); ++cut) {
        beside.signature.bytes = chain.first(cut);
        judged += by_chain.appraise(beside, at).outcome == verdict::verified || linux_chain.appraise(beside).outcome == verdict::verified;
    }
    expect(judged == 1, "and at every length");
}

int main(int argc, char** argv) {
    if (argc != 4) return 2;
    const byte_view of_2012 = read(argv[1]), of_today = read(argv[2]), chain = read(argv[3]);
    const std::size_t before = allocations;
    judge_digsig(of_2012);
    judge_modsign(of_today, chain);
    expect(allocations == before, "without one allocation");
    std::printf("%zu passed, %zu failed\n", 11 - failures, failures);
    return failures == 0 ? 0 : 1;
}
