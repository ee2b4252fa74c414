// SPDX-License-Identifier: BSL-1.0
//
// Keys in files and folders, for keyring::store: PEM (a file may hold several certificates and public keys), DER (also
// concatenated certificates), digsig v1 blobs, EFI signature lists; folders of such files; folders of keys of type `user`. An
// entry that is no key is reported and skipped, so that a bundle with a bad entry still gives its good entries. For hosted
// programs: this allocates.
#ifndef MODSIG_KEYRING_FILES_HPP
#define MODSIG_KEYRING_FILES_HPP

#include <modsig/key/pem.hpp>
#include <modsig/key/trusted_certificate.hpp>
#include <modsig/keyring/blacklist.hpp>
#include <modsig/keyring/concatenated.hpp>
#include <modsig/keyring/efi_signature_list.hpp>
#include <modsig/keyring/store.hpp>
#include <modsig/os/secret.hpp>

#include <algorithm>
#include <concepts>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

namespace modsig::keyring {

inline constexpr std::size_t max_key_file_size = std::size_t{16} << 20;  ///< Bytes of a file with keys, at most.

/// A report is called with the file, the number of the entry in it (from 0), and the reason why the entry is no key. An
/// unreadable file of a folder is reported too.
template <class R>
concept key_report = std::invocable<R&, const std::filesystem::path&, std::size_t, const failure&>;

/// A key user is called with the file and each key in it, in binary form. Returns the key, or the reason why the bytes are
/// none.
template <class U>
concept key_user = requires(U& use, const std::filesystem::path& file, byte_view blob) {
    { use(file, blob) } -> std::same_as<result<key_info>>;
};

/// `read_key_file` reads a regular file, or a pipe among the program's own descriptors, as a shell's <(command) makes it
/// (os/pipe.hpp). A private key may stand beside the public one (signing_key.pem): it is read into no other memory, and never
/// decoded. Errors: `io_error`, with the cause in the global errno only; `too_large` (more than max_key_file_size bytes).
[[nodiscard]] inline result<os::secret_memory> read_key_file(const std::filesystem::path& path) {
    auto bytes = os::read_secret_input(path.c_str(), max_key_file_size);
    if (!bytes && bytes.error().code == errc::io_error) return errc::io_error;
    return bytes;
}

namespace detail {
/// Returns the number of keys that `use` took.
template <class Use, class Report>
std::size_t use_pem(byte_view text, const Use& use, const Report& report) {
    bool has_certificate = false, has_private_key = false;
    for (key::pem_reader blocks(text);;) {
        const auto block = blocks.next();
        if (!block || !block->has_value()) break;
        has_certificate = has_certificate || (*block)->kind == key::pem_kind::certificate || (*block)->kind == key::pem_kind::trusted_certificate;
        has_private_key = has_private_key || (*block)->kind == key::pem_kind::private_key;
    }
    // The kernel's signing_key.pem holds a private key and its certificate: the certificate is what is trusted.
    const bool key_and_certificate = has_certificate && has_private_key;

    std::size_t used = 0, index = 0;
    for (key::pem_reader blocks(text);; ++index) {
        const auto block = blocks.next();
        if (!block) return report(index, block.error()), used;
        if (!block->has_value()) return used;
        const key::pem_block& found = **block;
        if (found.kind == key::pem_kind::private_key || found.kind == key::pem_kind::other) {
            if (!key_and_certificate)
                report(index, failure{found.kind == key::pem_kind::other ? errc::unsupported_key : errc::wrong_key_kind, found.offset});
            continue;
        }
        std::vector<std::uint8_t> room(found.max_decoded_size());
        result<byte_view> blob = key::pem_decode(found, room);
        if (blob && found.kind == key::pem_kind::trusted_certificate) blob = key::certificate_of_trusted(*blob);
        const result<key_info> taken = blob ? use(*blob) : result<key_info>(blob.error());
        if (taken) ++used;
        else report(index, taken.error());
    }
}

/// Returns the number of keys that `use` took from EFI signature lists. Only certificates are keys.
template <class Use, class Report>
std::size_t use_efi_lists(byte_view bytes, const Use& use, const Report& report) {
    std::size_t used = 0, index = 0;
    for (efi_list_reader entries(bytes);; ++index) {
        const auto entry = entries.next();
        if (!entry) return report(index, entry.error()), used;
        if (!entry->has_value()) return used;
        const result<key_info> taken = (*entry)->is_certificate ? use((*entry)->data) : result<key_info>(failure{errc::unsupported_key, (*entry)->offset});
        if (taken) ++used;
        else report(index, taken.error());
    }
}

/// Sorted by name, so that reports and the order of candidates do not depend on the file system.
[[nodiscard]] inline result<std::vector<std::filesystem::path>> sorted_entries(const std::filesystem::path& folder) {
    std::error_code fault;
    std::vector<std::filesystem::path> entries;
    std::filesystem::directory_iterator entry(folder, fault);
    for (; !fault && entry != std::filesystem::directory_iterator(); entry.increment(fault)) entries.push_back(entry->path());
    if (fault) return errc::io_error;
    std::sort(entries.begin(), entries.end());
    return entries;
}

/// Returns the number of keys that `use` took from concatenated certificates. Bytes that follow them are reported.
template <class Use, class Report>
std::size_t use_concatenated(byte_view list, const Use& use, const Report& report) {
    std::size_t used = 0, index = 0, offset = 0;
    for (auto each = first_certificate(list); each; each = first_certificate(list.subspan(offset)), ++index) {
        const result<key_info> taken = use(*each);
        if (taken) ++used;
        else report(index, taken.error());
        offset += each->size();
    }
    if (offset != list.size()) report(index, failure{errc::trailing_garbage, offset});
    return used;
}

/// Returns the number of keys that `use` took from the bytes of a file.
template <class Use, class Report>
std::size_t use_keys(byte_view bytes, const Use& use, const Report& report) {
    if (efi_list_reader::recognises(bytes)) return use_efi_lists(bytes, use, report);
    if (key::pem_reader::recognises(bytes)) return use_pem(bytes, use, report);
    if (are_concatenated(bytes)) return use_concatenated(bytes, use, report);
    const result<key_info> taken = use(bytes);
    if (taken) return 1;
    const auto certificate = first_certificate(bytes);
    if (taken.error().code == errc::trailing_garbage && certificate && certificate->size() != bytes.size()) return use_concatenated(bytes, use, report);
    report(std::size_t{0}, taken.error());
    return 0;
}

/// `for_each_file` passes the bytes of a file, or of each file of a folder, to `use`, which returns how many keys it took.
template <class Use, class Report>
result<std::size_t> for_each_file(const std::filesystem::path& path, const Use& use, Report& report) {
    const auto use_file = [&](const std::filesystem::path& file) -> result<std::size_t> {
        const auto bytes = read_key_file(file);
        if (!bytes) return bytes.error();
        return use(file, bytes->view());
    };
    std::error_code fault;
    if (!std::filesystem::is_directory(path, fault)) return use_file(path);
    const auto entries = sorted_entries(path);
    if (!entries) return entries.error();
    std::size_t used = 0;
    for (const std::filesystem::path& entry : *entries) {
        const bool is_folder = std::filesystem::is_directory(entry, fault);
        const result<std::size_t> in_file = is_folder ? result<std::size_t>(errc::bad_structure) : use_file(entry);
        if (in_file) used += *in_file;
        else report(entry, std::size_t{0}, in_file.error());
    }
    return used;
}
}  // namespace detail

/// `for_each_key_in` passes every key in the bytes of a file, which `path` names in reports, to `use`. Returns how many keys `use`
/// took.
template <key_user Use, key_report Report>
std::size_t for_each_key_in(byte_view bytes, const std::filesystem::path& path, Use&& use, Report&& report) {
    const auto report_entry = [&](std::size_t index, const failure& reason) { report(path, index, reason); };
    return detail::use_keys(bytes, [&](byte_view blob) { return use(path, blob); }, report_entry);
}

/// `for_each_key_in_file` does the same for a file. Errors: those of read_key_file().
template <key_user Use, key_report Report>
result<std::size_t> for_each_key_in_file(const std::filesystem::path& path, Use&& use, Report&& report) {
    const auto bytes = read_key_file(path);
    if (!bytes) return bytes.error();
    return for_each_key_in(*bytes, path, use, report);
}

/// `for_each_key` does the same for a file, or for each file of a folder. Folders within a folder are reported as
/// `bad_structure`.
template <key_user Use, key_report Report>
result<std::size_t> for_each_key(const std::filesystem::path& path, Use&& use, Report&& report) {
    return detail::for_each_file(path, [&](const std::filesystem::path& file, byte_view bytes) { return for_each_key_in(bytes, file, use, report); }, report);
}

/// `add_path` trusts every key in a file or folder. Returns how many keys.
template <class Reading = strict_reading, class Engine, key_report Report>
result<std::size_t> add_path(store<Engine>& ring, const std::filesystem::path& path, Report&& report, const key_scope& scope = {}, const Reading& reading = {}) {
    return for_each_key(path, [&](const auto&, byte_view blob) { return ring.add(blob, scope, reading); }, report);
}

/// `revoke_in` revokes every key in bytes, which reports call `name`, and every digest in the lines of a text
/// (keyring/blacklist.hpp). Returns how many. `list`: a store or revocations.
template <class Reading = strict_reading, class List, key_report Report>
std::size_t revoke_in(List& list, byte_view bytes, const std::filesystem::path& name, Report&& report, const Reading& reading = {}) {
    const auto report_entry = [&](std::size_t index, const failure& reason) { report(name, index, reason); };
    if (!blacklist_reader::recognises(bytes))
        return detail::use_keys(bytes, [&](byte_view blob) { return list.revoke(blob, reading); }, report_entry);
    const std::string text(bytes.begin(), bytes.end());
    std::size_t used = 0, index = 0;
    for (blacklist_reader entries(text); !entries.done(); ++index) {
        const result<revoked_digest> entry = entries.next();
        const result<void> revoked = entry ? list.revoke_digest(*entry) : result<void>(entry.error());
        if (revoked) ++used;
        else report_entry(index, revoked.error());
    }
    return used;
}

/// `revoke_path` does the same for a file, or for each file of a folder.
template <class Reading = strict_reading, class List, key_report Report>
result<std::size_t> revoke_path(List& list, const std::filesystem::path& path, Report&& report, const Reading& reading = {}) {
    const auto use_file = [&](const std::filesystem::path& file, byte_view bytes) { return revoke_in(list, bytes, file, report, reading); };
    return detail::for_each_file(path, use_file, report);
}

/// `add_user_keys` trusts the payloads of `user` keys in a folder, each in a file that is named by the key's description. A
/// file whose name Linux never looks up is reported as `key_name_mismatch` and skipped; a payload that is no key is reported
/// and kept, and refused when a signature names it.
template <class Reading = strict_reading, class Engine, key_report Report>
result<std::size_t> add_user_keys(store<Engine>& ring, const std::filesystem::path& folder, Report&& report, const key_scope& scope = {}) {
    const auto entries = detail::sorted_entries(folder);
    if (!entries) return entries.error();
    std::size_t added = 0;
    for (const std::filesystem::path& entry : *entries) {
        const auto payload = read_key_file(entry);
        if (!payload) {
            report(entry, std::size_t{0}, payload.error());
            continue;
        }
        const result<key_info> taken = ring.template add_user_key<Reading>(entry.filename().native(), *payload, scope);
        if (taken) ++added;
        else report(entry, std::size_t{0}, taken.error());
    }
    return added;
}

}  // namespace modsig::keyring

#endif  // MODSIG_KEYRING_FILES_HPP
