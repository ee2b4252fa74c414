#!/usr/bin/env python3
"""No header of ours makes a user's compiler warn: run.py COMPILER HEADERS UNIT -- FLAGS...

Our headers stand in a user's include directory; of a system one's, where others' are, compilers keep the warnings to themselves.
HEADERS, which includes all of them, and UNIT, which uses them, compile without a warning under the flags below. Under the same
flags lines that deserve a warning are refused."""
import shutil
import subprocess
import sys

compiler, headers, unit, flags = *sys.argv[1:4], sys.argv[5:]
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wsign-conversion", "-Wshadow", "-Wold-style-cast", "-Wdeprecated-declarations", "-Werror"]

if not shutil.which(compiler):
    print(f"no {compiler} here")
    sys.exit(77)


def compiled(*arguments, source=None):
    return subprocess.run([compiler, "-std=c++20", *WARNINGS, *flags, "-fsyntax-only", "-x", "c++", *arguments], input=source, capture_output=True, text=True)


for line in "short narrowed(long x) { return x; }", "unsigned of(int x) { return (unsigned)x; }", "[[deprecated]] int old(); int other() { return old(); }":
    if compiled("-", source=line).returncode == 0:
        sys.exit(f"{compiler} does not refuse: {line}")
done = compiled("-include", headers, unit)
if done.returncode != 0:
    sys.exit(done.stderr)
print(subprocess.run([compiler, "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[0])
