/* SPDX-License-Identifier: BSL-1.0
 *
 * c-host: loads modules as a kernel does, each after integrity_module_check has verified it.
 *
 *     c-host MODULE...
 *
 * For each in turn: prints `accepted: N bytes of module, M bytes of signature`, loads these N bytes and runs the module's
 * init_module and cleanup_module; or prints the reason why not, and continues with the next.
 * Exit status, of the first module with a fault: 1 refused, 6 verified but not loadable, 7 not readable, 8 its init_module
 * failed. 2: usage.
 *
 * The bytes that are verified are the bytes that are loaded: the file is read once, into private pages that are made read-only
 * before they are verified, and the loader reads these pages. The file's own pages are never mapped, since a process that can
 * write to the file could change them after the verification. */
#define _GNU_SOURCE /* mremap */
#include "elf_module.h"
#include "host.h"
#include "integrity_module_check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { first_room = 1 << 16, most_room = 1 << 28 };

struct copy {
	void *data;
	size_t size, room;
};

static void forget(struct copy *copy)
{
	munmap(copy->data, copy->room);
}

/* Reads to the end, not to a known size: the file may grow or shrink. Returns 0 or an errno. */
static int read_all(int fd, struct copy *copy)
{
	for (;;) {
		const ssize_t got = read(fd, (char *)copy->data + copy->size, copy->room - copy->size);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return errno;
		if (got == 0)
			return 0;
		copy->size += (size_t)got;
		if (copy->size == copy->room) {
			void *grown = copy->room < most_room ? mremap(copy->data, copy->room, 2 * copy->room, MREMAP_MAYMOVE) : MAP_FAILED;

			if (grown == MAP_FAILED)
				return copy->room < most_room ? errno : EFBIG;
			copy->data = grown;
			copy->room *= 2;
		}
	}
}

static int copy_of_fd(int fd, struct copy *copy)
{
	struct stat about;
	int err;

	if (fstat(fd, &about) != 0)
		return errno;
	if (!S_ISREG(about.st_mode))
		return EINVAL; /* as in Linux, kernel_read_file() */
	copy->size = 0;
	copy->room = first_room;
	copy->data = mmap(NULL, copy->room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (copy->data == MAP_FAILED)
		return errno;
	err = read_all(fd, copy);
	if (err == 0 && mprotect(copy->data, copy->room, PROT_READ) != 0)
		err = errno;
	if (err != 0)
		forget(copy);
	return err;
}

static int copy_of_file(const char *path, struct copy *copy)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK); /* a FIFO is refused without waiting */
	int err;

	if (fd < 0)
		return errno;
	err = copy_of_fd(fd, copy);
	close(fd);
	return err;
}

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

static int check_and_load(const char *path, const struct copy *copy)
{
	size_t module_size = 0;
	const int err = integrity_module_check(copy->data, copy->size, &module_size);

	if (err != 0) {
		fprintf(stderr, "%s: refused: %s\n", path, strerror(-err));
		return 1;
	}
	printf("%s: accepted: %zu bytes of module, %zu bytes of signature\n", path, module_size, copy->size - module_size);
	return load_and_run(path, copy->data, module_size);
}

int main(int argc, char **argv)
{
	int status = 0;

	if (argc < 2) {
		fprintf(stderr, "usage: c-host MODULE...\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0); /* keeps the order of lines, even when a module crashes */
	for (int i = 1; i < argc; ++i) {
		struct copy copy = {0};
		const int err = copy_of_file(argv[i], &copy);
		int outcome = 7;

		if (err != 0) {
			fprintf(stderr, "%s: %s\n", argv[i], strerror(err));
		} else {
			outcome = check_and_load(argv[i], &copy);
			forget(&copy);
		}
		if (status == 0)
			status = outcome;
	}
	return status;
}
