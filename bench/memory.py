#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""memory.py TOOL [SIZE]: the peak of memory of `modsig verify` above that of one small file, over a tree of plain modules, and
over one file of SIZE (default: 20 GiB), sparse, unsigned and signed. Needs openssl, which signs in pieces, and no room on the
disk where the folder for temporary files has sparse files. Exit status 1: a row is above what it must be."""
import os
import random
import subprocess
import sys
import tempfile
import time

MIB = 1 << 20
MUST = 16 * MIB  # a thread
MARKER = b"~Module signature appended~\n"
MODULES = 2000


def must(*command):
    subprocess.run([str(part) for part in command], check=True, capture_output=True)


def peak(*command):
    """Exit status, peak resident memory in bytes, seconds. A small Python starts the tool: a child's peak begins with its parent's."""
    script = ("import os, sys\n"
              "null = os.open(os.devnull, os.O_WRONLY)\n"
              "pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, null, 1), (os.POSIX_SPAWN_DUP2, null, 2)])\n"
              "_, status, usage = os.wait4(pid, 0)\n"
              "print(os.waitstatus_to_exitcode(status), usage.ru_maxrss)\n")
    start = time.monotonic()
    done = subprocess.run([sys.executable, "-c", script, *map(str, command)], capture_output=True, text=True, check=True)
    status, kilobytes = done.stdout.split()
    return int(status), int(kilobytes) * 1024, time.monotonic() - start


def make_tree(tool):
    rng = random.Random(1)
    os.mkdir("from")
    for i in range(MODULES):
        with open(f"from/{i}.ko", "wb") as file:
            file.write(rng.randbytes(int(2 ** rng.uniform(12, 19))))
    must(tool, "install", "--from", "from", "--to", "tree", "--key", "key.pem", "--cert", "key.pem")


def make_large(size):
    with open("unsigned.ko", "wb") as file:
        file.truncate(size)
    must("openssl", "cms", "-sign", "-binary", "-noattr", "-nocerts", "-md", "sha256", "-signer", "key.pem", "-inkey", "key.pem", "-outform", "DER",
         "-in", "unsigned.ko", "-out", "message")
    with open("message", "rb") as file:
        message = file.read()
    with open("signed.ko", "wb") as file:
        file.truncate(size)
        file.seek(size)
        file.write(message + bytes([0, 0, 2, 0, 0, 0, 0, 0]) + len(message).to_bytes(4, "big") + MARKER)


def main():
    tool = os.path.abspath(sys.argv[1])
    size = int(sys.argv[2]) if len(sys.argv) > 2 else 20 << 30
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="modsig-bench-") as folder:
        os.chdir(folder)
        must(tool, "genkey", "--type", "rsa2048", "--out", "key.pem")
        make_tree(tool)
        make_large(size)
        _, start, _ = peak(tool, "verify", "--trust", "key.pem", "tree/0.ko")
        print(f"start: {start / MIB:.1f} MiB; must: {MUST // MIB} MiB a thread above it")
        rows = [(f"{MODULES} modules", 0, "tree"), (f"{size / (1 << 30):g} GiB, unsigned", 3, "unsigned.ko"), (f"{size / (1 << 30):g} GiB, signed", 0, "signed.ko")]
        for threads in 1, 2:
            for name, expected, path in rows:
                status, memory, seconds = peak(tool, "verify", "-j", threads, "--trust", "key.pem", path)
                good = status == expected and memory - start <= MUST * threads
                wrong += not good
                print(f"{name:22} {threads} thread{'s' if threads > 1 else ' '} {(memory - start) / MIB:7.1f} MiB {seconds:7.2f} s{'' if good else f'  WRONG, exit {status}'}")
        os.chdir("/")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
