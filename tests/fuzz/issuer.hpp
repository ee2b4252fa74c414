// SPDX-License-Identifier: BSL-1.0
//
// An engine without arithmetic: which signatures hold, the test says. So messages that nobody could sign reach all that a verifier
// does behind a good signature, and "nothing but what was issued" can be asked of any message.
//   every     all signatures hold, but those of keys that are said to be bad; what holds is written down
//   issued    those hold that were written down before, to the byte, and no others
// Digests are true. issuer.cpp is compiled once for all targets.
#ifndef MODSIG_TESTS_FUZZ_ISSUER_HPP
#define MODSIG_TESTS_FUZZ_ISSUER_HPP

#include <modsig/digest/fsverity.hpp>
#include <modsig/engine.hpp>
#include <modsig/key.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace fuzz {

using namespace modsig;

enum class signatures : std::uint8_t { every, issued };

struct issuer {
    using prepared_key = public_key;

    [[nodiscard]] static bool has(digest_id id);
    [[nodiscard]] static result<prepared_key> prepare(const public_key& key);
    [[nodiscard]] result<digest_value> digest(digest_id id, std::span<const byte_view> parts) const;
    [[nodiscard]] result<void> check(const prepared_key& key, const to_check& what) const;

    /// From now on; what was written down is forgotten unless only that is to hold.
    static void begin(signatures which);
    /// Signatures of these keys do not hold; views of keys that stay where they are.
    static void distrust(std::span<const public_key> bad);
    /// Since begin().
    [[nodiscard]] static std::size_t checks();
};

}  // namespace fuzz

#endif  // MODSIG_TESTS_FUZZ_ISSUER_HPP
