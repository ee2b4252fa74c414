#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Every command, every long option and every value of an option that takes one of several words, misspelt: the tool names what was
meant. What the tool says of itself (--describe) is the list, so that no new word is forgotten. suggestions.py TOOL ROOT [TEST...]"""
import os
import shutil
import sys
import tempfile
import unittest

from harness import must, run, run_tests, write

TOOL = ROOT = ""

# Arguments without which a command line is refused for another reason.
ARGUMENTS = {
    "verify": ["file"], "inspect": ["file"], "keys": ["file"], "genkey": [], "sign": ["sha256", "key", "cert", "file"], "install": ["--from", "from", "--to", "to"], "digest": ["file"],
    "attach": ["--cert", "cert", "raw", "file"], "strip": ["file"], "extract": ["file"], "load": ["file"], "revoke-line": ["file"],
}
# Options that take one of several words, and what they need beside them. Their words are those of their purpose in --help, or of the
# lists below.
BESIDE = {("verify", "--appraise-type"): ["--policy", "linux-ima"], ("inspect", "--appraise-type"): ["--policy", "linux-ima"], ("verify", "--hash"): ["--layout", "fsverity"],
          ("inspect", "--hash"): ["--layout", "fsverity"], ("verify", "--ima-hash"): ["--policy", "linux-ima"], ("inspect", "--ima-hash"): ["--policy", "linux-ima"]}
LINUX = ["--policy", "linux-modsign"]
DIGESTS = ["sha1", "sha224", "sha256", "sha384", "sha512", "sha3-256", "sha3-384", "sha3-512"]
LAYOUTS = ["modsign", "digsig", "bpf", "fsverity", "ima", "evm", "mcuboot"]
RELEASES = ["6.1", "6.12", "7.2", "7.3"]
KERNEL_WORDS = ["mldsa", "waiver", "sha3", "sm3", "platform"]
CLASSES = ["pq", "classical", "rsa", "ecdsa", "ed25519", "ml-dsa", "all"]
BY_HAND = {(command, option): words for option, words, commands in (
    ("--hash", DIGESTS, ("verify", "inspect", "install", "digest", "attach")), ("--ima-hash", DIGESTS, ("verify", "inspect")), ("--require", CLASSES, ("verify",)),
    ("--policy", ["strict", "legacy", "permissive", "linux-modsign", "linux-modsign-relaxed", "linux-ima", "linux-digsig"], ("keys",)), ("--layout", ["digsig", "evm", "ima", "modsign"], ("digest",)), ("--appraise-type", ["imasig", "sigv3", "modsig"], ("verify", "inspect")),
) for command in commands}


def misspelt(word):
    """The first letter twice: no other word is as near."""
    start = len(word) - len(word.lstrip("-"))
    return word[:start] + word[start] + word[start:]


class Meant(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        sys.path.insert(0, os.path.join(ROOT, "examples/packaging"))
        import pages
        cls.commands = {command.name: command for command in pages.describe(TOOL)[0]}
        cls.folder = tempfile.mkdtemp(prefix="modsig-meant-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        os.chdir(cls.folder)
        os.mkdir("from"), write("from/a.ko", b"a module"), write("file", b"a module")

    def suggested(self, meant, *arguments):
        with self.subTest(arguments=arguments):
            done = run(TOOL, *arguments)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(f"; did you mean {meant}?".encode(), done.stderr)

    def not_suggested(self, *arguments):
        with self.subTest(arguments=arguments):
            done = run(TOOL, *arguments)
            self.assertNotIn(b"did you mean", done.stderr)
            return done.returncode

    def words_of(self, command, option):
        return BY_HAND.get((command.name, option.names[-1]), option.choices)

    def test_commands(self):
        self.assertEqual(set(self.commands), set(ARGUMENTS))
        for name in self.commands:
            self.suggested(name, misspelt(name), "file")

    def test_options(self):
        for command in self.commands.values():
            for option in command.options:
                for name in option.names:
                    if name.startswith("--"):
                        self.suggested(name, command.name, misspelt(name), *ARGUMENTS[command.name])
                        self.suggested(name, command.name, misspelt(name) + "=x", *ARGUMENTS[command.name])

    def test_values(self):
        asked = set()
        for command in self.commands.values():
            for option in command.options:
                name = option.names[-1]
                beside = BESIDE.get((command.name, name), [])
                for word in self.words_of(command, option):
                    asked.add((command.name, name))
                    self.suggested(word, command.name, *beside, name, misspelt(word), *ARGUMENTS[command.name])
                    if command.name not in ("genkey", "install"):  # which would make a key
                        self.not_suggested(command.name, *beside, name, word, *ARGUMENTS[command.name])
        self.assertLessEqual({("verify", "--policy"), ("verify", "--layout"), ("verify", "--trust-form"), ("verify", "--color"), ("verify", "--appraise-type"), ("inspect", "--color"), ("load", "--policy"),
                              ("attach", "--policy"), ("genkey", "--type"), ("install", "--type"), ("install", "--compress"), ("install", "--layout"), ("sign", "--layout"), ("attach", "--layout"), *BY_HAND}, asked)

    def test_options_of_words_that_the_help_text_does_not_list(self):
        """A value type that is a word, of which nobody has said here what the words are."""
        words = {"POLICY", "TYPE", "L", "HOW", "H", "CLASS[=K]|all"}
        for command in self.commands.values():
            for option in command.options:
                if option.value in words:
                    self.assertTrue(self.words_of(command, option), (command.name, option.names))

    def test_kernels(self):
        for command in "verify", "inspect", "load", "attach":
            for release in RELEASES:
                self.suggested(release, command, *LINUX, "--kernel", misspelt(release), *ARGUMENTS[command])
            for word in KERNEL_WORDS:
                self.suggested(word, command, *LINUX, "--kernel", "7.3," + misspelt(word), *ARGUMENTS[command])
                self.suggested("no-" + word, command, *LINUX, "--kernel", "7.3,no-" + misspelt(word), *ARGUMENTS[command])

    def test_words_among_arguments(self):
        for digest in DIGESTS:
            self.suggested(digest, "sign", misspelt(digest), "key", "cert", "file")
        for layout in LAYOUTS:
            self.suggested(layout, "verify", "--trust-for", misspelt(layout), "cert", "file")
        for kind in CLASSES[:-1]:
            self.suggested(kind, "verify", "--require", misspelt(kind) + "=2", "file")

    def test_capitals(self):
        self.suggested("strict", "verify", "--policy", "STRICT", "file")
        self.suggested("rsa4096", "genkey", "--type", "RSA4096")

    def test_letters_left_out_or_swapped(self):
        for meant, *arguments in (("--trust", "verify", "--trsut", "a", "b"), ("verify", "verfy", "b"), ("inspect", "inspct", "b"), ("strict", "verify", "--policy", "strcit", "b"),
                                  ("modsign", "verify", "--layout", "modsing", "b"), ("linux-modsign", "keys", "--policy", "linux-modsig", "b"), ("fsverity", "sign", "--layout", "fsverify", "sha256", "a", "b", "c")):
            self.suggested(meant, *arguments)

    def test_what_is_near_nothing_suggests_nothing(self):
        for arguments in ("verify", "--xylophone", "b"), ("xylophone", "b"), ("verify", "--policy", "nothing-like-it", "b"), ("verify", "--policy", "", "b"), ("verify", "--layout", "x" * 5000, "b"):
            self.assertEqual(self.not_suggested(*arguments), 2)

    def test_every_command_shows_examples(self):
        for name, command in self.commands.items():
            text = must(TOOL, name, "--help").decode()
            self.assertTrue(command.examples, name)
            for example in command.examples:
                self.assertIn(f"\n  {example}", text)


if __name__ == "__main__":
    TOOL, ROOT = map(os.path.abspath, sys.argv[1:3])
    sys.exit(run_tests(sys.modules[__name__], sys.argv[3:]))
