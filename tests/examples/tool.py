#!/usr/bin/env python3
"""The command-line tool from outside: interface, exit statuses, agreement with evmctl and openssl. Argument: the tool."""
import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest

from harness import must, read, run, run_tests, write

TOOL = ""
EMPTY_TSV = ["-"] * 4


def mode(name):
    return stat.S_IMODE(os.stat(name).st_mode)


class InFolder(unittest.TestCase):
    """Each test in a folder of its own; keys are made once."""

    keys = None

    @classmethod
    def setUpClass(cls):
        if InFolder.keys is None:
            InFolder.keys = tempfile.mkdtemp(prefix="modsig-keys-")
            for name in "a", "b":
                must(TOOL, "genkey", "--type", "rsa2048", "--out", f"{InFolder.keys}/{name}.pem")

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="modsig-test-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        os.chdir(self.folder)
        for name in os.listdir(InFolder.keys):
            shutil.copy(f"{InFolder.keys}/{name}", name)
        self.content = bytes(range(256)) * 16
        write("plain.ko", self.content)

    def tool(self, status, *arguments, stdin=None, **environment):
        done = run(TOOL, *arguments, stdin=stdin, **environment)
        self.assertEqual(done.returncode, status, f"{arguments}\n{done.stdout!r}\n{done.stderr!r}")
        return done.stdout.decode(errors="surrogateescape"), done.stderr.decode(errors="surrogateescape")

    def sign(self, to="signed.ko", key="a", hash_name="sha256"):
        self.tool(0, "sign", "--layout", "digsig", hash_name, f"{key}.pem", f"{key}.x509", "plain.ko", to)
        return to

    def verify(self, status, *arguments, trust="a.pem", policy="legacy", **more):
        return self.tool(status, "verify", "--policy", policy, "--trust", trust, *arguments, **more)

    def tsv(self, status, *arguments, **more):
        out, _ = self.verify(status, "--tsv", *arguments, **more)
        return [line.split("\t") for line in out.splitlines()]


class Loading(InFolder):
    def loaded(self, status, *arguments):
        out, errors = self.tool(status, "load", "--policy", "legacy", "--trust", "a.x509", "--dry-run", *arguments)
        return [line.split(":")[0] for line in out.splitlines()], errors

    def test_a_refusal_says_its_cause_and_what_mends_it(self):
        _, errors = self.loaded(3, "plain.ko")
        self.assertRegex(errors, r"plain\.ko: rejected: .*\n(.*\n)*modsig: +cause: not_signed\nmodsig: +hint: .+\nmodsig: +remedy: modsig sign ")
        self.tool(0, "sign", "--layout", "digsig", "sha256", "b.pem", "b.x509", "plain.ko", "other.ko")
        _, errors = self.loaded(4, "other.ko")
        self.assertRegex(errors, r"cause: unknown_key\nmodsig: +hint: .+\nmodsig: +remedy: modsig verify --trust ")
        self.assertNotIn("cause:", self.loaded(0, self.sign())[1])

    def test_only_a_trusted_modules_dep_is_obeyed(self):
        for name in "a", "b":
            os.makedirs("tree/sub", exist_ok=True)
            self.sign(f"tree/sub/{name}.ko")
        write("tree/modules.dep", b"sub/a.ko: sub/b.ko\nsub/b.ko:\n")
        a, b = "tree/sub/a.ko", os.path.realpath("tree/sub/b.ko")
        self.assertEqual(self.loaded(0, a)[0], [a])  # not the running kernel's, whoever wrote it
        self.assertEqual(self.loaded(0, "--modules-dep", "tree/modules.dep", a)[0], [b, a])
        self.assertEqual(self.loaded(0, "--modules-dep", "tree/modules.dep", "--alone", a)[0], [a])
        self.assertEqual(self.loaded(7, "--modules-dep", "tree/absent", a)[0], [])
        os.mkdir("other")
        shutil.copy("tree/modules.dep", "other/modules.dep")
        self.assertEqual(self.loaded(0, "--modules-dep", "other/modules.dep", a)[0], [a])  # it says nothing about other folders
        for mode in 0o664, 0o646:
            os.chmod("tree/modules.dep", mode)
            names, errors = self.loaded(7, "--modules-dep", "tree/modules.dep", a)
            self.assertEqual(names, [])
            self.assertIn("modules.dep: not read: users other than you and root can change it", errors)
        os.chmod("tree/modules.dep", 0o644)
        os.mkdir("above"), os.rename("tree", "above/tree")
        a = "above/tree/sub/a.ko"
        for folder in "above/tree", "above":
            for mode in 0o775, 0o757, 0o777:
                os.chmod(folder, mode)
                names, errors = self.loaded(7, "--modules-dep", "above/tree/modules.dep", a)
                self.assertEqual(names, [])
                self.assertIn(f"{folder}: not read: users other than you and root can change it", errors)
            os.chmod(folder, 0o1777)  # as /tmp
            self.assertEqual(len(self.loaded(0, "--modules-dep", "above/tree/modules.dep", a)[0]), 2)
            os.chmod(folder, 0o755)
        os.symlink("above/tree", "link")
        self.assertEqual(len(self.loaded(0, "--modules-dep", "link/modules.dep", a)[0]), 2)

    def test_a_word_is_one_parameter(self):
        self.sign("a.ko")
        self.assertEqual(self.loaded(0, "a.ko", "x=1", "y=a b", "z=a\tb")[0], ["a.ko"])
        for word in "x=1\" y=2", "x\ty=2", "x\ny=2", "x=\"1\" y=2":
            self.assertIn("is not one parameter", self.loaded(2, "a.ko", word)[1])
        self.assertIn("too many parameters", self.loaded(2, "a.ko", "x=" + 5000 * "y")[1])


