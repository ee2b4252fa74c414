// SPDX-License-Identifier: BSL-1.0
//
// The digest that fs-verity gives a file: of its Merkle tree's root and of what the tree was made with.
// Source: Documentation/filesystems/fsverity.rst, "Merkle tree" and "fs-verity descriptor"; fs/verity/open.c, hash_algs.c;
// include/uapi/linux/fsverity.h.
//   h(block)  = H(salt, zero-padded to whole input blocks of H ‖ block, zero-padded to the block size)
//   level 0     h of each block of data, one after the other; level i + 1: h of each block of level i; until there is one
//   root        that one; of an empty file: zeros
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
inline constexpr std::size_t fsverity_max_salt_size = 32;           // bytes
inline constexpr std::uint32_t fsverity_min_block_size = 1024;      // bytes
inline constexpr std::uint32_t fsverity_max_block_size = 1u << 16;  // bytes
inline constexpr std::size_t fsverity_descriptor_size = 256;        // bytes

/// Which trees there are: the kernel's, of blocks from 1024 to 65536 bytes in at most eight levels; or those that fsverity-utils
/// calculate (lib/compute_digest.c), of blocks from two digests to 1 GiB in any number of levels.
enum class verity_trees : std::uint8_t { of_kernel, of_utilities };

/// A power of two from 1024 to 65536.
[[nodiscard]] constexpr bool is_block_size(std::uint32_t size) {
    return std::has_single_bit(size) && size >= fsverity_min_block_size && size <= fsverity_max_block_size;
}

/// unsupported_hash: neither SHA-256 nor SHA-512. unsupported_block_size: there are no such trees.
/// length_overflow: more than 32 bytes of salt.
template <verity_trees Trees = verity_trees::of_kernel>
[[nodiscard]] constexpr result<void> check_options(const verity_options& how) {
    if (how.hash != digest_id::sha256 && how.hash != digest_id::sha512) return errc::unsupported_hash;
    constexpr std::uint32_t largest = std::uint32_t{1} << 30;
    const bool exists = Trees == verity_trees::of_kernel
                            ? is_block_size(how.block_size)
                            : std::has_single_bit(how.block_size) && how.block_size >= 2 * size_of(how.hash) && how.block_size <= largest;
    if (!exists) return errc::unsupported_block_size;
    if (how.salt.size() > fsverity_max_salt_size) return errc::length_overflow;
    return result<void>::success();
}

/// For options that check_options() takes; `size` is the file's, in bytes.
[[nodiscard]] constexpr std::array<std::uint8_t, fsverity_descriptor_size> fsverity_descriptor(const verity_options& how, std::uint64_t size,
                                                                                               const digest_value& root) {
    std::array<std::uint8_t, fsverity_descriptor_size> fields{};
    fields[0] = 1;
    fields[1] = entry_of(how.hash).fsverity_number;
    fields[2] = static_cast<std::uint8_t>(std::countr_zero(how.block_size));
    fields[3] = static_cast<std::uint8_t>(how.salt.size());
    for (std::size_t i = 0; i != 8; ++i) fields[8 + i] = static_cast<std::uint8_t>(size >> (8 * i));
    std::copy(root.view().begin(), root.view().end(), fields.begin() + 16);
    std::copy(how.salt.begin(), how.salt.end(), fields.begin() + 80);
    return fields;
}

namespace detail {

inline constexpr std::array<std::uint8_t, 1024> zeros{};

template <hash Hash>
constexpr void update_with_zeros(Hash& block, std::size_t left) {
    for (; left > zeros.size(); left -= zeros.size()) block.update(zeros);
    block.update(byte_view(zeros).first(left));
}

/// What stands before each block that is hashed: nothing, where there is no salt.
class block_prefix {
    std::array<std::uint8_t, 128> bytes_{};
    std::size_t size_ = 0;

public:
    constexpr block_prefix() = default;
    constexpr explicit block_prefix(const verity_options& how) : size_(how.salt.empty() ? 0 : entry_of(how.hash).block_size) {
        std::copy(how.salt.begin(), how.salt.end(), bytes_.begin());
    }
    [[nodiscard]] constexpr byte_view view() const { return byte_view(bytes_).first(size_); }
};

/// The tree of content in memory, from the root down: only the blocks on the way to one leaf are held.
template <digests_parts E>
class tree_in_memory {
    const E& engine_;
    digest_id hash_;
    std::uint64_t block_size_;
    std::uint64_t arity_;  // digests in a block
    block_prefix prefix_;
    byte_view content_;
    std::array<std::uint64_t, fsverity_max_levels + 1> blocks_{};  // of data, of level 0, of level 1 ...
    std::size_t levels_ = 0;

