# SPDX-License-Identifier: BSL-1.0
"""The native engine is compiled in one unit of a program, and others have none of it: that is what their compile time rests on.

engine.py PROGRAM UNIT-WITHOUT-ENGINE ENGINE-UNIT GOOD-MODULE OTHER-FILE    units are archives
"""
import re
import subprocess
import sys

program, user, engine, good, other = sys.argv[1:]
ARITHMETIC = r"montgomery|mersenne_field|curve_group|edwards|inverse_62|ml_dsa_matrix|keccak|compress_plainly|ifma|rsa_work"


def functions(archive):
    """Demangled names of functions in the archive, with their sizes."""
    lines = subprocess.run(["nm", "-C", "-S", "--defined-only", archive], check=True, capture_output=True, text=True).stdout.splitlines()
    found = [re.match(r"\S+ (\S+) [tTwW] (.*)", line) for line in lines]
    return {each[2]: int(each[1], 16) for each in found if each}


for file, status in ((good, 0), (other, 1)):
    if subprocess.run([program, file], check=False).returncode != status:
        sys.exit(f"{program} {file} does not end with {status}")
own, its = functions(user), functions(engine)
# Names of results and of keys have these words in their arguments; a function of the arithmetic has them before those.
stray = [name for name in own if re.search(rf"^[^(]*\b(\w*)({ARITHMETIC})", re.sub(r"<[^()]*>", "", name))]
for name in stray:
    print("compiled once more:", name)
if not [name for name in its if re.search(ARITHMETIC, name)]:
    sys.exit(f"no arithmetic in {engine}: the names have changed")
print(f"{sum(own.values())} bytes of code without the engine, {sum(its.values())} of the engine")
# Code takes time to make.
if sum(own.values()) * 2 > sum(its.values()):
    sys.exit("a unit that has no engine in it has more than half as much code as the engine")
sys.exit(1 if stray else 0)
