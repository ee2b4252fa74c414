#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""The Python module over libmodsig: verdicts of the corpus, what is loaded, faults, threads, handles, types.
python_module.py SOURCE LIBRARY CORPUS PLUGIN UNSIGNED [TEST...]: SOURCE is the project; PLUGIN is signed and has a function `announce`
that returns 42, UNSIGNED is the same without a signature."""
import ctypes
import errno
import fcntl
import gc
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../examples"))
from harness import read, run, run_tests

SOURCE, LIBRARY, CORPUS, PLUGIN, UNSIGNED = map(os.path.abspath, sys.argv[1:6])
sys.path.insert(0, os.path.join(SOURCE, "examples/python"))
ctypes.CDLL(LIBRARY)  # the dynamic linker finds it by its name from now on
import modsig
from modsig import native

NOW = 1790000000  # within the validity of the corpus' certificates that are not expired


def corpus(name):
    return os.path.join(CORPUS, name)


KEY, OTHER_KEY = corpus("keys/rsa2048.cert.pem"), corpus("keys/rsa3072.cert.pem")


def descriptors():
    return len(os.listdir("/proc/self/fd"))


class InFolder(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="modsig-python-")
        self.addCleanup(shutil.rmtree, self.folder)
        os.chdir(self.folder)


class Binding(unittest.TestCase):
    """What native.py says is what modsig.h says."""

    def setUp(self):
        self.header = re.sub(r"/\*.*?\*/", "", read(os.path.join(SOURCE, "examples/c-library/modsig.h")).decode(), flags=re.S)

    def test_functions(self):
        declared = dict(re.findall(r"^MODSIG_API [^;]*?\b(modsig_\w+)\(([^)]*)\)", self.header, re.M))
        self.assertEqual(set(native.FUNCTIONS), set(declared))
        for name, (_, *taken) in native.FUNCTIONS.items():
            self.assertEqual(len(taken), 0 if declared[name] == "void" else declared[name].count(",") + 1, name)

    def test_structs(self):
        for name, struct in (("modsig_options", native.Options), ("modsig_input", native.Input)):
            body = re.search(rf"typedef struct {name} \{{(.*?)\}}", self.header, re.S)[1]
            self.assertEqual(re.findall(r"(\w+);", body), [field[0] for field in struct._fields_])

    def test_numbers(self):
        for prefix, enumeration in (("MODSIG_", modsig.Verdict), ("MODSIG_KIND_", modsig.Kind)):
            for member in enumeration:
                self.assertRegex(self.header, rf"\b{prefix}{member.name} = {member.value}\b")
        self.assertEqual(self.header.count("MODSIG_KIND_"), len(modsig.Kind))

    def test_version(self):
        self.assertEqual(".".join(map(str, modsig.version())), re.search(r"^project\(.* version: '([^']*)'", read(os.path.join(SOURCE, "meson.build")).decode())[1])
        self.assertIn(modsig.engine(), ("native", "best"))


class Verdicts(InFolder):
    def test_rows_of_the_corpus(self):
        """Those whose reason the corpus names as finely as modsig does."""
        compared = 0
        exact = {"valid": "none"} | {name: name for name in ("no_signature", "revoked", "expired", "weak_digest", "weak_key", "bad_padding")}
        rows = [line.split("\t") for line in read(corpus("manifest.tsv")).decode().splitlines()[1:]]
        for file, form, payload, keys, expected, strict, *_ in rows:
            if form not in ("modsign", "digsig-v1-modsig", "pkcs7-detached") or keys == "-":
                continue
            trust = modsig.Trust(*(corpus(key) for key in keys.split(",")))
            for policy, column in (("legacy", expected), ("strict", strict)):
                if column not in exact:
                    continue
                verifier = modsig.Verifier(trust, policy=policy, layouts="digsig" if form.startswith("digsig") else "modsign", time=NOW)
                result = verifier.verify(corpus(file if payload == "-" else payload), signature=None if payload == "-" else corpus(file))
                self.assertEqual(result.reason, exact[column], f"{file} {policy}")
                self.assertEqual(result.verdict is modsig.Verdict.VERIFIED, column == "valid")
                compared += 1
        self.assertGreater(compared, 200)

    def test_a_file_its_descriptor_and_its_bytes_have_one_verdict(self):
        verifier = modsig.Verifier(modsig.Trust(KEY), policy="legacy")
        with open(PLUGIN, "rb") as opened:
            results = [verifier.verify(file) for file in (PLUGIN, opened.fileno(), read(PLUGIN))]
        self.assertEqual(results[0], results[1])
        self.assertEqual(results[0], results[2])
        result = results[0]
        self.assertEqual((result.verdict, result.kind, result.reason, result.errno), (modsig.Verdict.VERIFIED, modsig.Kind.NONE, "none", 0))
        self.assertEqual((result.layout, result.digest, result.content_size), ("digsig", "sha256", os.path.getsize(UNSIGNED)))
        self.assertRegex(result.key_id, "^[0-9a-f]{16}$")
        self.assertTrue(result.signer)

    def test_only_what_is_verified_is_true(self):
        self.assertTrue(modsig.verify(PLUGIN, trust=KEY, policy="legacy"))
        tolerated = modsig.verify(UNSIGNED, trust=KEY, policy="permissive")
        self.assertIs(tolerated.verdict, modsig.Verdict.TOLERATED)
        for result in (tolerated, modsig.verify(UNSIGNED, trust=KEY), modsig.verify("missing", trust=KEY)):
            self.assertFalse(result)
            self.assertFalse(result.verdict)

    def test_trust_may_be_several_sources(self):
        for trust in (modsig.Trust(KEY), read(KEY), [OTHER_KEY, KEY], (read(OTHER_KEY), read(KEY))):
            self.assertTrue(modsig.verify(PLUGIN, trust=trust, policy="legacy"))
        self.assertEqual(modsig.verify(PLUGIN, trust=OTHER_KEY, policy="legacy").kind, modsig.Kind.UNKNOWN_KEY)

    def test_a_revocation_counts_for_later_verifiers(self):
        trust = modsig.Trust(KEY)
        before = modsig.Verifier(trust, policy="legacy")
        with self.assertRaisesRegex(modsig.ConfigurationError, "bin:|not used|memory"):
            trust.revoke(b"bin:00\n")
        trust.revoke(corpus("keys/rsa2048.pub.pem"))
        self.assertTrue(before.verify(PLUGIN))
        self.assertEqual(modsig.Verifier(trust, policy="legacy").verify(PLUGIN).reason, "revoked")


class Loading(InFolder):
    def setUp(self):
        super().setUp()
        self.verifier = modsig.Verifier(modsig.Trust(KEY), policy="legacy")

    def test_the_bytes_that_were_verified(self):
        shutil.copy(PLUGIN, "plugin.so")
        with self.verifier.open_verified("plugin.so") as file:
            with open("plugin.so", "r+b") as changed:
                changed.write(b"EVIL")
            self.assertEqual(file.content(), read(UNSIGNED))
            with file.open() as opened:
                self.assertEqual(opened.read(), read(PLUGIN))
            seals = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL
            self.assertEqual(fcntl.fcntl(file.fileno(), fcntl.F_GET_SEALS) & seals, seals)
            with self.assertRaises(OSError):
                os.pwrite(file.fileno(), b"x", 0)
        with self.assertRaisesRegex(ValueError, "closed"):
            file.fileno()
        self.assertIs(self.verifier.verify("plugin.so").kind, modsig.Kind.BAD_SIGNATURE)

    def test_a_library(self):
        library = self.verifier.load_verified(PLUGIN)
        self.assertEqual(library.announce(), 42)
        self.assertTrue(library.file.result)
        self.assertEqual(modsig.load_verified(PLUGIN, trust=KEY, policy="legacy").announce(), 42)

    def test_what_is_not_verified_is_not_given(self):
        flipped = bytearray(read(PLUGIN))
        flipped[100] ^= 1
        with open("flipped.so", "wb") as file:
            file.write(flipped)
        os.mkfifo("fifo")
        for file, trust, error in ((UNSIGNED, KEY, modsig.NotSigned), (PLUGIN, OTHER_KEY, modsig.UnknownKey), ("flipped.so", KEY, modsig.BadSignature),
                                   ("fifo", KEY, modsig.Unreadable), ("/dev/zero", KEY, modsig.Unreadable), ("missing", KEY, modsig.Unreadable), (".", KEY, modsig.Unreadable)):
            for call in (modsig.open_verified, modsig.load_verified):
                with self.subTest(file), self.assertRaises(error) as raised:
                    call(file, trust=trust, policy="legacy")
                self.assertIn(raised.exception.result.reason, str(raised.exception))
        with self.assertRaises(modsig.Refused):
            modsig.open_verified(PLUGIN, trust=KEY)  # strict refuses SHA-1
        with self.assertRaises(modsig.NotSigned):
            modsig.open_verified(UNSIGNED, trust=KEY, policy="permissive")  # tolerated
        self.assertEqual(modsig.verify("missing", trust=KEY).errno, errno.ENOENT)
        with open(PLUGIN, "rb") as file, self.assertRaises(OSError):
            modsig.verify(file.fileno() + 2**32, trust=KEY)


class Faults(InFolder):
    def test_what_cannot_be_understood(self):
        trust = modsig.Trust(KEY)
        for wrong in ({"policy": "no"}, {"layouts": "no"}, {"layouts": ["modsign", ""]}, {"policy": "linux-modsign", "kernel": "2.4"}, {"kernel": "6.12"}):
            with self.subTest(wrong), self.assertRaises(modsig.ConfigurationError):
                modsig.Verifier(trust, **wrong)
        os.mkfifo("fifo")
        for key in ("missing", "fifo", "/dev/zero", os.path.join(SOURCE, "README.md"), b"", b"nonsense", "."):
            with self.subTest(key), self.assertRaises(modsig.ConfigurationError):
                modsig.Trust(key)
        with self.assertRaisesRegex(modsig.ConfigurationError, "missing.*No such file"):
            modsig.Trust("missing")
        for call in (lambda name: modsig.verify(name, trust=KEY), modsig.Trust):
            with self.assertRaisesRegex(ValueError, "null byte"):
                call("plugin.so\0.txt")
        self.assertEqual(trust.key_count, 1)

    def test_no_argument_is_taken_for_another(self):
        trust = modsig.Trust(KEY)
        for time in 0, 2**63, 2**64, 2**64 + NOW, -(2**63) - 1:  # the system's time, or one that C sees wrapped around
            with self.subTest(time), self.assertRaisesRegex(modsig.ConfigurationError, "is no time"):
                modsig.Verifier(trust, policy="legacy", time=time)
        with self.assertRaisesRegex(ValueError, "signature"):  # not the appended one
            modsig.Verifier(trust, policy="legacy").verify(PLUGIN, is_attribute=True)

    def test_names_that_are_no_utf8(self):
        shutil.copy(PLUGIN, b"\xff.so")
        self.assertTrue(modsig.verify(os.fsdecode(b"\xff.so"), trust=KEY, policy="legacy"))
        with self.assertRaises(modsig.ConfigurationError):
            modsig.Trust(os.fsdecode(b"\xfe.pem"))

    def test_closed_objects_say_so(self):
        with modsig.Trust(KEY) as trust, modsig.Verifier(trust) as verifier:
            trust.close()
            trust.close()
            with self.assertRaisesRegex(ValueError, "Trust is closed"):
                trust.add(KEY)
        with self.assertRaisesRegex(ValueError, "Verifier is closed"):
            verifier.verify(PLUGIN)

    def test_handles_are_released(self):
        verifier = modsig.Verifier(modsig.Trust(KEY), policy="legacy")
        gc.collect()
        before = descriptors()
        kept = [verifier.open_verified(PLUGIN) for _ in range(20)]
        self.assertEqual(descriptors(), before + 20)
        for file in kept[:10]:
            file.close()
        self.assertEqual(descriptors(), before + 10)
        kept.clear()
        del file
        gc.collect()
        self.assertEqual(descriptors(), before)
        for _ in range(200):
            verifier.verify(PLUGIN)
        self.assertEqual(descriptors(), before)


class Document(unittest.TestCase):
    def test_the_names_of_the_readme_are_there(self):
        text = read(os.path.join(SOURCE, "examples/python/README.md")).decode()
        names = set(re.findall(r"\bmodsig\.(\w+)", text)) | {name for row in re.findall(r"^\| `.*", text, re.M) for name in re.findall(r"`([A-Z]\w+)`", row)}
        self.assertGreater(len(names), 8)
        self.assertEqual([name for name in names if not hasattr(modsig, name)], [])
        for block in re.findall(r"^```python\n(.*?)^```", text, re.S | re.M):
            compile(block, "README.md", "exec")


class Threads(InFolder):
    def test_one_verifier_for_all_and_closed_under_them(self):
        verifier = modsig.Verifier(modsig.Trust(KEY), policy="legacy")
        counts, closed = [], []

        def hammer():
            count = 0
            try:
                for _ in range(2000):
                    assert verifier.verify(PLUGIN) and not verifier.verify(UNSIGNED)
                    count += 1
            except ValueError as error:
                closed.append(str(error))
            counts.append(count)

        threads = [threading.Thread(target=hammer) for _ in range(6)]
        for thread in threads:
            thread.start()
        while not all(thread.is_alive() for thread in threads):
            pass
        threading.Event().wait(0.3)
        verifier.close()
        for thread in threads:
            thread.join()
        self.assertEqual(len(counts), 6)
        self.assertEqual(len(closed), 6)
        self.assertGreater(sum(counts), 0)


class Types(unittest.TestCase):
    def test_mypy_has_no_complaint(self):
        for python in (sys.executable, "/usr/bin/python3"):
            if subprocess.run([python, "-m", "mypy", "--version"], capture_output=True, check=False).returncode == 0:
                break
        else:
            self.skipTest("no mypy here")
        with tempfile.TemporaryDirectory() as cache:
            done = run(python, "-m", "mypy", "--strict", "--cache-dir", cache, "-p", "modsig", cwd=os.path.join(SOURCE, "examples/python"))
        self.assertEqual(done.returncode, 0, done.stdout.decode())

    def test_the_package_says_that_it_has_types(self):
        self.assertTrue(os.path.exists(os.path.join(SOURCE, "examples/python/modsig/py.typed")))


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.exit(run_tests(sys.modules[__name__], sys.argv[6:]))
