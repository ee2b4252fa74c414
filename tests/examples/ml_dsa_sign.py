#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""The tool signs with ML-DSA. Where its Botan or this OpenSSL has none, a command gives the signatures that tests/data/ml_dsa has: what
is written around them has to be what openssl 3.6 wrote. Key files need Botan 3 and, for certificates, openssl 3.5.

ml_dsa_sign.py MODSIG FILES PRIVATE-KEYS KEYS"""
import base64
import glob
import hashlib
import os
import struct
import subprocess
import sys
import tempfile
import unittest

from harness import must, read, run, run_tests, write

MODSIG = os.path.abspath(sys.argv[1])


def lines_of(path):
    with open(path, encoding="utf-8") as lines:
        return {name: bytes.fromhex(data) for name, data in (line.split() for line in lines)}


FILES, PRIVATE_KEYS, KEYS = lines_of(sys.argv[2]), lines_of(sys.argv[3]), os.path.abspath(sys.argv[4])
LEVELS = {"44": 2420, "65": 3309, "87": 4627}
CONTENT = FILES["content"]
SEED_FORMS, OTHER_FORMS = ("seed-priv", "seed-only", "bare-seed"), ("priv-only", "bare-priv", "oqskeypair")
ORIGINALS = sorted(path for path in glob.glob("/usr/lib/linux-kbuild-[7-9]*/scripts/sign-file"))


def module(message, content=CONTENT):
    """As scripts/sign-file appends it."""
    return content + message + struct.pack(">8sI", b"\0\0\2", len(message)) + b"~Module signature appended~\n"


def pem(der, kind="CERTIFICATE"):
    return b"-----BEGIN %s-----\n%s-----END %s-----\n" % (kind.encode(), base64.encodebytes(der), kind.encode())


def has_openssl():
    return subprocess.run(["openssl", "genpkey", "-algorithm", "ml-dsa-44", "-out", "/dev/null"], capture_output=True, check=False).returncode == 0


class Signing(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        os.chdir(folder.name)
        write("content", CONTENT)
        for level in LEVELS:
            write(f"ml{level}.pem", pem(FILES[f"ml{level}.cert.der"]))
        for name in "rsa2048", "p256", "ed25519":
            for end in "key.pem", "cert.pem":
                os.symlink(os.path.join(KEYS, f"{name}.{end}"), f"{name}.{end}")

    def tool(self, status, *words, **more):
        done = run(MODSIG, *words, **more)
        self.assertEqual(done.returncode, status, (words, done.stdout, done.stderr))
        return done.stdout.decode() + done.stderr.decode()

    def by_command(self, message, level):
        """A KEY that signs as somebody has signed before."""
        write("raw", message[-LEVELS[level]:])
        return "command:cat >asked; cat raw"

    def sign(self, status, *words, name, level="44", digest="sha512", to=("out.ko",), content="content"):
        for path in to:
            if os.path.exists(path):
                os.remove(path)
        said = self.tool(status, "sign", *words, digest, self.by_command(FILES[name], level), f"ml{level}.pem", content, *to)
        if status != 0 and to:
            self.assertFalse(os.path.exists(to[0]))
        return said

    # ---- forms ---------------------------------------------------------------------------------------------------------

    def test_modules_of_both_forms(self):
        for level in LEVELS:
            self.assertEqual(self.sign(0, name=f"ml{level}.cms", level=level), "")
            self.assertEqual(read("out.ko"), module(FILES[f"ml{level}.cms"]))
            self.assertEqual(read("asked"), CONTENT)
            self.sign(0, "--attributes", name=f"ml{level}.attributes.cms", level=level)
            self.assertEqual(read("out.ko"), module(FILES[f"ml{level}.attributes.cms"]))
            self.assertEqual((read("asked")[:2], len(read("asked"))), (b"\x31\x6b", 109))
        self.sign(0, "-k", name="ml44.by-key-id.cms", digest="sha256")
        self.assertEqual(read("out.ko"), module(FILES["ml44.by-key-id.cms"]))

    def test_a_message_beside_the_file(self):
        for form, options in ("", []), (".attributes", ["--attributes"]):
            self.sign(0, "-d", *options, name=f"ml65{form}.cms", level="65", to=())
            self.assertEqual(read("content.p7s"), FILES[f"ml65{form}.cms"])
            self.tool(0, "verify", "--trust", "ml65.pem", "--signature", "content.p7s", "content")
            os.remove("content.p7s")

    def test_nothing_is_written_that_does_not_verify(self):
        for name, options in ("ml44.attributes.cms", []), ("ml44.cms", ["--attributes"]), ("ml44.zeros.cms", []):
            self.assertIn("does not verify", self.sign(1, *options, name=name))
        for raw, status in (FILES["ml44.cms"][-2420:-1] + b"\xff", 1), (FILES["ml44.cms"][-2419:], 1), (b"", 7):
            write("raw", raw)
            self.tool(status, "sign", "sha512", "command:cat raw", "ml44.pem", "content", "out.ko")
        self.assertFalse(os.path.exists("out.ko"))

    def test_ima_is_of_version_3(self):
        for level, digest in ("44", "sha256"), ("65", "sha512"), ("87", "sha512"):
            for options in [], ["--sigv3"], ["--kernel", "7.3,mldsa"]:
                self.sign(0, "--layout", "ima", "--sigfile", *options, name=f"ml{level}.ima", level=level, digest=digest, to=("out.sig",))
                self.assertEqual(read("out.sig"), FILES[f"ml{level}.ima"])
        self.assertEqual(read("asked"), b"\3\6" + hashlib.sha512(CONTENT).digest())
        for kernel in "6.12", "7.3":
            self.sign(6, "--layout", "ima", "--sigfile", "--kernel", kernel, name="ml44.ima", digest="sha256", to=("out.sig",))

    def test_ima_of_version_3_with_other_keys(self):
        def version(*options):
            self.tool(0, "sign", "--layout", "ima", "--sigfile", "--force", *options, "sha256", f"{name}.key.pem", f"{name}.cert.pem", "content", "out.sig")
            self.tool(0, "verify", "--layout", "ima", "--trust", f"{name}.cert.pem", "--signature", "out.sig", "content")
            return read("out.sig")[1]
        for name in "rsa2048", "p256":
            self.assertEqual([version(), version("--sigv3"), version("--kernel", "6.12"), version("--kernel", "7.3")], [2, 3, 2, 3])
            self.tool(6, "sign", "--layout", "ima", "--sigfile", "--sigv3", "--kernel", "6.12", "sha256", f"{name}.key.pem", f"{name}.cert.pem", "content", "no.sig")

    def test_fs_verity(self):
        self.tool(0, "sign", "--layout", "fsverity", "sha256", self.by_command(FILES["ml44.fsverity.cms"], "44"), "ml44.pem", "content", "out.sig")
        self.tool(0, "verify", "--layout", "fsverity", "--trust", "ml44.pem", "--signature", "out.sig", "content")
        self.assertTrue(read("asked").startswith(b"FSVerity"))

    # ---- kernels -------------------------------------------------------------------------------------------------------

    def test_a_kernel_that_reads_it(self):
        plain, attributes = "ml44.cms", "ml44.attributes.cms"
        for options, name, status in [
                (["--kernel", "7.3,mldsa"], plain, 0), (["--kernel", "7.2,mldsa"], plain, 0), (["--kernel", "7.3,mldsa,waiver"], plain, 0),
                (["--kernel", "7.3,mldsa,waiver", "--attributes"], attributes, 0), (["--kernel", "7.3,mldsa", "--attributes"], attributes, 6),
                (["--kernel", "7.3"], plain, 6), (["--kernel", "6.12"], plain, 6), (["--kernel", "6.1"], plain, 6), (["--kernel", "9"], plain, 2)]:
            said = self.sign(status, *options, name=name)
            if status == 0:
                self.assertEqual(read("out.ko"), module(FILES[name]))
                self.tool(0, "verify", "--policy", "linux-modsign", *options[:2], "--trust", "ml44.pem", "out.ko")
            elif status == 6:
                self.assertRegex(said, r"content: not written: .*\((ENOPKG|ENOENT|EKEYREJECTED)|, E[A-Z]+\)")
                self.assertIn("warning", self.sign(0, "--any-kernel", *options, name=name))
                self.assertEqual(read("out.ko"), module(FILES[name]))

    def test_a_configuration(self):
        for version, options, status in ("7.3.4", ["CRYPTO_MLDSA"], 0), ("7.3.4", [], 6), ("7.0.1", ["CRYPTO_MLDSA"], 0), ("6.12.3", ["CRYPTO_MLDSA"], 6):
            write("config", "\n".join([f"# Linux/x86 {version} Kernel Configuration", *(f"CONFIG_{each}=y" for each in options), ""]).encode())
            self.sign(status, "--kernel-config", "config", name="ml44.cms")

    def test_what_no_kernel_reads(self):
        refused = self.sign(6, "--attributes", name="ml44.attributes-sha256.cms", digest="sha256")
        self.assertRegex(refused, "no Linux.*takes sha512 alone")
        self.assertIn("warning", self.sign(0, "--any-kernel", "--attributes", name="ml44.attributes-sha256.cms", digest="sha256"))
        self.assertEqual(read("out.ko"), module(FILES["ml44.attributes-sha256.cms"]))
        ed25519 = "sha512", "ed25519.key.pem", "ed25519.cert.pem", "content", "ed.ko"
        self.assertIn("unsupported_algorithm", self.tool(2, "sign", *ed25519))
        self.assertIn("warning", self.tool(0, "sign", "--any-kernel", *ed25519))
        write("raw", read("ed.ko")[:-40][-64:])
        must("openssl", "pkeyutl", "-verify", "-rawin", "-in", "content", "-sigfile", "raw", "-certin", "-inkey", "ed25519.cert.pem")
        for digest in "shake128", "shake256":
            self.sign(2, "--any-kernel", name="ml44.cms", digest=digest)
        md5 = "md5", "rsa2048.key.pem", "rsa2048.cert.pem", "content", "md5.ko"
        self.tool(6, "sign", "--kernel", "7.3", *md5)
        self.assertIn("warning", self.tool(0, "sign", "--any-kernel", *md5))

    def test_other_digests_of_other_kernels(self):
        sha3 = "sha3-256", "rsa2048.key.pem", "rsa2048.cert.pem", "content", "out.ko"
        self.tool(6, "sign", "--kernel", "7.3,no-sha3", *sha3)
        self.tool(0, "sign", "--kernel", "7.3", *sha3)

    def test_as_sign_file(self):
        """What OpenSSL before 4.0 makes: attributes, whatever the digest is."""
        os.symlink(MODSIG, "sign-file")
        for digest, name, warned in ("sha512", "ml44.attributes.cms", False), ("sha256", "ml44.attributes-sha256.cms", True):
            key = self.by_command(FILES[name], "44")
            done = run("./sign-file", digest, key, "ml44.pem", "content", "out.ko")
            self.assertEqual((done.returncode, b"warning" in done.stderr), (0, warned), done.stderr)
            self.assertEqual(read("out.ko"), module(FILES[name]))

    def test_options_belong_together(self):
        key = self.by_command(FILES["ml44.cms"], "44")
        for words in [["--attributes", "sha512", "rsa2048.key.pem", "rsa2048.cert.pem"], ["--attributes", "--also", "rsa2048.key.pem", "rsa2048.cert.pem", "sha512", key, "ml44.pem"],
                      ["--layout", "digsig", "--kernel", "7.3", "sha256", "rsa2048.key.pem", "rsa2048.cert.pem"], ["--layout", "ima", "--attributes", "sha512", key, "ml44.pem"],
                      ["--sigv3", "sha512", key, "ml44.pem"], ["--layout", "ima", "--v3", "--sigv3", "sha256", "rsa2048.key.pem", "rsa2048.cert.pem"],
                      ["--kernel", "7.3", "--kernel-config", "content", "sha512", key, "ml44.pem"],
                      ["--layout", "ima", "--also", "rsa2048.key.pem", "rsa2048.cert.pem", "sha512", key, "ml44.pem"],
                      ["--also", "rsa2048.key.pem", "rsa2048.cert.pem", "sha256", "rsa2048.key.pem", "rsa2048.cert.pem"],
                      ["--also", "rsa2048.key.pem", "p256.cert.pem", "sha512", key, "ml44.pem"], ["--layout", "digsig", "sha256", key, "ml44.pem"]]:
            self.tool(2, "sign", *words, "content", "out.ko")
        self.assertFalse(os.path.exists("out.ko"))

    # ---- several signers -----------------------------------------------------------------------------------------------

    def test_two_signers(self):
        both = "--trust", "ml44.pem", "--trust", "rsa2048.cert.pem"
        for other in "rsa2048", "p256":
            both = "--trust", "ml44.pem", "--trust", f"{other}.cert.pem"
            said = self.sign(0, "--also", f"{other}.key.pem", f"{other}.cert.pem", name="ml44.cms")
            self.assertIn("2 signers: Linux 7.2 and 7.3 accept it; 6.1 (ENOPKG) and 6.12 (ENOPKG) refuse it", said)
            for options in [], ["--require", "pq"], ["--require", "all"], ["--require", "classical"], ["--require", "pq", "--require", "classical"], ["--threshold", "2"]:
                self.tool(0, "verify", *options, *both, "out.ko")
            self.tool(5, "verify", "--require", "pq=2", *both, "out.ko")
            for kernel, status in ("7.3", 0), ("7.3,mldsa", 0), ("7.2,mldsa,waiver", 0), ("6.12", 6), ("6.1", 6):
                self.tool(status, "verify", "--policy", "linux-modsign", "--kernel", kernel, *both, "out.ko")
            # the same with the strong signature taken away
            self.tool(0, "sign", "--force", "sha512", f"{other}.key.pem", f"{other}.cert.pem", "content", "stripped.ko")
            for options, status in ([], 0), (["--require", "pq"], 5), (["--require", "classical"], 0), (["--threshold", "2"], 5):
                self.tool(status, "verify", *options, *both, "stripped.ko")
            self.tool(6, "sign", "--kernel", "6.12", "--also", f"{other}.key.pem", f"{other}.cert.pem", "sha512", self.by_command(FILES["ml44.cms"], "44"), "ml44.pem", "content", "no.ko")

    def test_the_order_of_keys_is_not_that_of_the_message(self):
        ours = self.by_command(FILES["ml44.cms"], "44")
        self.tool(0, "sign", "--also", "rsa2048.key.pem", "rsa2048.cert.pem", "sha512", ours, "ml44.pem", "content", "a.ko")
        self.tool(0, "sign", "--also", ours, "ml44.pem", "sha512", "rsa2048.key.pem", "rsa2048.cert.pem", "content", "b.ko")
        self.tool(0, "sign", "-k", "--also", "p256.key.pem", "p256.cert.pem", "--also", ours, "ml44.pem", "sha512", "rsa2048.key.pem", "rsa2048.cert.pem", "content", "c.ko")
        self.assertEqual(read("a.ko"), read("b.ko"))
        self.tool(0, "verify", "--require", "all", "--threshold", "3", "--trust", "ml44.pem", "--trust", "rsa2048.cert.pem", "--trust", "p256.cert.pem", "c.ko")
        write("c.p7s", read("c.ko")[len(CONTENT):-40])
        out = must("openssl", "cms", "-cmsout", "-print", "-noout", "-inform", "DER", "-in", "c.p7s").decode()
        self.assertEqual(out.count("subjectKeyIdentifier"), 3)

    # ---- elsewhere -----------------------------------------------------------------------------------------------------

    def test_what_a_key_elsewhere_needs(self):
        for level in LEVELS:
            public = FILES[f"ml{level}.cert.der"]
            for at in range(len(public) - 32):
                if public[at:at + 4] == b"\x03\x82" + struct.pack(">H", {"44": 1313, "65": 1953, "87": 2593}[level]):
                    public = public[at + 5:at + 5 + {"44": 1312, "65": 1952, "87": 2592}[level]]
                    break
            mu = hashlib.shake_256(hashlib.shake_256(public).digest(64) + b"\0\0" + CONTENT).hexdigest(64)
            for layout in [], ["--layout", "modsign"]:
                done = run(MODSIG, "digest", *layout, "--cert", f"ml{level}.pem", "content")
                self.assertEqual((done.returncode, done.stdout.decode().strip()), (0, mu))
                self.assertIn(b"mu of the content", done.stderr)
            done = run(MODSIG, "digest", "--attributes", "--hash", "sha512", "--cert", f"ml{level}.pem", "content")
            message = FILES[f"ml{level}.attributes.cms"]
            at = message.index(b"\xa0\x6b\x30")
            self.assertEqual(bytes.fromhex(done.stdout.decode()), b"\x31" + message[at + 1:at + 109])
            self.assertIn(b"SET", done.stderr)
            done = run(MODSIG, "digest", "--layout", "ima", "--hash", "sha512", "--cert", f"ml{level}.pem", "content")
            self.assertEqual(bytes.fromhex(done.stdout.decode()), b"\3\6" + hashlib.sha512(CONTENT).digest())
        self.assertEqual(self.tool(0, "digest", "--layout", "ima", "--sigv3", "content").strip(), hashlib.sha256(b"\3\4" + hashlib.sha256(CONTENT).digest()).hexdigest())
        self.assertEqual(self.tool(0, "digest", "content").strip(), hashlib.sha256(CONTENT).hexdigest())
        for words in ["--attributes", "content"], ["--attributes", "--cert", "rsa2048.cert.pem", "content"], ["--layout", "ima", "--cert", "rsa2048.cert.pem", "content"], ["--sigv3", "content"]:
            self.tool(2, "digest", *words)

    def test_what_comes_back_is_put_on_the_file(self):
        for name, options in ("ml87.cms", []), ("ml87.attributes.cms", ["--attributes"]):
            write("raw", FILES[name][-4627:])
            self.tool(0, "attach", *options, "--hash", "sha512", "--cert", "ml87.pem", "raw", "content", "out.ko")
            self.assertEqual(read("out.ko"), module(FILES[name]))
            os.remove("out.ko")
            self.tool(1, "attach", *([] if options else ["--attributes"]), "--hash", "sha512", "--cert", "ml87.pem", "raw", "content", "out.ko")
        os.mkdir("signed")
        for options in [], ["--attributes"]:
            name = self.tool(0, "digest", *options, "--hash", "sha512", "--cert", "ml44.pem", "content").split("\n")[0]
            write(f"signed/{name}", FILES["ml44.attributes.cms" if options else "ml44.cms"][-2420:])
            write("copy", CONTENT)
            self.tool(0, "attach", *options, "--hash", "sha512", "--cert", "ml44.pem", "--signatures", "signed", "copy")
            self.assertEqual(read("copy"), module(FILES["ml44.attributes.cms" if options else "ml44.cms"]))

    # ---- key files -----------------------------------------------------------------------------------------------------

    def test_forms_of_private_keys(self):
        for name, der in PRIVATE_KEYS.items():
            if name.endswith(".public"):
                continue
            for form, content in ("der", der), ("pem", pem(der, "PRIVATE KEY")):
                write(f"key.{form}", content)
                said = self.tool(7 if name.split(".")[1] in OTHER_FORMS or not BOTAN_HAS_IT else 2, "sign", "sha512", f"key.{form}", f"{name[:4]}.pem", "content", "out.ko")
                if name.split(".")[1] in OTHER_FORMS:
                    self.assertIn("only the expanded form", said)
                elif BOTAN_HAS_IT:
                    self.assertIn("is not the private key of", said)
                else:
                    self.assertIn("this Botan has no ML-DSA (unsupported_algorithm)", said)
        damaged = PRIVATE_KEYS["ml65.seed-priv"]
        write("key.der", damaged[:-1] + bytes([damaged[-1] ^ 1]))
        self.assertIn("do not belong together", self.tool(7, "sign", "sha512", "key.der", "ml65.pem", "content", "out.ko"))

    def test_genkey(self):
        for level, size in LEVELS.items():
            if not BOTAN_HAS_IT:
                self.assertIn("this Botan has no ML-DSA", self.tool(7, "genkey", "--type", f"ml-dsa-{level}", "--out", "k.pem"))
                self.assertEqual(glob.glob("k.*"), [])
                continue
            self.tool(0, "genkey", "--type", f"ml-dsa-{level}", "--force", "--out", "k.pem")
            for options in [], ["-k"], ["--attributes"], ["--also", "rsa2048.key.pem", "rsa2048.cert.pem"]:
                self.tool(0, "sign", "--force", *options, "sha512", "k.pem", "k.x509", "content", "out.ko")
                self.tool(0, "verify", "--trust", "k.x509", "--trust", "rsa2048.cert.pem", "out.ko")
            write("program", bytes(range(64)))
            self.tool(0, "sign", "--layout", "bpf", "--force", "sha512", "k.pem", "k.x509", "program", "program.p7s")
            self.tool(0, "verify", "--layout", "bpf", "--policy", "linux-modsign", "--kernel", "7.3,mldsa", "--trust", "k.x509", "--signature", "program.p7s", "program")
            self.tool(0, "sign", "--force", "sha512", "k.pem", "k.x509", "content", "out.ko")
            self.assertEqual(len(read("out.ko")[:-40].split(b"\x04\x82" + struct.pack(">H", size))[-1]), size)
            if not HAS_OPENSSL:
                continue
            must("openssl", "x509", "-in", "k.x509", "-inform", "DER", "-out", "cert.pem")
            must("openssl", "verify", "-CAfile", "cert.pem", "-check_ss_sig", "cert.pem")
            self.assertEqual(must("openssl", "pkey", "-in", "k.pem", "-pubout"), must("openssl", "x509", "-in", "cert.pem", "-pubkey", "-noout"))
            # openssl before 4.0 reads the form with attributes alone
            self.tool(0, "sign", "--force", "-d", "--attributes", "sha512", "k.pem", "k.x509", "content")
            must("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "content.p7s", "-content", "content", "-certfile", "cert.pem", "-CAfile", "cert.pem",
                 "-purpose", "any", "-out", "/dev/null")

    def test_install(self):
        os.mkdir("tree")
        write("tree/m.ko", CONTENT)
        words = "install", "--type", "ml-dsa-44", "--from", "tree", "--to", "installed", "--public-key-out", "key.pem"
        if not BOTAN_HAS_IT:
            self.assertIn("ml-dsa-44: this Botan has no ML-DSA", self.tool(7, *words))
            return
        self.tool(0, *words)
        self.tool(0, "verify", "--require", "ml-dsa", "--trust", "key.pem", "installed")
        self.tool(0, "verify", "--policy", "linux-modsign", "--kernel", "7.3,mldsa", "--trust", "key.pem", "installed")

    def test_keys_of_openssl(self):
        if not (BOTAN_HAS_IT and HAS_OPENSSL):
            self.skipTest("needs Botan 3 and openssl 3.5")
        for level in LEVELS:
            must("openssl", "req", "-x509", "-newkey", f"ml-dsa-{level}", "-nodes", "-keyout", "o.key", "-out", "o.pem", "-subj", "/CN=o", "-days", "9", "-addext", "basicConstraints=critical,CA:FALSE",
                 "-addext", "keyUsage=digitalSignature")
            for form in SEED_FORMS:
                must("openssl", "pkey", "-in", "o.key", "-outform", "DER", "-provparam", f"ml-dsa.output_formats={form}", "-out", "o.der")
                self.tool(0, "sign", "--force", "sha512", "o.der", "o.pem", "content", "out.ko")
                self.tool(0, "verify", "--trust", "o.pem", "out.ko")
            must("openssl", "pkcs8", "-topk8", "-in", "o.key", "-passout", "pass:sesame", "-out", "closed.pem")
            self.tool(0, "sign", "--force", "sha512", "closed.pem", "o.pem", "content", "out.ko", KBUILD_SIGN_PIN="sesame")
            self.tool(7, "sign", "--force", "sha512", "closed.pem", "o.pem", "content", "out.ko", KBUILD_SIGN_PIN="Sesame")
            self.tool(0, "sign", "--force", "sha512", "command:openssl pkeyutl -sign -rawin -in /dev/stdin -inkey o.key", "o.pem", "content", "out.ko")
            self.tool(0, "sign", "--layout", "ima", "--sigfile", "--force", "sha256", "o.key", "o.pem", "content", "out.sig")
            self.tool(0, "verify", "--layout", "ima", "--trust", "o.pem", "--signature", "out.sig", "content")
            self.tool(0, "sign", "--layout", "evm", "--sigfile", "--force", "sha256", "o.key", "o.pem", "content", "out.evm")

    def test_beside_sign_file(self):
        """The bytes of the release's own sign-file, but for the signature, which is another each time."""
        if not (BOTAN_HAS_IT and HAS_OPENSSL and ORIGINALS):
            self.skipTest("needs Botan 3, openssl 3.5 and linux-kbuild of Linux 7")
        os.symlink(MODSIG, "sign-file")
        for level, size in LEVELS.items():
            must("openssl", "req", "-x509", "-newkey", f"ml-dsa-{level}", "-nodes", "-keyout", "o.key", "-out", "o.pem", "-subj", "/CN=o", "-days", "9")
            for program in ORIGINALS:
                for digest in "sha256", "sha384", "sha512", "sha3-512":
                    for flags in [], ["-k"], ["-d"], ["-p"]:
                        outcomes = []
                        for signer in program, "./sign-file":
                            write("m.ko", CONTENT)
                            must(signer, *flags, digest, "o.key", "o.pem", "m.ko")
                            made = {name: read(name) for name in sorted(glob.glob("m.ko*"))}
                            for name, data in made.items():
                                end = len(data) - (40 if data.endswith(b"~\n") else 0)
                                made[name] = (data[:end - size], data[end:]) if data != CONTENT else data
                                os.remove(name)
                            outcomes.append(made)
                        self.assertEqual(outcomes[0], outcomes[1], (level, program, digest, flags))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as room:
        BOTAN_HAS_IT = run(MODSIG, "genkey", "--type", "ml-dsa-44", "--out", os.path.join(room, "k.pem")).returncode == 0
    HAS_OPENSSL = has_openssl()
    del sys.argv[1:5]
    sys.exit(run_tests(sys.modules[__name__], sys.argv[1:], remark=lambda: "" if BOTAN_HAS_IT else " (this Botan has no ML-DSA)"))
