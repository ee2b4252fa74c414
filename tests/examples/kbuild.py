#!/usr/bin/env python3
"""examples/kbuild: its make targets with the kernel headers that are here (Debian: linux-headers-amd64), DKMS with its
configuration (Debian: dkms), its hooks. kbuild.py TOOL"""
import glob
import os
import shutil
import sys
import tempfile
import unittest

from harness import must, read, run, run_tests, write
from key_search import files_with_private_key, modulus

TOOL = ""
EXAMPLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../examples/kbuild")
# Of a kernel whose headers are here, whether or not it is the one that runs.
VERSIONS = sorted(os.path.basename(os.path.dirname(path)) for path in glob.glob("/lib/modules/*/build") if os.path.exists(path))
ORIGINAL = max(glob.glob("/usr/lib/linux-kbuild-*/scripts/sign-file"), default="")
MARKER = b"~Module signature appended~\n"
NAMES = "goodbye.ko", "hello.ko"


class Example(unittest.TestCase):
    """Each test has a copy of the folder, with the modules built."""

    built = None

    @classmethod
    def setUpClass(cls):
        if Example.built is None:
            Example.built = tempfile.mkdtemp(prefix="modsig-kbuild-")
            unittest.addModuleCleanup(shutil.rmtree, Example.built)
            shutil.copytree(EXAMPLE, f"{Example.built}/kbuild")
            must("make", "-C", f"{Example.built}/kbuild", f"KERNELRELEASE={VERSIONS[-1]}")

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="modsig-kbuild-")
        self.addCleanup(shutil.rmtree, self.folder)
        shutil.copytree(f"{Example.built}/kbuild", f"{self.folder}/kbuild")
        os.chdir(f"{self.folder}/kbuild")
        self.root = f"{self.folder}/root"
        self.installed = f"{self.root}/lib/modules/{VERSIONS[-1]}"

    def make(self, *arguments, to=None):
        must("make", f"KERNELRELEASE={VERSIONS[-1]}", f"MODSIG={TOOL}", to or f"INSTALL_MOD_PATH={self.root}", *arguments)

    def verify(self, status, *arguments):
        done = run(TOOL, "verify", *arguments)
        self.assertEqual(done.returncode, status, f"{arguments}\n{done.stdout.decode()}{done.stderr.decode()}")
        return done.stdout.decode()

    def key(self, name="machine"):
        must(TOOL, "genkey", "--type", "rsa2048", "--out", f"{self.folder}/{name}.pem")
        return f"{self.folder}/{name}.pem", f"{self.folder}/{name}.x509"

    def modules(self, folder):
        found = sorted(os.path.relpath(file, folder) for file in glob.glob(f"{folder}/**", recursive=True) if os.path.isfile(file))
        return found


class Targets(Example):
    def test_signed_modules_install_strips_signs_and_forgets_the_key(self):
        os.makedirs(f"{self.installed}/kernel")
        shutil.copy("hello.ko", f"{self.installed}/kernel/distribution.ko")
        self.make("signed_modules_install")
        os.remove(f"{self.installed}/kernel/distribution.ko")  # which was there before and stays as it was
        self.assertEqual(self.modules(self.installed), [f"updates/modsig-example/{name}" for name in NAMES])
        for policy in "strict", "linux-modsign":
            lines = self.verify(0, "--policy", policy, "--trust", "modules_key.der", self.installed).splitlines()
            self.assertEqual((len(lines), lines[-1]), (3, "2 verified"))
        for name in NAMES:
            file = f"{self.installed}/updates/modsig-example/{name}"
            self.assertEqual(must("modinfo", "-F", "sig_hashalgo", file), b"sha256\n")
            self.assertTrue(must("modinfo", "-F", "signer", file).strip())
            self.assertEqual(must("modinfo", "-F", "vermagic", file).split()[0].decode(), VERSIONS[-1])
            self.assertIn(b".debug_info", must("readelf", "-SW", name))
            self.assertNotIn(b".debug_info", must("readelf", "-SW", file))
        found, looked_at = files_with_private_key([self.folder], modulus("modules_key.der"))
        self.assertEqual(found, [])
        print(f"no private key in {looked_at} files")

    def test_what_was_built_stays_unsigned_and_the_next_installation_has_another_key(self):
        self.make("signed_modules_install")
        self.verify(3, "--trust", "modules_key.der", *NAMES)
        os.rename("modules_key.der", "old.der")
        self.make("signed_modules_install")
        self.verify(0, "--trust", "modules_key.der", self.installed)
        self.verify(4, "--trust", "old.der", self.installed)

    def test_modules_install_leaves_them_unsigned(self):
        self.make("modules_install", "CONFIG_MODULE_COMPRESS_ALL=")  # Debian 13's kernel compresses what it installs
        self.assertEqual(self.modules(self.installed), [f"updates/modsig-example/{name}" for name in NAMES])
        for name in NAMES:
            self.assertEqual(read(f"{self.installed}/updates/modsig-example/{name}"), read(name))

    def test_genkey_and_signing_with_that_key_is_reproducible(self):
        self.make("genkey")
        with_key = "signed_modules_install", "KEY=signing_key.pem", "CERT=signing_key.x509"
        self.make(*with_key)
        self.verify(0, "--trust", "signing_key.x509", self.installed)
        first = [read(f"{self.installed}/updates/modsig-example/{name}") for name in NAMES]
        shutil.rmtree(self.root)
        self.make(*with_key)
        self.assertEqual([read(f"{self.installed}/updates/modsig-example/{name}") for name in NAMES], first)
        self.assertFalse(os.path.exists("modules_key.der"))

    def test_MODLIB_and_INSTALL_MOD_DIR_say_where_to(self):
        self.make("signed_modules_install", "INSTALL_MOD_DIR=extra/here", f"MODLIB={self.folder}/lib")
        self.assertEqual(self.modules(f"{self.folder}/lib"), [f"extra/here/{name}" for name in NAMES])
        self.assertFalse(os.path.exists(self.root))


