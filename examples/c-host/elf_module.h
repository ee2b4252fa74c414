/* SPDX-License-Identifier: BSL-1.0
 *
 * A loader of relocatable objects, like Linux' load_module(): sections are laid out in memory, symbols are looked up among
 * the host's exports, relocations are applied, text becomes read-only and executable, constants read-only.
 * Not checked: whether the module may be loaded; the caller has verified it. x86-64 only. */
#ifndef ELF_MODULE_H
#define ELF_MODULE_H

#include "elf_image.h"

#include <stddef.h>

/* A function of the host that modules may call. */
struct elf_export {
	const char *name;
	void (*function)(void);
};

/* The module's functions have the names of Linux: init_module and, where there is one, cleanup_module. */
struct elf_module {
	unsigned char *memory;
	size_t size;
	size_t kept; /* bytes; the bytes behind them are unmapped when init_module has returned */
	int (*init)(void);
	void (*exit)(void);
	int is_live;
};

/* Lays out and links the object, and runs none of its code. The object is not needed afterwards. No byte outside of it is
 * read, even where it is malformed. Returns 0, or a negative errno with the reason, and then frees everything: -ENOEXEC
 * (malformed or not supported), -ENOENT (an unknown symbol), -ENOMEM. */
int elf_module_load(struct elf_module *module, const void *object, size_t size, const struct elf_export *exports, size_t export_count,
		    struct elf_why *why);

/* Calls init_module, once, and returns its result; 0: the module is live. */
int elf_module_start(struct elf_module *module);

/* Calls cleanup_module where the module is live, and frees its memory. */
void elf_module_unload(struct elf_module *module);

#endif
