/* SPDX-License-Identifier: BSL-1.0 */
#include "hook_under_test.h"

int hook_called_from_c(const void *data, size_t size, size_t *payload_size)
{
	return hook_under_test(data, size, payload_size);
}
