// SPDX-License-Identifier: BSL-1.0
//
// A list of revocations filled at run time. Filling it allocates; searching it does not.
#ifndef MODSIG_KEYRING_REVOCATIONS_HPP
#define MODSIG_KEYRING_REVOCATIONS_HPP

#include <modsig/grammar.hpp>
#include <modsig/revocation.hpp>

#include <list>
#include <utility>
#include <vector>

namespace modsig::keyring {

/// The list owns its keys and their bytes. Existing verifiers see later additions; nothing may be added while a verifier runs
/// in another thread.
template <class Engine>
class revocations {
    std::list<std::vector<std::uint8_t>> bytes_;  // keys view these: they never move
    std::vector<revoked_key<Engine>> keys_;
    std::vector<revoked_digest> digests_;
    revocation_view<Engine> view_{};

public:
    revocations() = default;
    /// Takes the contents over. A verifier refers to the object that it was made with: move first.
    revocations(revocations&&) = default;
    revocations& operator=(revocations&&) = default;  ///< As above.

    /// `revoke` revokes a key in any binary form, or the key of a certificate: every signature of that key is refused,
    /// whichever certificate names the key. Errors: those of the form.
    template <class Reading = strict_reading>
    result<key_info> revoke(byte_view blob, const Reading& reading = {}) {
        const byte_view kept = bytes_.emplace_back(blob.begin(), blob.end());
        result<key_info> parsed = grammar<Reading>::parse_key(kept, reading);
        if (parsed) keys_.push_back({*parsed, Engine::prepare(parsed->key)});
        else bytes_.pop_back();
        refresh();
        return parsed;
    }

    /// `revoke_digest` revokes the certificate or the content with this digest. Error: `unsupported_hash` (no digest of SHA-1
    /// or SHA-2 has this length).
    result<void> revoke_digest(const revoked_digest& digest) {
        if (digest_of_revoked_size(digest.size) == digest_id::none) return errc::unsupported_hash;
        digests_.push_back(digest);
        refresh();
        return result<void>::success();
    }

    /// The list for a verifier, which sees what is added later.
    [[nodiscard]] const revocation_view<Engine>& view() const { return view_; }

private:
    void refresh() { view_ = {keys_, digests_}; }
};

}  // namespace modsig::keyring

#endif  // MODSIG_KEYRING_REVOCATIONS_HPP
