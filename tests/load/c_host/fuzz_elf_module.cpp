// SPDX-License-Identifier: BSL-1.0
//
// The C host's loader and objects that were changed at random, under the address and undefined-behaviour sanitizers: it
// refuses them or loads them, and what it loads is not run. MODSIG_TEST_ROUNDS multiplies the 12,000 objects.
#include "objects.hpp"

#include <cerrno>
#include <cstdio>
#include <map>
#include <random>

using namespace c_host;

namespace {

class mutator {
    std::mt19937_64 random_;

public:
    explicit mutator(std::uint64_t seed) : random_(seed) {}

    std::uint64_t below(std::uint64_t limit) { return limit == 0 ? 0 : random_() % limit; }

    /// One of the numbers at which arithmetic and comparisons go wrong, or a small one, or any.
    std::uint64_t number(const bytes& object, const bytes& shape) {
        const std::uint64_t size = object.size(), section_count = get<Elf64_Ehdr>(shape, 0).e_shnum;
        // clang-format off
        const std::uint64_t odd[] = {
            0, 1, 2, 3, 4, 8, 23, 24, 63, 64, 4095, 4096, 0x7fff, 0xff00, 0xfff1, 0xfff2, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff,
            size, size - 1, size + 1, size - 64, section_count, section_count - 1, 1ull << 28, (1ull << 28) + 1, 1ull << 63,
            ~0ull, ~0ull - 1, ~0ull - 7, ~0ull - 63, ~0ull - 4095, ~0ull >> 1};
        // clang-format on
        switch (below(4)) {
            case 0:
                return below(32);
            case 1:
                return random_();
            default:
                return odd[below(std::size(odd))];
        }
    }

    /// Writes `width` bytes of a number.
    void poke(bytes& object, const bytes& shape, std::size_t at, std::size_t width) {
        const std::uint64_t value = number(object, shape);
        if (at <= object.size() && width <= object.size() - at) std::memcpy(object.data() + at, &value, width);
    }

    void change_once(bytes& object, const bytes& shape) {
        // Offset and width of the fields, <elf.h>.
        static constexpr std::size_t header[][2] = {{16, 2}, {18, 2}, {40, 8}, {58, 2}, {60, 2}, {62, 2}, {4, 1}, {5, 1}};
        static constexpr std::size_t section[][2] = {{0, 4},  {4, 4},  {8, 8},  {16, 8}, {24, 8},
                                                     {32, 8}, {40, 4}, {44, 4}, {48, 8}, {56, 8}};
        static constexpr std::size_t symbol[][2] = {{0, 4}, {4, 1}, {6, 2}, {8, 8}, {16, 8}};
        static constexpr std::size_t relocation[][2] = {{0, 8}, {8, 4}, {12, 4}, {16, 8}};
        const auto entry = [&](std::uint32_t type, const auto& fields, std::size_t size) {
            const std::size_t first = below(section_count(shape) - 1) + 1;
            for (std::size_t i = 0; i != section_count(shape); ++i) {
                const std::size_t index = (first + i) % section_count(shape);
                const auto table = get<Elf64_Shdr>(shape, section_offset(shape, index));
                if (table.sh_type != type || table.sh_size == 0) continue;
                const auto& field = fields[below(std::size(fields))];
                return poke(object, shape, table.sh_offset + below(table.sh_size / size) * size + field[0], field[1]);
            }
        };
        const std::uint64_t kind = below(20);
        if (kind < 6) {
            const auto& field = section[below(std::size(section))];
            poke(object, shape, section_offset(shape, below(section_count(shape))) + field[0], field[1]);
        } else if (kind < 10) {
            entry(SHT_SYMTAB, symbol, sizeof(Elf64_Sym));
        } else if (kind < 14) {
            entry(SHT_RELA, relocation, sizeof(Elf64_Rela));
        } else if (kind == 14) {
            const auto& field = header[below(std::size(header))];
            poke(object, shape, field[0], field[1]);
        } else if (kind == 15) {
            poke(object, shape, below(object.size()), 1);
        } else if (kind == 16) {
            object.resize(below(object.size() + 1));
        } else if (kind == 17) {  // a section header becomes another's
            const std::size_t from = section_offset(shape, below(section_count(shape)));
            const std::size_t to = section_offset(shape, below(section_count(shape)));
            if (std::max(from, to) + sizeof(Elf64_Shdr) > object.size()) return;
            std::memmove(object.data() + to, object.data() + from, sizeof(Elf64_Shdr));
        } else if (!object.empty()) {
            object[below(object.size())] ^= static_cast<std::uint8_t>(1u << below(8));
        }
    }
};

/// A reason without its numbers and names, so that reasons can be counted.
std::string kind_of(std::string why) {
    for (const char* known : {"unknown symbol", "-fno-common", "the address does not fit"})
        if (why.find(known) != std::string::npos) return known;
    if (why.starts_with("section .") || why.starts_with("section :")) why = why.substr(std::min(why.find(' ', 8), why.size()));
    why.erase(std::remove_if(why.begin(), why.end(), [](char c) { return c >= '0' && c <= '9'; }), why.end());
    return why.substr(0, 40);
}

}  // namespace

TEST_CASE("c-host: no changed object crashes the loader") {
    std::vector<bytes> objects;
    for (const auto& path : object_paths()) objects.push_back(read_file(path));
    REQUIRE(!objects.empty());
    const char* const rounds = std::getenv("MODSIG_TEST_ROUNDS");
    const unsigned long wanted = 12'000 * (rounds != nullptr ? std::max(1ul, std::strtoul(rounds, nullptr, 10)) : 1ul);

    std::map<std::string, unsigned long> refused;
    unsigned long loaded = 0;
    for (unsigned long i = 0; i != wanted; ++i) {
        mutator change(i);  // each can be had again by its number
        const bytes& shape = objects[i % objects.size()];
        bytes object = shape;
        for (std::uint64_t n = change.below(3) + 1; n != 0; --n) change.change_once(object, shape);
        elf_module module;
        std::string why;
        CAPTURE(i);
        const int answer = load(module, object, why);
        if (answer == 0) {
            ++loaded;
            REQUIRE(module.memory != nullptr);
            REQUIRE((module.init != nullptr));
            // What it would call is in the module.
            const auto init = reinterpret_cast<std::uintptr_t>(module.init) - reinterpret_cast<std::uintptr_t>(module.memory);
            REQUIRE(init < module.size);
            elf_module_unload(&module);
        } else {
            REQUIRE((answer == -ENOEXEC || answer == -ENOENT || answer == -ENOMEM));
            REQUIRE(!why.empty());
            REQUIRE(module.memory == nullptr);
            ++refused[kind_of(why)];
        }
    }
    unsigned long sum = 0;
    for (const auto& [why, count] : refused) {
        std::printf("      %6lu  %s\n", count, why.c_str());
        sum += count;
    }
    std::printf("      %lu changed objects: %lu loaded, %lu refused for %zu reasons\n", wanted, loaded, sum, refused.size());
    CHECK(loaded > wanted / 50);
    CHECK(sum > wanted / 4);
    CHECK(refused.size() >= 25);
}
