// SPDX-License-Identifier: BSL-1.0
#define SEC(name) __attribute__((section(name), used))
char terms[] SEC("license") = "Dual BSD/GPL";
SEC("socket") int always(void *packet) { (void)packet; return 1; }
