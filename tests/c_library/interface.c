/* SPDX-License-Identifier: BSL-1.0
 *
 * What modsig.h promises, from C99: NULL, sizes, ownership, files that are none, what is verified is what is loaded.
 *     interface CORPUS PLUGIN EVIL
 * PLUGIN: a signed library with a function `announce` that returns 42; EVIL: the same without a signature. */
#define _GNU_SOURCE
#include "modsig.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int faults;
static const char *corpus, *plugin, *unsigned_plugin;

#define CHECK(condition) \
	do { \
		if (!(condition)) { \
			++faults; \
			printf("FAIL  %s:%d: %s\n", __FILE__, __LINE__, #condition); \
		} \
	} while (0)

static char *path_of(const char *name)
{
	char *path = malloc(strlen(corpus) + strlen(name) + 2);

	if (path == NULL)
		abort();
	sprintf(path, "%s/%s", corpus, name);
	return path;
}

static int is(const char *text, const char *expected)
{
	return text != NULL && strcmp(text, expected) == 0;
}

static modsig_trust *trust_of(const char *key)
{
	modsig_trust *trust = modsig_trust_new();
	char *path = path_of(key);

	CHECK(modsig_trust_add_path(trust, path, NULL) == MODSIG_OK);
	free(path);
	return trust;
}

static modsig_verifier *verifier_of(const char *policy, const char *key)
{
	modsig_options options = {sizeof options, NULL, NULL, NULL, 0};
	modsig_verifier *verifier = NULL;
	modsig_trust *trust = trust_of(key);

	options.policy = policy;
	options.time = 1790000000;
	CHECK(modsig_verifier_new(trust, &options, &verifier) == MODSIG_OK);
	modsig_trust_free(trust); /* the verifier does not need it */
	return verifier;
}

static void *read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	char *bytes = malloc(1 << 21);

	if (file == NULL || bytes == NULL)
		abort();
	*size = fread(bytes, 1, 1 << 21, file);
	fclose(file);
	return bytes;
}

