// SPDX-License-Identifier: BSL-1.0
//
// What `verify`, `inspect` and their like are told about trust, and what becomes of it.
#ifndef MODSIG_TOOL_TRUST_HPP
#define MODSIG_TOOL_TRUST_HPP

#include "exit_status.hpp"
#include "image.hpp"
#include "policy_verifier.hpp"
#include "target_kernel.hpp"
#include "verity.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tool {

/// A file or folder of keys, and what they are trusted for.
struct trust_source {
    std::string path{};
    std::string layout{};                              // no other; empty: what --layout names, else what a key serves by default
    std::optional<modsig::signature_form> form{};      // of CMS; none: both
};

struct trust_options {
    std::vector<trust_source> trust{};
    std::string enrolled{};                // a list of machine owner keys: with it nothing else in `trust` counts
    std::optional<modsig::signature_form> form{};  // of the sources that follow on the command line
    std::vector<std::string> kernels{};    // images or folders of modules: what they trust
    std::vector<std::string> releases{};   // of kernels that this system has: what they trust
    std::string root = "/";                // of the system that has them
    std::vector<std::string> user_keys{};  // folders
    std::vector<std::string> kernel_keyrings{};  // of the running kernel, by name
    std::vector<std::string> revoked{};    // files
    std::string policy = "strict";
    target_kernel kernel{};                // that the policies of Linux speak for
    std::string appraise_type{};           // linux-ima: imasig, sigv3, modsig
    verifier_options verifier{};
    std::string signature{};               // a detached one, beside the only file
    std::string ima_hash{};                // the kernel's ima_hash=
    verity_choice verity{};
    std::uint64_t limit = modsig::batch::default_limit;  // bytes of a file that has to be in memory as a whole

    [[nodiscard]] bool names_keys() const { return !trust.empty() || !enrolled.empty() || !kernels.empty() || !releases.empty() || !user_keys.empty() || !kernel_keyrings.empty(); }
    /// Whether anything was said about whose signatures are good, and which.
    [[nodiscard]] bool any() const {
        return names_keys() || !revoked.empty() || !signature.empty() || !ima_hash.empty() || !verifier.layouts.empty() || verifier.allow_other_signers || verity.any();
    }
    /// The kernels whose keys are trusted, and which say which kernel is meant: as named, and of each release the image, empty where there is none.
    [[nodiscard]] std::vector<std::string> kernel_images() const;
    /// Whether no key is named and the program was built with some: Meson's option builtin_keys.
    [[nodiscard]] bool trusts_builtin() const;
};

/// A key that is known without being trusted.
struct known_key {
    std::string path{};
    modsig::key_info info{};  // of trust_settings::known_keys
};

/// Trusted keys, what else the command line says about trust, and the verifier made of both. It is not movable: the verifier refers to the keys.
struct trust_settings {
    key_store keys{};
    std::vector<std::string_view> layouts{};       // that keys are trusted for unless a source says otherwise; none: key_scope's default
    modsig::linux_kernel kernel{};                 // that a policy of Linux speaks for
    std::unique_ptr<policy_verifier> verifier{};
    std::vector<std::uint8_t> signature{};
    bool has_signature = false;                 // one was named; it may be empty
    verity_settings verity{};
    bool asks_verity = false;                   // what lies on disk is to be judged
    std::vector<std::string> sources{};         // where keys were looked for
    modsig::digest_id ima_hash = modsig::digest_id::none;  // of version 1 as Linux reads it; none: as the signature says
    bool attribute_first = false;               // as IMA does: what is appended counts where security.ima says nothing
    bool asks_evm = false;                      // metadata are to be judged
    bool asks_bpf = false;                      // files are BPF programs, as `kernel` verifies them
    unpacking modules = unpacking::whole;
    std::uint64_t limit = modsig::batch::default_limit;
    std::string policy_name{};
    bool explains = false;                      // refusals get their causes: diagnosis.hpp
    std::string enrolled{};                     // the list of machine owner keys that decides
    key_store known_keys{};
    std::vector<known_key> known{};             // where the machine keeps keys; with a list of enrolled ones, those of --trust

    trust_settings() = default;
    trust_settings(const trust_settings&) = delete;
    trust_settings& operator=(const trust_settings&) = delete;

    /// Reads all keys. Ones that cannot be used are named and skipped; an unreadable file, a revocation that cannot be
    /// honoured, or no key left although some were named: `unreadable`. A policy or layout that is none: `usage`.
    [[nodiscard]] exit_status open(const trust_options& options);
};

}  // namespace tool

#endif  // MODSIG_TOOL_TRUST_HPP
