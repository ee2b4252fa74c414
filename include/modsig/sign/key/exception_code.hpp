// SPDX-License-Identifier: BSL-1.0
//
// What an exception of Botan or the standard library means: that the system is short of something, or that the input is no good.
#ifndef MODSIG_SIGN_KEY_EXCEPTION_CODE_HPP
#define MODSIG_SIGN_KEY_EXCEPTION_CODE_HPP

#include <modsig/errc.hpp>

#include <botan/exceptn.h>

#include <new>
#include <system_error>

namespace modsig::sign {

/// In a handler: io_error for the exceptions of the system (no memory, no random numbers, no thread), else `otherwise`.
[[nodiscard]] inline errc exception_code(errc otherwise) {
    try {
        throw;
    } catch (const Botan::System_Error&) {
        return errc::io_error;
    } catch (const std::system_error&) {
        return errc::io_error;
    } catch (const std::bad_alloc&) {
        return errc::io_error;
    } catch (...) {
        return otherwise;
    }
}

}  // namespace modsig::sign

#endif  // MODSIG_SIGN_KEY_EXCEPTION_CODE_HPP