static void null_is_defined(void)
{
	modsig_verifier *verifier = (modsig_verifier *)&faults;
	modsig_trust *trust = modsig_trust_new();
	modsig_result *result = (modsig_result *)&faults;
	size_t size = 7;

	CHECK(modsig_version() > 0 && modsig_engine() != NULL);
	modsig_trust_free(NULL);
	modsig_verifier_free(NULL);
	modsig_result_free(NULL);
	CHECK(modsig_trust_add_path(NULL, "x", NULL) == MODSIG_INVALID_ARGUMENT);
	CHECK(modsig_trust_add_path(trust, NULL, NULL) == MODSIG_INVALID_ARGUMENT);
	CHECK(modsig_trust_add_memory(NULL, "x", 1, NULL) == MODSIG_INVALID_ARGUMENT);
	CHECK(modsig_trust_add_memory(trust, NULL, 1, NULL) == MODSIG_INVALID_ARGUMENT);
	CHECK(modsig_trust_add_memory(trust, NULL, 0, NULL) == MODSIG_NO_KEY);
	CHECK(modsig_trust_revoke_path(NULL, "x") == MODSIG_INVALID_ARGUMENT);
	CHECK(modsig_trust_revoke_path(trust, NULL) == MODSIG_INVALID_ARGUMENT);
	CHECK(modsig_trust_revoke_memory(NULL, "x", 1) == MODSIG_INVALID_ARGUMENT);
	CHECK(modsig_trust_revoke_memory(trust, NULL, 1) == MODSIG_INVALID_ARGUMENT);
	CHECK(modsig_trust_key_count(NULL) == 0 && modsig_trust_note_count(NULL) == 0 && modsig_trust_note(NULL, 0) == NULL);
	CHECK(modsig_trust_note(trust, 99) == NULL);
	CHECK(modsig_verifier_new(NULL, NULL, &verifier) == MODSIG_INVALID_ARGUMENT && verifier == NULL);
	CHECK(modsig_verifier_new(trust, NULL, NULL) == MODSIG_INVALID_ARGUMENT);
	CHECK(modsig_verifier_key_count(NULL) == 0 && modsig_verifier_note_count(NULL) == 0 && modsig_verifier_note(NULL, 0) == NULL);

	CHECK(modsig_verifier_new(trust, NULL, &verifier) == MODSIG_OK);
	CHECK(modsig_verify_file(NULL, "x", NULL, &result) == MODSIG_REJECTED && is(modsig_result_reason(result), "invalid_argument"));
	CHECK(modsig_verify_file(verifier, NULL, NULL, &result) == MODSIG_REJECTED && is(modsig_result_reason(result), "invalid_argument"));
	CHECK(modsig_verify_descriptor(NULL, 0, NULL, &result) == MODSIG_REJECTED && is(modsig_result_reason(result), "invalid_argument"));
	CHECK(modsig_verify_memory(NULL, "x", 1, NULL, &result) == MODSIG_REJECTED && is(modsig_result_reason(result), "invalid_argument"));
	CHECK(modsig_verify_memory(verifier, NULL, 1, NULL, &result) == MODSIG_REJECTED && is(modsig_result_reason(result), "invalid_argument"));
	CHECK(modsig_result_errno(result) == EINVAL && modsig_result_kind(result) == MODSIG_KIND_UNREADABLE);
	modsig_result_free(result);
	modsig_result_free(result); /* nothing was allocated */
	CHECK(modsig_verify_memory(verifier, NULL, 0, NULL, &result) == MODSIG_REJECTED && is(modsig_result_reason(result), "no_signature"));
	modsig_result_free(result);
	CHECK(modsig_verify_file(verifier, plugin, NULL, NULL) == MODSIG_REJECTED);

	CHECK(modsig_result_verdict(NULL) == MODSIG_REJECTED && is(modsig_result_reason(NULL), "not_checked"));
	CHECK(modsig_result_kind(NULL) == MODSIG_KIND_BAD_SIGNATURE && modsig_result_message(NULL) != NULL);
	CHECK(is(modsig_result_layout(NULL), "") && is(modsig_result_digest(NULL), "") && is(modsig_result_scheme(NULL), ""));
	CHECK(is(modsig_result_key_id(NULL), "") && is(modsig_result_signer(NULL), "") && modsig_result_errno(NULL) == 0);
	CHECK(modsig_result_offset(NULL) == 0 && modsig_result_content_offset(NULL) == 0 && modsig_result_content_size(NULL) == 0);
	CHECK(modsig_result_content(NULL, &size) == NULL && size == 0 && modsig_result_content(NULL, NULL) == NULL);
	CHECK(modsig_result_descriptor(NULL) == -1 && modsig_result_tolerated_descriptor(NULL) == -1 && modsig_result_library_path(NULL) == NULL);
	modsig_verifier_free(verifier);
	modsig_trust_free(trust);
}

/* A caller that was compiled with an older header, with a newer one, or that has forgotten the size. */
static void structs_of_other_versions(void)
{
	struct {
		modsig_options known;
		uint64_t newer;
	} options;
	modsig_trust *trust = trust_of("keys/rsa2048.cert.pem");
	modsig_verifier *verifier = NULL;

	memset(&options, 0, sizeof options);
	CHECK(modsig_verifier_new(trust, &options.known, &verifier) == MODSIG_INVALID_ARGUMENT && verifier == NULL);
	options.known.size = offsetof(modsig_options, layouts); /* all that there was */
	options.known.policy = "legacy";
	options.known.layouts = "no such layout";
	CHECK(modsig_verifier_new(trust, &options.known, &verifier) == MODSIG_OK);
	modsig_verifier_free(verifier);
	options.known.layouts = NULL;
	options.known.size = sizeof options;
	CHECK(modsig_verifier_new(trust, &options.known, &verifier) == MODSIG_OK);
	modsig_verifier_free(verifier);
	options.newer = 1;
	CHECK(modsig_verifier_new(trust, &options.known, &verifier) == MODSIG_INVALID_ARGUMENT);
	options.known.size = SIZE_MAX;
	CHECK(modsig_verifier_new(trust, &options.known, &verifier) == MODSIG_INVALID_ARGUMENT);
	modsig_trust_free(trust);
}

