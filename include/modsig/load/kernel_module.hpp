// SPDX-License-Identifier: BSL-1.0
//
// Kernel modules: init_module(2) for what is proven, and for nothing else. The kernel is given the memory that was verified,
// whole, with the signature at its end, so that it can check it too; no path is looked up again on the way.
//
//     auto module = judge.verify(*std::move(file));                       // result<verified<sealed_file>>
//     const auto answer = load::load_module(module, "debug=1");           // asks the kernel only when it is verified
//     if (!answer.is_loaded()) ...                                        // answer.why, answer.kernel_errno
//
// What is compressed has to be decompressed first, and that be verified: sealed_file::copy_of(decompressed). The kernel's own
// way (MODULE_INIT_COMPRESSED_FILE) would let it unpack what nobody has verified, and many answer EOPNOTSUPP.
// Not covered: what a module asks of others. init_module(2) loads no dependencies (load/module_dependencies.hpp).
#ifndef MODSIG_LOAD_KERNEL_MODULE_HPP
#define MODSIG_LOAD_KERNEL_MODULE_HPP

#include <modsig/load/payload.hpp>
#include <modsig/load/sealed_file.hpp>
#include <modsig/os/kernel_module.hpp>
#include <modsig/verified.hpp>

#include <cerrno>
#include <concepts>
#include <type_traits>

namespace modsig::load {

/// The running kernel's system calls. 0 or the errno.
struct running_kernel {
    [[nodiscard]] static int init_module(byte_view image, const char* parameters) {
        return os::init_module(image, parameters);
    }
    [[nodiscard]] static int finit_module(int fd, const char* parameters, int flags) {
        return os::finit_module(fd, parameters, flags);
    }
};

/// What modules are given to. A test has one of its own.
template <class K>
concept module_kernel = requires(K& kernel, byte_view image, const char* parameters) {
    { kernel.init_module(image, parameters) } -> std::same_as<int>;
    { kernel.finit_module(1, parameters, 0) } -> std::same_as<int>;
};

/// What became of a module: modsig's word first, and the kernel's when it was asked. The default-constructed one refuses.
struct [[nodiscard]] module_answer {
    failure why{};             // modsig's reason; code `none` when the module was given to the kernel
    bool kernel_asked = false;
    int kernel_errno = 0;      // of the system call; 0 is loaded, or not asked

    [[nodiscard]] constexpr bool is_loaded() const { return why.code == errc::none && kernel_asked && kernel_errno == 0; }