    constexpr result<digest_value> of_block(byte_view filled) const {
        std::array<byte_view, 2 + fsverity_max_block_size / zeros.size()> parts{prefix_.view(), filled};
        std::size_t count = 2;
        for (std::uint64_t left = block_size_ - filled.size(); left != 0; left -= parts[count++].size())
            parts[count] = byte_view(zeros).first(static_cast<std::size_t>(std::min<std::uint64_t>(left, zeros.size())));
        return engine_.digest(hash_, std::span<const byte_view>(parts.data(), count));
    }

    /// `Room` bytes of stack a level.
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
    constexpr tree_in_memory(const E& engine, const verity_options& how, byte_view content)
        : engine_(engine), hash_(how.hash), block_size_(how.block_size), arity_(how.block_size / size_of(how.hash)), prefix_(how), content_(content) {}

    constexpr result<digest_value> root() {
        if (content_.empty()) return digest_value{hash_, {}};
        blocks_[0] = (content_.size() - 1) / block_size_ + 1;
        for (; blocks_[levels_] != 1; ++levels_) {
            if (levels_ == fsverity_max_levels) return errc::too_large;
            blocks_[levels_ + 1] = (blocks_[levels_] - 1) / arity_ + 1;
        }
        // Small blocks are the usual ones, and small stacks the firmware's.
        return block_size_ <= 4096 ? of_node<4096>(levels_, 0) : of_node<fsverity_max_block_size>(levels_, 0);
    }
};

}  // namespace detail

/// The root of the tree over content in memory. Needs a block of stack for each level of the tree: 4 KiB, or 64 KiB where
/// blocks are larger than 4096 bytes.
/// errc: as check_options; too_large (more than eight levels); what the engine answers (unsupported_hash).
template <digests_parts E>
[[nodiscard]] constexpr result<digest_value> fsverity_root(const E& engine, const verity_options& how, byte_view content) {
    if (const result<void> good = check_options(how); !good) return good.error();
    return detail::tree_in_memory<E>(engine, how, content).root();
}

/// The file digest of content in memory. Stack and errc: as fsverity_root.
template <digests_parts E>
[[nodiscard]] constexpr result<digest_value> fsverity_digest(const E& engine, const verity_options& how, byte_view content) {
    const result<digest_value> root = fsverity_root(engine, how, content);
    if (!root) return root;
    const auto descriptor = fsverity_descriptor(how, content.size(), *root);
    const std::array<byte_view, 1> parts{byte_view(descriptor)};
    return engine.digest(how.hash, parts);
}

/// The levels above the data, from front to end: a running hash each, so that no block is held whatever its size.
template <hash Hash, std::size_t Levels = fsverity_max_levels>
class merkle_levels {
    struct level {
        Hash block{};
        std::uint32_t filled = 0;  // bytes of the block
        std::uint64_t digests = 0;
    };
    std::array<level, Levels> levels_{};
    std::uint32_t block_size_;
    detail::block_prefix prefix_;
    digest_value last_{Hash::id, {}};
    std::uint64_t tops_ = 0;  // digests above the last level: one of them is a root, two need a level more

    constexpr digest_value end_block(level& each) {
        const digest_value digest = each.block.finish();
        each.block = Hash();
        each.filled = 0;
        return digest;
    }

