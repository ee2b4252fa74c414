#!/usr/bin/env python3
"""A program that must not compile, and must say why: run.py FILE -- COMPILER FLAGS...

The file's first line is `// expect: TEXT`. It compiles as it is; with MODSIG_MUST_FAIL it fails and shows the text."""
import os
import re
import subprocess
import sys

file, compiler = sys.argv[1], sys.argv[3:]
with open(file, encoding="utf-8") as source:
    expected = re.fullmatch(r"// expect: (.+)\n", source.readline()).group(1)


def compile_with(*flags):
    return subprocess.run([*compiler, "-fsyntax-only", *flags, file], capture_output=True, text=True,
                          env={"LC_ALL": "C", "PATH": os.environ["PATH"]})


right = compile_with()
wrong = compile_with("-DMODSIG_MUST_FAIL")
if right.returncode != 0:
    sys.exit("the right twin does not compile:\n" + right.stderr)
if wrong.returncode == 0:
    sys.exit("the wrong line compiles")
if expected not in wrong.stderr:
    sys.exit("fails without the text %r:\n%s" % (expected, wrong.stderr))
print("refused, saying:", expected)
