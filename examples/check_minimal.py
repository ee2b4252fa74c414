#!/usr/bin/env python3
"""The README's program: check_minimal.py PROGRAM TOOL KEY CERT
It verifies a file that the tool has signed, and refuses the file with a bit flipped, an unsigned file, a missing file and a missing
argument, each with its exit status."""
import os
import subprocess
import sys
import tempfile

program, tool, key, certificate = sys.argv[1:]


def run(*arguments):
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False)


def expect(status, words, *arguments):
    done = run(*arguments)
    print((done.stdout + done.stderr).strip())
    assert done.returncode == status and words in done.stdout + done.stderr, (words, done)


with tempfile.TemporaryDirectory() as folder:
    unsigned, signed, flipped = (os.path.join(folder, name) for name in ("unsigned", "signed", "flipped"))
    with open(unsigned, "wb") as f:
        f.write(bytes(range(256)) * 16)
    subprocess.run([tool, "sign", "sha256", key, certificate, unsigned, signed], check=True)
    with open(signed, "rb") as f:
        data = bytearray(f.read())
    data[100] ^= 1
    with open(flipped, "wb") as f:
        f.write(data)
    expect(0, "verified: 4096 bytes", signed)
    expect(1, "does not match", flipped)
    expect(1, "there is no signature", unsigned)
    expect(7, "cannot be read", os.path.join(folder, "missing"))
    expect(2, "usage")