class Dkms(Example):
    """DKMS has the path of its configuration written into it: a copy of the script looks below the test's folder."""

    def setUp(self):
        super().setUp()
        script = shutil.which("dkms", path=os.environ["PATH"] + ":/usr/sbin")
        if script is None:
            self.skipTest("no dkms here")
        if os.getuid() != 0:
            self.skipTest("DKMS installs as root only")
        self.key_file, self.certificate = self.key()
        for name in "etc/framework.conf.d", "source", "tree", "sign", f"install/{VERSIONS[-1]}":
            os.makedirs(f"{self.folder}/dkms/{name}")
        os.symlink(f"/lib/modules/{VERSIONS[-1]}/build", f"{self.folder}/dkms/install/{VERSIONS[-1]}/build")  # DKMS 3.2 looks there only
        write("../dkms/dkms", read(script).replace(b"/etc/dkms", f"{self.folder}/dkms/etc".encode()))
        os.chmod("../dkms/dkms", 0o755)
        os.symlink(TOOL, f"{self.folder}/dkms/sign/sign-file")
        shutil.copytree(EXAMPLE, f"{self.folder}/dkms/source/modsig-example-1.0")

    def configure(self, sign_file):
        text = read("dkms/modsig.conf").decode()
        for path, ours in ("/usr/local/lib/modsig/sign-file", sign_file), ("/etc/modsig/signing_key.pem", self.key_file), \
                ("/etc/modsig/signing_key.x509", self.certificate):
            self.assertEqual(text.count(f'="{path}"'), 1)
            text = text.replace(f'="{path}"', f'="{ours}"')
        write(f"{self.folder}/dkms/etc/framework.conf.d/modsig.conf", text.encode())

    def dkms(self, action):
        base = f"{self.folder}/dkms"
        return must(f"{base}/dkms", action, "-m", "modsig-example", "-v", "1.0", "-k", VERSIONS[-1], "--no-depmod", "--dkmstree",
                    f"{base}/tree", "--sourcetree", f"{base}/source", "--installtree", f"{base}/install").decode()

    def install(self):
        self.dkms("add")
        said = self.dkms("build")
        self.dkms("install")
        return said

    def installed_modules(self):
        return sorted(glob.glob(f"{self.folder}/dkms/install/{VERSIONS[-1]}/updates/dkms/*.ko*"))

    def test_dkms_signs_with_the_configured_key(self):
        self.configure(f"{self.folder}/dkms/sign/sign-file")
        said = self.install()
        for used in f"{self.folder}/dkms/sign/sign-file\n", f"{self.key_file}\n", f"{self.certificate}\n":
            self.assertIn(used, said)
        modules = self.installed_modules()
        self.assertEqual([os.path.basename(module).split(".")[0] for module in modules], ["goodbye", "hello"])
        self.verify(0, "--trust", self.certificate, *modules)
        self.verify(0, "--policy", "linux-modsign", "--trust", self.certificate, *modules)
        _, other = self.key("other")
        self.verify(4, "--trust", other, *modules)

    def test_dkms_installs_unsigned_modules_when_signing_fails_and_the_hook_signs_them(self):
        write("fails", b"#!/bin/sh\nexit 1\n")
        os.chmod("fails", 0o755)
        self.configure(os.path.abspath("fails"))
        self.install()
        modules = [module for module in self.installed_modules() if module.endswith(".ko")]
        if not modules:
            self.skipTest("DKMS compresses here")
        self.verify(3, "--trust", self.certificate, *modules)
        os.makedirs(f"{self.root}/lib")
        os.rename(f"{self.folder}/dkms/install", f"{self.root}/lib/modules")
        must("hooks/dkms-modsig", VERSIONS[-1], MODSIG=TOOL, INSTALL_MOD_PATH=self.root, MODSIG_KEY=self.key_file)
        self.assertEqual(self.verify(0, "--trust", self.certificate, self.root).splitlines()[2:], ["2 verified"])


