#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Which kernel the policies of Linux speak for: --kernel, --kernel-config, the image that is trusted; and revoke-line. Arguments: the
tool, the folder of test keys."""
import gzip
import hashlib
import os
import sys
import tempfile
import unittest

import kernels
from harness import must, run, run_tests, write

TOOL = KEYS = ""
LINUX = "--policy", "linux-modsign"


def config(version, *options):
    lines = ["#", "# Automatically generated file; DO NOT EDIT.", f"# Linux/x86 {version} Kernel Configuration", "#", *(f"CONFIG_{o}" for o in options)]
    return "\n".join(lines).encode() + b"\n"


class TargetKernel(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        os.chdir(self.folder.name)
        must("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-sha512", "-keyout", "key.pem", "-out", "cert.pem", "-subj", "/CN=revoked", "-days", "9")
        write("module", b"content")
        must(TOOL, "sign", "sha256", "key.pem", "cert.pem", "module", "m.ko")

    def tearDown(self):
        os.chdir("/")
        self.folder.cleanup()

    def status(self, *arguments):
        return run(TOOL, "verify", "--quiet", *arguments, "--trust", "cert.pem", "m.ko").returncode

    def tbs(self, digest):
        der = must("openssl", "x509", "-in", "cert.pem", "-outform", "DER")
        write("cert.der", der)
        return "tbs:" + hashlib.new(digest, must("openssl", "asn1parse", "-inform", "DER", "-in", "cert.der", "-strparse", "4", "-noout", "-out", "/dev/stdout")).hexdigest()

    def test_words(self):
        for words in "6.1", "6.12", "7.2", "7.3", "7.3,mldsa", "7.3,mldsa,waiver,sha3,sm3,platform", "7.2,no-sha3", "6.12,no-platform":
            self.assertEqual(self.status(*LINUX, "--kernel", words), 0, words)
        for words in "", "7", "6.13", "7.3,", "7.3,,mldsa", "7.3,pq", "mldsa", "6.12,mldsa", "7.3 ", "7.3,no-", "7.3,no-no-sha3":
            self.assertEqual(self.status(*LINUX, "--kernel", words), 2 if words else 0, words)

    def test_kernels_belong_to_policies_of_linux(self):
        for policy in "strict", "legacy", "permissive", "linux-digsig":
            for option in ("--kernel", "6.12"), ("--kernel-config", "module"):
                self.assertEqual(self.status("--policy", policy, *option), 2, (policy, option))
        self.assertEqual(self.status(*LINUX, "--kernel", "6.12", "--kernel-config", "module"), 2)

    def test_a_digest_that_the_kernel_has_not(self):
        must(TOOL, "sign", "--force", "sha3-256", "key.pem", "cert.pem", "module", "m.ko")
        for words, status in ("6.12", 0), ("7.3", 0), ("7.3,no-sha3", 6), ("6.12,sha3", 0):
            self.assertEqual(self.status(*LINUX, "--kernel", words), status, words)

    def test_configuration(self):
        must(TOOL, "sign", "--force", "sha3-256", "key.pem", "cert.pem", "module", "m.ko")
        for number, (content, status) in enumerate([
                (config("6.12.117", "CRYPTO_SHA3=y"), 0), (config("7.3.4-amd64", "CRYPTO_SHA3=m"), 0), (config("7.3.4"), 6),
                (config("7.3.4", "CRYPTO_SHA3=n"), 6), (config("7.3.4", "CRYPTO_SHA3X=y"), 6), (config("7.3.4").replace(b"\n", b"\r\n"), 6),
                (b"CONFIG_CRYPTO_SHA3=y\n", 2), (b"", 2), (config("5.10.1"), 2), (config("x"), 2), (config("99999.1"), 2)]):
            write("config", content)
            self.assertEqual(self.status(*LINUX, "--kernel-config", "config"), status, number)
        self.assertEqual(self.status(*LINUX, "--kernel-config", "nowhere"), 2)

    def test_the_configuration_beside_or_inside_the_trusted_image_counts(self):
        must(TOOL, "sign", "--force", "sha3-256", "key.pem", "cert.pem", "module", "m.ko")
        kernels.CORPUS = os.path.dirname(KEYS)
        image = kernels.kernel_with("rsa2048.cert.der").replace(b"version 6.19.3 ", b"version 7.3.43 ")
        without, with_sha3 = config("7.3.43"), config("7.3.43", "CRYPTO_SHA3=y")
        inside = [image + b"IKCFG_ST" + gzip.compress(each) + b"IKCFG_ED" for each in (without, with_sha3)]

        def status(content, *more):
            write("vmlinux", content)
            return self.status(*LINUX, "--trust-kernel", "vmlinux", *more)
        self.assertEqual(status(image), 0)
        self.assertEqual([status(each) for each in inside], [6, 0])
        self.assertEqual(status(inside[0], "--kernel", "7.3"), 0)
        write("config-7.3.43", without)
        self.assertEqual(status(image), 6)
        write("config-7.3.43", with_sha3)
        self.assertEqual(status(image), 0)

    def test_keys_are_asked_for_a_kernel(self):
        for words, status in ("6.12", 0), ("7.3", 0), ("8.0", 2):
            self.assertEqual(run(TOOL, "keys", *LINUX, "--kernel", words, "cert.pem").returncode, status)
        self.assertEqual(run(TOOL, "keys", "--kernel", "6.12", "cert.pem").returncode, 2)

    def test_lines_that_revoke(self):
        own, new = self.tbs("sha512"), self.tbs("sha256")
        for kernel, lines in ((), [own, new]), (("--kernel", "6.12"), [own]), (("--kernel", "6.1"), [own]), (("--kernel", "7.2"), [new]), (("--kernel", "7.3"), [new]):
            self.assertEqual(must(TOOL, "revoke-line", *kernel, "cert.pem").decode().split(), lines, kernel)
        refused = [(own, "6.12"), (new, "7.3"), (new, "7.2")]
        taken = [(own, "7.3"), (new, "6.12")]
        for status, pairs in (5, refused), (0, taken):
            for line, kernel in pairs:
                write("revoked", line.encode() + b"\n")
                self.assertEqual(self.status(*LINUX, "--kernel", kernel, "--revoked", "revoked"), status, (line, kernel))
        for line in own, new:
            write("revoked", line.encode() + b"\n")
            self.assertEqual(self.status("--revoked", "revoked"), 5)

    def test_lines_of_what_is_no_certificate(self):
        must("openssl", "rsa", "-in", "key.pem", "-pubout", "-out", "public.pem")
        done = run(TOOL, "revoke-line", "public.pem")
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(done.stdout, b"")
        self.assertIn(b"no certificate", done.stderr)
        self.assertEqual(run(TOOL, "revoke-line", "nowhere").returncode, 7)


if __name__ == "__main__":
    TOOL, KEYS = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    sys.exit(run_tests(sys.modules[__name__], sys.argv[3:]))
