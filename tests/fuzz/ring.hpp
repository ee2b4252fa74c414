// SPDX-License-Identifier: BSL-1.0
//
// The keys of a case as a keyring for the engine without arithmetic.
#ifndef MODSIG_TESTS_FUZZ_RING_HPP
#define MODSIG_TESTS_FUZZ_RING_HPP

#include "../support/files.hpp"
#include "case.hpp"
#include "issuer.hpp"
#include "require.hpp"

#include <modsig/keyring/store.hpp>

#include <algorithm>
#include <span>
#include <vector>

namespace fuzz {

/// All keys, read once.
template <class Reading>
[[nodiscard]] std::span<const trusted_key<issuer>> all_keys() {
    static const keyring::store<issuer> keys = [] {
        keyring::store<issuer> made;
        for (const char* name : key_names) {
            const octets blob = read_file(data_folder() / "corpus/keys" / name);
            // Linux has keys of version 1 under their names alone, and no Ed25519: then strict's.
            const bool is_read = made.add<Reading>(blob) || made.add<strict_reading>(blob);
            require(is_read, "the corpus' keys can be read");
        }
        return made;
    }();
    return keys.keys();
}

/// What a case trusts and revokes, and whose signatures do not hold. Stays where it is: views lead into it.
template <class Reading>
class ring {
    std::vector<trusted_key<issuer>> keys_{};
    std::vector<revoked_key<issuer>> revoked_{};
    std::vector<public_key> bad_{};

public:
    keyring_view<issuer> view{};
    revocation_view<issuer> revocations{};

    ring(const fuzz_case& of, const key_scope& scope) {
        const auto all = all_keys<Reading>();
        for (std::size_t i = 0; i != all.size(); ++i) {
            if ((of.trusted >> i & 1) != 0) {
                keys_.push_back(all[i]);
                keys_.back().scope = scope;
            }
            if ((of.revoked >> i & 1) != 0) revoked_.push_back({all[i].info, all[i].info.key});
            if ((of.bad >> i & 1) != 0) bad_.push_back(all[i].info.key);
        }
        view.keys = keys_;
        revocations.keys = revoked_;
        issuer::distrust(bad_);
    }
    ring(const ring&) = delete;
    ring& operator=(const ring&) = delete;

    void reverse() { std::ranges::reverse(keys_); }
};

}  // namespace fuzz

#endif  // MODSIG_TESTS_FUZZ_RING_HPP
