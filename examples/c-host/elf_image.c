/* SPDX-License-Identifier: BSL-1.0 */
#include "elf_image.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int elf_refuse(struct elf_why *why, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(why->text, sizeof why->text, format, arguments);
	va_end(arguments);
	/* names in the object may hold any bytes, also control sequences of terminals */
	for (char *c = why->text; *c != '\0'; ++c)
		if (*c < ' ' || *c > '~')
			*c = '?';
	return -ENOEXEC;
}

/* Offsets in the object may be odd, so structures are copied out of it. */
static void copy_out(const struct elf_image *image, size_t offset, void *to, size_t size)
{
	memcpy(to, image->data + offset, size);
}

Elf64_Shdr elf_section(const struct elf_image *image, size_t index)
{
	Elf64_Shdr section;

	copy_out(image, image->header.e_shoff + index * sizeof section, &section, sizeof section);
	return section;
}

Elf64_Sym elf_symbol(const struct elf_image *image, size_t index)
{
	Elf64_Sym symbol;

	copy_out(image, image->symbols.sh_offset + index * sizeof symbol, &symbol, sizeof symbol);
	return symbol;
}

Elf64_Rela elf_relocation(const struct elf_image *image, const Elf64_Shdr *section, size_t index)
{
	Elf64_Rela relocation;

	copy_out(image, section->sh_offset + index * sizeof relocation, &relocation, sizeof relocation);
	return relocation;
}

const char *elf_section_name(const struct elf_image *image, const Elf64_Shdr *section)
{
	return (const char *)image->data + image->section_names.sh_offset + section->sh_name;
}

const char *elf_symbol_name(const struct elf_image *image, const Elf64_Sym *symbol)
{
	return (const char *)image->data + image->symbol_names.sh_offset + symbol->st_name;
}

static int check_header(struct elf_image *image, struct elf_why *why)
{
	const Elf64_Ehdr *header = &image->header;

	if (image->size < sizeof *header)
		return elf_refuse(why, "%zu bytes are too few for an ELF object", image->size);
	copy_out(image, 0, &image->header, sizeof image->header);
	if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
		return elf_refuse(why, "not an ELF object");
	if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB ||
	    header->e_ident[EI_VERSION] != EV_CURRENT || header->e_machine != EM_X86_64)
		return elf_refuse(why, "an ELF object, but not for x86-64");
	if (header->e_type != ET_REL)
		return elf_refuse(why, "not a relocatable object (its e_type is %u)", header->e_type);
	if (header->e_shentsize != sizeof(Elf64_Shdr))
		return elf_refuse(why, "its section headers have %u bytes each", header->e_shentsize);
	if (header->e_shoff > image->size || header->e_shnum > (image->size - header->e_shoff) / sizeof(Elf64_Shdr))
		return elf_refuse(why, "its section headers reach beyond its end");
	/* 0: none, or more than fit in this field */
	if (header->e_shnum == 0)
		return elf_refuse(why, "it has no section headers");
	image->section_count = header->e_shnum;
	return 0;
}

/* A string table ends with a zero, so every string that begins in it ends in it. */
static int check_strings(const struct elf_image *image, const Elf64_Shdr *table, struct elf_why *why)
{
	if (table->sh_type != SHT_STRTAB || table->sh_size == 0 || image->data[table->sh_offset + table->sh_size - 1] != '\0')
		return elf_refuse(why, "a string table is malformed");
	return 0;
}

/* Section 0 is SHT_NULL, and its other fields are ignored. */
static int check_sections(struct elf_image *image, struct elf_why *why)
{
	for (size_t i = 1; i < image->section_count; ++i) {
		const Elf64_Shdr section = elf_section(image, i);

		if (section.sh_type == SHT_NULL || section.sh_type == SHT_NOBITS)
			continue;
		if (section.sh_offset > image->size || section.sh_size > image->size - section.sh_offset)
			return elf_refuse(why, "section %zu reaches beyond its end", i);
		if (section.sh_type != SHT_SYMTAB)
			continue;
		if (image->symbol_table != 0)
			return elf_refuse(why, "it has two symbol tables");
		image->symbol_table = i;
		image->symbols = section;
	}
	return 0;
}

static int check_section_names(struct elf_image *image, struct elf_why *why)
{
	int err;

	if (image->header.e_shstrndx == SHN_UNDEF || image->header.e_shstrndx >= image->section_count)
		return elf_refuse(why, "its sections have no names");
	image->section_names = elf_section(image, image->header.e_shstrndx);
	err = check_strings(image, &image->section_names, why);
	for (size_t i = 1; err == 0 && i < image->section_count; ++i)
		if (elf_section(image, i).sh_name >= image->section_names.sh_size)
			err = elf_refuse(why, "the name of section %zu is outside of the string table", i);
	return err;
}

static int check_symbols(struct elf_image *image, struct elf_why *why)
{
	int err;

	if (image->symbol_table == 0)
		return elf_refuse(why, "it has no symbol table (stripped?)");
	if (image->symbols.sh_entsize != sizeof(Elf64_Sym) || image->symbols.sh_size % sizeof(Elf64_Sym) != 0)
		return elf_refuse(why, "its symbol table has entries of another size");
	if (image->symbols.sh_link == SHN_UNDEF || image->symbols.sh_link >= image->section_count)
		return elf_refuse(why, "its symbols have no names");
	image->symbol_names = elf_section(image, image->symbols.sh_link);
	image->symbol_count = image->symbols.sh_size / sizeof(Elf64_Sym);
	err = check_strings(image, &image->symbol_names, why);
	for (size_t i = 0; err == 0 && i < image->symbol_count; ++i)
		if (elf_symbol(image, i).st_name >= image->symbol_names.sh_size)
			err = elf_refuse(why, "the name of symbol %zu is outside of the string table", i);
	return err;
}

int elf_image_open(struct elf_image *image, const void *data, size_t size, struct elf_why *why)
{
	int err;

	*image = (struct elf_image){.data = data, .size = size};
	err = check_header(image, why);
	if (err == 0)
		err = check_sections(image, why);
	if (err == 0)
		err = check_section_names(image, why);
	if (err == 0)
		err = check_symbols(image, why);
	return err;
}
