/* SPDX-License-Identifier: BSL-1.0
 *
 * c-host: a loader in C that asks integrity_module_check before it would load a module.
 *
 *     c-host MODULE
 *
 * prints `accepted: N bytes of module, M bytes of signature` and exits with 0, or prints why not and exits with 1. */
#include "integrity_module_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The whole file in memory of our own, NULL on failure. */
static void *read_file(const char *path, size_t *size)
{
	FILE *in = fopen(path, "rb");
	size_t capacity = 1 << 16, got;
	char *data = NULL, *grown;

	if (!in)
		return NULL;
	*size = 0;
	do {
		capacity *= 2;
		grown = realloc(data, capacity);
		if (!grown)
			break;
		data = grown;
		got = fread(data + *size, 1, capacity - *size, in);
		*size += got;
	} while (*size == capacity);
	if (!grown || ferror(in)) {
		free(data);
		data = NULL;
	}
	fclose(in);
	return data;
}

int main(int argc, char **argv)
{
	size_t size = 0, module_size = 0;
	void *data;
	int err;

	if (argc != 2) {
		fprintf(stderr, "usage: c-host MODULE\n");
		return 2;
	}
	data = read_file(argv[1], &size);
	if (!data) {
		perror(argv[1]);
		return 7;
	}
	err = integrity_module_check(data, size, &module_size);
	if (err)
		fprintf(stderr, "%s: refused: %s\n", argv[1], strerror(-err));
	else
		printf("%s: accepted: %zu bytes of module, %zu bytes of signature\n", argv[1], module_size, size - module_size);
	free(data);
	return err ? 1 : 0;
}
