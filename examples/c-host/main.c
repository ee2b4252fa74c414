/* SPDX-License-Identifier: BSL-1.0
 *
 * c-host: loads modules as a kernel does, each after libmodsig (../c-library) has verified it.
 *
 *     c-host MODULE...
 *
 * For each in turn: prints `accepted: N bytes of module, signed by key ID`, loads these N bytes and runs the module's
 * init_module and cleanup_module; or prints the reason why not, and continues with the next.
 * Exit status, of the first module with a fault: 1 refused, 6 verified but not loadable, 7 not readable, 8 its init_module
 * failed. 2: usage.
 *
 * The bytes that are verified are the bytes that are loaded: modsig_verify_file() copies the file into memory that nobody can
 * change, and the loader reads that copy. The ten lines that matter are those of verify_and_load(). */
#include "elf_module.h"
#include "host.h"
#include "modsig.h"
#include "vendor_key.h" /* made from the vendor's public key by embed.py */

#include <stdio.h>
#include <string.h>

void host_log(const char *line)
{
	puts(line);
}

static const struct elf_export exports[] = {
	{"host_log", (void (*)(void))host_log},
	{"memcpy", (void (*)(void))memcpy},
	{"memset", (void (*)(void))memset},
	{"memcmp", (void (*)(void))memcmp},
};

/* Returns 0 or the exit status. */
static int load_and_run(const char *path, const void *object, size_t size)
{
	struct elf_module module;
	struct elf_why why;
	int answer;

	if (elf_module_load(&module, object, size, exports, sizeof exports / sizeof *exports, &why) != 0) {
		fprintf(stderr, "%s: not loaded: %s\n", path, why.text);
		return 6;
	}
	answer = elf_module_start(&module);
	if (answer != 0)
		fprintf(stderr, "%s: its init_module returned %d\n", path, answer);
	elf_module_unload(&module);
	return answer != 0 ? 8 : 0;
}

/* Returns 0 or the exit status. */
static int verify_and_load(const modsig_verifier *verifier, const char *path)
{
	modsig_result *result = NULL;
	int status = 0;

	if (modsig_verify_file(verifier, path, NULL, &result) == MODSIG_VERIFIED) {
		size_t size = 0;
		const void *module = modsig_result_content(result, &size);

		printf("%s: accepted: %zu bytes of module, signed by key %s\n", path, size, modsig_result_key_id(result));
		status = load_and_run(path, module, size);
	} else if (modsig_result_kind(result) == MODSIG_KIND_UNREADABLE) {
		fprintf(stderr, "%s: %s\n", path, modsig_result_message(result));
		status = 7;
	} else {
		fprintf(stderr, "%s: refused: %s\n", path, strerror(modsig_result_errno(result)));
		status = 1;
	}
	modsig_result_free(result);
	return status;
}

/* The layout of 2012 needs the policy legacy: it always has a SHA-1 digest, which strict refuses. NULL with the reason. */
static modsig_verifier *make_verifier(void)
{
	modsig_options options = {.size = sizeof options, .policy = "legacy", .layouts = "digsig"};
	modsig_verifier *verifier = NULL;
	modsig_trust *trust = modsig_trust_new();
	modsig_status status = modsig_trust_add_memory(trust, vendor_key, sizeof vendor_key, NULL);

	if (status == MODSIG_OK)
		status = modsig_verifier_new(trust, &options, &verifier);
	if (status != MODSIG_OK)
		fprintf(stderr, "c-host: its key: %s\n", modsig_status_text(status));
	modsig_trust_free(trust);
	return verifier;
}

int main(int argc, char **argv)
{
	modsig_verifier *verifier;
	int status = 0;

	if (argc < 2) {
		fprintf(stderr, "usage: c-host MODULE...\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0); /* keeps the order of lines, even when a module crashes */
	verifier = make_verifier();
	if (verifier == NULL)
		return 7;
	for (int i = 1; i < argc; ++i) {
		const int outcome = verify_and_load(verifier, argv[i]);

		if (status == 0)
			status = outcome;
	}
	modsig_verifier_free(verifier);
	return status;
}
