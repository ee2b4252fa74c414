// SPDX-License-Identifier: BSL-1.0
//
// Where C calls C++: no exception, cancellation or errno crosses, and a struct of a caller may be older or newer than this library.
#ifndef MODSIG_C_BOUNDARY_HPP
#define MODSIG_C_BOUNDARY_HPP

#include "modsig.h"

#include <modsig/bytes.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <new>

#include <pthread.h>

namespace c_library {

[[nodiscard]] inline modsig::byte_view view(const void* data, std::size_t size) { return {static_cast<const std::uint8_t*>(data), size}; }

/// While it lives, the thread is not cancelled (a cancellation unwinds the stack like an exception), and errno comes back.
class call {
    int state_ = 0;
    int errno_ = errno;

public:
    call() { ::pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state_); }
    call(const call&) = delete;
    call& operator=(const call&) = delete;
    ~call() {
        int unused = 0;
        ::pthread_setcancelstate(state_, &unused);
        errno = errno_;
    }
};

/// `guarded` returns what the action returns, or the value for the exception that it has thrown.
template <class Action, class Value>
Value guarded(const Action& action, Value out_of_memory, Value internal_error) noexcept {
    const call entered;
    try {
        return action();
    } catch (const std::bad_alloc&) {
        return out_of_memory;
    } catch (...) {
        return internal_error;
    }
}
template <class Action>
modsig_status guarded(const Action& action) noexcept {
    return guarded(action, MODSIG_OUT_OF_MEMORY, MODSIG_INTERNAL_ERROR);
}

/// `read_struct` copies the struct of a caller, whose first member is its size. False where it is no such struct, or where it sets a
/// member that this library does not know. Null: the defaults.
template <class Struct>
[[nodiscard]] bool read_struct(const Struct* given, Struct& read) {
    constexpr std::size_t most = 4096;  // a size beyond is a variable that nobody has set
    read = {};
    if (given == nullptr) return true;
    const std::size_t size = given->size;
    if (size < sizeof(std::size_t) || size > most) return false;
    const auto* const bytes = reinterpret_cast<const unsigned char*>(given);
    std::memcpy(&read, bytes, std::min(size, sizeof read));
    return size <= sizeof read || std::all_of(bytes + sizeof read, bytes + size, [](unsigned char byte) { return byte == 0; });
}

}  // namespace c_library

#endif  // MODSIG_C_BOUNDARY_HPP
