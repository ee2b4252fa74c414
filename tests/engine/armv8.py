#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""The ARMv8 code, cross-compiled and run under qemu-aarch64: with the Cryptography Extensions and without.

armv8.py ROOT

Needs aarch64-linux-gnu-g++ and qemu-aarch64 (Debian: g++-aarch64-linux-gnu, qemu-user)."""
import os
import shutil
import subprocess
import sys
import tempfile

root = os.path.abspath(sys.argv[1])
CPUS = [("max", {}, "sha"), ("cortex-a57", {}, "sha"), ("cortex-a57", {"MODSIG_CPU": "baseline"}, "none")]
WARNINGS = ("-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wold-style-cast -Wcast-align -Wundef "
            "-Wimplicit-fallthrough -Wnon-virtual-dtor -Woverloaded-virtual -Wformat=2 -Werror").split()

for program in ("aarch64-linux-gnu-g++", "qemu-aarch64"):
    if not shutil.which(program):
        sys.exit(f"{program} is missing")

passed = failed = 0
with tempfile.TemporaryDirectory() as folder:
    binary = os.path.join(folder, "armv8")
    subprocess.run(["aarch64-linux-gnu-g++", "-std=c++20", "-O2", "-static", *WARNINGS, "-I", root + "/include",
                    os.path.join(root, "tests/engine/armv8.cpp"), "-o", binary], check=True)
    for cpu, environment, feature in CPUS:
        env = {k: v for k, v in os.environ.items() if k != "MODSIG_CPU"}
        ran = subprocess.run(["qemu-aarch64", "-cpu", cpu, binary, feature], env={**env, **environment}, capture_output=True,
                             text=True, timeout=300, check=False)
        good = ran.returncode == 0
        print("ok  " if good else "FAIL", "-cpu", cpu, *(f"{k}={v}" for k, v in environment.items()), "|", *ran.stdout.split("\n")[-2:-1], ran.stderr)
        if not good or feature == "sha":
            print(ran.stdout, end="")
        passed, failed = passed + good, failed + (not good)
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed or not passed else 0)
