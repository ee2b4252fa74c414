#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Keys and signatures in the forms in which other programs hand them over: read, or named together with what converts them.

forms.py MODSIG KEYS [TEST...]

KEYS: the folder of test keys. Needs openssl."""
import base64
import os
import struct
import sys
import tempfile
import unittest
import uuid

from harness import must, read, run, run_tests, write

MODSIG = KEYS = ""
NOT_MEANT = "a version that is not supported"

X509 = uuid.UUID("a5c059a1-94e4-4aa7-87b5-ab155c2bf072")
SHA256 = uuid.UUID("c1c41626-504c-4092-aca9-41f936934328")
RSA2048 = uuid.UUID("3c5766e8-269c-4e34-aa14-ed776e85b3b6")


def key(name, what="cert.pem"):
    return os.path.join(KEYS, f"{name}.{what}")


def efi_list(kind, entries, header=b""):
    """EFI_SIGNATURE_LIST; the entries are of one length."""
    size = 16 + len(entries[0]) if entries else 17
    body = header + b"".join(bytes(range(16)) + entry for entry in entries)
    return kind.bytes_le + struct.pack("<III", 28 + len(body), len(header), size) + body


class InFolder(unittest.TestCase):
    """Each test in a folder of its own, with a module `s.ko` that the key rsa2048 has signed."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        os.chdir(folder.name)
        write("m.ko", b"\x7fELF" + bytes(range(256)) * 9)
        must(MODSIG, "sign", "sha256", key("rsa2048", "key.pem"), key("rsa2048"), "m.ko", "s.ko")
        self.pem, self.der = read(key("rsa2048")), read(key("rsa2048", "cert.der"))

    def tool(self, status, *arguments):
        done = run(MODSIG, *arguments)
        self.assertEqual(done.returncode, status, f"{arguments}\n{done.stdout.decode()}\n{done.stderr.decode()}")
        return done.stdout.decode(), done.stderr.decode()

    def trusted(self, content, status=0, name="trust"):
        """What `verify` says on standard error of a file of keys."""
        write(name, content)
        words = self.tool(status, "verify", "--trust", name, "s.ko")[1]
        self.assertNotIn(NOT_MEANT, words)
        return words

    def named(self, content, *words, name="trust"):
        """Refused as trust, with these words; `keys` has them, too."""
        said = self.trusted(content, 7, name)
        listed = run(MODSIG, "keys", name).stdout.decode()
        self.assertNotIn(NOT_MEANT, listed)
        for one in words:
            self.assertIn(one, said)
            self.assertIn(one, listed)


class Text(InFolder):
    def test_a_byte_order_mark(self):
        mark = b"\xef\xbb\xbf"
        other = read(key("p256"))
        for text in (mark + self.pem, mark + self.pem.replace(b"\n", b"\r\n"), other + mark + self.pem, mark + b"a remark\n" + self.pem):
            self.assertEqual(self.trusted(text), "")

    def test_labels(self):
        self.assertEqual(self.trusted(self.pem.replace(b" CERTIFICATE", b" X509 CERTIFICATE")), "")
        for options in ([], ["-addtrust", "codeSigning"], ["-setalias", "vendor"], ["-addtrust", "serverAuth", "-setalias", "vendor"]):
            text = must("openssl", "x509", "-in", key("rsa2048"), "-trustout", *options)
            self.assertIn(b"BEGIN TRUSTED CERTIFICATE", text)
            self.assertEqual(self.trusted(text), "")
        rejected = must("openssl", "x509", "-in", key("rsa2048"), "-trustout", "-addreject", "codeSigning")
        self.assertIn("key_usage", self.trusted(rejected, 7))
        bare = self.pem.replace(b" CERTIFICATE", b" TRUSTED CERTIFICATE")
        self.assertEqual(self.trusted(bare), "")

    def test_indented_in_yaml_and_xml(self):
        indented = b"".join(b"    " + line + b"\n" for line in self.pem.splitlines())
        tabs = b"".join(b"\t" + line + b"\n" for line in self.pem.splitlines())
        inline = b"<keys>\n  <cert kind='module'>" + self.pem.strip() + b"</cert>\n</keys>\n"
        data = b"<keys><cert><![CDATA[" + self.pem.strip() + b"]]></cert></keys>\n"
        for text in (b"trust:\n  cert: |\n" + indented, tabs, b"<cert>\n" + indented + b"</cert>\n", inline, data, inline.replace(b"\n", b"\r\n")):
            self.assertEqual(self.trusted(text), "")

    def test_what_is_commented_out_is_no_key(self):
        for before in b"# ", b"// ", b"> ", b"x":
            commented = b"".join(before + line + b"\n" for line in self.pem.splitlines())
            self.named(commented, "PEM within the lines of another text")
            self.assertEqual(self.trusted(read(key("p256")) + commented, 4), "")

    def test_utf_16_and_base64_are_named(self):
        text = self.pem.decode()
        for encoded in (text.encode("utf-16"), b"\xfe\xff" + text.encode("utf-16-be"), text.encode("utf-16-le"), text.encode("utf-16-be")):
            self.named(encoded, "UTF-16", "iconv")
        for encoded in base64.b64encode(self.der), base64.encodebytes(self.der), base64.b64encode(read(key("p256", "pub.der"))):
            self.named(encoded, "base64 without PEM's lines", "base64 -d")

    def test_a_key_of_ssh_is_named(self):
        for start in b"ssh-rsa ", b"ssh-ed25519 ", b"ecdsa-sha2-nistp256 ":
            self.named(start + b"AAAAB3NzaC1yc2EAAAADAQABAAABAQ", "OpenSSH", "ssh-keygen")


