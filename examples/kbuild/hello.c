// SPDX-License-Identifier: BSL-1.0
#include <linux/init.h>
#include <linux/module.h>

static int __init hello_init(void)
{
	pr_info("hello\n");
	return 0;
}

static void __exit hello_exit(void)
{
}

module_init(hello_init);
module_exit(hello_exit);
MODULE_DESCRIPTION("modsig's example of a module outside of the kernel's tree: hello");
MODULE_LICENSE("GPL");
