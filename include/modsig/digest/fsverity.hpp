// SPDX-License-Identifier: BSL-1.0
//
// The fs-verity digest of a file: a digest of the root of its Merkle tree and of the options that the tree was made with.
// Source: Documentation/filesystems/fsverity.rst, "Merkle tree" and "fs-verity descriptor"; fs/verity/open.c, hash_algs.c;
// include/uapi/linux/fsverity.h.
//   h(block)  = H(salt, zero-padded to whole input blocks of H ‖ block, zero-padded to the block size)
//   level 0     h of each block of the file, concatenated; level i + 1: h of each block of level i; up to one single h
//   root        that single h; zeros for an empty file
//   offset  size  field of the descriptor, little-endian; the file's digest is H(descriptor)
//        0     1  version         1
//        1     1  hash algorithm  1 = SHA-256, 2 = SHA-512
//        2     1  log2 of the block size
//        3     1  size of the salt
//        4     4  size of the signature that follows on the disk; 0 when it is hashed
//        8     8  size of the file
//       16    64  root, zero-padded
//       80    32  salt, zero-padded
//      112   144  zeros
#ifndef MODSIG_DIGEST_FSVERITY_HPP
#define MODSIG_DIGEST_FSVERITY_HPP

#include <modsig/digest.hpp>
#include <modsig/digest/verity_options.hpp>
#include <modsig/result.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace modsig::digest {

/// FS_VERITY_MAX_LEVELS, the levels of hashes below the root.
inline constexpr std::size_t fsverity_max_levels = 8;
inline constexpr std::size_t fsverity_max_salt_size = 32;           ///< bytes
inline constexpr std::uint32_t fsverity_min_block_size = 1024;      ///< bytes
inline constexpr std::uint32_t fsverity_max_block_size = 1u << 16;  ///< bytes
inline constexpr std::size_t fsverity_descriptor_size = 256;        ///< bytes

/// The trees that are allowed: those of the kernel, with blocks from 1024 to 65536 bytes and at most eight levels; or those
/// that fsverity-utils calculate (lib/compute_digest.c), with blocks from two digests to 1 GiB and any number of levels.
enum class verity_trees : std::uint8_t {
    of_kernel,     ///< blocks of 1024 to 65536 bytes, at most eight levels
    of_utilities,  ///< blocks up to 1 GiB, any number of levels
};

/// `is_block_size`: whether the kernel has trees of blocks of `size` bytes: a power of two from 1024 to 65536.
[[nodiscard]] constexpr bool is_block_size(std::uint32_t size) {
    return std::has_single_bit(size) && size >= fsverity_min_block_size && size <= fsverity_max_block_size;
}

/// `check_options` checks whether a digest can be made with `options`. Errors: `unsupported_hash` (neither SHA-256 nor
/// SHA-512), `unsupported_block_size` (`Trees` has no such blocks), `length_overflow` (a salt of more than 32 bytes).
template <verity_trees Trees = verity_trees::of_kernel>
[[nodiscard]] constexpr result<void> check_options(const verity_options& options) {
    if (options.hash != digest_id::sha256 && options.hash != digest_id::sha512) return errc::unsupported_hash;
    constexpr std::uint32_t largest = std::uint32_t{1} << 30;
    const bool exists = Trees == verity_trees::of_kernel
                            ? is_block_size(options.block_size)
                            : std::has_single_bit(options.block_size) && options.block_size >= 2 * size_of(options.hash) && options.block_size <= largest;
    if (!exists) return errc::unsupported_block_size;
    if (options.salt.size() > fsverity_max_salt_size) return errc::length_overflow;
    return result<void>::success();
}

/// `fsverity_descriptor` returns the descriptor as it is hashed. `options` have passed check_options(); `size` is the file's,
/// in bytes.
[[nodiscard]] constexpr std::array<std::uint8_t, fsverity_descriptor_size> fsverity_descriptor(const verity_options& options, std::uint64_t size,
                                                                                               const digest_value& root) {
    std::array<std::uint8_t, fsverity_descriptor_size> fields{};
    fields[0] = 1;
    fields[1] = entry_of(options.hash).fsverity_number;
    fields[2] = static_cast<std::uint8_t>(std::countr_zero(options.block_size));
    fields[3] = static_cast<std::uint8_t>(options.salt.size());
    for (std::size_t i = 0; i != 8; ++i) fields[8 + i] = static_cast<std::uint8_t>(size >> (8 * i));
    std::copy(root.view().begin(), root.view().end(), fields.begin() + 16);
    std::copy(options.salt.begin(), options.salt.end(), fields.begin() + 80);
    return fields;
}

