// SPDX-License-Identifier: BSL-1.0
//
// The hook of the 2012 patch set, integrity_module_check, for loaders written in C: a verifier behind one C function.
//
//     using module_verifier = modsig::verifier<...>;                          // a name without commas
//     constexpr auto trust = modsig::keyring::builtin<vendor_key>();
//     MODSIG_DEFINE_HOOK(integrity_module_check, module_verifier, trust);     // in one translation unit
//
// defines
//     int integrity_module_check(const void *data, size_t size, size_t *payload_size);
//
// 0: the module is verified and is the first *payload_size bytes; the signature follows. A negative errno otherwise, the
// one that Linux has for the fault, and *payload_size stays as it was:
//   -EINVAL        a null pointer, or a malformed number        -ENODATA       no signature
//   -EBADMSG       malformed                                    -ENOKEY        signed by an unknown key
//   -EKEYREJECTED  does not match, or refused by the policy     -ENOPKG        algorithm not supported
// `data` must not be written by anybody until the module is loaded from it. What is tolerated is refused.
//
// Thread-safe, never throws, and works before main, from the constructors of other objects: the verifier is
// constant-initialised, or this does not compile.
#ifndef MODSIG_LOAD_HOOK_HPP
#define MODSIG_LOAD_HOOK_HPP

#include <modsig/load/payload.hpp>
#include <modsig/verifier.hpp>

#include <cerrno>
#include <cstddef>

namespace modsig::load {

/// What the hook does, for a verifier in hand.
template <class Verifier>
[[nodiscard]] int answer_hook(const Verifier& verifier, const void* data, std::size_t size, std::size_t* payload_size) noexcept {
    if (data == nullptr || payload_size == nullptr) return -EINVAL;
    const auto module = verifier.verify(byte_view(static_cast<const std::uint8_t*>(data), size));
    if (!module) {
        const linux_error why = module.error().linux_errno();
        return why == linux_error::none ? -EKEYREJECTED : -static_cast<int>(why);
    }
    const auto front = load::payload_size(module->content_range());
    if (!front) return -EBADMSG;
    *payload_size = static_cast<std::size_t>(*front);
    return 0;
}

}  // namespace modsig::load

// The one macro of the library: a function with a C name of the user's choice cannot be had otherwise.
#define MODSIG_DEFINE_HOOK(name, Verifier, trust)                                                        \
    extern "C" int name(const void* data, std::size_t size, std::size_t* payload_size) noexcept {        \
        static constinit const Verifier verifier{trust};                                                    \
        return ::modsig::load::answer_hook(verifier, data, size, payload_size);                             \
    }                                                                                                    \
    static_assert(true, "modsig: MODSIG_DEFINE_HOOK(...) is followed by a semicolon")

#endif  // MODSIG_LOAD_HOOK_HPP
