// SPDX-License-Identifier: BSL-1.0
//
// Keys that the running kernel holds, for keyring::store: the keys of type `user` in the keyring of a given name (`_ima`,
// `_evm`, `_module`), which is searched in the session's and the user's keyring, as lib/digsig.c and IMA do. The kernel gives
// no payload of other keys. Linux only, for hosted programs: this allocates. Needs libkeyutils.
// Source: keyctl(2), keyrings(7); Documentation/security/keys/core.rst; security/integrity/digsig.c, integrity_digsig_verify().
#ifndef MODSIG_KEYRING_RUNNING_KERNEL_HPP
#define MODSIG_KEYRING_RUNNING_KERNEL_HPP

#include <modsig/keyring/store.hpp>
#include <modsig/os/error.hpp>

#include <cerrno>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <keyutils.h>

namespace modsig::keyring {

/// A report is called with a key's description, or `#` and the key's serial number, and the reason why the key was not taken.
template <class R>
concept kernel_key_report = std::invocable<R&, std::string_view, const failure&>;

namespace detail {

/// The whole output of keyctl_read() or keyctl_describe(), which return its size; it may grow between two calls.
template <class Read>
result<std::vector<std::uint8_t>> read_whole(Read read) {
    std::vector<std::uint8_t> bytes(512);
    for (int attempt = 0; attempt != 8; ++attempt) {
        const long size = os::uninterrupted([&] { return read(reinterpret_cast<char*>(bytes.data()), bytes.size()); });
        if (size < 0) return os::os_failure(errno);
        const bool fits = static_cast<std::size_t>(size) <= bytes.size();
        bytes.resize(static_cast<std::size_t>(size));
        if (fits) return bytes;
    }
    return os::os_failure(EAGAIN);
}

inline result<std::vector<std::uint8_t>> payload_of(key_serial_t key) {
    return read_whole([&](char* into, std::size_t room) { return ::keyctl_read(key, into, room); });
}

struct key_description {
    std::string type, description;
};

/// "type;uid;gid;permissions;description", where only the description may have semicolons.
inline result<key_description> describe_key(key_serial_t key) {
    const auto bytes = read_whole([&](char* into, std::size_t room) { return ::keyctl_describe(key, into, room); });
    if (!bytes) return bytes.error();
    std::string text(bytes->begin(), bytes->end());
    text.resize(std::strlen(text.c_str()));
    std::size_t at = 0;
    for (int field = 0; field != 4; ++field) {
        at = text.find(';', at);
        if (at == std::string::npos) return errc::bad_structure;
        ++at;
    }
    return key_description{text.substr(0, text.find(';')), text.substr(at)};
}

/// The reason why the kernel does not give a key, by the errno: a key may be revoked, expired or missing.
inline failure reason_of(const failure& error) {
    switch (error.linux_specific) {
        case linux_error::ekeyrevoked: return errc::revoked;
        case linux_error::ekeyexpired: return errc::expired;
        case linux_error::enokey: return errc::key_not_found;
        default: return error;
    }
}

}  // namespace detail

/// `find_kernel_keyring` returns the serial number of the first keyring with this name in the session's keyring, else the
/// user's. Errors: `key_not_found` (there is none); `io_error` with the errno: EACCES (no permission to search: only keyrings
/// that are linked to the process's session give it), ENOSYS and EPERM (a kernel or a sandbox without keyrings; the errno is
/// EIO where linux_error has no name for it).
[[nodiscard]] inline result<key_serial_t> find_kernel_keyring(std::string_view name) {
    const std::string description(name);
    failure denied{errc::key_not_found};
    for (const key_serial_t parent : {KEY_SPEC_SESSION_KEYRING, KEY_SPEC_USER_KEYRING}) {
        const long found = ::keyctl_search(parent, "keyring", description.c_str(), 0);
        if (found >= 0) return static_cast<key_serial_t>(found);
        if (const failure reason = detail::reason_of(os::os_failure(errno)); reason.code != errc::key_not_found) denied = reason;
    }
    return denied;
}

/// `add_kernel_keyring` trusts the keys of type `user` in that keyring. Returns how many. A digsig v1 blob is found by its
/// description, as in lib/digsig.c; certificates and other DER are added as by keyring::store::add(). Keys that are not taken
/// are reported: `unsupported_key` (a type without a readable payload), `bad_structure` (a keyring), `revoked`, `expired`,
/// `io_error` with EACCES. Errors: those of find_kernel_keyring(); `io_error` (the keyring may be found but not read: EACCES).
template <class Reading = strict_reading, class Engine, kernel_key_report Report>
result<std::size_t> add_kernel_keyring(store<Engine>& ring, std::string_view name, Report&& report, const key_scope& scope = {},
                                      const Reading& reading = {}) {
    const result<key_serial_t> keyring = find_kernel_keyring(name);
    if (!keyring) return keyring.error();
    const auto members = detail::payload_of(*keyring);  // a keyring's payload: the serial numbers of its keys
    if (!members) return detail::reason_of(members.error());
    std::size_t added = 0;
    for (std::size_t at = 0; at + sizeof(key_serial_t) <= members->size(); at += sizeof(key_serial_t)) {
        key_serial_t key = 0;
        std::memcpy(&key, members->data() + at, sizeof key);
        const auto known = detail::describe_key(key);
        const std::string description = known && !known->description.empty() ? known->description : "#" + std::to_string(key);
        if (!known || known->type != "user") {
            report(description, !known ? detail::reason_of(known.error()) : failure{known->type == "keyring" ? errc::bad_structure : errc::unsupported_key});
            continue;
        }
        const auto payload = detail::payload_of(key);
        const auto taken = !payload                       ? result<key_info>(detail::reason_of(payload.error()))
                           : der::begins_sequence(*payload) ? ring.add(*payload, scope, reading)
                                                            : ring.template add_user_key<Reading>(known->description, *payload, scope);
        if (taken) ++added;
        else report(description, taken.error());
    }
    return added;
}

}  // namespace modsig::keyring

#endif  // MODSIG_KEYRING_RUNNING_KERNEL_HPP
