#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""What the C host says and how it exits, beyond what every example loader does (check_loader.py).
host.py HOST TOOL KEYS MODULE FAILING: an unsigned module, and one whose init_module returns -3."""
import os
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../examples"))
from harness import must, read, run, run_tests, write

HOST = TOOL = KEYS = ""
MODULE = FAILING = b""
HELLO = ["sample module: hello", "sample module: goodbye"]


class Host(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="modsig-c-host-")
        self.addCleanup(shutil.rmtree, self.folder)
        os.chdir(self.folder)
        self.signed("good.ko", MODULE)

    def signed(self, name, content):
        write("unsigned", content)
        must(TOOL, "sign", "--layout", "digsig", "sha256", os.path.join(KEYS, "rsa2048.key.pem"), os.path.join(KEYS, "rsa2048.cert.pem"),
             "unsigned", name)
        return name

    def expect(self, status, reason, *modules):
        """What it printed besides."""
        done = run(HOST, *modules, process={"timeout": 60})
        self.assertEqual(done.returncode, status, done)
        self.assertIn(reason, done.stderr.decode())
        return [line for line in done.stdout.decode().splitlines() if ": accepted: " not in line]

    def test_what_is_verified_and_no_object_is_not_loaded(self):
        self.assertEqual(self.expect(6, "text: not loaded: not an ELF object", self.signed("text", b"no module at all\n" * 99)), [])
        self.assertEqual(self.expect(6, "nothing: not loaded: 0 bytes are too few", self.signed("nothing", b"")), [])
        self.assertEqual(self.expect(6, "not loaded: its section headers reach beyond", self.signed("half", MODULE[: len(MODULE) // 2])), [])

    def test_a_name_that_the_host_does_not_have_is_said(self):
        self.assertIn(b"host_log\0", MODULE)
        changed = self.signed("changed.ko", MODULE.replace(b"host_log\0", b"host_lag\0"))
        self.assertEqual(self.expect(6, "not loaded: unknown symbol host_lag", changed), [])

    def test_an_init_that_fails_is_said(self):
        self.assertEqual(self.expect(8, "failing.ko: its init_module returned -3", self.signed("failing.ko", FAILING)), ["GOOD"])

    def test_what_cannot_be_read_is_said_and_not_waited_for(self):
        os.mkfifo("fifo")
        for name, reason in (("missing", "No such file"), ("/", "Is a directory"), ("fifo", "Invalid argument"), ("/dev/zero", "Invalid argument")):
            self.assertEqual(self.expect(7, reason, name), [])

    def test_a_file_beyond_the_limit_is_refused(self):
        with open("large", "wb") as f:
            f.truncate((1 << 30) + 1)
        self.assertEqual(self.expect(1, "refused: Message too long", "large"), [])

    def test_one_that_is_refused_does_not_stop_the_others(self):
        write("unsigned.ko", MODULE)
        self.assertEqual(self.expect(0, "", "good.ko", "good.ko"), HELLO * 2)
        self.assertEqual(self.expect(1, "unsigned.ko: refused", "good.ko", "unsigned.ko", "missing", "good.ko"), HELLO * 2)
        self.assertEqual(self.expect(7, "unsigned.ko: refused", "missing", "unsigned.ko"), [])

    def test_nothing_to_load_is_a_mistake(self):
        self.assertEqual(self.expect(2, "usage: c-host MODULE..."), [])

    def test_no_page_of_a_file_is_ever_mapped_but_the_program_and_the_sealed_copy(self):
        done = run("strace", "-f", "-e", "trace=openat,memfd_create,fcntl,mmap,mprotect", HOST, "good.ko", ASAN_OPTIONS="detect_leaks=0")  # LeakSanitizer wants ptrace for itself
        calls = done.stderr.decode().splitlines()
        opened = next(i for i, line in enumerate(calls) if '"good.ko"' in line)
        after = calls[opened + 1:]
        copy = next(line for line in after if line.startswith("memfd_create(")).rpartition("= ")[2]
        sealed = next(i for i, line in enumerate(after) if line.startswith(f"fcntl({copy}, F_ADD_SEALS") and line.endswith("= 0"))
        self.assertTrue(any("mprotect" in line and "PROT_EXEC" in line for line in after))  # the module's text
        for i, line in enumerate(after):
            self.assertFalse("PROT_WRITE" in line and "PROT_EXEC" in line, line)
            if line.startswith("mmap(") and "MAP_ANONYMOUS" not in line:
                self.assertRegex(line, rf", PROT_READ, MAP_\w+, {copy}, 0")
                self.assertGreater(i, sealed)


if __name__ == "__main__":
    HOST, TOOL, KEYS = map(os.path.abspath, sys.argv[1:4])
    MODULE, FAILING = map(read, sys.argv[4:6])
    sys.exit(run_tests(sys.modules[__name__]))