static modsig_status make(const modsig_trust *trust, const char *policy, const char *layouts, const char *kernel)
{
	modsig_options options = {sizeof options, NULL, NULL, NULL, 0};
	modsig_verifier *verifier = NULL;
	modsig_status status;

	options.policy = policy;
	options.layouts = layouts;
	options.kernel = kernel;
	status = modsig_verifier_new(trust, &options, &verifier);
	CHECK((status == MODSIG_OK) == (verifier != NULL));
	modsig_verifier_free(verifier);
	return status;
}

static void names(void)
{
	static const char *const policies[] = {"strict", "legacy", "permissive", "linux-modsign", "linux-modsign-relaxed", "linux-digsig"};
	modsig_trust *trust = trust_of("keys/rsa2048.cert.pem");
	char *key = path_of("keys/rsa2048.cert.pem");
	size_t i;

	for (i = 0; i < sizeof policies / sizeof *policies; ++i)
		CHECK(make(trust, policies[i], NULL, NULL) == MODSIG_OK);
	CHECK(make(trust, NULL, NULL, NULL) == MODSIG_OK);
	CHECK(make(trust, "Strict", NULL, NULL) == MODSIG_UNKNOWN_NAME && make(trust, "", NULL, NULL) == MODSIG_UNKNOWN_NAME);
	CHECK(make(trust, "strict", "modsign,digsig,ima,evm,fsverity,mcuboot", NULL) == MODSIG_OK);
	CHECK(make(trust, "strict", "", NULL) == MODSIG_UNKNOWN_NAME && make(trust, "strict", "modsign,", NULL) == MODSIG_UNKNOWN_NAME);
	CHECK(make(trust, "strict", "bpf", NULL) == MODSIG_UNKNOWN_NAME);
	CHECK(make(trust, "linux-modsign", "digsig", NULL) == MODSIG_UNKNOWN_NAME); /* the policy does not know it */
	CHECK(make(trust, "linux-modsign", NULL, "7.3") == MODSIG_OK && make(trust, "linux-modsign", NULL, "6.12.117+deb13-amd64") == MODSIG_OK);
	CHECK(make(trust, "linux-modsign", NULL, "2.6.32") == MODSIG_UNKNOWN_NAME && make(trust, "linux-modsign", NULL, "") == MODSIG_UNKNOWN_NAME);
	CHECK(make(trust, "strict", NULL, "6.12") == MODSIG_INVALID_ARGUMENT);
	CHECK(modsig_trust_add_path(trust, key, "evm,mcuboot") == MODSIG_OK && modsig_trust_add_path(trust, key, "kernel") == MODSIG_UNKNOWN_NAME);
	CHECK(modsig_trust_key_count(trust) == 2);
	CHECK(modsig_status_text((modsig_status)-1) != NULL && modsig_status_text((modsig_status)99) != NULL);
	free(key);
	modsig_trust_free(trust);
}

