// SPDX-License-Identifier: BSL-1.0
#include <linux/init.h>
#include <linux/module.h>

static int __init goodbye_init(void)
{
	pr_info("goodbye\n");
	return 0;
}

static void __exit goodbye_exit(void)
{
}

module_init(goodbye_init);
module_exit(goodbye_exit);
MODULE_DESCRIPTION("modsig's example of a module outside of the kernel's tree: goodbye");
MODULE_LICENSE("GPL");
