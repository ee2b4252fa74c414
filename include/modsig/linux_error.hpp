// SPDX-License-Identifier: BSL-1.0
//
// The errnos of Linux that a verdict can be returned as, by number and name.
// Numbers: include/uapi/asm-generic/errno*.h (x86, ARM, RISC-V); ENOTSUPP: include/linux/errno.h, kernel-internal.
#ifndef MODSIG_LINUX_ERROR_HPP
#define MODSIG_LINUX_ERROR_HPP

#include <cstdint>
#include <string_view>

namespace modsig {

/// Own names, since <errno.h> defines the usual ones as macros.
enum class linux_error : std::int16_t {
    none = 0,            ///< no error
    eperm = 1,           ///< operation not permitted
    enoent = 2,          ///< no such file or directory
    eio = 5,             ///< input or output
    e2big = 7,           ///< argument list too long
    enoexec = 8,         ///< no executable
    eagain = 11,         ///< try again
    enomem = 12,         ///< out of memory
    eacces = 13,         ///< permission denied
    einval = 22,         ///< invalid argument
    enodata = 61,        ///< no data available
    enopkg = 65,         ///< package not installed: the kernel lacks an algorithm
    ebadmsg = 74,        ///< bad message
    eoverflow = 75,      ///< value too large for its type
    elibbad = 80,        ///< corrupted shared library
    emsgsize = 90,       ///< message too long
    eopnotsupp = 95,     ///< operation not supported
    enokey = 126,        ///< required key not available
    ekeyexpired = 127,   ///< key has expired
    ekeyrevoked = 128,   ///< key has been revoked
    ekeyrejected = 129,  ///< key was rejected: a signature is bad
    enotsupp = 524,      ///< not supported; no userspace name
};

/// The macro's name, such as "EKEYREJECTED"; "-" for no error.
[[nodiscard]] constexpr std::string_view name(linux_error error) {
    switch (error) {
        case linux_error::none: return "-";
        case linux_error::eperm: return "EPERM";
        case linux_error::enoent: return "ENOENT";
        case linux_error::eio: return "EIO";
        case linux_error::e2big: return "E2BIG";
        case linux_error::enoexec: return "ENOEXEC";
        case linux_error::eagain: return "EAGAIN";
        case linux_error::enomem: return "ENOMEM";
        case linux_error::eacces: return "EACCES";
        case linux_error::einval: return "EINVAL";
        case linux_error::enodata: return "ENODATA";
        case linux_error::enopkg: return "ENOPKG";
        case linux_error::ebadmsg: return "EBADMSG";
        case linux_error::eoverflow: return "EOVERFLOW";
        case linux_error::elibbad: return "ELIBBAD";
        case linux_error::emsgsize: return "EMSGSIZE";
        case linux_error::eopnotsupp: return "EOPNOTSUPP";
        case linux_error::enokey: return "ENOKEY";
        case linux_error::ekeyexpired: return "EKEYEXPIRED";
        case linux_error::ekeyrevoked: return "EKEYREVOKED";
        case linux_error::ekeyrejected: return "EKEYREJECTED";
        case linux_error::enotsupp: return "ENOTSUPP";
    }
    return "-";
}

/// Linux module loading, kernel/module/signing.c: faults that are tolerated while signatures are not enforced become
/// EKEYREJECTED when they are.
[[nodiscard]] constexpr linux_error enforced(linux_error inner) {
    switch (inner) {
        case linux_error::enodata:
        case linux_error::enopkg:
        case linux_error::enokey: return linux_error::ekeyrejected;
        default: return inner;
    }
}

}  // namespace modsig

#endif  // MODSIG_LINUX_ERROR_HPP
