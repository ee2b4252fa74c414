/* SPDX-License-Identifier: BSL-1.0
 *
 * The C host as it must not be: it verifies what it read, and then loads what it reads once more. race_c_host.py shows that
 * its attackers get through here. */
#include "../../../examples/c-host/elf_module.h"
#include "../../../examples/c-host/host.h"
#include "../../../examples/c-host/integrity_module_check.h"

#include <stdio.h>

void host_log(const char *line) { puts(line); }

static const struct elf_export exports[] = {{"host_log", (void (*)(void))host_log}};

static size_t read_file(const char *path, unsigned char *data, size_t room)
{
	FILE *in = fopen(path, "rb");
	const size_t size = in ? fread(data, 1, room, in) : 0;

	if (in)
		fclose(in);
	return size;
}

int main(int argc, char **argv)
{
	static unsigned char data[1 << 20];

	for (int i = 1; i < argc; ++i) {
		size_t module_size = 0, size = read_file(argv[i], data, sizeof data);
		struct elf_module module;
		struct elf_why why;

		if (integrity_module_check(data, size, &module_size) != 0)
			continue;
		size = read_file(argv[i], data, sizeof data);
		if (elf_module_load(&module, data, size, exports, sizeof exports / sizeof *exports, &why) != 0)
			continue;
		elf_module_start(&module);
		elf_module_unload(&module);
	}
	return 0;
}
