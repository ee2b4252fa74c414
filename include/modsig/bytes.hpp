// SPDX-License-Identifier: BSL-1.0
//
// Bytes and their reading: a view, a range of offsets, and a reader that cannot read past its end.
#ifndef MODSIG_BYTES_HPP
#define MODSIG_BYTES_HPP

#include <modsig/one_target.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace modsig {

using byte_view = std::span<const std::uint8_t>;  ///< Bytes that belong to another object, which outlives the view.

/// A range of an image, by offset and size in bytes: unlike a view, it stays valid when the owner of the bytes moves.
struct range {
    std::uint64_t offset = 0;  ///< from the start of the image
    std::uint64_t size = 0;    ///< bytes

    /// Whether both are the same range of one image.
    friend constexpr bool operator==(const range&, const range&) = default;
};

/// `slice` returns the bytes of `r` in `whole`; nothing where `r` reaches beyond it.
[[nodiscard]] constexpr std::optional<byte_view> slice(byte_view whole, range r) {
    if (r.offset > whole.size() || r.size > whole.size() - r.offset) return std::nullopt;
    return whole.subspan(static_cast<std::size_t>(r.offset), static_cast<std::size_t>(r.size));
}

/// Whether both have the same bytes; the time depends on them.
[[nodiscard]] constexpr bool equal(byte_view a, byte_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i != a.size(); ++i)
        if (a[i] != b[i]) return false;
    return true;
}

/// Whether the bytes are those of the text.
[[nodiscard]] constexpr bool equal(byte_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i != a.size(); ++i)
        if (a[i] != static_cast<std::uint8_t>(b[i])) return false;
    return true;
}

/// Whether `whole` begins with `head`; every range does with an empty one.
[[nodiscard]] constexpr bool starts_with(byte_view whole, byte_view head) {
    return whole.size() >= head.size() && equal(whole.first(head.size()), head);
}

/// Whether `whole` ends with `tail`; every range does with an empty one.
[[nodiscard]] constexpr bool ends_with(byte_view whole, std::string_view tail) {
    return whole.size() >= tail.size() && equal(whole.last(tail.size()), tail);
}

/// A big-endian integer without its leading zero bytes.
[[nodiscard]] constexpr byte_view without_leading_zeros(byte_view integer) {
    while (!integer.empty() && integer.front() == 0) integer = integer.subspan(1);
    return integer;
}

/// The order of two big-endian integers of any length: negative, zero or positive.
[[nodiscard]] constexpr int compare_integers(byte_view a, byte_view b) {
    a = without_leading_zeros(a);
    b = without_leading_zeros(b);
    if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
    for (std::size_t i = 0; i != a.size(); ++i)
        if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
    return 0;
}

/// The length in bits of a big-endian integer; 0 for zero.
[[nodiscard]] constexpr std::size_t bit_length(byte_view integer) {
    integer = without_leading_zeros(integer);
    if (integer.empty()) return 0;
    std::size_t bits = 8 * (integer.size() - 1);
    for (unsigned top = integer.front(); top != 0; top >>= 1) ++bits;
    return bits;
}

/// A big-endian number. Of bytes beyond Integer's size only the last count.
template <class Integer>
[[nodiscard]] constexpr Integer load_be(byte_view bytes) {
    Integer value = 0;
    for (const std::uint8_t byte : bytes) value = static_cast<Integer>((value << 8) | byte);
    return value;
}

/// A little-endian number. Of bytes beyond Integer's size only the first count.
template <class Integer>
[[nodiscard]] constexpr Integer load_le(byte_view bytes) {
    Integer value = 0;
    for (std::size_t i = bytes.size(); i != 0; --i) value = static_cast<Integer>((value << 8) | bytes[i - 1]);
    return value;
}

/// The last `Size` bytes of a number, big-endian; higher ones are dropped.
template <std::size_t Size, class Integer>
[[nodiscard]] constexpr std::array<std::uint8_t, Size> store_be(Integer value) {
    std::array<std::uint8_t, Size> bytes{};
    for (std::size_t i = Size; i != 0; --i) {
        bytes[i - 1] = static_cast<std::uint8_t>(value);
        value = static_cast<Integer>(value >> 8);
    }
    return bytes;
}

/// `reader` reads fields in turn. A read that does not fit returns nothing and does not advance.
class reader {
    byte_view bytes_{};
    std::size_t offset_ = 0;

public:
    constexpr reader() = default;
    /// A reader of `bytes`, from their first one on.
    constexpr explicit reader(byte_view bytes) : bytes_(bytes) {}

    /// Bytes that have been read.
    [[nodiscard]] constexpr std::size_t offset() const { return offset_; }
    /// Bytes that have not been read.
    [[nodiscard]] constexpr std::size_t remaining() const { return bytes_.size() - offset_; }
    /// Whether all has been read.
    [[nodiscard]] constexpr bool at_end() const { return remaining() == 0; }
    /// What has not been read; reading goes on there.
    [[nodiscard]] constexpr byte_view rest() const { return bytes_.subspan(offset_); }

    /// The next `size` bytes; nothing, and none is read, where fewer are left.
    [[nodiscard]] constexpr std::optional<byte_view> take(std::uint64_t size) {
        if (size > remaining()) return std::nullopt;
        const byte_view taken = bytes_.subspan(offset_, static_cast<std::size_t>(size));
        offset_ += static_cast<std::size_t>(size);
        return taken;
    }

    /// The next big-endian number; nothing, and no byte is read, where too few are left.
    template <class Integer>
    [[nodiscard]] constexpr std::optional<Integer> be() {
        const auto bytes = take(sizeof(Integer));
        if (!bytes) return std::nullopt;
        return load_be<Integer>(*bytes);
    }

    /// The next little-endian number; nothing, and no byte is read, where too few are left.
    template <class Integer>
    [[nodiscard]] constexpr std::optional<Integer> le() {
        const auto bytes = take(sizeof(Integer));
        if (!bytes) return std::nullopt;
        return load_le<Integer>(*bytes);
    }

    /// The next byte; nothing at the end.
    [[nodiscard]] constexpr std::optional<std::uint8_t> u8() { return be<std::uint8_t>(); }
};

}  // namespace modsig

#endif  // MODSIG_BYTES_HPP
