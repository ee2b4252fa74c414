#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""The native engine on CPUs that lack what this one has: models of QEMU, and this CPU with features left out.

cpus.py NATIVE-TEST [--all]

Runs the cases that take little time; --all runs every case that needs no data but its own, which takes minutes a model.
QEMU 7.2 has no SHA-NI: what Denverton has beside it, SHA-NI without AVX, is MODSIG_CPU=sha. Needs qemu-x86_64 (Debian:
qemu-user); the environment names the data as for the test itself."""
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys

binary, everything = sys.argv[1], sys.argv[2:] == ["--all"]
CASES = ["what the compiler verifies", "every length from 0", "where a message is cut", "any alignment", "the names of CPU features",
         "every kernel brings", "a state moves", "any number of messages", "a message may be of many parts", "one long message",
         "every lane of every kernel", "a signature has the length", "a bare signature", "native: published signatures of curves",
         "native: sums of tables"]

# name, command before the test, MODSIG_CPU, code that must not run on it, code that must
MODELS = [
    ("qemu64", {"BMI2", "AVX2", "AVX-512 IFMA", "SHA-NI"}, set()),
    ("Nehalem", {"BMI2", "AVX2", "AVX-512 IFMA", "SHA-NI"}, set()),
    ("Denverton", {"BMI2", "AVX2", "AVX-512 IFMA"}, set()),
    ("Haswell", {"BMI2", "AVX-512 IFMA", "SHA-NI"}, set()),  # BMI2 without ADX
    ("Skylake-Client", {"AVX-512 IFMA", "SHA-NI"}, {"BMI2", "AVX2"}),
]
LEFT = [
    ("baseline", {"BMI2", "AVX2", "AVX-512 IFMA", "SHA-NI"}),
    ("sha", {"BMI2", "AVX2", "AVX-512 IFMA"}),
    ("bmi2", {"AVX2", "AVX-512 IFMA", "SHA-NI"}),
    ("avx2,bmi2", {"AVX-512 IFMA", "SHA-NI"}),
    (None, set()),
]
RUNS = [("-cpu " + cpu, ["qemu-x86_64", "-cpu", cpu], None, absent, present) for cpu, absent, present in MODELS]
RUNS += [("MODSIG_CPU=" + left if left else "this CPU", [], left, absent, set()) for left, absent in LEFT]

if not shutil.which("qemu-x86_64"):
    sys.exit("qemu-x86_64 is missing")

listed = subprocess.run([binary, "-ltc"], capture_output=True, text=True, check=True).stdout.splitlines()
for case in CASES:
    if not any(line.startswith(case) for line in listed):
        sys.exit(f"there is no test case that begins with {case!r}")
chosen = [] if everything else ["-tc=" + ",".join(case + "*" for case in CASES)]
wanted = sum(any(line.startswith(case) for case in CASES) for line in listed)


def run(name, before, left, absent, present):
    """The line to print, and whether it went well."""
    environment = {k: v for k, v in os.environ.items() if k != "MODSIG_CPU"}
    if left:
        environment["MODSIG_CPU"] = left
    try:
        done = subprocess.run([*before, binary, *chosen], env=environment, capture_output=True, text=True, check=False,
                              timeout=None if everything else 240)
    except subprocess.TimeoutExpired:
        return f"FAIL {name}: too slow", False
    out = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr)
    counts = re.search(r"test cases:\s*(\d+) \|\s*(\d+) passed \|\s*(\d+) failed", out)
    checks = re.search(r"assertions:\s*(\d+)", out)
    missing = set(re.findall(r"not tested here: (\S.*?)\s*$", out, re.M))
    why = []
    if done.returncode != 0 or not counts or int(counts[3]) != 0:
        why.append(f"exit {done.returncode}\n{out[-3000:]}")
    elif not everything and int(counts[2]) < wanted:
        why.append(f"only {counts[2]} of {wanted} cases ran")
    if not absent <= missing:
        why.append(f"runs {', '.join(sorted(absent - missing))}, which it should not have")
    if present & missing:
        why.append(f"has no {', '.join(sorted(present & missing))}")
    tail = f"{counts[2]} cases, {checks[1]} assertions; without {', '.join(sorted(missing)) or 'nothing'}" if counts and checks else ""
    return f"{'FAIL' if why else 'ok  '} {name}: {tail}{'; '.join(['', *why]) if why else ''}", not why


with concurrent.futures.ThreadPoolExecutor(2) as pool:
    results = list(pool.map(lambda each: run(*each), RUNS))
for line, _ in results:
    print(line)
passed = sum(good for _, good in results)
print(f"{passed} passed, {len(results) - passed} failed")
sys.exit(0 if passed == len(results) else 1)
