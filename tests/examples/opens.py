#!/usr/bin/env python3
"""What every command opens, as strace(1) sees it: each descriptor is closed when a program is executed, and no path is opened twice
for one purpose, since it could mean something else the second time. Arguments: the tool, plugin-host, a folder of keys."""
import collections
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from harness import GENKEY_CONFIG, must, read, run_tests, write

TOOL = HOST = KEYS = ""
counts = collections.Counter()
SIGN = ["sha256", "key.pem", "cert.pem"]
MAKES = "open,openat,openat2,creat,memfd_create,pipe,pipe2,socket,socketpair,accept,accept4,dup3,epoll_create1,eventfd2,signalfd4,inotify_init1,pidfd_open"
# Where a library that is not ours opens something. Botan 2 opens its random numbers so.
OTHERS = ("/dev/urandom", "/dev/random")
# Commands, and the paths that they open more than once, each time for a purpose of its own.
COMMANDS = [
    (["verify", "-j", "1", "--trust", "cert.pem", "--revoked", "revoked", "signed.ko", "modules"], {}),
    (["verify", "-j", "1", "--trust", "keys", "--signature", "plain.ko.p7s", "plain.ko"], {}),
    (["verify", "--policy", "linux-ima", "--layout", "ima", "--trust", "cert.pem", "signed.ko"], {}),
    (["inspect", "--trust", "cert.pem", "signed.ko"], {}), (["inspect", "--modinfo", "signed.ko"], {}), (["keys", "keys", "cert.pem"], {}),
    (["genkey", "--type", "ecdsa-p256", "--config", "config", "--out", "new.pem"], {}),
    (["genkey", "--type", "ecdsa-p256", "--force", "--out", "old.pem"], {}),
    (["sign", *SIGN, "plain.ko", "new.ko"], {}), (["sign", *SIGN, "plain.ko"], {}), (["sign", "-p", *SIGN, "plain.ko"], {}),
    (["sign", "--layout", "digsig", "--sigfile", *SIGN, "plain.ko"], {}), (["sign", "sha256", "both.pem", "both.pem", "plain.ko"], {"both.pem": 2}),  # key and certificate
    (["sign", "--kernel-config", "kernel", *SIGN, "plain.ko", "new.ko"], {}),
    (["sign", "-s", "raw", "sha256", "cert.pem", "plain.ko"], {}), (["sign", "--force", *SIGN, "plain.ko", "signed.ko"], {}),
    (["digest", "plain.ko"], {}), (["digest", "--fsverity", "plain.ko"], {}), (["digest", "--layout", "digsig", "--cert", "cert.pem", "plain.ko"], {}),
    (["attach", "--trust", "cert.pem", "plain.ko.p7s", "plain.ko", "new.ko"], {}),
    (["attach", "--cert", "cert.pem", "raw", "plain.ko"], {"cert.pem": 2}),  # it names the signer, and is trusted
    (["strip", "signed.ko"], {}), (["extract", "signed.ko", "new.p7s"], {}),
    (["load", "--dry-run", "--trust", "cert.pem", "--modules-dep", "modules.dep", "signed.ko"], {}),
    (["install", "--type", "ecdsa-p256", "-j", "1", "--from", "tree", "--to", "out", "--public-key-out", "public.pem"], None),  # checks in the end what it has made
    (["install", "--key", "both.pem", "-j", "1", "--from", "tree", "--to", "out"], None),
]


