#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""The steps of examples/tutorial, as they stand in its README, with Meson and with CMake, against an installed modsig.
tutorial.py TOOL ROOT [TEST...]"""
import os
import shutil
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "examples"))
from harness import must, read, run, run_tests
from page import blocks, commands

TOOL = ROOT = ""


class Tutorial(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.mkdtemp(prefix="modsig-tutorial-")
        cls.addClassCleanup(shutil.rmtree, cls.place, ignore_errors=True)
        build, prefix = (os.path.join(cls.place, name) for name in ("build", "installed"))
        must("meson", "setup", build, ROOT, f"--prefix={prefix}", "-Dtests=false", "-Dexamples=false", "-Dbotan=disabled")
        must("meson", "install", "-C", build, "--no-rebuild")
        os.mkdir(f"{prefix}/bin")
        os.symlink(TOOL, f"{prefix}/bin/modsig")
        cls.environment = {"PATH": f"{prefix}/bin:{os.environ['PATH']}", "PKG_CONFIG_PATH": f"{prefix}/share/pkgconfig", "CMAKE_PREFIX_PATH": prefix}

    def follow(self, with_what):
        source = os.path.join(ROOT, "examples/tutorial")
        text = read(f"{source}/README.md").decode()
        folder = shutil.copytree(source, os.path.join(self.place, with_what))
        steps = 0
        for block in blocks(text, rf"sh(?: {with_what})?"):
            for command, status, words in commands(block):
                with self.subTest(command=command):
                    done = run("sh", "-euc", command, cwd=folder, **self.environment)
                    output = (done.stdout + done.stderr).decode()
                    self.assertEqual(done.returncode, status, f"{command}\n{output}")
                    self.assertIn(words, output)
                    steps += 1
        self.assertEqual(steps, 21, "steps of the tutorial")

    def test_with_meson(self):
        self.follow("meson")

    @unittest.skipUnless(shutil.which("cmake"), "no cmake here (package cmake)")
    def test_with_cmake(self):
        self.follow("cmake")


if __name__ == "__main__":
    TOOL, ROOT = map(os.path.abspath, sys.argv[1:3])
    sys.exit(run_tests(sys.modules[__name__], sys.argv[3:]))
