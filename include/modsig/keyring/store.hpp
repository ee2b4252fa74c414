// SPDX-License-Identifier: BSL-1.0
//
// A keyring filled at run time. Filling it allocates; searching it does not.
#ifndef MODSIG_KEYRING_STORE_HPP
#define MODSIG_KEYRING_STORE_HPP

#include <modsig/key/any.hpp>
#include <modsig/keyring.hpp>
#include <modsig/keyring/admission.hpp>
#include <modsig/keyring/vouched.hpp>

#include <list>
#include <string_view>
#include <utility>
#include <vector>

namespace modsig::keyring {

/// Owns its keys and their bytes. Views of it are good until it is changed or destroyed.
template <class Engine>
class store {
    std::string_view name_;
    std::list<std::vector<std::uint8_t>> bytes_;  // keys view these: they never move
    std::vector<trusted_key<Engine>> keys_;
    std::vector<public_key> revoked_;
    std::vector<revoked_digest> revoked_digests_;

public:
    explicit store(std::string_view name = module) : name_(name) {}
    store(store&&) = default;
    store& operator=(store&&) = default;

    /// Trusts one key, in any binary form (PEM: keyring/files.hpp). The answer is the key as it was understood. A certificate
    /// has to be one that a keyring takes: keyring/admission.hpp. Linux keeps one whose key cannot be used, unless it has
    /// signed itself; its `fault` says why it will be refused.
    template <class Reading = strict_reading>
    result<key_info> add(byte_view blob) {
        const byte_view kept = keep(blob);
        const auto taken = key::x509::recognises(kept) ? take_certificate<Reading>(key::parse_certificate<Reading>(kept))
                                                       : take_bare<Reading>(kept);
        if (!taken) bytes_.pop_back();
        return taken;
    }

    /// Trusts a certificate that a key in here vouches for, as the secondary keyring does: keyring/vouched.hpp.
    template <class Reading = strict_reading>
    result<key_info> add_vouched(byte_view blob) {
        auto certificate = key::parse_certificate<Reading>(keep(blob));
        if (certificate)
            if (const auto may_enter = vouched<Reading, Engine>(*certificate, view()); !may_enter) certificate = may_enter.error();
        const auto taken = take_certificate<Reading>(certificate);
        if (!taken) bytes_.pop_back();
        return taken;
    }

    /// Trusts a key of type `user` under the name it is filed under, as lib/digsig.c finds it. A payload that is no key
    /// is still found by its name, and refused when it is used.
    template <class Reading = strict_reading>
    result<key_info> add_user_key(std::string_view description, byte_view payload) {
        const auto id = key::parse_digsig_name(description);
        if (!id) return errc::key_name_mismatch;
        const result<key_info> parsed = key::digsig::parse<Reading>(keep(payload));
        key_info info;
        if (parsed) info = *parsed;
        else info.fault = parsed.error().code;
        info.name_mismatch = info.digsig_v1_id != *id;
        info.has_digsig_v1_id = true;
        info.digsig_v1_id = *id;
        keys_.push_back({info, Engine::prepare(info.key)});
        return parsed ? result<key_info>(info) : parsed;
    }

    /// This key must never verify again. Which signatures it made does not matter.
    template <class Reading = strict_reading>
    result<key_info> revoke(byte_view blob) {
        result<key_info> parsed = key::parse_any<Reading>(keep(blob));
        if (parsed) revoked_.push_back(parsed->key);
        else bytes_.pop_back();
        return parsed;
    }

    /// The certificates or content with this digest must never be trusted. To certificates that are added later Linux refuses
    /// entry (`revoked`); in strict reading, and where they were there before, they are found and refused.
    void revoke_digest(const revoked_digest& digest) {
        revoked_digests_.push_back(digest);
        if (digest.kind != revoked_kind::certificate) return;
        for (trusted_key<Engine>& each : keys_) {
            auto certificate = key::parse_certificate<strict_reading>(each.info.certificate);
            if (!certificate) certificate = key::parse_certificate<linux_reading>(each.info.certificate);
            if (certificate && is_revoked(*certificate)) each.info.fault = errc::revoked;
        }
    }

    [[nodiscard]] std::string_view name() const { return name_; }
    [[nodiscard]] std::span<const trusted_key<Engine>> keys() const { return keys_; }

    template <class For = Engine>
    [[nodiscard]] keyring_view<For> view() const {
        static_assert(std::is_same_v<For, Engine>, "modsig: this keyring holds keys prepared for another engine");
        return {name_, keys_, revoked_, revoked_digests_};
    }

private:
    template <class Reading>
    result<key_info> take_certificate(const result<key::certificate>& certificate) {
        if (!certificate) return certificate.error();
        key_info info = key::identified(*certificate);
        auto prepared = Engine::prepare(info.key);
        const auto admitted = admit<Reading, Engine>(*certificate, prepared);
        if (!admitted) return admitted.error();
        if (is_revoked(*certificate)) {
            if (!is_strict<Reading>) return errc::revoked;
            info.fault = errc::revoked;
        }
        if (!prepared && info.fault == errc::none) info.fault = prepared.error().code;
        keys_.push_back({info, std::move(prepared)});
        return info;
    }
    template <class Reading>
    result<key_info> take_bare(byte_view blob) {
        const result<key_info> info = key::parse_any<Reading>(blob);
        if (!info) return info;
        auto prepared = Engine::prepare(info->key);
        if (!prepared) return prepared.error();
        keys_.push_back({*info, std::move(prepared)});
        return info;
    }

    [[nodiscard]] bool is_revoked(const key::certificate& certificate) const {
        const auto digest = certificate_digest<Engine>(certificate);
        return digest && view().is_revoked_certificate(digest->view());
    }

    byte_view keep(byte_view bytes) { return bytes_.emplace_back(bytes.begin(), bytes.end()); }
};

}  // namespace modsig::keyring

#endif  // MODSIG_KEYRING_STORE_HPP
