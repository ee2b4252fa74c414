/* SPDX-License-Identifier: BSL-1.0
 *
 * What the kernel's parsers want of the kernel around them, in user space: differential.sh puts this file in the place of each
 * header of Linux that it does not take from the package. Memory comes from one block that is emptied before each case; nothing is
 * hashed, and every signature is good: only parsing is compared.
 */
#ifndef MODSIG_TESTS_LINUX_KERNEL_HEADERS_H
#define MODSIG_TESTS_LINUX_KERNEL_HEADERS_H

#include <asm/errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t time64_t;
typedef unsigned int gfp_t;

/* linux/compiler.h, linux/export.h, linux/module.h, linux/printk.h */
#define __force
#define __init
#define __exit
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define fallthrough __attribute__((__fallthrough__))
#define IS_REACHABLE(option) 1
#define BUG_ON(condition) do { if (condition) __builtin_trap(); } while (0)
#define WARN_ON(condition) (condition)
#define EXPORT_SYMBOL(name)
#define EXPORT_SYMBOL_GPL(name)
#define MODULE_DESCRIPTION(text) struct kernel_nothing
#define MODULE_AUTHOR(text) struct kernel_nothing
#define MODULE_LICENSE(text) struct kernel_nothing
#define THIS_MODULE ((struct module *)0)
#define module_init(function) struct kernel_nothing
#define module_exit(function) struct kernel_nothing
#define __module_get(owner) ((void)(owner))
#define might_sleep() ((void)0)
#define no_print(...) ((void)sizeof(kernel_unprinted(__VA_ARGS__)))
#define printk no_print
#define pr_debug no_print
#define pr_devel no_print
#define pr_warn no_print
#define pr_err no_print
#define pr_info no_print
#define pr_notice no_print
struct module;
int kernel_unprinted(const char *format, ...);

/* linux/err.h, linux/cleanup.h */
static inline void *ERR_PTR(long error) { return (void *)error; }
static inline long PTR_ERR(const void *pointer) { return (long)pointer; }
static inline bool IS_ERR(const void *pointer) { return (unsigned long)pointer >= (unsigned long)-4095; }
static inline void *ERR_CAST(const void *pointer) { return (void *)pointer; }
#define DEFINE_FREE(name, type, free) static inline void __free_##name(void *p) { type _T = *(type *)p; free; }
#define __free(name) __attribute__((cleanup(__free_##name)))
#define return_ptr(p) do { __auto_type kernel_returned = (p); (p) = NULL; return kernel_returned; } while (0)

/* linux/slab.h */
#define GFP_KERNEL 0u
void *kernel_allocate(size_t size);
static inline void *kmalloc(size_t size, gfp_t flags) { (void)flags; return kernel_allocate(size); }
static inline void *kzalloc(size_t size, gfp_t flags) { return memset(kmalloc(size, flags), 0, size); }
static inline void *kmemdup(const void *from, size_t size, gfp_t flags) {
	return size == 0 ? kmalloc(0, flags) : memcpy(kmalloc(size, flags), from, size);
}
static inline void kfree(const void *pointer) { (void)pointer; }
DEFINE_FREE(kfree, void *, (void)_T)

/* linux/math.h, linux/byteorder/generic.h, linux/unaligned.h */
typedef u64 __be64;
#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))
#define DIV_ROUND_UP_POW2(n, d) DIV_ROUND_UP(n, d)
static inline u64 be64_to_cpu(__be64 value) { return __builtin_bswap64(value); }
static inline u64 get_unaligned_be64(const void *from) {
	u64 value;
	memcpy(&value, from, sizeof value);
	return be64_to_cpu(value);
}

/* linux/overflow.h, linux/bitops.h, linux/kernel.h, linux/string.h, linux/time.h, linux/fips.h */
#define check_add_overflow(a, b, sum) __builtin_add_overflow(a, b, sum)
static inline bool test_bit(unsigned bit, const unsigned long *word) { return *word >> bit & 1; }
static inline bool __test_and_set_bit(unsigned bit, unsigned long *word) {
	bool was = test_bit(bit, word);
	*word |= 1ul << bit;
	return was;
}
static inline char *bin2hex(char *to, const void *from, size_t size) { (void)from; return to + 2 * size; }
static inline int match_string(const char *const *all, size_t count, const char *wanted) {
	(void)all, (void)count, (void)wanted;
	return -EINVAL;
}
time64_t mktime64(unsigned year, unsigned month, unsigned day, unsigned hour, unsigned minute, unsigned second);
#define fips_enabled 0

/* linux/key-type.h, linux/keyctl.h, keys/system_keyring.h, crypto/hash_info.h */
struct kernel_pkey_params;
struct kernel_pkey_query;
struct list_head { struct list_head *next; };
union key_payload { void *data[4]; };
struct key { union key_payload payload; };
struct key_preparsed_payload {
	const void *data;
	size_t datalen;
	char *description;
	size_t quotalen;
	union key_payload payload;
};
enum hash_algo { HASH_ALGO__LAST };
extern const char *const hash_algo_name[];
enum blacklist_hash_type { BLACKLIST_HASH_X509_TBS, BLACKLIST_HASH_BINARY };
static inline int is_hash_blacklisted(const u8 *hash, size_t size, enum blacklist_hash_type type) {
	(void)hash, (void)size, (void)type;
	return 0;
}

/* crypto/hash.h: every digest is there, and none is calculated. */
struct crypto_shash { int nothing; };
struct shash_desc { struct crypto_shash *tfm; };
struct crypto_shash *crypto_alloc_shash(const char *name, u32 type, u32 mask);
static inline void crypto_free_shash(struct crypto_shash *hash) { (void)hash; }
static inline unsigned crypto_shash_descsize(struct crypto_shash *hash) { (void)hash; return 0; }
static inline unsigned crypto_shash_digestsize(struct crypto_shash *hash) { (void)hash; return 1; }
static inline int crypto_shash_init(struct shash_desc *desc) { (void)desc; return 0; }
static inline int crypto_shash_update(struct shash_desc *desc, const void *data, unsigned size) { (void)desc, (void)data, (void)size; return 0; }
static inline int crypto_shash_finup(struct shash_desc *desc, const void *data, unsigned size, u8 *digest) {
	(void)desc, (void)data, (void)size;
	*digest = 0;
	return 0;
}
static inline int crypto_shash_digest(struct shash_desc *desc, const void *data, unsigned size, u8 *digest) {
	return crypto_shash_finup(desc, data, size, digest);
}

#endif
