// SPDX-License-Identifier: BSL-1.0
//
// failure: a reason and its offset; result<T>: a T or a failure, with std::expected's member names. One definition in every
// build mode, usable freestanding; dereferencing a failure traps (in a constant expression it does not compile).
#ifndef MODSIG_RESULT_HPP
#define MODSIG_RESULT_HPP

#include <modsig/errc.hpp>
#include <modsig/key_identifier.hpp>

#include <cstdint>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>

namespace modsig {

/// A reason for a refusal. Trivially copyable; a default-constructed failure refuses, too.
struct [[nodiscard]] failure {
    errc code = errc::not_checked;                   ///< the reason
    linux_error linux_specific = linux_error::none;  ///< set where Linux returns another errno than the code's default
    std::uint64_t offset = 0;                        ///< bytes from the start of the image, or of the detached signature
    std::string_view layout{};                       ///< name of the layout that failed; static storage
    key_id_copy key{};                               ///< the key in question, where there is one

    constexpr failure() = default;
    /// `position`: see `offset`.
    constexpr failure(errc reason, std::uint64_t position = 0, linux_error specific = linux_error::none)  // NOLINT: implicit on purpose
        : code(reason), linux_specific(specific), offset(position) {}

    /// The text of the code, for people; the offset is not in it.
    [[nodiscard]] constexpr std::string_view message() const { return modsig::message(code); }

    /// The errno that the verification inside Linux returns for this fault; `enforcing`: the errno that the system call returns
    /// when signatures are enforced.
    [[nodiscard]] constexpr linux_error linux_errno(bool enforcing = false) const {
        const linux_error inner = linux_specific != linux_error::none ? linux_specific : entry_of(code).linux_default;
        return enforcing ? enforced(inner) : inner;
    }

    /// The same fault, with an offset that counts from the start of a larger whole.
    [[nodiscard]] constexpr failure shifted(std::uint64_t distance) const {
        failure moved = *this;
        moved.offset += distance;
        return moved;
    }
};
static_assert(std::is_trivially_copyable_v<failure>);

namespace detail {
inline void dereferenced_a_failure() {}  // not constexpr: in a constant expression the compiler shows this name

[[noreturn]] constexpr void trap() {
    if (std::is_constant_evaluated()) dereferenced_a_failure();
    __builtin_trap();
}
}  // namespace detail

/// A value of T, or the failure that stands for it.
template <class T>
class [[nodiscard]] result {
    // Not std::construct_at: <memory> would be most of what a unit that includes this header reads.
    union either {
        T value;
        failure why;

        constexpr explicit either(T&& from) : value(std::move(from)) {}
        constexpr explicit either(const T& from) requires std::is_copy_constructible_v<T> : value(from) {}
        constexpr explicit either(const failure& from) : why(from) {}
        constexpr explicit either(errc from) : why(from) {}
        constexpr ~either() {}  // by result, which knows what there is
    };
    either either_;
    bool ok_;

public:
    using value_type = T;        ///< as std::expected's
    using error_type = failure;  ///< as std::expected's

    // By reference: values and failures are large, and passing by value would copy each once more.
    /// A value.
    constexpr result(T&& value) : either_(std::move(value)), ok_(true) {}                                      // NOLINT: implicit on purpose
    /// A value.
    constexpr result(const T& value) requires std::is_copy_constructible_v<T> : either_(value), ok_(true) {}  // NOLINT
    /// A failure, whatever its code.
    constexpr result(const failure& reason) : either_(reason), ok_(false) {}                                       // NOLINT
    /// A failure, whatever its code.
    constexpr result(errc reason) : either_(reason), ok_(false) {}           // NOLINT
    /// Moves the value, or copies the failure.
    constexpr result(result&& other) noexcept
        : either_(other.ok_ ? either(std::move(other.either_.value)) : either(other.either_.why)), ok_(other.ok_) {}
    /// Copies the value or the failure.
    constexpr result(const result& other) requires std::is_copy_constructible_v<T>
        : either_(other.ok_ ? either(other.either_.value) : either(other.either_.why)), ok_(other.ok_) {}
    /// Replaces the value or the failure. Not in constant expressions.
    result& operator=(result&& other) noexcept {
        if (this != &other) {
            this->~result();
            ::new (static_cast<void*>(this)) result(std::move(other));
        }
        return *this;
    }
    constexpr ~result() {
        if (ok_) either_.value.~T();
    }

    /// Whether there is a value.
    [[nodiscard]] constexpr bool has_value() const noexcept { return ok_; }
    /// Whether there is a value.
    constexpr explicit operator bool() const noexcept { return ok_; }

    /// The value; traps on a failure.
    [[nodiscard]] constexpr T& operator*() & { return require(), either_.value; }
    /// The value; traps on a failure.
    [[nodiscard]] constexpr const T& operator*() const& { return require(), either_.value; }
    /// The value; traps on a failure.
    [[nodiscard]] constexpr T&& operator*() && { return require(), std::move(either_.value); }
    /// The value; traps on a failure.
    [[nodiscard]] constexpr T* operator->() { return require(), &either_.value; }
    /// The value; traps on a failure.
    [[nodiscard]] constexpr const T* operator->() const { return require(), &either_.value; }
    /// The failure; traps on a value.
    [[nodiscard]] constexpr const failure& error() const {
        if (ok_) detail::trap();
        return either_.why;
    }

private:
    constexpr void require() const {
        if (!ok_) detail::trap();
    }
};

/// Success, or a failure. There is no default constructor: success must be stated.
template <>
class [[nodiscard]] result<void> {
    failure failure_;

    struct success_tag {};
    constexpr explicit result(success_tag) : failure_(errc::none) {}

public:
    using value_type = void;     ///< as std::expected's
    using error_type = failure;  ///< as std::expected's

    /// A failure; `not_checked` where its code is `none`.
    constexpr result(const failure& reason) : failure_(reason.code == errc::none ? failure{} : reason) {}  // NOLINT: implicit on purpose
    /// A failure; `not_checked` for `none`.
    constexpr result(errc reason) : failure_(reason == errc::none ? errc::not_checked : reason) {}       // NOLINT
    /// The only way to make a success.
    [[nodiscard]] static constexpr result success() { return result(success_tag{}); }

    /// Whether it is a success.
    [[nodiscard]] constexpr bool has_value() const noexcept { return failure_.code == errc::none; }
    /// Whether it is a success.
    constexpr explicit operator bool() const noexcept { return has_value(); }
    /// The failure; traps on a success.
    [[nodiscard]] constexpr const failure& error() const {
        if (has_value()) detail::trap();
        return failure_;
    }
};

}  // namespace modsig

#endif  // MODSIG_RESULT_HPP
