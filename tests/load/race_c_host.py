#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Attackers change a module's file as fast as they can while the C host loads it over and over: nothing unverified is ever
executed (modules announce themselves), and nothing crashes.
race_c_host.py HOST CARELESS_HOST SECONDS UNSIGNED SIGNED EVIL UNKNOWN_SIGNER: SECONDS of all attacks together; SIGNED is UNSIGNED,
signed by the key that the hosts trust, UNKNOWN_SIGNER is EVIL, signed by another."""
import collections
import mmap
import os
import shutil
import signal
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../examples"))
from harness import read, run, run_tests, write

HOST = CARELESS = ""
SECONDS = 5.0
CONTESTANTS = []
GOOD = 0
A_TIME = 40  # loads by one process of the host
ENOUGH = 100  # good loads, and refusals, in each attack, however slow the machine is
PATIENCE = 120  # seconds for that
total = collections.Counter()


def contestants():
    """Every other one is good; which, and its content."""
    while True:
        for which in range(1, len(CONTESTANTS)):
            yield which, CONTESTANTS[which]
            yield GOOD, CONTESTANTS[GOOD]


def rename(path):
    for i, content in enumerate(CONTESTANTS):
        write(f"contestant-{i}", content)
    for which, _ in contestants():
        os.link(f"contestant-{which}", "beside")
        os.replace("beside", path)
        yield


def truncate(path):
    """Cuts the file, to nothing or somewhere, and then it grows again, as something else."""
    fd = os.open(path, os.O_WRONLY)
    for step, (which, content) in enumerate(contestants()):
        os.ftruncate(fd, (0, 64, len(content) // 2, len(content) - 1, 0)[step % 5])
        os.pwrite(fd, content, 0)
        os.ftruncate(fd, len(content))
        if which == GOOD:
            time.sleep(0.0005)  # without a rest there is next to nothing good to be read
        yield


def write_in_place(path):
    fd = os.open(path, os.O_WRONLY)
    for _, content in contestants():
        middle = len(content) // 2
        os.pwrite(fd, content[middle:], middle)
        os.pwrite(fd, content[:middle], 0)
        os.ftruncate(fd, len(content))
        yield


def map_and_write(path):
    """The file's own pages, which change without any system call."""
    most = max(len(content) for content in CONTESTANTS)
    fd = os.open(path, os.O_RDWR)
    os.ftruncate(fd, most)
    with mmap.mmap(fd, most) as pages:
        for step, (_, content) in enumerate(contestants()):
            os.ftruncate(fd, most)
            pages[: len(content)] = content
            os.ftruncate(fd, len(content))
            for at in range(0, 4096, 64) if step % 4 == 0 else ():
                pages[at] ^= 1
                pages[at] ^= 1
            yield


class Attacker:
    """A process of its own, until it is left. `steps` is how many it made."""

    def __init__(self, attack, path):
        self.counter = mmap.mmap(-1, 8)
        self.child = os.fork()
        if self.child == 0:
            steps = 0
            try:
                for _ in attack(path):
                    steps += 1
                    self.counter[:8] = steps.to_bytes(8, "little")
            finally:
                os._exit(1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.lived = os.waitpid(self.child, os.WNOHANG) == (0, 0)
        if self.lived:
            os.kill(self.child, signal.SIGKILL)
            os.waitpid(self.child, 0)
        self.steps = int.from_bytes(self.counter[:8], "little")


class Race(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="modsig-race-")
        self.addCleanup(shutil.rmtree, self.folder)
        os.chdir(self.folder)
        write("module.ko", CONTESTANTS[GOOD])

    def load(self, tally):
        done = run(HOST, *["module.ko"] * A_TIME)
        said, why = done.stdout.decode(errors="replace").splitlines(), done.stderr.decode(errors="replace").splitlines()
        self.assertNotIn(b"EVIL", done.stdout + done.stderr)
        self.assertIn(done.returncode, (0, 1, 7), done.stderr[-500:])  # not killed; everything verified could be loaded
        # A file that changes while it is read is not one that could be verified.
        self.assertTrue(all(": refused: " in line or line.endswith(": Stale file handle") for line in why), done.stderr[-500:])
        good = said.count("GOOD")
        self.assertEqual(good, sum(": accepted: " in line for line in said))
        self.assertEqual(good + len(why), A_TIME)
        tally["good"] += good
        tally["refused"] += len(why)
        tally.update(line.rpartition(": ")[2] for line in why)

    def race(self, attack):
        tally = collections.Counter()
        start = time.monotonic()
        with Attacker(attack, "module.ko") as attacker:
            while True:
                self.load(tally)
                spent = time.monotonic() - start
                if spent >= SECONDS / 4 and min(tally["good"], tally["refused"]) >= ENOUGH or spent > PATIENCE:
                    break
        print(f"{attacker.steps} changes in {spent:.1f} s: " + ", ".join(f"{n} {what}" for what, n in tally.most_common()), end=" ... ")
        self.assertTrue(attacker.lived)
        self.assertGreater(attacker.steps, 100)
        self.assertGreaterEqual(tally["good"], ENOUGH)
        self.assertGreaterEqual(tally["refused"], ENOUGH)
        total.update(good=tally["good"], refused=tally["refused"])

    def test_0_a_careless_host_executes_what_is_evil(self):
        deadline = time.monotonic() + PATIENCE
        loads = 0
        with Attacker(rename, "module.ko"):
            while time.monotonic() < deadline:
                loads += A_TIME
                done = run(CARELESS, *["module.ko"] * A_TIME)
                if b"EVIL" in done.stdout:
                    print(f"within {loads} tries", end=" ... ")
                    return
        self.fail(f"the attacker is too slow: {loads} tries")

    def test_renaming(self):
        self.race(rename)

    def test_truncating(self):
        self.race(truncate)

    def test_writing_in_place(self):
        self.race(write_in_place)

    def test_writing_to_the_mapped_file(self):
        self.race(map_and_write)

    def test_without_attacks_each_contestant_gets_its_answer(self):
        for content, reason in zip(CONTESTANTS, (None, b"No data available", b"No data available", b"Required key not available",
                                                 b"Key was rejected by service", b"Key was rejected by service")):
            write("module.ko", content)
            done = run(HOST, "module.ko")
            self.assertNotIn(b"EVIL", done.stdout)
            self.assertEqual(done.returncode, 1 if reason else 0)
            self.assertTrue(done.stdout.endswith(b"\nGOOD\n") if reason is None else reason in done.stderr, done)


if __name__ == "__main__":
    HOST, CARELESS = map(os.path.abspath, sys.argv[1:3])
    SECONDS = float(sys.argv[3])
    unsigned, good, evil, unknown_signer = map(read, sys.argv[4:8])
    assert good.startswith(unsigned) and unknown_signer.startswith(evil) and b"GOOD" in good and b"EVIL" in evil
    stolen = evil + good[len(unsigned):]
    flipped = good[: len(good) // 2] + bytes([good[len(good) // 2] ^ 1]) + good[len(good) // 2 + 1:]
    CONTESTANTS = [good, unsigned, evil, unknown_signer, stolen, flipped]
    sys.exit(run_tests(sys.modules[__name__], remark=lambda: f"; {total['good']} good loads, {total['refused']} refusals"))