/* Nothing waits, and nothing but a regular file is a module or a key. */
static void hostile_files(const char *folder)
{
	char fifo[256];
	const char *paths[5];
	modsig_trust *trust = modsig_trust_new();
	modsig_verifier *verifier = verifier_of("legacy", "keys/rsa2048.cert.pem");
	size_t i;

	snprintf(fifo, sizeof fifo, "%s/fifo", folder);
	CHECK(mkfifo(fifo, 0600) == 0);
	paths[0] = "/no/such/file";
	paths[1] = fifo;
	paths[2] = "/dev/zero";
	paths[3] = "/proc/self/environ";
	paths[4] = folder;
	for (i = 0; i < 5; ++i) {
		modsig_input input = {sizeof input, NULL, NULL, 0, 0, 0, NULL, NULL, 0, NULL, 0};
		modsig_result *result = NULL;
		const size_t notes = modsig_trust_note_count(trust);
		int descriptor;

		errno = 1234;
		CHECK(modsig_verify_file(verifier, paths[i], NULL, &result) == MODSIG_REJECTED);
		CHECK(errno == 1234);
		CHECK(i == 3 || (is(modsig_result_reason(result), "io_error") && modsig_result_kind(result) == MODSIG_KIND_UNREADABLE));
		CHECK(modsig_result_errno(result) != 0 && modsig_result_content(result, NULL) == NULL && modsig_result_descriptor(result) == -1);
		CHECK(i != 0 || (modsig_result_errno(result) == ENOENT && is(modsig_result_message(result), strerror(ENOENT))));
		modsig_result_free(result);
		input.signature_path = paths[i];
		CHECK(modsig_verify_file(verifier, plugin, &input, &result) == MODSIG_REJECTED);
		CHECK(modsig_result_kind(result) == MODSIG_KIND_UNREADABLE || i == 3);
		modsig_result_free(result);
		CHECK(i == 4 || modsig_trust_add_path(trust, paths[i], NULL) == (i == 3 ? MODSIG_NO_KEY : MODSIG_UNREADABLE) || i == 3);
		CHECK(i == 4 || modsig_trust_note_count(trust) == notes + 1);
		CHECK(i == 4 || modsig_trust_revoke_path(trust, paths[i]) != MODSIG_OK);
		descriptor = open(paths[i], O_RDONLY | O_NONBLOCK);
		CHECK(modsig_verify_descriptor(verifier, descriptor, NULL, &result) == MODSIG_REJECTED);
		modsig_result_free(result);
		if (descriptor >= 0)
			close(descriptor);
	}
	CHECK(modsig_verify_descriptor(verifier, -1, NULL, NULL) == MODSIG_REJECTED);
	CHECK(modsig_verify_descriptor(verifier, 1 << 20, NULL, NULL) == MODSIG_REJECTED);
	/* The folder holds a FIFO alone: a note says so, and no key is in it. */
	CHECK(modsig_trust_add_path(trust, folder, NULL) == MODSIG_NO_KEY);
	CHECK(strstr(modsig_trust_note(trust, modsig_trust_note_count(trust) - 1), "fifo") != NULL);
	CHECK(modsig_trust_revoke_path(trust, folder) == MODSIG_BAD_ENTRY);
	CHECK(modsig_trust_key_count(trust) == 0);
	unlink(fifo);
	modsig_verifier_free(verifier);
	modsig_trust_free(trust);
}

static void revocations(void)
{
	static const char bad[] = "bin:00", good[] = "bin:0000000000000000000000000000000000000000\nnonsense\n";
	modsig_trust *trust = trust_of("keys/rsa2048.cert.pem");
	char *key = path_of("keys/rsa2048.pub.pem");
	modsig_options options = {sizeof options, "legacy", NULL, NULL, 1790000000};
	modsig_verifier *before = NULL, *after = NULL;
	modsig_result *result = NULL;

	CHECK(modsig_verifier_new(trust, &options, &before) == MODSIG_OK);
	CHECK(modsig_trust_revoke_memory(trust, bad, sizeof bad - 1) == MODSIG_BAD_ENTRY);
	CHECK(modsig_trust_revoke_memory(trust, good, sizeof good - 1) == MODSIG_BAD_ENTRY); /* the first line would do */
	CHECK(modsig_trust_note_count(trust) == 2);
	CHECK(modsig_verifier_new(trust, &options, &after) == MODSIG_OK);
	CHECK(modsig_verify_file(after, plugin, NULL, NULL) == MODSIG_VERIFIED);
	modsig_verifier_free(after);
	CHECK(modsig_trust_revoke_path(trust, key) == MODSIG_OK); /* the key alone, of which a certificate is trusted */
	CHECK(modsig_verifier_new(trust, &options, &after) == MODSIG_OK);
	CHECK(modsig_verify_file(before, plugin, NULL, NULL) == MODSIG_VERIFIED);
	CHECK(modsig_verify_file(after, plugin, NULL, &result) == MODSIG_REJECTED);
	CHECK(is(modsig_result_reason(result), "revoked") && modsig_result_kind(result) == MODSIG_KIND_REFUSED);
	modsig_result_free(result);
	modsig_verifier_free(before);
	modsig_verifier_free(after);
	modsig_trust_free(trust);
	free(key);
}

