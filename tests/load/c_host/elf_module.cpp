// SPDX-License-Identifier: BSL-1.0
//
// The C host's loader: modules of every code model are linked and protected; faults in an object are refused with their reason.

#include "objects.hpp"

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <functional>
#include <set>

using namespace c_host;

namespace {

/// Permissions of the pages of a module, in their order ("r-xp", ...), from /proc/self/maps.
std::vector<std::string> permissions(const elf_module& module) {
    std::vector<std::string> found;
    const auto begin = reinterpret_cast<std::uintptr_t>(module.memory), end = begin + module.size;
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        unsigned long first = 0, last = 0;
        char allowed[5] = "";
        if (std::sscanf(line.c_str(), "%lx-%lx %4s", &first, &last, allowed) == 3 && first < end && last > begin)
            found.emplace_back(allowed);
    }
    return found;
}

std::set<std::uint32_t> relocation_types(const bytes& object) {
    std::set<std::uint32_t> types;
    for (std::size_t i = 1; i != section_count(object); ++i) {
        const auto section = get<Elf64_Shdr>(object, section_offset(object, i));
        if (section.sh_type != SHT_RELA || !(get<Elf64_Shdr>(object, section_offset(object, section.sh_info)).sh_flags & SHF_ALLOC))
            continue;
        for (std::size_t at = section.sh_offset; at < section.sh_offset + section.sh_size; at += sizeof(Elf64_Rela))
            types.insert(static_cast<std::uint32_t>(ELF64_R_TYPE(get<Elf64_Rela>(object, at).r_info)));
    }
    return types;
}

/// The first relocation of .init.text.
std::size_t first_relocation(const bytes& object) {
    return get<Elf64_Shdr>(object, section_offset(object, find_section(object, ".rela.init.text"))).sh_offset;
}

}  // namespace

TEST_CASE("c-host: modules of every code model are linked, run and unloaded") {
    const auto paths = object_paths();
    std::set<std::uint32_t> types;
    for (const auto& path : paths) {
        CAPTURE(path);
        const bytes object = read_file(path);
        types.merge(relocation_types(object));
        for (int again = 0; again != 3; ++again) {
            elf_module module;
            std::string why;
            REQUIRE_MESSAGE(load(module, object, why) == 0, why);
            notes.clear();
            CHECK(elf_module_start(&module) == 0);
            CHECK(notes == "init");
            elf_module_unload(&module);
            CHECK(notes == "initexit");
            CHECK(module.memory == nullptr);
        }
    }
    std::printf("      %zu modules, relocations of types", paths.size());
    for (const auto type : types) std::printf(" %u", type);
    std::printf("\n");
    CHECK(paths.size() >= 4);
    // Assemblers no longer write R_X86_64_GOTPCREL and, without calls through the table, R_X86_64_GOTPCRELX: below.
    for (const int type :
         {R_X86_64_64, R_X86_64_PC32, R_X86_64_PLT32, R_X86_64_32, R_X86_64_32S, R_X86_64_PC64, R_X86_64_REX_GOTPCRELX}) {
        CAPTURE(type);
        CHECK(types.contains(static_cast<std::uint32_t>(type)));
    }
}

TEST_CASE("c-host: relocation types with the same meaning have the same effect") {
    int changed = 0;
    for (const auto& path : object_paths()) {
        bytes object = read_file(path);
        const int before = changed;
        for (std::size_t i = 1; i != section_count(object); ++i) {
            const auto section = get<Elf64_Shdr>(object, section_offset(object, i));
            if (section.sh_type != SHT_RELA) continue;
            for (std::size_t at = section.sh_offset; at < section.sh_offset + section.sh_size; at += sizeof(Elf64_Rela))
                change<Elf64_Rela>(object, at, [&](Elf64_Rela& r) {
                    const auto type = ELF64_R_TYPE(r.r_info);
                    if (type != R_X86_64_REX_GOTPCRELX && type != R_X86_64_GOTPCRELX) return;
                    r.r_info = ELF64_R_INFO(ELF64_R_SYM(r.r_info), ++changed % 2 == 0 ? R_X86_64_GOTPCREL : R_X86_64_GOTPCRELX);
                });
        }
        if (changed == before) continue;
        elf_module module;
        std::string why;
        REQUIRE_MESSAGE(load(module, object, why) == 0, why);
        CHECK(elf_module_start(&module) == 0);
        elf_module_unload(&module);
    }
    CHECK(changed > 2);
}

