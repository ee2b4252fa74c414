/* SPDX-License-Identifier: BSL-1.0
 *
 * A module of the C host: `cc -c -ffreestanding sample_module.c`, and signed by
 * `modsig sign --layout digsig sha256 KEY CERT sample_module.o`. */
#include "host.h"

#define INIT __attribute__((section(".init.text"))) /* unmapped after it was called */

static void say_hello(void) { host_log("sample module: hello"); }
static void say_goodbye(void) { host_log("sample module: goodbye"); }

static void (*const phrases[])(void) = {say_hello, say_goodbye};
static int times_called;

int INIT init_module(void)
{
	phrases[0]();
	return times_called++;
}

void cleanup_module(void)
{
	phrases[times_called]();
}
