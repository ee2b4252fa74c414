#!/usr/bin/env python3
"""`modsig sign` beside the kernel's own sign-file (Debian: linux-kbuild-*): the same arguments give the same bytes in the same
files; what differs is that nothing is left behind by a failure. sign_file.py TOOL KEYS KERNEL-PACKAGE"""
import glob
import itertools
import lzma
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from harness import NO_KERNEL, must, read, run, run_tests, write

TOOL = KEYS = KERNEL = ""
ORIGINAL = max(glob.glob("/usr/lib/linux-kbuild-*/scripts/sign-file"), default="")
HASHES = "sha1", "sha224", "sha256", "sha384", "sha512", "sha3-256", "sha3-384", "sha3-512"
RSA = ("rsa512", "rsa768", "rsa1024", "rsa2048", "rsa2048e3", "rsa3072", "rsa4096", "noskid", "expired", "nodigsig", "ca",
       "intermediate", "leaf", "unknown")
CURVES = "p256", "p384", "p521"
FLAGS = ["".join(some) for count in range(4) for some in itertools.permutations("dpk", count)]
MARKER = b"~Module signature appended~\n"
PAYLOAD = b"modsig example payload\n"
compared = 0


def key(name):
    return os.path.join(KEYS, name + ".key.pem")


def cert(name, form="pem"):
    return os.path.join(KEYS, f"{name}.cert.{form}")


def trailer(blob):
    return blob + bytes([0, 0, 2, 0, 0, 0, 0, 0]) + len(blob).to_bytes(4, "big") + MARKER


