#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Lists of paths and shares of files: `modsig verify --files-from FILE --shard I/N`. lists.py TOOL KEYS [TEST...]"""
import collections
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

from harness import ModuleInFolder, must, read, run, run_tests, write

TOOL = KEYS = ""
MIB = 1 << 20


def share_of(path, count):
    """The contract of shard.hpp."""
    return int.from_bytes(hashlib.sha256(path).digest()[:4], "big") % count + 1


class InFolder(ModuleInFolder):
    def setUp(self):
        self.begin(TOOL, KEYS)

    def verify(self, status, *arguments, stdin=None, **process):
        done = run(TOOL, "verify", "--trust", self.cert, *arguments, stdin=stdin, process={"timeout": 60, **process})
        self.assertEqual(done.returncode, status, f"{arguments}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
        return done.stdout, os.fsdecode(done.stderr)

    def rows(self, status, *arguments, **more):
        return [line.split(b"\t")[:3] for line in self.verify(status, "--tsv", *arguments, **more)[0].splitlines()]

    def paths(self, status, *arguments, **more):
        return [row[0] for row in self.rows(status, *arguments, **more)]


class Lists(InFolder):
    def test_the_order_is_the_lists_own(self):
        names = [f"m{i:03}.ko".encode() for i in range(100)]
        for name in names:
            os.link("good.ko", name)
        random.Random(1).shuffle(names)
        write("list", b"\n".join(names) + b"\n")
        self.assertEqual(self.paths(0, "--files-from", "list"), names)
        self.assertEqual(self.paths(0, "--files-from", "-", stdin=read("list")), names)
        self.assertEqual(self.paths(0, "--files-from", "list", "good.ko", "m099.ko"), [b"good.ko", b"m099.ko", *names])
        write("list", names[0] + b"\n\n" + names[0] + b"\n" + names[1])  # an empty line, a path twice, no newline at the end
        self.assertEqual(self.paths(0, "--files-from", "list"), [names[0], names[0], names[1]])

    def test_a_pipe_of_a_shell(self):
        script = f"'{TOOL}' verify --tsv --trust '{self.cert}' --files-from <(echo good.ko)"
        self.assertEqual(subprocess.run(["bash", "-c", script], capture_output=True, check=True, timeout=60).stdout.split(b"\t")[:2], [b"good.ko", b"verified"])

    def test_a_pipe_that_stays_open_has_a_time_limit(self):
        ours, theirs = os.pipe()
        self.addCleanup(os.close, theirs)
        start = time.monotonic()
        self.assertIn("timed out", self.verify(7, "--files-from", f"/dev/fd/{ours}", pass_fds=[ours])[1])
        os.close(ours)
        self.assertTrue(29 <= time.monotonic() - start < 45)

    def test_odd_names(self):
        lines = [b"space and 'quote'.ko", b"no-utf8-\xff.ko", b"tab\t.ko", b" leading.ko", b"return\r", b"#comment.ko", b"--trust", b"\xe2\x80\xae.ko", b"~", b"$HOME"]
        with_newline = b"new\nline.ko"
        for name in [*lines, with_newline]:
            os.link("good.ko", name)
        write("list", b"\n".join(lines))
        objects = [json.loads(line) for line in self.verify(0, "--json", "--files-from", "list")[0].splitlines()][:-1]
        self.assertEqual([bytes.fromhex(o["path_bytes"]) if "path_bytes" in o else o["path"].encode() for o in objects], lines)
        # A NUL in the list: names end at NULs, and may have newlines.
        found = must("find", ".", "-name", "*line.ko", "-print0")
        self.assertEqual(self.paths(0, "--files-from", "-", stdin=found), [b"./new\\nline.ko"])
        self.assertEqual(len(self.paths(0, "--files-from", "-", stdin=b"\0".join([*lines, with_newline]))), len(lines) + 1)

    def test_minus_is_a_file(self):
        os.link("good.ko", "-")
        self.assertEqual(self.paths(0, "--files-from", "-", stdin=b"-\n"), [b"./-"])
        write("list", b"good.ko\n")
        self.assertEqual(self.paths(0, "--files-from", "list", "-", stdin=read("good.ko")), [b"-", b"good.ko"])
        self.assertIn("standard input", self.verify(2, "--files-from", "-", "-", stdin=b"good.ko\n")[1])

    def test_what_cannot_be_looked_at(self):
        os.mkfifo("fifo.ko")
        for entry in b"missing.ko", b"good.ko/x", b"a" * 300, b"b/" * 3000, b"c" * MIB, b"fifo.ko", b"/dev/zero":
            rows = self.rows(7, "--files-from", "-", stdin=b"good.ko\n" + entry + b"\ngood.ko\n")
            self.assertEqual(rows, [[b"good.ko", b"verified", b"-"], [entry, b"rejected", b"io_error"], [b"good.ko", b"verified", b"-"]])
        self.assertEqual(self.rows(1, "--files-from", "-", stdin=b"missing.ko\nplain.ko\n")[1][1:], [b"rejected", b"no_signature"])

    def test_folders_are_searched(self):
        os.makedirs("tree/deep"), os.link("good.ko", "tree/b.ko"), os.link("good.ko", "tree/deep/a.ko"), os.link("good.ko", "tree/notes")
        self.assertEqual(self.paths(0, "--files-from", "-", stdin=b"good.ko\ntree\n"), [b"good.ko", b"tree/b.ko", b"tree/deep/a.ko"])

    def test_lists_of_nothing(self):
        for nothing in b"", b"\n", b"\n\n", b"\0":
            write("list", nothing)
            out, said = self.verify(2, "--files-from", "list", "--json")
            self.assertIn("list: the list is empty", said)
            self.assertEqual((json.loads(out)["files"], json.loads(out)["exit_status"]), (0, 2))
        self.assertIn("list: the list is empty", self.verify(0, "--files-from", "list", "good.ko")[1])

    def test_lists_that_cannot_be_read(self):
        os.mkfifo("fifo"), os.mkdir("folder")
        for name in "missing", "fifo", "folder", "/dev/zero", "":
            out, said = self.verify(7, "--json", "--files-from", name, "good.ko")
            self.assertIn("modsig: ", said)
            self.assertEqual(json.loads(out)["files"], 0)
        with open("large", "wb") as file:
            file.truncate(64 * MIB + 1)
        self.assertIn("too_large", self.verify(7, "--files-from", "large")[1])
        with open("large", "rb") as file:
            done = subprocess.run(f"cat large | '{TOOL}' verify --trust '{self.cert}' --files-from -", shell=True, stdin=file, capture_output=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 7, done.stderr)

    def test_with_a_detached_signature(self):
        must(TOOL, "sign", "-d", "sha256", f"{KEYS}/rsa2048.key.pem", self.cert, "plain.ko")
        self.assertEqual(self.paths(0, "--signature", "plain.ko.p7s", "--files-from", "-", stdin=b"plain.ko\n"), [b"plain.ko"])
        self.verify(2, "--signature", "plain.ko.p7s", "--files-from", "-", stdin=b"plain.ko\ngood.ko\n")


class Shards(InFolder):
    def plant(self, count=150):
        """A list of files of every verdict, some twice."""
        draw = random.Random(count)
        names = []
        for i in range(count):
            name = f"d{draw.randrange(7)}/m{i}.ko"
            os.makedirs(os.path.dirname(name), exist_ok=True)
            if i % 9:
                os.link("plain.ko" if i % 5 == 0 else "good.ko", name)
            names.append(name.encode())
        names += draw.sample(names, 5)
        write("list", b"\n".join(names))
        return names

    def test_shards_are_disjoint_and_are_everything(self):
        names = self.plant()
        for form in "--tsv", "--json":
            whole = self.verify(1, form, "--files-from", "list")[0].splitlines()
            for count in 1, 2, 3, 7, 16:
                parts, statuses = [], []
                for i in range(1, count + 1):
                    done = run(TOOL, "verify", "--trust", self.cert, form, "--files-from", "list", "--shard", f"{i}/{count}")
                    lines = done.stdout.splitlines()
                    if form == "--tsv":
                        self.assertEqual([line.split(b"\t")[0] for line in lines], [name for name in names if share_of(name, count) == i])
                    else:
                        summary = json.loads(lines.pop())
                        self.assertEqual((summary["shard"], summary["files"], summary["exit_status"]), (f"{i}/{count}", len(lines), done.returncode))
                    parts += lines
                    statuses.append(done.returncode)
                self.assertEqual(collections.Counter(parts), collections.Counter(whole[:-1] if form == "--json" else whole))
                refusals = set(statuses) - {0}
                self.assertEqual(refusals.pop() if len(refusals) == 1 else 1, 1)

    def test_neither_order_nor_place_matters(self):
        names = self.plant()
        expected = {name for name in names if share_of(name, 3) == 2}
        for seed in range(5):
            random.Random(seed).shuffle(names)
            self.assertEqual(set(self.paths(1, "--shard", "2/3", "--files-from", "-", stdin=b"\n".join(names))), expected)
        elsewhere = tempfile.mkdtemp(prefix="modsig-lists-")
        self.addCleanup(shutil.rmtree, elsewhere, ignore_errors=True)
        os.chdir(elsewhere)
        self.assertEqual(set(self.paths(7, "--shard", "2/3", "--files-from", "-", stdin=b"\n".join(names))), expected)

    def test_sums_are_those_of_the_whole(self):
        self.plant()
        os.makedirs("tree"), os.link("good.ko", "tree/a.ko")
        for i in range(5):
            os.symlink("..", f"tree/up{i}")
        whole = json.loads(self.verify(1, "--json", "--files-from", "list", "tree")[0].splitlines()[-1])
        sums, causes = collections.Counter(), collections.Counter()
        for i in range(1, 5):
            out = run(TOOL, "verify", "--trust", self.cert, "--json", "--files-from", "list", "tree", "--shard", f"{i}/4").stdout
            part = json.loads(out.splitlines()[-1])
            causes.update(part["causes"])
            sums.update({name: part[name] for name in ("files", "verified", "tolerated", "rejected", "folder_links")})
        self.assertEqual((dict(sums), dict(causes)), ({name: whole[name] for name in sums}, whole["causes"]))
        self.assertEqual(sums["folder_links"], 5)

    def empty_shard(self):
        return f"{share_of(b'good.ko', 2) % 2 + 1}/2"

    def test_an_empty_share(self):
        share = self.empty_shard()
        self.assertEqual(self.verify(0, "--shard", share, "good.ko")[0].decode(), f"shard {share}: 0 verified\n")
        summary = json.loads(self.verify(0, "--json", "--shard", share, "good.ko")[0])
        self.assertEqual((summary["shard"], summary["files"], summary["exit_status"]), (share, 0, 0))
        self.assertEqual(self.verify(0, "--tsv", "--shard", share, "good.ko")[0], b"")
        self.assertIn(b'tests="0" failures="0" errors="0"', self.verify(0, "--junit", "--shard", share, "good.ko")[0])
        only = json.loads(self.verify(0, "--sarif", "--shard", share, "good.ko")[0])["runs"][0]
        self.assertEqual((only["results"], only["properties"]["shard"]), ([], share))
        # What is wrong as a whole is wrong in each share.
        os.mkdir("empty")
        self.verify(2, "--shard", share, "empty")
        self.verify(7, "--shard", share, "--revoked", "missing", "good.ko")

    def test_one_share_says_that_it_is_one(self):
        share = "2/2" if self.empty_shard() == "1/2" else "1/2"
        self.assertIn(f"shard {share}: 1 verified", self.verify(0, "--shard", share, "good.ko")[0].decode())
        self.assertNotIn("shard", json.loads(self.verify(0, "--json", "good.ko")[0].splitlines()[-1]))

    def test_what_is_no_share(self):
        for word in ("0/4", "5/4", "1/0", "0/0", "1", "/", "1/", "/4", "-1/4", "+1/4", "1/-4", "1/4/2", " 1/4", "1/4 ", "1 /4", "1.0/4", "0x1/4", "a/b", "", "1:4",
                     "1/99999999999999999999", "18446744073709551617/18446744073709551617"):
            self.verify(2, f"--shard={word}", "good.ko")
        self.verify(2, "--shard", "1/2", "--shard", "2/2", "good.ko")
        for word in "1/1", "1/18446744073709551615":
            self.verify(0, "--shard", word, "good.ko")

    def test_the_shell_of_the_contract(self):
        path = "some/m\u00f6dule.ko"
        command = read(os.path.join(os.path.dirname(__file__), "../../examples/modsig/shard.hpp")).decode().split("//   ")[1].split("\n")[0]
        printed = subprocess.run(["sh", "-c", command], env={**os.environ, "path": path, "N": "7"}, capture_output=True, check=True).stdout
        self.assertEqual(int(printed), share_of(path.encode(), 7))


if __name__ == "__main__":
    TOOL, KEYS = map(os.path.abspath, sys.argv[1:3])
    __file__ = os.path.abspath(__file__)
    sys.exit(run_tests(sys.modules[__name__], sys.argv[3:]))
