/* SPDX-License-Identifier: BSL-1.0
 *
 * A module that finds out whether it was linked well; its init_module returns 0, or the number of what is wrong. Compiled for
 * several code models, it has every relocation that the loader knows. */
#define INIT __attribute__((section(".init.text")))

extern int host_add(int a, int b);
extern void host_note(const char *text);
extern int nobody_has_this(void) __attribute__((weak));

int shared = 7; /* by the global offset table where code is position-independent */
static int own = 5;
static int zeros[1000];
static const char words[3][8] = {"one", "two", "three"};
static int call_by_stub(int a, int b) { return host_add(a, b); }

struct entry {
	int (*function)(int a, int b);
	const char *word;
	int *number;
};
static const struct entry table[] = {{host_add, words[1], &shared}, {call_by_stub, words[2] + 1, &own}};

/* What no compiler writes here by itself. */
__asm__(".pushsection .rodata.by_hand, \"a\"\n"
	".balign 8\n"
	"distance: .quad shared - .\n"
	"short_address: .long shared, 0\n"
	".popsection\n");
extern const long distance __attribute__((visibility("hidden")));
extern const unsigned short_address __attribute__((visibility("hidden")));

/* What the compiler must not know. */
static volatile int one = 1;

int INIT init_module(void)
{
	int (*direct)(int, int) = host_add;
	int sum = 0;

	if (host_add(40, 2) != 42)
		return 1;
	if (table[one].function(3, 4) != 7 || table[one - 1].function(5, 6) != 11)
		return 2;
	if (direct != table[one - 1].function) /* a function has one address */
		return 3;
	if (nobody_has_this)
		return 4;
	for (int i = 0; i < 1000; i += one)
		sum += zeros[i];
	if (sum != 0)
		return 5;
	if (words[one][0] != 't' || table[one - 1].word[2] != 'o' || table[one].word[0] != 'h')
		return 6;
	*table[one].number += one;
	if (own != 6 || *table[one - 1].number != 7 || shared != 7)
		return 7;
	if ((const char *)&distance + distance != (const char *)&shared || short_address != (unsigned long)&shared)
		return 8;
	zeros[one + 500] = 9;
	host_note("init");
	return zeros[501] - 9;
}

void cleanup_module(void) { host_note(own == 6 ? "exit" : "exit, but my data are gone"); }
