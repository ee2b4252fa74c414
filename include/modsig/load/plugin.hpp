// SPDX-License-Identifier: BSL-1.0
//
// dlopen(3) for proven files, and for nothing else.
//
// What is loaded is the private copy that was verified, signature included: an ELF file may be followed by anything.
// Not covered: the libraries it needs (DT_NEEDED). The dynamic linker finds and loads those as always, unverified.
// Needs /proc. Link with what your system wants for dlopen (nothing since glibc 2.34, else -ldl).
#ifndef MODSIG_LOAD_PLUGIN_HPP
#define MODSIG_LOAD_PLUGIN_HPP

#include <modsig/load/payload.hpp>
#include <modsig/load/sealed_file.hpp>
#include <modsig/verified.hpp>

#include <bit>
#include <type_traits>

#include <dlfcn.h>

namespace modsig::load {

inline constexpr int default_dlopen_flags = RTLD_NOW | RTLD_LOCAL;

namespace detail {
/// A path of the descriptor that no other library was loaded by. glibc knows a library again by the *spelling* of its
/// path before it looks at the file (elf/dl-load.c, _dl_map_object): when descriptor 5 is closed while its library stays
/// (C++ libraries often cannot be unloaded) and 5 becomes another file, "/proc/self/fd/5" still gives the first library.
/// So the file's identity goes into the spelling, in binary: "./" is a one and "/" a zero, and the kernel passes over
/// both. A loaded file keeps its device and inode numbers to itself, hence equal spellings mean the same file.
[[nodiscard]] inline os::path_text library_path(int fd) {
    const auto identity = os::identity_of(fd);
    if (!identity) return os::fd_path(-1);
    os::path_text path;
    const auto add_bits = [&](std::uint64_t number) {
        for (std::uint64_t bit = std::bit_floor(number); bit != 0; bit >>= 1) path.add((number & bit) != 0 ? "./" : "/");
    };
    path.add("/proc/self/fd/");
    add_bits(identity->device);
    path.add("../fd/");
    add_bits(identity->inode);
    return path.add(fd);
}

template <class T>
inline constexpr bool is_proof = false;
template <>
inline constexpr bool is_proof<verified<sealed_file>> = true;
template <class T>
inline constexpr bool is_tolerated = false;
template <>
inline constexpr bool is_tolerated<tolerated<sealed_file>> = true;

/// dlopen(3) of the copy. Null as there, and dlerror(3) says why; that there is no such file when it is not to be loaded
/// from its first byte, is a weaker copy than is accepted, or is in memory and has no descriptor.
template <class Proof>
[[nodiscard]] void* open_library(const Proof& file, int flags, accepts copies) {
    const bool loadable = payload_size(file.content_range()).has_value() && file.image().suits(copies);
    return ::dlopen(library_path(loadable ? file.image().descriptor() : -1).c_str(), flags);
}
}  // namespace detail

/// A loaded library with what it was loaded from: the proof (or what stands for it), and its descriptor, which stays open
/// until the library is closed. A moved-from one has no library.
template <class Proof>
class [[nodiscard]] basic_plugin {
    Proof file_;
    void* handle_;

    basic_plugin(Proof&& file, void* handle) : file_(std::move(file)), handle_(handle) {}

public:
    basic_plugin(basic_plugin&& other) noexcept : file_(std::move(other.file_)), handle_(std::exchange(other.handle_, nullptr)) {}
    basic_plugin& operator=(basic_plugin&& other) noexcept {
        basic_plugin taken(std::move(other));
        std::swap(file_, taken.file_);
        std::swap(handle_, taken.handle_);
        return *this;
    }
    ~basic_plugin() {
        if (handle_ != nullptr) ::dlclose(handle_);
    }

    /// What it was loaded from: signer, digest, layout; why, when it was tolerated.
    [[nodiscard]] const Proof& file() const { return file_; }
    [[nodiscard]] void* handle() const { return handle_; }

    /// A function or variable of the library; null when it has none of that name. T is the reader's word:
    /// `symbol<int(const char*)>("run")`.
    template <class T>
    [[nodiscard]] T* symbol(const char* name) const {
        return handle_ != nullptr ? reinterpret_cast<T*>(::dlsym(handle_, name)) : nullptr;
    }

    /// Takes the file only when it was loaded. errc: io_error, with EOPNOTSUPP for a weaker copy than is accepted, or one in
    /// memory; else dlerror(3) says more.
    [[nodiscard]] static result<basic_plugin> load(Proof&& file, int flags, accepts copies) {
        if (file.image().descriptor() < 0 || !file.image().suits(copies)) return failure{errc::io_error, 0, linux_error::eopnotsupp};
        void* const handle = detail::open_library(file, flags, copies);
        if (handle == nullptr) return failure{errc::io_error, 0, linux_error::enoexec};
        return basic_plugin(std::move(file), handle);
    }
};

using plugin = basic_plugin<verified<sealed_file>>;
using tolerated_plugin = basic_plugin<tolerated<sealed_file>>;

/// Loads a verified file that stays with the caller: keep it for as long as the library is loaded. Null as by dlopen(3).
[[nodiscard]] inline void* dlopen(const verified<sealed_file>& file, int flags = default_dlopen_flags, accepts copies = accepts::sealed) {
    return detail::open_library(file, flags, copies);
}

/// Loads a verified file and keeps it: `dlopen(*std::move(verdict))`.
[[nodiscard]] inline result<plugin> dlopen(verified<sealed_file>&& file, int flags = default_dlopen_flags, accepts copies = accepts::sealed) {
    return plugin::load(std::move(file), flags, copies);
}

/// The same two for what a policy let in without proof.
[[nodiscard]] inline void* load_tolerated(const tolerated<sealed_file>& file, int flags = default_dlopen_flags, accepts copies = accepts::sealed) {
    return detail::open_library(file, flags, copies);
}
[[nodiscard]] inline result<tolerated_plugin> load_tolerated(tolerated<sealed_file>&& file, int flags = default_dlopen_flags, accepts copies = accepts::sealed) {
    return tolerated_plugin::load(std::move(file), flags, copies);
}

// Everything else is refused by the compiler, which says what to do (first, since `auto` has it look inside).
template <class Other, class T = std::remove_cvref_t<Other>>
    requires(!detail::is_proof<T>)
auto dlopen(Other&&, int = 0, accepts = {}) {
    static_assert(!std::is_same_v<T, sealed_file>, "modsig: this file is not verified: load what verifier.verify(std::move(file)) gives");
    static_assert(!detail::is_tolerated<T>, "modsig: tolerated is not verified: what is loaded without proof goes by load::load_tolerated");
    static_assert(std::is_same_v<T, sealed_file> || detail::is_tolerated<T>,
                  "modsig: only proof can be loaded: a verified<load::sealed_file>, as verifier.verify(std::move(file)) gives it");
    return static_cast<void*>(nullptr);
}
template <class Other, class T = std::remove_cvref_t<Other>>
    requires(!detail::is_tolerated<T>)
auto load_tolerated(Other&&, int = 0, accepts = {}) {
    static_assert(!detail::is_proof<T>, "modsig: this file is verified: load it by load::dlopen");
    static_assert(detail::is_proof<T>,
                  "modsig: only what a policy tolerates can be loaded by this name: a tolerated<load::sealed_file>, as "
                  "verifier.tolerate(std::move(file)) gives it");
    return static_cast<void*>(nullptr);
}

}  // namespace modsig::load

#endif  // MODSIG_LOAD_PLUGIN_HPP