    constexpr void put(std::size_t at, const digest_value& digest) {
        last_ = digest;
        for (; at != levels_.size(); ++at) {
            level& each = levels_[at];
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
    constexpr explicit merkle_levels(const verity_options& how) : block_size_(how.block_size), prefix_(how) {}

    /// The digest of the next block of data.
    constexpr void add(const digest_value& digest) { put(0, digest); }

    /// Once, at the end. too_large: more levels than these.
    [[nodiscard]] constexpr result<digest_value> root() {
        for (std::size_t at = 0; at != levels_.size(); ++at) {
            level& each = levels_[at];
            if (each.digests <= 1) return last_;  // of the block below, and the latest: whatever came later went up here
            if (each.filled == 0) continue;
            detail::update_with_zeros(each.block, block_size_ - each.filled);
            put(at + 1, end_block(each));
        }
        if (tops_ > 1) return errc::too_large;
        return last_;
    }
};

/// Whole blocks of data, one after the other. What takes this one's place may hash several at once (engine/native/merkle_many.hpp).
template <hash Hash>
struct block_by_block {
    template <std::size_t Levels>
    constexpr void operator()(merkle_levels<Hash, Levels>& levels, byte_view prefix, byte_view blocks, std::size_t block_size) const {
        for (; !blocks.empty(); blocks = blocks.subspan(block_size)) levels.add(digest_of<Hash>(prefix, blocks.first(block_size)));
    }
};

/// The file digest of bytes that come in pieces of any size. Holds a running hash for each level, no block: a few KiB.
/// `how.salt` is copied. Update as often as needed, then finish once.
template <hash Hash, class Blocks = block_by_block<Hash>, verity_trees Trees = verity_trees::of_kernel>
class fsverity_stream {
    // A tree of blocks of two digests over 2^64 bytes has fewer than 64.
    static constexpr std::size_t level_count = Trees == verity_trees::of_kernel ? fsverity_max_levels : 64;

    verity_options how_;
    std::array<std::uint8_t, fsverity_max_salt_size> salt_{};
    detail::block_prefix prefix_;
    merkle_levels<Hash, level_count> levels_;
    [[no_unique_address]] Blocks blocks_{};
    Hash block_{};
    std::size_t filled_ = 0;  // bytes of the block
    std::uint64_t size_ = 0;  // bytes so far
    failure fault_{errc::none};

    constexpr void end_block() {
        levels_.add(block_.finish());
        block_ = Hash();
        filled_ = 0;
    }

    /// What cannot be served is given harmless values; finish() says what was wrong with it.
    static constexpr verity_options sound(const verity_options& how) { return check_options<Trees>(how) ? how : verity_options{}; }

public:
    constexpr explicit fsverity_stream(const verity_options& how) : how_(sound(how)), prefix_(how_), levels_(how_) {
        if (const result<void> good = check_options<Trees>(how); !good) fault_ = good.error();
        else if (how.hash != Hash::id) fault_ = errc::unsupported_hash;
        std::copy(how_.salt.begin(), how_.salt.end(), salt_.begin());
    }

    constexpr void update(byte_view bytes) {
        size_ += bytes.size();
        while (!bytes.empty()) {
            std::size_t size = bytes.size() - bytes.size() % how_.block_size;
            if (filled_ == 0 && size != 0) {
                blocks_(levels_, prefix_.view(), bytes.first(size), how_.block_size);
            } else {
                if (filled_ == 0) block_.update(prefix_.view());
                size = std::min(bytes.size(), how_.block_size - filled_);
                block_.update(bytes.first(size));
                filled_ += size;
                if (filled_ == how_.block_size) end_block();
            }
            bytes = bytes.subspan(size);
        }
    }

    /// errc: as check_options; unsupported_hash (another hash than `Hash`); too_large (more than eight levels).
    [[nodiscard]] constexpr result<digest_value> finish() {
        if (fault_.code != errc::none) return fault_;
        if (filled_ != 0) {
            detail::update_with_zeros(block_, how_.block_size - filled_);
            end_block();
        }
        const result<digest_value> root = levels_.root();
        if (!root) return root;
        verity_options how = how_;
        how.salt = byte_view(salt_).first(how_.salt.size());
        return digest_of<Hash>(fsverity_descriptor(how, size_, *root));
    }
};

}  // namespace modsig::digest

#endif  // MODSIG_DIGEST_FSVERITY_HPP