class Binary(InFolder):
    def test_what_is_neither_is_called_that(self):
        self.assertIn("neither PEM nor DER nor a digsig key", self.trusted(b"\x7fELF" + bytes(60), 7))
        for content in (b"words\n", b"\xff\xd8\xff\xe0" + bytes(100), b"PK\x03\x04" + bytes(40), b"{\"keys\": []}\n", bytes(range(2, 200)),
                        b"2" * 7, b"\x02", bytes(64)):
            self.named(content, "neither PEM nor DER nor a digsig key")

    def test_a_digsig_blob_is_one_whatever_is_wrong_with_it(self):
        blob = read(key("rsa2048", "digsig-v1.bin"))
        for changed, reason in (b"\x02" + blob[1:], "unsupported_version"), (blob[:40], "truncated"), (blob + b"\0", "trailing_garbage"):
            write("key", changed)
            out, _ = self.tool(6, "keys", "--tsv", "key") if reason != "unsupported_version" else (run(MODSIG, "keys", "--tsv", "key").stdout.decode(), "")
            self.assertEqual(out.split("\t")[2], reason)

    def test_a_certificate_with_bytes_behind_it(self):
        for behind in b"\n", bytes(4), b"words", b"\x30\x82\xff\xff":
            self.assertIn("(entry 2): not used as a key: bytes follow where the structure ends", self.trusted(self.der + behind))
            rows = [line.split("\t") for line in run(MODSIG, "keys", "--tsv", "trust").stdout.decode().splitlines()]
            self.assertEqual([row[1] for row in rows], ["accepted", "refused"])
            self.assertEqual(rows[1][2], "trailing_garbage")
            # Whoever revokes may have meant what cannot be read.
            self.tool(7, "verify", "--trust", key("rsa2048"), "--revoked", "trust", "s.ko")
        self.assertIn("entry 3", self.trusted(read(key("p256", "cert.der")) + self.der + b"\n"))

    def test_containers_are_named(self):
        must("openssl", "pkcs12", "-export", "-inkey", key("rsa2048", "key.pem"), "-in", key("rsa2048"), "-passout", "pass:x", "-out", "k.p12")
        self.named(read("k.p12"), "PKCS#12", "openssl pkcs12 -in FILE -nokeys")
        must("openssl", "crl2pkcs7", "-nocrl", "-certfile", key("rsa2048"), "-outform", "DER", "-out", "k.p7b")
        self.named(read("k.p7b"), "PKCS#7", "openssl pkcs7 -inform DER")
        self.named(must("openssl", "crl2pkcs7", "-nocrl", "-certfile", key("rsa2048")), "PKCS#7", "openssl pkcs7 -in FILE")
        request = must("openssl", "req", "-new", "-key", key("rsa2048", "key.pem"), "-subj", "/CN=x", "-outform", "DER")
        self.named(request, "a certificate request")
        self.named(must("openssl", "req", "-new", "-key", key("rsa2048", "key.pem"), "-subj", "/CN=x"), "a certificate request")

    def test_private_keys_are_named(self):
        forms = [must("openssl", "pkcs8", "-topk8", "-nocrypt", "-in", key(name, "key.pem"), "-outform", "DER") for name in ("rsa2048", "p256", "ed25519")]
        forms.append(must("openssl", "rsa", "-in", key("rsa2048", "key.pem"), "-traditional", "-outform", "DER"))
        forms.append(must("openssl", "ec", "-in", key("p256", "key.pem"), "-outform", "DER"))
        for der in forms:
            self.named(der, "a private key in DER", "openssl pkey")
        for options in (["-v1", "PBE-SHA1-3DES"], ["-v2", "aes-256-cbc"]):
            encrypted = must("openssl", "pkcs8", "-topk8", "-in", key("rsa2048", "key.pem"), "-passout", "pass:secret", "-outform", "DER", *options)
            self.named(encrypted, "an encrypted private key in DER")
        self.named(read(key("rsa2048", "key.pem")), "a private key", "openssl pkey -in FILE -pubout")
        three = must("openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-pkeyopt", "rsa_keygen_primes:3")
        self.named(must("openssl", "rsa", "-traditional", "-outform", "DER", stdin=three), "more than two primes")

    def test_curves_by_their_parameters_are_named(self):
        must("openssl", "ecparam", "-name", "prime256v1", "-param_enc", "explicit", "-genkey", "-noout", "-out", "e.key")
        for form in "PEM", "DER":
            self.named(must("openssl", "ec", "-in", "e.key", "-pubout", "-outform", form, "-param_enc", "explicit"), "written out by its parameters", "named_curve")
            self.named(must("openssl", "req", "-x509", "-new", "-key", "e.key", "-subj", "/CN=e", "-outform", form), "written out by its parameters")


