/* SPDX-License-Identifier: BSL-1.0
 * A plugin that says who it is: ANSWER when it is asked, and, when it is evil, already when it is loaded. */
#define _POSIX_C_SOURCE 200809L /* setenv */
#include <stdlib.h>

int announce(void) { return ANSWER; }

#ifdef EVIL
__attribute__((constructor)) static void executed(void) { setenv("MODSIG_TEST_EVIL", "executed", 1); }
#endif
