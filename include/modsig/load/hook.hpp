// SPDX-License-Identifier: BSL-1.0
//
// The hook of the 2012 patch set, integrity_module_check, for loaders written in C: a C function that calls a verifier.
//
//     using module_verifier = modsig::verifier<...>;                          // a name without commas
//     constexpr auto trust = modsig::keyring::builtin<vendor_key>();
//     MODSIG_DEFINE_HOOK(integrity_module_check, module_verifier, trust);     // in one translation unit
//
// defines
//     int integrity_module_check(const void *data, size_t size, size_t *payload_size);
//
// Returns 0 where the module is verified: it is the first *payload_size bytes, and the signature follows. Otherwise returns the
// negative errno that Linux has for the fault, and *payload_size is unchanged:
//   -EINVAL        a null pointer, or a malformed number        -ENODATA       no signature
//   -EBADMSG       malformed                                    -ENOKEY        signed by an unknown key
//   -EKEYREJECTED  does not match, or refused by the policy     -ENOPKG        algorithm not supported
// `data` must not be written until the module is loaded from it. A tolerated module is refused.
//
// Thread-safe, never throws, and usable before main, in constructors of other objects: the verifier is constant-initialised, or
// this does not compile.
#ifndef MODSIG_LOAD_HOOK_HPP
#define MODSIG_LOAD_HOOK_HPP

#include <modsig/load/payload.hpp>
#include <modsig/verifier.hpp>

#include <cerrno>
#include <cstddef>

namespace modsig::load {

/// `answer_hook` does what the hook does, with a given verifier.
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

// The only macro of the library: nothing else defines a function with a C name of the user's choice.
#define MODSIG_DEFINE_HOOK(name, Verifier, trust)                                                        \
    extern "C" int name(const void* data, std::size_t size, std::size_t* payload_size) noexcept {        \
        static constinit const Verifier verifier{trust};                                                    \
        return ::modsig::load::answer_hook(verifier, data, size, payload_size);                             \
    }                                                                                                    \
    static_assert(true, "modsig: MODSIG_DEFINE_HOOK(...) is followed by a semicolon")

#endif  // MODSIG_LOAD_HOOK_HPP
