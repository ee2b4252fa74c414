#!/usr/bin/env python3
"""Meson's option builtin_keys: the tool with two keys, a user's project with others, keys that stop the build.
builtin_keys.py TOOL TOOL_WITH_KEYS SOURCE"""
import base64
import os
import re
import shutil
import sys
import tempfile
import unittest

from harness import must, read, run, run_tests, write

TOOL = WITH_KEYS = SOURCE = KEYS = SIGNED = ""
PROJECT = b"""project('user', 'cpp', default_options: ['cpp_std=c++20', 'buildtype=plain', 'werror=true', 'warning_level=3',
  'cpp_args=-Wno-error=deprecated-declarations'])
modsig = subproject('modsig')
executable('user', 'main.cpp', dependencies: [modsig.get_variable('modsig_builtin_keys_dep'), dependency('dl')])
"""
MAIN = b"""#include "modsig_builtin_keys.hpp"

#include <modsig/load/sealed_file.hpp>
#include <modsig/modsig.hpp>

#include <cstdio>
#include <string>

using checker = modsig::verifier<modsig::layouts<modsig::layout::modsign, modsig::layout::digsig>, modsig::engine::botan, modsig::policy::legacy>;

int main(int, char** arguments) {
    auto file = modsig::load::sealed_file::open(arguments[1]);
    if (!file) return 7;
    const auto proof = checker{modsig_builtin_keys::trust}.verify(*std::move(file));
    std::puts(std::string(proof ? "verified" : name(proof.error().code)).c_str());
    return proof ? 0 : 1;
}
"""


def key(name):
    return os.path.join(KEYS, name)


class InFolder(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="modsig-builtin-")
        self.addCleanup(shutil.rmtree, self.folder)
        os.chdir(self.folder)
        write("plain.ko", bytes(range(256)) * 16)
        for name in "p256", "rsa3072":
            must(TOOL, "sign", "sha256", key(f"{name}.key.pem"), key(f"{name}.cert.pem"), "plain.ko", f"{name}.ko")


class Tool(InFolder):
    def test_without_trust_the_tool_trusts_what_it_was_built_with_and_says_so(self):
        def verify(status, *arguments):
            done = run(WITH_KEYS, "verify", "--policy", "legacy", *arguments)
            self.assertEqual(done.returncode, status, done.stdout.decode() + done.stderr.decode())
            return done.stderr.decode()

        said = verify(0, SIGNED, "p256.ko")
        self.assertEqual(said, "modsig: no --trust is given, so keys are those of builtin rsa2048.cert.pem, builtin p256.cert.der "
                               "(2 keys looked at)\n")
        self.assertEqual(verify(0, "--quiet", SIGNED, "p256.ko"), "")
        verify(4, "rsa3072.ko")
        verify(3, "plain.ko")
        # A key that is named counts instead of those.
        self.assertEqual(verify(4, "--trust", key("rsa3072.cert.pem"), SIGNED, "p256.ko"), "")
        self.assertEqual(verify(0, "--trust", key("rsa3072.cert.pem"), "rsa3072.ko"), "")
        for status, file in (0, SIGNED), (0, "p256.ko"), (4, "rsa3072.ko"):
            done = run(WITH_KEYS, "inspect", "--policy", "legacy", file)
            self.assertEqual(done.returncode, status, done.stdout)

    def test_the_option_gives_them_to_the_tool_and_installs_them(self):
        shutil.copy(key("rsa2048.cert.pem"), "vendor.pem")
        shutil.copy(key("p256.cert.der"), "distribution.der")
        must("meson", "setup", "build", SOURCE, "--buildtype=plain", "-Dtests=false",
             f"-Dbuiltin_keys={self.folder}/vendor.pem,{self.folder}/distribution.der")
        # Of the tool only the part that has the keys.
        trust = "examples/modsig/modsig.p/trust.cpp.o"
        must("ninja", "-C", "build", trust)
        for text in b"vendor.pem", b"distribution.der", read(key("p256.cert.der")):
            self.assertIn(text, read("build/" + trust))
        # modsig_builtin_keys.hpp is installed for those who ask pkg-config.
        installed = must("meson", "introspect", "build", "--installed").decode()
        self.assertIn("include/modsig_builtin_keys.hpp", installed)


