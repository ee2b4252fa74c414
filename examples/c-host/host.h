/* SPDX-License-Identifier: BSL-1.0
 *
 * The functions that the C host exports to its modules (the table in main.c). Modules have no C library; the compiler may call
 * the last three on its own. */
#ifndef HOST_H
#define HOST_H

#include <stddef.h>

/* A line on the host's standard output. */
void host_log(const char *line);

void *memcpy(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);

/* The functions of a module. init_module returns 0; with any other result the module is unloaded. */
int init_module(void);
void cleanup_module(void);

#endif
