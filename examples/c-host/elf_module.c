/* SPDX-License-Identifier: BSL-1.0
 *
 * In memory, each part on pages of its own:
 *   text, stubs | constants, symbol addresses | data | .init*: text | constants | data
 * The order is that of kernel/module/main.c (layout_sections()); the last three are unmapped after init_module.
 * The relocations are those of the System V ABI, AMD64 Architecture Processor Supplement, section 4.4.1. */
#define _GNU_SOURCE /* MAP_32BIT */
#include "elf_module.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#ifndef __x86_64__
#error "this loader knows the relocations of x86-64 only"
#endif

enum { page_size = 4096, stub_size = 16, most_memory = 1 << 28 };
enum part { text, constants, data, init_text, init_constants, init_data, part_count };

static const size_t not_loaded = SIZE_MAX;

struct placing {
	struct elf_image image;
	struct elf_module *module;
	const struct elf_export *exports;
	size_t export_count;
	struct elf_why *why;

	size_t *where; /* of each section in the module's memory, or not_loaded */
	size_t first[part_count + 1];
	size_t stubs;     /* their offset; one for each function of the host */
	size_t addresses; /* their offset; one for each symbol: the global offset table */
};

static size_t round_up(size_t n, size_t alignment)
{
	return (n + alignment - 1) & ~(alignment - 1);
}

static int is_init(const struct placing *p, const Elf64_Shdr *section)
{
	return strncmp(elf_section_name(&p->image, section), ".init", 5) == 0; /* module_init_section() */
}

static enum part part_of(const struct placing *p, const Elf64_Shdr *section)
{
	enum part part = section->sh_flags & SHF_EXECINSTR ? text : section->sh_flags & SHF_WRITE ? data : constants;

	return is_init(p, section) ? part + init_text : part;
}

static int is_loaded(const Elf64_Shdr *section)
{
	return section->sh_type != SHT_NULL && (section->sh_flags & SHF_ALLOC);
}

static int check_section(const struct placing *p, const Elf64_Shdr *section)
{
	const char *name = elf_section_name(&p->image, section);
	const uint64_t alignment = section->sh_addralign;

	if (section->sh_type == SHT_REL)
		return elf_refuse(p->why, "section %.64s: relocations without addends are not for x86-64", name);
	if (!is_loaded(section))
		return 0;
	/* module_enforce_rwx_sections() */
	if ((section->sh_flags & SHF_WRITE) && (section->sh_flags & SHF_EXECINSTR))
		return elf_refuse(p->why, "section %.64s is writable and executable", name);
	if (section->sh_flags & SHF_TLS)
		return elf_refuse(p->why, "section %.64s: modules have no variables of threads", name);
	if (section->sh_type == SHT_INIT_ARRAY || section->sh_type == SHT_FINI_ARRAY || section->sh_type == SHT_PREINIT_ARRAY)
		return elf_refuse(p->why, "section %.64s: modules have no constructors", name);
	if (alignment > page_size || (alignment & (alignment - 1)) != 0)
		return elf_refuse(p->why, "section %.64s has a bad alignment", name);
	return 0;
}

/* Reserves memory at the end of the layout. */
static int take_room(const struct placing *p, size_t *end, uint64_t size, size_t alignment, size_t *where)
{
	const size_t start = round_up(*end, alignment);

	if (size > most_memory || start > most_memory - size)
		return elf_refuse(p->why, "it needs more than %d bytes of memory", most_memory);
	*where = start;
	*end = start + size;
	return 0;
}

static size_t count_imports(const struct elf_image *image)
{
	size_t count = 0;

	for (size_t i = 1; i < image->symbol_count; ++i)
		count += elf_symbol(image, i).st_shndx == SHN_UNDEF;
	return count;
}

static int lay_out(struct placing *p)
{
	size_t end = 0;
	int err = 0;

	for (size_t i = 0; i < p->image.section_count; ++i)
		p->where[i] = not_loaded;
	for (enum part part = text; part < part_count; ++part) {
		p->first[part] = end = round_up(end, page_size);
		for (size_t i = 1; err == 0 && i < p->image.section_count; ++i) {
			const Elf64_Shdr section = elf_section(&p->image, i);

			if (is_loaded(&section) && part_of(p, &section) == part)
				err = take_room(p, &end, section.sh_size, section.sh_addralign ? section.sh_addralign : 1, &p->where[i]);
		}
		if (err == 0 && part == text)
			err = take_room(p, &end, count_imports(&p->image) * stub_size, stub_size, &p->stubs);
		if (err == 0 && part == constants)
			err = take_room(p, &end, p->image.symbol_count * sizeof(uint64_t), sizeof(uint64_t), &p->addresses);
		if (err != 0)
			return err;
	}
	p->first[part_count] = p->module->size = round_up(end, page_size);
	p->module->kept = p->first[init_text];
	return 0;
}

