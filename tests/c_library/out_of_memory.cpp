// SPDX-License-Identifier: BSL-1.0
// Memory runs out at every allocation of every call in turn: no exception leaves the library, the status or the reason says so, and
// no verdict but a refusal comes of it.
//     out_of_memory KEY SIGNED
#include "modsig.h"

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <new>

namespace {

constexpr std::size_t never = static_cast<std::size_t>(-1);
std::size_t left = never;  // allocations that succeed

void* allocate(std::size_t size) {
    if (left == 0) throw std::bad_alloc();
    if (left != never) --left;
    void* const memory = std::malloc(size != 0 ? size : 1);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

/// Calls the action with 0, 1, 2, ... allocations, until it returns true. How often it did not.
template <class Action>
std::size_t with_little_memory(const Action& action) {
    for (std::size_t allowed = 0; allowed != 10000; ++allowed) {
        left = allowed;
        const bool done = action();
        left = never;
        if (done) return allowed;
    }
    return never;
}

bool fault(const char* what) {
    std::printf("FAIL  %s\n", what);
    std::exit(1);
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

int main(int count, char** arguments) {
    if (count != 3) return 2;
    const char *const key = arguments[1], *const file = arguments[2];

    modsig_trust* trust = nullptr;
    const std::size_t for_trust = with_little_memory([&] { return (trust = modsig_trust_new()) != nullptr; });
    const std::size_t for_key = with_little_memory([&] {
        const modsig_status status = modsig_trust_add_path(trust, key, nullptr);
        if (status != MODSIG_OK && status != MODSIG_OUT_OF_MEMORY) return fault("a status of adding a key");
        if (modsig_trust_key_count(trust) != (status == MODSIG_OK ? 1 : 0)) return fault("half a key was added");
        return status == MODSIG_OK;
    });
    modsig_options options{};
    options.size = sizeof options;
    options.policy = "legacy";
    modsig_verifier* verifier = nullptr;
    const std::size_t for_verifier = with_little_memory([&] {
        const modsig_status status = modsig_verifier_new(trust, &options, &verifier);
        if ((status == MODSIG_OK) != (verifier != nullptr) || (status != MODSIG_OK && status != MODSIG_OUT_OF_MEMORY)) return fault("a status of making a verifier");
        return status == MODSIG_OK;
    });
    const std::size_t for_verdict = with_little_memory([&] {
        modsig_result* result = nullptr;
        const modsig_verdict verdict = modsig_verify_file(verifier, file, nullptr, &result);
        if (result == nullptr || modsig_result_verdict(result) != verdict) return fault("there is no result, or another one");
        if (verdict != MODSIG_VERIFIED && std::strcmp(modsig_result_reason(result), "out_of_memory") != 0) return fault(modsig_result_reason(result));
        modsig_result_free(result);
        return verdict == MODSIG_VERIFIED;
    });
    const std::size_t for_revocation = with_little_memory([&] {
        const modsig_status status = modsig_trust_revoke_path(trust, key);
        if (status != MODSIG_OK && status != MODSIG_OUT_OF_MEMORY) return fault("a status of revoking");
        return status == MODSIG_OK;
    });
    modsig_verifier_free(verifier);
    modsig_trust_free(trust);
    std::printf("allocations of trust %zu, key %zu, verifier %zu, verdict %zu, revocation %zu\n", for_trust, for_key, for_verifier, for_verdict, for_revocation);
    for (const std::size_t each : {for_trust, for_key, for_verifier, for_verdict, for_revocation})
        if (each == 0 || each == never) return 1;
    return 0;
}
