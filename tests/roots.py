#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""The scripts that make roots remove nothing that they have not made: roots.py ROOTS.SH"""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

SCRIPT = ""


class Roots(unittest.TestCase):
    """In a folder with a tree to be put somewhere, and a mmdebstrap that makes two files."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="modsig-roots-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        os.chdir(self.folder)
        for name in "tree/tests/a", "tree/old", "tree/build-x/object", "tree/.git/config", "precious/a":
            self.write(name, name)
        self.write("bin/mmdebstrap", '#!/bin/sh\ncat >/dev/null\nfor last; do :; done\neval "root=\\${$(($# - 1))}"\nmkdir -p "$root/etc"\necho made >"$root/etc/made"\n')
        os.chmod("bin/mmdebstrap", 0o755)

    def write(self, name, text):
        os.makedirs(os.path.dirname(os.path.abspath(name)), exist_ok=True)
        with open(name, "w", encoding="utf-8") as file:
            file.write(text)

    def read(self, name):
        with open(name, encoding="utf-8") as file:
            return file.read()

    def call(self, command, status=0):
        text = f'set -eu; . "$1"; mirror() {{ echo http://mirror.invalid/debian; }}; cd tree; {command}'
        done = subprocess.run(["sh", "-c", text, "sh", SCRIPT], capture_output=True, check=False, text=True,
                              env={**os.environ, "PATH": f"{self.folder}/bin:{os.environ['PATH']}", "ROOT": f"{self.folder}/root"})
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stderr

    def contents(self, folder):
        return {os.path.relpath(os.path.join(here, name), folder) for here, _, names in os.walk(folder) for name in names}

    def test_a_folder_of_somebody_else_is_no_root(self):
        self.write("root/home/letter", "dear")
        self.assertIn("no root made by this script", self.call('make_root bookworm "$ROOT"', status=2))
        self.assertEqual(self.contents("root"), {"home/letter"})
        self.write("file", "precious")
        self.call('make_root bookworm "$ROOT/../file"', status=2)
        self.assertEqual(self.read("file"), "precious")

    def test_a_root_is_made_once(self):
        self.call('make_root bookworm "$ROOT"')
        self.write("root/home/letter", "dear")
        self.call('make_root bookworm "$ROOT"')
        self.assertIn("is a root of bookworm", self.call('make_root forky "$ROOT"', status=2))
        self.assertEqual(self.contents("root"), {"etc/made", "home/letter", ".modsig-root"})

    def test_a_tree_is_renewed_and_nothing_else_goes(self):
        self.call('make_root bookworm "$ROOT"; put_tree "$ROOT" src')
        self.assertEqual(self.contents("root/src"), {"tests/a", "old"})
        self.write("root/src/build-root/object", "built")
        self.write("root/src/notes", "mine")
        self.write("root/src/tests/notes", "mine")
        os.symlink(os.path.abspath("precious"), "root/src/link")
        os.remove("tree/old")
        self.write("tree/new", "new")
        self.call('put_tree "$ROOT" src')
        self.assertEqual(self.contents("root/src") - {"link"}, {"tests/a", "new", "build-root/object", "notes", "tests/notes"})
        shutil.rmtree("root/src/tests")
        os.symlink(os.path.abspath("precious"), "root/src/tests")  # where `tests/a` is on the list
        os.remove("tree/tests/a")
        self.call('put_tree "$ROOT" src')
        self.assertEqual(self.read("precious/a"), "precious/a")

    def test_a_folder_that_was_not_put_there_is_left_alone(self):
        self.call('make_root bookworm "$ROOT"')
        self.write("root/src/notes", "mine")
        self.assertIn("was not put there", self.call('put_tree "$ROOT" src', status=2))
        self.assertEqual(self.contents("root/src"), {"notes"})

    @unittest.skipUnless(os.geteuid() == 0, "only root changes roots")
    def test_nothing_is_written_through_links_of_the_root(self):
        os.makedirs("root/etc")
        self.write("precious/resolv", "precious")
        os.symlink(os.path.abspath("precious/resolv"), "root/etc/resolv.conf")
        self.write("bin/unshare", "#!/bin/sh\nexit 1\n")
        self.write("bin/chroot", "#!/bin/sh\nexit 0\n")
        os.chmod("bin/unshare", 0o755)
        os.chmod("bin/chroot", 0o755)
        self.call('in_root "$ROOT" true')
        self.assertEqual(self.read("precious/resolv"), "precious")
        self.assertFalse(os.path.islink("root/etc/resolv.conf"))


if __name__ == "__main__":
    SCRIPT = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
