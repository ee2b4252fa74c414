// SPDX-License-Identifier: BSL-1.0
//
// Relocatable objects for the tests of the C host's loader, as meson.build compiles them, and their parts to be changed.
#ifndef MODSIG_TESTS_LOAD_C_HOST_OBJECTS_HPP
#define MODSIG_TESTS_LOAD_C_HOST_OBJECTS_HPP

extern "C" {
#include "../../../examples/c-host/elf_module.h"
}
#include "../../support/files.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace c_host {

using bytes = std::vector<std::uint8_t>;

/// Every relocations-*.o, by the code model it is compiled for.
inline std::vector<std::string> object_paths() {
    const char* folder = std::getenv("MODSIG_TEST_OBJECTS");
    std::vector<std::string> paths;
    for (const auto& entry : std::filesystem::directory_iterator(folder != nullptr ? folder : "."))
        if (entry.path().filename().string().starts_with("relocations-") && entry.path().extension() == ".o")
            paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    return paths;
}

/// A part of an object, copied out; `put` writes it back.
template <class T>
T get(const bytes& object, std::size_t offset) {
    REQUIRE(offset + sizeof(T) <= object.size());
    T part;
    std::memcpy(&part, object.data() + offset, sizeof part);
    return part;
}
template <class T>
void put(bytes& object, std::size_t offset, const T& part) {
    REQUIRE(offset + sizeof(T) <= object.size());
    std::memcpy(object.data() + offset, &part, sizeof part);
}

inline std::size_t section_offset(const bytes& object, std::size_t index) {
    return get<Elf64_Ehdr>(object, 0).e_shoff + index * sizeof(Elf64_Shdr);
}
inline std::size_t section_count(const bytes& object) { return get<Elf64_Ehdr>(object, 0).e_shnum; }

/// Index of the first section for which this holds.
template <class Predicate>
std::size_t find_section_if(const bytes& object, Predicate holds) {
    for (std::size_t i = 1; i != section_count(object); ++i)
        if (holds(get<Elf64_Shdr>(object, section_offset(object, i)))) return i;
    FAIL("no such section");
    return 0;
}
inline std::size_t find_section(const bytes& object, std::string_view name) {
    const auto names = get<Elf64_Shdr>(object, section_offset(object, get<Elf64_Ehdr>(object, 0).e_shstrndx));
    return find_section_if(object, [&](const Elf64_Shdr& section) {
        return name == reinterpret_cast<const char*>(object.data() + names.sh_offset + section.sh_name);
    });
}

/// Calls `change` with the part and writes it back.
template <class T, class Change>
void change(bytes& object, std::size_t offset, Change change_it) {
    T part = get<T>(object, offset);
    change_it(part);
    put(object, offset, part);
}

/// Offset of a symbol in the object.
inline std::size_t find_symbol(const bytes& object, std::string_view name) {
    const auto table = get<Elf64_Shdr>(
        object, section_offset(object, find_section_if(object, [](const Elf64_Shdr& s) { return s.sh_type == SHT_SYMTAB; })));
    const auto names = get<Elf64_Shdr>(object, section_offset(object, table.sh_link));
    for (std::size_t at = table.sh_offset; at != table.sh_offset + table.sh_size; at += sizeof(Elf64_Sym))
        if (name == reinterpret_cast<const char*>(object.data() + names.sh_offset + get<Elf64_Sym>(object, at).st_name)) return at;
    FAIL("no such symbol");
    return 0;
}

/// What the host has for these objects.
inline std::string notes;
extern "C" {
inline int host_add(int a, int b) { return a + b; }
inline void host_note(const char* text) { notes += text; }
}
inline const elf_export exports[] = {
    {"host_add", reinterpret_cast<void (*)()>(&host_add)},
    {"host_note", reinterpret_cast<void (*)()>(&host_note)},
    {"memset", reinterpret_cast<void (*)()>(&std::memset)},
};

/// The result of elf_module_load. The object is in memory of exactly its size, so that the sanitizer sees reads beyond its end.
inline int load(elf_module& module, const bytes& object, std::string& why) {
    std::uint8_t* const exact = static_cast<std::uint8_t*>(std::malloc(object.size()));
    if (!object.empty()) std::memcpy(exact, object.data(), object.size());
    elf_why reason{};
    const int answer = elf_module_load(&module, exact, object.size(), exports, std::size(exports), &reason);
    std::free(exact);
    why = reason.text;
    return answer;
}

}  // namespace c_host

#endif  // MODSIG_TESTS_LOAD_C_HOST_OBJECTS_HPP