class Verdicts(InFolder):
    def test_signed_content_is_what_was_there(self):
        signed = read(self.sign())
        self.assertTrue(signed.startswith(self.content))
        self.assertTrue(signed.endswith(b"This Is A Crypto Signed Module"))
        self.assertEqual(len(signed), len(self.content) + 50 + 256)
        for trust in "a.pem", "a.x509", "a.digsig":
            self.verify(0, "signed.ko", trust=trust)

    def test_tsv_has_eight_columns_and_a_line_for_every_file(self):
        self.sign()
        write("cut.ko", read("signed.ko")[:-1])
        rows = self.tsv(1, "signed.ko", "cut.ko", "absent.ko")
        self.assertEqual(rows[0][:7], ["signed.ko", "verified", "-", "-", "digsig", "sha256", "rsa-pkcs1-raw"])
        self.assertRegex(rows[0][7], "^[0-9a-f]{16}$")
        self.assertEqual(rows[1], ["cut.ko", "rejected", "no_signature", "ENODATA"] + EMPTY_TSV)
        self.assertEqual(rows[2], ["absent.ko", "rejected", "io_error", "EIO"] + EMPTY_TSV)

    def test_tsv_escapes_names(self):
        name = "tab\tline\nback\\slash.ko"
        self.sign(name)
        self.assertEqual(self.tsv(0, name)[0][0], "tab\\tline\\nback\\\\slash.ko")

    def test_json_lines_end_with_a_summary_even_on_failure(self):
        self.sign()
        out, _ = self.verify(3, "--json", "signed.ko", "plain.ko")
        objects = [json.loads(line) for line in out.splitlines()]
        self.assertEqual(len(objects), 3)
        names = ["path", "verdict", "errc", "errno", "layout", "digest", "scheme", "key_identifier"]
        self.assertEqual(list(objects[0])[:8], names)
        self.assertEqual(objects[1]["errc"], "no_signature")
        self.assertEqual(objects[2]["summary"], True)
        self.assertEqual((objects[2]["verified"], objects[2]["rejected"], objects[2]["exit_status"]), (1, 1, 3))
        for arguments in ["--trust", "absent", "plain.ko"], ["--policy", "none", "plain.ko"]:
            done = run(TOOL, "verify", "--json", *arguments)
            self.assertEqual(json.loads(done.stdout.decode().splitlines()[-1])["exit_status"], done.returncode)

    def test_json_survives_names_that_are_no_utf8(self):
        name = os.fsdecode(b"\xff\xfe.ko")
        self.sign(name)
        out, _ = self.verify(0, "--json", name)
        self.assertEqual(json.loads(out.splitlines()[0])["verdict"], "verified")

    def test_people_get_the_reason_in_words(self):
        self.sign()
        self.assertRegex(self.verify(0, "signed.ko")[0], r"^signed\.ko: verified \(digsig, sha256, key [0-9a-f]{16}")
        self.assertRegex(self.verify(3, "plain.ko")[0], r"^plain\.ko: rejected: there is no signature \(no_signature at offset 4096")

    ODD_NAMES = {  # as they are shown
        b"\x1b[31mred.ko": r"\x1b[31mred.ko",
        b"\xc2\x9b31mred.ko": r"\xc2\x9b31mred.ko",  # CSI as one character
        "\u202eok.degrifer".encode(): r"\xe2\x80\xaeok.degrifer",  # right to left
        b"\xff\xc3.ko": r"\xff\xc3.ko",
        b"\xc0\x9b.ko": r"\xc0\x9b.ko",  # overlong
        b"\xed\xa0\x80.ko": r"\xed\xa0\x80.ko",  # half of a surrogate pair
        b"\xf4\x90\x80\x80.ko": r"\xf4\x90\x80\x80.ko",  # beyond U+10FFFF
        "zero\u200bwidth\ufeff.ko".encode(): r"zero\xe2\x80\x8bwidth\xef\xbb\xbf.ko",
        b"cr\r\x7f.ko": r"cr\x0d\x7f.ko",
        rb"back\x1bslash.ko": r"back\\x1bslash.ko",
        "gr\u00fc\u00dfe \u65e5\u672c \U0001f511.ko".encode(): "gr\u00fc\u00dfe \u65e5\u672c \U0001f511.ko",
    }

    def test_terminals_get_no_control_characters(self):
        for locale in "C", "C.UTF-8":
            for name, shown in self.ODD_NAMES.items():
                with self.subTest(name=name, locale=locale):
                    shutil.copy("plain.ko", os.fsdecode(name))
                    self.assertTrue(self.verify(3, os.fsdecode(name), LC_ALL=locale)[0].startswith(shown + ": rejected: "))
                    out, _ = self.tool(3, "inspect", os.fsdecode(name), LC_ALL=locale)
                    self.assertIn(f"path: {shown}\n", out)
                    _, errors = self.tool(7, "keys", "absent/" + os.fsdecode(name), LC_ALL=locale)
                    self.assertNotRegex(errors, "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\udc80-\udcff]")

    def test_the_parser_of_options_lets_no_control_through(self):
        _, errors = self.tool(2, "verify", "--x\x1b[31m\u202e", "plain.ko")
        self.assertNotRegex(errors, "[\x1b\u202e]")
        self.assertIn("--help", errors)

    def test_a_row_of_tsv_stays_one_row(self):
        for name, shown in ((b"a\rb\x01\x7f.ko", r"a\x0db\x01\x7f.ko"), (b"a\tb\n.ko", r"a\tb\n.ko"), (b"\xc2\x9b\xff.ko", os.fsdecode(b"\xc2\x9b\xff.ko"))):
            shutil.copy("plain.ko", os.fsdecode(name))
            self.assertEqual(self.tsv(3, os.fsdecode(name))[0][0], shown)

    def test_json_has_the_bytes_of_paths_that_are_no_utf8(self):
        for name in b"\xff.ko", "\u00fc.ko".encode():
            shutil.copy("plain.ko", os.fsdecode(name))
            found = json.loads(self.verify(3, "--json", os.fsdecode(name))[0].splitlines()[0])
            self.assertEqual(found.get("path_bytes"), name.hex() if name[0] == 0xff else None)

    @unittest.skipIf(b"__asan_init" in read(os.path.abspath(sys.argv[1])) if len(sys.argv) > 1 else False, "sanitizers bring their own")
    def test_the_program_is_hardened(self):
        header, dynamic, symbols = (must("readelf", "-W", how, TOOL).decode() for how in ("--file-header", "--dynamic", "--dyn-syms"))
        self.assertIn("DYN (", header)
        self.assertRegex(dynamic, r"\(FLAGS(_1)?\).*NOW")
        self.assertIn("GNU_RELRO", must("readelf", "-W", "--segments", TOOL).decode())
        self.assertIn("__stack_chk_fail", symbols)
        self.assertRegex(symbols, r"__\w+_chk\b")

    def test_the_version(self):
        self.assertRegex(self.tool(0, "--version")[0], r"^modsig \d+\.\d+\.\d+$")

    def test_what_nobody_could_read_is_no_success(self):
        self.sign()
        self.tool(0, "sign", "sha256", "a.pem", "a.x509", "plain.ko", "modsign.ko")
        os.mkdir("from")
        shutil.copy("plain.ko", "from/a.ko")
        judging = "--policy", "legacy", "--trust", "a.pem"
        helps = [[command, "--help"] for command in ("verify", "inspect", "keys", "genkey", "sign", "install", "digest", "attach", "strip", "extract", "load")]
        for command in (["keys", "a.pem"], ["keys", "--tsv", "a.pem"], ["keys", "--json", "a.pem"],
                        ["inspect", "signed.ko"], ["inspect", "--json", "signed.ko"], ["inspect", "--modinfo", "modsign.ko"],
                        ["digest", "plain.ko"], ["digest", "plain.ko", "signed.ko"], ["digest", "--fsverity", "plain.ko"],
                        ["extract", "signed.ko"], ["extract", "signed.ko", "-"], ["strip", "signed.ko", "-"],
                        ["verify", *judging, "signed.ko"], ["verify", "--tsv", *judging, "signed.ko"], ["verify", "--json", *judging, "signed.ko"],
                        ["sign", "sha256", "a.pem", "a.x509", "plain.ko", "-"],
                        ["install", "--from", "from", "--to", "to", "--key", "a.pem", "--cert", "a.x509"],
                        ["load", "--dry-run", "--alone", *judging, "modsign.ko"], ["--help"], *helps, ["--version"]):
            with self.subTest(command=command), open("/dev/full", "wb") as full:
                self.assertTrue(subprocess.run([TOOL, *command], capture_output=True, check=True).stdout)
                done = subprocess.run([TOOL, *command], stdout=full, stderr=subprocess.PIPE, check=False)
                self.assertEqual(done.returncode, 7, done.stderr)
                self.assertRegex(done.stderr, rb"standard output|No space left on device")

    def test_quiet_prints_nothing(self):
        self.assertEqual(self.verify(3, "--quiet", "plain.ko"), ("", ""))

    def test_standard_input(self):
        signed = read(self.sign())
        self.assertTrue(self.verify(0, "-", stdin=signed)[0].startswith("-: verified"))

    def test_every_single_fault_has_its_status(self):
        signed = read(self.sign())
        write("flipped.ko", signed[:100] + bytes([signed[100] ^ 1]) + signed[101:])
        write("overflow.ko", signed[:-32] + b"\x20\x00" + signed[-30:])
        self.verify(1, "flipped.ko")
        self.verify(6, "overflow.ko")
        self.verify(3, "plain.ko")
        self.verify(4, "signed.ko", trust="b.pem")
        self.verify(5, "signed.ko", policy="strict")
        self.verify(5, "--revoked", "a.x509", "signed.ko")
        self.verify(5, "--threshold", "2", "signed.ko")
        self.verify(7, "absent.ko")
        self.verify(1, "plain.ko", "overflow.ko")  # two kinds
        self.verify(3, "signed.ko", "plain.ko", "plain.ko")

    def test_the_order_is_that_of_the_arguments_with_many_threads(self):
        self.sign()
        names = []
        for i in range(60):
            names.append(f"{59 - i:02}.ko")
            shutil.copy("signed.ko" if i % 3 else "plain.ko", names[-1])
        rows = self.tsv(3, "-j", "8", *names)
        self.assertEqual([row[0] for row in rows], names)
        self.assertEqual([row[1] for row in rows], ["verified" if i % 3 else "rejected" for i in range(60)])

    def test_folders_mean_modules_and_plugins_sorted(self):
        os.makedirs("tree/z")
        os.makedirs("tree/a")
        for name in "tree/z/1.ko", "tree/a/2.so", "tree/b.ko", "tree/readme":
            self.sign(name)
        os.symlink("b.ko", "tree/link.ko")
        os.symlink("..", "tree/up")
        self.assertEqual([row[0] for row in self.tsv(0, "tree")], ["tree/a/2.so", "tree/b.ko", "tree/link.ko", "tree/z/1.ko"])
        self.assertEqual(len(self.tsv(0, "--all", "tree")), 5)
        os.mkdir("empty")
        self.verify(2, "empty")

    def test_a_detached_signature_goes_with_one_regular_file(self):
        self.tool(0, "sign", "--layout", "digsig", "--sigfile", "sha256", "a.pem", "a.x509", "plain.ko")
        self.assertEqual(read("plain.ko"), self.content)
        self.verify(0, "--layout", "digsig", "--signature", "plain.ko.sig", "plain.ko")
        self.verify(2, "--signature", "plain.ko.sig", "plain.ko", "a.pem")
        self.verify(2, "--signature", "plain.ko.sig", ".")
        self.verify(2, "--signature", "plain.ko.sig", "-", stdin=self.content)
        self.verify(7, "--signature", "absent.sig", "plain.ko")
        self.verify(1, "--signature", "plain.ko.sig", "a.x509")

    def test_usage(self):
        for arguments in [], ["verify"], ["verify", "--policy", "x", "plain.ko"], ["verify", "--layout", "x", "plain.ko"], ["nonsense"], \
                ["verify", "--tsv", "--json", "plain.ko"], ["verify", "--threshold", "0", "plain.ko"]:
            self.tool(2, *arguments)
        self.tool(0, "--help")
        self.tool(0, "verify", "--help")

    def test_permissive_tolerates_only_what_is_undecided(self):
        signed = read(self.sign())
        write("flipped.ko", bytes([signed[0] ^ 1]) + signed[1:])
        self.assertEqual(self.tsv(0, "plain.ko", policy="permissive")[0][1:3], ["tolerated", "no_signature"])
        self.assertEqual(self.tsv(0, "signed.ko", policy="permissive", trust="b.pem")[0][1:3], ["tolerated", "key_not_found"])
        self.assertEqual(self.tsv(1, "flipped.ko", policy="permissive")[0][1], "rejected")


