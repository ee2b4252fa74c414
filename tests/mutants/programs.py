# SPDX-License-Identifier: BSL-1.0
"""What is mutated, and the programs that are to notice."""
import glob
import os
import shutil
import subprocess

# Everything between bytes and `verified`, and the system calls. Of the native engine what surrounds its arithmetic, which is held
# to other implementations by random comparisons.
SCOPE = """bytes.hpp result.hpp candidate.hpp revocation.hpp verified.hpp mpi.hpp key_identifier.hpp key_scope.hpp
    algorithm.hpp layout_list.hpp layout.hpp grammar.hpp reading.hpp compile_time.hpp
    der key keyring layout policy verifier verifier.hpp digest digest.hpp linux os
    engine.hpp engine/rsa_block.hpp engine/ed25519_signature.hpp engine/ml_dsa_signature.hpp engine/native.hpp
    engine/native/rsa.hpp engine/native/rsa_encoding.hpp engine/native/rsa_key.hpp engine/native/rsa_many.hpp
    engine/native/rsa_firmware.hpp engine/native/rsa_firmware_pss.hpp engine/native/rsa_modulo.hpp engine/native/montgomery.hpp
    engine/native/limbs.hpp engine/native/ecdsa.hpp engine/native/ed25519.hpp engine/native/curve_key.hpp
    engine/native/hash.hpp engine/native/ml_dsa.hpp engine/native/ml_dsa_key.hpp""".split()
NOT_IN_SCOPE = {"include/modsig/keyring/running_kernel.hpp", "include/modsig/os/terminal.hpp"}  # they need a session, a terminal

# Without tests that only ask whether a parser crashes: they take longest, and notice least.
PROGRAMS = {
    "units": """algorithm bytes corpus digest result verifier der/reader der/time der/writer engine/rsa_linux engine/wycheproof
        key/corpus key/digsig key/ecdsa_signature key/name key/pem key/spki key/x509 key/x509_linux
        keyring/admission keyring/blacklist keyring/builtin keyring/files keyring/store digest/fsverity
        layout/bpf layout/digsig layout/evm layout/fsverity layout/fsverity_corpus layout/ima layout/ima_corpus layout/mcuboot
        layout/ml_dsa layout/modsign layout/strictness
        policy/audit policy/for_layout policy/linux_ima policy/linux_modsign policy/linux_modsign_chain policy/low_s policy/pinned
        policy/rules verifier/certificate_chain verifier/companions verifier/every_byte verifier/limits verifier/rewrap""",
    "os": "os/copy os/directory os/file os/mapping os/new_file os/pipe os/process os/secret os/walk os/writers os/folder_watch os/held_signals",
    "native": """engine/native_engine engine/native_hash engine/native_rsa engine/native_curves engine/native_ml_dsa
        engine/nist_signatures engine/best compile_time verifier/firmware""",
    "images": "decompress linux/decompress keyring/kernel_image",
}
LIBRARIES = {"units": ["BOTAN"], "os": [], "native": ["BOTAN", "-lcrypto"],
             "images": ["BOTAN", "-llzma", "-lzstd", "-lz", "-llz4"]}


def headers(root, wanted):
    """Paths in scope, below include/modsig; of `wanted`, where any are named."""
    paths = []
    for entry in SCOPE:
        whole = os.path.join(root, "include/modsig", entry)
        found = [whole] if entry.endswith(".hpp") else glob.glob(whole + "/**/*.hpp", recursive=True)
        paths += [os.path.relpath(path, root) for path in found]
    paths = sorted(set(paths) - NOT_IN_SCOPE)
    return [path for path in paths if not wanted or any(path.startswith("include/modsig/" + prefix) for prefix in wanted)]


def botan(*what):
    for name in "botan-3", "botan-2":
        answer = subprocess.run(["pkg-config", *what, name], capture_output=True, text=True, check=False)
        if answer.returncode == 0:
            return answer.stdout.split()
    raise SystemExit("Botan is missing")


def data(root, build):
    """The corpus, and the keys that tests have as headers."""
    corpus = os.path.join(root, "tests/data/corpus")
    stamp = os.path.join(build, "corpus.stamp")
    if not os.path.exists(stamp):
        subprocess.run(["python3", os.path.join(root, "tests/data/corpus.py"), "unpack", corpus, os.path.join(build, "data/corpus"),
                        "--stamp", stamp], check=True, stdout=subprocess.DEVNULL)
    generated = os.path.join(build, "generated")
    os.makedirs(generated, exist_ok=True)
    for name, path in (("vendor_key", "corpus/keys/rsa2048.digsig-v1.bin"), ("signed_module", "signed.modsig")):
        header = os.path.join(generated, name + ".hpp")
        if not os.path.exists(header):
            subprocess.run(["python3", os.path.join(root, "examples/embed.py"), os.path.join(root, "tests/data", path), name, header], check=True)


def compiler():
    for name in "clang++", "clang++-14", "clang++-19":
        if shutil.which(name):
            return name
    raise SystemExit("clang++ is missing")


def flags(root, include):
    return ["-std=c++20", "-O1", "-w", "-Wno-narrowing", "-ferror-limit=0", "-I" + include, "-I" + os.path.join(root, "tests"), "-pthread",
            *("-isystem" + flag[2:] for flag in botan("--cflags") if flag.startswith("-I"))]


def write_ninja(root, build, paths):
    """build.ninja; every unit has all headers from one that is compiled before."""
    ours = os.path.join(root, "tests/mutants")
    every = os.path.join(build, "every.hpp")
    text = "".join(f"#include <{path[len('include/'):]}>\n" for path in paths)
    text = f'#include "{ours}/mutant.hpp"\n' + text + "#include <modsig/core.hpp>\n#include <modsig/engine/botan.hpp>\n#include <doctest/doctest.h>\n#include <map>\n#include <string>\n#include <vector>\n"
    from rewrite import write
    write(every, text.encode())
    lines = [f"compiler = {compiler()}", "flags = " + " ".join(flags(root, build + "/include")) + f" -I{build}/generated",
             "rule head", "  command = $compiler $flags -x c++-header $in -MD -MF $out.d -o $out", "  depfile = $out.d",
             "rule unit", "  command = $compiler $flags $head -c $in -MD -MF $out.d -o $out", "  depfile = $out.d", "  deps = gcc",
             "rule link", "  command = $compiler $in -pthread $libraries -o $out",
             f"build every.hpp.pch: head {every}"]
    libraries = " ".join(botan("--libs"))
    lines += [f"build main.o: unit {ours}/main.cpp", f"  head = -include {ours}/mutant.hpp"]
    for program, units in PROGRAMS.items():
        objects = []
        for unit in units.split():
            objects.append(f"{program}/{unit.replace('/', '_')}.o")
            lines += [f"build {objects[-1]}: unit {root}/tests/{unit}.cpp | every.hpp.pch", f"  head = -include-pch {build}/every.hpp.pch"]
        lines += [f"build {program}/{program}: link main.o " + " ".join(objects),
                  "  libraries = " + " ".join(libraries if each == "BOTAN" else each for each in LIBRARIES[program])]
    write(os.path.join(build, "build.ninja"), ("\n".join(lines) + "\n").encode())