TEST_CASE("c-host: no page of a module is writable and executable, and .init is unmapped after it has run") {
    for (const auto& path : object_paths()) {
        elf_module module;
        std::string why;
        REQUIRE_MESSAGE(load(module, read_file(path), why) == 0, why);
        const std::size_t size_before = module.size;
        const auto before = permissions(module);
        REQUIRE(before.size() >= 4);
        CHECK(before[0] == "r-xp");
        CHECK(before[1] == "r--p");
        CHECK(before[2] == "rw-p");
        CHECK(before[3] == "r-xp");  // .init.text
        for (const auto& allowed : before) CHECK_FALSE((allowed[1] == 'w' && allowed[2] == 'x'));
        REQUIRE(elf_module_start(&module) == 0);
        const auto after = permissions(module);
        CHECK(after == std::vector<std::string>{"r-xp", "r--p", "rw-p"});
        CHECK(module.size < size_before);
        elf_module_unload(&module);
    }
}

TEST_CASE("c-host: a module whose init_module fails has no cleanup_module called") {
    bytes object = read_file(object_paths()[0]);
    // `return 0` instead of what it does, but with another number: mov $5, %eax; ret
    const auto text = get<Elf64_Shdr>(object, section_offset(object, find_section(object, ".init.text")));
    change<Elf64_Shdr>(object, section_offset(object, find_section(object, ".rela.init.text")),
                       [](Elf64_Shdr& s) { s.sh_size = 0; });
    const std::uint8_t code[] = {0xb8, 5, 0, 0, 0, 0xc3};
    const auto init = get<Elf64_Sym>(object, find_symbol(object, "init_module"));
    std::memcpy(object.data() + text.sh_offset + init.st_value, code, sizeof code);
    elf_module module;
    std::string why;
    REQUIRE_MESSAGE(load(module, object, why) == 0, why);
    notes.clear();
    CHECK(elf_module_start(&module) == 5);
    elf_module_unload(&module);
    CHECK(notes.empty());
}

