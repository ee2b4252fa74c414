/* SPDX-License-Identifier: BSL-1.0
 *
 * A loader of relocatable objects, in the way of Linux' load_module(): sections are laid out in memory, symbols are looked
 * up among what the host exports, relocations are applied, text becomes read-only and executable, constants read-only.
 * It asks nobody whether the module may be loaded: whoever calls it has asked. x86-64 only. */
#ifndef ELF_MODULE_H
#define ELF_MODULE_H

#include "elf_image.h"

#include <stddef.h>

/* A function of the host that modules may call. */
struct elf_export {
	const char *name;
	void (*function)(void);
};

/* The module's own functions go by the names that they have in Linux: init_module, and cleanup_module if there is one. */
struct elf_module {
	unsigned char *memory;
	size_t size;
	size_t kept; /* bytes; what is behind them is gone when init_module has returned */
	int (*init)(void);
	void (*exit)(void);
	int is_live;
};

/* Lays out and links the object; runs nothing of it. The object is not needed when it returns. Whatever is in there, no
 * byte outside of it is read. 0, or a negative errno and why, and nothing is left behind: -ENOEXEC for what is malformed
 * or not supported, -ENOENT for an unknown symbol, -ENOMEM. */
int elf_module_load(struct elf_module *module, const void *object, size_t size, const struct elf_export *exports, size_t export_count,
		    struct elf_why *why);

/* Calls init_module and returns its answer; 0 means that the module lives. Once. */
int elf_module_start(struct elf_module *module);

/* Calls cleanup_module if the module lives, and gives its memory back. */
void elf_module_unload(struct elf_module *module);

#endif