class EfiLists(InFolder):
    def rows(self, content, *options):
        write("db", content)
        return [line.split("\t")[1:3] for line in run(MODSIG, "keys", "--tsv", *options, "db").stdout.decode().splitlines()]

    def test_every_certificate_is_a_key(self):
        other = read(key("p256", "cert.der"))
        lists = {"one": efi_list(X509, [self.der]), "two": efi_list(X509, [other]) + efi_list(X509, [self.der]), "alike": efi_list(X509, [self.der, self.der]),
                 "behind an empty one": efi_list(X509, []) + efi_list(X509, [self.der]), "with a header": efi_list(X509, [self.der], header=b"head")}
        for name, content in lists.items():
            for attributes in b"", b"\x07\0\0\0", b"\x27\0\0\0", b"\x06\0\0\0":
                with self.subTest(name=name, attributes=attributes):
                    self.assertEqual(self.trusted(attributes + content), "")
        self.assertEqual(self.rows(lists["two"]), [["accepted", "-"]] * 2)
        self.assertEqual(self.rows(lists["alike"], "--policy", "linux-modsign"), [["accepted", "-"]] * 2)

    def test_what_is_no_certificate_is_named_and_skipped(self):
        mixed = efi_list(SHA256, [bytes(32), b"\1" * 32]) + efi_list(X509, [self.der]) + efi_list(RSA2048, [b"\xc1" * 256])
        words = self.trusted(mixed)
        for entry in ": not", "(entry 2): not", "(entry 4): not":
            self.assertIn(entry + " used as a key: a key that is not supported (unsupported_key", words)
        self.assertEqual(self.rows(mixed), [["refused", "unsupported_key"]] * 2 + [["accepted", "-"], ["refused", "unsupported_key"]])
        self.assertIn("bad_der", self.trusted(efi_list(X509, [b"\x30" + bytes(40)]) + efi_list(X509, [self.der])))
        self.trusted(efi_list(SHA256, [bytes(32)]), 7)

    def test_lists_that_do_not_fill_the_file_are_refused_from_there_on(self):
        good = efi_list(X509, [self.der])
        for content, reason in ((good[:20], "truncated"), (good[:-1], "length_overflow"), (good + b"\0", "truncated"), (good + good[:27], "truncated"),
                                (good[:24] + struct.pack("<I", 16) + good[28:], "length_mismatch"), (good[:24] + struct.pack("<I", 0) + good[28:], "length_mismatch"),
                                (good[:24] + struct.pack("<I", 17) + good[28:], None), (good[:16] + struct.pack("<I", 27) + good[20:], "length_mismatch"),
                                (good[:20] + struct.pack("<I", 0xffffffff) + good[24:], "length_mismatch"), (good[:16] + b"\xff" * 4 + good[20:], "length_overflow")):
            found = [row for row in self.rows(content) if row[0] == "refused"]
            self.assertTrue(found)
            if reason:
                self.assertEqual(found, [["refused", reason]])
        self.assertIn("truncated", self.trusted(good + b"\0"))
        self.tool(7, "verify", "--trust", key("rsa2048"), "--revoked", "trust", "s.ko")

    def test_a_dump_of_enrolled_keys_decides_alone(self):
        """MokListRT as efivarfs has it: attributes, lists of certificates, and digests, which are no keys of modules."""
        other = read(key("p256", "cert.der"))
        attributes = b"\x06\0\0\0"  # boot service and runtime access
        write("MokListRT", attributes + efi_list(X509, [other]) + efi_list(SHA256, [bytes(32)]) + efi_list(X509, [self.der]))
        write("others", attributes + efi_list(X509, [other]))
        for options in [], ["--policy", "linux-modsign"], ["--policy", "linux-modsign", "--kernel", "7.3,platform"]:
            out, words = self.tool(0, "verify", "--tsv", "--mok", "MokListRT", *options, "s.ko")
            self.assertEqual(out.split("\t")[1], "verified")
            self.assertIn("MokListRT (entry 2): not used as a key: a key that is not supported (unsupported_key", words)
            # The key that has signed is known by --trust, and not enrolled.
            out, _ = self.tool(4, "verify", "--mok", "others", "--trust", key("rsa2048"), *options, "s.ko")
            self.assertIn("cause: not_enrolled", out)
            self.assertIn("remedy: mokutil --import", out)
        write("cut", read("MokListRT")[:-1])
        self.assertIn("length_overflow", self.tool(4, "verify", "--mok", "cut", "s.ko")[1])
        write("digests", attributes + efi_list(SHA256, [bytes(32)]))
        self.tool(7, "verify", "--mok", "digests", "s.ko")

    def test_a_kernel_that_asks_no_platform_keyring_about_modules(self):
        write("MokListRT", efi_list(X509, [self.der]))
        for policy in "linux-modsign", "linux-modsign-relaxed":
            words = self.tool(2, "verify", "--mok", "MokListRT", "--policy", policy, "--kernel", "6.12,no-platform", "s.ko")[1]
            self.assertIn("--mok: machine owner keys are on the platform keyring", words)
            write("config", b"# Linux/x86 7.3.4 Kernel Configuration\n")
            self.tool(2, "verify", "--mok", "MokListRT", "--policy", policy, "--kernel-config", "config", "s.ko")
            write("config", b"# Linux/x86 7.3.4 Kernel Configuration\nCONFIG_INTEGRITY_PLATFORM_KEYRING=y\n")
            self.tool(0, "verify", "--mok", "MokListRT", "--policy", policy, "--kernel-config", "config", "s.ko")
            self.tool(0, "verify", "--trust", key("rsa2048"), "--policy", policy, "--kernel", "6.12,no-platform", "s.ko")  # builtin

    def test_revoked_keys(self):
        write("dbx", efi_list(X509, [self.der]))
        out, _ = self.tool(5, "verify", "--tsv", "--trust", key("rsa2048"), "--revoked", "dbx", "s.ko")
        self.assertEqual(out.split("\t")[2], "revoked")


