// SPDX-License-Identifier: BSL-1.0
//
// What bpf(2) says to a signed program: the loader of a light skeleton, which would create maps and programs when it is run, and is not run.
// Attributes: include/uapi/linux/bpf.h of Linux 7.3, which older headers do not have; libbpf, src/skel_internal.h, bpf_load_and_run().
#ifndef MODSIG_TESTS_VM_BPF_HPP
#define MODSIG_TESTS_VM_BPF_HPP

#include "guest.hpp"

#include <array>
#include <cstring>

#include <linux/keyctl.h>

namespace guest {

/// One attribute of bpf(2) after the other, in the kernel's byte order.
class bpf_attributes {
    std::array<std::uint8_t, 176> bytes_{};

public:
    template <class T>
    void set(std::size_t offset, T value) {
        std::memcpy(bytes_.data() + offset, &value, sizeof value);
    }
    void set_address(std::size_t offset, const void* address) { set(offset, static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(address))); }
    /// The descriptor, or -errno.
    int call(long command, std::size_t size) {
        const long result = ::syscall(SYS_bpf, command, bytes_.data(), size);
        return result < 0 ? -errno : static_cast<int>(result);
    }
};

enum bpf_command : long { map_create = 0, map_update = 2, prog_load = 5, map_freeze = 22 };

/// The frozen map that only this program may use.
inline int make_map(const bytes& value, const modsig::digest_value& program) {
    bpf_attributes create;
    create.set(0, std::uint32_t{2});  // BPF_MAP_TYPE_ARRAY
    create.set(4, std::uint32_t{4});
    create.set(8, static_cast<std::uint32_t>(value.size()));
    create.set(12, std::uint32_t{1});
    create.set_address(80, program.bytes.data());
    create.set(88, std::uint32_t{32});
    const int map = create.call(map_create, 92);
    if (map < 0) return map;
    const std::uint32_t key = 0;
    bpf_attributes update, freeze;
    update.set(0, map), update.set_address(8, &key), update.set_address(16, value.data());
    freeze.set(0, map);
    for (const int result : {update.call(map_update, 32), freeze.call(map_freeze, 4)})
        if (result < 0) return ::close(map), result;
    return map;
}

inline int load_program(const bytes& instructions, const bytes& value, const bytes& signature) {
    const modsig::byte_view parts[] = {instructions};
    const int map = make_map(value, *engine{}.digest(modsig::digest_id::sha256, parts));
    if (map < 0) return map;
    bpf_attributes load;
    load.set(0, std::uint32_t{31});  // BPF_PROG_TYPE_SYSCALL
    load.set(4, static_cast<std::uint32_t>(instructions.size() / 8));
    load.set_address(8, instructions.data());
    load.set_address(16, "Dual BSD/GPL");
    load.set(44, std::uint32_t{1u << 4});  // BPF_F_SLEEPABLE
    load.set_address(120, &map);           // fd_array
    load.set(148, std::uint32_t{1});       // fd_array_cnt
    load.set_address(152, signature.empty() ? static_cast<const void*>(&map) : signature.data());
    load.set(160, static_cast<std::uint32_t>(signature.size()));
    load.set(164, std::int32_t{KEY_SPEC_SESSION_KEYRING});
    const int program = load.call(prog_load, 168);
    ::close(map);
    return program;
}

/// bpf  folder  errno
inline void ask_about_program(const std::string& folder) {
    const bytes certificate = read_file(folder + "/x509");
    ::syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr);
    if (::syscall(SYS_add_key, "asymmetric", nullptr, certificate.data(), certificate.size(), KEY_SPEC_SESSION_KEYRING) < 0) std::printf("add_key\t%s\n", errno_name(errno).c_str());
    const int program = load_program(read_file(folder + "/instructions"), read_file(folder + "/map"), read_file(folder + "/signature"));
    if (program >= 0) ::close(program);
    std::printf("bpf\t%s\t%s\n", folder.c_str(), errno_name(program < 0 ? -program : 0).c_str());
}

}  // namespace guest

#endif  // MODSIG_TESTS_VM_BPF_HPP
