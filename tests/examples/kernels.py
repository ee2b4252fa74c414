#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Where systems keep a kernel: --trust-kernel takes an image or the folder of its modules, --release finds both.
kernels.py TOOL CORPUS"""
import json
import os
import shutil
import sys
import tempfile
import unittest

from harness import read, run, run_tests, write

TOOL = CORPUS = ""
V = "6.19.3+deb14-amd64"
# Of each layout the image, and the folder of the modules.
LAYOUTS = {
    "Debian 12, Ubuntu": (f"boot/vmlinuz-{V}", f"lib/modules/{V}"),
    "Debian 13": (f"boot/vmlinuz-{V}", f"usr/lib/modules/{V}"),
    "Debian since Linux 6.19, Fedora, Arch": (f"usr/lib/modules/{V}/vmlinuz", f"usr/lib/modules/{V}"),
    "the same before /usr was merged": (f"lib/modules/{V}/vmlinuz", f"lib/modules/{V}"),
    "Debian on POWER": (f"boot/vmlinux-{V}", f"usr/lib/modules/{V}"),
    "openSUSE on arm64": (f"usr/lib/modules/{V}/Image", f"usr/lib/modules/{V}"),
    "openSUSE on s390x": (f"boot/image-{V}", f"usr/lib/modules/{V}"),
    "Gentoo": (f"boot/kernel-{V}", f"lib/modules/{V}"),
    "Boot Loader Specification": (f"boot/5f0c6a2c9d7b/{V}/linux", f"usr/lib/modules/{V}"),
}


def key(name):
    return os.path.join(CORPUS, "keys", name)


def kernel_with(certificate):
    """What find_kernel_certificates() looks for in a kernel that was not compressed: certs/system_certificates.S."""
    def aligned(content, to):
        return content + bytes(-len(content) % to)
    listed = read(key(certificate))
    head = aligned(b"Linux version 6.19.3 (debian-kernel@lists.debian.org) \0", 256)
    return head + aligned(listed, 8) + 2 * len(listed).to_bytes(8, "little") + b"param=0 param=1\0"  # both lists: the module key alone


class Kernels(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="modsig-kernels-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        os.chdir(self.folder)
        shutil.copy(os.path.join(CORPUS, "modsign/small.rsa2048.sha256.issuer.ko"), "a.ko")

    def system(self, root, image, modules, certificate="rsa2048.cert.der"):
        """A system with one kernel and one module of it."""
        os.makedirs(os.path.join(root, modules, "kernel/lib"))
        os.makedirs(os.path.dirname(os.path.join(root, image)), exist_ok=True)
        write(os.path.join(root, image), kernel_with(certificate))
        shutil.copy("a.ko", os.path.join(root, modules, "kernel/lib"))
        return os.path.join(root, image), os.path.join(root, modules)

    def tool(self, status, *arguments, **options):
        done = run(TOOL, *arguments, **options)
        self.assertEqual(done.returncode, status, f"{arguments}\n{done.stdout.decode()}\n{done.stderr.decode()}")
        return done.stdout.decode(), done.stderr.decode()

    def test_each_layout(self):
        for root, (image, modules) in LAYOUTS.items():
            image, modules = self.system(root, image, modules)
            out, _ = self.tool(0, "verify", "--tsv", "--root", root, "--release", V)
            self.assertEqual([line.split("\t")[:2] for line in out.splitlines()], [[f"{modules}/kernel/lib/a.ko", "verified"]])
            self.tool(0, "verify", "--root", root, "--release", V, "a.ko")
            self.tool(0, "inspect", "--root", root, "--release", V, "a.ko")
            for named in image, modules, modules + "/", os.path.abspath(modules):
                self.tool(0, "verify", "--trust-kernel", named, "a.ko")
            self.tool(0, "verify", "--trust-kernel", ".", os.path.abspath("a.ko"), cwd=modules)
            os.remove(image)
            self.assertIn(f"no image of the kernel {V}", self.tool(7, "verify", "--root", root, "--release", V)[1])
            self.assertIn(modules, self.tool(7, "verify", "--trust-kernel", modules, "a.ko")[1])

    def test_lib_may_be_a_link(self):
        for name in "Debian 13", "Debian since Linux 6.19, Fedora, Arch":
            self.system(name, *LAYOUTS[name])
            os.symlink("usr/lib", f"{name}/lib")
            out, _ = self.tool(0, "verify", "--json", "--root", name, "--release", V)
            self.assertEqual(json.loads(out.splitlines()[-1])["verified"], 1)
            self.tool(0, "verify", "--trust-kernel", f"{name}/lib/modules/{V}", "a.ko")

    def test_a_kernel_trusts_its_own_keys_and_no_other_kernels(self):
        self.system("root", *LAYOUTS["Debian 13"])
        self.system("root", "boot/vmlinuz-5.0", "usr/lib/modules/5.0", "p256.cert.der")
        self.assertIn("the kernel 5.0", self.tool(4, "verify", "--root", "root", "--release", "5.0", "a.ko")[0])
        self.tool(4, "verify", "--trust-kernel", "root/usr/lib/modules/5.0", "a.ko")
        out, _ = self.tool(0, "verify", "--tsv", "--root", "root", "--release", V, "--release", "5.0")
        self.assertEqual(len(out.splitlines()), 2)

    def test_what_is_not_there_is_named(self):
        image, modules = self.system("root", *LAYOUTS["Debian 13"])
        self.assertIn("PATH is needed, --files-from or --release", self.tool(2, "verify", "--trust", key("rsa2048.cert.pem"))[1])
        for release in "6.1", "", ".", "..", f"../modules/{V}", f"{V}/", f"{V}/kernel":
            self.assertIn("no image of the kernel", self.tool(7, "verify", "--root", "root", "--release", release, "a.ko")[1])
            self.assertIn("no modules of the kernel", self.tool(7, "verify", "--root", "root", "--release", release)[1])
        self.assertEqual(self.tool(7, "verify", "--tsv", "--root", "root", "--release", "6.1", "a.ko")[0].split("\t")[2], "not_checked")
        shutil.rmtree(modules)
        self.tool(0, "verify", "--root", "root", "--release", V, "a.ko")
        self.assertIn("no modules of the kernel", self.tool(7, "verify", "--root", "root", "--release", V)[1])
        write(image, bytes(4096))
        self.assertIn(f"{image}: no list of builtin certificates", self.tool(7, "verify", "--root", "root", "--release", V, "a.ko")[1])

    @unittest.skipUnless(os.geteuid() == 0, "only root can become somebody else")
    def test_an_image_that_may_be_read_comes_before_one_that_may_not(self):
        hidden, modules = self.system("root", *LAYOUTS["Debian 13"])
        write(f"{modules}/vmlinuz", kernel_with("rsa2048.cert.der"))
        os.chmod(hidden, 0)  # as Ubuntu has it
        os.chmod(".", 0o755)
        nobody = {"user": 65534, "group": 65534, "extra_groups": []}
        try:
            self.tool(0, "verify", "--root", "root", "--release", V, process=nobody)
        except PermissionError:
            self.skipTest("the tool is where nobody may run it")
        os.remove(f"{modules}/vmlinuz")
        self.assertIn(f"{hidden}: Permission denied", self.tool(7, "verify", "--root", "root", "--release", V, process=nobody)[1])


def main():
    global TOOL, CORPUS
    TOOL, CORPUS = (os.path.abspath(argument) for argument in sys.argv[1:3])
    return run_tests(sys.modules[__name__], sys.argv[3:])


if __name__ == "__main__":
    sys.exit(main())