class Trust(InFolder):
    def test_bundles_and_folders_skip_and_name_what_is_no_key(self):
        self.sign()
        certificate = read("a.pem")[read("a.pem").index(b"-----BEGIN CERT"):]
        broken = b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"
        write("bundle.pem", b"some text\n" + broken + certificate)
        _, errors = self.verify(0, "signed.ko", trust="bundle.pem")
        self.assertIn("bundle.pem", errors)
        os.mkdir("keys")
        shutil.copy("a.x509", "keys/a.x509")
        write("keys/README", b"no key\n")
        _, errors = self.verify(0, "signed.ko", trust="keys")
        self.assertIn("keys/README", errors)

    def test_no_key_left_or_an_unreadable_one_is_status_seven(self):
        self.sign()
        write("junk", b"junk")
        self.verify(7, "signed.ko", trust="junk")
        self.verify(7, "signed.ko", trust="absent")
        self.verify(7, "--trust", "absent", "signed.ko")
        self.assertEqual(self.tsv(7, "signed.ko", trust="absent"), [["signed.ko", "rejected", "not_checked", "EKEYREJECTED"] + EMPTY_TSV])

    def test_a_private_key_alone_is_not_trusted(self):
        self.sign()
        write("private.pem", must("openssl", "pkey", "-in", "a.pem"))
        _, errors = self.verify(7, "signed.ko", trust="private.pem")
        self.assertIn("wrong_key_kind", errors)

    def test_a_revocation_that_cannot_be_read_is_not_ignored(self):
        self.sign()
        write("junk", b"junk")
        self.verify(7, "--revoked", "junk", "signed.ko")
        self.verify(7, "--revoked", "absent", "signed.ko")

    def test_user_keys_are_found_by_their_file_name(self):
        self.sign()
        name = self.tsv(0, "signed.ko")[0][7].upper().lstrip("0")
        os.mkdir("ring")
        shutil.copy("a.digsig", f"ring/{name}")
        shutil.copy("a.digsig", "ring/not-a-name")
        _, errors = self.tool(0, "verify", "--policy", "linux-digsig", "--user-keys", "ring", "signed.ko")
        self.assertIn("not-a-name", errors)
        os.rename(f"ring/{name}", f"ring/0{name}")  # Linux prints no leading zeros
        self.tool(7, "verify", "--policy", "linux-digsig", "--user-keys", "ring", "signed.ko")

    def test_a_revocation_names_a_file_its_content_or_a_certificate(self):
        def digest(content, hash_name="sha256"):
            return hashlib.new(hash_name, content).hexdigest().encode()

        signed = read(self.sign())
        certificate = must("openssl", "x509", "-in", "a.x509", "-inform", "DER", "-outform", "DER")
        fields = must("openssl", "asn1parse", "-inform", "DER", "-in", "a.x509").decode().splitlines()[1]
        start, head, length = map(int, re.match(r" *(\d+):d=1 +hl=(\d+) +l= *(\d+)", fields).groups())
        tbs = certificate[start:start + head + length]
        for line, status in ((b"bin:" + digest(self.content), 5), (b"bin:" + digest(signed), 5), (b"tbs:" + digest(tbs), 5),
                             (b"bin:" + digest(self.content + b"!"), 0), (b"tbs:" + digest(certificate), 0), (b"bin:" + digest(tbs), 0),
                             (b"tbs:" + digest(self.content), 0)):
            with self.subTest(line=line):
                write("revoked.txt", line + b"\n")
                self.verify(status, "--revoked", "revoked.txt", "signed.ko", trust="a.x509")

    def test_keys_for_one_layout(self):
        self.sign()
        for layout, status in ("digsig", 0), ("modsign", 5), ("ima", 5):
            self.tool(status, "verify", "--policy", "legacy", "--trust-for", layout, "a.x509", "signed.ko")
        self.tool(0, "verify", "--policy", "legacy", "--trust-for", "modsign", "a.x509", "--trust", "a.x509", "signed.ko")
        self.tool(2, "verify", "--trust-for", "none", "a.x509", "signed.ko")

    def test_keys_for_one_form_of_cms(self):
        self.tool(0, "sign", "sha256", "a.pem", "a.x509", "plain.ko", "content.ko")
        must("openssl", "cms", "-sign", "-binary", "-in", "plain.ko", "-signer", "a.pem", "-md", "sha256", "-outform", "DER", "-nocerts", "-nosmimecap", "-out", "a.p7s")
        for form, status in ("attributes", 5), ("content", 0), ("any", 0):
            self.tool(status, "verify", "--trust-form", form, "--trust", "a.x509", "content.ko")
        for form, status in ("attributes", 0), ("content", 5), ("any", 0):
            self.tool(status, "verify", "--trust-form", form, "--trust", "a.x509", "--signature", "a.p7s", "plain.ko")
        self.tool(0, "verify", "--trust", "a.x509", "--trust-form", "attributes", "content.ko")  # counts for what follows it

    def test_signers_of_unknown_keys_are_refused_unless_allowed(self):
        must("openssl", "cms", "-sign", "-binary", "-in", "plain.ko", "-signer", "a.pem", "-signer", "b.pem", "-md", "sha256", "-outform", "DER", "-nocerts",
             "-noattr", "-out", "both.p7s")
        both = "--signature", "both.p7s", "plain.ko"
        self.tool(0, "verify", "--trust", "a.x509", "--trust", "b.x509", *both)
        for one in "a.x509", "b.x509":
            out, _ = self.tool(4, "verify", "--tsv", "--trust", one, *both)
            self.assertEqual(out.split("\t")[2], "unproven_signer")
            self.tool(0, "verify", "--allow-other-signers", "--trust", one, *both)

    def test_content_that_is_also_something_else_is_not_signed(self):
        write("file_id.bin", b"\3\4" + bytes(32))  # struct ima_file_id
        for layout in "modsign", "ima":
            _, errors = self.tool(5, "sign", "--layout", layout, "sha256", "a.pem", "a.x509", "file_id.bin", *(["-p"] if layout == "modsign" else []))
            self.assertIn("ambiguous_content", errors)
            self.tool(5, "digest", "--layout", layout, "file_id.bin")
        self.tool(0, "sign", "--layout", "digsig", "sha256", "a.pem", "a.x509", "file_id.bin", "signed.bin")

    def test_keys_lists_what_a_policy_takes(self):
        rows = [line.split("\t") for line in self.tool(0, "keys", "--tsv", "a.pem", "a.digsig")[0].splitlines()]
        self.assertEqual([row[:6] for row in rows], [["a.pem", "accepted", "-", "-", "rsa", "2048"], ["a.digsig", "accepted", "-", "-", "rsa", "2048"]])
        must("openssl", "genrsa", "-out", "small.pem", "1024")
        must("openssl", "rsa", "-in", "small.pem", "-pubout", "-out", "small.pub")
        out, _ = self.tool(5, "keys", "--json", "small.pub")
        self.assertEqual((json.loads(out)["verdict"], json.loads(out)["errc"]), ("refused", "weak_key"))
        self.tool(0, "keys", "--policy", "legacy", "small.pub")
        self.tool(6, "keys", "small.pem")
        self.tool(7, "keys", "absent")