static void keys_that_a_policy_does_not_take(void)
{
	modsig_options options = {sizeof options, "linux-modsign", NULL, NULL, 0};
	modsig_trust *trust = trust_of("keys/rsa2048.cert.pem");
	char *key = path_of("keys/rsa2048.pub.der");
	modsig_verifier *verifier = NULL;

	CHECK(modsig_trust_add_path(trust, key, NULL) == MODSIG_OK && modsig_trust_key_count(trust) == 2);
	CHECK(modsig_verifier_new(trust, &options, &verifier) == MODSIG_OK);
	CHECK(modsig_verifier_key_count(verifier) == 1 && modsig_verifier_note_count(verifier) == 1);
	CHECK(strstr(modsig_verifier_note(verifier, 0), "rsa2048.pub.der") != NULL && modsig_verifier_note(verifier, 1) == NULL);
	modsig_verifier_free(verifier);
	modsig_trust_free(trust);
	free(key);
}

static void result_of_a_verified_file(void)
{
	const int every_seal = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
	modsig_verifier *verifier = verifier_of("legacy", "keys/rsa2048.cert.pem");
	modsig_result *result = NULL, *of_memory = NULL;
	size_t whole, unsigned_size, size = 0;
	void *image = read_file(plugin, &whole), *plain = read_file(unsigned_plugin, &unsigned_size), *library;
	char *again = malloc(whole);
	const void *content;
	int (*announce)(void), descriptor;

	CHECK(modsig_verify_file(verifier, plugin, NULL, &result) == MODSIG_VERIFIED);
	CHECK(modsig_result_verdict(result) == MODSIG_VERIFIED && is(modsig_result_reason(result), "none") && modsig_result_kind(result) == MODSIG_KIND_NONE);
	CHECK(is(modsig_result_layout(result), "digsig") && is(modsig_result_digest(result), "sha256") && strlen(modsig_result_key_id(result)) == 16);
	CHECK(modsig_result_scheme(result)[0] != '\0' && modsig_result_signer(result)[0] != '\0' && modsig_result_errno(result) == 0);
	CHECK(modsig_result_content_offset(result) == 0 && modsig_result_content_size(result) == unsigned_size);
	content = modsig_result_content(result, &size);
	CHECK(content != NULL && size == unsigned_size && memcmp(content, plain, size) == 0);

	descriptor = modsig_result_descriptor(result);
	CHECK(descriptor >= 0 && pread(descriptor, again, whole, 0) == (ssize_t)whole && memcmp(again, image, whole) == 0);
	CHECK((fcntl(descriptor, F_GET_SEALS) & every_seal) == every_seal);
	CHECK(pwrite(descriptor, "x", 1, 0) == -1 && ftruncate(descriptor, 0) == -1);
	CHECK(modsig_result_tolerated_descriptor(result) == -1);
	modsig_verifier_free(verifier); /* the result does not need it */
	library = dlopen(modsig_result_library_path(result), RTLD_NOW);
	CHECK(library != NULL);
	if (library != NULL) {
		*(void **)&announce = dlsym(library, "announce");
		CHECK(announce != NULL && announce() == 42);
		dlclose(library);
	}
	modsig_result_free(result);

	verifier = verifier_of("legacy", "keys/rsa2048.cert.pem");
	CHECK(modsig_verify_memory(verifier, image, whole, NULL, &of_memory) == MODSIG_VERIFIED);
	CHECK(modsig_result_content_size(of_memory) == unsigned_size);
	CHECK(modsig_result_content(of_memory, NULL) == NULL && modsig_result_descriptor(of_memory) == -1 && modsig_result_library_path(of_memory) == NULL);
	modsig_result_free(of_memory);

	descriptor = open(plugin, O_RDONLY);
	CHECK(lseek(descriptor, 17, SEEK_SET) == 17);
	CHECK(modsig_verify_descriptor(verifier, descriptor, NULL, &result) == MODSIG_VERIFIED);
	CHECK(lseek(descriptor, 0, SEEK_CUR) == 17);
	close(descriptor);
	content = modsig_result_content(result, &size);
	CHECK(content != NULL && size == unsigned_size && memcmp(content, plain, size) == 0);
	modsig_result_free(result);
	modsig_verifier_free(verifier);
	free(again);
	free(plain);
	free(image);
}

