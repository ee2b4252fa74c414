// SPDX-License-Identifier: BSL-1.0
//
// A keyring filled at run time. Filling it allocates; searching it does not.
#ifndef MODSIG_KEYRING_STORE_HPP
#define MODSIG_KEYRING_STORE_HPP

#include <modsig/keyring.hpp>
#include <modsig/keyring/entry_rules.hpp>
#include <modsig/keyring/revocations.hpp>

#include <list>
#include <string_view>
#include <utility>
#include <vector>

namespace modsig::keyring {

/// The store owns its keys and their bytes. Existing verifiers see later additions and revocations; nothing may be changed
/// while a verifier runs in another thread. A store must not be moved while a verifier uses it.
template <class Engine>
class store {
    std::list<std::vector<std::uint8_t>> bytes_;  // keys view these: they never move
    std::vector<trusted_key<Engine>> keys_;
    revocations<Engine> revoked_;
    keyring_view<Engine> view_{};

public:
    /// An empty keyring.
    explicit store(std::string_view name = module) { view_.name = name; }
    /// Takes the contents over. A verifier refers to the object that it was made with: move first.
    store(store&&) = default;
    store& operator=(store&&) = default;  ///< As above.

    /// `add` trusts one key, in any binary form (PEM: keyring/files.hpp), for the layouts and the form of `scope`, such as
    /// `layouts<layout::evm>{}`. Returns the parsed key. Certificates must satisfy keyring/entry_rules.hpp. Linux's reading
    /// keeps a certificate whose key cannot be used, unless the certificate has signed itself; `fault` is then the reason why
    /// the key is refused when a signature names it.
    template <class Reading = strict_reading>
    result<key_info> add(byte_view blob, const key_scope& scope = {}, const Reading& reading = {}) {
        const byte_view kept = keep(blob);
        const auto taken = key::x509::recognises(kept) ? take_certificate(grammar<Reading>::parse_certificate(kept, 0, reading), scope, reading, result<void>::success)
                                                       : take_bare(kept, scope, reading);
        if (!taken) bytes_.pop_back();
        return taken;
    }

    /// `add_vouched` trusts a certificate that a key of this store signed, as Linux's secondary keyring does.
    template <class Reading = strict_reading>
    result<key_info> add_vouched(byte_view blob, const key_scope& scope = {}, const Reading& reading = {}) {
        const auto certificate = grammar<Reading>::parse_certificate(keep(blob), 0, reading);
        const auto taken = take_certificate(certificate, scope, reading, [&] { return entry_rules<Reading>::template admit_vouched<Engine>(*certificate, view_, reading); });
        if (!taken) bytes_.pop_back();
        return taken;
    }

    /// `add_user_key` trusts a key of type `user` that is found by its description, as in lib/digsig.c. A payload that is no
    /// key is an error, but is found by its description all the same, and refused when a signature names it.
    template <class Reading = strict_reading>
    result<key_info> add_user_key(std::string_view description, byte_view payload, const key_scope& scope = {}) {
        const auto id = key::parse_digsig_name(description);
        if (!id) return errc::key_name_mismatch;
        const result<key_info> parsed = grammar<Reading>::parse_user_key(keep(payload));
        key_info info;
        if (parsed) info = *parsed;
        else info.fault = parsed.error().code;
        info.name_mismatch = info.digsig_v1_id != *id;
        info.has_digsig_v1_id = true;
        info.digsig_v1_id = *id;
        put(info, Engine::prepare(info.key), scope);
        return parsed ? result<key_info>(info) : parsed;
    }

    /// `revoke` revokes a key, or the key of a certificate: keyring/revocations.hpp.
    template <class Reading = strict_reading>
    result<key_info> revoke(byte_view blob, const Reading& reading = {}) {
        const result<key_info> revoked = revoked_.revoke(blob, reading);
        refresh();
        return revoked;
    }

    /// `revoke_digest` revokes the certificates or the content with this digest. Error: `unsupported_hash` (no digest has this
    /// length). In Linux's reading such a certificate cannot be added later (`revoked`); one that is in the keyring is
    /// refused when a signature names it.
    result<void> revoke_digest(const revoked_digest& digest) {
        const result<void> revoked = revoked_.revoke_digest(digest);
        refresh();
        return revoked;
    }

    /// The keyring's name, such as `_module`.
    [[nodiscard]] std::string_view name() const { return view_.name; }
    /// The trusted keys, in the order in which they were added.
    [[nodiscard]] std::span<const trusted_key<Engine>> keys() const { return keys_; }

    /// The keyring for a verifier, which sees what is added later; the store outlives the verifier.
    template <class For = Engine>
    [[nodiscard]] const keyring_view<For>& view() const {
        static_assert(std::is_same_v<For, Engine>, "modsig: this keyring holds keys prepared for another engine");
        return view_;
    }

private:
    /// `vouched`: asked when the certificate itself may enter.
    template <class Reading, class Vouched>
    result<key_info> take_certificate(const result<key::certificate>& certificate, const key_scope& scope, const Reading& reading, const Vouched& vouched) {
        if (!certificate) return certificate.error();
        key_info info = key::identified(*certificate);
        auto prepared = Engine::prepare(info.key);
        const auto admitted = entry_rules<Reading>::template admit<Engine>(*certificate, prepared, reading);
        if (!admitted) return admitted.error();
        if (!entry_rules<Reading>::keeps_revoked) {
            const auto digest = revocation_digest<Engine>(*certificate, reading);
            if (digest && view_.revoked.holds(revoked_kind::certificate, digest->view())) return errc::revoked;
        }
        if (const result<void> may_enter = vouched(); !may_enter) return may_enter.error();
        if (!prepared && info.fault == errc::none) info.fault = prepared.error().code;
        put(info, std::move(prepared), scope);
        return info;
    }
    template <class Reading>
    result<key_info> take_bare(byte_view blob, const key_scope& scope, const Reading& reading) {
        const result<key_info> info = grammar<Reading>::parse_key(blob, reading);
        if (!info) return info;
        auto prepared = Engine::prepare(info->key);
        if (!prepared) return prepared.error();
        put(*info, std::move(prepared), scope);
        return info;
    }

    void put(const key_info& info, result<typename Engine::prepared_key>&& prepared, const key_scope& scope) {
        keys_.push_back({info, std::move(prepared), scope});
        refresh();
    }
    void refresh() {
        view_.keys = keys_;
        view_.revoked = revoked_.view();
    }
    byte_view keep(byte_view bytes) { return bytes_.emplace_back(bytes.begin(), bytes.end()); }
};

}  // namespace modsig::keyring

#endif  // MODSIG_KEYRING_STORE_HPP
