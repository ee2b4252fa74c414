// SPDX-License-Identifier: BSL-1.0
//
// dlopen(3) for verified files only.
//
// The private copy that was verified is loaded, signature included: any bytes may follow an ELF file.
// Not covered: the libraries that the file needs (DT_NEEDED). The dynamic linker finds and loads them as always, unverified.
// Needs /proc. Link with the library that dlopen needs (none since glibc 2.34, else -ldl).
#ifndef MODSIG_LOAD_PLUGIN_HPP
#define MODSIG_LOAD_PLUGIN_HPP

#include <modsig/load/payload.hpp>
#include <modsig/load/sealed_file.hpp>
#include <modsig/verified.hpp>

#include <bit>
#include <type_traits>

#include <dlfcn.h>

namespace modsig::load {

inline constexpr int default_dlopen_flags = RTLD_NOW | RTLD_LOCAL;  ///< Symbols are found at once, and not shown to other libraries.

/// `library_path` returns a path of the descriptor for dlopen(3), by which no other library was loaded. glibc recognises a
/// library by the *spelling* of its path before it looks at the file (elf/dl-load.c, _dl_map_object): when descriptor 5 is
/// closed while its library stays (C++ libraries often cannot be unloaded) and 5 becomes another file, "/proc/self/fd/5" still
/// gives the first library. So the file's identity is part of the spelling, in binary: "./" is a one and "/" a zero, and the
/// kernel ignores both. No other file has the device and inode numbers of a loaded file, so equal spellings mean the same file.
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

namespace detail {
template <class T>
inline constexpr bool is_proof = false;
template <>
inline constexpr bool is_proof<verified<sealed_file>> = true;
template <class T>
inline constexpr bool is_tolerated = false;
template <>
inline constexpr bool is_tolerated<tolerated<sealed_file>> = true;

/// `open_library` is dlopen(3) of the copy. Null as there; dlerror(3) gives the reason, which is a missing file where the
/// content does not begin at the first byte, the copy is weaker than accepted, or it is in memory without a descriptor.
template <class Proof>
[[nodiscard]] void* open_library(const Proof& file, int flags, accepts copies) {
    const bool loadable = payload_size(file.content_range()).has_value() && file.image().suits(copies);
    return ::dlopen(library_path(loadable ? file.image().descriptor() : -1).c_str(), flags);
}
}  // namespace detail

/// A loaded library with the file that it was loaded from, whose descriptor stays open until the library is closed. A
/// moved-from object has no library.
template <class Proof>
class [[nodiscard]] basic_plugin {
    Proof file_;
    void* handle_;

    basic_plugin(Proof&& file, void* handle) : file_(std::move(file)), handle_(handle) {}

public:
    /// Takes the library over; the other object has none then.
    basic_plugin(basic_plugin&& other) noexcept : file_(std::move(other.file_)), handle_(std::exchange(other.handle_, nullptr)) {}
    /// As above. The library that this object had is closed.
    basic_plugin& operator=(basic_plugin&& other) noexcept {
        basic_plugin taken(std::move(other));
        std::swap(file_, taken.file_);
        std::swap(handle_, taken.handle_);
        return *this;
    }
    ~basic_plugin() {
        if (handle_ != nullptr) ::dlclose(handle_);
    }

    /// The file that the library was loaded from: signer, digest, layout; the reason where it was tolerated.
    [[nodiscard]] const Proof& file() const { return file_; }
    /// What dlopen(3) returned.
    [[nodiscard]] void* handle() const { return handle_; }

    /// `symbol` returns a function or variable of the library; null where it has none of that name. T is not checked:
    /// `symbol<int(const char*)>("run")`.
    template <class T>
    [[nodiscard]] T* symbol(const char* name) const {
        return handle_ != nullptr ? reinterpret_cast<T*>(::dlsym(handle_, name)) : nullptr;
    }

    /// `load` loads a file, which is moved from only on success. Errors: `io_error` with EOPNOTSUPP (the copy is weaker than
    /// accepted, or in memory), `io_error` with ENOEXEC (dlerror(3) gives the reason).
    [[nodiscard]] static result<basic_plugin> load(Proof&& file, int flags, accepts copies) {
        if (file.image().descriptor() < 0 || !file.image().suits(copies)) return failure{errc::io_error, 0, linux_error::eopnotsupp};
        void* const handle = detail::open_library(file, flags, copies);
        if (handle == nullptr) return failure{errc::io_error, 0, linux_error::enoexec};
        return basic_plugin(std::move(file), handle);
    }
};

using plugin = basic_plugin<verified<sealed_file>>;             ///< A library of a verified file.
using tolerated_plugin = basic_plugin<tolerated<sealed_file>>;  ///< A library of a tolerated file.

/// `dlopen` loads a verified file that stays with the caller, who keeps it while the library is loaded. Null as dlopen(3).
[[nodiscard]] inline void* dlopen(const verified<sealed_file>& file, int flags = default_dlopen_flags, accepts copies = accepts::sealed) {
    return detail::open_library(file, flags, copies);
}

/// `dlopen` of an rvalue loads a verified file and keeps it: `dlopen(*std::move(result))`.
[[nodiscard]] inline result<plugin> dlopen(verified<sealed_file>&& file, int flags = default_dlopen_flags, accepts copies = accepts::sealed) {
    return plugin::load(std::move(file), flags, copies);
}

/// The same two for tolerated files.
[[nodiscard]] inline void* load_tolerated(const tolerated<sealed_file>& file, int flags = default_dlopen_flags, accepts copies = accepts::sealed) {
    return detail::open_library(file, flags, copies);
}
/// As load_tolerated() of an lvalue, and keeps the file. Errors: those of basic_plugin::load().
[[nodiscard]] inline result<tolerated_plugin> load_tolerated(tolerated<sealed_file>&& file, int flags = default_dlopen_flags, accepts copies = accepts::sealed) {
    return tolerated_plugin::load(std::move(file), flags, copies);
}

// The compiler refuses everything else, with a message that says what to do. (`auto` makes it instantiate the body, so that
// this message comes first.)
/// Does not compile: only a verified file can be loaded.
template <class Other, class T = std::remove_cvref_t<Other>>
    requires(!detail::is_proof<T>)
auto dlopen(Other&&, int = 0, accepts = {}) {
    static_assert(!std::is_same_v<T, sealed_file>, "modsig: this file is not verified: load the result of verifier.verify(std::move(file))");
    static_assert(!detail::is_tolerated<T>, "modsig: a tolerated file is not verified: load it by load::load_tolerated");
    static_assert(std::is_same_v<T, sealed_file> || detail::is_tolerated<T>,
                  "modsig: only proof can be loaded: a verified<load::sealed_file>, the result of verifier.verify(std::move(file))");
    return static_cast<void*>(nullptr);
}
/// Does not compile: only a tolerated file can be loaded by this name.
template <class Other, class T = std::remove_cvref_t<Other>>
    requires(!detail::is_tolerated<T>)
auto load_tolerated(Other&&, int = 0, accepts = {}) {
    static_assert(!detail::is_proof<T>, "modsig: this file is verified: load it by load::dlopen");
    static_assert(detail::is_proof<T>,
                  "modsig: only what a policy tolerates can be loaded by this name: a tolerated<load::sealed_file>, as "
                  "verifier.tolerate(std::move(file)) returns it");
    return static_cast<void*>(nullptr);
}

}  // namespace modsig::load

#endif  // MODSIG_LOAD_PLUGIN_HPP