class Beside(unittest.TestCase):
    """Each test has a folder with the tool under the name that it is to be taken for."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="modsig-sign-file-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        os.chdir(self.folder)
        os.symlink(TOOL, "sign-file")
        self.ours_as_sign_file = os.path.join(self.folder, "sign-file")

    def outcome(self, command, files, environment):
        """Exit status, and every file that there is afterwards."""
        shutil.rmtree("run", ignore_errors=True)
        os.mkdir("run")
        for name, content in files.items():
            write(f"run/{name}", content)
        done = run(*command, cwd="run", **environment)
        return done, {name: read(f"run/{name}") for name in sorted(os.listdir("run"))}

    def beside(self, *arguments, files=None, status=0, **environment):
        """Under its name the tool does what sign-file does; as `modsig sign` it writes the same. Gives back the files."""
        global compared
        files = files or {"m.ko": PAYLOAD}
        told = f"{arguments} {environment}"
        theirs, their_files = self.outcome([ORIGINAL, *arguments], files, environment)
        self.assertEqual(theirs.returncode, status, f"sign-file {told}\n{theirs.stderr.decode()}")
        ours, our_files = self.outcome([self.ours_as_sign_file, *arguments], files, environment)
        self.assertEqual(ours.returncode, status, f"as sign-file {told}\n{ours.stderr.decode()}")
        self.assertEqual(our_files, their_files if status == 0 else files, told)
        compared += 1
        signed_already = any(content.endswith(MARKER) for content in files.values())
        flags = [each for each in arguments if each.startswith("-")]
        if any("d" in each for each in flags) and len(arguments) - len(flags) == 5:  # to sign-file a DEST is nothing then
            refused, same_files = self.outcome([TOOL, "sign", *arguments], files, environment)
            self.assertEqual((refused.returncode, same_files), (2, files), told)
            self.assertIn(b"no DEST", refused.stderr)
        elif not signed_already:
            ours, our_files = self.outcome([TOOL, "sign", *arguments], files, environment)
            self.assertEqual(ours.returncode == 0, status == 0, f"modsig sign {told}\n{ours.stderr.decode()}")
            self.assertEqual(our_files, their_files if status == 0 else files, told)
            compared += 1
        return our_files


class SameBytes(Beside):
    def test_every_rsa_key_and_digest(self):
        for name, hash_name, flag in itertools.product(RSA, HASHES, ([], ["-k"])):
            with self.subTest(key=name, hash=hash_name, flag=flag):
                too_long = name == "rsa512" and hash_name.endswith(("384", "512"))
                files = self.beside(*flag, hash_name, key(name), cert(name), "m.ko", status=1 if too_long else 0)
                if not too_long:
                    self.assertTrue(files["m.ko"].startswith(PAYLOAD + b"\x30") and files["m.ko"].endswith(MARKER))

    def test_every_order_of_the_flags_with_and_without_destination_with_either_certificate(self):
        for flags, form, destination, apart in itertools.product(FLAGS, ("pem", "der"), ([], ["out.ko"], ["m.ko"]), (False, True)):
            if apart and len(flags) < 2:
                continue
            told = [f"-{flag}" for flag in (flags if apart else [flags]) if flag]
            with self.subTest(flags=told, form=form, destination=destination):
                files = self.beside(*told, "sha256", key("rsa2048"), cert("rsa2048", form), "m.ko", *destination)
                self.assertEqual("m.ko.p7s" in files, "p" in flags or "d" in flags)
                self.assertEqual("out.ko" in files, destination == ["out.ko"] and "d" not in flags)
                self.assertEqual(files["m.ko"] == PAYLOAD, "d" in flags or destination == ["out.ko"])

    def test_flags_may_stand_behind(self):
        self.beside("sha256", key("rsa2048"), cert("rsa2048"), "m.ko", "-p", "-k")

    def test_every_flag_with_every_key(self):
        for name, flag in itertools.product(RSA, ("-d", "-p", "-dk", "-pk")):
            with self.subTest(key=name, flag=flag):
                self.beside(flag, "sha512" if name != "rsa512" else "sha1", key(name), cert(name), "m.ko")

    def test_a_certificate_without_key_identifier(self):
        here = os.path.join(self.folder, "c.pem")
        must("openssl", "req", "-new", "-x509", "-key", key("rsa2048"), "-subj", "/CN=none", "-addext", "subjectKeyIdentifier=none",
             "-addext", "authorityKeyIdentifier=none", "-out", here)
        self.assertNotIn("Subject Key Identifier", must("openssl", "x509", "-in", here, "-noout", "-text").decode())
        self.beside("sha256", key("rsa2048"), here, "m.ko")
        for flags in "-k", "-dk", "-pk":
            self.beside(flags, "sha256", key("rsa2048"), here, "m.ko", status=1)

    def test_what_is_appended_is_what_is_detached(self):
        blob = self.beside("-d", "sha256", key("rsa2048"), cert("rsa2048"), "m.ko")["m.ko.p7s"]
        self.assertEqual(self.beside("sha256", key("rsa2048"), cert("rsa2048"), "m.ko")["m.ko"], PAYLOAD + trailer(blob))

    def test_content_of_every_size(self):
        for content in b"", b"x", bytes(4095), bytes(4096), bytes(range(256)) * 5000, b"MARK" + MARKER + b"behind":
            with self.subTest(size=len(content)):
                self.beside("-p", "sha256", key("rsa2048"), cert("rsa2048"), "m.ko", files={"m.ko": content})

    def test_names_of_digests(self):
        for name in "SHA256", "Sha512", "md5", "rmd160", "ripemd160":
            self.beside(name, key("rsa2048"), cert("rsa2048"), "m.ko")
        for name in "md4", "whirlpool", "sha257", "":
            self.beside(name, key("rsa2048"), cert("rsa2048"), "m.ko", status=1)

    def test_a_raw_signature_is_appended_unseen(self):
        for raw in trailer(b"")[:-28], b"", b"anything", read(cert("rsa2048", "der")):
            for destination in [], ["out.ko"]:
                for arguments in (["sha256", cert("rsa2048")], ["nonsense", "absent"]):
                    files = self.beside("-s", "raw", *arguments, "m.ko", *destination, files={"m.ko": PAYLOAD, "raw": raw})
                    self.assertEqual(files[(destination or ["m.ko"])[0]], PAYLOAD + trailer(raw))
        self.beside("-s", "absent", "sha256", cert("rsa2048"), "m.ko", "out.ko", status=1)
        blob = self.beside("-d", "sha256", key("rsa2048"), cert("rsa2048"), "m.ko")["m.ko.p7s"]
        whole = self.beside("sha256", key("rsa2048"), cert("rsa2048"), "m.ko")["m.ko"]
        self.assertEqual(self.beside("-s", "raw", "sha256", cert("rsa2048"), "m.ko", files={"m.ko": PAYLOAD, "raw": blob})["m.ko"], whole)

    def test_a_raw_signature_and_other_flags(self):
        files = {"m.ko": PAYLOAD, "raw": b"raw"}
        for flags in "-sd", "-ps", "-ks", "-sdpk":
            theirs, their_files = self.outcome([ORIGINAL, flags, "raw", "sha256", cert("rsa2048"), "m.ko"], files, {})
            ours, our_files = self.outcome([self.ours_as_sign_file, flags, "raw", "sha256", cert("rsa2048"), "m.ko"], files, {})
            self.assertEqual((ours.returncode, our_files), (theirs.returncode, their_files))
            refused, same_files = self.outcome([TOOL, "sign", flags, "raw", "sha256", cert("rsa2048"), "m.ko"], files, {})
            self.assertEqual((refused.returncode, same_files), (2, files))

    def test_signing_twice(self):
        arguments = ["sha256", key("rsa2048"), cert("rsa2048"), "m.ko"]
        once = self.beside(*arguments)
        twice = self.beside(*arguments, files=once)  # under the name sign-file only
        self.assertEqual(twice["m.ko"][:len(once["m.ko"])], once["m.ko"])
        self.assertEqual(self.beside("-s", "raw", "x", "x", "m.ko", files={**once, "raw": b"raw"})["m.ko"], once["m.ko"] + trailer(b"raw"))
        done, files = self.outcome([self.ours_as_sign_file, *arguments], once, {})
        self.assertIn(b"warning", done.stderr)
        for more in [], ["-p"], ["-k"]:
            done, files = self.outcome([TOOL, "sign", *more, *arguments], once, {})
            self.assertEqual((done.returncode, files), (2, once))
        done, files = self.outcome([TOOL, "sign", "--replace", *arguments], twice, {})
        self.assertEqual((done.returncode, files), (0, once))
        done, files = self.outcome([TOOL, "sign", "-d", *arguments], once, {})  # appends nothing
        self.assertEqual(files, self.beside("-d", *arguments, files=once))

    def test_a_compressed_module(self):
        compressed = {"m.ko.xz": lzma.compress(PAYLOAD)}
        arguments = ["sha256", key("rsa2048"), cert("rsa2048"), "m.ko.xz"]
        _, their_files = self.outcome([ORIGINAL, *arguments], compressed, {})
        done, our_files = self.outcome([self.ours_as_sign_file, *arguments], compressed, {})
        self.assertEqual(our_files, their_files)
        self.assertIn(b"warning", done.stderr)
        done, our_files = self.outcome([TOOL, "sign", *arguments], compressed, {})
        self.assertEqual((done.returncode, our_files), (6, compressed))

    def test_encrypted_keys(self):
        name = os.path.join(self.folder, "encrypted.pem")
        must("openssl", "pkcs8", "-topk8", "-in", key("rsa2048"), "-out", name, "-passout", "pass:secret")
        arguments = ["sha256", name, cert("rsa2048"), "m.ko"]
        signed = self.beside(*arguments, KBUILD_SIGN_PIN="secret")
        self.assertEqual(signed, self.beside("sha256", key("rsa2048"), cert("rsa2048"), "m.ko", KBUILD_SIGN_PIN="unneeded"))
        self.beside(*arguments, KBUILD_SIGN_PIN="wrong", status=1)
        self.beside(*arguments, KBUILD_SIGN_PIN="", status=1)
        self.beside(*arguments, status=1)

    def test_keys_and_certificates_of_every_form(self):
        must("openssl", "rsa", "-in", key("rsa2048"), "-traditional", "-out", "pkcs1.pem")
        write("both.pem", read(cert("rsa2048")) + read("pkcs1.pem"))
        write("public-first.pem", read(os.path.join(KEYS, "rsa2048.pub.pem")) + read(cert("rsa2048")))
        write("commented.pem", b"Subject: somebody\n" + read(cert("rsa2048")) + read(cert("ca")))
        here = lambda file: os.path.join(self.folder, file)  # noqa: E731
        whole = self.beside("sha256", key("rsa2048"), cert("rsa2048"), "m.ko")
        for key_file, cert_file in (("pkcs1.pem", "both.pem"), ("both.pem", "both.pem"), ("pkcs1.pem", "public-first.pem"), ("both.pem", "commented.pem")):
            self.assertEqual(self.beside("sha256", here(key_file), here(cert_file), "m.ko"), whole)

    def test_names_and_serials_of_every_form(self):
        write("names.conf", b"[req]\ndistinguished_name=dn\nprompt=no\nutf8=yes\n[dn]\nC=DE\nO=\xc3\x84 Company\nOU=one\nCN=\xd0\xba\xd0\xbb\xd1\x8e\xd1\x87\nemailAddress=a@example.org\n")
        here = os.path.join(self.folder, "c.pem")
        for serial in "0x01", "0x7f", "0x80", "0x00ff", "0x" + "fe" * 20:
            must("openssl", "req", "-new", "-x509", "-utf8", "-key", key("rsa2048"), "-config", "names.conf", "-set_serial", serial, "-out", here)
            self.beside("sha256", key("rsa2048"), here, "m.ko")

    def test_failures(self):
        for arguments in (["sha256", key("rsa2048"), cert("rsa3072"), "m.ko"], ["sha256", key("p256"), cert("p384"), "m.ko"],
                          ["sha256", key("rsa2048"), cert("p256"), "m.ko"], ["sha256", key("rsa2048"), key("rsa2048"), "m.ko"],
                          ["sha256", cert("rsa2048"), cert("rsa2048"), "m.ko"], ["sha256", "absent", cert("rsa2048"), "m.ko"],
                          ["sha256", key("rsa2048"), "absent", "m.ko"], ["sha256", key("rsa2048"), cert("rsa2048"), "absent"],
                          ["sha256", key("rsa2048"), cert("rsa2048"), "m.ko", "absent/out.ko"],
                          ["sha256", key("rsa2048"), os.path.join(KEYS, "rsa2048.pub.pem"), "m.ko"]):
            for flags in [], ["-k"]:
                with self.subTest(arguments=arguments, flags=flags):
                    self.beside(*flags, *arguments, status=1)

    def test_linux_takes_no_ed25519(self):  # whatever this OpenSSL does
        files = {"m.ko": PAYLOAD}
        for program, status in ([self.ours_as_sign_file], 1), ([TOOL, "sign"], 2):
            done, our_files = self.outcome([*program, "sha512", key("ed25519"), cert("ed25519"), "m.ko"], files, {})
            self.assertEqual((done.returncode, our_files), (status, files))
            self.assertIn(b"unsupported_algorithm", done.stderr)

    def test_usage(self):
        good = ["sha256", key("rsa2048"), cert("rsa2048"), "m.ko"]
        for arguments in [], good[:3], good + ["out.ko", "more"], ["-x", *good], ["-xk", *good], ["-kx", *good], ["--help"], ["-s", *good[:3]]:
            with self.subTest(arguments=arguments):
                files = {"m.ko": PAYLOAD}
                theirs, _ = self.outcome([ORIGINAL, *arguments], files, {})
                ours, our_files = self.outcome([self.ours_as_sign_file, *arguments], files, {})
                self.assertEqual((ours.returncode, theirs.returncode, our_files), (2, 2, files))

    def test_a_device_is_written_into(self):
        os.mkfifo("pipe")
        with subprocess.Popen(["cat", "pipe"], stdout=subprocess.PIPE) as cat:
            write("m.ko", PAYLOAD)
            must(TOOL, "sign", "sha256", key("rsa2048"), cert("rsa2048"), "m.ko", "pipe")
            self.assertEqual(cat.stdout.read(), self.beside("sha256", key("rsa2048"), cert("rsa2048"), "m.ko")["m.ko"])


class Ecdsa(Beside):
    """Every ECDSA signature is another one with OpenSSL; all around it is the same."""

    @staticmethod
    def structure(blob, folder):
        text = must("openssl", "asn1parse", "-inform", "DER", "-in", write(os.path.join(folder, "blob"), blob)).decode()
        lines = [re.sub(r"^ *\d+:(d=\d+) +hl=\d+ l= *\d+", r"\1", line) for line in text.splitlines()]
        assert "OCTET STRING" in lines[-1]
        return lines[:-1] + [lines[-1].split("[HEX DUMP]")[0]]

    def accepts(self, blob, content, certificate):
        write("blob.p7s", blob)
        write("content", content)
        return run("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "blob.p7s", "-content", "content", "-certfile", certificate,
                   "-noverify", "-out", os.devnull).returncode == 0

    def test_structure_and_signature(self):
        global compared
        for name, hash_name, flag in itertools.product(CURVES, HASHES, ("-d", "-dk")):
            with self.subTest(key=name, hash=hash_name, flag=flag):
                arguments = [flag, hash_name, key(name), cert(name), "m.ko"]
                files = {"m.ko": PAYLOAD}
                ours, our_files = self.outcome([TOOL, "sign", *arguments], files, {})
                self.assertEqual(ours.returncode, 0, ours.stderr.decode())
                again, same_files = self.outcome([self.ours_as_sign_file, *arguments], files, {})
                self.assertEqual((again.returncode, same_files), (0, our_files))  # RFC 6979
                theirs, their_files = self.outcome([ORIGINAL, *arguments], files, {})
                if hash_name.startswith("sha3") and theirs.returncode == 1:
                    continue  # OpenSSL has no OIDs for these
                self.assertEqual(theirs.returncode, 0, theirs.stderr.decode())
                blob = our_files["m.ko.p7s"]
                self.assertEqual(self.structure(blob, self.folder), self.structure(their_files["m.ko.p7s"], self.folder))
                self.assertTrue(self.accepts(blob, PAYLOAD, cert(name)))
                self.assertFalse(self.accepts(blob, PAYLOAD + b"x", cert(name)))
                compared += 1

    def test_the_appended_form(self):
        for name in CURVES:
            write("m.ko", PAYLOAD)
            must(TOOL, "sign", "-p", "sha384", key(name), cert(name), "m.ko")
            self.assertEqual(read("m.ko"), PAYLOAD + trailer(read("m.ko.p7s")))
            os.remove("m.ko.p7s")

    def test_no_oid_for_the_digest(self):
        self.beside("md5", key("p256"), cert("p256"), "m.ko", status=1)
        self.beside("rmd160", key("p256"), cert("p256"), "m.ko", status=1)


class Modinfo(Beside):
    def test_reads_the_same(self):
        found = sorted(glob.glob(os.path.join(KERNEL, "lib/modules/*/kernel/**/*.ko*"), recursive=True), key=os.path.getsize)[:3]
        if not found:
            self.skipTest(NO_KERNEL)
        for module, (name, hash_name) in itertools.product(found, (("rsa2048", "sha256"), ("rsa4096", "sha512"), ("ca", "sha1"))):
            packed = read(module)
            write("packed.ko", lzma.decompress(packed) if module.endswith(".xz") else packed)
            run(TOOL, "strip", "packed.ko")
            plain = read("packed.ko")
            self.assertTrue(plain.startswith(b"\x7fELF") and not plain.endswith(MARKER))
            for flags in [], ["-k"]:
                texts = []
                for program in [ORIGINAL], [TOOL, "sign"]:
                    write("m.ko", plain)
                    must(*program, *flags, hash_name, key(name), cert(name), "m.ko")
                    texts.append(must("modinfo", os.path.abspath("m.ko")).decode(errors="replace"))
                self.assertEqual(*texts)
            self.assertIn("vermagic:", texts[0])
            write("m.ko", plain)
            must(TOOL, "sign", hash_name, key(name), cert(name), "m.ko")
            serial = must("openssl", "x509", "-in", cert(name), "-noout", "-serial").decode().strip().split("=")[1]
            fields = {field: must("modinfo", "-F", field, os.path.abspath("m.ko")).decode().strip() for field in ("sig_id", "sig_hashalgo", "sig_key")}
            self.assertEqual(fields["sig_id"], "PKCS#7")
            self.assertEqual(fields["sig_hashalgo"], hash_name)
            self.assertEqual(fields["sig_key"].replace(":", "").lstrip("0"), serial.lstrip("0"))


class Elsewhere(Beside):
    """Both halves of signing with a key that is elsewhere."""

    def setUp(self):
        super().setUp()
        write("m.ko", PAYLOAD)

    def test_the_digest_is_that_of_the_content(self):
        for hash_name in "sha256", "sha512":
            wanted = must("openssl", "dgst", f"-{hash_name}", "-r", "m.ko").split()[0]
            self.assertEqual(must(TOOL, "digest", "--layout", "modsign", "--hash", hash_name, "m.ko").strip(), wanted)

    def test_attach(self):
        whole = self.beside("sha256", key("rsa2048"), cert("rsa2048"), "m.ko")["m.ko"]
        digest = bytes.fromhex(must(TOOL, "digest", "--layout", "modsign", "m.ko").decode())
        must("openssl", "pkeyutl", "-sign", "-inkey", key("rsa2048"), "-pkeyopt", "digest:sha256", "-in", write("digest", digest), "-out", "raw")
        must("openssl", "cms", "-sign", "-binary", "-noattr", "-nocerts", "-md", "sha256", "-outform", "DER", "-signer", cert("rsa2048"),
             "-inkey", key("rsa2048"), "-in", "m.ko", "-out", "openssl.p7s")
        must(TOOL, "sign", "-d", "sha256", key("rsa2048"), cert("rsa2048"), "m.ko")
        for signature in "raw", "m.ko.p7s", "openssl.p7s":
            self.assertEqual(run(TOOL, "attach", "--cert", cert("rsa3072"), signature, "m.ko", "no.ko").returncode == 0, False)
            self.assertFalse(os.path.exists("no.ko"))
            must(TOOL, "attach", "--cert", cert("rsa2048"), signature, "m.ko", "out.ko")
            if signature != "openssl.p7s":
                self.assertEqual(read("out.ko"), whole)
            os.remove("out.ko")
        write("other.ko", PAYLOAD + b"x")
        self.assertNotEqual(run(TOOL, "attach", "--cert", cert("rsa2048"), "m.ko.p7s", "other.ko", "no.ko").returncode, 0)
        self.assertFalse(os.path.exists("no.ko"))

    def test_the_tool_verifies_what_it_signs(self):
        for name, hash_name, flags in itertools.product(("rsa1024", "rsa2048", "rsa4096", *CURVES), HASHES, ([], ["-k"])):
            with self.subTest(key=name, hash=hash_name, flags=flags):
                must(TOOL, "sign", "--force", *flags, hash_name, key(name), cert(name), "m.ko", "out.ko")
                must(TOOL, "verify", "--policy", "legacy", "--trust", cert(name), "out.ko")
                self.assertEqual(run(TOOL, "verify", "--policy", "legacy", "--trust", cert("unknown"), "out.ko").returncode, 4)


def main():
    global TOOL, KEYS, KERNEL
    TOOL, KEYS, KERNEL = (os.path.abspath(argument) for argument in sys.argv[1:4])
    if not ORIGINAL:
        print("no sign-file here (Debian: linux-kbuild-*)")
        return 77
    return run_tests(sys.modules[__name__], enough=lambda: compared, remark=lambda: f"; {compared} runs compared with {ORIGINAL}")


if __name__ == "__main__":
    sys.exit(main())