class Writing(InFolder):
    def test_genkey_makes_what_the_kernel_build_wants(self):
        self.assertEqual(mode("a.pem"), 0o600)
        text = must("openssl", "x509", "-in", "a.x509", "-inform", "DER", "-noout", "-text", "-nameopt", "utf8").decode()
        for wanted in "CN=Build time autogenerated kernel key", "CA:FALSE", "Digital Signature", "Subject Key Identifier", "Authority Key Identifier":
            self.assertIn(wanted, text.replace("CN = ", "CN="))
        must("openssl", "verify", "-CAfile", "a.pem", "a.pem")
        public = must("openssl", "pkey", "-in", "a.pem", "-pubout", "-outform", "DER")
        self.assertEqual(public, must("openssl", "pkey", "-pubin", "-outform", "DER", "-in", write("p", must("openssl", "x509", "-in", "a.pem", "-noout", "-pubkey"))))
        bits = public[-270:]  # SEQUENCE { n, e } of 2048 bits, at the end of the BIT STRING
        skid = re.search(r"Subject Key Identifier:\s*([0-9A-F:]+)", text).group(1).replace(":", "").lower()
        self.assertEqual(skid, must("openssl", "dgst", "-sha1", "-r", write("bits", bits)).decode()[:40])

    def test_genkey_never_overwrites_unless_told(self):
        before = {name: read(name) for name in ("a.pem", "a.x509", "a.digsig")}
        self.tool(2, "genkey", "--type", "rsa2048", "--out", "a.pem")
        os.rename("a.x509", "elsewhere")
        os.rename("a.pem", "elsewhere.pem")
        self.tool(2, "genkey", "--type", "rsa2048", "--out", "a.pem")  # a.digsig is still there
        self.assertFalse(os.path.exists("a.pem"))
        self.assertEqual(read("a.digsig"), before["a.digsig"])
        os.chmod(write("a.pem", b"old"), 0o644)
        self.tool(0, "genkey", "--type", "ecdsa-p256", "--force", "--out", "a.pem")
        self.assertEqual(mode("a.pem"), 0o600)
        self.assertFalse(os.path.exists("a.digsig"))  # of the old key

    def test_genkey_types_and_configuration(self):
        for kind, text in ("ecdsa-p256", "P-256"), ("ecdsa-p384", "P-384"), ("ed25519", "ED25519"):
            self.tool(0, "genkey", "--type", kind, "--out", f"{kind}.pem")
            self.assertIn(text, must("openssl", "x509", "-in", f"{kind}.pem", "-noout", "-text").decode())
            must("openssl", "verify", "-CAfile", f"{kind}.pem", f"{kind}.pem")
            self.tool(0, "keys", f"{kind}.x509")
        self.tool(2, "genkey", "--type", "rsa999", "--out", "x.pem")
        write("x509.genkey", b"""[ req ]
default_bits = 2048
distinguished_name = dn   # where
x509_extensions = myexts
[ dn ]
O = Some company
CN = Some key
emailAddress = a@example.org
[ myexts ]
basicConstraints=critical,CA:FALSE
keyUsage=digitalSignature
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
extendedKeyUsage=codeSigning
""")
        self.tool(0, "genkey", "--config", "x509.genkey", "--out", "c.pem")
        text = must("openssl", "x509", "-in", "c.pem", "-noout", "-text").decode()
        for wanted in "Some company", "Some key", "a@example.org", "Code Signing", "2048 bit":
            self.assertIn(wanted, text)
        write("bad.genkey", read("x509.genkey") + b"nsCertType=objsign\n")
        _, errors = self.tool(7, "genkey", "--config", "bad.genkey", "--out", "d.pem")
        self.assertIn("bad.genkey:15", errors)

    def test_signing_replaces_the_file_and_keeps_its_mode(self):
        os.chmod("plain.ko", 0o640)
        before = os.stat("plain.ko").st_ino
        self.tool(0, "sign", "--layout", "digsig", "sha256", "a.pem", "a.x509", "plain.ko")
        self.assertEqual(mode("plain.ko"), 0o640)
        self.assertNotEqual(os.stat("plain.ko").st_ino, before)
        self.assertEqual([n for n in os.listdir(".") if n.startswith(".")], [])
        self.verify(0, "plain.ko")

    def test_signing_through_a_link_keeps_the_link(self):
        os.symlink("plain.ko", "link.ko")
        self.tool(0, "sign", "--layout", "digsig", "sha256", "a.pem", "a.x509", "link.ko")
        self.assertTrue(os.path.islink("link.ko"))
        self.verify(0, "plain.ko")

    def test_a_failed_write_loses_nothing(self):
        os.mkdir("target")
        self.tool(7, "sign", "--layout", "digsig", "sha256", "a.pem", "a.x509", "plain.ko", "target")
        self.tool(7, "sign", "--layout", "digsig", "sha256", "a.pem", "a.x509", "plain.ko", "absent/x.ko")
        self.assertEqual(read("plain.ko"), self.content)
        self.assertEqual([n for n in os.listdir(".") if n.startswith(".")], [])

    def test_signing_twice_needs_replace(self):
        self.sign("plain.ko")
        once = read("plain.ko")
        self.tool(2, "sign", "--layout", "digsig", "sha256", "b.pem", "b.x509", "plain.ko")
        self.assertEqual(read("plain.ko"), once)
        self.tool(0, "sign", "--layout", "digsig", "--replace", "sha256", "b.pem", "b.x509", "plain.ko")
        self.assertEqual(len(read("plain.ko")), len(once))
        self.verify(0, "plain.ko", trust="b.pem")

    def test_a_compressed_module_is_not_signed(self):
        for name, start in ("x.ko.xz", b"\xfd7zXZ\0"), ("x.ko", b"\x1f\x8b\x08"), ("y.ko", b"\x28\xb5\x2f\xfd"):
            write(name, start + self.content)
            _, errors = self.tool(6, "sign", "--layout", "digsig", "sha256", "a.pem", "a.x509", name)
            self.assertIn("compressed", errors)
            self.assertEqual(read(name), start + self.content)

    def test_key_and_certificate_must_belong_together(self):
        self.tool(2, "sign", "--layout", "digsig", "sha256", "a.pem", "b.x509", "plain.ko")
        self.tool(7, "sign", "--layout", "digsig", "sha256", "a.x509", "a.x509", "plain.ko")
        self.tool(7, "sign", "--layout", "digsig", "sha256", "absent", "a.x509", "plain.ko")
        self.tool(7, "sign", "--layout", "digsig", "sha256", "a.pem", "a.x509", "absent")
        self.tool(2, "sign", "--layout", "digsig", "sha512", "a.pem", "a.x509", "plain.ko")
        self.assertEqual(read("plain.ko"), self.content)

    def test_private_keys_in_every_form(self):
        must("openssl", "pkcs8", "-topk8", "-in", "a.pem", "-out", "enc.pem", "-passout", "pass:secret")
        must("openssl", "rsa", "-in", "a.pem", "-traditional", "-out", "pkcs1.pem")
        certificate = read("a.pem")[read("a.pem").index(b"-----BEGIN CERT"):]
        write("certificate-first.pem", certificate + read("pkcs1.pem"))
        for key, status, environment in (("pkcs1.pem", 0, {}), ("certificate-first.pem", 0, {}), ("enc.pem", 7, {}),
                                         ("enc.pem", 7, {"KBUILD_SIGN_PIN": "wrong"}), ("enc.pem", 0, {"KBUILD_SIGN_PIN": "secret"})):
            with self.subTest(key=key, environment=environment):
                out = self.tool(status, "sign", "--force", "--layout", "digsig", "--replace", "sha256", key, "a.x509", "plain.ko", "out.ko", **environment)
                self.assertNotIn("secret", "".join(out))
        self.verify(0, "out.ko")

    def test_the_same_inputs_give_the_same_bytes(self):
        for name in "1", "2":
            self.tool(0, "sign", "--layout", "digsig", "sha256", "a.pem", "a.x509", "plain.ko", name, SOURCE_DATE_EPOCH="1344512043")
        self.assertEqual(read("1"), read("2"))
        self.assertEqual(read("1")[4097:4101], (1344512043).to_bytes(4, "little"))

    def test_the_key_identifier_can_be_said(self):
        self.tool(0, "sign", "--layout", "digsig", "--keyid", "00ab000000000001", "sha256", "a.pem", "a.x509", "plain.ko", "out.ko")
        self.assertEqual(self.tsv(4, "out.ko")[0][7], "00ab000000000001")
        os.mkdir("ring")
        shutil.copy("a.digsig", "ring/AB000000000001")
        self.tool(0, "verify", "--policy", "linux-digsig", "--user-keys", "ring", "out.ko")
        self.tool(4, "verify", "--policy", "legacy", "--user-keys", "ring", "out.ko")

    def test_strip_and_extract(self):
        self.sign()
        self.tool(0, "extract", "signed.ko", "out.sig")
        self.assertEqual(subprocess.run([TOOL, "extract", "signed.ko"], capture_output=True, check=True).stdout, read("out.sig"))
        self.tool(0, "strip", "signed.ko", "out.ko")
        self.assertEqual(read("out.ko"), self.content)
        self.verify(0, "--signature", "out.sig", "out.ko")
        self.tool(0, "strip", "signed.ko")
        self.assertEqual(read("signed.ko"), self.content)
        self.tool(3, "strip", "plain.ko")
        kernel = self.content + b"\x30\x01\x00" + bytes([0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 3]) + b"~Module signature appended~\n"
        write("kernel.ko", kernel)
        self.tool(2, "sign", "--layout", "digsig", "sha256", "a.pem", "a.x509", "kernel.ko")
        self.tool(0, "strip", "kernel.ko", "out.ko")
        self.assertEqual(read("out.ko"), self.content)
        self.tool(3, "extract", "plain.ko")

    def test_signing_elsewhere(self):
        digest = self.tool(0, "digest", "plain.ko")[0].strip()
        self.assertEqual(digest, must("openssl", "dgst", "-sha256", "-r", "plain.ko").decode()[:64])
        to_sign = bytes.fromhex(self.tool(0, "digest", "--layout", "digsig", "--cert", "a.x509", "plain.ko")[0])
        self.assertEqual(len(to_sign), 20)
        must("openssl", "pkeyutl", "-sign", "-inkey", "a.pem", "-in", write("digest", to_sign), "-out", "raw")
        self.tool(1, "attach", "--layout", "digsig", "--cert", "b.x509", "raw", "plain.ko", "no.ko")
        self.assertFalse(os.path.exists("no.ko"))
        self.tool(0, "attach", "--layout", "digsig", "--cert", "a.x509", "raw", "plain.ko", "out.ko")
        self.verify(0, "out.ko")
        self.tool(0, "extract", "out.ko", "whole.sig")
        self.tool(0, "attach", "--layout", "digsig", "--trust", "a.x509", "whole.sig", "plain.ko")
        self.assertEqual(read("plain.ko"), read("out.ko"))


