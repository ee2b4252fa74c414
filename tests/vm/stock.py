#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""The stock kernels of Debian 12, 13 and 13's backports, each booted in QEMU: what they say of every manipulation of their modules, and of
signed BPF programs where they know them, and what `modsig verify --policy linux-modsign --kernel` says. A kernel that stock.sh could not
have is skipped by name.
stock.py GUEST TOOL STOCK KEYS PROGRAMS      STOCK: what stock.sh filled; KEYS: the folder of test keys; PROGRAMS: tests/data/bpf

MODSIG_TEST_STOCK_MODULES: how many modules of each (default 24)."""
import collections
import concurrent.futures
import os
import struct
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "examples"))
import machine
import programs
from harness import must, read, run, run_tests, write

GUEST, TOOL, STOCK, KEYS, PROGRAMS = (os.path.abspath(path) for path in sys.argv[1:6])
MODULES = int(os.environ.get("MODSIG_TEST_STOCK_MODULES", "24"))
SUITES = {"bookworm": "6.1", "trixie": "6.12", "trixie-backports": "7.3"}
MANIPULATIONS = "good", "payload_bit", "signature_bit", "key_id_size", "message_size_less", "message_size_more", "unsigned", "unknown_signer"
ACCEPTED = {"EFAULT", "ENOENT"}  # the kernel came to the parameters, or to a symbol that is not there
counts = collections.Counter()


def message_of(module):
    size, = struct.unpack(">I", module[-32:-28])
    return module[-40 - size:-40]


def manipulated(modules, own):
    """Every manipulation of each module, as files."""
    paths = []
    for number, path in enumerate(modules):
        foreign, prefix = write(f"{own}/foreign.ko", read(path)), f"{own}/{number}."
        must(TOOL, "sign", "--replace", "sha256", f"{KEYS}/rsa2048.key.pem", f"{KEYS}/rsa2048.cert.pem", foreign)
        must(GUEST, "manipulate", path, write(f"{own}/message", message_of(read(foreign))), prefix)
        paths += [prefix + what for what in MANIPULATIONS]
    return paths


def boot(suite):
    """What the kernel of a suite says and what the policy says, by file; of programs the kernel's rows and the policy's answers. Nothing where
    there is no kernel."""
    source, own, release = os.path.join(STOCK, suite), os.path.join(SCRATCH, suite), SUITES[suite]
    if not os.path.exists(os.path.join(source, "version")):
        return None
    os.mkdir(own)
    must(GUEST, "unpack", os.path.join(source, "vmlinuz"), own + "/vmlinux", own + "/kernel.x509")
    modules = [os.path.join(source, "modules", name) for name in os.listdir(os.path.join(source, "modules"))]
    paths = manipulated(sorted(modules, key=lambda path: (os.path.getsize(path), path))[:MODULES], own)
    said = run(TOOL, "verify", "--policy", "linux-modsign", "--kernel", release, "--tsv", "--trust", own + "/kernel.x509", *paths).stdout.decode()
    policys = {line.split("\t")[0]: line.split("\t")[3] for line in said.splitlines()}

    archive = machine.Archive()
    archive.add("init", read(GUEST))
    for path in "proc", "sys", "dev", "tmp":
        archive.add_folder(path)
    plan, wanted = programs.add(archive, release, TOOL, KEYS, PROGRAMS, own)
    for path in paths:
        archive.add("m/" + os.path.basename(path), read(path))
        plan += f"ask /m/{os.path.basename(path)}\n"
    archive.add("plan", plan.encode())
    lines = machine.boot(own + "/guest", own + "/vmlinux", archive, 512, "module.sig_enforce=1")
    kernels = {own + path.removeprefix("/m"): "-" if errno in ACCEPTED else errno for path, errno in machine.rows(lines, "ask")}
    return lines[-1:] == [["DONE"]], kernels, policys, machine.rows(lines, "bpf"), wanted


class Stock(unittest.TestCase):
    maxDiff = None


def test_of(suite, release):
    def check(self):
        if FOUND[suite] is None:
            self.skipTest(f"no kernel of {suite} here (tests/vm/stock.sh fetches it)")
        is_whole, kernels, policys, loaded, wanted = FOUND[suite]
        self.assertTrue(is_whole)
        self.assertEqual(len(kernels), MODULES * len(MANIPULATIONS))
        self.assertEqual(kernels, policys)
        self.assertEqual({path for path, errno in kernels.items() if errno == "-"}, {path for path in kernels if path.endswith(".good")})
        self.assertEqual(len(loaded), len(wanted))
        self.assertEqual(bool(loaded), os.path.exists(f"{PROGRAMS}/rsa2048-{release}.h"))
        self.assertEqual(programs.faults(loaded, wanted), [])
        counts[f"files by {release}"] += len(kernels)
        counts[f"BPF programs by {release}"] += len(loaded)
    return check


for each_suite, each_release in SUITES.items():
    setattr(Stock, "test_" + each_suite.replace("-", "_"), test_of(each_suite, each_release))

if machine.MISSING:
    print(machine.MISSING)
    sys.exit(77)
with tempfile.TemporaryDirectory(prefix="modsig-stock-") as SCRATCH, concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
    FOUND = dict(zip(SUITES, pool.map(boot, SUITES)))
if not any(FOUND.values()):
    print("no stock kernel here (tests/vm/stock.sh fetches them)")
    sys.exit(77)
sys.exit(run_tests(sys.modules[__name__], remark=lambda: "; " + ", ".join(f"{n} {what}" for what, n in counts.items() if n)))
