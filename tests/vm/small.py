#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""The small kernel of small_kernel.sh, which has ML-DSA and the waiver, booted in QEMU: what it says of the modules of tests/data/linux73
and of signed BPF programs, and what `modsig verify --kernel 7.3,mldsa,waiver` says.
small.py GUEST TOOL VMLINUX LINUX73.tar.xz KEYS PROGRAMS"""
import os
import sys
import tarfile
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "examples"))
import machine
import programs
from harness import read, run, run_tests

GUEST, TOOL, VMLINUX, CASES, KEYS, PROGRAMS = (os.path.abspath(path) for path in sys.argv[1:7])
KERNEL = "7.3,mldsa,waiver"


def boot():
    """The table's errnos of init_module(2), the guest's lines, the policy's errnos; of programs the policy's answers."""
    with tarfile.open(CASES) as cases:
        cases.extractall(".")
    with open("modsign.tsv", encoding="utf-8") as table:
        head, *body = [line.rstrip("\n").split("\t") for line in table]
    told = {row["case"]: row["init_errno"] for row in (dict(zip(head, each)) for each in body)}
    said = run(TOOL, "verify", "--policy", "linux-modsign", "--kernel", KERNEL, "--tsv", "--trust", "trusted.pem", *(f"modsign/{name}" for name in told)).stdout.decode()
    policys = {os.path.basename(line.split("\t")[0]): line.split("\t")[3] for line in said.splitlines()}
    archive = machine.Archive()
    archive.add("init", read(GUEST))
    for path in "proc", "sys", "dev", "tmp":
        archive.add_folder(path)
    plan, wanted = programs.add(archive, KERNEL, TOOL, KEYS, PROGRAMS, ".")
    for name in told:
        archive.add("m/" + name, read("modsign/" + name))
        plan += f"ask /m/{name}\n"
    archive.add("plan", plan.encode())
    return told, machine.boot("guest", VMLINUX, archive, 256, "module.sig_enforce=1"), policys, wanted


class Small(unittest.TestCase):
    maxDiff = None

    def test_1_the_guest_came_to_its_end(self):
        self.assertEqual(LINES[-1:], [["DONE"]])

    def test_2_modules(self):
        # What is signed well is no ELF file.
        kernels = {os.path.basename(path): "-" if errno == "ENOEXEC" else errno for path, errno in machine.rows(LINES, "ask")}
        self.assertEqual(kernels, TOLD)
        self.assertEqual(POLICYS, TOLD)

    def test_3_programs(self):
        self.assertEqual(len(machine.rows(LINES, "bpf")), len(WANTED))
        self.assertEqual(programs.faults(machine.rows(LINES, "bpf"), WANTED), [])


if machine.MISSING:
    print(machine.MISSING)
    sys.exit(77)
with tempfile.TemporaryDirectory(prefix="modsig-small-") as scratch:
    os.chdir(scratch)
    TOLD, LINES, POLICYS, WANTED = boot()
    os.chdir("/")
sys.exit(run_tests(sys.modules[__name__], remark=lambda: f"; {len(TOLD)} modules, {len(WANTED)} BPF programs"))
