#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""examples/plugin-host with --watch: what comes, goes, is replaced, is refused and is revoked while plugins are called.
plugin_host.py TOOL HOST KEYS"""
import os
import re
import shutil
import signal
import sys
import tempfile
import time
import unittest

from harness import read, run, run_tests, write
from plugin_versions import Host, compiled, loaded_unverified, put, signed

TOOL = HOST = KEYS = ""
VENDOR, PARTNER, UNKNOWN_SIGNER = "rsa2048", "rsa4096", "rsa3072"  # built into the host; pinned; known to nobody


class Watching(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.made = tempfile.mkdtemp(prefix="modsig-plugins-")
        cls.addClassCleanup(shutil.rmtree, cls.made)
        os.chmod(cls.made, 0o755)
        plugins = {
            "one": {"name": "doubler", "who": "version 1"},
            "two": {"name": "doubler", "who": "version 2", "added": 1},
            "other": {"name": "squarer", "who": "version 3", "added": 2},
            "evil": {"name": "doubler", "who": "EVIL", "evil": True},
        }
        for file, options in plugins.items():
            compiled(f"{cls.made}/{file}.so", **options)
        cls.host = shutil.copy(HOST, f"{cls.made}/plugin-host")  # where everybody may read it

    def setUp(self):
        self.work = tempfile.mkdtemp(dir=self.made)
        self.folder = f"{self.work}/plugins"
        os.mkdir(self.folder)
        os.chmod(self.work, 0o777)

    def signed(self, name, key=VENDOR):
        return signed(TOOL, KEYS, key, f"{self.made}/{name}.so")

    def place(self, name="doubler"):
        return f"{self.folder}/{name}.so"

    def start(self, *arguments, **process):
        host = Host(self.host, f"{self.work}/host", "--watch", self.folder, *arguments, **process)
        self.addCleanup(host.kill)
        host.wait_for("watching ")
        return host

    def refused(self, host, code, count=1, running=True):
        host.wait_for(f"({code}, ", "err", count)
        line = [each for each in host.said("err").splitlines() if f"({code}, " in each][count - 1]
        self.assertRegex(line, r": refused: .* \(\w+, E\w+, at byte \d+\)")
        self.assertEqual(line.endswith("; the version before keeps running"), running, line)

    def ended(self, host):
        """Ends it, and sees that everything that was loaded was called and is unloaded, and nothing evil was."""
        self.assertEqual(host.end(), 0, host.said("err"))
        said = host.said()
        self.assertNotIn("EVIL", said + host.said("err"))
        self.assertEqual(len(re.findall(r"^version \d in$", said, re.M)), len(re.findall(r"^version \d out$", said, re.M)), said)
        return int(re.search(r"^calls: (\d+)$", said, re.M)[1])

    def still_called(self, host):
        """Calls go on: the host uses processor time, and its main thread only waits."""
        used = lambda: int(read(f"/proc/{host.process.pid}/stat").split()[13])
        before, deadline = used(), time.monotonic() + 30
        while used() <= before + 5:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)

    def test_evil_announces_itself_when_nobody_verifies_it(self):
        self.assertEqual(loaded_unverified(f"{self.made}/evil.so"), "EVIL in\nEVIL called\nEVIL out\n")

    def test_what_is_there_comes_and_is_replaced(self):
        write(self.place(), self.signed("one"))
        host = self.start()
        host.wait_for("doubler: loaded: 42")
        put(self.place(), self.signed("two"))
        host.wait_for("doubler: replaced: 43")
        host.wait_for("version 1 out")
        put(self.place("squarer"), self.signed("other"))
        host.wait_for("squarer: loaded: 44")
        self.assertGreater(self.ended(host), 0)
        self.assertEqual(host.said("err"), "")

    def test_written_in_place_linked_and_renamed_within(self):
        host = self.start()
        write(self.place(), self.signed("one"))
        host.wait_for("doubler: loaded: 42")
        write(self.place(), self.signed("two"))
        host.wait_for("doubler: replaced: 43")
        outside = write(f"{self.work}/three.so", self.signed("other"))
        os.symlink(outside, self.place("squarer"))
        host.wait_for("squarer: loaded: 44")
        os.rename(self.place("squarer"), self.place("renamed"))
        host.wait_for("squarer: unloaded: its file was removed")
        host.wait_for("renamed.so: refused: verified, but its plugin_name() is squarer", "err")
        os.link(outside, self.place("squarer"))
        host.wait_for("squarer: loaded: 44", count=2)
        self.ended(host)

    def test_the_same_bytes_again_are_no_new_version(self):
        write(self.place(), self.signed("one"))
        host = self.start()
        os.utime(self.place())
        put(self.place(), read(self.place()))
        put(self.place("squarer"), self.signed("other"))  # told later than the rest
        host.wait_for("squarer: loaded: 44")
        self.assertEqual(host.said().count("doubler: "), 1)
        self.ended(host)

    def test_refused_versions_leave_the_old_one_running(self):
        good, evil = self.signed("one"), read(f"{self.made}/evil.so")
        plain = len(read(f"{self.made}/one.so"))
        write(self.place(), good)
        host = self.start()
        host.wait_for("doubler: loaded: 42")
        put(self.place(), evil)
        self.refused(host, "no_signature")
        put(self.place(), evil + good[plain:])
        self.refused(host, "signature_mismatch")
        put(self.place(), good[: plain // 2] + bytes([good[plain // 2] ^ 1]) + good[plain // 2 + 1 :])
        self.refused(host, "signature_mismatch", 2)
        put(self.place(), self.signed("evil", UNKNOWN_SIGNER))
        self.refused(host, "key_not_found")
        put(self.place(), good[:-1])
        self.refused(host, "no_signature", 2)
        self.still_called(host)
        put(self.place(), self.signed("two"))
        host.wait_for("doubler: replaced: 43")
        self.assertNotIn("unloaded", host.said())
        self.ended(host)

    def test_what_is_not_refused_as_a_plugin_is_not_looked_at(self):
        host = self.start()
        write(f"{self.folder}/notes.txt", b"text")
        write(f"{self.folder}/doubler.so.new", read(f"{self.made}/evil.so"))
        put(self.place(), self.signed("one"))
        host.wait_for("doubler: loaded: 42")
        self.ended(host)
        self.assertEqual(host.said("err"), "")

    def test_a_signed_library_that_is_no_plugin(self):
        source = write(f"{self.work}/empty.c", b"int nothing;\n")
        self.assertEqual(run("cc", "-shared", "-fPIC", "-o", f"{self.work}/empty.so", source).returncode, 0)
        write(self.place(), self.signed("one"))
        host = self.start()
        put(self.place(), signed(TOOL, KEYS, VENDOR, f"{self.work}/empty.so"))
        host.wait_for("refused: verified, but it has no plugin_name() or plugin_run(); the version before keeps running", "err")
        write(f"{self.work}/text", b"signed, but no library")
        put(self.place("squarer"), signed(TOOL, KEYS, VENDOR, f"{self.work}/text"))
        host.wait_for("squarer.so: refused: verified, but cannot be loaded: ", "err")
        self.ended(host)

    def test_deleted_plugins_are_unloaded_and_may_come_back(self):
        write(self.place(), self.signed("one"))
        host = self.start()
        os.unlink(self.place())
        host.wait_for("doubler: unloaded: its file was removed")
        host.wait_for("version 1 out")
        put(self.place(), self.signed("two"))
        host.wait_for("doubler: loaded: 43")
        os.rename(self.place(), f"{self.work}/elsewhere.so")
        host.wait_for("version 2 out")
        self.ended(host)

    def test_pinned_keys(self):
        write(self.place(), self.signed("one"))
        write(self.place("squarer"), self.signed("other", PARTNER))
        host = self.start("--pin", f"squarer={KEYS}/{PARTNER}.pub.pem")
        host.wait_for("doubler: loaded: 42")
        host.wait_for("squarer: loaded: 44")
        put(self.place(), self.signed("evil", PARTNER))  # a trusted key, but not for this
        self.refused(host, "key_usage")
        put(self.place("squarer"), self.signed("other"))  # nor is the vendor's for that
        self.refused(host, "key_usage", 2)
        put(self.place("third"), self.signed("evil", PARTNER))
        self.refused(host, "key_usage", 3, running=False)
        put(self.place("fourth"), self.signed("other", UNKNOWN_SIGNER))
        self.refused(host, "key_not_found", running=False)
        self.still_called(host)
        self.ended(host)

    def revoke(self, path):
        put(path, read(f"{KEYS}/{PARTNER}.pub.pem"))

    def check_revocation(self, path, file):
        write(self.place(), self.signed("one"))
        write(self.place("squarer"), self.signed("other", PARTNER))
        host = self.start("--pin", f"squarer={KEYS}/{PARTNER}.digsig-v1.bin", "--revoked", path)
        host.wait_for("squarer: loaded: 44")
        self.revoke(file)
        host.wait_for("squarer: unloaded: the key or the file is revoked (revoked, EKEYREJECTED, ")
        host.wait_for("version 3 out")
        put(self.place("squarer"), self.signed("other", PARTNER))
        self.refused(host, "revoked", running=False)
        os.unlink(file)  # what was revoked stays revoked
        put(self.place("squarer"), self.signed("other", PARTNER))
        self.refused(host, "revoked", 2, running=False)
        put(self.place(), self.signed("two"))  # the others go on
        host.wait_for("doubler: replaced: 43")
        self.ended(host)

    def test_a_key_is_revoked_in_a_folder(self):
        os.mkdir(f"{self.work}/revoked")
        self.check_revocation(f"{self.work}/revoked", f"{self.work}/revoked/partner.pem")

    def test_a_key_is_revoked_in_a_file(self):
        write(f"{self.work}/revoked.pem", read(f"{KEYS}/p256.pub.pem"))
        self.check_revocation(f"{self.work}/revoked.pem", f"{self.work}/revoked.pem")

    def test_a_key_is_revoked_among_the_plugins(self):
        self.check_revocation(self.folder, f"{self.folder}/revoked.pem")

    def test_one_version_is_revoked_by_its_digest(self):
        revoked = write(f"{self.work}/revoked.txt", b"bin:" + b"0" * 64 + b"\n")
        write(self.place(), self.signed("one"))
        host = self.start("--revoked", revoked)
        digest = run("sha256sum", f"{self.made}/one.so").stdout.split()[0]
        put(revoked, b"bin:" + digest + b"\n")
        host.wait_for("doubler: unloaded: the key or the file is revoked")
        put(self.place(), self.signed("two"))
        host.wait_for("doubler: loaded: 43")
        put(self.place(), self.signed("one"))
        self.refused(host, "revoked")
        self.ended(host)

    def test_the_revoked_key_of_the_vendor_ends_all_but_what_is_pinned(self):
        os.mkdir(f"{self.work}/revoked")
        named = f"{self.made}/one.so"
        write(self.place(), self.signed("one"))
        write(self.place("squarer"), self.signed("other", PARTNER))
        plain = write(f"{self.work}/by-argument.so", signed(TOOL, KEYS, VENDOR, named))
        host = self.start("--pin", f"squarer={KEYS}/{PARTNER}.pub.pem", "--revoked", f"{self.work}/revoked", plain)
        write(f"{self.work}/revoked/vendor.bin", read(f"{KEYS}/{VENDOR}.digsig-v1.bin"))
        host.wait_for("by-argument: unloaded: the key or the file is revoked")
        host.wait_for("doubler: unloaded: the key or the file is revoked")
        self.still_called(host)
        self.assertNotIn("squarer: unloaded", host.said())
        self.ended(host)

    def test_revocations_that_are_no_keys_are_named(self):
        os.mkdir(f"{self.work}/revoked")
        write(self.place(), self.signed("one"))
        host = self.start("--revoked", f"{self.work}/revoked")
        put(f"{self.work}/revoked/nonsense.pem", b"nonsense")
        host.wait_for("nonsense.pem: entry 0: ", "err")
        self.assertNotIn("unloaded", host.said())
        self.ended(host)

    def test_unreadable(self):
        process = {}
        if os.geteuid() == 0:  # root may read everything
            process = {"user": 65534, "group": 65534, "extra_groups": []}
        write(self.place(), self.signed("one"))
        host = self.start(**process)
        secret = write(f"{self.work}/secret", self.signed("two"))
        os.chmod(secret, 0)
        os.rename(secret, self.place())
        host.wait_for("refused: cannot be read or written (io_error, EACCES, at byte 0); the version before keeps running", "err")
        os.mkfifo(f"{self.work}/fifo")
        os.rename(f"{self.work}/fifo", self.place())
        host.wait_for("(io_error, EINVAL, at byte 0); the version before keeps running", "err")
        os.unlink(self.place())
        host.wait_for("doubler: unloaded")
        os.mkdir(f"{self.work}/folder")
        os.rename(f"{self.work}/folder", self.place())
        host.wait_for("(io_error, EINVAL, at byte 0)", "err", 2)
        self.ended(host)

    def test_a_folder_that_goes_ends_the_host(self):
        write(self.place(), self.signed("one"))
        host = self.start()
        os.rename(self.folder, f"{self.work}/elsewhere")
        self.assertEqual(host.process.wait(timeout=60), 1)
        self.assertIn("a watched folder was removed", host.said("err"))
        self.assertIn("version 1 out", host.said())

    def test_interrupted(self):
        write(self.place(), self.signed("one"))
        host = self.start("--threads", "3")
        self.assertGreaterEqual(len(os.listdir(f"/proc/{host.process.pid}/task")), 4)  # sanitizers have threads of their own
        self.assertEqual(host.end(signal.SIGINT), 0)
        self.assertIn("version 1 out", host.said())


class Arguments(unittest.TestCase):
    def exits(self, status, *arguments):
        done = run(HOST, *arguments)
        self.assertEqual(done.returncode, status, done.stderr.decode())
        self.assertNotEqual(done.stderr, b"")

    def test_usage(self):
        for words in "", "--watch", "--pin doubler x.so", "--pin =x x.so", "--threads x x.so", "--what x x.so", "--watch a --watch b":
            self.exits(2, *words.split())

    def test_what_cannot_be_read(self):
        self.exits(2, "--pin", "doubler=/nowhere", "x.so")
        self.exits(2, "--pin", f"doubler={os.devnull}", "x.so")
        self.exits(2, "--revoked", "/nowhere", "x.so")
        self.exits(1, "--watch", "/nowhere")
        self.exits(1, "/nowhere.so")

    def test_names_reach_no_terminal_as_controls(self):
        done = run(HOST, "/nowhere\x1b[31m\u202e\u009b.so")
        self.assertIn(rb"/nowhere\x1b[31m\xe2\x80\xae\xc2\x9b.so: refused: ", done.stderr)


if __name__ == "__main__":
    TOOL, HOST, KEYS = map(os.path.abspath, sys.argv[1:4])
    sys.exit(run_tests(sys.modules[__name__], sys.argv[4:]))
