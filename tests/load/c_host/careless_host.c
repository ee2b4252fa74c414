/* SPDX-License-Identifier: BSL-1.0
 *
 * The C host as it must not be: it verifies what it read, and then loads what it reads once more. race_c_host.py shows that
 * its attackers get through here. */
#include "../../../examples/c-host/elf_module.h"
#include "../../../examples/c-host/host.h"

#include "modsig.h"
#include "vendor_key.h" /* of the C host */

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
	modsig_options options = {.size = sizeof options, .policy = "legacy"};
	modsig_verifier *verifier = NULL;
	modsig_trust *trust = modsig_trust_new();

	if (modsig_trust_add_memory(trust, vendor_key, sizeof vendor_key, NULL) != MODSIG_OK || modsig_verifier_new(trust, &options, &verifier) != MODSIG_OK)
		return 7;
	for (int i = 1; i < argc; ++i) {
		size_t size = read_file(argv[i], data, sizeof data);
		struct elf_module module;
		struct elf_why why;

		if (modsig_verify_memory(verifier, data, size, NULL, NULL) != MODSIG_VERIFIED)
			continue;
		size = read_file(argv[i], data, sizeof data);
		if (elf_module_load(&module, data, size, exports, sizeof exports / sizeof *exports, &why) != 0)
			continue;
		elf_module_start(&module);
		elf_module_unload(&module);
	}
	modsig_verifier_free(verifier);
	modsig_trust_free(trust);
	return 0;
}
