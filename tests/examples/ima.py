#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""IMA and EVM by the tool and by evmctl, both ways, in extended attributes and in files beside. Arguments: the tool, the folder of
test keys, the unpacked corpus. Attributes need a file system that has security.* and somebody who may set them: where that is
not so, those tests are skipped, and say so."""
import hashlib
import os
import re
import shutil
import sys
import tempfile
import unittest

from harness import must, read, run, run_tests, write

TOOL = KEYS = CORPUS = ""
KEY_NAMES = ["rsa1024", "rsa2048", "rsa3072", "rsa4096", "p256", "p384"]
HASHES = ["md4", "md5", "sha1", "rmd160", "sha224", "sha256", "sha384", "sha512", "sm3", "streebog256", "sha3-256"]
CONTENT = bytes(range(256)) * 20 + b"not a whole block"
IMA, EVM = "security.ima", "security.evm"
NUMBERS = {"sha256": 4, "sha512": 6}
counts = {"by evmctl": 0, "by modsig": 0, "corpus": 0}


def key(name):
    return os.path.join(KEYS, name + ".key.pem")


def cert(name, form="pem"):
    return os.path.join(KEYS, f"{name}.cert.{form}")


def attribute_folder():
    """Where attributes of security.* can be set; None: nowhere."""
    for parent in None, "/dev/shm", "/var/tmp", os.getcwd():
        if parent is not None and not os.access(parent, os.W_OK):
            continue
        folder = tempfile.mkdtemp(prefix="modsig-ima-", dir=parent)
        try:
            probe = write(os.path.join(folder, "probe"), b"")
            os.setxattr(probe, IMA, b"\x04\x04" + hashlib.sha256(b"").digest())
            return folder
        except OSError as error:
            print(f"{folder}: {IMA} cannot be set: {error.strerror}")
            shutil.rmtree(folder)
    return None


ATTRIBUTES = None


def fsverity_digest(content, name):
    """Blocks of 4096 bytes, no salt: Documentation/filesystems/fsverity.rst."""
    def new(data):
        return hashlib.new(name, data)
    level = [new(content[i:i + 4096].ljust(4096, b"\0")).digest() for i in range(0, len(content), 4096)]
    while len(level) > 1:
        joined = b"".join(level)
        level = [new(joined[i:i + 4096].ljust(4096, b"\0")).digest() for i in range(0, len(joined), 4096)]
    root = level[0] if level else bytes(new(b"").digest_size)
    descriptor = bytes([1, 1 if name == "sha256" else 2, 12, 0]) + bytes(4) + len(content).to_bytes(8, "little") + root.ljust(64, b"\0")
    return new(descriptor.ljust(256, b"\0")).digest()


class InFolder(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="t-", dir=ATTRIBUTES)
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.folder)
        write("f", CONTENT)

    def need_attributes(self):
        if ATTRIBUTES is None:
            self.skipTest("no file system here has attributes of security.*")

    def tool(self, status, *arguments, **more):
        done = run(TOOL, *arguments, **more)
        self.assertEqual(done.returncode, status, f"{arguments}\n{done.stdout.decode()}\n{done.stderr.decode()}")
        return done.stdout.decode(), done.stderr.decode()

    def tsv(self, status, *arguments, policy="legacy"):
        out, _ = self.tool(status, "verify", "--tsv", "--policy", policy, *arguments)
        return [line.split("\t") for line in out.splitlines()]

    def sign(self, name, hash_name, *more, path="f", layout="ima", status=0):
        return self.tool(status, "sign", "--layout", layout, *more, hash_name, key(name), cert(name), path)

    def evmctl_accepts(self, name, *more, path="f"):
        counts["by evmctl"] += 1
        return run("evmctl", "ima_verify", *more, "-k", cert(name, "der"), path).returncode == 0


class BothWays(InFolder):
    """Every key with every hash that evmctl takes."""

    def each(self, sidecar):
        where = ["--sigfile"] if sidecar else []
        taken = refused = 0
        for hash_name in HASHES:
            for name in KEY_NAMES:
                with self.subTest(key=name, hash=hash_name):
                    if not sidecar:
                        os.setxattr("f", IMA, b"\x04\x04" + bytes(32))
                    made = run("evmctl", "ima_sign", *where, "-a", hash_name, "-k", key(name), "f")
                    value = None
                    if made.returncode == 0:
                        value = read("f.sig") if sidecar else os.getxattr("f", IMA)
                    if value is None or value[1] != 2:
                        refused += 1
                        continue
                    taken += 1
                    self.verdict(name, hash_name, ["--signature", "f.sig"] if sidecar else [])
                    self.written(name, hash_name, where, value)
        print(f"{taken} pairs of key and hash by evmctl, which refuses {refused}")
        self.assertGreaterEqual(taken, 6 * 5)

    def verdict(self, name, hash_name, more):
        """What evmctl has made."""
        counts["by modsig"] += 1
        weak = hash_name in ("md4", "md5", "rmd160")
        # Linux's RSA has no DigestInfo for SM3, which evmctl makes from 1.5 on; its ECDSA takes SHA only.
        known = hash_name != "sm3" if name.startswith("rsa") else hash_name.startswith("sha")
        fields = self.tsv(5 if weak else 0 if known else 6, "--trust", cert(name), *more, "f")[0]
        expected = ["rejected", "weak_digest"] if weak else ["verified", "-"] if known else ["rejected", "unsupported_hash"]
        self.assertEqual(fields[1:3], expected)
        self.assertEqual(fields[4:6], ["ima", hash_name])
        if not known or weak:
            return
        self.assertEqual(fields[6], "rsa-pkcs1" if name.startswith("rsa") else "ecdsa")
        self.assertRegex(fields[7], "^[0-9a-f]{8}$")
        write("f", CONTENT[:-1] + b"X") if not more else write("g", CONTENT[:-1] + b"X")
        changed = self.tsv(1, "--trust", cert(name), *more, "f" if not more else "g")[0]
        self.assertEqual(changed[2], "signature_mismatch")
        write("f", CONTENT)

    def written(self, name, hash_name, where, theirs):
        """What the tool makes: RSA leaves no choice, so the bytes are the same."""
        if hash_name in ("md4", "sm3") or (not name.startswith("rsa") and hash_name in ("md5", "rmd160")):
            return self.sign(name, hash_name, "--replace", *where, status=2)
        self.sign(name, hash_name, "--replace", *where)
        value = read("f.sig") if where else os.getxattr("f", IMA)
        if name.startswith("rsa"):
            self.assertEqual(value, theirs)
        self.assertEqual(value[:7], theirs[:7])
        self.assertTrue(self.evmctl_accepts(name, *where))
        if hash_name == "sha256":
            damaged = value[:-1] + bytes([value[-1] ^ 1])
            write("f.sig", damaged) if where else os.setxattr("f", IMA, damaged)
            self.assertFalse(self.evmctl_accepts(name, *where))

    def test_in_files_beside(self):
        self.each(True)

    def test_in_attributes(self):
        self.need_attributes()
        self.each(False)


class Files(InFolder):
    def test_key_identifiers(self):
        for given in "deadbeef", "0xdeadbeef", "DEADBEEF":
            self.sign("rsa2048", "sha256", "--sigfile", "--keyid", given)
            run("evmctl", "ima_sign", "-n", "--keyid", "deadbeef", "-a", "sha256", "-k", key("rsa2048"), "f")
            self.assertEqual(read("f.sig")[3:7], bytes.fromhex("deadbeef"))
        fields = self.tsv(4, "--trust", cert("rsa2048"), "--signature", "f.sig", "f")[0]
        self.assertEqual((fields[2], fields[7]), ("key_not_found", "deadbeef"))
        self.sign("rsa2048", "sha256", "--sigfile", "--keyid", "1")
        self.assertEqual(read("f.sig")[3:7], bytes([0, 0, 0, 1]))
        for bad in "123456789", "xyz":
            self.sign("rsa2048", "sha256", "--sigfile", "--keyid", bad, status=2)
        # A certificate's identifier is its subjectKeyIdentifier's, whatever the key's own would be.
        must("openssl", "req", "-new", "-x509", "-key", key("rsa2048"), "-subj", "/CN=other", "-addext", "subjectKeyIdentifier=00:11:22:33:44:55:66:77",
             "-days", "3000", "-out", "other.pem")
        self.tool(0, "sign", "--layout", "ima", "--sigfile", "sha256", key("rsa2048"), "other.pem", "f")
        self.assertEqual(read("f.sig")[3:7], bytes.fromhex("44556677"))
        self.tsv(0, "--trust", "other.pem", "--signature", "f.sig", "f")
        self.tsv(4, "--trust", cert("rsa2048"), "--signature", "f.sig", "f")
        must("evmctl", "ima_sign", "--sigfile", "--keyid-from-cert", "other.pem", "-a", "sha256", "-k", key("rsa2048"), "f")
        self.tsv(0, "--trust", "other.pem", "--signature", "f.sig", "f")

    def test_version_3_is_over_the_digest_of_fs_verity(self):
        for hash_name, name, content in (("sha256", "rsa2048", CONTENT), ("sha512", "rsa4096", CONTENT), ("sha256", "p256", b""), ("sha512", "p384", CONTENT * 200)):
            with self.subTest(key=name, hash=hash_name):
                write("f", content)
                self.sign(name, hash_name, "--v3", "--sigfile")
                value = read("f.sig")
                self.assertEqual(value[:3], bytes([6, 3, NUMBERS[hash_name]]))
                write("id", bytes([6, NUMBERS[hash_name]]) + fsverity_digest(content, hash_name))
                write("raw", value[9:])
                must("openssl", "dgst", "-" + hash_name, "-verify", os.path.join(KEYS, name + ".pub.pem"), "-signature", "raw", "id")
                self.tsv(0, "--trust", cert(name), "--signature", "f.sig", "f")
                write("f", content + b"x")
                self.assertEqual(self.tsv(1, "--trust", cert(name), "--signature", "f.sig", "f")[0][2], "signature_mismatch")
        self.sign("rsa2048", "sha384", "--v3", "--sigfile", status=2)
        self.tool(2, "sign", "--v3", "sha256", key("rsa2048"), cert("rsa2048"), "f")

    def test_of_a_compressed_module_what_lies_on_disk_is_signed(self):
        must("gzip", "-n", "f")
        os.rename("f.gz", "m.ko.gz")
        must("evmctl", "ima_sign", "--sigfile", "-a", "sha256", "-k", key("rsa2048"), "m.ko.gz")
        self.tsv(0, "--trust", cert("rsa2048"), "--signature", "m.ko.gz.sig", "m.ko.gz")
        theirs = read("m.ko.gz.sig")
        self.sign("rsa2048", "sha256", "--sigfile", path="m.ko.gz")
        self.assertEqual(read("m.ko.gz.sig"), theirs)

    def test_a_signature_appended_before_compression_counts_since_linux_7(self):
        must(TOOL, "sign", "sha256", key("rsa2048"), cert("rsa2048"), "f", "m.ko")
        write("broken.ko", read("m.ko")[:100] + b"X" + read("m.ko")[101:])
        must("xz", "--check=crc32", "--keep", "m.ko", "broken.ko"), must("gzip", "-nk", "m.ko"), must("xz", "--check=crc32", "-k", "--suffix=.ko.xz", "f")
        for release, status, expected in (("6.12", 3, "no_signature"), ("7.2", 0, "-"), ("7.3", 0, "-")):
            for name in "m.ko.xz", "m.ko.gz":
                more = ["--trust", cert("rsa2048"), "--kernel", release]
                with self.subTest(release=release, name=name):
                    self.assertEqual(self.tsv(status, *more, name, policy="linux-ima")[0][2], expected)
                    self.assertEqual(self.tsv(status, *more, "--appraise-type", "modsig", name, policy="linux-ima")[0][2], expected)
                    self.assertEqual(self.tsv(3, *more, "--appraise-type", "imasig", name, policy="linux-ima")[0][2], "no_signature")
        newest = ["--trust", cert("rsa2048"), "--kernel", "7.3"]
        self.assertEqual(self.tsv(1, *newest, "broken.ko.xz", policy="linux-ima")[0][2], "signature_mismatch")
        self.assertEqual(self.tsv(3, *newest, "f.ko.xz", policy="linux-ima")[0][2], "no_signature")
        write("cut.ko.xz", read("m.ko.xz")[:-20])
        self.assertEqual(self.tsv(7, *newest, "cut.ko.xz", policy="linux-ima")[0][2], "decompression_failed")

    def test_an_attribute_of_a_compressed_module_is_over_what_lies_on_disk(self):
        self.need_attributes()
        must(TOOL, "sign", "sha256", key("rsa2048"), cert("rsa2048"), "f", "m.ko")
        must("xz", "--check=crc32", "m.ko")
        for signer in "rsa2048", "rsa3072":
            self.sign(signer, "sha256", *(["--replace"] if signer == "rsa3072" else []), path="m.ko.xz")
            for release in "6.12", "7.3":
                with self.subTest(signer=signer, release=release):  # an attribute with an unknown key leaves it to what is appended
                    both = self.tsv(0, "--trust", cert("rsa2048"), "--trust", cert("rsa3072"), "--kernel", release, "m.ko.xz", policy="linux-ima")[0]
                    self.assertEqual(both[4], "ima")
                    known = signer == "rsa2048"
                    one = self.tsv(0 if known or release == "7.3" else 4, "--trust", cert("rsa2048"), "--kernel", release, "m.ko.xz", policy="linux-ima")[0]
                    self.assertEqual(one[4], "ima" if known or release == "6.12" else "modsign")

    def test_signed_elsewhere(self):
        digest, _ = self.tool(0, "digest", "--layout", "ima", "--hash", "sha384", "f")
        self.assertEqual(digest.strip(), hashlib.sha384(CONTENT).hexdigest())
        write("digest", bytes.fromhex(digest.strip()))
        must("openssl", "pkeyutl", "-sign", "-inkey", key("rsa3072"), "-in", "digest", "-pkeyopt", "digest:sha384", "-out", "raw")
        arguments = ["--layout", "ima", "--hash", "sha384", "--cert", cert("rsa3072")]
        write("wrong", read("raw")[:-1] + bytes([read("raw")[-1] ^ 1]))
        self.tool(1, "attach", *arguments, "wrong", "f")
        self.need_attributes()
        self.assertNotIn(IMA, os.listxattr("f"))
        self.tool(0, "attach", *arguments, "raw", "f")
        self.assertTrue(self.evmctl_accepts("rsa3072"))
        self.tool(0, "sign", "-s", "--layout", "ima", "raw", "sha384", cert("rsa3072"), "f", "g")
        self.assertEqual((read("g"), os.getxattr("g", IMA)), (CONTENT, os.getxattr("f", IMA)))

    def test_the_passphrase_is_where_evmctl_looks_for_it(self):
        must("openssl", "pkcs8", "-topk8", "-in", key("rsa2048"), "-out", "enc.pem", "-passout", "pass:secret")
        for layout, variables, status in (
                ("ima", {"EVMCTL_KEY_PASSWORD": "secret"}, 0), ("ima", {"EVMCTL_KEY_PASSWORD": "wrong"}, 7), ("ima", {"KBUILD_SIGN_PIN": "secret"}, 0), ("ima", {}, 7),
                ("ima", {"EVMCTL_KEY_PASSWORD": "secret", "KBUILD_SIGN_PIN": "wrong"}, 0), ("digsig", {"EVMCTL_KEY_PASSWORD": "secret"}, 7),
                ("digsig", {"KBUILD_SIGN_PIN": "secret"}, 0)):
            with self.subTest(layout=layout, variables=variables):
                out, errors = self.tool(status, "sign", "--layout", layout, "--sigfile", "sha256", "enc.pem", cert("rsa2048"), "f", **variables)
                self.assertNotIn("secret", out + errors)
                self.assertEqual("EVMCTL_KEY_PASSWORD" in errors, variables.get("EVMCTL_KEY_PASSWORD") == "wrong")

    def test_what_is_no_way_to_sign(self):
        for arguments in (["-d"], ["-p"], ["-k"]):
            self.sign("rsa2048", "sha256", *arguments, status=2)
        self.tool(2, "sign", "--layout", "ima", "sha256", key("ed25519"), cert("ed25519"), "f")
        self.tool(2, "install", "--layout", "ima", "--from", ".", "--to", "to")
        self.tool(7, "sign", "--layout", "ima", "sha256", key("rsa2048"), cert("rsa2048"), "absent")

    def test_a_file_system_or_a_user_without_these_attributes(self):
        if os.geteuid() == 0 and shutil.which("setpriv"):
            os.chmod(self.folder, 0o777)
            write("key.pem", read(key("rsa2048")))
            os.chmod("key.pem", 0o644)
            write("cert.pem", read(cert("rsa2048")))
            for parent in [self.folder] + ([ATTRIBUTES] if ATTRIBUTES else []):
                os.chmod(parent, 0o755)
            os.chown("f", 65534, 65534)
            done = run("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", TOOL, "sign", "--layout", "ima", "sha256", "key.pem", "cert.pem", "f")
            if done.returncode not in (126, 127):  # the tool may lie where nobody else may look
                self.assertEqual(done.returncode, 7, done.stderr.decode())
                self.assertRegex(done.stderr.decode(), "security.ima cannot be written: .*--sigfile writes a file instead")
                self.assertEqual([name for name in os.listxattr("f") if "ima" in name], [])
                return
        self.skipTest("nobody else can run the tool here")


class Attributes(InFolder):
    def setUp(self):
        super().setUp()
        self.need_attributes()

    def test_an_attribute_counts_where_nothing_is_appended(self):
        self.sign("rsa2048", "sha256")
        fields = self.tsv(0, "--trust", cert("rsa2048"), "f", policy="strict")[0]
        self.assertEqual(fields[1:7], ["verified", "-", "-", "ima", "sha256", "rsa-pkcs1"])
        self.assertEqual(self.tsv(0, "--trust", cert("rsa2048"), "--layout", "ima", "f")[0][1], "verified")
        self.assertEqual(self.tsv(3, "--trust", cert("rsa2048"), "--layout", "modsign", "f")[0][2], "no_signature")
        write("m.ko", CONTENT)
        must(TOOL, "sign", "sha256", key("rsa3072"), cert("rsa3072"), "m.ko")
        self.sign("rsa2048", "sha256", path="m.ko")
        self.assertEqual(self.tsv(0, "--trust", cert("rsa3072"), "m.ko")[0][4], "modsign")
        # To IMA it is the other way round: what is appended counts when the attribute's key is not known.
        self.assertEqual(self.tsv(0, "--trust", cert("rsa2048"), "m.ko", policy="linux-ima")[0][4], "ima")
        self.assertEqual(self.tsv(0, "--trust", cert("rsa3072"), "m.ko", policy="linux-ima")[0][4], "modsign")
        self.assertEqual(self.tsv(4, "--trust", cert("rsa4096"), "m.ko", policy="linux-ima")[0][3], "ENOKEY")

    def test_version_1_in_an_attribute(self):
        if b"--rsa" not in run("evmctl", "--help").stdout:
            self.skipTest("this evmctl makes no signatures of version 1")
        must("evmctl", "ima_sign", "--rsa", "-a", "sha256", "-k", key("rsa2048"), "f")
        keys = ["--trust", os.path.join(KEYS, "rsa2048.digsig-v1.bin")]
        self.assertEqual(self.tsv(0, *keys, "f")[0][4:6], ["digsig", "sha256"])
        self.assertEqual(self.tsv(0, *keys, "f", policy="linux-ima")[0][1], "verified")  # --ima-hash sha256 is the default
        self.assertEqual(self.tsv(1, *keys, "--ima-hash", "sha1", "f", policy="linux-ima")[0][3], "EINVAL")
        self.tsv(0, *keys, "--ima-hash", "sha256", "f", policy="linux-digsig")
        self.assertEqual(self.tsv(1, *keys, "--ima-hash", "sha1", "f", policy="linux-digsig")[0][3], "EINVAL")
        must("evmctl", "ima_sign", "--rsa", "-a", "sha1", "-k", key("rsa2048"), "f")
        self.tsv(0, *keys, "--ima-hash", "sha1", "f", policy="linux-ima")
        self.tsv(2, *keys, "--ima-hash", "sha1", "f", policy="legacy")
        self.tsv(2, *keys, "--ima-hash", "nonsense", "f", policy="linux-ima")

    def test_signing_twice(self):
        self.sign("rsa2048", "sha256")
        first = os.getxattr("f", IMA)
        self.sign("p256", "sha256", status=2)
        self.assertEqual(os.getxattr("f", IMA), first)
        self.sign("p256", "sha256", "--replace")
        self.assertNotEqual(os.getxattr("f", IMA), first)
        os.setxattr("f", IMA, b"\x04\x04" + hashlib.sha256(CONTENT).digest())  # a bare digest is none
        self.sign("p256", "sha256")
        self.tsv(0, "--trust", cert("p256"), "f")
        self.assertEqual(read("f"), CONTENT)

    def test_a_bare_digest_is_no_signature(self):
        os.setxattr("f", IMA, b"\x04\x04" + hashlib.sha256(CONTENT).digest())
        self.assertEqual(self.tsv(3, "--trust", cert("p256"), "f")[0][2:4], ["no_signature", "ENODATA"])
        self.assertEqual(self.tsv(3, "--trust", cert("p256"), "f", policy="linux-ima")[0][2:4], ["no_signature", "ENODATA"])
        os.removexattr("f", IMA)
        self.assertEqual(self.tsv(3, "--trust", cert("p256"), "f", policy="linux-ima")[0][2:4], ["no_signature", "ENODATA"])

    def test_a_tree(self):
        os.makedirs("tree/below")
        for name, signer in ("a.ko", "rsa2048"), ("below/b.so", "p256"), ("below/c.ko.gz", "p384"), ("d.ko", None):
            write("tree/" + name, CONTENT + name.encode())
            if signer:
                self.sign(signer, "sha512", path="tree/" + name)
        keys = [word for name in ("rsa2048", "p256", "p384") for word in ("--trust", cert(name))]
        rows = self.tsv(1, *keys, "tree")  # unsigned, and what claims to be compressed and is not
        self.assertEqual([(row[0], row[2]) for row in rows],
                         [("tree/a.ko", "-"), ("tree/below/b.so", "-"), ("tree/below/c.ko.gz", "decompression_failed"), ("tree/d.ko", "no_signature")])
        rows = self.tsv(3, *keys, "tree", policy="linux-ima")  # to which a file is a file
        self.assertEqual([row[2] for row in rows], ["-", "-", "-", "no_signature"])
        self.assertEqual([row[0] for row in self.tsv(3, *keys, "-j", "2", "tree", policy="linux-ima")], [row[0] for row in rows])

    def test_attributes_as_text(self):
        self.sign("p384", "sha384")
        for form in "hex", "base64", "text":
            with self.subTest(form=form):
                write("dump", must("getfattr", "-d", "-m", "security.ima", "-e", form, "f"))
                self.assertEqual(self.tsv(0, "--trust", cert("p384"), "--signature", "dump", "f")[0][1], "verified")
        write("g", CONTENT + b"g")
        self.sign("p256", "sha256", path="g")
        write("both", must("getfattr", "-d", "-m", "security.ima", "-e", "base64", "f", "g"))
        keys = ["--trust", cert("p384"), "--trust", cert("p256")]
        for name in "f", "g":
            self.tsv(0, *keys, "--signature", "both", name)
        write("h", CONTENT)
        self.assertEqual(self.tsv(6, *keys, "--signature", "both", "h")[0][2], "missing_element")
        write("bad", b"security.ima=0x0302zz\n")
        self.assertEqual(self.tsv(6, *keys, "--signature", "bad", "f")[0][2], "bad_text")

    def test_inspecting(self):
        self.sign("rsa2048", "sha256")
        out, _ = self.tool(0, "inspect", "--trust", cert("rsa2048"), "f")
        for line in "layout: ima", "source: security.ima", "version: 2", "kind: plain", "digest: sha256", f"content_size: {len(CONTENT)}":
            self.assertIn(line + "\n", out)
        self.sign("rsa2048", "sha256", "--v3", "--sigfile")
        out, _ = self.tool(0, "inspect", "--trust", cert("rsa2048"), "--signature", "f.sig", "f")
        for line in "source: detached", "version: 3", "kind: fs-verity":
            self.assertIn(line + "\n", out)

    def test_keys(self):
        out, _ = self.tool(0, "keys", "--policy", "linux-ima", "--tsv", cert("rsa2048"), os.path.join(KEYS, "rsa2048.digsig-v1.bin"))
        self.assertEqual([line.split("\t")[1] for line in out.splitlines()], ["accepted", "accepted"])
        out, _ = self.tool(6, "keys", "--policy", "linux-ima", "--tsv", os.path.join(KEYS, "rsa2048.pub.pem"))
        self.assertEqual(out.split("\t")[1:4], ["refused", "bad_der", "EBADMSG"])


class Evm(InFolder):
    def setUp(self):
        super().setUp()
        self.need_attributes()
        os.setxattr("f", "security.selinux", b"system_u:object_r:bin_t:s0\0")

    def test_portable_signatures(self):
        self.sign("rsa2048", "sha256", layout="evm", status=2)  # there is no security.ima yet
        self.sign("rsa2048", "sha256")
        for hash_name in "sha1", "sha256", "sha512":
            for name in "rsa2048", "rsa4096", "p256", "p384":
                with self.subTest(key=name, hash=hash_name):
                    must("evmctl", "sign", "-o", "-a", hash_name, "-k", key(name), "f")
                    theirs = os.getxattr("f", EVM)
                    fields = self.tsv(0, "--layout", "evm", "--trust", cert(name), "f")[0]
                    self.assertEqual(fields[1:6], ["verified", "-", "-", "evm", hash_name])
                    self.sign(name, hash_name, "--replace", layout="evm")
                    ours = os.getxattr("f", EVM)
                    self.assertEqual(ours[:7] if name.startswith("p") else ours, theirs[:7] if name.startswith("p") else theirs)
                    self.tsv(0, "--layout", "evm", "--trust", cert(name), "f")
                    counts["by modsig"] += 2
        self.sign("p256", "sha256", layout="evm", status=2)  # it is signed

    def test_what_portable_signatures_cover(self):
        self.sign("rsa2048", "sha256")
        self.sign("rsa2048", "sha256", layout="evm")
        verify = lambda status: self.tsv(status, "--layout", "evm", "--trust", cert("rsa2048"), "f")[0][2]  # noqa: E731
        self.assertEqual(verify(0), "-")
        os.chmod("f", 0o600)
        self.assertEqual(verify(1), "signature_mismatch")
        os.chmod("f", 0o644)
        os.setxattr("f", "user.other", b"x")  # not protected
        self.assertEqual(verify(0), "-")
        os.setxattr("f", "security.selinux", b"other\0")
        self.assertEqual(verify(1), "signature_mismatch")
        os.removexattr("f", IMA)
        self.assertEqual(verify(6), "missing_element")
        self.assertEqual(self.tsv(6, "--layout", "evm", "--trust", cert("rsa2048"), "f", policy="linux-ima")[0][3], "EPERM")
        os.removexattr("f", EVM)
        self.assertEqual(verify(3), "no_signature")
        # Unasked, nobody takes metadata for content.
        self.sign("rsa2048", "sha256")
        self.sign("rsa2048", "sha256", layout="evm")
        os.removexattr("f", IMA)
        self.assertEqual(self.tsv(3, "--trust", cert("rsa2048"), "f")[0][2], "no_signature")

    def test_signatures_bound_to_the_inode(self):
        self.sign("rsa2048", "sha256")
        device = os.stat("f").st_dev
        known = [name for name in (os.listdir("/dev/disk/by-uuid") if os.path.isdir("/dev/disk/by-uuid") else [])
                 if os.stat("/dev/disk/by-uuid/" + name).st_rdev == device]
        done = run("evmctl", "sign", "-u" + (known[0] if known else ""), "-a", "sha256", "-k", key("rsa2048"), "f")
        if done.returncode != 0:
            self.skipTest("evmctl cannot find out the generation of inodes here: " + done.stderr.decode().strip().splitlines()[-1])
        self.assertEqual(os.getxattr("f", EVM)[0], 3)
        self.assertEqual(self.tsv(0, "--layout", "evm", "--trust", cert("rsa2048"), "f")[0][1], "verified")
        os.chown("f", 1, 1)
        self.assertEqual(self.tsv(1, "--layout", "evm", "--trust", cert("rsa2048"), "f")[0][2], "signature_mismatch")

    def test_inspecting(self):
        self.sign("p256", "sha256")
        self.sign("p256", "sha256", layout="evm")
        out, _ = self.tool(0, "inspect", "--layout", "evm", "--trust", cert("p256"), "f")
        for line in "layout: evm", "source: security.evm", "kind: portable", "scheme: ecdsa":
            self.assertIn(line + "\n", out)


class Corpus(InFolder):
    """Rows of the corpus as the tool judges them; beside each signature what the kernel said to it."""

    @staticmethod
    def rows(*formats):
        for line in read(os.path.join(CORPUS, "manifest.tsv")).decode().splitlines():
            fields = line.split("\t")
            if fields[1] in formats:
                yield [os.path.join(CORPUS, name) for name in (fields[0], fields[2], fields[3])] + fields[:1] + fields[4:6]

    def test_what_linux_answered(self):
        answers = dict(line.split("\t")[::2] for line in read(os.path.join(CORPUS, "kernel.tsv")).decode().splitlines())
        compared = 0
        for signature, payload, trusted, name, _, _ in self.rows("ima-v2", "digsig-v1"):
            hashed = re.search(r"\.(sha1|sha256)\.", name) if name.startswith("digsig-v1") else None
            if name not in answers or os.path.getsize(payload) > 1 << 19 or (name.startswith(("digsig", "bad/digsig")) and not hashed):
                continue
            with self.subTest(file=name):
                loads = not name.endswith("weak-rsa768.sig")  # Linux takes no such certificate
                out = run(TOOL, "verify", "--policy", "linux-ima", "--tsv", "--layout", "ima", "--layout", "digsig", "--ima-hash", hashed[1] if hashed else "sha256",
                          "--trust", trusted.replace(".pub.der", ".cert.der") if loads else trusted, "--signature", signature, payload).stdout.decode()
                said = out.rstrip("\n").split("\t")
                theirs = {"ENOTSUP": "EOPNOTSUPP"}.get(answers[name], answers[name])
                self.assertEqual("accept" if said[1] == "verified" else said[3], theirs, out)
                compared += 1
        counts["corpus"] += compared
        self.assertGreater(compared, 100)

    def test_metadata_and_fs_verity(self):
        for signature, payload, trusted, name, expected, _ in self.rows("ima-v3", "evm-v2"):
            layout = "evm" if "evm" in name else "ima"
            with self.subTest(file=name):
                out = run(TOOL, "verify", "--policy", "legacy", "--tsv", "--layout", layout, "--trust", trusted, "--signature", signature, payload).stdout.decode()
                said = out.split("\t")
                self.assertEqual(said[1] == "verified", expected == "valid", out)
                counts["corpus"] += 1


def remark():
    return f"; {counts['by modsig']} verdicts on what evmctl made, {counts['by evmctl']} the other way round, {counts['corpus']} rows of the corpus"


if __name__ == "__main__":
    TOOL, KEYS, CORPUS = (os.path.abspath(argument) for argument in sys.argv[1:4])
    print(must("evmctl", "--version").decode().strip())
    ATTRIBUTES = attribute_folder()
    try:
        status = run_tests(sys.modules["__main__"], sys.argv[4:], lambda: counts["by evmctl"] != 0 or len(sys.argv) > 4, remark)
    finally:
        if ATTRIBUTES is not None:
            shutil.rmtree(ATTRIBUTES, ignore_errors=True)
    sys.exit(status)