namespace detail {

inline constexpr std::array<std::uint8_t, 1024> zeros{};

template <hash Hash>
constexpr void update_with_zeros(Hash& block, std::size_t left) {
    for (; left > zeros.size(); left -= zeros.size()) block.update(zeros);
    block.update(byte_view(zeros).first(left));
}

/// The bytes before each block that is hashed: the padded salt; empty without a salt.
class block_prefix {
    std::array<std::uint8_t, 128> bytes_{};
    std::size_t size_ = 0;

public:
    constexpr block_prefix() = default;
    constexpr explicit block_prefix(const verity_options& options) : size_(options.salt.empty() ? 0 : entry_of(options.hash).block_size) {
        std::copy(options.salt.begin(), options.salt.end(), bytes_.begin());
    }
    [[nodiscard]] constexpr byte_view view() const { return byte_view(bytes_).first(size_); }
};

/// The tree over content in memory, calculated from the root down: only the blocks on the path to one leaf are held.
template <digests_parts E>
class tree_in_memory {
    const E& engine_;
    digest_id hash_;
    std::uint64_t block_size_;
    std::uint64_t arity_;  // digests in a block
    block_prefix prefix_;
    byte_view content_;
    std::array<std::uint64_t, fsverity_max_levels + 1> blocks_{};  // number of blocks: of the content, of level 0, of level 1 ...
    std::size_t levels_ = 0;

    constexpr result<digest_value> of_block(byte_view filled) const {
        std::array<byte_view, 2 + fsverity_max_block_size / zeros.size()> parts{prefix_.view(), filled};
        std::size_t count = 2;
        for (std::uint64_t left = block_size_ - filled.size(); left != 0; left -= parts[count++].size())
            parts[count] = byte_view(zeros).first(static_cast<std::size_t>(std::min<std::uint64_t>(left, zeros.size())));
        return engine_.digest(hash_, std::span<const byte_view>(parts.data(), count));
    }

    /// `of_node` takes `Room` bytes of stack for each level.
    template <std::size_t Room>
    constexpr result<digest_value> of_node(std::size_t level, std::uint64_t index) const {
        if (level == 0) {
            const byte_view from = content_.subspan(static_cast<std::size_t>(index * block_size_));
            return of_block(from.first(static_cast<std::size_t>(std::min<std::uint64_t>(from.size(), block_size_))));
        }
        std::array<std::uint8_t, Room> block{};
        std::size_t filled = 0;
        const std::uint64_t first = index * arity_, end = std::min(first + arity_, blocks_[level - 1]);
        for (std::uint64_t i = first; i != end; ++i) {
            const result<digest_value> child = of_node<Room>(level - 1, i);
            if (!child) return child;
            for (const std::uint8_t byte : child->view()) block[filled++] = byte;
        }
        return of_block(byte_view(block).first(filled));
    }

public:
    constexpr tree_in_memory(const E& engine, const verity_options& options, byte_view content)
        : engine_(engine), hash_(options.hash), block_size_(options.block_size), arity_(options.block_size / size_of(options.hash)), prefix_(options), content_(content) {}

    constexpr result<digest_value> root() {
        if (content_.empty()) return digest_value{hash_, {}};
        blocks_[0] = (content_.size() - 1) / block_size_ + 1;
        for (; blocks_[levels_] != 1; ++levels_) {
            if (levels_ == fsverity_max_levels) return errc::too_large;
            blocks_[levels_ + 1] = (blocks_[levels_] - 1) / arity_ + 1;
        }
        // Most trees have small blocks, and firmware has a small stack.
        return block_size_ <= 4096 ? of_node<4096>(levels_, 0) : of_node<fsverity_max_block_size>(levels_, 0);
    }
};

}  // namespace detail

/// `fsverity_root` returns the root of the tree over `content`. Stack: one block for each level of the tree, 4 KiB, or 64 KiB
/// where blocks are larger than 4096 bytes. Errors: those of check_options(); `too_large` (more than eight levels); those of
/// the engine's `digest` (`unsupported_hash`).
template <digests_parts E>
[[nodiscard]] constexpr result<digest_value> fsverity_root(const E& engine, const verity_options& options, byte_view content) {
    if (const result<void> good = check_options(options); !good) return good.error();
    return detail::tree_in_memory<E>(engine, options, content).root();
}

/// `fsverity_digest` returns the file digest of `content`. Stack and errors: as fsverity_root().
template <digests_parts E>
[[nodiscard]] constexpr result<digest_value> fsverity_digest(const E& engine, const verity_options& options, byte_view content) {
    const result<digest_value> root = fsverity_root(engine, options, content);
    if (!root) return root;
    const auto descriptor = fsverity_descriptor(options, content.size(), *root);
    const std::array<byte_view, 1> parts{byte_view(descriptor)};
    return engine.digest(options.hash, parts);
}

/// The levels above the blocks of the file, calculated from front to end: one running hash for each level, no block in memory.
template <hash Hash, std::size_t Levels = fsverity_max_levels>
class merkle_levels {
    struct level {
        Hash block{};
        std::uint32_t filled = 0;  // bytes of the block so far
        std::uint64_t digests = 0;
    };
    std::array<level, Levels> levels_{};
    std::uint32_t block_size_;
    detail::block_prefix prefix_;
    digest_value last_{Hash::id, {}};
    std::uint64_t tops_ = 0;  // digests above the last level: one is a root, two need another level

    constexpr digest_value end_block(level& each) {
        const digest_value digest = each.block.finish();
        each.block = Hash();
        each.filled = 0;
        return digest;
    }