TEST_CASE("c-host: every fault of an object has its message") {
    const auto header = [](auto set) { return [set](bytes& o) { change<Elf64_Ehdr>(o, 0, set); }; };
    const auto section = [](std::string_view name, auto set) {
        return [name, set](bytes& o) { change<Elf64_Shdr>(o, section_offset(o, find_section(o, name)), set); };
    };
    const auto symbol = [](std::string_view name, auto set) {
        return [name, set](bytes& o) { change<Elf64_Sym>(o, find_symbol(o, name), set); };
    };
    const auto relocation = [](auto set) { return [set](bytes& o) { change<Elf64_Rela>(o, first_relocation(o), set); }; };
    const auto retyped = [&](std::uint64_t type, std::int64_t addend) {
        return relocation([type, addend](auto& r) {
            r.r_info = ELF64_R_INFO(ELF64_R_SYM(r.r_info), type);
            r.r_addend = addend;
        });
    };
    const struct {
        std::function<void(bytes&)> spoil;
        const char* why;
        int answer = -ENOEXEC;
    } cases[] = {
        {[](bytes& o) { o.clear(); }, "too few"},
        {[](bytes& o) { o.resize(63); }, "63 bytes are too few"},
        {[](bytes& o) { o.resize(64); }, "section headers reach beyond"},
        {[](bytes& o) { o.pop_back(); }, "section headers reach beyond"},
        {header([](auto& h) { h.e_ident[1] = 'e'; }), "not an ELF"},
        {header([](auto& h) { h.e_ident[EI_CLASS] = ELFCLASS32; }), "not for x86-64"},
        {header([](auto& h) { h.e_ident[EI_DATA] = ELFDATA2MSB; }), "not for x86-64"},
        {header([](auto& h) { h.e_machine = EM_AARCH64; }), "not for x86-64"},
        {header([](auto& h) { h.e_type = ET_DYN; }), "e_type is 3"},
        {header([](auto& h) { h.e_shentsize = 63; }), "63 bytes each"},
        {header([](auto& h) { h.e_shoff = ~std::uint64_t{0}; }), "section headers reach beyond"},
        {header([](auto& h) { h.e_shoff = ~std::uint64_t{0} - 64; }), "section headers reach beyond"},
        {header([](auto& h) { h.e_shnum = 0; }), "no section headers"},
        {header([](auto& h) { h.e_shnum = 0xffff; }), "section headers reach beyond"},
        {header([](auto& h) { h.e_shnum = 1; }), "no names"},
        {header([](auto& h) { h.e_shstrndx = 0; }), "sections have no names"},
        {header([](auto& h) { h.e_shstrndx = SHN_XINDEX; }), "sections have no names"},
        {[](bytes& o) {
             const auto text = find_section(o, ".text");
             change<Elf64_Ehdr>(o, 0, [&](Elf64_Ehdr& h) { h.e_shstrndx = static_cast<Elf64_Half>(text); });
         },
         "string table is malformed"},
        {section(".text", [](auto& s) { s.sh_offset = ~std::uint64_t{0}; }), "reaches beyond"},
        {section(".text", [](auto& s) { s.sh_size = ~std::uint64_t{0}; }), "reaches beyond"},
        {section(".text", [](auto& s) { s.sh_name = 1 << 30; }), "outside of the string table"},
        {section(".text", [](auto& s) { s.sh_flags |= SHF_WRITE; }), ".text is writable and executable"},
        {section(".text", [](auto& s) { s.sh_flags |= SHF_TLS; }), "variables of threads"},
        {section(".text", [](auto& s) { s.sh_type = SHT_INIT_ARRAY; }), "no constructors"},
        {section(".text", [](auto& s) { s.sh_addralign = 3; }), "bad alignment"},
        {section(".text", [](auto& s) { s.sh_addralign = 8192; }), "bad alignment"},
        {section(".text", [](auto& s) { s.sh_type = SHT_SYMTAB; }), "two symbol tables"},
        {section(".bss", [](auto& s) { s.sh_size = ~std::uint64_t{0}; }), "268435456 bytes"},
        {section(".bss", [](auto& s) { s.sh_size = 1 << 28; }), "268435456 bytes"},
        {section(".symtab", [](auto& s) { s.sh_type = SHT_PROGBITS; }), "no symbol table"},
        {section(".symtab", [](auto& s) { s.sh_entsize = 25; }), "entries of another size"},
        {section(".symtab", [](auto& s) { s.sh_size -= 1; }), "entries of another size"},
        {section(".symtab", [](auto& s) { s.sh_link = 0; }), "symbols have no names"},
        {section(".symtab", [](auto& s) { s.sh_link = 9999; }), "symbols have no names"},
        {section(".strtab", [](auto& s) { s.sh_size -= 1; }), ""},
        {section(".strtab", [](auto& s) { s.sh_size = 0; }), "string table is malformed"},
        {section(".rela.init.text", [](auto& s) { s.sh_type = SHT_REL; }), "without addends"},
        {section(".rela.init.text", [](auto& s) { s.sh_info = 0; }), "not there"},
        {section(".rela.init.text", [](auto& s) { s.sh_info = 9999; }), "not there"},
        {section(".rela.init.text", [](auto& s) { s.sh_link = 1; }), "another symbol table"},
        {section(".rela.init.text", [](auto& s) { s.sh_entsize = 16; }), "relocations of another size"},
        {section(".rela.init.text", [](auto& s) { s.sh_size -= 1; }), "relocations of another size"},
        {symbol("host_add", [](auto& s) { s.st_name += 1; }), "unknown symbol ost_add", -ENOENT},
        {symbol("host_add", [](auto& s) { s.st_name = 0; }), "unknown symbol", -ENOENT},
        {symbol("host_add", [](auto& s) { s.st_name = 1 << 30; }), "outside of the string table"},
        {symbol("nobody_has_this", [](auto& s) { s.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE); }),
         "unknown symbol nobody_has_this", -ENOENT},
        {symbol("shared", [](auto& s) { s.st_shndx = SHN_COMMON; }), "-fno-common"},
        {symbol("shared", [](auto& s) { s.st_shndx = 0xfe00; }), "in no section"},
        {symbol("shared", [](auto& s) { s.st_value = 1 << 20; }), "outside of its section"},
        {symbol("init_module", [](auto& s) { s.st_name += 1; }), "no init_module"},
        {symbol("init_module", [](auto& s) { s.st_info = ELF64_ST_INFO(STB_LOCAL, STT_FUNC); }), "no init_module"},
        {symbol("init_module", [](auto& s) { s.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT); }), "no function"},
        {symbol("init_module", [](auto& s) { s.st_shndx = SHN_ABS; }), "not in a section that is loaded"},
        {[](bytes& o) {
             const auto size = get<Elf64_Shdr>(o, section_offset(o, find_section(o, ".init.text"))).sh_size;
             change<Elf64_Sym>(o, find_symbol(o, "init_module"), [&](Elf64_Sym& s) { s.st_value = size; });
         },
         "no function"},
        {[](bytes& o) {
             const auto data = find_section(o, ".bss");
             change<Elf64_Sym>(o, find_symbol(o, "init_module"), [&](Elf64_Sym& s) {
                 s.st_shndx = static_cast<Elf64_Section>(data);
                 s.st_value = 0;
             });
         },
         "no function"},
        {[](bytes& o) {
             const auto init = find_section(o, ".init.text");
             change<Elf64_Sym>(o, find_symbol(o, "cleanup_module"), [&](Elf64_Sym& s) {
                 s.st_shndx = static_cast<Elf64_Section>(init);
                 s.st_value = 0;
             });
         },
         "gone when it is called"},
        {relocation([](auto& r) { r.r_info = ELF64_R_INFO(1u << 31, R_X86_64_PC32); }), "names symbol"},
        {retyped(R_X86_64_16, 0), "type 12 is not supported"},
        {retyped(R_X86_64_COPY, 0), "type 5 is not supported"},
        {relocation([](auto& r) { r.r_offset = ~std::uint64_t{0}; }), "outside of its section"},
        {relocation([](auto& r) { r.r_offset = ~std::uint64_t{0} - 3; }), "outside of its section"},
        {[](bytes& o) {
             const auto size = get<Elf64_Shdr>(o, section_offset(o, find_section(o, ".init.text"))).sh_size;
             change<Elf64_Rela>(o, first_relocation(o), [&](Elf64_Rela& r) { r.r_offset = size - 3; });
         },
         "outside of its section"},
        {retyped(R_X86_64_32S, 1ll << 40), "does not fit"},
        {retyped(R_X86_64_32, -(1ll << 40)), "does not fit"},
        {retyped(R_X86_64_PC32, 1ll << 32), "does not fit"},
        {relocation([](auto& r) { r.r_offset -= 1; }), "place is not zero"},
    };
    int objects = 0, said = 0;
    for (const auto& path : object_paths()) {
        if (path.find("-small.o") == std::string::npos) continue;  // one of each compiler: they write sections in other ways
        const bytes good = read_file(path);
        for (const auto& c : cases) {
            bytes object = good;
            c.spoil(object);
            elf_module module;
            std::string why;
            const std::string wanted = c.why;
            CAPTURE(path);
            CAPTURE(wanted);
            const int answer = load(module, object, why);
            CHECK(answer == c.answer);
            CHECK_MESSAGE(why.find(wanted) != std::string::npos, why);
            CHECK(!why.empty());
            CHECK(module.memory == nullptr);
            if (answer == 0) elf_module_unload(&module);
            ++said;
        }
        ++objects;
    }
    CHECK(objects > 0);
    std::printf("      %d faults in %d objects\n", said, objects);
}

TEST_CASE("c-host: messages about an object are printable") {
    bytes object = read_file(object_paths()[0]);
    const auto names = get<Elf64_Shdr>(object, section_offset(object, find_section(object, ".strtab")));
    object[names.sh_offset + get<Elf64_Sym>(object, find_symbol(object, "host_add")).st_name] = 0x1b;
    elf_module module;
    std::string why;
    CHECK(load(module, object, why) == -ENOENT);
    CHECK(why.find("unknown symbol ?ost_add") != std::string::npos);
}