static void what_is_not_verified_is_not_given(void)
{
	modsig_verifier *strict = verifier_of("strict", "keys/rsa2048.cert.pem"), *permissive = verifier_of("permissive", "keys/rsa2048.cert.pem");
	modsig_verifier *stranger = verifier_of("legacy", "keys/rsa3072.cert.pem");
	modsig_result *result = NULL;

	CHECK(modsig_verify_file(strict, unsigned_plugin, NULL, &result) == MODSIG_REJECTED);
	CHECK(is(modsig_result_reason(result), "no_signature") && modsig_result_kind(result) == MODSIG_KIND_NOT_SIGNED && modsig_result_errno(result) == ENODATA);
	CHECK(modsig_result_content(result, NULL) == NULL && modsig_result_descriptor(result) == -1 && modsig_result_library_path(result) == NULL);
	CHECK(modsig_result_tolerated_descriptor(result) == -1);
	modsig_result_free(result);
	CHECK(modsig_verify_file(stranger, plugin, NULL, &result) == MODSIG_REJECTED);
	CHECK(is(modsig_result_reason(result), "key_not_found") && modsig_result_kind(result) == MODSIG_KIND_UNKNOWN_KEY && modsig_result_errno(result) == ENOKEY);
	CHECK(strlen(modsig_result_key_id(result)) == 16 && is(modsig_result_signer(result), ""));
	modsig_result_free(result);
	CHECK(modsig_verify_file(permissive, unsigned_plugin, NULL, &result) == MODSIG_TOLERATED);
	CHECK(modsig_result_content(result, NULL) == NULL && modsig_result_descriptor(result) == -1 && modsig_result_library_path(result) == NULL);
	CHECK(modsig_result_tolerated_descriptor(result) >= 0 && is(modsig_result_reason(result), "no_signature"));
	modsig_result_free(result);
	modsig_verifier_free(strict);
	modsig_verifier_free(permissive);
	modsig_verifier_free(stranger);
}

static void inputs_that_make_no_sense(void)
{
	const modsig_input none = {sizeof none, NULL, NULL, 0, 0, 0, NULL, NULL, 0, NULL, 0};
	modsig_verifier *verifier = verifier_of("legacy", "keys/rsa2048.cert.pem");
	modsig_input input;
	int i;

	CHECK(modsig_verify_file(verifier, plugin, &none, NULL) == MODSIG_VERIFIED);
	for (i = 0; i < 10; ++i) {
		modsig_result *result = NULL;

		input = none;
		if (i == 0)
			input.size = 0;
		if (i == 1)
			input.signature_size = 1;
		if (i == 2)
			input.signature = input.signature_path = "x";
		if (i == 3)
			input.signature_source = 2;
		if (i == 4)
			input.fsverity_digest = "md4";
		if (i == 5)
			input.fsverity_digest = "sha256", input.fsverity_block_size = 3;
		if (i == 6)
			input.evm_metadata = "x", input.evm_metadata_size = 1; /* beside a file */
		if (i == 7)
			input.signature_source = MODSIG_ATTRIBUTE; /* without its value */
		if (i == 8)
			input.fsverity_salt = "x", input.fsverity_salt_size = 1; /* without a digest, as the next */
		if (i == 9)
			input.fsverity_block_size = 4096;
		CHECK(modsig_verify_file(verifier, plugin, &input, &result) == MODSIG_REJECTED);
		CHECK(is(modsig_result_reason(result), "invalid_argument"));
	}
	modsig_verifier_free(verifier);
}