class Project(InFolder):
    """A project of a user's, with modsig as a subproject."""

    def setUp(self):
        super().setUp()
        write("meson.build", PROJECT)
        write("main.cpp", MAIN)
        os.mkdir("subprojects")
        os.symlink(SOURCE, "subprojects/modsig")

    def setup(self, *keys):
        return run("meson", "setup", "build", f"-Dmodsig:builtin_keys={','.join(keys)}", "--fatal-meson-warnings")

    def outcome(self, *files):
        return [run("build/user", file).stdout.decode().strip() for file in files]

    def stops_the_build(self, *texts):
        done = run("ninja", "-C", "build")
        self.assertNotEqual(done.returncode, 0)
        for text in texts:
            self.assertIn(text, done.stdout.decode() + done.stderr.decode())

    def test_a_user_has_the_keys_in_all_forms_and_a_changed_file_is_noticed(self):
        os.mkdir("keys")
        shutil.copy(key("rsa2048.digsig-v1.bin"), "keys/blob.bin")
        write("keys/bundle.pem", b"Two.\n" + read(key("p384.cert.pem")).replace(b" CERT", b" X509 CERT") + b"\n" + read(key("p256.cert.pem")))
        write("keys/public.pem", read(key("ed25519.pub.pem")))
        shutil.copy(key("rsa1024.pub.der"), "keys/public.der")
        # Relative to the user's project.
        done = self.setup("keys/blob.bin", "keys/bundle.pem", "keys/public.pem", "keys/public.der")
        self.assertEqual(done.returncode, 0, done.stdout.decode() + done.stderr.decode())
        must("ninja", "-C", "build")
        self.assertEqual(self.outcome(SIGNED, "p256.ko", "rsa3072.ko", "plain.ko"), ["verified", "verified", "key_not_found", "no_signature"])
        header = read("build/subprojects/modsig/modsig_builtin_keys.hpp").decode()
        self.assertEqual(re.findall(r'\{"(.*)", key_(\d)', header),
                         [("blob.bin", "0"), ("bundle.pem", "1"), ("bundle.pem", "2"), ("public.pem", "3"), ("public.der", "4")])
        self.assertNotIn(self.folder, header)
        self.assertIn("no work to do", must("ninja", "-C", "build").decode())

        shutil.copy(key("rsa3072.cert.pem"), "keys/bundle.pem")
        must("ninja", "-C", "build")
        self.assertEqual(self.outcome(SIGNED, "p256.ko", "rsa3072.ko"), ["verified", "key_not_found", "verified"])

        # Signing keys with their certificate, as the kernel's build has them: the certificate counts, the key stays outside.
        write("keys/bundle.pem", read(key("p256.key.pem")) + read(key("p256.cert.pem")))
        must("ninja", "-C", "build")
        self.assertEqual(self.outcome(SIGNED, "p256.ko", "rsa3072.ko"), ["verified", "verified", "key_not_found"])
        self.assertEqual(len(re.findall("inline constexpr unsigned char", read("build/subprojects/modsig/modsig_builtin_keys.hpp").decode())), 4)

    def test_what_is_no_key_stops_the_build_and_says_why(self):
        certificate = read(key("rsa2048.cert.der"))
        pem = read(key("rsa2048.cert.pem"))
        cut = b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(certificate[:-1]) + b"-----END CERTIFICATE-----\n"
        shutil.copy(key("rsa2048.cert.der"), "good.der")
        write("bad", certificate[:-1])
        write("main.cpp", b'#include "modsig_builtin_keys.hpp"\nint main() {}\n')
        self.assertEqual(self.setup("good.der", "bad").returncode, 0)
        cases = [(certificate[:-1], ["modsig: a builtin key is malformed", "key_1_bad", "truncated"]),
                 (certificate + b"\0", ["modsig: a builtin key is malformed", "key_1_bad", "trailing_garbage"]),
                 (b"no key at all", ["modsig: a builtin key is malformed", "key_1_bad"]),
                 (pem[:-10], ["bad: bad_text at offset 0"]),
                 (pem.replace(b"MII", b"M!I", 1), ["bad: bad_text at offset 0"]),
                 (pem + cut, ["modsig: a builtin key is malformed", "key_2_bad", "truncated"]),
                 (read(key("rsa2048.key.pem")), ["bad: wrong_key_kind"]),
                 (b"-----BEGIN DH PARAMETERS-----\nMAA=\n-----END DH PARAMETERS-----\n", ["bad: unsupported_key"]),
                 (b"\xef\xbb\xbf" + pem, ["bad: unsupported_key: a byte order mark"]),
                 (pem.decode().encode("utf-16"), ["bad: unsupported_key: UTF-16"]),
                 (b"cert: |\n  " + pem.replace(b"\n", b"\n  "), ["bad: unsupported_key: indented PEM"]),
                 (b"<cert>" + pem.strip() + b"</cert>\n", ["bad: unsupported_key: indented PEM, or PEM within XML"]),
                 (bytes.fromhex("a159c0a5e494a74a87b5ab155c2bf072") + bytes(12), ["bad: unsupported_key: an EFI signature list"]),
                 (pem.replace(b" CERTIFICATE", b" TRUSTED CERTIFICATE"), ["bad: unsupported_key: TRUSTED CERTIFICATE", "openssl x509"]),
                 (b"", ["bad is empty"])]
        for content, texts in cases:
            with self.subTest(texts):
                write("bad", content)
                self.stops_the_build(*texts)
        write("bad", certificate)
        must("ninja", "-C", "build")
        print(f"{len(cases)} files that are no keys")

    def test_a_file_that_is_not_there_stops_the_configuration(self):
        done = self.setup("absent.pem")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(f"builtin_keys: {self.folder}/absent.pem is no file", done.stdout.decode())

    def test_without_the_option_there_is_no_trust(self):
        self.assertEqual(self.setup().returncode, 0)
        self.stops_the_build("is not a member of", "trust")


if __name__ == "__main__":
    TOOL, WITH_KEYS, SOURCE = map(os.path.abspath, sys.argv[1:4])
    KEYS, SIGNED = os.path.join(SOURCE, "tests/data/corpus/keys"), os.path.join(SOURCE, "tests/data/signed.modsig")
    sys.exit(run_tests(sys.modules[__name__], sys.argv[4:]))
