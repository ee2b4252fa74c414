#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Signed BPF programs in the tool, beside what bpftool of Linux 7.2 and 7.3 has signed and OpenSSL. bpf.py TOOL KEYS PROGRAMS"""
import json
import os
import re
import shutil
import sys
import tempfile
import unittest

from harness import must, read, run, run_tests, write

TOOL = KEYS = PROGRAMS = ""
RELEASES = "7.2", "7.3"


def key(name, kind="key.pem"):
    return os.path.join(KEYS, f"{name}.{kind}")


def skeleton(name):
    return os.path.join(PROGRAMS, name + ".h")


def literal(text, name):
    """The bytes of a string literal of a skeleton."""
    body = re.search(rf'{name}\[\][^"]*"(.*?)"', text, re.S).group(1).replace("\\\n", "")
    return bytes(int(each[1:].lstrip("x") or "0", 16) for each in re.findall(r"\\x..|\\0", body))


class InFolder(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="modsig-bpf-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        os.chdir(self.folder)

    def tool(self, status, *arguments, **more):
        done = run(TOOL, *arguments, **more)
        self.assertEqual(done.returncode, status, f"{arguments}\n{done.stdout.decode()}\n{done.stderr.decode()}")
        return done.stdout.decode(), done.stderr.decode()

    def verify(self, status, path, *more, name="rsa2048"):
        return self.tool(status, "verify", "--layout", "bpf", "--trust", key(name, "cert.pem"), *more, path)

    def parts(self, name):
        """Writes instructions, both parts and the signature of a skeleton as files of their own."""
        text = read(skeleton(name)).decode()
        instructions, both = literal(text, "opts_insn"), literal(text, "opts_insn") + literal(text, "opts_data")
        write("instructions", instructions), write("both", both)
        if "opts_sig" in text:
            write("signature", literal(text, "opts_sig"))
        return instructions, both


class Verifying(InFolder):
    def test_skeletons_verify_for_the_kernel_whose_bpftool_signed_them(self):
        for name in "rsa2048", "p256":
            for release in RELEASES:
                for policy in "strict", "legacy", "permissive", "linux-modsign":
                    self.verify(0, skeleton(f"{name}-{release}"), "--kernel", release, "--policy", policy, name=name)
        self.verify(0, skeleton("rsa2048-7.3"))  # the newest kernel is meant by default
        self.verify(0, skeleton("rsa2048-7.3"), "--kernel", "7.3,mldsa,waiver")

    def test_for_the_other_kernel_they_do_not_and_the_cause_says_so(self):
        for release, other, part in ("7.2", "7.3", "the instructions alone"), ("7.3", "7.2", "instructions and map"):
            for name in "rsa2048", "p256":
                out, _ = self.verify(1, skeleton(f"{name}-{release}"), "--kernel", other, name=name)
                self.assertIn("cause: other_bpf_form", out)
                self.assertIn(part, out)
                self.assertIn(f"modsig verify --layout bpf --kernel {release} --trust CERT", out)
            out, _ = self.verify(1, skeleton(f"rsa2048-{release}"), "--kernel", other, "--policy", "linux-modsign", "--tsv")
            self.assertEqual(out.split("\t")[1:5], ["rejected", "signature_mismatch", "EKEYREJECTED", "bpf"])

    def test_bare_programs_verify_beside_their_signature(self):
        for release, file in ("7.2", "instructions"), ("7.3", "both"):
            self.parts(f"rsa2048-{release}")
            for policy in "strict", "linux-modsign":
                self.verify(0, file, "--kernel", release, "--policy", policy, "--signature", "signature")
            must("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "signature", "-content", file, "-certfile", key("rsa2048", "cert.pem"),
                 "-noverify", "-nointern", "-out", os.devnull)
            other = "both" if file == "instructions" else "instructions"
            self.verify(1, other, "--kernel", release, "--signature", "signature")
            out, _ = self.verify(3, file, "--kernel", release)
            self.assertIn("cause: not_signed", out)
            self.assertIn(f"modsig sign --layout bpf sha256 KEY CERT {file}", out)

    def test_a_named_signature_counts_instead_of_the_one_inside(self):
        self.parts("rsa2048-7.2")
        self.verify(1, skeleton("rsa2048-7.3"), "--signature", "signature")
        self.verify(0, skeleton("p256-7.2"), "--kernel", "7.2", "--signature", "signature")  # the same program

    def test_unsigned_skeletons_are_unsigned(self):
        out, _ = self.verify(3, skeleton("unsigned"))
        self.assertIn("no_signature", self.verify(3, skeleton("unsigned"), "--tsv")[0])
        self.assertIn("cause: not_signed", out)

    def test_a_key_serves_programs_only_where_that_is_said(self):
        path = skeleton("rsa2048-7.3")
        self.tool(0, "verify", "--layout", "bpf", "--trust-for", "bpf", key("rsa2048", "cert.pem"), path)
        out, _ = self.tool(5, "verify", "--layout", "bpf", "--trust-for", "modsign", key("rsa2048", "cert.pem"), path)
        self.assertIn("modsig verify --layout bpf --trust-for bpf CERT", out)
        self.tool(4, "verify", "--layout", "bpf", "--trust", key("p384", "cert.pem"), path)
        self.parts("rsa2048-7.3")
        self.tool(5, "verify", "--trust-for", "bpf", key("rsa2048", "cert.pem"), "--signature", "signature", "both")  # as a module's it is none of its own
        # The same signature of a key that is trusted for modules says nothing about the kind: that is what the scope is for.
        self.tool(0, "verify", "--trust", key("rsa2048", "cert.pem"), "--signature", "signature", "both")

    def test_every_changed_literal_is_refused(self):
        text = read(skeleton("rsa2048-7.3")).decode()
        for name, status in ("opts_insn", {1}), ("opts_data", {1}), ("opts_sig", {1, 4, 6}):
            start = text.index('"', text.index(name)) + 1
            end = text.index('"', start)
            for at in range(start, end, 97):
                found = text.find("\\x", at, end)
                if found < 0:
                    break
                digit = text[found + 3]
                write("changed.h", (text[:found + 3] + ("1" if digit != "1" else "2") + text[found + 4:]).encode())
                done = run(TOOL, "verify", "--layout", "bpf", "--trust", key("rsa2048", "cert.pem"), "changed.h")
                self.assertIn(done.returncode, status | ({2, 5, 6} if name == "opts_sig" else set()), (name, found, done.stdout))

    def test_what_is_no_program_is_named(self):
        text = read(skeleton("rsa2048-7.3"))
        cases = {"elf": (b"\x7fELF" + bytes(60), "it is an ELF file"), "text": (b"/* nothing */\n", "neither instructions nor a light skeleton"),
                 "words": (b"some words that are no program\n", "neither instructions nor a light skeleton"),
                 "doubled.h": (text + b"static const char opts_insn[] = \"\\x95\";", "neither instructions nor a light skeleton"),
                 "cut.h": (text[:text.index(b"opts_sig") + 200], "neither instructions nor a light skeleton"),
                 "foreign.h": (text.replace(b"\\x", b"\\X", 1), "neither instructions nor a light skeleton"),
                 "empty": (b"", "")}
        for name, (content, words) in cases.items():
            write(name, content)
            out, _ = self.verify(6, name)
            self.assertIn(words, out)
            if words:
                self.assertIn("cause: no_bpf_program", out)
                self.assertIn("remedy: bpftool gen skeleton -L -S", out)
            _, err = self.tool(6, "sign", "--layout", "bpf", "sha256", key("rsa2048"), key("rsa2048", "cert.pem"), name)
            self.assertIn(words, err)
            self.assertFalse(os.path.exists(name + ".p7s"))
        write("odd", bytes(15))
        self.assertIn("8 bytes each", self.verify(6, "odd", "--kernel", "7.2")[0])

    def test_kernels_and_layouts_that_do_not_go_with_it(self):
        path = skeleton("rsa2048-7.3")
        for release in "6.1", "6.12":
            _, err = self.verify(2, path, "--kernel", release)
            self.assertIn(f"Linux {release} knows no signed BPF programs", err)
        self.assertIn("goes with no other", self.verify(2, path, "--layout", "modsign")[1])
        for policy in "linux-ima", "linux-digsig", "linux-modsign-relaxed":
            self.assertIn("knows none of the layouts", self.verify(2, path, "--policy", policy)[1])
        write("config", b"# Linux/x86 7.2.12 Kernel Configuration\n")
        self.verify(0, skeleton("rsa2048-7.2"), "--kernel-config", "config")

    def test_errnos_of_the_kernel(self):
        self.parts("rsa2048-7.3")
        signature = read("signature")
        cases = {"empty": (b"", "EINVAL"), "long": (signature + bytes(8193 - len(signature)), "EINVAL"), "cut": (signature[:-1], "EBADMSG"),
                 "flipped": (signature[:-1] + bytes([signature[-1] ^ 1]), "EKEYREJECTED"), "trailing": (signature + b"\0", "-"), "text": (b"\x03\x02", "EBADMSG")}
        for name, (content, errno) in cases.items():
            write(name, content)
            out = run(TOOL, "verify", "--layout", "bpf", "--policy", "linux-modsign", "--tsv", "--trust", key("rsa2048", "cert.pem"), "--signature", name, "both").stdout
            self.assertEqual(out.decode().split("\t")[3], errno, name)
        out, _ = self.tool(4, "verify", "--layout", "bpf", "--policy", "linux-modsign", "--tsv", "--trust", key("p256", "cert.pem"), "--signature", "signature", "both")
        self.assertEqual(out.split("\t")[3], "ENOKEY")  # no EKEYREJECTED: bpf(2) knows no enforcement


class Inspecting(InFolder):
    def test_says_what_is_signed(self):
        for release, part in ("7.2", "instructions"), ("7.3", "instructions and map"):
            instructions, both = self.parts(f"rsa2048-{release}")
            out, _ = self.tool(0, "inspect", "--json", "--layout", "bpf", "--kernel", release, "--trust", key("rsa2048", "cert.pem"), skeleton(f"rsa2048-{release}"))
            fields = json.loads(out)
            self.assertEqual((fields["verdict"], fields["layout"], fields["signed_part"]), ("verified", "bpf", part))
            self.assertEqual((fields["instructions_size"], fields["map_size"]), (len(instructions), len(both) - len(instructions)))
            self.assertEqual(fields["content_size"], len(instructions if release == "7.2" else both))
            self.assertEqual((fields["signers"], fields["signed_with"], fields["digest"]), (1, "sha256", "sha256"))
            self.assertTrue(fields["key_identifier"].startswith("skid:"))
        out, _ = self.tool(3, "inspect", "--layout", "bpf", skeleton("unsigned"))
        self.assertIn("errc: no_signature", out)


class Signing(InFolder):
    def test_by_rsa_the_bytes_are_bpftools(self):
        for release, file in ("7.2", "instructions"), ("7.3", "both"):
            self.parts(f"rsa2048-{release}")
            for source in skeleton(f"rsa2048-{release}"), file:
                self.tool(0, "sign", "--layout", "bpf", "--kernel", release, "--force", "sha256", key("rsa2048"), key("rsa2048", "cert.pem"), source, "made.p7s")
                self.assertEqual(read("made.p7s"), read("signature"))

    def test_what_is_signed_verifies(self):
        shutil.copy(skeleton("unsigned"), "unsigned.h")
        for name in "rsa2048", "p256", "p384":
            for release in RELEASES:
                self.tool(0, "sign", "--layout", "bpf", "--kernel", release, "sha384", key(name), key(name, "cert.pem"), "unsigned.h")
                self.verify(0, "unsigned.h", "--kernel", release, "--signature", "unsigned.h.p7s", name=name)
                self.verify(0, "unsigned.h", "--kernel", release, "--policy", "linux-modsign", "--signature", "unsigned.h.p7s", name=name)
                os.remove("unsigned.h.p7s")
        self.assertEqual(read("unsigned.h"), read(skeleton("unsigned")))

    def test_options_that_belong_elsewhere(self):
        shutil.copy(skeleton("unsigned"), "unsigned.h")
        signing = "sha256", key("rsa2048"), key("rsa2048", "cert.pem"), "unsigned.h"
        for options in ["-k"], ["-d"], ["--replace"], ["--sigfile"], ["--keyid", "1"], ["--kernel", "6.12"], ["--kernel", "9"]:
            self.tool(2, "sign", "--layout", "bpf", *options, *signing)
        self.tool(2, "sign", "--layout", "digsig", "--kernel", "7.3", *signing)
        self.assertEqual(os.listdir("."), ["unsigned.h"])
        _, err = self.tool(2, "sign", "--layout", "bpf", "sha256", key("ed25519"), key("ed25519", "cert.pem"), "unsigned.h")
        self.assertIn("ed25519", err)


if __name__ == "__main__":
    TOOL, KEYS, PROGRAMS = (os.path.abspath(path) for path in sys.argv[1:4])
    sys.exit(run_tests(sys.modules[__name__], sys.argv[4:]))
