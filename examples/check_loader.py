#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""check_loader.py PROGRAM SIGNED UNSIGNED: what each example loader must do with a good module and with bad ones.
The reasons are those of errc, or of errno for the loader in C."""
import os
import subprocess
import sys
import tempfile

program, signed, unsigned = sys.argv[1:]
with open(signed, "rb") as f:
    good = f.read()
with open(unsigned, "rb") as f:
    plain = f.read()
assert good.startswith(plain) and len(good) > len(plain), f"{signed} is not {unsigned} and a signature"

flipped = bytearray(good)
flipped[len(plain) // 2] ^= 1
unknown_signer = bytearray(good)
unknown_signer[len(plain) + 7] ^= 1  # first byte of the key identifier, behind version, time, algorithm and hash
cases = [
    ("signed", good, 0, ("",)),
    ("unsigned", plain, 1, ("no_signature", "No data available")),
    ("flipped", bytes(flipped), 1, ("signature_mismatch", "Key was rejected by service")),
    ("unknown_signer", bytes(unknown_signer), 1, ("key_not_found", "Required key not available")),
    ("cut short", good[:-1], 1, ("no_signature", "No data available")),
    ("empty", b"", 1, ("no_signature", "No data available")),
]

wrong = 0
with tempfile.TemporaryDirectory() as folder:
    for name, data, status, reasons in cases:
        path = os.path.join(folder, name.replace(" ", "-") + ".so")
        with open(path, "wb") as f:
            f.write(data)
        done = subprocess.run([program, path], capture_output=True, text=True)
        said = (done.stdout if status == 0 else done.stderr).strip()
        well = done.returncode == status and bool(said) and any(reason in said for reason in reasons)
        wrong += not well
        print(f"{'ok  ' if well else 'FAIL'}  {name}: exit {done.returncode}: {done.stdout.strip()}{done.stderr.strip()}")
sys.exit(1 if wrong else 0)
