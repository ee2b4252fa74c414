#!/usr/bin/env python3
"""The command-line tool on whole trees: many files, compressed modules and bombs, kernel images, memory, and what inspect
says about signed kernel modules. trees.py TOOL KERNEL-PACKAGE CORPUS (an unpacked Debian kernel package, where there is one)"""
import glob
import gzip
import hashlib
import json
import lzma
import os
import pty
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

from harness import NO_KERNEL, read, run, run_tests, write

TOOL = KERNEL = CORPUS = ""
MIB = 1 << 20
MODINFO = b"sig_id:", b"signer:", b"sig_key:", b"sig_hashalgo:", b"signature:"
MARKER = b"~Module signature appended~\n"


def xz(content):
    return lzma.compress(content, check=lzma.CHECK_CRC32)  # as kernel modules are


def zstd(content):
    return subprocess.run(["zstd", "-q", "-c"], input=content, capture_output=True, check=True).stdout


PACKERS = {".xz": xz, ".gz": gzip.compress}
if shutil.which("zstd"):
    PACKERS[".zst"] = zstd


def key(name):
    return os.path.join(CORPUS, "keys", name)


def peak_memory(*command):
    """Exit status and peak resident memory in bytes. A small Python starts the tool: a child's peak begins with its parent's."""
    script = ("import os, sys\n"
              "null = os.open(os.devnull, os.O_WRONLY)\n"
              "pid = os.posix_spawn(sys.argv[1], sys.argv[1:], {k: v for k, v in os.environ.items() if k != 'SOURCE_DATE_EPOCH'},"
              " file_actions=[(os.POSIX_SPAWN_DUP2, null, 1), (os.POSIX_SPAWN_DUP2, null, 2)])\n"
              "_, status, usage = os.wait4(pid, 0)\n"
              "print(os.waitstatus_to_exitcode(status), usage.ru_maxrss)\n")
    done = subprocess.run([sys.executable, "-c", script, *map(str, command)], capture_output=True, text=True, check=True)
    status, kilobytes = done.stdout.split()
    return int(status), int(kilobytes) * 1024


