// SPDX-License-Identifier: BSL-1.0
//
// A hash from a compression function: cuts a stream of bytes into blocks, pads the last block and writes the digest.
// Source: FIPS 180-4, sections 5.1 (padding) and 5.2 (parsing).
//   last block:  message bytes | 80 | 00 ... | length of the message in bits, big-endian, 8 or 16 bytes
#ifndef MODSIG_DIGEST_BLOCK_HASH_HPP
#define MODSIG_DIGEST_BLOCK_HASH_HPP

#include <modsig/digest.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>

namespace modsig::digest {

/// Bytes at the end of the padding that hold the message's length: FIPS 180-4, sections 5.1.1 and 5.1.2.
template <class Word>
inline constexpr std::size_t length_field_size = 2 * sizeof(Word);

/// `pad` ends a message. `block` has room for two blocks and holds the message's last `filled` bytes; the padding is written
/// behind them. `message_size` is in bytes. Returns how many blocks `block` holds then: one or two.
template <class Word>
[[nodiscard]] constexpr std::size_t pad(std::uint8_t* block, std::size_t filled, std::uint64_t message_size) {
    constexpr std::size_t block_size = 16 * sizeof(Word);
    const std::size_t end = filled + 1 + length_field_size<Word> <= block_size ? block_size : 2 * block_size;
    block[filled++] = 0x80;
    for (; filled != end; ++filled) block[filled] = 0;
    std::uint64_t bits = message_size << 3;
    for (std::size_t i = 1; i != 9; ++i, bits >>= 8) block[end - i] = static_cast<std::uint8_t>(bits);
    if constexpr (length_field_size<Word> > 8) block[end - 9] = static_cast<std::uint8_t>(message_size >> 61);
    return end / block_size;
}

/// `digest_of_state` returns the digest of a final state: its words, big-endian, cut to the size of the digest.
template <digest_id Id, class Word>
[[nodiscard]] constexpr digest_value digest_of_state(const Word* state) {
    constexpr std::size_t size = size_of(Id);
    digest_value digest{Id, {}};
    for (std::size_t i = 0; i != size; ++i)
        digest.bytes[i] = static_cast<std::uint8_t>(state[i / sizeof(Word)] >> (8 * (sizeof(Word) - 1 - i % sizeof(Word))));
    return digest;
}

/// A compression function. `compress` updates `state` with `count` consecutive blocks. `small_code`: bytes are buffered one by
/// one, which is slower and takes a third of the code.
template <class C>
concept compression = requires(typename C::state& state, const std::uint8_t* blocks, std::size_t count) {
    typename C::word;
    { C::id } -> std::convertible_to<digest_id>;
    { C::small_code } -> std::convertible_to<bool>;
    { C::initial } -> std::convertible_to<typename C::state>;
    C::compress(state, blocks, count);
};

/// A model of `hash` made of a compression function. Copies go on by themselves.
template <compression Compression>
class block_hash {
    using word = typename Compression::word;
    static constexpr std::size_t block_size = 16 * sizeof(word);

    typename Compression::state state_ = Compression::initial;
    std::array<std::uint8_t, (Compression::small_code ? 1 : 2) * block_size> block_{};  // the second half is room for the padding
    std::uint64_t size_ = 0;                                                              // bytes hashed so far

    constexpr void keep(std::size_t position, const std::uint8_t* input, std::size_t size) {
        for (std::size_t i = 0; i != size; ++i) block_[position + i] = input[i];
    }

    constexpr void put(std::uint8_t byte) {
        block_[static_cast<std::size_t>(size_++ % block_size)] = byte;
        if (size_ % block_size == 0) Compression::compress(state_, block_.data(), 1);
    }

    constexpr void update_in_runs(const std::uint8_t* input, std::size_t left) {
        const auto filled = static_cast<std::size_t>(size_ % block_size);
        size_ += left;
        if (filled != 0) {
            const std::size_t wanted = block_size - filled;
            if (left < wanted) return keep(filled, input, left);
            keep(filled, input, wanted);
            Compression::compress(state_, block_.data(), 1);
            input += wanted, left -= wanted;
        }
        if (const std::size_t whole = left / block_size; whole != 0) {
            Compression::compress(state_, input, whole);
            input += whole * block_size, left -= whole * block_size;
        }
        keep(0, input, left);
    }

    constexpr void finish_in_little_code() {
        std::uint64_t bits = size_ << 3;
        put(0x80);
        while (size_ % block_size != block_size - length_field_size<word>) put(0);
        for (std::size_t i = length_field_size<word>; i != 8; --i) put(0);  // lengths above 2^61 bytes do not occur
        for (std::size_t i = 1; i != 9; ++i, bits >>= 8) block_[block_size - i] = static_cast<std::uint8_t>(bits);
        Compression::compress(state_, block_.data(), 1);
    }

public:
    static constexpr digest_id id = Compression::id;  ///< The algorithm.

    /// Hashes further bytes.
    constexpr void update(byte_view bytes) {
        if constexpr (Compression::small_code)
            for (const std::uint8_t byte : bytes) put(byte);
        else update_in_runs(bytes.data(), bytes.size());
    }

    /// The digest of all bytes. Called once; no update may follow.
    [[nodiscard]] constexpr digest_value finish() {
        if constexpr (Compression::small_code) {
            finish_in_little_code();
        } else {
            const std::size_t count = pad<word>(block_.data(), static_cast<std::size_t>(size_ % block_size), size_);
            Compression::compress(state_, block_.data(), count);
        }
        return digest_of_state<id>(state_.data());
    }
};

}  // namespace modsig::digest

#endif  // MODSIG_DIGEST_BLOCK_HASH_HPP
