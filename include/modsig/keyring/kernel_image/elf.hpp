// SPDX-License-Identifier: BSL-1.0
//
// Symbols of an ELF file and the bytes that they name.  Format: System V ABI, chapter 4; 32 and 64 bits, either byte order.
#ifndef MODSIG_KEYRING_KERNEL_IMAGE_ELF_HPP
#define MODSIG_KEYRING_KERNEL_IMAGE_ELF_HPP

#include <modsig/bytes.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace modsig::keyring::detail {

/// How a machine stores an `unsigned long`.
struct word_form {
    std::size_t size = 8;
    bool big_endian = false;

    [[nodiscard]] constexpr std::optional<std::uint64_t> read(byte_view bytes, std::uint64_t offset, std::size_t width) const {
        const auto field = slice(bytes, {offset, width});
        if (!field) return std::nullopt;
        return big_endian ? load_be<std::uint64_t>(*field) : load_le<std::uint64_t>(*field);
    }
    [[nodiscard]] constexpr std::optional<std::uint64_t> read(byte_view bytes, std::uint64_t offset) const { return read(bytes, offset, size); }
};

/// Nothing is read beyond the file: fields there are 0, sections there are empty.
class elf_file {
    byte_view bytes_;
    word_form words_;

public:
    /// Nothing for a file that is not ELF.
    [[nodiscard]] static constexpr std::optional<elf_file> open(byte_view bytes) {
        const auto head = slice(bytes, {0, 16});
        if (!head || !equal(head->first(4), "\x7f" "ELF") || (*head)[4] - 1u > 1 || (*head)[5] - 1u > 1) return std::nullopt;
        elf_file file;
        file.bytes_ = bytes;
        file.words_ = {(*head)[4] == 2 ? std::size_t{8} : std::size_t{4}, (*head)[5] == 2};
        return file;
    }

    [[nodiscard]] constexpr word_form words() const { return words_; }

    /// For each name, the bytes from that symbol to the end of its section; empty without such a symbol. The first symbol of a
    /// name counts.
    constexpr void find(std::span<const std::string_view> names, std::span<byte_view> found) const {
        constexpr std::uint64_t symbol_table = 2;
        for (std::uint64_t i = 0, count = section_count(); i != count; ++i) {
            const section table = section_at(i);
            if (table.type == symbol_table) find_in(table, content_of(section_at(table.link)), names, found);
        }
    }

private:
    struct section {
        std::uint64_t type, address, offset, size, link;
    };

    [[nodiscard]] constexpr bool is_64() const { return words_.size == 8; }
    [[nodiscard]] constexpr std::uint64_t field(std::uint64_t offset, std::size_t width) const {
        return words_.read(bytes_, offset, width).value_or(0);
    }
    [[nodiscard]] constexpr std::uint64_t section_count() const { return field(is_64() ? 0x3c : 0x30, 2); }

    [[nodiscard]] constexpr section section_at(std::uint64_t index) const {
        if (index >= section_count()) return {};
        const std::uint64_t table = field(is_64() ? 0x28 : 0x20, words_.size), at = table + index * (is_64() ? 64 : 40);
        if (table > bytes_.size()) return {};
        if (is_64()) return {field(at + 4, 4), field(at + 16, 8), field(at + 24, 8), field(at + 32, 8), field(at + 40, 4)};
        return {field(at + 4, 4), field(at + 12, 4), field(at + 16, 4), field(at + 20, 4), field(at + 24, 4)};
    }

    [[nodiscard]] constexpr byte_view content_of(const section& s) const {
        constexpr std::uint64_t in_no_file = 8;  // SHT_NOBITS, as the sections of split debug files are
        return s.type == in_no_file ? byte_view{} : slice(bytes_, {s.offset, s.size}).value_or(byte_view{});
    }

    constexpr void find_in(const section& table, byte_view names_of_symbols, std::span<const std::string_view> names,
                           std::span<byte_view> found) const {
        const std::size_t entry_size = is_64() ? 24 : 16;
        byte_view symbols = content_of(table);
        for (; symbols.size() >= entry_size; symbols = symbols.subspan(entry_size)) {
            const std::uint64_t name = *words_.read(symbols, 0, 4);
            for (std::size_t i = 0; i != names.size(); ++i) {
                const auto text = slice(names_of_symbols, {name, names[i].size() + 1});
                if (!found[i].empty() || !text || text->back() != 0 || !equal(text->first(names[i].size()), names[i])) continue;
                const std::uint64_t value = *words_.read(symbols, is_64() ? 8 : 4), home = *words_.read(symbols, is_64() ? 6 : 14, 2);
                const section s = section_at(home);
                const byte_view content = content_of(s);
                if (value >= s.address && value - s.address < content.size())
                    found[i] = content.subspan(static_cast<std::size_t>(value - s.address));
            }
        }
    }
};

}  // namespace modsig::keyring::detail

#endif  // MODSIG_KEYRING_KERNEL_IMAGE_ELF_HPP
