// SPDX-License-Identifier: BSL-1.0
#include "elf_traces.hpp"

#include <cstdint>
#include <optional>

namespace tool {
namespace {

/// Fields of an ELF file, of either class and byte order.
class elf {
    modsig::byte_view image_;
    bool wide_;
    bool big_;

public:
    explicit elf(modsig::byte_view image) : image_(image), wide_(image.size() > 5 && image[4] == 2), big_(image.size() > 5 && image[5] == 2) {}

    [[nodiscard]] bool wide() const { return wide_; }
    [[nodiscard]] std::optional<std::uint64_t> field(std::uint64_t offset, std::size_t size) const {
        const auto bytes = modsig::slice(image_, {offset, size});
        if (!bytes) return std::nullopt;
        return big_ ? modsig::load_be<std::uint64_t>(*bytes) : modsig::load_le<std::uint64_t>(*bytes);
    }
    /// Of the class's size.
    [[nodiscard]] std::optional<std::uint64_t> word(std::uint64_t offset) const { return field(offset, wide_ ? 8 : 4); }
    [[nodiscard]] bool starts(std::uint64_t offset, std::string_view text) const {
        const auto bytes = modsig::slice(image_, {offset, text.size()});
        return bytes && modsig::equal(*bytes, text);
    }
};

constexpr std::uint64_t symbol_table = 2;  // SHT_SYMTAB
constexpr std::uint64_t source_file = 4;   // STT_FILE

bool names_source_files(const elf& file, std::uint64_t offset, std::uint64_t size) {
    const std::uint64_t step = file.wide() ? 24 : 16, info = file.wide() ? 4 : 12;
    for (std::uint64_t at = 0; at + step <= size; at += step) {
        const auto value = file.field(offset + at + info, 1);
        if (!value) return false;
        if ((*value & 15) == source_file) return true;
    }
    return false;
}

bool holds_what_strip_takes(const elf& file) {
    const bool wide = file.wide();
    const auto table = file.word(wide ? 40 : 32);
    const auto step = file.field(wide ? 58 : 46, 2), count = file.field(wide ? 60 : 48, 2), names = file.field(wide ? 62 : 50, 2);
    if (!table || !step || !count || !names || *step == 0) return false;
    const auto names_offset = file.word(*table + *names * *step + (wide ? 24u : 16u));
    if (!names_offset) return false;
    for (std::uint64_t i = 0; i != *count; ++i) {
        const std::uint64_t header = *table + i * *step;
        const auto name = file.field(header, 4), type = file.field(header + 4, 4);
        const auto offset = file.word(header + (wide ? 24u : 16u)), size = file.word(header + (wide ? 32u : 20u));
        if (!name || !type || !offset || !size) return false;
        if (file.starts(*names_offset + *name, ".debug_")) return true;
        if (*type == symbol_table && names_source_files(file, *offset, *size)) return true;
    }
    return false;
}

}  // namespace

bool may_be_stripped(modsig::byte_view image) {
    constexpr std::uint8_t magic[] = {0x7f, 'E', 'L', 'F'};
    return modsig::starts_with(image, magic) && !holds_what_strip_takes(elf(image));
}

}  // namespace tool