class Inspecting(InFolder):
    def inspect(self, status, *arguments):
        return json.loads(self.tool(status, "inspect", "--json", *arguments)[0])

    def test_fields(self):
        self.tool(0, "sign", "--layout", "digsig", "sha256", "a.pem", "a.x509", "plain.ko", "signed.ko", SOURCE_DATE_EPOCH="1344512043")
        said = self.inspect(0, "--policy", "legacy", "--trust", "a.pem", "signed.ko")
        self.assertEqual((said["layout"], said["digest"], said["signed_digest"], said["scheme"]), ("digsig", "sha256", "sha1", "rsa-pkcs1-raw"))
        self.assertEqual((said["timestamp"], said["content_size"], said["signature_size"]), (1344512043, 4096, 274))
        self.assertEqual(said["verdict"], "verified")
        self.assertIn("2012-08-09", self.tool(0, "inspect", "signed.ko")[0])

    def test_what_probably_happened(self):
        signed = read(self.sign())
        self.assertIn("unknown_key", self.inspect(4, "--policy", "legacy", "--trust", "b.pem", "signed.ko")["hints"])
        self.assertIn("weak_format", self.inspect(5, "--trust", "a.pem", "signed.ko")["hints"])
        write("longer.ko", signed + b"\n")
        self.assertIn("data_after_signature", self.inspect(3, "longer.ko")["hints"])
        write("elf.ko", b"\x7fELF" + self.content)
        self.assertIn("stripped", self.inspect(3, "elf.ko")["hints"])
        write("gz.ko", b"\x1f\x8b" + self.content)
        self.assertIn("compressed", self.inspect(6, "gz.ko")["hints"])
        self.tool(0, "extract", "signed.ko", "one.sig")
        blob = signed[4096:]
        write("twice.ko", signed + blob)
        self.assertIn("double_signed", self.inspect(1, "--policy", "legacy", "--trust", "a.pem", "twice.ko")["hints"])

    def test_without_keys_only_the_form_counts(self):
        self.sign()
        self.inspect(0, "signed.ko")
        self.inspect(3, "plain.ko")
        self.tool(7, "inspect", "absent")