class InFolder(unittest.TestCase):
    """Each test in a folder of its own, with a signed module `a.ko`."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="modsig-trees-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        os.chdir(self.folder)
        self.module = read(os.path.join(CORPUS, "modsign/small.rsa2048.sha256.issuer.ko"))
        write("a.ko", self.module)

    def tool(self, status, *arguments, **options):
        done = run(TOOL, *arguments, **options)
        self.assertEqual(done.returncode, done.returncode if status is None else status, f"{arguments}\n{done.stdout[-4000:].decode(errors='replace')}\n{done.stderr.decode(errors='replace')}")
        return done.stdout, done.stderr.decode(errors="surrogateescape")

    def verify(self, status, *arguments, policy="strict", trust=("--trust", "rsa2048.cert.pem"), **options):
        trusted = [trust[0], key(trust[1])] if trust else []
        return self.tool(status, "verify", "--policy", policy, *trusted, *arguments, **options)

    def rows(self, status, *arguments, **options):
        out, _ = self.verify(status, "--tsv", *arguments, **options)
        return [line.split("\t") for line in os.fsdecode(out).splitlines()]


class Trees(InFolder):
    def plant(self, count=120):
        """A tree with a bit of everything; the answer is what `verify` has to say, by path."""
        expected = {}
        kinds = list(PACKERS)
        for i in range(count):
            folder = f"tree/{'abc'[i % 3]}/{i % 7}"
            os.makedirs(folder, exist_ok=True)
            name = f"{folder}/m{i:04}.ko"
            content, verdict = self.module, "-"
            if i % 5 == 1:
                content, verdict = self.module[:-len(MARKER)], "no_signature"
            if i % 5 == 2:
                content, verdict = bytes([self.module[0] ^ 1]) + self.module[1:], "signature_mismatch"
            if i % 4 == 3:
                kind = kinds[i // 4 % len(kinds)]
                name, content = name + kind, PACKERS[kind](content)
            write(name, content)
            expected[name] = verdict
        write("tree/notes.txt", b"no module")
        os.symlink("..", "tree/a/up")
        os.symlink(os.path.abspath("a.ko"), "tree/a/link.ko")
        expected["tree/a/link.ko"] = "-"
        return expected

    def test_every_file_has_its_verdict_in_sorted_order(self):
        expected = self.plant()
        rows = self.rows(1, "tree")
        self.assertEqual([row[0] for row in rows], sorted(expected))
        self.assertEqual({row[0]: row[2] for row in rows}, expected)

    def test_threads_change_nothing(self):
        self.plant(300)
        for form in "--tsv", "--json":
            outputs = {self.verify(1, form, "-j", jobs, "tree", "a.ko", "tree/b")[0] for jobs in ("1", "2", "4", "16", "5000")}
            outputs.add(self.verify(1, form, "tree", "a.ko", "tree/b")[0])
            self.assertEqual(len(outputs), 1)
            self.assertGreater(len(outputs.pop().splitlines()), 300)

    def test_json_is_one_object_a_line_and_ends_with_the_sums(self):
        expected = self.plant()
        objects = [json.loads(line) for line in self.verify(1, "--json", "tree")[0].splitlines()]
        self.assertEqual([o["path"] for o in objects[:-1]], sorted(expected))
        good = list(expected.values()).count("-")
        summary = objects[-1]
        self.assertEqual((summary["summary"], summary["files"], summary["verified"], summary["rejected"], summary["folder_links"], summary["exit_status"]),
                         (True, len(expected), good, len(expected) - good, 1, 1))

    def test_the_text_of_a_large_tree_ends_with_a_sum(self):
        expected = self.plant()
        good = list(expected.values()).count("-")
        lines = self.verify(1, "tree")[0].decode().splitlines()
        sums = re.fullmatch(r"(\d+) verified((?:, \d+ [a-z ]+)*)", lines[-1])
        self.assertEqual(int(sums[1]), good)
        self.assertEqual(sum(map(int, re.findall(r"\d+", sums[2]))), len(expected) - good)  # by cause
        self.assertEqual(len([line for line in lines if line.startswith("tree/")]), len(expected))
        self.assertEqual(len(self.verify(0, "a.ko")[0].splitlines()), 1)
        self.assertEqual(self.verify(1, "--quiet", "tree"), (b"", ""))

    def test_links_to_modules_are_verified_and_links_to_folders_counted(self):
        os.makedirs("tree/updates")
        os.mkdir("elsewhere")
        shutil.copy("a.ko", "tree/a.ko")
        shutil.copy("a.ko", "elsewhere/outside.ko")
        write("changed", bytes([self.module[0] ^ 1]) + self.module[1:])
        for name, target in (("tree/updates/good.ko", "../a.ko"), ("tree/updates/bad.ko", "../../changed"), ("tree/updates/notes", "../../changed"),
                             ("tree/build", "../elsewhere"), ("tree/source", "/nonexistent"), ("tree/updates/up", "..")):
            os.symlink(target, name)
        rows = self.rows(1, "tree")
        self.assertEqual([row[:3] for row in rows], [["tree/a.ko", "verified", "-"], ["tree/updates/bad.ko", "rejected", "signature_mismatch"],
                                                     ["tree/updates/good.ko", "verified", "-"]])
        _, errors = self.verify(1, "tree")
        for name in "tree/build", "tree/updates/up":
            self.assertIn(f"{name}: a link to a folder, which is not followed", errors)
        self.assertIn("2 links to folders were not followed", errors)
        os.symlink("gone.ko", "tree/updates/lost.ko")
        self.assertIn(["tree/updates/lost.ko", "rejected", "io_error"], [row[:3] for row in self.rows(1, "tree")])
        for path, found in ("tree/build", "tree/build/outside.ko"), ("tree/updates/good.ko", "tree/updates/good.ko"):
            self.assertEqual([row[:2] for row in self.rows(0, path)], [[found, "verified"]])

    def test_what_cannot_be_looked_at_is_no_success(self):
        os.mkdir("tree")
        shutil.copy("a.ko", "tree/a.ko")
        self.verify(0, "tree")
        here = os.getcwd()
        os.chdir("tree")
        for _ in range(20):  # beyond PATH_MAX
            os.mkdir("n" * 250)
            os.chdir("n" * 250)
        write("deep.ko", self.module)
        os.chdir(here)
        rows = self.rows(7, "tree")
        self.assertEqual([row[1:3] for row in rows], [["verified", "-"], ["rejected", "io_error"]])
        self.assertTrue(rows[1][0].endswith("/deep.ko"))
        shutil.rmtree("tree")
        os.mkdir("tree")
        os.mkfifo("tree/pipe.ko")
        os.mkfifo("tree/pipe")
        self.assertEqual([row[:3] for row in self.rows(7, "tree", process={"timeout": 20})], [["tree/pipe.ko", "rejected", "io_error"]])

    @unittest.skipUnless(os.geteuid() == 0, "only root can become somebody else")
    def test_a_folder_that_can_be_listed_and_not_searched(self):
        os.makedirs("tree/listed/inner")
        shutil.copy("a.ko", "tree/listed")
        shutil.copy("a.ko", "tree")
        shutil.copy(key("rsa2048.cert.pem"), "trust.pem")
        os.chmod("tree/listed", 0o744)
        os.chmod(".", 0o755)
        try:
            done = run(TOOL, "verify", "--tsv", "--trust", "trust.pem", "tree", process={"user": 65534, "group": 65534, "extra_groups": []})
        except PermissionError:
            self.skipTest("the tool is where nobody may run it")
        self.assertEqual(done.returncode, 7)
        self.assertEqual([line.split("\t")[:3] for line in done.stdout.decode().splitlines()],
                         [["tree/a.ko", "verified", "-"], ["tree/listed/a.ko", "rejected", "io_error"], ["tree/listed/inner", "rejected", "io_error"]])

    def test_odd_names(self):
        os.mkdir("tree")
        names = ["new\nline.ko", "tab\t.ko", "back\\slash.ko", " blank.ko", "\x1b[31m.ko", os.fsdecode(b"\xff.ko"), "-j.ko", "ü.ko"]
        for name in names:
            shutil.copy("a.ko", os.path.join("tree", name))
        rows = self.rows(0, "tree")
        self.assertEqual(len(rows), len(names))
        self.assertTrue(all(len(row) == 8 for row in rows))
        unescaped = [row[0].replace("\\\\", "\0").replace("\\t", "\t").replace("\\n", "\n").replace("\\x1b", "\x1b").replace("\0", "\\") for row in rows]
        self.assertEqual(sorted(unescaped), sorted("tree/" + name for name in names))
        out, _ = self.verify(0, "tree")
        self.assertEqual(len(out.splitlines()), len(names) + 1)  # with the sum
        self.assertNotIn(b"\x1b", out)
        for line in self.verify(0, "--json", "tree")[0].splitlines():
            json.loads(line)

    def test_what_cannot_be_read_is_named_and_stops_nothing(self):
        rows = self.rows(7, "absent.ko", "a.ko", "absent.ko.xz")
        self.assertEqual([row[1:3] for row in rows], [["rejected", "io_error"], ["verified", "-"], ["rejected", "io_error"]])
        _, errors = self.verify(7, "absent.ko", "a.ko")
        self.assertRegex(errors, r"absent\.ko: No such file or directory")
        self.assertEqual(self.rows(7, "/proc/self/mem", "a.ko")[0][2], "io_error")  # opens, and does not read

    @unittest.skipUnless(os.geteuid() == 0, "only root can become somebody else")
    def test_closed_folders_and_files_are_named(self):
        for name in "tree/closed", "tree/open":
            os.makedirs(name)
            shutil.copy("a.ko", name)
        shutil.copy("a.ko", "tree/secret.ko")
        shutil.copy(key("rsa2048.cert.pem"), "trust.pem")
        os.chmod("tree/secret.ko", 0)
        os.chmod("tree/closed", 0)
        os.chmod(".", 0o755)
        nobody = {"user": 65534, "group": 65534, "extra_groups": []}
        try:
            done = run(TOOL, "verify", "--tsv", "--trust", "trust.pem", "tree", process=nobody)
        except PermissionError:
            self.skipTest("the tool is where nobody may run it")
        rows = [line.split("\t")[:3] for line in done.stdout.decode().splitlines()]
        self.assertEqual(rows, [["tree/closed", "rejected", "io_error"], ["tree/open/a.ko", "verified", "-"],
                                ["tree/secret.ko", "rejected", "io_error"]])
        self.assertEqual(done.returncode, 7)
        for name in "closed", "secret.ko":
            self.assertIn(f"tree/{name}: Permission denied", done.stderr.decode())

    def on_terminal(self, *arguments, output=None):
        """What the tool writes to a terminal: standard error, and standard output too unless it goes to a file."""
        try:
            ours, theirs = pty.openpty()
        except OSError as fault:
            self.skipTest(str(fault))
        with open(output, "wb") if output else os.fdopen(os.dup(theirs), "wb") as stdout:
            child = subprocess.Popen([TOOL, *arguments], stdout=stdout, stderr=theirs, stdin=subprocess.DEVNULL)
        os.close(theirs)
        seen = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            seen += piece
        os.close(ours)
        child.wait()
        return seen

    def test_progress_is_for_terminals_and_rare(self):
        os.mkdir("tree")
        with open("tree/big.ko", "wb") as f:
            f.truncate(24 * MIB)
        for i in range(60):
            os.link("tree/big.ko", f"tree/{i:02}.ko")
        trusted = "verify", "-j", "1", "--trust", key("rsa2048.cert.pem")
        start = time.monotonic()
        seen = self.on_terminal(*trusted, "tree", output="out")
        took = time.monotonic() - start
        shown = re.findall(rb"\r(\d+) of 61", seen)
        if took > 0.5:
            self.assertGreater(len(shown), 0)
        self.assertLessEqual(len(shown), took / 0.1 + 1)
        self.assertEqual(len([line for line in read("out").splitlines() if line.startswith(b"tree/")]), 61)
        self.assertNotIn(b"\r", read("out"))
        if shown:
            self.assertTrue(seen.endswith(b"\r\x1b[K"))
        both = self.on_terminal(*trusted, "tree")
        lines = [line.split(b"\x1b[K")[-1] for line in both.split(b"\r\n") if line]
        self.assertEqual(len([line for line in lines if line.startswith(b"tree/")]), 61)
        self.assertEqual(self.on_terminal(*trusted, "--quiet", "tree"), b"")
        self.assertEqual(self.verify(3, "tree")[1], "")  # no terminal


class Compressed(InFolder):
    def test_modules_of_every_kind(self):
        for suffix, pack in PACKERS.items():
            write("x.ko" + suffix, pack(self.module))
            for policy in "strict", "legacy", "linux-modsign":
                self.verify(0, "x.ko" + suffix, policy=policy)
            unpacked = json.loads(self.tool(0, "inspect", "--json", "x.ko" + suffix)[0])
            self.assertEqual((unpacked["size"], unpacked["compressed_size"]), (len(self.module), len(pack(self.module))))
        self.assertGreaterEqual(len(PACKERS), 2)

    def test_only_the_name_counts(self):
        packed = xz(self.module)
        for name in "x.ko", "x.so", "x.xz", "x.ko.xz.old":
            write(name, packed)
            self.assertEqual(self.rows(6, name)[0][2], "compressed")
        for name in "y.ko.gz", "y.ko.zst":
            write(name, packed)
            self.assertEqual(self.rows(7, name)[0][1:4], ["rejected", "decompression_failed", "EINVAL"])
        write("plain.ko.xz", self.module)
        self.assertEqual(self.rows(7, "plain.ko.xz")[0][2], "decompression_failed")

    def test_damage(self):
        for suffix, pack in PACKERS.items():
            packed = pack(self.module)
            for name, content in (("cut", packed[:-9]), ("half", packed[:len(packed) // 2]), ("empty", b""),
                                  ("flipped", packed[:100] + bytes([packed[100] ^ 0x55]) + packed[101:])):
                path = write(f"{name}.ko{suffix}", content)
                for policy in "strict", "linux-modsign":
                    if (name, suffix, policy) != ("flipped", ".gz", "linux-modsign"):
                        self.assertEqual(self.rows(7, path, policy=policy)[0][1:3], ["rejected", "decompression_failed"], path)
        self.assertIn(b"damaged", self.verify(7, "half.ko.xz")[0])
        # Linux does not look at gzip's checksum: what comes out counts, and whether the kernel sees the damage is chance.
        self.assertNotIn(b"verified", self.tool(None, "verify", "--policy", "linux-modsign", "--trust", key("rsa2048.cert.pem"), "flipped.ko.gz")[0])
        packed = gzip.compress(self.module)
        write("checksum.ko.gz", packed[:-5] + bytes([packed[-5] ^ 1]) + packed[-4:])
        self.assertEqual(self.rows(7, "checksum.ko.gz")[0][2], "decompression_failed")
        self.assertEqual(self.rows(0, "checksum.ko.gz", policy="linux-modsign")[0][1], "verified")

    def test_what_linux_has_no_decoder_for(self):
        lzma2 = {"id": lzma.FILTER_LZMA2, "preset": 6}
        foreign = {"crc64": ({"check": lzma.CHECK_CRC64}, "the xz check CRC64"), "sha256": ({"check": lzma.CHECK_SHA256}, "the xz check SHA-256")}
        filters = {"delta": {"id": lzma.FILTER_DELTA, "dist": 4}, "powerpc": {"id": lzma.FILTER_POWERPC}, "ia64": {"id": lzma.FILTER_IA64},
                   "arm": {"id": lzma.FILTER_ARM}, "armthumb": {"id": lzma.FILTER_ARMTHUMB}, "sparc": {"id": lzma.FILTER_SPARC}}
        for name, one in filters.items():
            foreign[name] = {"check": lzma.CHECK_CRC32, "filters": [one, lzma2]}, "the xz filter " + name
        files = {f"{name}.ko.xz": (lzma.compress(self.module, **how), lacking) for name, (how, lacking) in foreign.items()}
        packed = gzip.compress(self.module)
        for name, flags, fields, lacking in ("extra", 4, b"\4\0ms\0\0", "an extra field in the gzip header"), ("comment", 16, b"words\0", "a comment in the gzip header"):
            files[f"{name}.ko.gz"] = packed[:3] + bytes([flags]) + packed[4:10] + fields + packed[10:], lacking
        for path, (content, lacking) in files.items():
            with self.subTest(path=path):
                write(path, content)
                self.assertEqual(self.rows(7, path, policy="linux-modsign")[0][1:4], ["rejected", "decompression_failed", "EINVAL"])
                self.assertIn(lacking, self.verify(7, path, policy="linux-modsign")[0].decode())
                self.assertIn(lacking, json.loads(self.tool(7, "inspect", "--json", "--policy", "linux-modsign", path)[0])["reason"])
                # Everybody else unpacks it; inspect says what Linux lacks. load unpacks it, whatever the policy.
                self.assertEqual(self.rows(0, path)[0][1], "verified")
                self.assertIn(f"remark: Linux's own decoder does not know {lacking}; ", self.tool(0, "inspect", "--trust", key("rsa2048.cert.pem"), path)[0].decode())
                for policy in "strict", "linux-modsign":
                    self.tool(0, "load", "--dry-run", "--policy", policy, "--trust", key("rsa2048.cert.pem"), path)
        for path, content in (("plain.ko.xz", xz(self.module)), ("none.ko.xz", lzma.compress(self.module, check=lzma.CHECK_NONE)),
                              ("x86.ko.xz", lzma.compress(self.module, check=lzma.CHECK_CRC32, filters=[{"id": lzma.FILTER_X86}, lzma2])),
                              ("named.ko.gz", packed[:3] + b"\x08" + packed[4:10] + b"a name\0" + packed[10:])):
            with self.subTest(path=path):
                write(path, content)
                self.assertEqual(self.rows(0, path, policy="linux-modsign")[0][1], "verified")
                self.assertNotIn("remark", json.loads(self.tool(0, "inspect", "--json", path)[0]))

    def test_what_follows_the_stream_is_dropped_by_linux_and_refused_by_strict(self):
        for suffix, pack in PACKERS.items():
            packed = pack(self.module)
            tails = {"byte": b"x", "zeros": bytes(4), "marker": MARKER, "second": pack(b"another stream")}
            for name, tail in tails.items():
                path = write(f"{name}.ko{suffix}", packed + tail)
                for policy in "strict", "legacy", "permissive":
                    self.assertEqual(self.rows(7, path, policy=policy)[0][1:4], ["rejected", "decompression_failed", "EINVAL"])
                self.assertEqual(self.rows(0, path, policy="linux-modsign")[0][1], "verified")
        self.assertIn(b"something follows the compressed module", self.verify(7, "byte.ko.xz")[0])

    def test_a_signature_behind_the_compressed_module_is_lost(self):
        unsigned = self.module[:-len(MARKER) - 12 - int.from_bytes(self.module[-len(MARKER) - 4:-len(MARKER)], "big")]
        trailer = self.module[len(unsigned):]
        write("late.ko.xz", xz(unsigned) + trailer)
        self.assertEqual(self.rows(3, "late.ko.xz", policy="linux-modsign")[0][1:4], ["rejected", "no_signature", "EKEYREJECTED"])
        self.assertEqual(self.rows(7, "late.ko.xz")[0][2], "decompression_failed")
        for policy, status in ("strict", 7), ("linux-modsign", 3):
            out, _ = self.tool(status, "inspect", "--json", "--policy", policy, "late.ko.xz")
            self.assertIn("signed_while_compressed", json.loads(out)["hints"])

    def test_bombs_are_refused_soon_and_in_bounded_memory(self):
        zeros = bytes(16 * MIB)
        pieces = 3 << 30 >> 24
        packer = lzma.LZMACompressor(check=lzma.CHECK_CRC32, preset=0)
        with open("bomb.ko.xz", "wb") as f:
            for _ in range(pieces):
                f.write(packer.compress(zeros))
            f.write(packer.flush())
        with gzip.open("bomb.ko.gz", "wb", compresslevel=1) as f:
            for _ in range(pieces):
                f.write(zeros)
        if ".zst" in PACKERS:
            with open("bomb.ko.zst", "wb") as f, subprocess.Popen(["zstd", "-q", "-1", "-c"], stdin=subprocess.PIPE, stdout=f) as packer:
                for _ in range(pieces):
                    packer.stdin.write(zeros)
        bombs = sorted(glob.glob("bomb.ko.*"))
        for policy in "strict", "linux-modsign":
            start = time.monotonic()
            rows = self.rows(7, *bombs, policy=policy)
            self.assertLess(time.monotonic() - start, 60)
            self.assertEqual([row[2] for row in rows], ["decompression_failed"] * len(PACKERS))
        for bomb in bombs:
            status, memory = peak_memory(TOOL, "verify", "--trust", key("rsa2048.cert.pem"), bomb)
            self.assertEqual(status, 7)
            self.assertLess(memory, 320 * MIB, bomb)
        _, memory = peak_memory(TOOL, "verify", "-j", "1", "--trust", key("rsa2048.cert.pem"), *bombs, *bombs)
        self.assertLess(memory, 320 * MIB)
        self.assertIn(b"256 MiB", self.verify(7, bombs[0])[0])


class Memory(InFolder):
    """What `verify` holds above what it holds for a small file: bounded, whatever the size and the verdict."""
    ROOM = 16 * MIB  # a thread

    def measure(self, status, *arguments, threads=1):
        found, memory = peak_memory(TOOL, "verify", "-j", threads, *arguments)
        self.assertEqual(found, status, arguments)
        return memory

    def above_start(self, status, *arguments, threads=1):
        return self.measure(status, *arguments, threads=threads) - self.measure(0, "--trust", key("rsa2048.cert.pem"), "a.ko")

    def sparse(self, name, size, signer=None, detached=None):
        """A file of zeros, with a CMS signature that openssl makes of it piece by piece."""
        with open(name, "wb") as f:
            f.truncate(size)
        if signer is None:
            return name
        subprocess.run(["openssl", "cms", "-sign", "-binary", "-noattr", "-nocerts", "-md", "sha256", "-signer", key(signer + ".cert.pem"), "-inkey", key(signer + ".key.pem"),
                        "-outform", "DER", "-in", name, "-out", "message"], check=True, capture_output=True)
        message = read("message")
        with open(name, "ab") as f:
            f.write(message + bytes([0, 0, 2, 0, 0, 0, 0, 0]) + len(message).to_bytes(4, "big") + MARKER)
        return name

    def test_two_sparse_unsigned_files_are_settled_by_their_ends(self):
        for name in "1.ko", "2.ko":
            self.sparse(name, 6 << 30)
        start = time.monotonic()
        trusted = "--trust", key("rsa2048.cert.pem"), "1.ko", "2.ko"
        self.assertLess(self.above_start(3, *trusted, threads=2), 2 * self.ROOM)
        self.assertLess(self.above_start(0, "--policy", "permissive", *trusted), self.ROOM)
        self.assertLess(self.above_start(3, "--policy", "linux-modsign", *trusted), self.ROOM)
        self.assertLess(time.monotonic() - start, 10)
        out, _ = self.tool(3, "inspect", "--json", "1.ko")
        self.assertEqual(json.loads(out)["size"], 6 << 30)

    def test_a_large_signed_file_is_digested_in_windows_whatever_the_verdict(self):
        self.sparse("good.ko", 256 * MIB, "rsa2048")
        shutil.copy("good.ko", "bad.ko")
        with open("bad.ko", "r+b") as f:
            f.seek(100 * MIB)
            f.write(b"x")
        known, unknown, revoked = ("--trust", key("rsa2048.cert.pem")), ("--trust", key("p256.cert.pem")), ("--revoked", key("rsa2048.cert.pem"))
        for status, *arguments in ((0, *known, "good.ko"), (1, *known, "bad.ko"), (4, *unknown, "good.ko"), (5, *known, *revoked, "good.ko"),
                                   (0, "--policy", "linux-ima", *known, "good.ko"), (1, "--policy", "linux-modsign", *known, "bad.ko"),
                                   (0, *known, "good.ko", "good.ko", "good.ko", "good.ko")):
            self.assertLess(self.above_start(status, *arguments), self.ROOM, arguments)
        write("list", f"bin:{hashlib.sha256(read('good.ko')).hexdigest()}\n".encode())
        self.assertLess(self.above_start(5, *known, "--revoked", "list", "good.ko"), self.ROOM)
        status, memory = peak_memory(TOOL, "inspect", *known, "bad.ko")
        self.assertEqual(status, 1)
        self.assertLess(memory - self.measure(0, *known, "a.ko"), self.ROOM)

    def test_what_has_to_be_whole_has_a_limit(self):
        write("x.ko.xz", xz(os.urandom(3 * MIB)))
        trusted = "--trust", key("rsa2048.cert.pem")
        self.assertEqual(self.rows(3, "x.ko.xz")[0][2], "no_signature")
        self.assertEqual(self.rows(6, "--limit", "2M", "x.ko.xz")[0][2], "too_large")
        self.sparse("large.ko.gz", 6 << 30)
        self.assertLess(self.above_start(6, *trusted, "large.ko.gz"), self.ROOM)
        self.sparse("large.ko", 6 << 30)
        self.tool(7, "sign", "sha256", key("rsa2048.key.pem"), key("rsa2048.cert.pem"), "large.ko")
        self.tool(7, "sign", "--limit", "3000", "sha256", key("rsa2048.key.pem"), key("rsa2048.cert.pem"), write("small.ko", bytes(3001)))
        self.tool(0, "sign", "--limit", "3k", "sha256", key("rsa2048.key.pem"), key("rsa2048.cert.pem"), "small.ko")

    def test_a_tree_needs_no_more_than_its_threads(self):
        os.mkdir("tree")
        for i in range(300):
            write(f"tree/{i}.ko", os.urandom(1000 * (i + 1)))
        self.assertLess(self.above_start(3, "--trust", key("rsa2048.cert.pem"), "tree"), self.ROOM)
        self.assertLess(self.above_start(3, "--trust", key("rsa2048.cert.pem"), "tree", threads=3), 3 * self.ROOM)


class Inspecting(InFolder):
    def inspect(self, status, *arguments, policy="strict"):
        return json.loads(self.tool(status, "inspect", "--json", "--policy", policy, *arguments)[0])

    def test_facts(self):
        said = self.inspect(0, "--trust", key("rsa2048.cert.pem"), "a.ko")
        self.assertEqual((said["verdict"], said["layout"], said["digest"], said["signers"]), ("verified", "modsign", "sha256", 1))
        self.assertEqual(said["key_identifier"], "serial:" + said["serial"])
        self.assertIn("TEST ONLY rsa2048 signing key", said["issuer"])
        self.assertEqual(said["content_size"] + said["signature_size"] + 12 + len(MARKER), said["size"])

    def test_a_key_that_is_not_there(self):
        folder = os.path.join(CORPUS, "keys")
        unknown_signers = "--trust", key("p256.cert.pem"), "--trust", key("rsa3072.cert.pem"), "--trust", key("p384.cert.pem")
        said = self.inspect(4, *unknown_signers, "a.ko")
        self.assertRegex(said["reason"], r"^signed by CN=TEST ONLY rsa2048 signing key, key id serial:[0-9a-f]+: no such key in ")
        self.assertIn(os.path.join(folder, "p256.cert.pem"), said["reason"])
        self.assertTrue(said["reason"].endswith("(3 keys looked at)"), said["reason"])
        self.assertIn("unknown_key", said["hints"])
        out, _ = self.tool(4, "verify", *unknown_signers, "a.ko")
        self.assertIn(b"a.ko: rejected: signed by CN=TEST ONLY rsa2048 signing key, key id serial:", out)
        shutil.copy(os.path.join(CORPUS, "modsign/small.rsa2048.sha256.skid.ko"), "skid.ko")
        self.assertIn("key id skid:", self.inspect(4, *unknown_signers, "skid.ko")["reason"])

    def test_another_key_of_the_same_name(self):
        for name in "1", "2":
            self.tool(0, "genkey", "--type", "rsa2048", "--out", name + ".pem")
        shutil.copy("a.ko", "b.ko")
        done = run(TOOL, "sign", "--replace", "sha256", "1.pem", "1.pem", "b.ko")
        if b"cannot be written" in done.stderr:
            self.skipTest("modsign cannot be written yet")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("renewed_key", self.inspect(4, "--trust", "2.pem", "b.ko")["hints"])
        self.assertEqual(self.inspect(0, "--trust", "1.pem", "b.ko")["hints"], [])

    def test_what_probably_happened(self):
        trust = "--trust", key("rsa2048.cert.pem")
        cases = {
            "stripped": self.module[:-446 - 12 - len(MARKER)],
            "damaged_marker": self.module[:-1],
            "data_after_signature": self.module + b"\n",
        }
        for hint, content in cases.items():
            with self.subTest(hint):
                self.assertIn(hint, self.inspect(3, *trust, write("x.ko", content))["hints"])
        self.assertIn("damaged_marker", self.inspect(3, *trust, write("x.ko", self.module[:-1] + b"\r\n"))["hints"])
        self.assertIn("compressed", self.inspect(6, *trust, write("x.ko", gzip.compress(self.module)))["hints"])
        self.assertEqual(self.inspect(3, *trust, write("x.ko", self.module[:-len(MARKER)]))["hints"], ["damaged_marker"])
        if shutil.which("strip"):
            shutil.copy("a.ko", "stripped.ko")
            subprocess.run(["strip", "--strip-debug", "stripped.ko"], check=True)
            out, _ = self.tool(3, "inspect", *trust, "stripped.ko")
            self.assertIn(b"the module was stripped after signing", out)
        blob = self.module[-446 - 12 - len(MARKER):]
        self.assertIn("double_signed", self.inspect(1, *trust, write("x.ko", self.module + blob))["hints"])
        self.assertIn("changed", self.inspect(1, *trust, write("x.ko", self.module[:99] + b"?" + self.module[100:]))["hints"])
        self.assertEqual(self.inspect(0, *trust, "a.ko")["hints"], [])

    @unittest.skipUnless(shutil.which("modinfo"), "modinfo (kmod) is not installed")
    def test_modinfo(self):
        if b"+LIBCRYPTO" not in run("modinfo", "--version").stdout:
            self.skipTest("this kmod does not look into PKCS#7")
        files = sorted(glob.glob(os.path.join(CORPUS, "modsign/**"), recursive=True) + glob.glob(os.path.join(CORPUS, "bad/modsign/*")))
        # BER that libcrypto reads and Linux does not, or the reverse.
        different = "p7-nonminimal-", "p7-sig-constructed", "p7-version-"
        files = [path for path in files if not os.path.basename(path).startswith(different)]
        compared = with_lines = 0
        for path in filter(os.path.isfile, files):
            shutil.copy(path, "m.ko")
            done = run("modinfo", "m.ko")
            if done.returncode != 0:  # no ELF file
                continue
            lines, wanted = b"", False
            for line in done.stdout.splitlines(keepends=True):
                wanted = line.startswith(MODINFO) or (wanted and line.startswith(b"\t"))
                lines += line if wanted else b""
            self.assertEqual(self.tool(0, "inspect", "--modinfo", "m.ko")[0], lines, path)
            compared += 1
            with_lines += bool(lines)
        print(f"modinfo says the same of {compared} modules, {with_lines} of them with a signature")
        self.assertGreater(with_lines, 20)
        for suffix, pack in PACKERS.items():
            write("p.ko" + suffix, pack(self.module))
            self.assertEqual(self.tool(0, "inspect", "--modinfo", "p.ko" + suffix)[0], self.tool(0, "inspect", "--modinfo", "a.ko")[0])


class Keys(InFolder):
    def rows_of_keys(self, status, *arguments):
        out, _ = self.tool(status, "keys", "--tsv", *arguments)
        return [line.split("\t") for line in os.fsdecode(out).splitlines()]

    def test_certificates_bundles_and_folders(self):
        os.mkdir("ring")
        for name in "rsa2048", "p256", "rsa3072":
            shutil.copy(key(f"{name}.cert.der"), f"ring/{name}.x509")
        bundle = b"words\n" + b"".join(read(key(f"{name}.cert.pem")) for name in ("rsa2048", "p384"))
        write("bundle.pem", bundle)
        rows = self.rows_of_keys(0, "ring", "bundle.pem", key("rsa2048.digsig-v1.bin"))
        self.assertEqual([row[0] for row in rows[:5]], ["ring/p256.x509", "ring/rsa2048.x509", "ring/rsa3072.x509", "bundle.pem", "bundle.pem"])
        self.assertEqual({row[1] for row in rows}, {"accepted"})
        self.assertEqual({len(row) for row in rows}, {14})
        write("ring/README", b"no key")
        os.mkdir("ring/more")
        rows = self.rows_of_keys(6, "ring")
        self.assertEqual([row[1] for row in rows if row[0] in ("ring/README", "ring/more")], ["refused", "refused"])
        write("private.pem", read(key("rsa2048.key.pem")) + b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n" + read(key("p256.cert.pem")))
        self.assertEqual([row[1] for row in self.rows_of_keys(6, "private.pem")], ["refused", "accepted"])

    def test_a_certificate_that_has_not_signed_itself(self):
        forged = bytearray(read(key("rsa2048.cert.der")))
        forged[-1] ^= 1
        write("forged.der", forged)
        row = self.rows_of_keys(1, "--policy", "linux-modsign", "forged.der")[0]
        self.assertEqual(row[1], "refused")
        self.assertRegex(row[3], "^E[A-Z]+$")
        self.assertIn("TEST ONLY rsa2048", row[10])

    def test_the_status_is_that_of_the_refusals(self):
        self.assertEqual(self.rows_of_keys(5, key("expired.cert.pem"))[0][1:3], ["refused", "expired"])
        self.rows_of_keys(0, "--policy", "linux-modsign", key("expired.cert.pem"))
        self.rows_of_keys(7, "absent")
        self.rows_of_keys(2, "--policy", "none", key("p256.cert.pem"))
        write("big.der", bytes(17 * MIB))
        self.assertEqual(self.rows_of_keys(6, "big.der")[0][1:3], ["refused", "missing_element"])


class Kernel(InFolder):
    def setUp(self):
        super().setUp()
        images = glob.glob(os.path.join(KERNEL, "boot/vmlinu[xz]-*"))
        if not images:
            self.skipTest(NO_KERNEL)
        self.image = images[0]
        self.modules = sorted(glob.glob(os.path.join(KERNEL, "lib/modules/**/*.ko*"), recursive=True))

    def test_a_kernel_vouches_for_its_modules(self):
        out, _ = self.tool(0, "verify", "--json", "--trust-kernel", self.image, os.path.join(KERNEL, "lib"))
        summary = json.loads(out.splitlines()[-1])
        self.assertEqual((summary["verified"], summary["rejected"]), (len(self.modules), 0))
        print(f"{summary['verified']} modules verify with the keys of {os.path.basename(self.image)}")
        self.assertGreater(len(self.modules), 100)
        for policy in "legacy", "linux-modsign":
            self.tool(0, "verify", "--policy", policy, "--trust-kernel", self.image, self.modules[0])
            self.tool(4, "verify", "--policy", policy, "--trust-kernel", self.image, "a.ko")
        said = json.loads(self.tool(4, "inspect", "--json", "--trust-kernel", self.image, "a.ko")[0])
        self.assertIn(self.image, said["reason"])

    def test_keys_in_it(self):
        out, _ = self.tool(0, "keys", "--json", self.image)
        for row in map(json.loads, out.splitlines()):
            self.assertEqual((row["path"], row["verdict"]), (self.image, "accepted"))
        os.mkdir("boot")
        os.symlink(self.image, "boot/vmlinuz")
        shutil.copy(key("p256.cert.der"), "boot/a.x509")
        listed = [line.split("\t")[:2] for line in self.tool(0, "keys", "--tsv", "boot")[0].decode().splitlines()]
        self.assertEqual(listed[:2], [["boot/a.x509", "accepted"], ["boot/vmlinuz", "accepted"]])

    def test_what_is_no_kernel_is_named(self):
        for image in "a.ko", "absent", ".", write("zeros", bytes(100)):
            _, errors = self.tool(7, "verify", "--trust-kernel", image, "a.ko")
            self.assertIn(f"modsig: {image}: ", errors)
            self.tool(7, "inspect", "--trust-kernel", image, "a.ko")
        cut = write("cut", read(self.image)[:4 * MIB])
        self.tool(7, "verify", "--trust-kernel", cut, self.modules[0])
        self.assertEqual(self.tool(7, "verify", "--tsv", "--trust-kernel", "absent", "a.ko")[0].split(b"\t")[2], b"not_checked")


def main():
    global TOOL, KERNEL, CORPUS
    TOOL, KERNEL, CORPUS = (os.path.abspath(argument) for argument in sys.argv[1:4])
    return run_tests(sys.modules[__name__], sys.argv[4:])


if __name__ == "__main__":
    sys.exit(main())
