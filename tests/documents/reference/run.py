#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Every public name of the library is documented, and Doxygen has nothing to say against how: run.py ROOT [TEST...]

Doxygen itself does not ask for a word about enumerators, concepts, structures without members and namespaces (whose members it passes
over then): they are looked for in what it writes."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as xml

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../examples"))
from harness import read, run_tests, write

ROOT = ""
names = 0


def is_described(element):
    return any("".join(element.find(tag).itertext()).strip() for tag in ("briefdescription", "detaileddescription") if element.find(tag) is not None)


def documented(out, settings=""):
    """Doxygen's warnings, and the names that it has described and those that it has not."""
    config = read(os.path.join(HERE, "Doxyfile")).decode() + f"\nOUTPUT_DIRECTORY = {out}\nGENERATE_HTML = NO\nGENERATE_XML = YES\nXML_PROGRAMLISTING = NO\n" + settings
    done = subprocess.run(["doxygen", "-"], input=config, cwd=ROOT, capture_output=True, text=True)
    described, silent = [], []
    for path in sorted(os.listdir(os.path.join(out, "xml"))):
        if not path.endswith(".xml"):
            continue
        root = xml.parse(os.path.join(out, "xml", path)).getroot()
        for compound in root.iter("compounddef"):
            is_public = compound.get("kind") in ("struct", "class", "union", "concept", "namespace") and compound.get("prot") != "private"
            if is_public:
                (described if is_described(compound) else silent).append(compound.findtext("compoundname"))
        for member in root.iter("memberdef"):
            if member.get("prot") == "private":
                continue
            if is_described(member):
                described.append(member.findtext("name"))
            for value in member.findall("enumvalue"):
                (described if is_described(value) else silent).append(f"{member.findtext('name')}::{value.findtext('name')}")
    return done.returncode, done.stderr, described, silent


class Reference(unittest.TestCase):
    def setUp(self):
        self.out = tempfile.mkdtemp(prefix="modsig-reference-")
        self.addCleanup(shutil.rmtree, self.out)

    def test_every_public_name_is_documented(self):
        global names
        status, warnings, described, silent = documented(self.out)
        self.assertFalse(warnings, warnings)
        self.assertEqual(status, 0)
        self.assertEqual(silent, [])
        names = len(described)
        for name in "errc::signature_mismatch", "modsig::engine::limbs", "modsig::blob_layout", "modsig::layout::modsign", "verify":
            self.assertIn(name, described)

    def test_a_name_without_a_word_is_found(self):
        for line, complaint in (("struct s { int silent; };", "silent"), ("enum class e { /** */ silent };", "silent"), ("struct silent {};", "silent"),
                                ("template <class T> concept silent = true;", "silent"), ("namespace silent { int x; }", "silent"),
                                ("/// <tag>\nint silent;", "tag")):
            with self.subTest(line):
                header = os.path.join(self.out, "silent.hpp")
                write(header, f"/// Here.\nnamespace here {{\n{line}\n}}\n".encode())
                status, warnings, _, silent = documented(self.out, f"INPUT = {header}\n")
                self.assertIn(complaint, warnings + " ".join(silent))
                self.assertTrue(status != 0 or silent)
                shutil.rmtree(os.path.join(self.out, "xml"))

    def test_internals_are_left_out(self):
        header = os.path.join(self.out, "internal.hpp")
        write(header, b"/// Here.\nnamespace here {\nnamespace detail {\nstruct a { int b; };\n}\nnamespace own_detail { int c; }\n}\n")
        status, warnings, _, silent = documented(self.out, f"INPUT = {header}\n")
        self.assertEqual((status, warnings, silent), (0, "", []))


if __name__ == "__main__":
    if not shutil.which("doxygen"):
        print("skip  the reference: no doxygen here (package doxygen)")
        sys.exit(77)
    ROOT = sys.argv[1]
    sys.exit(run_tests(sys.modules[__name__], sys.argv[2:], remark=lambda: f", {names} names described"))
