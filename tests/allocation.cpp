// SPDX-License-Identifier: BSL-1.0
// Parsing, looking keys up and judging allocate nothing. A program of its own: it replaces operator new, and it is
// built without exceptions and without run-time type information, as the verification path can be.
#include <modsig/digest/sha1.hpp>
#include <modsig/keyring/builtin.hpp>
#include <modsig/layout/digsig.hpp>
#include <modsig/policy/linux_digsig.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/verifier.hpp>

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

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    static std::uint8_t image[1 << 16];
    std::FILE* file = std::fopen(argv[1], "rb");
    if (file == nullptr) return 2;
    const std::size_t size = std::fread(image, 1, sizeof image, file);
    std::fclose(file);

    constexpr auto trust = keyring::builtin<vendor_key>();
    const std::size_t before = allocations;

    const verifier<layouts<layout::digsig>, yes_engine, policy::legacy> legacy{trust};
    expect(legacy.verify(byte_view(image, size)).has_value(), "a signed module is judged as far as the arithmetic");
    const verifier<layouts<layout::digsig>, yes_engine, policy::strict> strict{trust};
    expect(strict.verify(byte_view(image, size)).error().code == errc::weak_digest, "and refused by strict");
    const verifier<layouts<layout::digsig>, yes_engine, policy::linux_digsig> as_linux{trust};
    expect(as_linux.appraise({byte_view(image, size)}).outcome == verdict::verified, "and judged as Linux does");
    std::size_t judged = 0;
    for (std::size_t cut = 0; cut <= size; ++cut) judged += legacy.appraise({byte_view(image, cut)}).why.code != errc::not_checked;
    expect(judged == size + 1, "and at every length");
    expect(key::parse_any<strict_reading>(vendor_key).has_value(), "a key is parsed");

    expect(allocations == before, "without one allocation");
    std::printf("%zu passed, %zu failed\n", 6 - failures, failures);
    return failures == 0 ? 0 : 1;
}
