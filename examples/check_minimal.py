#!/usr/bin/env python3
"""check_minimal.py PROGRAM SIGNED: the README's program verifies a signed file and refuses it with a bit flipped; and the
README shows that program."""
import os
import subprocess
import sys
import tempfile

program, signed = sys.argv[1:]
here = os.path.dirname(os.path.abspath(__file__))
with open(signed, "rb") as f:
    data = bytearray(f.read())
good = subprocess.run([program, signed], capture_output=True, text=True)
data[100] ^= 1
with tempfile.NamedTemporaryFile() as f:
    f.write(data)
    f.flush()
    bad = subprocess.run([program, f.name], capture_output=True, text=True)
print(good.stdout.strip(), "|", bad.stderr.strip())
assert good.returncode == 0 and good.stdout.startswith("verified: 4096 bytes"), good
assert bad.returncode == 1 and "does not match" in bad.stderr, bad

with open(os.path.join(here, "minimal.cpp"), encoding="utf-8") as f:
    source = f.read().split("\n", 3)[-1]
with open(os.path.join(here, "../README.md"), encoding="utf-8") as f:
    assert source.strip() in f.read(), "the README shows another program than examples/minimal.cpp"
