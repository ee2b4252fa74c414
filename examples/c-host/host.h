/* SPDX-License-Identifier: BSL-1.0
 *
 * What the C host has for its modules: the names in its table of exports (main.c). There is no C library beside it; the
 * compiler may call the last three by itself. */
#ifndef HOST_H
#define HOST_H

#include <stddef.h>

/* A line on the host's standard output. */
void host_log(const char *line);

void *memcpy(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);

/* What a module has. init_module: 0, or anything else and the module is not wanted. */
int init_module(void);
void cleanup_module(void);

#endif
