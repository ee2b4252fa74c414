/* SPDX-License-Identifier: BSL-1.0
 *
 * The hook of the 2012 patch set, for loaders written in C. hook.cpp defines it; the C++ side is modsig/load/hook.hpp.
 *
 * Returns 0 where the module is verified: it is the first *payload_size bytes, and its signature follows. Otherwise returns a
 * negative errno (-ENODATA no signature, -ENOKEY unknown key, -EKEYREJECTED does not match, -EBADMSG malformed, -EINVAL
 * null pointer, ...), and *payload_size is unchanged. Load the module from the memory that was verified, which must not be
 * written in between. Thread-safe; usable before main. */
#ifndef INTEGRITY_MODULE_CHECK_H
#define INTEGRITY_MODULE_CHECK_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" int integrity_module_check(const void *data, size_t size, size_t *payload_size) noexcept;
#else
int integrity_module_check(const void *data, size_t size, size_t *payload_size);
#endif

#endif
