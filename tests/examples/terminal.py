#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""What the tool does on a terminal: colours of verdicts and causes, and how far it is. terminal.py TOOL KEYS [TEST...]"""
import os
import pty
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

from harness import must, read, run, run_tests, write

TOOL = KEYS = ""
VERDICTS = b"verified", b"tolerated", b"rejected"
SIGNER = "\x1b[32mverified\x1b[0m \u009b31m"


def on_terminal(*command, stdout=True, stderr=True, **environment):
    """What reaches the terminal, and what went elsewhere. Variables are those of a terminal, unless told otherwise; None: unset."""
    env = {**os.environ, "TERM": "xterm", **environment}
    env.pop("NO_COLOR", None) if "NO_COLOR" not in environment else None
    env = {name: value for name, value in env.items() if value is not None}
    ours, theirs = pty.openpty()
    shown = []

    def collect():
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # EIO: nobody has the other end any more
                return
            if not part:
                return
            shown.append(part)

    reader = threading.Thread(target=collect)
    with subprocess.Popen([TOOL, *command], stdin=subprocess.DEVNULL, stdout=theirs if stdout else subprocess.PIPE, stderr=theirs if stderr else subprocess.PIPE, env=env, start_new_session=True) as child:
        os.close(theirs)
        reader.start()
        elsewhere = b"".join(part for part in child.communicate() if part)
    reader.join()
    os.close(ours)
    return b"".join(shown).replace(b"\r\n", b"\n"), elsewhere


