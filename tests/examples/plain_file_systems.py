#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Keys and modules on file systems like FAT, where boot partitions and memory sticks have them.
plain_file_systems.py TOOL [TEST...]"""
import os
import shutil
import stat
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../support"))
from harness import must, read, run, run_tests, write
from plain_file_system import PlainFileSystem

TOOL = ""


@unittest.skipUnless(os.geteuid() == 0 and os.path.exists("/dev/fuse"), "only root can mount, and only by /dev/fuse")
class Plain(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="modsig-plain-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        os.chdir(self.folder)
        os.mkdir("fat")

    def mounted(self, mode):
        try:
            return PlainFileSystem("fat", mode)
        except OSError as error:
            self.skipTest(f"nothing can be mounted here: {error}")

    def test_it_is_as_it_says(self):
        """Otherwise the others would prove nothing."""
        with self.mounted(0o755):
            write("fat/a", b"content")
            self.assertEqual(read("fat/a"), b"content")
            self.assertEqual(stat.S_IMODE(os.stat("fat/a").st_mode), 0o755)
            self.assertRaises(PermissionError, os.chmod, "fat/a", 0o600)
            self.assertRaises(PermissionError, os.link, "fat/a", "fat/b")
            self.assertRaises(OSError, os.open, "fat", os.O_TMPFILE | os.O_RDWR)
            self.assertRaises(OSError, os.setxattr, "fat/a", "user.x", b"x")
            os.rename("fat/a", "fat/b")
            self.assertEqual(os.listdir("fat"), ["b"])

    def test_a_key_where_nobody_else_can_read_it(self):
        """Mounted with fmask=0177 or umask=077."""
        for mode in 0o600, 0o700:
            with self.subTest(mode=oct(mode)), self.mounted(mode):
                must(TOOL, "genkey", "--type", "ecdsa-p256", "--out", "fat/key.pem")
                self.assertEqual(sorted(os.listdir("fat")), ["key.pem", "key.x509"])
                self.assertEqual(stat.S_IMODE(os.stat("fat/key.pem").st_mode), mode)
                write("m.ko", b"module")
                must(TOOL, "sign", "sha256", "fat/key.pem", "fat/key.x509", "m.ko", "fat/m.ko")
                must(TOOL, "verify", "--trust", "fat/key.x509", "fat/m.ko")
                must(TOOL, "sign", "--replace", "sha256", "fat/key.pem", "fat/key.x509", "fat/m.ko")
                must(TOOL, "verify", "--trust", "fat/key.x509", "fat/m.ko")
                before = read("fat/key.pem")
                self.assertNotEqual(run(TOOL, "genkey", "--type", "ecdsa-p256", "--out", "fat/key.pem").returncode, 0)
                self.assertEqual(read("fat/key.pem"), before)
                must(TOOL, "genkey", "--type", "ecdsa-p256", "--force", "--out", "fat/key.pem")
                self.assertNotEqual(read("fat/key.pem"), before)
                self.assertEqual(sorted(os.listdir("fat")), ["key.pem", "key.x509", "m.ko"])

    def test_a_key_that_others_could_read_is_refused(self):
        for mode in 0o755, 0o644, 0o640:
            with self.subTest(mode=oct(mode)), self.mounted(mode):
                done = run(TOOL, "genkey", "--type", "ecdsa-p256", "--out", "fat/key.pem")
                self.assertEqual(done.returncode, 7)
                self.assertIn("fat/key.pem: ", done.stderr.decode())
                self.assertEqual(os.listdir("fat"), [])

    def test_the_public_half_of_an_install(self):
        os.mkdir("from")
        write("from/m.ko", b"module")
        with self.mounted(0o755):
            must(TOOL, "install", "--from", "from", "--to", "to", "--type", "ecdsa-p256", "--public-key-out", "fat/key.pem")
            must(TOOL, "verify", "--trust", "fat/key.pem", "to")
            self.assertEqual(os.listdir("fat"), ["key.pem"])


def main():
    global TOOL
    TOOL = os.path.abspath(sys.argv[1])
    return run_tests(sys.modules[__name__], sys.argv[2:], enough=lambda: True)


if __name__ == "__main__":
    sys.exit(main())