/* In the lowest 2 GiB: position-dependent code has addresses of 32 bits, signed or unsigned. */
static int copy_sections(struct placing *p)
{
	void *memory = mmap(NULL, p->module->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	if (memory == MAP_FAILED) {
		elf_refuse(p->why, "no memory for it");
		return -ENOMEM;
	}
	p->module->memory = memory;
	for (size_t i = 1; i < p->image.section_count; ++i) {
		const Elf64_Shdr section = elf_section(&p->image, i);

		if (p->where[i] != not_loaded && section.sh_type != SHT_NOBITS && section.sh_size != 0)
			memcpy(p->module->memory + p->where[i], p->image.data + section.sh_offset, section.sh_size);
	}
	return 0;
}

static uint64_t address_of(const struct placing *p, size_t where)
{
	return (uintptr_t)(p->module->memory + where);
}

static void put(const struct placing *p, size_t where, uint64_t value, size_t width)
{
	memcpy(p->module->memory + where, &value, width); /* little-endian, as the host is */
}

/* movabs $function, %r11; jmp *%r11: the host may be beyond the reach of a call. %r11 is reserved for this (ABI, 3.2.1). */
static void write_stub(const struct placing *p, size_t where, void (*function)(void))
{
	static const unsigned char before[] = {0x49, 0xbb}, behind[] = {0x41, 0xff, 0xe3};

	memcpy(p->module->memory + where, before, sizeof before);
	put(p, where + sizeof before, (uintptr_t)function, sizeof(uint64_t));
	memcpy(p->module->memory + where + sizeof before + sizeof(uint64_t), behind, sizeof behind);
}

static int import(const struct placing *p, const Elf64_Sym *symbol, size_t stub, uint64_t *address)
{
	const char *name = elf_symbol_name(&p->image, symbol);

	for (size_t i = 0; i < p->export_count; ++i) {
		if (strcmp(p->exports[i].name, name) == 0) {
			write_stub(p, stub, p->exports[i].function);
			*address = address_of(p, stub);
			return 0;
		}
	}
	*address = 0;
	/* ignore_undef_symbol(): position-independent code names the table even where it does not use it */
	if (strcmp(name, "_GLOBAL_OFFSET_TABLE_") == 0) {
		*address = address_of(p, p->addresses);
		return 0;
	}
	if (ELF64_ST_BIND(symbol->st_info) == STB_WEAK)
		return 0;
	elf_refuse(p->why, "unknown symbol %.128s", name);
	return -ENOENT;
}

/* simplify_symbols(): after this every symbol has an address. */
static int resolve(struct placing *p)
{
	size_t stub = p->stubs;

	for (size_t i = 1; i < p->image.symbol_count; ++i) {
		const Elf64_Sym symbol = elf_symbol(&p->image, i);
		uint64_t address = 0;

		if (symbol.st_shndx == SHN_UNDEF) {
			const int err = import(p, &symbol, stub, &address);

			if (err != 0)
				return err;
			stub += stub_size;
		} else if (symbol.st_shndx == SHN_ABS) {
			address = symbol.st_value;
		} else if (symbol.st_shndx == SHN_COMMON) {
			return elf_refuse(p->why, "symbol %.128s is common: compile with -fno-common", elf_symbol_name(&p->image, &symbol));
		} else if (symbol.st_shndx >= p->image.section_count) {
			return elf_refuse(p->why, "symbol %zu is in no section", i);
		} else if (p->where[symbol.st_shndx] != not_loaded) {
			/* a symbol may stand at the end of a section */
			if (symbol.st_value > elf_section(&p->image, symbol.st_shndx).sh_size)
				return elf_refuse(p->why, "symbol %zu is outside of its section", i);
			address = address_of(p, p->where[symbol.st_shndx]) + symbol.st_value;
		}
		put(p, p->addresses + i * sizeof address, address, sizeof address);
	}
	return 0;
}

/* What a relocation writes: `width` bytes of `value`, which the CPU sign-extends where is_signed is set. */
struct fixup {
	uint64_t value;
	size_t width;
	int is_signed;
};

static int calculate(const struct placing *p, uint32_t type, uint64_t symbol, uint64_t slot, uint64_t addend, uint64_t place, struct fixup *f)
{
	switch (type) {
	case R_X86_64_64:
		*f = (struct fixup){symbol + addend, 8, 0};
		return 0;
	case R_X86_64_PC64:
		*f = (struct fixup){symbol + addend - place, 8, 0};
		return 0;
	case R_X86_64_32:
		*f = (struct fixup){symbol + addend, 4, 0};
		return 0;
	case R_X86_64_32S:
		*f = (struct fixup){symbol + addend, 4, 1};
		return 0;
	case R_X86_64_PC32:
	case R_X86_64_PLT32: /* the symbol's address is already that of the stub */
		*f = (struct fixup){symbol + addend - place, 4, 1};
		return 0;
	case R_X86_64_GOTPCREL:
	case R_X86_64_GOTPCRELX:
	case R_X86_64_REX_GOTPCRELX: /* the shorter form is optional */
		*f = (struct fixup){slot + addend - place, 4, 1};
		return 0;
	default:
		return elf_refuse(p->why, "relocation type %u is not supported", type);
	}
}

static int fits(const struct fixup *f)
{
	return f->width == 8 || (f->is_signed ? f->value + 0x80000000 : f->value) <= 0xffffffff;
}

static int relocate_one(const struct placing *p, const Elf64_Rela *r, size_t target, uint64_t target_size)
{
	static const unsigned char zero[8];
	const size_t index = ELF64_R_SYM(r->r_info);
	const uint32_t type = ELF64_R_TYPE(r->r_info);
	Elf64_Sym symbol;
	uint64_t address;
	struct fixup f = {0};
	int err;

	if (type == R_X86_64_NONE)
		return 0;
	if (index >= p->image.symbol_count)
		return elf_refuse(p->why, "a relocation names symbol %zu of %zu", index, p->image.symbol_count);
	symbol = elf_symbol(&p->image, index);
	if (symbol.st_shndx < p->image.section_count && symbol.st_shndx != SHN_UNDEF && p->where[symbol.st_shndx] == not_loaded)
		return elf_refuse(p->why, "a relocation needs symbol %zu, whose section is not loaded", index);
	memcpy(&address, p->module->memory + p->addresses + index * sizeof address, sizeof address);

	err = calculate(p, type, address, address_of(p, p->addresses + index * sizeof address), (uint64_t)r->r_addend,
			address_of(p, target) + r->r_offset, &f);
	if (err != 0)
		return err;
	if (target_size < f.width || r->r_offset > target_size - f.width)
		return elf_refuse(p->why, "a relocation is outside of its section (offset 0x%llx)", (unsigned long long)r->r_offset);
	if (!fits(&f))
		return elf_refuse(p->why, "relocation type %u, symbol %.64s: the address does not fit", type, elf_symbol_name(&p->image, &symbol));
	/* As in Linux, __write_relocate_add(): the relocation holds the addend, so its place must be zero. */
	if (memcmp(p->module->memory + target + r->r_offset, zero, f.width) != 0)
		return elf_refuse(p->why, "a relocation's place is not zero (offset 0x%llx)", (unsigned long long)r->r_offset);
	put(p, target + r->r_offset, f.value, f.width);
	return 0;
}

static int relocate(const struct placing *p)
{
	for (size_t i = 1; i < p->image.section_count; ++i) {
		const Elf64_Shdr section = elf_section(&p->image, i);
		Elf64_Shdr target;

		if (section.sh_type != SHT_RELA)
			continue;
		if (section.sh_info == SHN_UNDEF || section.sh_info >= p->image.section_count)
			return elf_refuse(p->why, "section %zu relocates a section that is not there", i);
		if (p->where[section.sh_info] == not_loaded) /* such as debugging information */
			continue;
		if (section.sh_entsize != sizeof(Elf64_Rela) || section.sh_size % sizeof(Elf64_Rela) != 0)
			return elf_refuse(p->why, "section %zu has relocations of another size", i);
		if (section.sh_link != p->image.symbol_table)
			return elf_refuse(p->why, "section %zu has relocations by another symbol table", i);
		target = elf_section(&p->image, section.sh_info);
		for (size_t k = 0; k < section.sh_size / sizeof(Elf64_Rela); ++k) {
			const Elf64_Rela relocation = elf_relocation(&p->image, &section, k);
			const int err = relocate_one(p, &relocation, p->where[section.sh_info], target.sh_size);

			if (err != 0)
				return err;
		}
	}
	return 0;
}

/* The address of a global function in a section that stays mapped; 0 where there is none of that name. */
static int find_function(const struct placing *p, const char *name, int may_be_init, uint64_t *address)
{
	*address = 0;
	for (size_t i = 1; i < p->image.symbol_count; ++i) {
		const Elf64_Sym symbol = elf_symbol(&p->image, i);
		Elf64_Shdr section;

		if (ELF64_ST_BIND(symbol.st_info) != STB_GLOBAL || symbol.st_shndx == SHN_UNDEF ||
		    strcmp(elf_symbol_name(&p->image, &symbol), name) != 0)
			continue;
		if (symbol.st_shndx >= p->image.section_count || p->where[symbol.st_shndx] == not_loaded)
			return elf_refuse(p->why, "%s is not in a section that is loaded", name);
		section = elf_section(&p->image, symbol.st_shndx);
		if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC || !(section.sh_flags & SHF_EXECINSTR) || symbol.st_value >= section.sh_size)
			return elf_refuse(p->why, "%s is no function", name);
		if (is_init(p, &section) && !may_be_init)
			return elf_refuse(p->why, "%s is in a section that is gone when it is called", name);
		*address = address_of(p, p->where[symbol.st_shndx]) + symbol.st_value;
		return 0;
	}
	return 0;
}

