// SPDX-License-Identifier: BSL-1.0
//
// Concatenated EFI signature lists: what firmware and shim trust (db, MokListRT) and refuse (dbx).
// Format: UEFI specification 2.10, section 32.4.1 (EFI_SIGNATURE_LIST).
//   offset  size  field            little-endian
//        0    16  type             GUID: the kind of the entries
//       16     4  list size        bytes, with these 28
//       20     4  header size      bytes of a header of the type, which no type has
//       24     4  entry size       bytes, with the owner's GUID
//       28   ...  header, then entries { owner's GUID 16, data }
// A file of efivarfs has four bytes more in front, the variable's attributes (Linux, Documentation/filesystems/efivarfs.rst).
#ifndef MODSIG_KEYRING_EFI_SIGNATURE_LIST_HPP
#define MODSIG_KEYRING_EFI_SIGNATURE_LIST_HPP

#include <modsig/bytes.hpp>
#include <modsig/result.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace modsig::keyring {

/// One entry of a signature list.
struct efi_entry {
    bool is_certificate = false;  ///< X.509; else a digest, or the bare numbers of a key
    byte_view data{};             ///< without the owner's GUID
    std::uint64_t offset = 0;     ///< of the data
};

/// `efi_list_reader` reads the entries of all lists in turn. Views alias the bytes.
class efi_list_reader {
    using guid = std::array<std::uint8_t, 16>;
    static constexpr std::size_t head_size = 28, owner_size = 16, attributes_size = 4;

    static constexpr guid x509{0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a, 0x87, 0xb5, 0xab, 0x15, 0x5c, 0x2b, 0xf0, 0x72};
    // SHA-1, -224, -256, -384, -512; RSA-2048, RSA-2048 with SHA-1, with SHA-256; SHA-256, -384, -512 of a TBSCertificate
    static constexpr guid others[] = {
        {0x12, 0xa5, 0x6c, 0x82, 0x10, 0xcf, 0xc9, 0x4a, 0xb1, 0x87, 0xbe, 0x01, 0x49, 0x66, 0x31, 0xbd},
        {0x33, 0x52, 0x6e, 0x0b, 0x5c, 0xa6, 0xc9, 0x44, 0x94, 0x07, 0xd9, 0xab, 0x83, 0xbf, 0xc8, 0xbd},
        {0x26, 0x16, 0xc4, 0xc1, 0x4c, 0x50, 0x92, 0x40, 0xac, 0xa9, 0x41, 0xf9, 0x36, 0x93, 0x43, 0x28},
        {0x07, 0x53, 0x3e, 0xff, 0xd0, 0x9f, 0xc9, 0x48, 0x85, 0xf1, 0x8a, 0xd5, 0x6c, 0x70, 0x1e, 0x01},
        {0xae, 0x0f, 0x3e, 0x09, 0xc4, 0xa6, 0x50, 0x4f, 0x9f, 0x1b, 0xd4, 0x1e, 0x2b, 0x89, 0xc1, 0x9a},
        {0xe8, 0x66, 0x57, 0x3c, 0x9c, 0x26, 0x34, 0x4e, 0xaa, 0x14, 0xed, 0x77, 0x6e, 0x85, 0xb3, 0xb6},
        {0x4f, 0x44, 0xf8, 0x67, 0x43, 0x87, 0xf1, 0x48, 0xa3, 0x28, 0x1e, 0xaa, 0xb8, 0x73, 0x60, 0x80},
        {0x90, 0x61, 0xb3, 0xe2, 0x9b, 0x87, 0x3d, 0x4a, 0xad, 0x8d, 0xf2, 0xe7, 0xbb, 0xa3, 0x27, 0x84},
        {0x92, 0xa4, 0xd2, 0x3b, 0xc0, 0x96, 0x79, 0x40, 0xb4, 0x20, 0xfc, 0xf9, 0x8e, 0xf1, 0x03, 0xed},
        {0x6e, 0x87, 0x76, 0x70, 0xc2, 0x80, 0xe6, 0x4e, 0xaa, 0xd2, 0x28, 0xb3, 0x49, 0xa6, 0x86, 0x5b},
        {0x63, 0xbf, 0x6d, 0x44, 0x02, 0x25, 0xda, 0x4c, 0xbc, 0xfa, 0x24, 0x65, 0xd2, 0xb0, 0xfe, 0x9d},
    };

    byte_view whole_{};
    std::size_t at_ = 0;        // of the next entry
    std::size_t list_end_ = 0;  // of the list with the next entry
    std::size_t entry_size_ = 0;
    bool of_certificates_ = false;

    [[nodiscard]] static constexpr bool begins_with_type(byte_view bytes) {
        if (bytes.size() < sizeof(guid)) return false;
        bool known = equal(bytes.first(sizeof(guid)), x509);
        for (const guid& other : others) known = known || equal(bytes.first(sizeof(guid)), other);
        return known;
    }
    /// The offset of the first list; nothing where there is none. All defined attributes of a variable fit in its first byte.
    [[nodiscard]] static constexpr std::optional<std::size_t> start_of(byte_view whole) {
        if (begins_with_type(whole)) return 0;
        const bool has_attributes = whole.size() > attributes_size && whole[0] != 0 && whole[1] == 0 && whole[2] == 0 && whole[3] == 0;
        if (has_attributes && begins_with_type(whole.subspan(attributes_size))) return attributes_size;
        return std::nullopt;
    }

    constexpr result<void> read_head() {
        const byte_view rest = whole_.subspan(at_);
        if (rest.size() < head_size) return failure{errc::truncated, whole_.size()};
        const std::size_t size = load_le<std::uint32_t>(rest.subspan(16, 4)), header = load_le<std::uint32_t>(rest.subspan(20, 4));
        entry_size_ = load_le<std::uint32_t>(rest.subspan(24, 4));
        if (size > rest.size()) return failure{errc::length_overflow, at_ + 16};
        if (size < head_size || header > size - head_size) return failure{errc::length_mismatch, at_ + 16};
        const std::size_t entries = size - head_size - header;
        if (entry_size_ <= owner_size || entries % entry_size_ != 0) return failure{errc::length_mismatch, at_ + 24};
        of_certificates_ = equal(rest.first(sizeof(guid)), x509);
        list_end_ = at_ + size;
        at_ += head_size + header;
        return result<void>::success();
    }

public:
    /// Whether the bytes begin with a list of a known type, or with a variable of efivarfs that does.
    [[nodiscard]] static constexpr bool recognises(byte_view bytes) { return start_of(bytes).has_value(); }

    /// `whole`: bytes that are recognised; others have no entries.
    constexpr explicit efi_list_reader(byte_view whole) : whole_(whole), at_(start_of(whole).value_or(whole.size())), list_end_(at_) {}

    /// The next entry; nothing behind the last. Errors: `truncated`, `length_overflow`, `length_mismatch` (the lists do not
    /// fill the file, or the entries their list). After an error the reader is at its end.
    [[nodiscard]] constexpr result<std::optional<efi_entry>> next() {
        while (at_ == list_end_) {
            if (at_ == whole_.size()) return std::optional<efi_entry>{};
            const result<void> head = read_head();
            if (!head) return at_ = list_end_ = whole_.size(), head.error();
        }
        const efi_entry entry{of_certificates_, whole_.subspan(at_ + owner_size, entry_size_ - owner_size), at_ + owner_size};
        at_ += entry_size_;
        return std::optional(entry);
    }
};

}  // namespace modsig::keyring

#endif  // MODSIG_KEYRING_EFI_SIGNATURE_LIST_HPP
