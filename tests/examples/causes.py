#!/usr/bin/env python3
"""Why a file is refused, in words that stay: every cause of the tool has a row here that makes it come about, with openssl and by hand,
and is the only hint there; a file that is in order has none. causes.py TOOL TABLE (cause.cpp) [--large] [TEST...]; --large: of files
that are verified in windows"""
import gzip
import hashlib
import json
import lzma
import os
import re
import shutil
import struct
import sys
import tempfile
import unittest

from harness import must, read, run, run_tests, write

TOOL = TABLE = ""
MARKER = b"~Module signature appended~\n"
CONTENT = b"#!/bin/sh\nexit 0\n" * 40
SEEN = set()
ML_DSA_65 = bytes.fromhex("608648016503040312")


# ---- DER: https://www.itu.int/rec/T-REC-X.690, section 8

def element(tag, content):
    size = len(content)
    octets = size.to_bytes((size.bit_length() + 7) // 8 or 1, "big")
    return bytes([tag]) + (octets if size < 128 else bytes([0x80 | len(octets)]) + octets) + content


def elements(data):
    found, at = [], 0
    while at < len(data):
        start, tag, size, at = at, data[at], data[at + 1], at + 2
        if size >= 128:
            count = size & 127
            size, at = int.from_bytes(data[at:at + count], "big"), at + count
        found.append((tag, data[at:at + size], data[start:at + size]))
        at += size
    return found


class Message:
    """A CMS SignedData; `signers`: the fields of each SignerInfo, encoded."""

    def __init__(self, data):
        self.outer = elements(elements(data)[0][1])
        self.fields = elements(elements(self.outer[1][1])[0][1])
        self.signers = [[part[2] for part in elements(signer[1])] for signer in elements(self.fields[-1][1])]

    def encoded(self):
        signers = element(0x31, b"".join(sorted(element(0x30, b"".join(each)) for each in self.signers)))
        body = element(0x30, b"".join(each[2] for each in self.fields[:-1]) + signers)
        return element(0x30, self.outer[0][2] + element(0xa0, body))

    def value(self):
        return elements(self.signers[0][-1])[0][1]

    def with_value(self, value):
        self.signers[0][-1] = element(4, value)
        return self.encoded()


def appended(content, blob, head=(0, 0, 2, 0, 0), size=None):
    return content + blob + bytes(head) + bytes(3) + struct.pack(">I", len(blob) if size is None else size) + MARKER


def integer(value):
    value = value.lstrip(b"\0")
    return element(2, (b"\0" if not value or value[0] >= 128 else b"") + value)


def digest(content, name="sha256"):
    return hashlib.new(name, content).digest()


DIGEST_INFO = {"sha256": bytes.fromhex("3031300d060960864801650304020105000420"), "sha512": bytes.fromhex("3051300d060960864801650304020305000440")}


class Keys:
    """Made once, with openssl."""

    folder = None

    @staticmethod
    def config(name, *extensions):
        lines = ["[req]", "distinguished_name=d", "prompt=no", "x509_extensions=e", "[d]", f"CN={name}", "[e]",
                 *(extensions or ("basicConstraints=critical,CA:FALSE", "keyUsage=digitalSignature", "subjectKeyIdentifier=hash"))]
        write("x.cnf", "\n".join(lines).encode() + b"\n")
        return "x.cnf"

    @classmethod
    def certificate(cls, file, name, key, *extensions, more=()):
        must("openssl", "req", "-new", "-x509", "-sha256", "-days", "3650", "-config", cls.config(name, *extensions), "-key", key, "-out", file, *more)

    @classmethod
    def issued(cls, file, name, key, issuer, *extensions):
        must("openssl", "req", "-new", "-config", cls.config(name), "-key", key, "-out", "x.csr")
        write("x.ext", "\n".join(extensions or ("basicConstraints=critical,CA:FALSE", "keyUsage=digitalSignature", "subjectKeyIdentifier=hash",
                                                "authorityKeyIdentifier=keyid")).encode() + b"\n")
        must("openssl", "x509", "-req", "-in", "x.csr", "-CA", issuer + ".pem", "-CAkey", issuer + ".key", "-CAcreateserial", "-days", "3000", "-extfile", "x.ext", "-out", file)

    @classmethod
    def dated(cls, file, name, key, start, end):
        os.makedirs("ca", exist_ok=True)
        write("ca/index", b"")
        write("ca/serial", b"4711\n")
        write("ca.cnf", b"[ca]\ndefault_ca=c\n[c]\nnew_certs_dir=ca\ndatabase=ca/index\nserial=ca/serial\ndefault_md=sha256\npolicy=p\nx509_extensions=e\n[p]\nCN=supplied\n"
              b"[e]\nbasicConstraints=critical,CA:FALSE\nkeyUsage=digitalSignature\nsubjectKeyIdentifier=hash\n")
        must("openssl", "req", "-new", "-config", cls.config(name), "-key", key, "-out", "x.csr")
        must("openssl", "ca", "-batch", "-config", "ca.cnf", "-selfsign", "-keyfile", key, "-in", "x.csr", "-startdate", start, "-enddate", end, "-notext", "-out", file)

    @classmethod
    def make(cls):
        cls.folder = tempfile.mkdtemp(prefix="modsig-causes-keys-")
        os.chdir(cls.folder)
        for name, bits in ("k", 2048), ("other", 2048), ("ca", 2048), ("leaf", 2048), ("small", 1024), ("large", 3072):
            must("openssl", "genrsa", "-out", name + ".key", bits)
        for name in "k", "other", "small", "large":
            cls.certificate(name + ".pem", "Example key " + name, name + ".key")
        for name, curve in ("e", "prime256v1"), ("e384", "secp384r1"):
            must("openssl", "ecparam", "-name", curve, "-genkey", "-noout", "-out", name + ".key")
            cls.certificate(name + ".pem", "Example key " + name, name + ".key")
        cls.certificate("ca.pem", "Root CA", "ca.key", "basicConstraints=critical,CA:TRUE", "keyUsage=keyCertSign", "subjectKeyIdentifier=hash")
        cls.issued("leaf.pem", "Module leaf", "leaf.key", "ca")
        cls.issued("leaf2.pem", "Module leaf", "other.key", "ca")
        cls.certificate("mok.pem", "DKMS module signing key", "k.key", "basicConstraints=CA:TRUE", "subjectKeyIdentifier=hash")
        cls.certificate("renewed.pem", "Example key k", "k.key")
        cls.certificate("namesake.pem", "Example key k", "other.key")
        cls.certificate("wide.pem", "Example key k", "large.key")
        cls.certificate("curve.pem", "Example key k", "e.key")
        cls.certificate("encipher.pem", "Mail key", "k.key", "basicConstraints=critical,CA:FALSE", "keyUsage=keyEncipherment", "subjectKeyIdentifier=hash")
        cls.certificate("server.pem", "Server key", "k.key", "basicConstraints=critical,CA:FALSE", "extendedKeyUsage=serverAuth", "subjectKeyIdentifier=hash")
        cls.issued("bykey.pem", "Issued by no CA", "leaf.key", "k")
        cls.dated("old.pem", "Old key", "k.key", "20200101000000Z", "20210101000000Z")
        cls.dated("new.pem", "New key", "k.key", "20990101000000Z", "21000101000000Z")
        must("openssl", "x509", "-in", "k.pem", "-pubkey", "-noout", "-out", "k.pub")
        for name in "k", "mok", "other":
            must("openssl", "x509", "-in", name + ".pem", "-outform", "DER", "-out", name + ".der")


class InFolder(unittest.TestCase):
    def setUp(self):
        if Keys.folder is None:
            Keys.make()
        self.folder = tempfile.mkdtemp(prefix="modsig-causes-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        os.chdir(self.folder)
        for name in os.listdir(Keys.folder):
            if os.path.isfile(f"{Keys.folder}/{name}"):
                os.symlink(f"{Keys.folder}/{name}", name)
        write("m.ko", CONTENT)

    def tool(self, status, *arguments):
        done = run(TOOL, *arguments)
        self.assertEqual(done.returncode, status, f"{arguments}\n{done.stdout.decode()}\n{done.stderr.decode()}")
        return done.stdout.decode()

    def cms(self, key="k", content="m.ko", *options, certificate=None, certificates=False, attributes=False, md="sha256"):
        must("openssl", "cms", "-sign", "-in", content, "-signer", (certificate or key) + ".pem", "-inkey", key + ".key", "-binary", "-outform", "DER", "-md", md,
             *([] if attributes else ["-noattr"]), *([] if certificates else ["-nocerts"]), *options, "-out", "x.p7s")
        return read("x.p7s")

    def signed(self, name="s.ko", content=None, **more):
        content = CONTENT if content is None else content
        write("x.content", content)
        return write(name, appended(content, self.cms(content="x.content", **more)))

    def raw_rsa(self, block, key="k"):
        """The value whose block this is: without padding."""
        write("x.block", block)
        return must("openssl", "pkeyutl", "-decrypt", "-inkey", key + ".key", "-pkeyopt", "rsa_padding_mode:none", "-in", "x.block")

    def padded(self, content, size=256):
        return b"\0\1" + b"\xff" * (size - 3 - len(content)) + b"\0" + content

    def with_value(self, value, name="s.ko", **more):
        return write(name, appended(CONTENT, Message(self.cms(**more)).with_value(value)))

    def inspect(self, status, *arguments):
        return json.loads(self.tool(status, "inspect", "--json", *arguments))

    def cause(self, word, status, *arguments, hint="", remedy="", errc=None):
        """`word` is the cause, in JSON and in text, of inspect and of verify, and nothing else is hinted at."""
        said = self.inspect(status, *arguments)
        self.assertEqual((said["cause"], said["hints"]), (word, [word]), said)
        self.assertNotEqual(said["verdict"], "verified")
        self.assertRegex(said["hint"], hint or ".")
        self.assertRegex(said["remedy"], remedy or ".")
        self.assertEqual(said["explanations"], [said["hint"]])
        for text in said["hint"], said["remedy"]:
            self.assertNotRegex(text, r"[{}]")
        if errc:
            self.assertEqual(said["errc"], errc)
        lines = self.tool(status, "inspect", *arguments).splitlines()
        for line in f"cause: {word}", f"hint: {said['hint']}", f"remedy: {said['remedy']}":
            self.assertIn(line, lines)
        one, total = [json.loads(line) for line in self.tool(status, "verify", "--json", *arguments).splitlines()]
        self.assertEqual([one[name] for name in ("cause", "hint", "remedy")], [said[name] for name in ("cause", "hint", "remedy")])
        self.assertEqual(total["causes"], {word: 1})
        lines = self.tool(status, "verify", *arguments).splitlines()
        self.assertEqual(lines[1:], [f"    {name}: {said[name]}" for name in ("cause", "hint", "remedy")])
        SEEN.add(word)
        return said

    def in_order(self, *arguments):
        said = self.inspect(0, *arguments)
        self.assertEqual((said["verdict"], said["cause"], said["hint"], said["remedy"], said["hints"]), ("verified", None, None, None, []), said)
        return said


TRUST = "--trust", "k.pem"


class Sizes(InFolder):
    def test_a_file_is_held_for_its_cause_up_to_a_limit(self):
        for size, cause in ((139264, "not_signed"), (139265, "not_signed"), (8 << 20, "not_signed"), ((8 << 20) + 1, None), (1 << 40, None)):
            with open("sparse.ko", "wb") as file:
                file.truncate(size)
            with self.subTest(size=size):
                said = json.loads(self.tool(3, "verify", "--json", *TRUST, "sparse.ko").splitlines()[0])
                self.assertEqual((said["errc"], said["cause"]), ("no_signature", cause))


class WithoutSignature(InFolder):
    def test_not_signed(self):
        self.cause("not_signed", 3, *TRUST, "m.ko", remedy=r"^modsig sign sha256 KEY CERT m\.ko$")
        write("text.ko", CONTENT + MARKER[:-3] + b"!")  # the marker's text alone is nothing
        self.cause("not_signed", 3, *TRUST, "text.ko")
        write("inside.ko", CONTENT + MARKER + CONTENT)  # libkmod has it in its data
        self.cause("not_signed", 3, *TRUST, "inside.ko")

    @unittest.skipUnless(shutil.which("c++") and shutil.which("strip"), "no compiler")
    def test_stripped(self):
        write("x.cpp", b"int answer() { return 42; }\n")
        must("c++", "-c", "-g", "x.cpp", "-o", "x.ko")
        self.cause("not_signed", 3, *TRUST, "x.ko")
        write("s.ko", appended(read("x.ko"), self.cms(content="x.ko")))
        self.in_order(*TRUST, "s.ko")
        must("strip", "--strip-debug", "s.ko")
        self.cause("stripped", 3, *TRUST, "s.ko", hint="stripped after signing", remedy="modsig sign sha256 KEY CERT s.ko")

    def test_intel_hex(self):
        self.cause("intel_hex", 3, *TRUST, write("image.hex", b":0300300002337A1E\n:00000001FF\n"), hint="Intel HEX", remedy="objcopy -I ihex -O binary")
        for other in b":0300300002337A1F\n", b":", b"":
            self.assertNotEqual(self.inspect(3, *TRUST, write("other.hex", other)).get("cause"), "intel_hex")

    def test_damaged_marker(self):
        signed = read(self.signed())
        write("cut.ko", signed[:-1])
        said = self.cause("damaged_marker", 3, *TRUST, "cut.ko", remedy=r"^printf")
        must("sh", "-c", said["remedy"])
        self.in_order(*TRUST, "cut.ko")
        self.cause("damaged_marker", 3, *TRUST, write("crlf.ko", signed[:-1] + b"\r\n"), hint="CR LF")
        self.cause("damaged_marker", 3, *TRUST, write("short.ko", signed[:-20]), hint="20 bytes are missing")
        self.cause("damaged_marker", 3, *TRUST, write("gone.ko", signed[:-len(MARKER)]), hint="28 bytes are missing")

    def test_data_after_signature(self):
        for tail in b"\n", b"padding" * 100, MARKER:
            with self.subTest(tail=tail):
                write("x.ko", read(self.signed()) + tail)
                if tail == MARKER:
                    self.assertNotIn("data_after_signature", self.inspect(6, *TRUST, "x.ko")["hints"])
                    continue
                said = self.cause("data_after_signature", 3, *TRUST, "x.ko", hint=f" {len(tail)} bytes")
                must("sh", "-c", said["remedy"])
                self.in_order(*TRUST, "x.ko")

    def test_other_layout(self):
        self.tool(0, "sign", "--layout", "digsig", "sha256", "k.key", "k.pem", "m.ko", "d.ko")
        self.cause("other_layout", 3, "--layout", "modsign", *TRUST, "d.ko", hint="digsig", remedy="--policy legacy")
        self.cause("other_layout", 3, "--layout", "digsig", "--policy", "legacy", *TRUST, self.signed(), hint="modsign")

    def test_holds_digest(self):
        for value in b"\x04\x04" + digest(CONTENT), b"\x01" + digest(CONTENT, "sha1"), b"\x01" + digest(CONTENT, "md5"):
            write("attributes", b"# file: m.ko\nsecurity.ima=0x" + value.hex().encode() + b"\n\n")
            write("value", value)
            for signature in "attributes", "value":
                for policy in "strict", "legacy", "permissive", "linux-ima", "linux-digsig", "linux-modsign":
                    status = 0 if policy == "permissive" else 3
                    for layout in [], ["--layout", "ima"], ["--layout", "modsign"], ["--layout", "digsig"]:
                        with self.subTest(value=value.hex(), signature=signature, policy=policy, layout=layout):
                            done = run(TOOL, "verify", "--json", "--policy", policy, *layout, *TRUST, "--signature", signature, "m.ko")
                            if done.returncode == 2:
                                continue  # the policy has no such layout
                            said = json.loads(done.stdout.decode().splitlines()[0])
                            error = "EKEYREJECTED" if policy == "linux-modsign" else "ENODATA"
                            self.assertEqual((done.returncode, said["errc"], said["errno"], said["cause"]), (status, "no_signature", error, "holds_digest"))
                            self.assertIn("security.ima holds a digest, not a signature", said["message"])
            self.cause("holds_digest", 3, "--layout", "ima", *TRUST, "--signature", "attributes", "m.ko", hint="security.ima holds a digest", remedy="--layout ima")

    def test_holds_digest_as_an_attribute(self):
        value = "0x0404" + digest(CONTENT).hex()
        if not shutil.which("setfattr") or run("setfattr", "-n", "security.ima", "-v", value, "m.ko").returncode != 0:
            self.skipTest("no security.ima here")
        for policy in "strict", "linux-ima":
            self.cause("holds_digest", 3, "--policy", policy, *TRUST, "m.ko", hint="security.ima holds a digest")

    def test_compressed(self):
        signed = read(self.signed())
        for name, packed in ("gzip", gzip.compress(signed)), ("xz", lzma.compress(signed, check=lzma.CHECK_CRC32)):
            write("z.ko", packed)
            said = self.cause("compressed", 6, *TRUST, "z.ko", hint=name)
            must("sh", "-c", said["remedy"])
            self.in_order(*TRUST, said["remedy"].split()[-1])

    def test_not_compressed(self):
        for suffix in "xz", "gz", "zst":
            shutil.copy(self.signed(), f"p.ko.{suffix}")
            said = self.cause("not_compressed", 7, *TRUST, f"p.ko.{suffix}")
            must("sh", "-c", said["remedy"])
            self.in_order(*TRUST, "p.ko")

    def test_signed_while_compressed(self):
        packed = lzma.compress(CONTENT, check=lzma.CHECK_CRC32)
        write("z.ko.xz", packed)
        write("s.ko.xz", appended(packed, self.cms(content="z.ko.xz")))
        self.cause("signed_while_compressed", 7, *TRUST, "s.ko.xz")
        self.cause("signed_while_compressed", 3, "--policy", "linux-modsign", *TRUST, "s.ko.xz")

    def test_decompression_failed(self):
        packed = lzma.compress(read(self.signed()), check=lzma.CHECK_CRC32)
        self.cause("decompression_failed", 7, *TRUST, write("z.ko.xz", packed[:-9]))
        self.cause("decompression_failed", 7, *TRUST, write("y.ko.xz", packed[:40] + b"?" + packed[41:]))
        self.in_order(*TRUST, write("x.ko.xz", packed))

    def test_unreadable(self):
        said = self.inspect(7, *TRUST, "absent.ko")
        self.assertEqual((said["cause"], said["hints"]), ("unreadable", ["unreadable"]))
        SEEN.add("unreadable")


class Malformed(InFolder):
    def test_old_format(self):
        value = must("openssl", "dgst", "-sha256", "-sign", "k.key", "m.ko")
        blob = b"Example key k" + bytes(20) + struct.pack(">H", len(value)) + value
        write("old.ko", appended(CONTENT, blob, (1, 4, 1, 13, 20), 2 + len(value)))
        said = self.cause("old_format", 6, *TRUST, "old.ko", errc="unsupported_version")
        self.assertEqual(said["content_size"], len(CONTENT))
        self.tool(0, "strip", "old.ko", "stripped.ko")
        self.assertEqual(read("stripped.ko"), CONTENT)
        self.tool(0, "sign", "--replace", "sha256", "k.key", "k.pem", "old.ko")
        self.in_order(*TRUST, "old.ko")
        self.tool(0, "strip", "old.ko", "stripped.ko")
        self.assertEqual(read("stripped.ko"), CONTENT)

    def test_little_endian_length(self):
        self.tool(0, "sign", "--layout", "ima", "--sigfile", "sha256", "k.key", "k.pem", "m.ko")
        value = read("m.ko.sig")
        self.in_order("--layout", "ima", *TRUST, "--signature", "m.ko.sig", "m.ko")
        write("le.sig", value[:7] + value[8:9] + value[7:8] + value[9:])
        self.cause("little_endian_length", 6, "--layout", "ima", *TRUST, "--signature", "le.sig", "m.ko", hint="big-endian")
        write("longer.sig", value[:7] + struct.pack(">H", len(value)) + value[9:])
        self.cause("malformed", 6, "--layout", "ima", *TRUST, "--signature", "longer.sig", "m.ko")

    def test_malformed(self):
        blob = self.cms()
        self.cause("malformed", 6, *TRUST, write("x.ko", appended(CONTENT, b"\x30\x05nothing")))
        self.cause("malformed", 6, *TRUST, write("x.ko", appended(CONTENT, blob + b"\0")))
        self.cause("malformed", 6, *TRUST, write("x.ko", appended(CONTENT, blob, (0, 0, 0, 0, 0))), hint="PGP")

    def test_unsupported_algorithm(self):
        message = Message(self.cms())
        message.signers[0][-2] = element(0x30, element(6, ML_DSA_65))
        said = self.inspect(1 if self.knows_ml_dsa(message) else 6, *TRUST, write("x.ko", appended(CONTENT, message.encoded())))
        if said["cause"] == "unsupported_algorithm":
            self.assertIn("ml-dsa-65", said["hint"])
        message.signers[0][-2] = element(0x30, element(6, bytes.fromhex("2a0304")))
        self.cause("unsupported_algorithm", 6, *TRUST, write("x.ko", appended(CONTENT, message.encoded())), hint="1.2.3.4")

    def knows_ml_dsa(self, message):
        write("x.ko", appended(CONTENT, message.encoded()))
        return run(TOOL, "verify", *TRUST, "x.ko").returncode != 6

    def test_an_ed25519_key_for_a_module_is_named(self):
        must("openssl", "genpkey", "-algorithm", "ed25519", "-out", "ed.key")
        Keys.certificate("ed.pem", "Example key ed", "ed.key")
        done = run(TOOL, "sign", "sha256", "ed.key", "ed.pem", "m.ko", "o.ko")
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr.decode(), r"^modsig: ed\.key: the key is ed25519")
        self.assertNotIn("m.ko", done.stderr.decode())


class Forms(InFolder):
    def test_attributes(self):
        self.cause("attributes", 6, *TRUST, self.signed(attributes=True), remedy="-noattr")

    def test_brings_content(self):
        write("x.ko", appended(CONTENT, self.cms("k", "m.ko", "-nodetach")))
        self.cause("brings_content", 6, *TRUST, "x.ko")

    def test_brings_certificate(self):
        write("x.ko", appended(CONTENT, self.cms("k", "m.ko", "-certfile", "other.pem", certificates=True)))
        self.cause("brings_certificate", 6, *TRUST, "x.ko", remedy="legacy")
        self.in_order("--policy", "legacy", *TRUST, "x.ko")
        self.in_order(*TRUST, self.signed(certificates=True))

    def test_ambiguous_content(self):
        write("x.content", b"FSVerity" + struct.pack("<HH", 1, 32) + bytes(32))
        write("x.ko", appended(read("x.content"), self.cms(content="x.content")))
        self.cause("ambiguous_content", 5, *TRUST, "x.ko")


class UnknownKeys(InFolder):
    def test_unknown_key(self):
        signed = self.signed()
        self.cause("unknown_key", 4, "--trust", "other.pem", signed, hint="signed by CN=Example key k.*/var/lib/dkms/mok.pub.*MOK", remedy=r"--trust CERT s\.ko")
        self.cause("unknown_key", 4, "--trust", "e.pem", signed)
        dkms = self.signed("d.ko", certificate="mok")
        self.cause("unknown_key", 4, "--trust", "other.pem", dkms, hint="DKMS keeps", remedy="--trust /var/lib/dkms/mok.pub")
        # Two leaves of one CA are no namesakes.
        self.cause("unknown_key", 4, "--trust", "leaf2.pem", self.signed("l.ko", key="leaf"))

    def test_a_key_that_the_machine_keeps_is_found(self):
        signed = self.signed(certificate="mok")
        for place in "var/lib/dkms/mok.pub", "var/lib/shim-signed/mok/MOK.der", "etc/pki/akmods/certs/public_key.der":
            with self.subTest(place=place):
                os.makedirs(os.path.dirname("root/" + place))
                shutil.copy("mok.der", "root/" + place)
                self.cause("unknown_key", 4, "--root", "root", "--trust", "other.pem", signed, hint=f"root/{place} holds this key", remedy=f"--trust root/{place}")
                shutil.copy("k.der", "root/" + place)  # the same key, in another certificate
                os.remove("root/" + place)

    def test_not_enrolled(self):
        signed = self.signed()
        self.cause("not_enrolled", 4, "--mok", "other.der", *TRUST, signed, hint="Example key k, which is not enrolled in other.der", remedy="^mokutil --import k.pem")
        self.cause("not_enrolled", 4, "--mok", "other.der", signed, hint="Example key k")
        self.in_order("--mok", "k.der", "--trust", "other.pem", signed)

    def test_renewed_key(self):
        self.cause("renewed_key", 4, "--trust", "namesake.pem", self.signed())

    def test_certificate_missing(self):
        signed = self.signed(key="leaf")
        said = self.cause("certificate_missing", 4, "--trust", "ca.pem", signed, hint="that Root CA issued, serial number")
        self.assertIn("signed with a certificate that Root CA issued", said["reason"])
        found = self.in_order("--trust", "ca.pem", self.signed("with.ko", key="leaf", certificates=True))
        self.assertEqual((found["signer"], found["trust_anchor"]), ("Module leaf", "Root CA"))

    def test_certificate_needed(self):
        self.cause("certificate_needed", 4, "--trust", "k.pub", self.signed(), hint="give the certificate")
        self.cause("unknown_key", 4, "--trust", "k.pub", self.signed(key="other"))
        write("id.ko", appended(CONTENT, self.cms("k", "m.ko", "-keyid")))
        self.in_order("--trust", "k.pub", "id.ko")
        write("id.ko", appended(CONTENT, self.cms("other", "m.ko", "-keyid")))
        self.cause("unknown_key", 4, "--trust", "k.pub", "id.ko")

    def test_other_certificate(self):
        self.cause("other_certificate", 4, "--trust", "renewed.pem", self.signed())

    def test_other_identifier(self):
        self.tool(0, "sign", "--layout", "digsig", "--keyid", "0011223344556677", "sha256", "k.key", "k.pem", "m.ko", "d.ko")
        self.cause("other_identifier", 4, "--policy", "legacy", *TRUST, "d.ko", hint="0011223344556677")
        self.tool(0, "sign", "--layout", "ima", "--sigfile", "--keyid", "00112233", "sha256", "k.key", "k.pem", "m.ko")
        self.cause("other_identifier", 4, *TRUST, "--layout", "ima", "--signature", "m.ko.sig", "m.ko", hint="00112233")

    def test_untrusted_chain(self):
        self.cause("untrusted_chain", 4, "--trust", "other.pem", self.signed(key="leaf", certificates=True), hint="signed by Module leaf")

    def test_unknown_signer(self):
        write("x.ko", appended(CONTENT, self.two_signers()))
        self.cause("unknown_signer", 4, *TRUST, "x.ko", remedy="--allow-unknown-signers")

    def two_signers(self):
        return self.cms("k", "m.ko", "-signer", "other.pem", "-inkey", "other.key")

    def test_the_signer_that_decided_is_shown(self):
        write("x.ko", appended(CONTENT, self.two_signers()))
        serial = {name: must("openssl", "x509", "-in", name + ".pem", "-noout", "-serial").decode().strip().split("=")[1].lower() for name in ("k", "other")}
        for name in "k", "other":
            said = self.inspect(0, "--policy", "legacy", "--trust", name + ".pem", "x.ko")
            self.assertEqual((said["signer"], said["issuer"], said["serial"].lstrip("0")), (f"Example key {name}", f"Example key {name}", serial[name].lstrip("0")))
            self.assertEqual(said["key_identifier"], "serial:" + said["serial"])

    def test_two_signers_with_one_serial_number_are_told_apart(self):
        for name, key in ("one", "k"), ("two", "other"):
            Keys.certificate(name + ".pem", "Issuer " + name, key + ".key", more=("-set_serial", "4711"))
            shutil.copy(key + ".key", name + ".key")
        both = self.cms("one", "m.ko", "-signer", "two.pem", "-inkey", "two.key")
        write("x.ko", appended(CONTENT, both))
        said = self.inspect(0, "--trust", "one.pem", "--trust", "two.pem", "x.ko")
        self.assertEqual((said["signers"], said["signer"], said["serial"]), (2, said["issuer"], "1267"))
        for name in "one", "two":
            for options in ["--policy", "legacy"], ["--allow-other-signers"], ["--policy", "linux-modsign"]:
                said = self.inspect(0, *options, "--trust", name + ".pem", "x.ko")
                self.assertEqual((said["signer"], said["issuer"], said["serial"]), ("Issuer " + name, "Issuer " + name, "1267"), options)
            # The value of one is broken: it is the one that is named.
            message = Message(both)
            (broken,) = [each for each in message.signers if f"Issuer {name}".encode() in each[1]]
            broken[-1] = broken[-1][:-1] + bytes([broken[-1][-1] ^ 1])
            write("b.ko", appended(CONTENT, message.encoded()))
            said = self.inspect(1, "--trust", "one.pem", "--trust", "two.pem", "b.ko")
            self.assertEqual((said["errc"], said["issuer"]), ("signature_mismatch", "Issuer " + name))
        said = self.inspect(4, "--trust", "other.pem", "x.ko")
        self.assertIn(f"signed by CN={said['issuer']}, key id serial:1267", said["reason"])

    def test_wrong_scope(self):
        self.cause("wrong_scope", 5, "--trust-for", "ima", "k.pem", self.signed(), remedy="--trust-for modsign")


class RefusedKeys(InFolder):
    def test_ca_key(self):
        signed = self.signed(certificate="mok")
        said = self.cause("ca_key", 5, "--trust", "mok.pem", signed, hint="CA:TRUE", remedy="legacy")
        self.assertIn("CA:TRUE", said["reason"])
        for policy in "legacy", "linux-modsign":
            self.in_order("--policy", policy, "--trust", "mok.pem", signed)
        done = run(TOOL, "sign", "sha256", "k.key", "mok.pem", "m.ko", "o.ko")
        self.assertEqual((done.returncode, b"INTEGRITY_CA_MACHINE_KEYRING" in done.stderr), (0, True), done.stderr)
        self.assertEqual(run(TOOL, "sign", "--force", "sha256", "k.key", "k.pem", "m.ko", "o.ko").stderr, b"")

    def test_not_for_signing(self):
        self.cause("not_for_signing", 5, "--trust", "encipher.pem", self.signed(certificate="encipher"), hint="no digitalSignature")
        self.cause("not_for_signing", 5, "--trust", "server.pem", self.signed(certificate="server"), hint="no codeSigning")

    def test_not_an_issuer(self):
        self.cause("not_an_issuer", 5, *TRUST, self.signed(key="leaf", certificate="bykey", certificates=True))

    def test_expired(self):
        signed = self.signed(certificate="old")
        self.cause("expired", 5, "--trust", "old.pem", signed, hint="Old key.*2021-01-01", remedy="legacy")
        self.in_order("--policy", "legacy", "--trust", "old.pem", signed)
        self.cause("not_yet_valid", 5, "--trust", "new.pem", self.signed(certificate="new"), hint="2099-01-01")

    def test_revoked(self):
        self.cause("revoked", 5, *TRUST, "--revoked", "k.pem", self.signed())

    def test_weak_key(self):
        self.cause("weak_key", 5, "--trust", "small.pem", self.signed(key="small"), hint="Example key small has 1024 bits.*strict")

    def test_weak_digest(self):
        self.cause("weak_digest", 5, *TRUST, self.signed(md="sha1"), hint="sha1")

    def test_weak_format(self):
        self.tool(0, "sign", "--layout", "digsig", "sha256", "k.key", "k.pem", "m.ko", "d.ko")
        self.cause("weak_format", 5, *TRUST, "d.ko", remedy="legacy")

    def test_wrong_name(self):
        self.tool(0, "genkey", "--type", "rsa2048", "--out", "g.pem")
        os.mkdir("ring")
        self.tool(0, "sign", "--layout", "digsig", "--keyid", "8877665544332211", "sha256", "g.pem", "g.x509", "m.ko", "d.ko")
        shutil.copy("g.digsig", "ring/8877665544332211")
        self.cause("wrong_name", 4, "--policy", "legacy", "--user-keys", "ring", "d.ko")

    def test_bad_key(self):
        os.mkdir("ring")
        self.tool(0, "sign", "--layout", "digsig", "--keyid", "8877665544332211", "sha256", "k.key", "k.pem", "m.ko", "d.ko")
        write("ring/8877665544332211", b"no key")
        for policy in "legacy", "linux-digsig":
            said = self.inspect(6, "--policy", policy, "--user-keys", "ring", "d.ko")
            self.assertEqual((said["cause"], said["hints"]), ("bad_key", ["bad_key"]))
            self.assertIn("the data ends before the structure does", said["hint"])
        SEEN.add("bad_key")

    def test_too_few_signers(self):
        signed = self.signed()
        self.assertEqual(json.loads(self.tool(5, "verify", "--json", "--threshold", "2", *TRUST, signed).splitlines()[0])["cause"], "too_few_signers")
        SEEN.add("too_few_signers")


class Values(InFolder):
    def value(self, word, *arguments, status=1, **more):
        return self.cause(word, status, *(arguments or (*TRUST, "s.ko")), **more)

    def test_changed(self):
        signed = read(self.signed())
        self.value("changed", *TRUST, write("x.ko", b"?" + signed[1:]))
        self.tool(0, "sign", "--layout", "digsig", "sha256", "k.key", "k.pem", "m.ko", "d.ko")
        self.value("changed", "--policy", "legacy", *TRUST, write("x.ko", b"?" + read("d.ko")[1:]))
        write("a.p7s", self.cms(attributes=True))
        self.in_order(*TRUST, "--signature", "a.p7s", "m.ko")
        self.value("changed", *TRUST, "--signature", "a.p7s", write("x.ko", b"?" + CONTENT[1:]))
        self.tool(0, "sign", "--layout", "ima", "--sigfile", "sha256", "k.key", "k.pem", "m.ko")
        self.value("changed", *TRUST, "--layout", "ima", "--signature", "m.ko.sig", write("x.ko", b"?" + CONTENT[1:]))

    def test_wrong_key(self):
        self.with_value(Message(self.cms("other")).value())
        word = self.inspect(1, *TRUST, "s.ko")["cause"]
        self.assertIn(word, ("wrong_key", "out_of_range"))  # a modulus may be smaller
        value = bytearray(Message(self.cms()).value())
        value[100] ^= 1
        self.with_value(bytes(value))
        self.value("wrong_key")

    def test_wrong_key_type(self):
        message = Message(self.cms())
        message.signers[0][1] = Message(self.cms("e", certificate="curve")).signers[0][1]
        write("s.ko", appended(CONTENT, message.encoded()))
        self.value("wrong_key_type", "--trust", "curve.pem", "s.ko", hint="ecdsa-p256")

    def test_mismatch(self):
        self.in_order("--trust", "e.pem", self.signed(key="e"))
        self.value("mismatch", "--trust", "e.pem", write("s.ko", b"?" + read("s.ko")[1:]), hint="ecdsa")

    def test_double_signed(self):
        for key in "k", "e":
            signed = read(self.signed(key=key))
            self.value("double_signed", "--trust", key + ".pem", write("x.ko", signed + signed[len(CONTENT):]))
        # Properly signed again, over the old one: it verifies, and that is remarked.
        nested = self.signed("n.ko", content=signed)
        said = self.inspect(0, *TRUST, nested)
        self.assertEqual((said["verdict"], said["cause"], said["hints"]), ("verified", None, ["double_signed"]))
        self.assertIn("hint: signed twice", self.tool(0, "inspect", *TRUST, nested))
        for content in CONTENT + MARKER, CONTENT + b"This Is A Crypto Signed Module", CONTENT + bytes(12) + MARKER:
            self.in_order(*TRUST, self.signed("m2.ko", content=content))

    def test_signed_compressed(self):
        for key in "k", "e":
            write("z.ko.xz", lzma.compress(CONTENT, check=lzma.CHECK_CRC32))
            write("z.p7s", self.cms(key, "z.ko.xz"))
            self.value("signed_compressed", "--trust", key + ".pem", "--signature", "z.p7s", "z.ko.xz")
            write("s.ko.xz", lzma.compress(appended(CONTENT, self.cms(key, "z.ko.xz")), check=lzma.CHECK_CRC32))
            said = self.inspect(1, "--trust", key + ".pem", "s.ko.xz")
            self.assertIn(said["cause"], ("changed", "mismatch"))  # the compressed file that was signed is not there

    def test_signed_uncompressed(self):
        self.tool(0, "sign", "--layout", "ima", "--sigfile", "sha256", "k.key", "k.pem", "m.ko")
        write("z.ko.xz", lzma.compress(CONTENT, check=lzma.CHECK_CRC32))
        self.value("signed_uncompressed", *TRUST, "--layout", "ima", "--signature", "m.ko.sig", "z.ko.xz")
        write("s.ko.xz", lzma.compress(read(self.signed()), check=lzma.CHECK_CRC32))
        self.in_order(*TRUST, "s.ko.xz")
        self.cause("signed_uncompressed", 3, "--policy", "linux-ima", *TRUST, "s.ko.xz")  # to IMA a file is a file

    def test_signed_digest(self):
        for key in "k", "e":
            for inner in digest(CONTENT), digest(CONTENT).hex().encode():
                write("x.content", inner)
                write("s.ko", appended(CONTENT, self.cms(key, "x.content")))
                self.value("signed_digest", "--trust", key + ".pem", "s.ko")

    def test_fsverity_signature(self):
        self.tool(0, "sign", "--layout", "fsverity", "sha256", "k.key", "k.pem", "m.ko", "v.p7s")
        self.in_order("--layout", "fsverity", *TRUST, "--signature", "v.p7s", "m.ko")
        self.value("fsverity_signature", *TRUST, "--signature", "v.p7s", "m.ko", remedy="--layout fsverity")

    def test_other_digest(self):
        for key in "k", "e":
            self.with_value(Message(self.cms(key, md="sha512")).value(), key=key)
            self.value("other_digest", "--trust", key + ".pem", "s.ko", hint="sha512 digest.*sha256")

    def test_no_digest_info(self):
        self.with_value(self.raw_rsa(self.padded(digest(CONTENT))))
        self.value("no_digest_info")
        self.with_value(must("openssl", "pkeyutl", "-sign", "-inkey", "k.key", "-in", write("x.digest", digest(CONTENT))))
        self.value("no_digest_info", hint="DigestInfo")

    def test_other_padding(self):
        write("x.digest", digest(CONTENT))
        self.with_value(must("openssl", "pkeyutl", "-sign", "-inkey", "k.key", "-pkeyopt", "digest:sha256", "-pkeyopt", "rsa_padding_mode:pss", "-in", "x.digest"))
        self.value("other_padding", hint="PSS")
        self.with_value(self.raw_rsa(bytes(256 - 51) + DIGEST_INFO["sha256"] + digest(CONTENT)))
        self.value("other_padding", hint="without any padding")
        without_null = bytes.fromhex("302f300b06096086480165030402010420")
        self.with_value(self.raw_rsa(self.padded(without_null + digest(CONTENT))))
        self.value("other_padding", hint="no DigestInfo")

    def test_leading_zeros_lost(self):
        for n in range(5000):
            content = CONTENT + str(n).encode()
            value = must("openssl", "dgst", "-sha256", "-sign", "k.key", write("x.content", content))
            if value[0] == 0:
                break
        blob = Message(self.cms(content="x.content")).with_value(value.lstrip(b"\0"))
        write("s.ko", appended(content, blob))
        self.value("leading_zeros_lost", errc="signature_length", hint="with them it verifies")
        write("s.ko", appended(content, Message(blob).with_value(value.lstrip(b"\0")[::-1])))
        self.value("little_endian_value")
        write("s.ko", appended(content + b"?", blob))
        said = self.inspect(1, *TRUST, "s.ko")
        self.assertEqual(said["cause"], "changed")  # nor would it verify with them

    def test_zero_too_many(self):
        value = Message(self.cms()).value()
        for wrong, count in (b"\0" + value, 1), (b"\0\0" + value, 2), (value + b"\0", 1):
            self.with_value(wrong)
            self.value("zero_too_many", hint=f" {count} zero")

    def test_little_endian_value(self):
        self.with_value(Message(self.cms()).value()[::-1])
        self.value("little_endian_value")

    def raw(self, value, size):
        return b"".join(part[1].lstrip(b"\0").rjust(size, b"\0") for part in elements(elements(value)[0][1]))

    def test_raw_ecdsa(self):
        for key, size in ("e", 32), ("e384", 48):
            message = Message(self.cms(key))
            raw = self.raw(message.value(), size)
            write("s.ko", appended(CONTENT, message.with_value(raw)))
            said = self.inspect(6 if self.code("s.ko", key) == 6 else 1, "--trust", key + ".pem", "s.ko")
            self.assertEqual((said["cause"], said["hints"]), ("raw_ecdsa", ["raw_ecdsa"]))
            self.assertIn(f"r and s of {size} bytes", said["hint"])
        self.tool(0, "sign", "--layout", "ima", "--sigfile", "sha256", "e.key", "e.pem", "m.ko")
        value = read("m.ko.sig")
        raw = self.raw(value[9:], 32)
        write("raw.sig", value[:7] + struct.pack(">H", len(raw)) + raw)
        status = run(TOOL, "verify", "--layout", "ima", "--trust", "e.pem", "--signature", "raw.sig", "m.ko").returncode
        self.cause("raw_ecdsa", status, "--layout", "ima", "--trust", "e.pem", "--signature", "raw.sig", "m.ko")

    def code(self, file, key):
        return run(TOOL, "verify", "--trust", key + ".pem", file).returncode

    def test_zero_value(self):
        self.with_value(bytes(256))
        self.value("zero_value")

    def test_out_of_range(self):
        self.with_value(b"\xff" * 256)
        self.value("out_of_range")

    def test_wrong_length(self):
        self.with_value(Message(self.cms("large", certificate="wide")).value())
        self.value("wrong_length", hint="384 bytes.*256")


class Sums(InFolder):
    def test_a_tree_ends_with_a_sum_by_cause(self):
        os.makedirs("tree/updates/dkms")
        for i in range(3):
            shutil.copy(self.signed(), f"tree/{i}.ko")
        for i in range(2):
            write(f"tree/updates/dkms/{i}.ko", CONTENT)
        out = self.tool(3, "verify", *TRUST, "tree").splitlines()
        self.assertEqual(out[-1], "3 verified, 2 unsigned")
        self.assertEqual(sum(line.startswith("    cause: ") for line in out), 1)  # said once
        shutil.copy(self.signed(key="other"), "tree/x.ko")
        self.assertEqual(self.tool(1, "verify", *TRUST, "tree").splitlines()[-1], "3 verified, 2 unsigned, 1 unknown key")
        total = json.loads(self.tool(1, "verify", "--json", *TRUST, "tree").splitlines()[-1])
        self.assertEqual((total["files"], total["verified"], total["rejected"], total["causes"]), (6, 3, 3, {"not_signed": 2, "unknown_key": 1}))
        self.assertEqual(self.tool(0, "verify", "--policy", "permissive", *TRUST, "tree").splitlines()[-1], "3 verified, 2 unsigned, 1 unknown key; 3 of these tolerated")
        self.assertEqual(len(self.tool(1, "verify", "--tsv", *TRUST, "tree").splitlines()), 6)

    def test_one_file_has_no_sum(self):
        self.assertEqual(len(self.tool(0, "verify", *TRUST, self.signed()).splitlines()), 1)


class Programs(InFolder):
    def skeleton(self, signature=b""):
        """A light skeleton with a program that returns, as bpftool writes it."""
        text = "/* SPDX-License-Identifier: (LGPL-2.1 OR BSD-2-Clause) */\n"
        for name, content in ("opts_data", b"map"), ("opts_insn", bytes.fromhex("9500000000000000")), ("opts_sig", signature):
            if content:
                text += f'static const char {name}[] __attribute__((__aligned__(8))) = "\\\n' + "".join(f"\\x{byte:02x}" if byte else "\\0" for byte in content) + '";\n'
        return write("p.h", text.encode())

    def test_other_bpf_form(self):
        for signed, release in ("7.2", "7.3"), ("7.3", "7.2"):
            self.skeleton()
            self.tool(0, "sign", "--layout", "bpf", "--kernel", signed, "sha256", "k.key", "k.pem", "p.h", "p.p7s")
            self.skeleton(read("p.p7s"))
            os.remove("p.p7s")
            self.in_order("--layout", "bpf", "--kernel", signed, *TRUST, "p.h")
            self.cause("other_bpf_form", 1, "--layout", "bpf", "--kernel", release, *TRUST, "p.h", hint=f"which is what Linux {signed} verifies",
                       remedy=f"^modsig verify --layout bpf --kernel {signed} --trust CERT p.h$")
        self.cause("not_signed", 3, "--layout", "bpf", *TRUST, self.skeleton(), remedy="^modsig sign --layout bpf sha256 KEY CERT p.h$")

    def test_no_bpf_program(self):
        for content, words in (b"\x7fELF" + bytes(60), "ELF"), (b"/* nothing */\n", "light skeleton"):
            self.cause("no_bpf_program", 6, "--layout", "bpf", *TRUST, write("p.o", content), hint=words, remedy="^bpftool gen skeleton -L -S")


class Zz(unittest.TestCase):
    def test_every_cause_had_its_row(self):
        """After the others, by name."""
        if len(sys.argv) > 3:
            self.skipTest("some tests only")
        words = re.findall(r'\{cause::\w+, "(\w+)"', read(TABLE).decode())
        self.assertEqual(sorted(set(words) - {"none"} - SEEN), [])


def main():
    global TOOL, TABLE, CONTENT
    if sys.argv[3:4] == ["--large"]:
        CONTENT *= 700
        del sys.argv[3]
    TOOL, TABLE = (os.path.abspath(path) for path in sys.argv[1:3])
    status = run_tests(sys.modules[__name__], sys.argv[3:])
    if Keys.folder:
        shutil.rmtree(Keys.folder, ignore_errors=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
