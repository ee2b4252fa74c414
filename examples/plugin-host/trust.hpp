// SPDX-License-Identifier: BSL-1.0
//
// Whom this host trusts, and for what: the vendor's key, which is part of the program; keys of others, each for the plugin
// that it is pinned to and no other; and what was revoked meanwhile. Not for several threads at once.
#ifndef PLUGIN_HOST_TRUST_HPP
#define PLUGIN_HOST_TRUST_HPP

#include <modsig/load/sealed_file.hpp>
#include <modsig/modsig.hpp>
#include <modsig/policy/pinned.hpp>

#include <filesystem>
#include <list>
#include <string>
#include <vector>

/// A private copy of a plugin that nobody can change, and the proof that it is what somebody has signed.
using proof = modsig::verified<modsig::load::sealed_file>;

class trust {
    // `legacy`: the 2012 layout always has a SHA-1 digest in it (its outer one), which `strict` does not take.
    using policy = modsig::policy::all_of<modsig::policy::legacy, modsig::policy::pins>;
    using plugin_verifier = modsig::verifier<modsig::layouts<modsig::layout::digsig>, modsig::engine::botan, policy>;

    modsig::keyring::store<modsig::engine::botan> keys_;
    std::vector<modsig::public_key> vendor_;  // for plugins that are pinned to nobody else
    std::list<std::string> names_;            // pins view these
    std::vector<modsig::policy::pin> pins_;

public:
    trust();

    /// Each key in this file may sign the plugin of this name, and from now on nobody else may. Before anything is verified:
    /// proofs refer to keys, which must not move. False, and says why, when there is none in it.
    bool pin(const std::string& name, const std::filesystem::path& file);

    /// Revokes what this file, or each file of this folder, names: keys, certificates, digests of plugins. What was revoked
    /// stays revoked when the file goes. False, and says why, when it cannot be read.
    bool revoke(const std::filesystem::path& path);

    [[nodiscard]] modsig::result<proof> verify(const std::string& name, modsig::load::sealed_file&& file) const;
    /// Whether it would be verified today: errc::none, or why not.
    [[nodiscard]] modsig::failure still_good(const std::string& name, const proof& file) const;

private:
    [[nodiscard]] plugin_verifier verifier() const {
        return plugin_verifier{keys_, policy{modsig::policy::legacy{}, modsig::policy::pins{pins_, vendor_}}};
    }
};

#endif  // PLUGIN_HOST_TRUST_HPP
