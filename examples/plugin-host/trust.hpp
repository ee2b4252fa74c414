// SPDX-License-Identifier: BSL-1.0
//
// The keys that this host trusts, and for what: the vendor's key, which is part of the program; keys of others, each for the
// plugin that it is pinned to; and revocations. Not thread-safe.
#ifndef PLUGIN_HOST_TRUST_HPP
#define PLUGIN_HOST_TRUST_HPP

#include <modsig/load/sealed_file.hpp>
#include <modsig/modsig.hpp>
#include <modsig/policy/pinned.hpp>

#include <filesystem>
#include <list>
#include <string>
#include <vector>

/// A sealed copy of a plugin, with the proof that a trusted key signed it.
using proof = modsig::verified<modsig::load::sealed_file>;

class trust {
    // `legacy`: the 2012 layout always has a SHA-1 digest in it (its outer one), which `strict` does not take.
    using policy = modsig::policy::all_of<modsig::policy::legacy, modsig::policy::pins>;
    using plugin_verifier = modsig::verifier<modsig::layouts<modsig::layout::digsig>, modsig::engine::botan, policy>;

    modsig::keyring::store<modsig::engine::botan> keys_;
    std::vector<modsig::public_key> vendor_;  // for plugins without a pin
    std::list<std::string> names_;            // pins view these
    std::vector<modsig::policy::pin> pins_;

public:
    trust();

    /// Only the keys in this file may sign the plugin of this name. Call it before anything is verified: proofs refer to keys,
    /// which must not move. False, with a message, where the file has no key.
    bool pin(const std::string& name, const std::filesystem::path& file);

    /// Revokes the keys, certificates and digests in this file, or in each file of this folder. Revocations stay when the file
    /// is removed. False, with a message, where it cannot be read.
    bool revoke(const std::filesystem::path& path);

    [[nodiscard]] modsig::result<proof> verify(const std::string& name, modsig::load::sealed_file&& file) const;
    /// Whether the plugin would be verified now: errc::none, or the reason why not.
    [[nodiscard]] modsig::failure still_good(const std::string& name, const proof& file) const;

private:
    [[nodiscard]] plugin_verifier verifier() const {
        return plugin_verifier{keys_, policy{modsig::policy::legacy{}, modsig::policy::pins{pins_, vendor_}}};
    }
};

#endif  // PLUGIN_HOST_TRUST_HPP
