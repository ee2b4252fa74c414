/* SPDX-License-Identifier: BSL-1.0
 *
 * A module that says GOOD, or, when it is evil, EVIL: by itself too, without any help of the host. It is larger than it need
 * be, so that a reader may find half of one and half of another. ANSWER is what its init_module returns. */
#include "../../../examples/c-host/host.h"

#ifndef ANSWER
#define ANSWER 0
#endif

__attribute__((used)) static const unsigned char filler[1 << 17] = {1};

#ifdef EVIL
static void shout(void)
{
	static const char word[] = "EVIL\n";
	long answer = 1; /* write(2) to standard output */

	__asm__ volatile("syscall" : "+a"(answer) : "D"(1L), "S"(word), "d"(sizeof word - 1) : "rcx", "r11", "memory");
}
#endif

int init_module(void)
{
#ifdef EVIL
	shout();
	host_log("EVIL");
#else
	host_log("GOOD");
#endif
	return ANSWER;
}