class Hooks(Example):
    def test_kmodsign_signs_as_sign_file_does(self):
        key, cert = self.key()
        must("hooks/kmodsign", "sha256", key, cert, "hello.ko", "signed.ko", MODSIG=TOOL)
        self.verify(0, "--trust", cert, "signed.ko")
        if not ORIGINAL:
            self.skipTest("no sign-file here to compare with")
        must(ORIGINAL, "sha256", key, cert, "hello.ko", "expected.ko")
        self.assertEqual(read("signed.ko"), read("expected.ko"))

    def test_kmodsign_replaces_a_signature(self):
        first, second = self.key("first"), self.key("second")
        for key, cert in first, second:
            must("hooks/kmodsign", "sha256", key, cert, "hello.ko", MODSIG=TOOL)
        self.assertEqual(read("hello.ko").count(MARKER), 1)
        self.verify(0, "--trust", second[1], "hello.ko")
        self.assertEqual(run("hooks/kmodsign", "sha256", f"{self.folder}/none.pem", cert, "hello.ko", MODSIG=TOOL).returncode, 7)

    def test_sign_tool_of_dkms_2(self):
        key, cert = self.key()
        must("dkms/sign_tool", VERSIONS[-1], "hello.ko", MODSIG=TOOL, MODSIG_KEY=key)
        self.verify(0, "--trust", cert, "hello.ko")

    def test_the_kernel_hook_signs_what_is_not_signed_and_names_what_it_cannot_sign(self):
        key, cert = self.key()
        for name in "updates/dkms", "extra", "kernel":
            os.makedirs(f"{self.installed}/{name}")
        must(TOOL, "sign", "sha256", key, cert, "hello.ko", f"{self.installed}/updates/dkms/signed.ko")
        shutil.copy("hello.ko", f"{self.installed}/updates/dkms/a space.ko")
        shutil.copy("goodbye.ko", f"{self.installed}/extra/goodbye.ko")
        must(TOOL, "sign", "sha256", *self.key("other"), "hello.ko", f"{self.installed}/extra/other.ko")
        shutil.copy("goodbye.ko", f"{self.installed}/extra/packed.ko")
        must("xz", f"{self.installed}/extra/packed.ko")
        shutil.copy("goodbye.ko", f"{self.installed}/kernel/distribution.ko")
        hook = dict(MODSIG=TOOL, INSTALL_MOD_PATH=self.root, MODSIG_KEY=key)
        said = run("hooks/dkms-modsig", VERSIONS[-1], **hook)
        self.assertEqual(said.returncode, 0)
        self.assertEqual([line.split(" ", 2)[1:] for line in sorted(said.stderr.decode().splitlines())],
                         [[f"{self.installed}/extra/other.ko", f"is not signed with {cert} (key_not_found): this kernel may refuse it"],
                          [f"{self.installed}/extra/packed.ko.xz", f"is not signed with {cert} (no_signature): this kernel may refuse it"],
                          ["signed", f"{self.installed}/extra/goodbye.ko"],
                          ["signed", f"{self.installed}/updates/dkms/a space.ko"]])
        self.verify(0, "--trust", cert, f"{self.installed}/updates", f"{self.installed}/extra/goodbye.ko")
        self.verify(3, "--trust", cert, f"{self.installed}/kernel")
        before = {file: read(f"{self.root}/{file}") for file in self.modules(self.root)}
        must("hooks/dkms-modsig", VERSIONS[-1], **hook)
        self.assertEqual({file: read(f"{self.root}/{file}") for file in self.modules(self.root)}, before)
        without = run("hooks/dkms-modsig", VERSIONS[-1], **{**hook, "MODSIG_KEY": f"{self.folder}/none.pem"})
        self.assertEqual((without.returncode, without.stderr.count(b"\n")), (0, 1))

    def test_run_parts_takes_the_kernel_hook_between_dkms_and_initramfs_tools(self):
        os.mkdir("postinst.d")
        shutil.copy("hooks/dkms-modsig", "postinst.d")
        for name in "dkms", "initramfs-tools":
            write(f"postinst.d/{name}", b"#!/bin/sh\n")
            os.chmod(f"postinst.d/{name}", 0o755)
        listed = must("run-parts", "--test", "postinst.d").decode().split()
        self.assertEqual(listed, [f"postinst.d/{name}" for name in ("dkms", "dkms-modsig", "initramfs-tools")])


if __name__ == "__main__":
    TOOL = os.path.abspath(sys.argv[1])
    if not VERSIONS or shutil.which("make") is None:
        print("no kernel headers or no make here (Debian: linux-headers-amd64, make)")
        sys.exit(77)
    print("kernel headers:", VERSIONS[-1])
    sys.exit(run_tests(sys.modules[__name__], sys.argv[2:]))
