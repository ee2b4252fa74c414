/* SPDX-License-Identifier: BSL-1.0
 * A plugin that announces itself when it is loaded and unloaded, `version 1 in`; an evil one also when it is called.
 * -DNAME="doubler" -DWHO="version 1" -DADDED=0: what it calls itself, how it announces itself, what it adds; -DEVIL */
#include <unistd.h>

const char *plugin_name(void);
int plugin_run(int argument);

static void announce(const char *line, size_t size)
{
	if (write(STDOUT_FILENO, line, size) < 0) /* a line at once, from any thread */
		_exit(99);
}
#define ANNOUNCE(what) announce(WHO " " what "\n", sizeof(WHO " " what "\n") - 1)

__attribute__((constructor)) static void in(void) { ANNOUNCE("in"); }
__attribute__((destructor)) static void out(void) { ANNOUNCE("out"); }

const char *plugin_name(void) { return NAME; }
int plugin_run(int argument)
{
#ifdef EVIL
	ANNOUNCE("called");
#endif
	return 2 * argument + ADDED;
}