@unittest.skipUnless(shutil.which("evmctl"), "evmctl (ima-evm-utils) is not installed")
class Evmctl(InFolder):
    def keys_of(self, bits):
        must("openssl", "genrsa", "-out", "key.pem", str(bits))
        must("openssl", "rsa", "-in", "key.pem", "-pubout", "-out", "key.pub")

    def test_both_directions(self):
        usage = run("evmctl", "--help")
        if b"--rsa" not in usage.stdout + usage.stderr:
            self.skipTest("this evmctl is built without v1 signatures (Debian 13's is)")
        for bits in 1024, 2048, 3072, 4096:
            self.keys_of(bits)
            for hash_name in "sha1", "sha256":
                with self.subTest(bits=bits, hash=hash_name):
                    must("evmctl", "ima_sign", "--rsa", "--sigfile", "-a", hash_name, "-k", "key.pem", "plain.ko")
                    theirs = read("plain.ko.sig")
                    rows = self.tsv(0, "--layout", "digsig", "--signature", "plain.ko.sig", "plain.ko", trust="key.pub")
                    self.assertEqual(rows[0][4:6], ["digsig", hash_name])
                    os.remove("plain.ko.sig")
                    epoch = str(int.from_bytes(theirs[2:6], "little"))
                    self.tool(0, "sign", "--layout", "digsig", "--sigfile", hash_name, "key.pem", "key.pub", "plain.ko", SOURCE_DATE_EPOCH=epoch)
                    self.assertEqual(read("plain.ko.sig"), theirs)
                    must("evmctl", "ima_verify", "--rsa", "--sigfile", "-k", "key.pub", "plain.ko")
                    write("changed.ko", self.content + b"x")
                    shutil.copy("plain.ko.sig", "changed.ko.sig")
                    self.assertNotEqual(run("evmctl", "ima_verify", "--rsa", "--sigfile", "-k", "key.pub", "changed.ko").returncode, 0)
                    self.verify(1, "--signature", "changed.ko.sig", "changed.ko", trust="key.pub")
                    os.remove("plain.ko.sig")


def main():
    global TOOL
    TOOL = os.path.abspath(sys.argv[1])
    status = run_tests(sys.modules[__name__])
    if InFolder.keys:
        shutil.rmtree(InFolder.keys, ignore_errors=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
