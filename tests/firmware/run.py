#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""The verifier on a Cortex-M3: how large it is, how much stack it takes, and that it verifies (in QEMU). On x86-64: that it
asks libc for nothing but memcpy, memset and memcmp.

run.py ROOT

Sizes are of what the linker keeps: code and read-only data, key and memcpy included, without the vector table and the test.
Needs arm-none-eabi-g++ with libstdc++, clang++, ld.lld, openssl and qemu-system-arm."""
import hashlib
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile

root = os.path.abspath(sys.argv[1])
here = os.path.join(root, "tests/firmware")
keys = os.path.join(root, "tests/data/corpus/keys")
KIB = 1024

# program, limits of its size by compiler, of its stack; 0: none is set
PROGRAMS = [
    ("arithmetic", {"clang++ -Oz": 2304, "g++ -Os": 3 * KIB}, 1228),
    ("small_verifier", {"clang++ -Os": 6 * KIB, "g++ -Os": 6 * KIB}, 1228),
    ("verifier", {"g++ -Os": 0}, 0),
    ("ml_dsa", {"clang++ -Oz": 6 * KIB, "g++ -Os": 6 * KIB}, 12 * KIB),
]
WARNINGS = ("-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wold-style-cast -Wcast-align -Wundef "
            "-Wimplicit-fallthrough -Wnon-virtual-dtor -Woverloaded-virtual -Wformat=2 -Werror").split()
FREESTANDING = ("-std=c++20 -ffreestanding -fno-exceptions -fno-rtti -fno-asynchronous-unwind-tables -fomit-frame-pointer "
                "-ffunction-sections -fdata-sections -fno-stack-protector -fno-pic").split()
CORTEX_M3 = ["-mcpu=cortex-m3", "-mthumb"]


def must(*command, **more):
    done = subprocess.run(command, capture_output=True, check=False, **more)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{done.stdout.decode(errors='replace')}{done.stderr.decode(errors='replace')}")
    return done.stdout


def need(program):
    if not shutil.which(program):
        sys.exit(f"{program} is missing")


# ---- what is verified ------------------------------------------------------------------------------------------------

def rsa(digest, *options):
    """PKCS#1 v1.5 over `digest`; without options the block has no DigestInfo."""
    return must("openssl", "pkeyutl", "-sign", "-inkey", keys + "/rsa2048.key.pem", "-pkeyopt", "rsa_padding_mode:pkcs1", *options,
                input=digest)


def appended_signature(content):
    return content + rsa(hashlib.sha256(content).digest(), "-pkeyopt", "digest:sha256")


def digsig(content):
    """layout/digsig.hpp says what stands where."""
    with open(keys + "/keys.tsv", encoding="utf-8") as table:
        rows = [line.rstrip("\n").split("\t") for line in table]
    key_id = dict(zip(rows[0], next(row for row in rows if row[0] == "rsa2048")))["digsig_v1_keyid"]
    header = struct.pack("<BIBB8sB", 1, 0x50000000, 0, 1, bytes.fromhex(key_id), 1)
    signature = rsa(hashlib.sha1(hashlib.sha256(content).digest() + header).digest())
    blob = header + struct.pack(">H", 8 * len(signature)) + signature
    return content + blob + struct.pack(">H", len(blob)) + b"This Is A Crypto Signed Module"


def ml_dsa_file(name):
    with open(root + "/tests/data/ml_dsa/files.txt", encoding="utf-8") as lines:
        return next(bytes.fromhex(line.split()[1]) for line in lines if line.startswith(name + " "))


def ml_dsa_key():
    """What the certificate has in its BIT STRING behind ML-DSA-44's identifier."""
    return ml_dsa_file("ml44.cert.der").split(bytes.fromhex("6086480165030403110382052100"))[1][:1312]


def ml_dsa_signature(_content):
    """The value at the end of a message without attributes: openssl before 3.5 makes none."""
    return ml_dsa_file("content") + ml_dsa_file("ml44.cms")[-2420:]


