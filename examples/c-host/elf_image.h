/* SPDX-License-Identifier: BSL-1.0
 *
 * Reads an ELF relocatable object for x86-64 (ET_REL: .o for the compiler, .ko for the kernel). The object may be hostile:
 * elf_image_open checks all bounds, so that the other functions need not check them again.
 * Sources: System V ABI, chapter 4 (Object Files); elf_validity_cache_copy() in Linux' kernel/module/main.c. */
#ifndef ELF_IMAGE_H
#define ELF_IMAGE_H

#include <elf.h>
#include <stddef.h>

/* Why an object is refused, as text. Names from the object are made printable. */
struct elf_why {
	char text[192];
};

/* Writes the reason, as printf does, and returns -ENOEXEC. */
__attribute__((format(printf, 2, 3))) int elf_refuse(struct elf_why *why, const char *format, ...);

/* Points into the object, which must outlive it. */
struct elf_image {
	const unsigned char *data;
	size_t size;
	size_t section_count;
	size_t symbol_count;
	size_t symbol_table; /* index of its section */
	Elf64_Ehdr header;
	Elf64_Shdr symbols, symbol_names, section_names;
};

/* Returns 0, or -ENOEXEC with the reason. */
int elf_image_open(struct elf_image *image, const void *data, size_t size, struct elf_why *why);

/* Section `index`, which is below section_count. Its bytes are in the object, unless it is SHT_NOBITS. */
Elf64_Shdr elf_section(const struct elf_image *image, size_t index);

/* Symbol `index`, which is below symbol_count. Only its name is checked: it is a string of the object. */
Elf64_Sym elf_symbol(const struct elf_image *image, size_t index);

/* Entry `index` of a section of type SHT_RELA, which is below sh_size / sizeof(Elf64_Rela). Nothing of it is checked. */
Elf64_Rela elf_relocation(const struct elf_image *image, const Elf64_Shdr *section, size_t index);

const char *elf_section_name(const struct elf_image *image, const Elf64_Shdr *section);
const char *elf_symbol_name(const struct elf_image *image, const Elf64_Sym *symbol);

#endif