class Opens(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = tempfile.mkdtemp(prefix="modsig-opens-")
        cls.addClassCleanup(shutil.rmtree, cls.work, ignore_errors=True)
        os.mkdir(f"{cls.work}/pattern"), os.chdir(f"{cls.work}/pattern")
        shutil.copy(f"{KEYS}/rsa2048.key.pem", "key.pem"), shutil.copy(f"{KEYS}/rsa2048.cert.pem", "cert.pem")
        write("both.pem", read("key.pem") + read("cert.pem")), shutil.copy("both.pem", "old.pem")
        write("plain.ko", bytes(range(256)) * 16)
        must(TOOL, "sign", *SIGN, "plain.ko", "signed.ko"), must(TOOL, "sign", "-d", *SIGN, "plain.ko")
        digest = write("digest", bytes.fromhex(must(TOOL, "digest", "plain.ko").decode()))
        must("openssl", "pkeyutl", "-sign", "-inkey", "key.pem", "-pkeyopt", "digest:sha256", "-in", digest, "-out", "raw")
        os.mkdir("tree"), shutil.copy("plain.ko", "tree/a.ko"), os.mkdir("modules"), shutil.copy("signed.ko", "modules/a.ko"), os.mkdir("keys"), shutil.copy("cert.pem", "keys/a.pem")
        write("revoked", b"bin:" + 64 * b"0" + b"\n"), write("modules.dep", b"signed.ko:\n")
        write("config", GENKEY_CONFIG), write("kernel", b"# Linux/x86 6.12.0 Kernel Configuration\n")

    def seen(self, program, folder):
        """The calls that make a descriptor, once the program itself runs: (call, arguments, answer)."""
        done = subprocess.run(["strace", "-f", "-qq", "-e", f"trace={MAKES}", "-o", f"{folder}.trace", *program], cwd=folder, capture_output=True, check=False,
                              stdin=subprocess.DEVNULL, timeout=60)
        lines = [line for line in read(f"{folder}.trace").decode(errors="replace").splitlines() if "resumed>" not in line]
        calls = [re.match(r"\d+ +(\w+)\((.*?)(?:\) += (-?\d+|\?).*| <unfinished.*)$", line) for line in lines]
        return done, [found.groups() for found in calls if found]

    def checked(self, program, allowed, folder):
        done, calls = self.seen(program, folder)
        faults, opened = [], collections.Counter()
        for call, arguments, answer in calls:
            counts["calls"] += 1
            path = re.search(r'"(.*?)"', arguments)
            path = path.group(1) if path else ""
            if path in OTHERS or path.startswith(("/lib/", "/usr/lib/", "/usr/share/locale/", "/etc/ld.so")):
                continue
            if call != "pidfd_open" and "CLOEXEC" not in arguments:
                faults.append(f"{call}({arguments}) is not closed when a program is executed")
            if answer is None or not answer.startswith("-"):
                place = arguments.split(",")[0] if call == "openat" else ""
                if call.startswith("open") and not path.startswith(("/proc/", "/sys/", "/dev/")) and "O_TMPFILE" not in arguments and "O_DIRECTORY" not in arguments:
                    opened[path if place in ("AT_FDCWD", "") else f"{place}/{path}"] += 1
        if allowed is not None:
            faults += [f"{path} is opened {times} times" for path, times in opened.items() if times > allowed.get(path, 1)]
        return done, [f"{' '.join(program[1:])}: {fault}" for fault in faults]

    def test_every_command(self):
        faults = []
        for number, (words, allowed) in enumerate(COMMANDS):
            folder = shutil.copytree(f"{self.work}/pattern", f"{self.work}/{number}")
            done, found = self.checked([TOOL, *words], allowed, folder)
            if "linux-ima" not in words:
                self.assertEqual(done.returncode, 0, f"{words}\n{done.stderr.decode()}")
            faults += found
        self.assertEqual(faults, [])

    def test_plugin_host(self):
        folder = shutil.copytree(f"{self.work}/pattern", f"{self.work}/host")
        plugin = os.path.join(os.path.dirname(HOST), "plugin.so")
        done, faults = self.checked([HOST, "--revoked", "revoked", "--pin", "other=cert.pem", plugin], {}, folder)
        self.assertEqual((done.returncode, faults), (0, []), done.stderr)


def main():
    global TOOL, HOST, KEYS
    TOOL, HOST, KEYS = (os.path.abspath(argument) for argument in sys.argv[1:4])
    if not shutil.which("strace"):
        print("strace is not installed")
        return 77
    return run_tests(sys.modules[__name__], sys.argv[4:], remark=lambda: f"; {counts['calls']} calls that make a descriptor")


if __name__ == "__main__":
    sys.exit(main())