IMAGES = {"arithmetic": appended_signature, "small_verifier": digsig, "verifier": digsig, "ml_dsa": ml_dsa_signature}


def write_header(folder, name, content):
    with open(os.path.join(folder, name), "wb") as f:
        f.write(content)
    must(sys.executable, root + "/examples/embed.py", os.path.join(folder, name), name, os.path.join(folder, name + ".hpp"))


# ---- compilers -------------------------------------------------------------------------------------------------------

def arm_headers():
    """The C++ headers that arm-none-eabi-g++ has; its own, for its built-in functions, are not for clang."""
    text = subprocess.run(["arm-none-eabi-g++", *CORTEX_M3, "-E", "-v", "-x", "c++", "/dev/null"], capture_output=True, check=True).stderr.decode()
    folders = re.search(r"#include <\.\.\.> search starts here:\n(.*?)End of search list", text, re.S).group(1).split()
    wanted = [os.path.realpath(folder) for folder in folders]
    return [folder for folder in wanted if not re.search(r"/lib/gcc/[^/]+/[^/]+/include(-fixed)?$", folder)]


def compilers():
    libgcc = must("arm-none-eabi-g++", *CORTEX_M3, "-print-libgcc-file-name").decode().strip()
    system = [word for folder in arm_headers() for word in ("-isystem", folder)]
    for level in ("-Oz", "-Os"):
        yield ("clang++ " + level, ["clang++", "--target=thumbv7m-none-eabi", "-nostdlibinc", *system, level, *CORTEX_M3], ["-fno-builtin"], libgcc)
    yield ("g++ -Os", ["arm-none-eabi-g++", "-Os", *CORTEX_M3], ["-fno-tree-loop-distribute-patterns"], libgcc)


def compile_to(output, compiler, source, folder, *more):
    must(*compiler, *FREESTANDING, *WARNINGS, "-I", root + "/include", "-I", folder, "-I", here, *more, "-c", os.path.join(here, source), "-o", output)


def sections(elf):
    """Sizes by name."""
    table = must("readelf", "-SW", elf).decode()
    return {m[1]: int(m[2], 16) for m in re.finditer(r"^\s+\[\s*\d+\]\s+(\S+)\s+\S+\s+[0-9a-f]+\s+[0-9a-f]+\s+([0-9a-f]+)", table, re.M)}


def undefined(elf):
    return set(must("nm", "-u", elf).decode().split()) - {"U", "w"}


# ---- what is measured ------------------------------------------------------------------------------------------------

def on_cortex_m3(program, folder, name, compiler, not_calls, libgcc):
    built = os.path.join(folder, name.replace(" ", ""))
    os.makedirs(built)
    part = lambda file: os.path.join(built, file)
    compile_to(part("program.o"), compiler, program + ".cpp", folder)
    compile_to(part("memory.o"), compiler, "memory.cpp", folder, *not_calls)
    compile_to(part("start.o"), compiler, "cortex_m3.cpp", folder, "-Wno-register", *not_calls)
    must("ld.lld", "--gc-sections", "-T", here + "/cortex_m3.ld", part("start.o"), part("program.o"), part("memory.o"), libgcc, "-o", part("elf"))
    size = sections(part("elf"))
    code, constants, writable = (size.get(section, 0) for section in (".text", ".rodata", ".initialised"))
    ran = subprocess.run(["qemu-system-arm", "-M", "mps2-an385", "-display", "none", "-monitor", "none", "-serial", "none",
                          "-semihosting-config", "enable=on,target=native", "-kernel", part("elf")],
                         capture_output=True, timeout=300, check=False)
    said = (ran.stdout + ran.stderr).decode(errors="replace").strip()
    match = re.fullmatch(r"accepted (\d+) refused (\d+) of (\d+) stack (\d+)", said)
    if not match:
        sys.exit(f"{program}, {name}: exit {ran.returncode}: {said}")
    return code, constants, writable, [int(number) for number in match.groups()], ran.returncode == 0


