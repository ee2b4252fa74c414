#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""A folder of packages, verified by job arrays of a Slurm that the example starts itself: a share whose task is killed is run again, and
the whole is what one run prints. merge.py also without Slurm. slurm.py TOOL KEYS EXAMPLE [TEST...]"""
import collections
import json
import os
import shutil
import subprocess
import sys
import unittest

from harness import ModuleInFolder, must, read, run, run_tests, write
from package_files import deb_of, rpm_of

TOOL = KEYS = EXAMPLE = ""
PROGRAMS = "slurmctld", "slurmd", "sbatch", "sinfo", "munged"
# Kills the task of the second share once, in the middle of its work.
KILLED_ONCE = """#!/bin/sh
case " $* " in
  *" --shard 2/4 "*) if mkdir "$STATE/killed"; then echo '{"path":"half a li'; kill -9 $PPID $$; fi ;;
esac
exec "$TOOL" "$@"
"""


def missing_programs():
    return [program for program in PROGRAMS if not shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin")]


class InFolder(ModuleInFolder):
    def setUp(self):
        self.begin(TOOL, KEYS)
        os.mkdir("pool")

    def plant(self, unsigned=True):
        good, plain = read("good.ko"), read("plain.ko")
        for i in range(24):
            write(f"pool/p{i}.deb", deb_of([(f"lib/m{j}.ko", good) for j in range(i % 4)], ".gz"))
        write("pool/name with\nnewline.rpm", rpm_of([("lib/m.ko", plain if unsigned else good)]))
        if unsigned:
            write("pool/broken.deb", deb_of([("lib/m.ko", good)])[:-9])

    def whole(self):
        """The lines of one run, and its summary."""
        done = run(TOOL, "verify", "--json", "--trust", self.cert, "pool")
        *files, summary = done.stdout.splitlines()
        return done.returncode, collections.Counter(files), json.loads(summary)

    def parts(self, count):
        for i in range(1, count + 1):
            write(f"{i}.json", run(TOOL, "verify", "--json", "--trust", self.cert, "pool", "--shard", f"{i}/{count}").stdout)
        return [f"{i}.json" for i in range(1, count + 1)]

    def merge(self, status, *names):
        done = run(sys.executable, f"{EXAMPLE}/merge.py", *names)
        self.assertEqual(done.returncode, status, done.stderr)
        if status == 7 and not done.stdout:
            return done.stderr.decode()
        *files, summary = done.stdout.splitlines()
        return status, collections.Counter(files), json.loads(summary)


class Merge(InFolder):
    def test_the_parts_are_the_whole(self):
        for unsigned in True, False:
            self.plant(unsigned)
            if not unsigned:
                os.remove("pool/broken.deb")
            whole = self.whole()
            self.assertEqual(whole[0], 1 if unsigned else 0)
            for count in 1, 3, 8:
                self.assertEqual(self.merge(whole[0], *reversed(self.parts(count))), whole)

    def test_nothing_to_verify(self):
        write("pool/x.deb", deb_of([("readme", b"text")]))
        self.assertEqual(self.whole()[0], 2)
        self.assertEqual(self.merge(2, *self.parts(2))[2], self.whole()[2])

    def test_what_is_not_all_of_one_run(self):
        self.plant()
        one, two, three = self.parts(3)
        self.assertIn("shares are missing: 2", self.merge(7, one, three))
        self.assertIn("is there twice", self.merge(7, one, two, three, two))
        self.assertIn("missing", self.merge(7))
        self.assertIn("missing.json", self.merge(7, one, two, "missing.json"))
        text = read(two)
        for cut in b"", text[:-1], text[:len(text) // 2], b"".join(text.splitlines(True)[:-1]), b"".join(text.splitlines(True)[1:]), b"[]\n", b"1\n", b"{}\n":
            write("cut.json", cut)
            self.assertIn("cut.json", self.merge(7, one, "cut.json", three))
        write("other.json", text.replace(b'"shard":"2/3"', b'"shard":"2/4"'))
        self.assertIn("several runs", self.merge(7, one, "other.json", three))
        write("both.json", read(one).replace(b'"shard":"1/3"', b'"shard":"2/3"'))
        self.assertIn("is in two parts", self.merge(7, one, "both.json", three))
        write("whole.json", run(TOOL, "verify", "--json", "--trust", self.cert, "pool").stdout)
        self.assertIn("no part of a run", self.merge(7, "whole.json"))


@unittest.skipIf(missing_programs(), f"no {', '.join(missing_programs())} here (packages slurm-wlm, munge)")
@unittest.skipUnless(os.geteuid() == 0, "only root starts a Slurm that runs as root")
class Slurm(InFolder):
    def verify(self, shares, tool, timeout=280):
        environment = {"PATH": os.environ["PATH"] + ":/usr/sbin:/sbin", "STATE": self.folder, "TOOL": TOOL}
        command = [f"{EXAMPLE}/cluster.sh", "run", "cluster", f"{EXAMPLE}/verify_packages.sh", "results", shares, "pool", tool, "--trust", self.cert]
        done = run(*command, process={"timeout": timeout}, **environment)
        *files, summary = done.stdout.splitlines() or [b"{}"]
        return (done.returncode, collections.Counter(files), json.loads(summary)), done.stderr.decode()

    def test_a_killed_share_is_run_again_and_nothing_is_counted_twice(self):
        self.plant()
        write("modsig", KILLED_ONCE.encode())
        os.chmod("modsig", 0o755)
        merged, said = self.verify("4", os.path.abspath("modsig"))
        self.assertEqual(merged, self.whole(), said)
        self.assertIn("no result of the shares 2: they are run again", said)
        self.assertTrue(os.path.isdir("killed"))
        self.assertEqual({read(f"results/{i}.node") for i in range(1, 5)}, {b"node1\n", b"node2\n"})

    def test_a_share_that_never_ends_well(self):
        self.plant()
        write("modsig", b"#!/bin/sh\ncase \" $* \" in *\" 3/3 \"*) kill -9 $PPID ;; esac\nexec \"$TOOL\" \"$@\"\n")
        os.chmod("modsig", 0o755)
        merged, said = self.verify("3", os.path.abspath("modsig"))
        self.assertEqual((merged[0], merged[1]), (7, collections.Counter()))
        self.assertIn("3.json", said)

    def tearDown(self):
        left = subprocess.run(["pgrep", "-f", self.folder], capture_output=True, check=False).stdout.decode().split()
        self.assertEqual([process for process in left if int(process) != os.getpid()], [], "processes of the cluster")


if __name__ == "__main__":
    TOOL, KEYS, EXAMPLE = map(os.path.abspath, sys.argv[1:4])
    sys.exit(run_tests(sys.modules[__name__], sys.argv[4:]))
