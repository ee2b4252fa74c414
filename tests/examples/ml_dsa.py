#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""The tool and ML-DSA: verify, inspect and keys, with files that openssl 3.6 made (tests/data/ml_dsa).

ml_dsa.py MODSIG FILES"""
import base64
import json
import os
import struct
import sys
import tempfile
import unittest

from harness import run, run_tests, write

MODSIG = os.path.abspath(sys.argv[1])
with open(sys.argv[2], encoding="utf-8") as lines:
    FILES = {name: bytes.fromhex(data) for name, data in (line.split() for line in lines)}
LEVELS = ("44", "65", "87")


def module(message, content=FILES["content"]):
    """As scripts/sign-file appends it."""
    return content + message + struct.pack(">8sI", b"\0\0\2", len(message)) + b"~Module signature appended~\n"


def pem(name, kind="CERTIFICATE"):
    return b"-----BEGIN %s-----\n%s-----END %s-----\n" % (kind.encode(), base64.encodebytes(FILES[name]), kind.encode())


class MlDsa(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        os.chdir(folder.name)
        for level in LEVELS:
            write(f"ml{level}.pem", pem(f"ml{level}.cert.der"))
            for form in "", ".attributes":
                write(f"ml{level}{form}.ko", module(FILES[f"ml{level}{form}.cms"]))

    def tool(self, status, *words):
        done = run(MODSIG, *words)
        self.assertEqual(done.returncode, status, (words, done.stdout, done.stderr))
        return done.stdout.decode()

    def test_modules_of_both_forms_verify(self):
        for level in LEVELS:
            for form in "", ".attributes":
                out = self.tool(0, "verify", "--policy", "strict", "--trust", f"ml{level}.pem", f"ml{level}{form}.ko")
                self.assertIn("verified", out)
                self.assertIn(f"ml-dsa-{level}", out)
                self.tool(4, "verify", "--trust", "ml65.pem" if level != "65" else "ml44.pem", f"ml{level}{form}.ko")

    def test_changed_files_do_not(self):
        write("changed.ko", module(FILES["ml44.cms"], b"E" + FILES["content"][1:]))
        self.assertIn("signature_mismatch", self.tool(1, "verify", "--trust", "ml44.pem", "changed.ko"))
        write("damaged.ko", module(FILES["ml44.cms"][:-1] + b"\xff"))
        self.assertIn("malformed_signature", self.tool(1, "verify", "--trust", "ml44.pem", "damaged.ko"))

    def test_several_at_once(self):
        words = [word for level in LEVELS for word in ("--trust", f"ml{level}.pem")]
        out = self.tool(0, "verify", *words, *(f"ml{level}{form}.ko" for level in LEVELS for form in ("", ".attributes")))
        self.assertEqual((out.count(": verified"), out.splitlines()[-1]), (6, "6 verified"), out)

    def test_keys_and_inspect_name_the_algorithm(self):
        for level in LEVELS:
            said = json.loads(self.tool(0, "keys", "--json", f"ml{level}.pem"))
            self.assertEqual((said["algorithm"], said["verdict"], said["bits"]), (f"ml-dsa-{level}", "accepted", None))
            for words in ["--trust", f"ml{level}.pem"], []:
                said = json.loads(self.tool(0, "inspect", "--json", *words, f"ml{level}.ko"))
                self.assertEqual(said["scheme"], f"ml-dsa-{level}")

    def test_messages_and_attributes_beside_the_file(self):
        write("content", FILES["content"])
        for form in "", ".attributes":
            write("content.p7s", FILES[f"ml87{form}.cms"])
            self.tool(0, "verify", "--trust", "ml87.pem", "--signature", "content.p7s", "content")
        write("content.sig", FILES["ml65.ima"])
        self.tool(0, "verify", "--layout", "ima", "--trust", "ml65.pem", "--signature", "content.sig", "content")
        write("content.p7s", FILES["ml44.fsverity.cms"])
        self.tool(0, "verify", "--layout", "fsverity", "--trust", "ml44.pem", "--signature", "content.p7s", "content")

    def test_linux_6_12_does_not_know_it(self):
        for words in ["keys", "ml44.pem"], ["verify", "--trust", "ml44.pem", "ml44.ko"]:
            done = run(MODSIG, words[0], "--policy", "linux-modsign", *words[1:])
            self.assertNotEqual(done.returncode, 0)
        said = json.loads(run(MODSIG, "keys", "--policy", "linux-modsign", "--json", "ml44.pem").stdout)
        self.assertEqual((said["verdict"], said["errno"]), ("refused", "ENOPKG"))


if __name__ == "__main__":
    del sys.argv[1:3]
    sys.exit(run_tests(sys.modules[__name__], sys.argv[1:]))
