// SPDX-License-Identifier: BSL-1.0
//
// Kernel modules: init_module(2) for verified modules only. The kernel gets the memory that was verified, whole, with the
// signature at its end, so that the kernel can check the signature too; no path is looked up again in between.
//
//     auto module = verifier.verify(*std::move(file));                    // result<verified<sealed_file>>
//     const auto answer = load::load_module(module, "debug=1");           // calls the kernel only for a verified module
//     if (!answer.is_loaded()) ...                                        // answer.why, answer.kernel_errno
//
// A compressed module must be decompressed first, and the result verified: sealed_file::copy_of(decompressed). With
// MODULE_INIT_COMPRESSED_FILE the kernel would unpack bytes that are not verified, and many kernels return EOPNOTSUPP.
// Not covered: dependencies, which init_module(2) does not load (load/module_dependencies.hpp).
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

/// The system calls of the running kernel. Each returns 0 or the errno.
struct running_kernel {
    /// init_module(2). `parameters` as `insmod` takes them; not null.
    [[nodiscard]] static int init_module(byte_view image, const char* parameters) {
        return os::init_module(image, parameters);
    }
    /// finit_module(2) of an open file.
    [[nodiscard]] static int finit_module(int fd, const char* parameters, int flags) {
        return os::finit_module(fd, parameters, flags);
    }
};

/// The system calls that load modules; a test has its own.
template <class K>
concept module_kernel = requires(K& kernel, byte_view image, const char* parameters) {
    { kernel.init_module(image, parameters) } -> std::same_as<int>;
    { kernel.finit_module(1, parameters, 0) } -> std::same_as<int>;
};

/// The result of loading a module: modsig's reason first, then the kernel's errno where the kernel was called. The default
/// refuses.
struct [[nodiscard]] module_answer {
    failure why{};              ///< modsig's reason; code `none` where the kernel was called
    bool kernel_asked = false;  ///< the system call was made
    int kernel_errno = 0;       ///< of the system call; 0: loaded, or not called

    /// Whether the module is in the kernel now.
    [[nodiscard]] constexpr bool is_loaded() const { return why.code == errc::none && kernel_asked && kernel_errno == 0; }

    /// One errno for both: the kernel's, or that of `why` under enforcement; 0 where the module is loaded.
    [[nodiscard]] constexpr int error() const {
        if (kernel_asked && why.code == errc::none) return kernel_errno;
        const linux_error answer = why.linux_errno(true);
        return answer == linux_error::none ? EKEYREJECTED : static_cast<int>(answer);
    }
};

/// An image that owns its bytes. A view is none: other code may write the memory that it views. Only a sealed copy keeps its
/// bytes from everyone; the owner of a vector must make sure that no thread writes them.
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

/// The kernel reads the module from the first byte, so the proven content must begin there; else `bad_structure`.
template <class Proof>
[[nodiscard]] result<void> begins_the_image(const Proof& module) {
    if (!payload_size(module.content_range())) return errc::bad_structure;
    return result<void>::success();
}

/// Whether an image is a copy that the caller accepts. Other owners than sealed_file are accepted.
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

/// `load_module` loads a verified module by init_module(2), which copies the bytes and checks the signature as the kernel is
/// configured to. The module stays with the caller, and may be destroyed afterwards. `parameters`: `name=value` words, as on
/// insmod's command line. `copies`: the weakest copy that is accepted. Errors in `why`, without calling the kernel:
/// `bad_structure` (the proven content does not begin at the first byte), `io_error` with EOPNOTSUPP (a sealed_file that is a
/// weaker copy).
template <owned_image Image, module_kernel Kernel = running_kernel>
[[nodiscard]] module_answer load_module(const verified<Image>& module, const char* parameters = "", Kernel&& kernel = {}, accepts copies = accepts::sealed) {
    return detail::give_memory(module, parameters, kernel, copies);
}
/// `load_module` for a result: a refusal does not reach the kernel, and `why` is the verifier's failure.
template <owned_image Image, module_kernel Kernel = running_kernel>
[[nodiscard]] module_answer load_module(const result<verified<Image>>& module, const char* parameters = "", Kernel&& kernel = {}, accepts copies = accepts::sealed) {
    if (!module) return {module.error()};
    return detail::give_memory(*module, parameters, kernel, copies);
}

/// `load_module_file` loads a verified module by finit_module(2), for kernels whose security modules need a file: they see the
/// sealed copy, not the original file. Only a sealed copy is accepted: this user could change any other before the kernel reads
/// it. `flags`: MODULE_INIT_IGNORE_*. Errors in `why`: `bad_structure` as above, `io_error` with EOPNOTSUPP (the copy is not
/// sealed), `compressed` (`flags` has MODULE_INIT_COMPRESSED_FILE).
template <module_kernel Kernel = running_kernel>
[[nodiscard]] module_answer load_module_file(const verified<sealed_file>& module, const char* parameters = "", int flags = 0, Kernel&& kernel = {}) {
    constexpr int compressed_file = 4;  // MODULE_INIT_COMPRESSED_FILE, include/uapi/linux/module.h
    if (const result<void> at_front = detail::begins_the_image(module); !at_front) return {at_front.error()};
    if (!module.image().is_sealed()) return {failure{errc::io_error, 0, linux_error::eopnotsupp}};
    if ((flags & compressed_file) != 0) return {errc::compressed};
    return {errc::none, true, kernel.finit_module(module.image().descriptor(), parameters != nullptr ? parameters : "", flags)};
}

/// `load_tolerated_module` is load_module() for a tolerated module. A kernel that enforces signatures refuses it.
template <owned_image Image, module_kernel Kernel = running_kernel>
[[nodiscard]] module_answer load_tolerated_module(const tolerated<Image>& module, const char* parameters = "", Kernel&& kernel = {}, accepts copies = accepts::sealed) {
    return detail::give_memory(module, parameters, kernel, copies);
}

// The compiler refuses everything else, with a message that says what to do.
/// Does not compile: only a verified module that owns its bytes can be loaded.
template <class Other, class... Rest, class T = std::remove_cvref_t<Other>>
    requires(!detail::is_module_proof<T>)
module_answer load_module(Other&&, const Rest&...) {
    static_assert(!detail::is_tolerated_module<T>, "modsig: a tolerated module is not verified: load it by load::load_tolerated_module");
    static_assert(detail::is_tolerated_module<T>,
                  "modsig: only proof can be loaded: a verified<load::sealed_file>, or a verified of something else that owns "
                  "its bytes, the result of verifier.verify(std::move(file))");
    return {};
}

}  // namespace modsig::load

#endif  // MODSIG_LOAD_KERNEL_MODULE_HPP
