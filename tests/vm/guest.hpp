// SPDX-License-Identifier: BSL-1.0
//
// What the parts of the guest program share: files, results, keys, the judges.
#ifndef MODSIG_TESTS_VM_GUEST_HPP
#define MODSIG_TESTS_VM_GUEST_HPP

#include <modsig/engine/native.hpp>
#include <modsig/keyring/files.hpp>
#include <modsig/keyring/store.hpp>
#include <modsig/layout/modsign.hpp>
#include <modsig/load/kernel_module.hpp>
#include <modsig/load/module_dependencies.hpp>
#include <modsig/policy/linux_modsign.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/verifier.hpp>

#include "../support/files.hpp"

#include <cstdio>
#include <ctime>
#include <string>
#include <string_view>

#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace guest {

using modsig::load::sealed_file;
using bytes = std::vector<std::uint8_t>;
using engine = modsig::engine::native;

template <class Policy>
using judge = modsig::verifier<modsig::layouts<modsig::layout::modsign>, engine, Policy>;

inline constexpr const char* kernel_certificates = "/trust/kernel.x509";

/// The kernel that this is, where the plan says so.
inline modsig::linux_kernel& target_kernel() {
    static modsig::linux_kernel kernel;
    return kernel;
}

/// The kernel's own keys, as the policy reads them.
template <class Policy>
const judge<Policy>& kernel_judge() {
    static const Policy policy = [] {
        Policy one;
        if constexpr (requires { one.kernel; }) one.kernel = target_kernel();
        return one;
    }();
    static const modsig::keyring::store<engine> ring = [] {
        modsig::keyring::store<engine> one;
        const auto report = [](const auto&, std::size_t, const modsig::failure&) {};
        const auto added = modsig::keyring::add_path(one, kernel_certificates, report, {}, modsig::reading_of(policy));
        if (!added || *added == 0) {
            std::fprintf(stderr, "the kernel's certificates are not taken\n");
            std::exit(2);
        }
        return one;
    }();
    static const judge<Policy> made{ring, policy};
    return made;
}

inline std::string text_of(const char* path) {
    const bytes all = read_file(path);
    return {all.begin(), all.end()};
}

/// "ENODEV"; "-" for none.
inline std::string errno_name(int error) {
    const char* const known = ::strerrorname_np(error);
    return error == 0 ? "-" : known != nullptr ? known : std::to_string(error);
}

/// init_module(2) without running anything: the kernel verifies the module and resolves its symbols, then cannot copy the
/// parameters from this address: EFAULT, or ENOENT where a symbol is missing, when it has accepted the signature.
inline const char* no_parameters() { return reinterpret_cast<const char*>(std::uintptr_t{1}); }

/// The kernel with a counter before it.
struct counted_kernel {
    int calls = 0;
    int init_module(modsig::byte_view image, const char* parameters) { return ++calls, modsig::load::running_kernel::init_module(image, parameters); }
    int finit_module(int fd, const char* parameters, int flags) { return ++calls, modsig::load::running_kernel::finit_module(fd, parameters, flags); }
};

inline int remove_module(const char* name) { return ::syscall(SYS_delete_module, name, O_NONBLOCK) == 0 ? 0 : errno; }

template <class Policy>
modsig::result<modsig::verified<sealed_file>> verify(modsig::byte_view image) {
    auto file = sealed_file::copy_of(image);
    if (!file) return file.error();
    return kernel_judge<Policy>().verify(*std::move(file), modsig::context{std::time(nullptr), "module"});
}

}  // namespace guest

#endif  // MODSIG_TESTS_VM_GUEST_HPP
