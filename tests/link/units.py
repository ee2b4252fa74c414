#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Units of one program that are compiled with other flags: they link to a program that works, on an old CPU too, or not at all.
And an engine with room for small keys links no code for large ones.

units.py ROOT COMPILER...    needs qemu-x86_64 (Debian: qemu-user)"""
import hashlib
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

root, compilers = sys.argv[1], sys.argv[2:]
here = os.path.join(root, "tests/link")
passed, wrong = 0, []
MIXED = "modsig_units_are_compiled_for_different_cpus"


def judge(good, what):
    global passed
    if good:
        passed += 1
    else:
        wrong.append(what)


def is_prime(n):
    return all(n % p for p in (3, 5, 7, 11, 13)) and all(pow(a, n - 1, n) == 1 for a in (2, 3, 5, 7, 11))


def signed_header():
    """A key of 2048 bits whose factors are small, so that it takes no time to make, and a signature: RFC 8017, section 8.2.1."""
    draw, n, order = random.Random(1), 1, 1
    while n.bit_length() < 2048:
        size = min(61, 2048 - n.bit_length() + 1)
        p = draw.getrandbits(size) | 1 << (size - 1) | 1
        if not is_prime(p) or n % p == 0 or p % 65537 == 1 or (n * p).bit_length() > 2048 or 2016 < (n * p).bit_length() < 2048:
            continue
        n, order = n * p, order * (p - 1)
    message = bytes(range(200))
    digest = hashlib.sha256(message).digest()
    info = bytes.fromhex("3031300d060960864801650304020105000420") + digest
    block = b"\x00\x01" + b"\xff" * (256 - 3 - len(info)) + b"\x00" + info
    signature = pow(int.from_bytes(block, "big"), pow(65537, -1, order), n)
    arrays = {"modulus": n.to_bytes(256, "big"), "exponent": b"\x01\x00\x01", "content_bytes": message, "expected_digest": digest, "signature": signature.to_bytes(256, "big")}
    return "#include <cstdint>\n" + "".join(
        f"inline constexpr std::uint8_t {name}[] = {{{', '.join(str(byte) for byte in value)}}};\n" for name, value in arrays.items())


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False)


def must(*command):
    done = run(*command)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def check_units(compiler, folder):
    def compiled(name, *flags):
        output = os.path.join(folder, name + ".o")
        must(compiler, "-std=c++20", "-O0", "-I", root + "/include", "-I", folder, *flags, "-c", here + "/unit.cpp", "-o", output)
        return output

    main, old, new = ["-DUNIT=one", "-DOTHER=two"], ["-march=x86-64"], ["-march=haswell"]
    units = {
        "main": compiled("main", *main, *old),
        "other": compiled("other", "-DUNIT=two", *old),
        "other, MODSIG_NO_DISPATCH": compiled("plain", "-DUNIT=two", "-DMODSIG_NO_DISPATCH", *old),
        "other, haswell": compiled("other_new", "-DUNIT=two", *new),
        "main, haswell": compiled("main_new", *main, *new),
        "main that hands its engine on": compiled("main_shared", *main, "-DSHARED_TYPE", *old),
    }
    program = os.path.join(folder, "program")

    def linked(*names):
        return run(compiler, *(units[name] for name in names), "-o", program)

    for names in (("main", "other"), ("main", "other, MODSIG_NO_DISPATCH"), ("other, MODSIG_NO_DISPATCH", "main"), ("main that hands its engine on", "other")):
        done = linked(*names)
        judge(done.returncode == 0, f"{compiler}: {names} do not link: {done.stderr}")
        for way in ([], ["qemu-x86_64", "-cpu", "Nehalem"]):
            judge(done.returncode == 0 and run(*way, program).returncode == 0, f"{compiler}: {names} do not work: {way}")
    judge(linked("main, haswell", "other, haswell").returncode == 0, f"{compiler}: two units for one new CPU do not link")
    for names in (("main", "other, haswell"), ("main, haswell", "other"), ("main, haswell", "other, MODSIG_NO_DISPATCH")):
        done = linked(*names)
        judge(done.returncode != 0 and MIXED in done.stderr, f"{compiler}: {names} for different CPUs link")
    done = linked("main that hands its engine on", "other, MODSIG_NO_DISPATCH")
    judge(done.returncode != 0 and "takes" in done.stderr, f"{compiler}: units with different engines exchange them")


def check_rooms(compiler, folder):
    """The vectors of ifma_single: 24 limbs of 52 bits for 1216 bits, 40 for 2048, ..., and exactly what the largest key needs."""
    for room, expected in ((512, {2}), (2048, {3, 5}), (2560, {3, 5, 7})):
        program = os.path.join(folder, "room")
        must(compiler, "-std=c++20", "-O0", "-I", root + "/include", f"-DROOM={room}", here + "/room.cpp", "-o", program)
        names = must("nm", "-C", program)
        found = {int(number) for number in re.findall(r"ifma_single<(\d+)ul?>::", names)}
        judge(found == expected, f"{compiler}: room for {room} bits: IFMA for {sorted(found)} vectors, not {sorted(expected)}")
        # SHA-512 is there: Ed25519 hashes with it.
        stray = re.findall(r"ifma_eight|avx2_four|lane_groups|sha1_functions", names)
        judge(not stray, f"{compiler}: room for {room} bits: {stray} are linked")


if not shutil.which("qemu-x86_64"):
    sys.exit("qemu-x86_64 is missing")
for each in compilers:
    with tempfile.TemporaryDirectory() as top:
        with open(os.path.join(top, "signed.hpp"), "w", encoding="utf-8") as header:
            header.write(signed_header())
        check_units(each, top)
        check_rooms(each, top)
for line in wrong:
    print("FAILED:", line)
print(f"{passed} passed, {len(wrong)} failed")
sys.exit(1 if wrong or not passed else 0)