static int find_entries(const struct placing *p)
{
	uint64_t init, exit;
	int err = find_function(p, "init_module", 1, &init);

	if (err == 0 && init == 0)
		err = elf_refuse(p->why, "it has no init_module");
	if (err == 0)
		err = find_function(p, "cleanup_module", 0, &exit);
	if (err != 0)
		return err;
	p->module->init = (int (*)(void))(uintptr_t)init;
	p->module->exit = (void (*)(void))(uintptr_t)exit;
	return 0;
}

static int protect(const struct placing *p)
{
	static const int allowed[part_count] = {
		[text] = PROT_READ | PROT_EXEC, [constants] = PROT_READ, [data] = PROT_READ | PROT_WRITE,
		[init_text] = PROT_READ | PROT_EXEC, [init_constants] = PROT_READ, [init_data] = PROT_READ | PROT_WRITE,
	};

	for (enum part part = text; part < part_count; ++part) {
		const size_t size = p->first[part + 1] - p->first[part];

		if (size != 0 && mprotect(p->module->memory + p->first[part], size, allowed[part]) != 0) {
			const int err = -errno;

			elf_refuse(p->why, "its memory cannot be protected: %s", strerror(-err));
			return err;
		}
	}
	return 0;
}

static int place(struct placing *p)
{
	int err = 0;

	for (size_t i = 1; err == 0 && i < p->image.section_count; ++i) {
		const Elf64_Shdr section = elf_section(&p->image, i);

		err = check_section(p, &section);
	}
	if (err == 0)
		err = lay_out(p);
	if (err == 0 && p->module->size == 0)
		err = elf_refuse(p->why, "nothing of it is loaded");
	if (err == 0)
		err = copy_sections(p);
	if (err == 0)
		err = resolve(p);
	if (err == 0)
		err = relocate(p);
	if (err == 0)
		err = find_entries(p);
	if (err == 0)
		err = protect(p);
	return err;
}

int elf_module_load(struct elf_module *module, const void *object, size_t size, const struct elf_export *exports, size_t export_count,
		    struct elf_why *why)
{
	struct placing p = {.module = module, .exports = exports, .export_count = export_count, .why = why};
	int err;

	*module = (struct elf_module){0};
	err = elf_image_open(&p.image, object, size, why);
	if (err != 0)
		return err;
	p.where = calloc(p.image.section_count, sizeof *p.where);
	if (!p.where) {
		elf_refuse(why, "no memory for it");
		return -ENOMEM;
	}
	err = place(&p);
	free(p.where);
	if (err != 0)
		elf_module_unload(module);
	return err;
}

int elf_module_start(struct elf_module *module)
{
	const int answer = module->init();

	module->is_live = answer == 0;
	if (module->size > module->kept) {
		munmap(module->memory + module->kept, module->size - module->kept);
		module->size = module->kept;
	}
	return answer;
}

void elf_module_unload(struct elf_module *module)
{
	if (module->is_live && module->exit)
		module->exit();
	if (module->memory && module->size != 0)
		munmap(module->memory, module->size);
	*module = (struct elf_module){0};
}
