#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""The interface of libmodsig.so.0: what it exports, what it needs, and its header for C and C++ by each compiler.
abi.py LIBRARY STATIC-LIBRARY SOURCE COMPILER..."""
import os
import re
import shutil
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../examples"))
from harness import must, read, run, run_tests, write

LIBRARY = STATIC = SOURCE = ""
COMPILERS = []
C = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Wundef", "-Wstrict-prototypes", "-Werror"]
CPP = ["-pedantic", "-Wall", "-Wextra", "-Wundef", "-Wold-style-cast", "-Werror"]

# The numbers of version 0.1.0. A line that is here stays as it is; a number that is new is a line more.
NUMBERS = """MODSIG_REJECTED 0
MODSIG_TOLERATED 1
MODSIG_VERIFIED 2
MODSIG_OK 0
MODSIG_INVALID_ARGUMENT 1
MODSIG_OUT_OF_MEMORY 2
MODSIG_UNREADABLE 3
MODSIG_NO_KEY 4
MODSIG_BAD_ENTRY 5
MODSIG_UNKNOWN_NAME 6
MODSIG_INTERNAL_ERROR 7
MODSIG_KIND_NONE 0
MODSIG_KIND_BAD_SIGNATURE 1
MODSIG_KIND_NOT_SIGNED 3
MODSIG_KIND_UNKNOWN_KEY 4
MODSIG_KIND_REFUSED 5
MODSIG_KIND_MALFORMED 6
MODSIG_KIND_UNREADABLE 7
MODSIG_DETACHED 0
MODSIG_ATTRIBUTE 1"""
# Where the members of the structs are, on machines with 64 bits.
MEMBERS = """modsig_options size 0
modsig_options policy 8
modsig_options layouts 16
modsig_options kernel 24
modsig_options time 32
modsig_input size 0
modsig_input signature_path 8
modsig_input signature 16
modsig_input signature_size 24
modsig_input signature_source 32
modsig_input fsverity_block_size 36
modsig_input fsverity_digest 40
modsig_input fsverity_salt 48
modsig_input fsverity_salt_size 56
modsig_input evm_metadata 64
modsig_input evm_metadata_size 72"""


def header():
    return re.sub(r"/\*.*?\*/", "", read(os.path.join(SOURCE, "modsig.h")).decode(), flags=re.S)


def listed():
    text = re.sub(r"/\*.*?\*/", "", read(os.path.join(SOURCE, "libmodsig.map")).decode(), flags=re.S)
    return {f"{name}@@{node}" for node, names in re.findall(r"(\w+) \{\s*global:([^:]*?)(?:local:.*?)?\}", text, re.S) for name in re.findall(r"\w+", names)}


class Interface(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="modsig-abi-")
        self.addCleanup(shutil.rmtree, self.folder)
        os.chdir(self.folder)

    def test_the_library_exports_what_is_listed_and_nothing_else(self):
        lines = [line.split() for line in must("nm", "-D", "--defined-only", "--with-symbol-versions", LIBRARY).decode().splitlines()]
        exported = {words[-1] for words in lines if words[-2] != "A"}
        self.assertEqual(exported, listed())
        self.assertGreater(len(exported), 30)
        self.assertEqual({words[-2] for words in lines if words[-2] != "A"}, {"T"})  # functions alone: no data, nothing unique or weak

    def test_the_header_declares_what_is_listed(self):
        declared = re.findall(r"^MODSIG_API [^;]*?\b(modsig_\w+)\(", header(), re.M)
        self.assertEqual(len(declared), len(set(declared)))
        self.assertEqual(set(declared), {name.split("@")[0] for name in listed()})

    def test_its_name_is_that_of_the_abi(self):
        self.assertIn("SONAME", must("readelf", "-d", LIBRARY).decode())
        self.assertRegex(must("readelf", "-d", LIBRARY).decode(), r"SONAME\).*\[libmodsig\.so\.0\]")

    def test_it_has_no_text_relocations_and_no_executable_stack(self):
        self.assertNotIn("TEXTREL", must("readelf", "-d", LIBRARY).decode())
        self.assertNotRegex(must("readelf", "-lW", LIBRARY).decode(), r"GNU_STACK.*E")

    def test_numbers_and_members_stay(self):
        names = set(re.findall(r"^\s*(MODSIG_\w+) = ", header(), re.M))
        self.assertEqual(names, {line.split()[0] for line in NUMBERS.splitlines()})
        checks = [f"char {name.lower()}[{name} == {number} ? 1 : -1];" for name, number in map(str.split, NUMBERS.splitlines())]
        structs = re.findall(r"typedef struct (\w+) \{(.*?)\}", header(), re.S)
        members = {f"{struct} {member}" for struct, body in structs for member in re.findall(r"(\w+);", body)}
        self.assertEqual(members, {line.rpartition(" ")[0] for line in MEMBERS.splitlines()})
        if sys.maxsize > 1 << 32:
            checks += [f"char {struct}_{member}[offsetof({struct}, {member}) == {at} ? 1 : -1];" for struct, member, at in map(str.split, MEMBERS.splitlines())]
        checks += [f"char size_of_{name}[sizeof({name}) == 4 ? 1 : -1];" for name in ("modsig_verdict", "modsig_status", "modsig_kind")]
        write("numbers.c", ("#include <modsig.h>\n" + "\n".join(checks) + "\n").encode())
        must("cc", *C, "-I", SOURCE, "-c", "numbers.c")

    def test_each_compiler_takes_the_header_as_c99_and_as_cpp(self):
        # Nobody's names: a program may have macros and functions of its own.
        write("unit.c", b"#include <modsig.h>\n#include <modsig.h>\nint main(void) { return modsig_version() == 0; }\n")
        for compiler in COMPILERS:
            with self.subTest(compiler):
                if "++" in compiler:
                    for standard in ("-std=c++11", "-std=c++20"):
                        must(compiler, *CPP, standard, "-I", SOURCE, "-x", "c++", "unit.c", "-x", "none", LIBRARY, "-o", "program")
                else:
                    must(compiler, *C, "-I", SOURCE, "unit.c", LIBRARY, "-o", "program")
                    must(compiler, *C, "-I", SOURCE, "-c", os.path.join(HERE, "interface.c"))
                must("./program", LD_LIBRARY_PATH=os.path.dirname(LIBRARY))

    def test_the_program_of_the_readme(self):
        shown = re.findall(r"^```c\n(.*?)^```", read(os.path.join(SOURCE, "README.md")).decode(), re.S | re.M)
        self.assertEqual(len(shown), 1)
        write("shown.c", b"#include <modsig.h>\n#include <dlfcn.h>\n#include <stdio.h>\nint main(void)\n{\nvoid *library = NULL;\n" + shown[0].encode() +
              b"modsig_result_free(result);\nmodsig_verifier_free(verifier);\nmodsig_trust_free(trust);\nreturn library == NULL;\n}\n")
        must("cc", *C, "-I", SOURCE, "shown.c", LIBRARY, "-ldl", "-o", "program")
        self.assertEqual(run("./program", LD_LIBRARY_PATH=os.path.dirname(LIBRARY)).returncode, 7)  # there is no vendor.pem

    def test_a_static_program_in_c(self):
        write("unit.c", b"#include <modsig.h>\nint main(void) { return modsig_trust_new() == NULL || modsig_result_verdict(NULL) != MODSIG_REJECTED; }\n")
        if run("nm", STATIC).stdout.count(b"__asan_init"):
            self.skipTest("sanitizers need a dynamic linker")
        must("cc", *C, "-I", SOURCE, "unit.c", STATIC, "-lstdc++", "-static", "-o", "program")
        must("./program")


if __name__ == "__main__":
    LIBRARY, STATIC, SOURCE = map(os.path.abspath, sys.argv[1:4])
    COMPILERS = sys.argv[4:]
    sys.exit(run_tests(sys.modules[__name__]))