    constexpr void put(std::size_t index, const digest_value& digest) {
        last_ = digest;
        for (; index != levels_.size(); ++index) {
            level& each = levels_[index];
            if (each.filled == 0) each.block.update(prefix_.view());
            each.block.update(last_.view());
            each.filled += static_cast<std::uint32_t>(size_of(Hash::id));
            ++each.digests;
            if (each.filled != block_size_) return;
            last_ = end_block(each);
        }
        ++tops_;
    }

public:
    /// An empty tree; check_options() has accepted `options`. The salt is copied.
    constexpr explicit merkle_levels(const verity_options& options) : block_size_(options.block_size), prefix_(options) {}

    /// `add` takes the digest of the file's next block.
    constexpr void add(const digest_value& digest) { put(0, digest); }

    /// `root` is called once, at the end. Error: `too_large` (the tree has more than `Levels` levels).
    [[nodiscard]] constexpr result<digest_value> root() {
        for (std::size_t index = 0; index != levels_.size(); ++index) {
            level& each = levels_[index];
            if (each.digests <= 1) return last_;  // the latest digest of the level below: any later one would be counted here
            if (each.filled == 0) continue;
            detail::update_with_zeros(each.block, block_size_ - each.filled);
            put(index + 1, end_block(each));
        }
        if (tops_ > 1) return errc::too_large;
        return last_;
    }
};

/// Hashes whole blocks of the file one after the other. A replacement may hash several at once (engine/native/merkle_many.hpp).
template <hash Hash>
struct block_by_block {
    /// Adds the digest of each block. `blocks` is a multiple of `block_size`; `prefix` is the padded salt.
    template <std::size_t Levels>
    constexpr void operator()(merkle_levels<Hash, Levels>& levels, byte_view prefix, byte_view blocks, std::size_t block_size) const {
        for (; !blocks.empty(); blocks = blocks.subspan(block_size)) levels.add(digest_of<Hash>(prefix, blocks.first(block_size)));
    }
};

/// `fsverity_stream` calculates the file digest of bytes that come in pieces of any size: `update` any number of times, then
/// `finish` once. It holds a running hash for each level and no block, a few KiB. The salt is copied.
template <hash Hash, class Blocks = block_by_block<Hash>, verity_trees Trees = verity_trees::of_kernel>
class fsverity_stream {
    // A tree of blocks of two digests over 2^64 bytes has fewer than 64.
    static constexpr std::size_t level_count = Trees == verity_trees::of_kernel ? fsverity_max_levels : 64;

    verity_options options_;
    std::array<std::uint8_t, fsverity_max_salt_size> salt_{};
    detail::block_prefix prefix_;
    merkle_levels<Hash, level_count> levels_;
    [[no_unique_address]] Blocks blocks_{};
    Hash block_{};
    std::size_t filled_ = 0;  // bytes of the current block
    std::uint64_t size_ = 0;  // bytes of the file
    failure fault_{errc::none};

    constexpr void end_block() {
        levels_.add(block_.finish());
        block_ = Hash();
        filled_ = 0;
    }

    /// `sound` replaces options that cannot be used by the defaults; finish() returns the fault of the former.
    static constexpr verity_options sound(const verity_options& options) { return check_options<Trees>(options) ? options : verity_options{}; }

public:
    /// A digest of an empty file so far. Options that cannot be used are a failure of finish().
    constexpr explicit fsverity_stream(const verity_options& options) : options_(sound(options)), prefix_(options_), levels_(options_) {
        if (const result<void> good = check_options<Trees>(options); !good) fault_ = good.error();
        else if (options.hash != Hash::id) fault_ = errc::unsupported_hash;
        std::copy(options_.salt.begin(), options_.salt.end(), salt_.begin());
    }

    /// The file's next bytes, any number of them.
    constexpr void update(byte_view bytes) {
        size_ += bytes.size();
        while (!bytes.empty()) {
            std::size_t size = bytes.size() - bytes.size() % options_.block_size;
            if (filled_ == 0 && size != 0) {
                blocks_(levels_, prefix_.view(), bytes.first(size), options_.block_size);
            } else {
                if (filled_ == 0) block_.update(prefix_.view());
                size = std::min(bytes.size(), options_.block_size - filled_);
                block_.update(bytes.first(size));
                filled_ += size;
                if (filled_ == options_.block_size) end_block();
            }
            bytes = bytes.subspan(size);
        }
    }

    /// Errors: those of check_options(); `unsupported_hash` (another hash than `Hash`); `too_large` (more levels than `Trees`
    /// has).
    [[nodiscard]] constexpr result<digest_value> finish() {
        if (fault_.code != errc::none) return fault_;
        if (filled_ != 0) {
            detail::update_with_zeros(block_, options_.block_size - filled_);
            end_block();
        }
        const result<digest_value> root = levels_.root();
        if (!root) return root;
        verity_options options = options_;
        options.salt = byte_view(salt_).first(options_.salt.size());
        return digest_of<Hash>(fsverity_descriptor(options, size_, *root));
    }
};

}  // namespace modsig::digest

#endif  // MODSIG_DIGEST_FSVERITY_HPP