class Signatures(InFolder):
    def cms(self, name, *options):
        return must("openssl", "cms", "-sign", "-in", "m.ko", "-signer", key(name), "-inkey", key(name, "key.pem"), "-binary", "-outform", "DER", "-md", "sha256", "-nocerts",
                    *options)

    def test_the_oid_of_rsa_with_its_digest(self):
        plain = bytes.fromhex("300d06092a864886f70d0101010500")
        for options in ["-noattr"], []:
            message = self.cms("rsa2048", *options)
            self.assertEqual(message.count(plain), 1)
            for number, digest in (11, "sha256"), (12, "sha384"), (13, "sha512"), (5, "sha1"):
                write("m.p7s", message.replace(plain, plain[:12] + bytes([number]) + plain[13:]))
                status, reason = (0, "-") if digest == "sha256" else (6, "inconsistent_algorithms")
                for policy in "strict", "legacy", "permissive":
                    out, _ = self.tool(status, "verify", "--tsv", "--policy", policy, "--trust", key("rsa2048"), "--signature", "m.p7s", "m.ko")
                    self.assertEqual(out.split("\t")[2], reason)
                out, _ = self.tool(6, "verify", "--tsv", "--policy", "linux-modsign", "--trust", key("rsa2048"), "--signature", "m.p7s", "m.ko")
                self.assertEqual(out.split("\t")[2], "unsupported_algorithm" if options else "attributes_present")
        message = self.cms("rsa2048", "-noattr")
        message = message.replace(plain, plain[:12] + b"\x0b" + plain[13:])
        write("appended.ko", read("m.ko") + message + bytes([0, 0, 2, 0, 0, 0, 0, 0]) + struct.pack(">I", len(message)) + b"~Module signature appended~\n")
        for policy in "strict", "linux-modsign":
            out, _ = self.tool(6, "verify", "--tsv", "--policy", policy, "--trust", key("rsa2048"), "appended.ko")
            self.assertEqual(out.split("\t")[2], "unsupported_algorithm")
        # RSA-PSS and what else there is stays unknown.
        write("m.p7s", message.replace(plain[:12] + b"\x0b", plain[:12] + b"\x0e"))
        self.assertEqual(run(MODSIG, "verify", "--trust", key("rsa2048"), "--signature", "m.p7s", "m.ko").returncode, 6)

    def attach(self, status, content, name, *options):
        write("signature", content)
        if os.path.exists("out.ko"):
            os.remove("out.ko")
        _, words = self.tool(status, "attach", *options, "--cert", key(name), "signature", "m.ko", "out.ko")
        if status == 0:
            self.tool(0, "verify", "--trust", key(name), *(["--layout", options[1]] if options else []), "out.ko")
        else:
            self.assertFalse(os.path.exists("out.ko"))
        return words

    def test_attach_takes_pem_and_base64(self):
        message = self.cms("rsa2048", "-noattr")
        for label in b"CMS", b"PKCS7":
            self.attach(0, b"-----BEGIN " + label + b"-----\n" + base64.encodebytes(message) + b"-----END " + label + b"-----\n", "rsa2048")
        raw = must("openssl", "dgst", "-sha256", "-sign", key("rsa2048", "key.pem"), "m.ko")
        for form in raw, base64.b64encode(raw), base64.encodebytes(raw), base64.encodebytes(raw).replace(b"\n", b"\r\n"), base64.encodebytes(message):
            self.attach(0, form, "rsa2048")
        block = b"-----BEGIN SIGNATURE-----\n" + base64.encodebytes(raw) + b"-----END SIGNATURE-----\n"
        self.attach(0, block, "rsa2048")
        self.assertIn("bad_text", self.attach(6, block + block, "rsa2048"))
        self.assertIn("bad_text", self.attach(6, block.replace(b"\n-----END", b"*\n-----END"), "rsa2048"))
        self.assertIn("bad_magic", self.attach(6, self.pem, "rsa2048"))
        self.attach(1, base64.b64encode(raw[:-1]), "rsa2048")
        self.attach(1, base64.b64encode(bytes([raw[0] ^ 1]) + raw[1:]), "rsa2048")

    def test_attach_takes_r_and_s(self):
        for name, width in ("p256", 32), ("p384", 48), ("p521", 66):
            for _ in range(3):
                der = must("openssl", "dgst", "-sha256", "-sign", key(name, "key.pem"), "m.ko")
                numbers, at = [], 2 + (der[1] == 0x81)
                for _ in "rs":
                    size = der[at + 1]
                    numbers.append(int.from_bytes(der[at + 2:at + 2 + size], "big").to_bytes(width, "big"))
                    at += 2 + size
                both = b"".join(numbers)
                for form in der, both, base64.b64encode(both):
                    self.attach(0, form, name)
            self.attach(6, both[:-1], name)
            self.attach(6, both + b"\0", name)
            self.attach(1, bytes(2 * width), name)
            self.attach(1, both[width:] + both[:width], name)


def main():
    global MODSIG, KEYS
    MODSIG, KEYS = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    return run_tests(sys.modules[__name__], sys.argv[3:])


if __name__ == "__main__":
    sys.exit(main())
