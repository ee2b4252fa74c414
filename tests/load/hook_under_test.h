/* SPDX-License-Identifier: BSL-1.0
 * The hook as C sees it. hook.cpp defines it; before_main.cpp and hook_from_c.c call it. */
#ifndef MODSIG_TESTS_LOAD_HOOK_UNDER_TEST_H
#define MODSIG_TESTS_LOAD_HOOK_UNDER_TEST_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
int hook_under_test(const void *data, size_t size, size_t *payload_size) noexcept;
#else
int hook_under_test(const void *data, size_t size, size_t *payload_size);
#endif
int hook_called_from_c(const void *data, size_t size, size_t *payload_size);
#ifdef __cplusplus
}
#endif

#endif
