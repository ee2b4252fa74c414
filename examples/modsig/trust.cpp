// SPDX-License-Identifier: BSL-1.0
#include "trust.hpp"

#include "kernel.hpp"
#include "key_faults.hpp"
#include "layouts.hpp"
#include "report.hpp"
#include "signing.hpp"
#include "suggest.hpp"
#include "text.hpp"

#include <modsig/keyring/files.hpp>
#include <modsig/linux/reading.hpp>
#if MODSIG_TOOL_KEYUTILS
#include <modsig/keyring/running_kernel.hpp>
#endif
#include <modsig/layout/bpf.hpp>
#include <modsig/layout/fsverity.hpp>

#include "modsig_builtin_keys.hpp"  // made from the build's option builtin_keys

#include <algorithm>
#include <cerrno>

namespace tool {
namespace {

/// Where machines keep the public halves of the keys that they sign modules with: dkms, Debian's and Ubuntu's shim-signed, akmods.
constexpr std::string_view machine_key_files[] = {"var/lib/dkms/mok.pub", "var/lib/shim-signed/mok/MOK.der", "etc/pki/akmods/certs/public_key.der"};

void report_key(const std::filesystem::path& path, std::size_t index, const modsig::failure& why) {
    const std::string entry = index == 0 ? "" : " (entry " + std::to_string(index + 1) + ")";
    complain(printable(path.native()) + entry + ": not used as a key: " + describe_key_fault(path.native(), index, why));
}

const std::string& path_of(const std::string& path) { return path; }
const std::string& path_of(const trust_source& source) { return source.path; }

template <class Source, class Load>
bool load_all(const std::vector<Source>& sources, Load load) {
    bool readable = true;
    for (const Source& source : sources) {
        errno = 0;
        const modsig::result<std::size_t> loaded = load(source);
        if (loaded) continue;
        complain(path_of(source), loaded.error());
        readable = false;
    }
    return readable;
}

template <class Reading>
bool add_kernel(key_store& keys, const std::string& named, const modsig::key_scope& scope, const Reading& reading) {
    const std::string path = kernel_image_of(named);
    if (path.empty()) {
        complain(printable(named) + ": there is no kernel image in this folder, nor one of its release in the folder boot of the same system");
        return false;
    }
    errno = 0;
    const auto loaded = for_each_certificate_in_kernel(
        path, [&](modsig::byte_view blob) { return keys.add(blob, scope, reading); },
        [&](std::size_t index, const modsig::failure& why) { report_key(path, index, why); });
    if (loaded) return true;
    if (loaded.error().code == modsig::errc::io_error) complain(path, loaded.error());
    else complain(printable(path) + ": no list of builtin certificates was found in it: " + describe(loaded.error()));
    return false;
}

template <class Reading>
bool add_release(key_store& keys, const trust_options& options, const std::string& release, const modsig::key_scope& scope, const Reading& reading) {
    const std::string image = find_kernel(options.root, release).image;
    if (!image.empty()) return add_kernel(keys, image, scope, reading);
    complain("there is no image of the kernel " + printable(release) + " in boot, usr/lib/modules or lib/modules of " + printable(options.root));
    return false;
}

template <class Reading>
bool add_kernel_keyring([[maybe_unused]] key_store& keys, const std::string& name, [[maybe_unused]] const modsig::key_scope& scope, [[maybe_unused]] const Reading& reading) {
#if MODSIG_TOOL_KEYUTILS
    const auto report = [&](std::string_view description, const modsig::failure& why) {
        report_key(name + "/" + std::string(description), 0, why);
    };
    const auto loaded = modsig::keyring::add_kernel_keyring(keys, name, report, scope, reading);
    if (loaded) return true;
    const bool denied = loaded.error().linux_errno() == modsig::linux_error::eacces;
    if (loaded.error().code == modsig::errc::key_not_found) complain("no keyring is called " + printable(name) + " in those of this session and user");
    else complain("the keyring " + printable(name) + (denied ? " may not be read: it has to be linked to this session's keyring (keyctl link)" : ": " + describe(loaded.error())));
#else
    complain("the keyring " + printable(name) + " cannot be read: this modsig was built without libkeyutils");
#endif
    return false;
}

/// What the program was built to trust.
template <class Reading>
void add_builtin(key_store& keys, const modsig::key_scope& scope, const Reading& reading) {
    for (const auto& each : modsig_builtin_keys::all)
        if (const auto taken = keys.add(each.bytes, scope, reading); !taken) report_key(each.file, 0, taken.error());
}

template <class Reading>
bool load_keys(key_store& keys, const trust_options& options, const modsig::key_scope& scope, const Reading& reading) {
    using namespace modsig::keyring;
    if (options.trusts_builtin()) add_builtin(keys, scope, reading);
    const std::vector<trust_source> enrolled{{options.enrolled, {}, {}}};
    bool good = load_all(options.enrolled.empty() ? options.trust : enrolled, [&](const trust_source& source) {
        modsig::key_scope own = scope;
        if (!source.layout.empty()) own.layouts = {&find_layout(source.layout)->name, 1};
        own.form = source.form;
        return add_path(keys, source.path, report_key, own, reading);
    });
    for (const std::string& path : options.kernels) good &= add_kernel(keys, path, scope, reading);
    for (const std::string& release : options.releases) good &= add_release(keys, options, release, scope, reading);
    good &= load_all(options.user_keys, [&](const std::string& path) { return add_user_keys<Reading>(keys, path, report_key, scope); });
    for (const std::string& name : options.kernel_keyrings) good &= tool::add_kernel_keyring(keys, name, scope, reading);
    // Skipping one would let in what somebody wanted kept out.
    bool all_revoked = true;
    const auto report = [&](const std::filesystem::path& path, std::size_t index, const modsig::failure& why) {
        all_revoked = false;
        report_key(path, index, why);
    };
    good &= load_all(options.revoked, [&](const std::string& path) { return revoke_path(keys, path, report, reading); });
    return good && all_revoked;
}

/// Keys that are looked at where no trusted one has signed.
void find_known_keys(trust_settings& settings, const trust_options& options) {
    std::vector<std::string> paths;
    if (!options.enrolled.empty())
        for (const trust_source& source : options.trust) paths.push_back(source.path);
    for (const std::string_view kept : machine_key_files) paths.push_back((std::filesystem::path(options.root) / kept).native());
    for (const std::string& path : paths) {
        const auto note = [&](const auto& file, modsig::byte_view blob) {
            auto taken = settings.known_keys.add(blob);
            if (taken) settings.known.push_back({file.native(), *taken});
            return taken;
        };
        (void)modsig::keyring::for_each_key(path, note, [](const auto&, std::size_t, const modsig::failure&) {});
    }
}

}  // namespace

std::vector<std::string> trust_options::kernel_images() const {
    std::vector<std::string> images = kernels;
    for (const std::string& release : releases) images.push_back(find_kernel(root, release).image);
    return images;
}

bool trust_options::trusts_builtin() const { return !names_keys() && !modsig_builtin_keys::all.empty(); }

exit_status trust_settings::open(const trust_options& options) {
    const policy_entry* policy = find_policy(options.policy);
    if (policy == nullptr) {
        complain("no policy is called " + printable(options.policy) + did_you_mean(options.policy, names_of(policies())));
        return exit_status::usage;
    }
    std::vector<std::string> named = options.verifier.layouts;
    for (const trust_source& source : options.trust)
        if (!source.layout.empty()) named.push_back(source.layout);
    for (const std::string& layout : named)
        if (find_layout(layout) == nullptr) {
            complain("no layout is called " + printable(layout) + did_you_mean(layout, names_of(tool::layouts())));
            return exit_status::usage;
        }
    for (const std::string& layout : options.verifier.layouts) layouts.push_back(find_layout(layout)->name);
    const modsig::key_scope scope{layouts, {}};
    asks_verity = std::ranges::count(options.verifier.layouts, modsig::layout::fsverity::name) != 0;
    if (options.verity.any() && !asks_verity) {
        complain("--hash, --block-size and --salt belong to --layout fsverity");
        return exit_status::usage;
    }
    const auto settings = verity_or_complaint(options.verity);
    if (!settings) return exit_status::usage;
    verity = *settings;
    asks_bpf = std::ranges::count(options.verifier.layouts, modsig::layout::bpf::name) != 0;
    if (asks_bpf && options.verifier.layouts.size() > 1) {
        complain("--layout bpf goes with no other: the file is a BPF program");
        return exit_status::usage;
    }
    const auto images = policy->has_kernel || asks_bpf ? options.kernel_images() : std::vector<std::string>();
    const auto target = asks_bpf ? options.kernel.find_for_bpf(images) : options.kernel.find_for(policy->has_kernel, images);
    if (!target) return exit_status::usage;
    // load_moklist_certs(); the keys of --trust are those that the kernel asks first.
    if (!options.enrolled.empty() && policy->has_kernel && policy->name != "linux-ima" && !asks_bpf && !target->tries_platform_keys) {
        complain("--mok: machine owner keys are on the platform keyring, which this kernel does not ask about modules (--kernel ...,platform names one that does, as Debian's)");
        return exit_status::usage;
    }
    verifier_options own = options.verifier;
    own.kernel = kernel = *target;
    if (options.verifier.require_all_signers && (policy->linux_reading || options.verifier.allow_other_signers)) {
        complain(std::string("--require all contradicts ") + (policy->linux_reading ? "the policies of Linux, which want one trusted signer" : "--allow-other-signers"));
        return exit_status::usage;
    }
    if (!options.appraise_type.empty()) {
        if (policy->name != "linux-ima") {
            complain("--appraise-type belongs to the policy linux-ima");
            return exit_status::usage;
        }
        own.kernel.wants_file_ids = options.appraise_type == "sigv3";
        if (own.layouts.empty() && options.appraise_type != "modsig") own.layouts = {"evm", "ima", "digsig"};  // what is appended does not count
    }
    const bool takes_appended = own.layouts.empty() || std::ranges::count(own.layouts, "modsign") != 0;
    const bool loaded = policy->linux_reading ? load_keys(keys, options, scope, modsig::linux_reading{own.kernel})
                                              : load_keys(keys, options, scope, modsig::strict_reading{});
    limit = options.limit;
    attribute_first = policy->name == "linux-ima";
    asks_evm = std::ranges::count(options.verifier.layouts, "evm") != 0;
    if (!options.ima_hash.empty() && policy->name != "linux-ima" && policy->name != "linux-digsig") {
        complain("--ima-hash belongs to the policies linux-ima and linux-digsig");
        return exit_status::usage;
    }
    if (!options.ima_hash.empty() || attribute_first) {
        const auto hash = find_hash(options.ima_hash.empty() ? "sha256" : options.ima_hash);
        if (!hash) return exit_status::usage;
        ima_hash = *hash;
    }
    // IMA: only a signature appended before compression, where the rule takes one, is over what is unpacked.
    const bool looks_inside = !attribute_first || (kernel.release.appraises_unpacked_modules && takes_appended);
    modules = !looks_inside ? unpacking::never : policy->linux_reading ? unpacking::first_stream : unpacking::whole;
    policy_name = policy->name;
    enrolled = options.enrolled;
    if (explains) find_known_keys(*this, options);
    if (!enrolled.empty()) sources.push_back(enrolled);
    else for (const trust_source& source : options.trust) sources.push_back(source.path);
    for (const auto* paths : {&options.kernels, &options.user_keys}) sources.insert(sources.end(), paths->begin(), paths->end());
    for (const std::string& release : options.releases) sources.push_back("the kernel " + release);
    for (const std::string& name : options.kernel_keyrings) sources.push_back("the kernel's " + name);
    if (options.trusts_builtin())
        for (const auto& each : modsig_builtin_keys::all) sources.push_back("builtin " + std::string(each.file));
    verifier = policy->make(keys, own);
    if (!verifier) {
        complain("the policy " + options.policy + " knows none of the layouts that --layout names");
        return exit_status::usage;
    }
    if (!loaded) return exit_status::unreadable;
    if ((options.names_keys() || options.trusts_builtin()) && keys.keys().empty()) {
        complain("no key is left to trust: none of the named ones can be used");
        return exit_status::unreadable;
    }
    if (options.signature.empty()) return exit_status::good;
    errno = 0;
    const auto detached = modsig::keyring::read_key_file(options.signature);
    if (!detached) {
        complain(options.signature, detached.error());
        return exit_status::unreadable;
    }
    signature.assign(detached->view().begin(), detached->view().end());
    has_signature = true;
    return exit_status::good;
}

}  // namespace tool