    /// One errno for both: the kernel's, or that of the fault under enforcement; 0 when it is loaded.
    [[nodiscard]] constexpr int error() const {
        if (kernel_asked && why.code == errc::none) return kernel_errno;
        const linux_error answer = why.linux_errno(true);
        return answer == linux_error::none ? EKEYREJECTED : static_cast<int>(answer);
    }
};

/// Memory that a proof may be about: what owns its bytes. A view proves something of memory that others may write. Only a
/// sealed copy keeps its bytes from everybody; a vector's owner has to see to it that no thread of his writes them.
template <class T>
concept owned_image = std::convertible_to<const T&, byte_view> && !std::is_trivially_copyable_v<T>;

namespace detail {
template <class T>
inline constexpr bool is_module_proof = false;
template <owned_image T>
inline constexpr bool is_module_proof<verified<T>> = true;
template <owned_image T>
inline constexpr bool is_module_proof<result<verified<T>>> = true;
template <class T>
inline constexpr bool is_tolerated_module = false;
template <owned_image T>
inline constexpr bool is_tolerated_module<tolerated<T>> = true;

/// The kernel begins at the first byte, so the proof has to; anything else is nothing that it could check again.
template <class Proof>
[[nodiscard]] result<void> begins_the_image(const Proof& module) {
    if (!payload_size(module.content_range())) return errc::bad_structure;
    return result<void>::success();
}

/// A copy of a file is sealed; what else owns its bytes is its owner's word.
template <class Proof>
[[nodiscard]] bool suits(const Proof& module, accepts copies) {
    if constexpr (requires { module.image().suits(copies); }) return module.image().suits(copies);
    else return true;
}

template <class Proof, class Kernel>
[[nodiscard]] module_answer give_memory(const Proof& module, const char* parameters, Kernel&& kernel, accepts copies) {
    if (!suits(module, copies)) return {failure{errc::io_error, 0, linux_error::eopnotsupp}};
    if (const result<void> at_front = begins_the_image(module); !at_front) return {at_front.error()};
    return {errc::none, true, kernel.init_module(byte_view(module.image()), parameters != nullptr ? parameters : "")};
}
}  // namespace detail

/// Gives a verified module to the kernel by init_module(2), which copies it and checks the signature itself as it is
/// configured to. It stays with the caller and may go afterwards. `parameters`: `name=value` words, as on insmod's command line.
/// `why`: bad_structure, when the proven content does not begin at the first byte; io_error (EOPNOTSUPP), for a sealed_file
/// that is a weaker copy than is accepted. Then the kernel is not asked.
template <owned_image Image, module_kernel Kernel = running_kernel>
[[nodiscard]] module_answer load_module(const verified<Image>& module, const char* parameters = "", Kernel&& kernel = {}, accepts copies = accepts::sealed) {
    return detail::give_memory(module, parameters, kernel, copies);
}
/// The same for a verdict: what was refused does not reach the kernel, and `why` is the verifier's reason.
template <owned_image Image, module_kernel Kernel = running_kernel>
[[nodiscard]] module_answer load_module(const result<verified<Image>>& module, const char* parameters = "", Kernel&& kernel = {}, accepts copies = accepts::sealed) {
    if (!module) return {module.error()};
    return detail::give_memory(*module, parameters, kernel, copies);
}

/// finit_module(2), for kernels whose security modules want a file: they see the sealed copy, not the file it was made of.
/// Only a sealed copy does: of another, this user could change the bytes before the kernel reads them.
/// `flags`: MODULE_INIT_IGNORE_*; a compressed image is refused, whatever they say. `why`: bad_structure as above; io_error
/// (EOPNOTSUPP) when the copy is not sealed; compressed.
template <module_kernel Kernel = running_kernel>
[[nodiscard]] module_answer load_module_file(const verified<sealed_file>& module, const char* parameters = "", int flags = 0, Kernel&& kernel = {}) {
    constexpr int compressed_file = 4;  // MODULE_INIT_COMPRESSED_FILE, include/uapi/linux/module.h
    if (const result<void> at_front = detail::begins_the_image(module); !at_front) return {at_front.error()};
    if (!module.image().is_sealed()) return {failure{errc::io_error, 0, linux_error::eopnotsupp}};
    if ((flags & compressed_file) != 0) return {errc::compressed};
    return {errc::none, true, kernel.finit_module(module.image().descriptor(), parameters != nullptr ? parameters : "", flags)};
}

/// load_module for what a policy let in without proof. A kernel that enforces signatures will refuse it.
template <owned_image Image, module_kernel Kernel = running_kernel>
[[nodiscard]] module_answer load_tolerated_module(const tolerated<Image>& module, const char* parameters = "", Kernel&& kernel = {}, accepts copies = accepts::sealed) {
    return detail::give_memory(module, parameters, kernel, copies);
}

// Everything else is refused by the compiler, which says what to do.
template <class Other, class... Rest, class T = std::remove_cvref_t<Other>>
    requires(!detail::is_module_proof<T>)
module_answer load_module(Other&&, const Rest&...) {
    static_assert(!detail::is_tolerated_module<T>, "modsig: tolerated is not verified: what is loaded without proof goes by load::load_tolerated_module");
    static_assert(detail::is_tolerated_module<T>,
                  "modsig: only proof can be loaded: a verified<load::sealed_file>, or a verified of something else that owns "
                  "its bytes, as verifier.verify(std::move(file)) gives it");
    return {};
}

}  // namespace modsig::load

#endif  // MODSIG_LOAD_KERNEL_MODULE_HPP