def on_this_machine(program, folder, compiler):
    """Of x86-64. Answers sizes, what is undefined, and what the run says."""
    part = lambda file: os.path.join(folder, compiler + "-" + file)
    not_calls = "-fno-builtin" if compiler == "clang++" else "-fno-tree-loop-distribute-patterns"
    compile_to(part("program.o"), [compiler, "-Os"], program + ".cpp", folder)
    compile_to(part("memory.o"), [compiler, "-Os"], "memory.cpp", folder, not_calls)
    must("ld", "-static", "--gc-sections", "-e", "firmware_verify", part("program.o"), part("memory.o"), "-o", part("elf"))
    size = sections(part("elf"))
    must(compiler, "-std=c++20", "-O1", *WARNINGS, "-no-pie", "-I", folder, os.path.join(here, "hosted.cpp"), part("program.o"), "-o", part("hosted"))
    ran = subprocess.run([part("hosted")], capture_output=True, check=False)
    return sum(size.get(section, 0) for section in (".text", ".rodata", ".data.rel.ro", ".data")), undefined(part("program.o")), ran


def main():
    for program in ("arm-none-eabi-g++", "clang++", "g++", "ld.lld", "ld", "openssl", "qemu-system-arm", "readelf", "nm"):
        need(program)
    with open(keys + "/rsa2048.digsig-v1.bin", "rb") as f:
        vendor_key = f.read()
    passed, wrong = 0, []

    def judge(good, what):
        nonlocal passed
        if good:
            passed += 1
        else:
            wrong.append(what)

    print(f"{'program':15} {'compiler':16} {'code':>6} {'const':>6} {'ram':>5} {'sum':>6} {'limit':>6} {'stack':>6} {'limit':>6}  accepts, refuses")
    with tempfile.TemporaryDirectory() as top:
        for program, limits, stack_limit in PROGRAMS:
            folder = os.path.join(top, program)
            os.makedirs(folder)
            content = bytes((i * i * 7 + i // 256) & 0xff for i in range(1500))
            write_header(folder, "vendor_key", ml_dsa_key() if program == "ml_dsa" else vendor_key)
            write_header(folder, "image", IMAGES[program](content))
            for name, compiler, not_calls, libgcc in compilers():
                if name not in limits:
                    continue
                code, constants, writable, (accepted, refused, changes, stack), ended_well = on_cortex_m3(program, folder, name, compiler, not_calls, libgcc)
                total, limit = code + constants + writable, limits[name]
                print(f"{program:15} {'M3 ' + name:16} {code:6} {constants:6} {writable:5} {total:6} {limit or '-':>6} {stack:6} {stack_limit or '-':>6}"
                      f"  {accepted} of 1, {refused} of {changes}")
                judge(ended_well and accepted == 1 and refused == changes, f"{program}, {name}: wrong answers")
                if limit:
                    judge(total <= limit, f"{program}, {name}: {total} bytes are more than {limit}")
                if stack_limit:
                    judge(stack <= stack_limit, f"{program}, {name}: {stack} bytes of stack are more than {stack_limit}")
            for compiler in ("g++", "clang++") if os.uname().machine == "x86_64" else ():
                total, asked, ran = on_this_machine(program, folder, compiler)
                print(f"{program:15} {'x86-64 ' + compiler:16} {'':6} {'':6} {'':5} {total:6} {'-':>6} {'':6} {'':6}  {ran.stdout.decode().strip()};"
                      f" asks for {', '.join(sorted(asked)) or 'nothing'}")
                judge(ran.returncode == 0, f"{program}, {compiler}: wrong answers")
                judge(asked <= {"memcpy", "memset", "memcmp"}, f"{program}, {compiler}: asks libc for {asked}")
    for what in wrong:
        print("FAILED:", what)
    print(f"{passed} passed, {len(wrong)} failed")
    return 1 if wrong or not passed else 0


sys.exit(main())