struct hammer {
	const modsig_verifier *verifier;
	int good;
};

enum { threads = 8, turns = 200 };

static void *verify_often(void *argument)
{
	struct hammer *own = argument;
	int i;

	for (i = 0; i < turns; ++i) {
		modsig_result *result = NULL;

		own->good += modsig_verify_file(own->verifier, plugin, NULL, &result) == MODSIG_VERIFIED;
		modsig_result_free(result);
		own->good += modsig_verify_file(own->verifier, unsigned_plugin, NULL, NULL) == MODSIG_REJECTED;
	}
	return NULL;
}

static void *fill_often(void *argument)
{
	char *key = path_of("keys/rsa3072.cert.pem");
	int i;

	for (i = 0; i < 20; ++i)
		CHECK(modsig_trust_add_path(argument, key, NULL) == MODSIG_OK && modsig_trust_key_count(argument) > 0);
	free(key);
	return NULL;
}

static void threads_share_one_verifier(void)
{
	modsig_verifier *verifier = verifier_of("legacy", "keys/rsa2048.cert.pem");
	modsig_trust *trust = trust_of("keys/rsa2048.cert.pem");
	pthread_t running[threads], filling[2];
	struct hammer hammers[threads];
	int i;

	for (i = 0; i < threads; ++i) {
		hammers[i].verifier = verifier;
		hammers[i].good = 0;
		CHECK(pthread_create(&running[i], NULL, verify_often, &hammers[i]) == 0);
	}
	for (i = 0; i < 2; ++i)
		CHECK(pthread_create(&filling[i], NULL, fill_often, trust) == 0);
	for (i = 0; i < threads; ++i) {
		CHECK(pthread_join(running[i], NULL) == 0);
		CHECK(hammers[i].good == 2 * turns);
	}
	for (i = 0; i < 2; ++i)
		CHECK(pthread_join(filling[i], NULL) == 0);
	CHECK(modsig_trust_key_count(trust) == 41);
	modsig_trust_free(trust);
	modsig_verifier_free(verifier);
}

static void *verify_for_ever(void *verifier)
{
	for (;;) {
		(void)modsig_verify_file(verifier, plugin, NULL, NULL);
		pthread_testcancel();
	}
	return NULL;
}

/* A cancellation would unwind C++ frames that let nothing through, and end the program. */
static void threads_may_be_cancelled(void)
{
	modsig_verifier *verifier = verifier_of("legacy", "keys/rsa2048.cert.pem");
	int i;

	for (i = 0; i < 20; ++i) {
		pthread_t running;
		void *value = NULL;

		CHECK(pthread_create(&running, NULL, verify_for_ever, verifier) == 0);
		usleep(500);
		CHECK(pthread_cancel(running) == 0 && pthread_join(running, &value) == 0 && value == PTHREAD_CANCELED);
	}
	modsig_verifier_free(verifier);
}

int main(int argc, char **argv)
{
	char folder[] = "/tmp/modsig-c-XXXXXX";

	if (argc != 4 || mkdtemp(folder) == NULL)
		return 2;
	corpus = argv[1];
	plugin = argv[2];
	unsigned_plugin = argv[3];
	null_is_defined();
	structs_of_other_versions();
	names();
	hostile_files(folder);
	revocations();
	keys_that_a_policy_does_not_take();
	result_of_a_verified_file();
	what_is_not_verified_is_not_given();
	inputs_that_make_no_sense();
	threads_share_one_verifier();
	threads_may_be_cancelled();
	rmdir(folder);
	printf("%s, version %u, engine %s\n", faults == 0 ? "good" : "not good", (unsigned)modsig_version(), modsig_engine());
	return faults != 0;
}