class Colors(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="modsig-terminal-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        os.chdir(cls.folder)
        shutil.copy(f"{KEYS}/rsa2048.key.pem", "key.pem"), shutil.copy(f"{KEYS}/rsa2048.cert.pem", "cert.pem")
        must("openssl", "req", "-new", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "evil.key", "-out", "evil.pem", "-utf8", "-subj", "/CN=" + SIGNER, "-days", "9000",
             "-addext", "basicConstraints=critical,CA:FALSE", "-addext", "keyUsage=digitalSignature")
        write("unsigned.ko", bytes(range(256)) * 16)
        must(TOOL, "sign", "sha256", "key.pem", "cert.pem", "unsigned.ko", "signed.ko")
        must(TOOL, "sign", "sha256", "evil.key", "evil.pem", "unsigned.ko", "evil.ko")
        os.mkdir("tree")
        for kind in "signed", "unsigned", "evil":
            for name in b"plain.ko", b"\x1b[31m.ko", b"\xc2\x9b32mverified.ko", b"verified: rejected.ko", b"\x1b]0;title\x07.ko", b"new\nline.ko":
                shutil.copy(f"{kind}.ko", os.path.join(b"tree", kind.encode() + name))

    def setUp(self):
        os.chdir(self.folder)

    VERIFY = "verify", "--trust", "cert.pem"

    def test_when_there_are_colors(self):
        for has_colors, choice, environment, terminal in (
                (True, [], {}, True), (True, ["--color", "auto"], {}, True), (True, [], {"NO_COLOR": ""}, True),
                (False, [], {"NO_COLOR": "1"}, True), (False, [], {"NO_COLOR": "0"}, True), (False, ["--color=auto"], {"NO_COLOR": "1"}, True),
                (False, [], {"TERM": "dumb"}, True), (False, [], {"TERM": None}, True), (False, [], {"TERM": ""}, True),
                (False, ["--color", "never"], {}, True), (False, [], {}, False), (False, ["--color", "auto"], {}, False),
                (True, ["--color", "always"], {}, False), (True, ["--color", "always"], {"NO_COLOR": "1", "TERM": "dumb"}, False), (True, ["--color", "always"], {"NO_COLOR": "1"}, True)):
            for command in [*self.VERIFY, "signed.ko"], ["inspect", "--trust", "cert.pem", "signed.ko"]:
                with self.subTest(choice=choice, environment=environment, terminal=terminal, command=command[0]):
                    shown, elsewhere = on_terminal(*command, *choice, stdout=terminal, stderr=False, **environment)
                    self.assertEqual(b"\x1b[32mverified\x1b[0m" in shown + elsewhere, has_colors)
                    self.assertEqual(b"\x1b" in shown + elsewhere, has_colors)

    def test_only_verdicts_and_causes_have_colors(self):
        for policy in "strict", "permissive":
            for trusted in ["cert.pem"], ["cert.pem", "evil.pem"]:
                command = ["verify", "--policy", policy, *(word for path in trusted for word in ("--trust", path)), "tree"]
                plain, colored = (run(TOOL, *command, "--color", choice).stdout for choice in ("never", "always"))
                self.assertNotIn(b"\x1b", plain)
                self.assertEqual(re.sub(rb"\x1b\[\d+m", b"", colored), plain)
                painted = re.findall(rb"\x1b\[(\d+)m([^\x1b]*)\x1b\[0m", colored)
                self.assertEqual(2 * len(painted), colored.count(b"\x1b"))
                tints = dict(zip(VERDICTS, (b"32", b"33", b"31")))
                for tint, word in painted:
                    self.assertEqual(tint, tints.get(word, b"1"))
                for line in colored.splitlines():
                    if b"\x1b" in line:
                        self.assertRegex(line, rb"^(    cause: \x1b\[1m[a-z_]+\x1b\[0m$|tree/[^\x1b]*: \x1b\[3[123]m(verified|tolerated|rejected)\x1b\[0m)")
                self.assertEqual(sum(word in VERDICTS for _, word in painted), len(os.listdir("tree")))

    def test_forms_for_programs_have_none(self):
        for form in "--json", "--tsv", "--sarif", "--junit", "--html=-", "--quiet":
            shown, _ = on_terminal(*self.VERIFY, "--color", "always", form, "tree", stderr=False)
            self.assertNotIn(b"\x1b", shown, form)
        self.assertNotIn(b"\x1b", on_terminal("inspect", "--json", "--color", "always", "evil.ko", stderr=False)[0])

    def test_inspect(self):
        colored = run(TOOL, "inspect", "--color=always", "--trust", "cert.pem", "evil.ko").stdout
        self.assertEqual([line for line in colored.splitlines() if b"\x1b" in line], [b"verdict: \x1b[31mrejected\x1b[0m", b"cause: \x1b[1munknown_key\x1b[0m"])


class Progress(unittest.TestCase):
    LINE = rb"\r(\d+) of 96, \d+ files/s, \d+ MB/s, (\d+ h )?(\d+ min )?\d+ (s|min) left\x1b\[K"

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="modsig-progress-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        os.chdir(cls.folder)
        with open("large", "wb") as file:
            file.truncate(8 << 20)
        must(TOOL, "sign", "sha256", f"{KEYS}/rsa2048.key.pem", f"{KEYS}/rsa2048.cert.pem", "large", "large.ko")
        os.mkdir("tree")
        for i in range(96):
            os.link("large.ko", f"tree/{i}.ko")

    def verify(self, *more, **options):
        os.chdir(self.folder)
        return on_terminal("verify", "-j", "1", "--trust", f"{KEYS}/rsa2048.cert.pem", *more, "tree", **options)

    def test_on_a_terminal(self):
        shown, elsewhere = self.verify("--tsv", stdout=False)
        self.assertEqual(elsewhere.count(b"\tverified\t"), 96)
        done = [int(found[0]) for found in re.findall(self.LINE, shown)]
        self.assertTrue(done, shown)
        self.assertEqual(done, sorted(done))
        self.assertEqual(re.sub(self.LINE, b"", shown), b"\r\x1b[K")  # and taken away

    def test_lines_of_output_stand_alone(self):
        shown, _ = self.verify("--tsv")
        self.assertRegex(shown, self.LINE)
        lines = re.sub(self.LINE, b"", shown).replace(b"\r\x1b[K", b"").splitlines()
        self.assertEqual([line for line in lines if not re.match(rb"tree/\d+\.ko\tverified\t", line)], [])
        self.assertEqual(len(lines), 96)

    def test_elsewhere_it_is_quiet(self):
        self.assertEqual(self.verify("--tsv", stdout=False, stderr=False)[0], b"")
        self.assertNotIn(b"left", self.verify("--tsv", stderr=False)[0])
        self.assertEqual(self.verify("--quiet"), (b"", b""))
        for terminal in "dumb", None:
            self.assertEqual(self.verify("--tsv", stdout=False, TERM=terminal)[0], b"")


if __name__ == "__main__":
    TOOL, KEYS = map(os.path.abspath, sys.argv[1:3])
    sys.exit(run_tests(sys.modules[__name__], sys.argv[3:]))
