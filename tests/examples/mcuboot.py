#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""MCUboot images: what modsig signs, taken apart here and verified by openssl; what is put together here and signed by openssl,
verified by modsig. With imgtool, where it is in PATH or named by IMGTOOL, both ways with that, too.

mcuboot.py MODSIG KEYS [TEST...]

KEYS: the folder of test keys. Format: include/modsig/layout/mcuboot.hpp."""
import hashlib
import json
import os
import shlex
import shutil
import struct
import sys
import tempfile
import unittest

import harness
from harness import must, read, run, write

modsig, keys = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
IMGTOOL = shlex.split(os.environ.get("IMGTOOL", "")) or ([shutil.which("imgtool")] if shutil.which("imgtool") else None)

HEADER = struct.Struct("<IIHHIIBBHII")
MAGIC, PROTECTED, SECOND = 0x96F3B83D, 0x6908, 0x6907
KEYHASH, DEPENDENCY, COUNTER = 0x01, 0x40, 0x50
HASHES = {"sha256": 0x10, "sha384": 0x11}
RAM_LOAD, ROM_FIXED = 0x20, 0x100
# name: hash, type of the signature
KINDS = {"rsa2048": ("sha256", 0x20), "rsa3072": ("sha256", 0x23), "p256": ("sha256", 0x22), "p384": ("sha384", 0x22), "ed25519": ("sha256", 0x24)}
BODY = bytes((i * i * 7 + i // 256) & 0xFF for i in range(3001))


def key_file(name, what):
    return os.path.join(keys, f"{name}.{what}")


def key_digest(name, algorithm):
    """RSA: of the PKCS#1 form; else of SubjectPublicKeyInfo."""
    if name.startswith("rsa"):
        der = must("openssl", "rsa", "-pubin", "-in", key_file(name, "pub.pem"), "-RSAPublicKey_out", "-outform", "DER")
    else:
        der = read(key_file(name, "pub.der"))
    return hashlib.new(algorithm, der).digest()


def entry(kind, value):
    return struct.pack("<HH", kind, len(value)) + value


def area(magic, entries):
    return struct.pack("<HH", magic, 4 + len(entries)) + entries


def entries_of(data, magic):
    found, total = struct.unpack_from("<HH", data)
    assert found == magic and total <= len(data), (hex(found), total, len(data))
    at, out = 4, []
    while at != total:
        kind, size = struct.unpack_from("<HH", data, at)
        assert at + 4 + size <= total
        out.append((kind, data[at + 4 : at + 4 + size]))
        at += 4 + size
    return out, data[total:]


def take_apart(image):
    """Header fields, body, protected entries, entries, hashed bytes."""
    magic, load, header_size, protected_size, body_size, flags, major, minor, revision, build, pad = HEADER.unpack_from(image)
    assert magic == MAGIC and pad == 0
    fields = {"load": load, "header_size": header_size, "flags": flags, "version": (major, minor, revision, build)}
    body = image[header_size : header_size + body_size]
    rest, protected = image[header_size + body_size :], []
    if protected_size:
        protected, rest = entries_of(rest, PROTECTED)
    second, behind = entries_of(rest, SECOND)
    assert behind == b""
    return fields, body, protected, second, image[: header_size + body_size + protected_size]


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        os.chdir(folder.name)
        write("body", BODY)

    def openssl_verifies(self, name, digest, signature):
        algorithm = KINDS[name][0]
        write("digest", digest), write("signature", signature)
        options = {"rsa": ["-pkeyopt", "digest:sha256", "-pkeyopt", "rsa_padding_mode:pss", "-pkeyopt", "rsa_pss_saltlen:32",
                           "-pkeyopt", "rsa_mgf1_md:sha256"], "p": ["-pkeyopt", "digest:" + algorithm], "e": ["-rawin"]}
        chosen = next(value for start, value in options.items() if name.startswith(start))
        return run("openssl", "pkeyutl", "-verify", "-pubin", "-inkey", key_file(name, "pub.pem"), *chosen, "-in", "digest", "-sigfile", "signature")

    def openssl_signs(self, name, digest):
        algorithm = KINDS[name][0]
        write("digest", digest)
        options = {"rsa": ["-pkeyopt", "digest:sha256", "-pkeyopt", "rsa_padding_mode:pss", "-pkeyopt", "rsa_pss_saltlen:32"],
                   "p": ["-pkeyopt", "digest:" + algorithm], "e": ["-rawin"]}
        chosen = next(value for start, value in options.items() if name.startswith(start))
        return must("openssl", "pkeyutl", "-sign", "-inkey", key_file(name, "key.pem"), *chosen, "-in", "digest")

    def sign(self, name, *options, source="body", to="image", certificate="pub.pem", hash_name=None):
        return run(modsig, "sign", "--force", "--layout", "mcuboot", *options, hash_name or KINDS[name][0], key_file(name, "key.pem"), key_file(name, certificate), source, to)

    def signed(self, name, *options, **more):
        done = self.sign(name, *options, **more)
        self.assertEqual(done.returncode, 0, done.stderr)
        return read(more.get("to", "image"))

    def verify(self, image, *names, policy="strict"):
        write("to-verify", image)
        trust = [word for name in names for word in ("--trust", key_file(name, "pub.pem"))]
        done = run(modsig, "verify", "--tsv", "--layout", "mcuboot", "--policy", policy, *trust, "to-verify")
        return done.returncode, done.stdout.decode().rstrip("\n").split("\t")

    def put_together(self, names, *, counter=None, header_size=32, flags=0, load=0, version=(1, 2, 3, 4), own=b"", dependencies=()):
        protected = b""
        if counter is not None:
            protected += entry(COUNTER, struct.pack("<I", counter))
        for one, at_least in dependencies:
            protected += entry(DEPENDENCY, struct.pack("<BBHBBHI", one, 0, 0, *at_least))
        protected += own
        protected = area(PROTECTED, protected) if protected else b""
        header = HEADER.pack(MAGIC, load, header_size, len(protected), len(BODY), flags, *version, 0)
        hashed = header.ljust(header_size, b"\0") + BODY + protected
        algorithm = KINDS[names[0]][0]
        digest = hashlib.new(algorithm, hashed).digest()
        second = entry(HASHES[algorithm], digest)
        for name in names:
            second += entry(KEYHASH, key_digest(name, algorithm)) + entry(KINDS[name][1], self.openssl_signs(name, digest))
        return hashed + area(SECOND, second)


class Signing(Case):
    def test_every_kind_of_key_taken_apart_and_verified_by_openssl(self):
        for name, (algorithm, kind) in KINDS.items():
            with self.subTest(key=name):
                image = self.signed(name, "--version", "3.2.1+7", "--security-counter", "9", "--header-size", "0x200")
                fields, body, protected, second, hashed = take_apart(image)
                self.assertEqual(fields, {"load": 0, "header_size": 512, "flags": 0, "version": (3, 2, 1, 7)})
                self.assertEqual(body, BODY)
                self.assertEqual(protected, [(COUNTER, struct.pack("<I", 9))])
                digest = hashlib.new(algorithm, hashed).digest()
                self.assertEqual(second[:2], [(HASHES[algorithm], digest), (KEYHASH, key_digest(name, algorithm))])
                self.assertEqual([kind], [one for one, _ in second[2:]])
                good = self.openssl_verifies(name, digest, second[2][1])
                self.assertEqual(good.returncode, 0, good.stderr)
                bad = self.openssl_verifies(name, bytes([digest[0] ^ 1]) + digest[1:], second[2][1])
                self.assertNotEqual(bad.returncode, 0)
                self.assertEqual(self.verify(image, name)[1][1:3], ["verified", "-"])

    def test_without_options_there_is_nothing_protected(self):
        fields, _, protected, _, _ = take_apart(self.signed("p256", "--version", "1.0.0"))
        self.assertEqual(fields, {"load": 0, "header_size": 32, "flags": 0, "version": (1, 0, 0, 0)})
        self.assertEqual(protected, [])

    def test_addresses(self):
        for option, flag in (("--load-addr", RAM_LOAD), ("--rom-fixed", ROM_FIXED)):
            fields, *_ = take_apart(self.signed("p256", "--version", "255.255.65535+4294967295", option, "0x20000000"))
            self.assertEqual((fields["flags"], fields["load"], fields["version"]), (flag, 0x20000000, (255, 255, 65535, 4294967295)))

    def test_the_key_of_a_certificate(self):
        image = self.signed("rsa2048", "--version", "1.0.0", certificate="cert.pem")
        self.assertEqual(self.verify(image, "rsa2048")[1][1], "verified")

    def test_in_place_and_signing_anew(self):
        write("file", BODY)
        for version in ("1.0.0", "2.0.0"):
            if version == "2.0.0":
                must(modsig, "strip", "file")
            done = run(modsig, "sign", "--layout", "mcuboot", "--version", version, "sha256", key_file("p256", "key.pem"), key_file("p256", "pub.pem"), "file")
            self.assertEqual(done.returncode, 0, done.stderr)
            fields, body, *_ = take_apart(read("file"))
            self.assertEqual((fields["version"][0], body), (int(version[0]), BODY))
        done = run(modsig, "sign", "--layout", "mcuboot", "--version", "3.0.0", "sha256", key_file("p256", "key.pem"), key_file("p256", "pub.pem"), "file")
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"signed already", done.stderr)
        done = run(modsig, "sign", "--replace", "--layout", "mcuboot", "--version", "3.0.0", "sha256", key_file("p256", "key.pem"), key_file("p256", "pub.pem"), "file")
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"no --replace", done.stderr)

    def test_what_is_asked_for_wrongly(self):
        version = ["--version", "1.0.0"]
        wrong = [
            ([], b"needs a --version"), (["--version", "1.0"], b"no value of --version"), (["--version", "256.0.0"], b"no value of --version"),
            (["--version", "1.0.65536"], b"no value of --version"), (["--version", "1.0.0+"], b"no value of --version"),
            (["--version", "1.0.0.0"], b"no value of --version"), (["--version", "-1.0.0"], b"no value of --version"),
            (["--version", "1.0x1.0"], b"no value of --version"), (["--version", "0x1.0.0"], b"no value of --version"), (["--version", "1.0.0+4294967296"], b"no value of --version"),
            (version + ["--security-counter", "4294967296"], b"no value of --security-counter"), (version + ["--security-counter", "0x"], b"no value of --security-counter"),
            (version + ["--header-size", "31"], b"no value of --header-size"), (version + ["--header-size", "65536"], b"no value of --header-size"),
            (version + ["--load-addr", "1", "--rom-fixed", "1"], b"excludes"), (version + ["-d"], b"belong to the modsign layout"),
            (version + ["--sigfile"], b"part of the image"), (version + ["--keyid", "01"], b"names the key itself"),
        ]
        for options, words in wrong:
            with self.subTest(options=options):
                done = self.sign("p256", *options)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn(words, done.stderr)
                self.assertFalse(os.path.exists("image"))
        done = run(modsig, "sign", "--version", "1.0.0", "sha256", key_file("p256", "key.pem"), key_file("p256", "cert.pem"), "body", "image")
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"belong to the mcuboot layout", done.stderr)

    def test_keys_and_digests_that_MCUboot_has_no_signature_for(self):
        for name, algorithm in (("rsa4096", "sha256"), ("p521", "sha256"), ("rsa2048", "sha512"), ("p384", "sha256"), ("p256", "sha384")):
            with self.subTest(key=name, hash=algorithm):
                done = self.sign(name, "--version", "1.0.0", hash_name=algorithm)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertFalse(os.path.exists("image"))

    def test_other_commands_say_that_they_cannot(self):
        for command in (["attach", "--layout", "mcuboot", "--cert", key_file("p256", "pub.pem"), "body", "body"], ["digest", "--layout", "mcuboot", "body"],
                        ["install", "--layout", "mcuboot", "--from", ".", "--to", "there"]):
            done = run(modsig, *command)
            self.assertEqual(done.returncode, 2, command)
            self.assertIn(b"made by modsig sign only", done.stderr)


class Verifying(Case):
    def test_every_kind_of_key_signed_by_openssl(self):
        for name in KINDS:
            with self.subTest(key=name):
                image = self.put_together([name], counter=5)
                status, fields = self.verify(image, name)
                self.assertEqual((status, fields[1:3]), (0, ["verified", "-"]))
                self.assertEqual(fields[4:6], ["mcuboot", KINDS[name][0]])
                self.assertEqual(fields[7], key_digest(name, KINDS[name][0])[:32].hex())  # reports keep so much of an identifier
                self.assertEqual(self.verify(image, "unknown")[1][2], "key_not_found")

    def test_what_else_an_image_may_have(self):
        image = self.put_together(["rsa2048"], counter=1, header_size=0x400, flags=ROM_FIXED, load=0x40000, own=entry(0xA0, b"vendor") + entry(0x60, b"boot record"),
                                  dependencies=[(1, (1, 0, 0, 0)), (2, (0, 1, 2, 3))])
        self.assertEqual(self.verify(image, "rsa2048")[1][1], "verified")

    def test_several_signers(self):
        image = self.put_together(["rsa2048", "p256", "ed25519"])
        for name in ("rsa2048", "p256", "ed25519"):
            self.assertEqual(self.verify(image, name)[1][2], "unproven_signer")
            self.assertEqual(self.verify(image, name, policy="legacy")[1][1], "verified")
        self.assertEqual(self.verify(image, "rsa2048", "p256", "ed25519")[1][1], "verified")
        trust = [word for name in ("rsa2048", "p256") for word in ("--trust", key_file(name, "pub.pem"))]
        for threshold, status in (1, 0), (2, 0), (3, 5):
            done = run(modsig, "verify", "--layout", "mcuboot", "--allow-other-signers", "--threshold", str(threshold), *trust, "to-verify")
            self.assertEqual(done.returncode, status, done.stdout)

    def test_another_padding_than_pss(self):
        _, _, _, second, hashed = take_apart(self.put_together(["rsa2048"]))
        write("digest", dict(second)[HASHES["sha256"]])
        other = must("openssl", "pkeyutl", "-sign", "-inkey", key_file("rsa2048", "key.pem"), "-pkeyopt", "digest:sha256", "-pkeyopt",
                     "rsa_padding_mode:pkcs1", "-in", "digest")
        image = hashed + area(SECOND, b"".join(entry(*one) for one in [*second[:2], (0x20, other)]))
        self.assertEqual(self.verify(image, "rsa2048")[1][2], "signature_mismatch")

    def test_exit_status_and_reason(self):
        image = self.put_together(["p256"], counter=5)
        flipped = image[:100] + bytes([image[100] ^ 1]) + image[101:]
        no_second = image[: len(take_apart(image)[4])]
        only_hash = no_second + area(SECOND, entry(0x10, hashlib.sha256(no_second).digest()))
        encrypted = image[:16] + b"\x04" + image[17:]
        for changed, status, reason in ((flipped, 1, "digest_mismatch"), (image[:-1], 6, "length_overflow"), (image + b"\xff", 6, "trailing_garbage"),
                                        (no_second, 3, "no_signature"), (only_hash, 3, "no_signature"), (BODY, 3, "no_signature"),
                                        (encrypted, 6, "unsupported_content_type")):
            with self.subTest(reason=reason):
                found = self.verify(changed, "p256")
                self.assertEqual((found[0], found[1][2]), (status, reason))

    def test_without_being_asked_for_the_layout_is_not_tried(self):
        write("image", self.put_together(["p256"]))
        done = run(modsig, "verify", "--tsv", "--trust", key_file("p256", "pub.pem"), "image")
        self.assertEqual((done.returncode, done.stdout.decode().split("\t")[2]), (3, "no_signature"))

    def test_inspect(self):
        write("image", self.put_together(["p256"], counter=5, header_size=64, flags=ROM_FIXED, load=0x40000))
        done = run(modsig, "inspect", "--json", "--layout", "mcuboot", "--trust", key_file("p256", "pub.pem"), "image")
        self.assertEqual(done.returncode, 0, done.stderr)
        said = json.loads(done.stdout)
        self.assertEqual((said["verdict"], said["layout"], said["version"], said["security_counter"]), ("verified", "mcuboot", "1.2.3+4", 5))
        self.assertEqual((said["header_size"], said["load_address"], said["content_size"]), (64, 0x40000, 64 + len(BODY) + 12))

    def test_strip_and_extract(self):
        image = self.put_together(["p256"], counter=5)
        hashed = take_apart(image)[4]
        write("image", image)
        must(modsig, "extract", "image", "signature"), must(modsig, "strip", "image", "stripped")
        self.assertEqual(read("stripped"), hashed)
        self.assertEqual(read("signature"), image[len(hashed):])


class OfImgtool(Case):
    """The images of tests/data/mcuboot, whose make.sh says how imgtool made them."""
    KEYS_OF = {"pad": "p256", "test": "ed25519", "confirm": "p256", "confirm-32": "rsa2048", "confirm-zero": "ed25519", "overwrite-only": "ed25519",
               "pure": "ed25519", "pure-full": "ed25519", "sha512": "ed25519", "thumb": "ed25519",
               **{f"full-{name}": name for name in ("rsa2048", "rsa3072", "p256", "p384", "ed25519")},
               **{f"lzma2-{name}": name for name in ("rsa2048", "p256", "p384", "ed25519")}}

    @staticmethod
    def image(name):
        return read(os.path.join(keys, "../../mcuboot", name))

    def rows(self, images, trusted):
        """Of many images at once: { name: (verdict, reason) }."""
        for name, image in images.items():
            write(name, image)
        done = run(modsig, "verify", "--tsv", "--layout", "mcuboot", "--trust", key_file(trusted, "pub.pem"), *images)
        for name in images:
            os.remove(name)
        return {row[0]: tuple(row[1:3]) for row in (line.split("\t") for line in done.stdout.decode().splitlines())}

    def resigned(self, image, name, change):
        """With other protected TLVs, signed anew: { type: value } -> the same."""
        fields, body, protected, second, hashed = take_apart(image)
        protected = area(PROTECTED, b"".join(entry(*one) for one in change(dict(protected)).items()))
        hashed = bytearray(hashed[: fields["header_size"] + len(body)] + protected)
        struct.pack_into("<H", hashed, 10, len(protected))
        algorithm = KINDS[name][0]
        digest = hashlib.new(algorithm, hashed).digest()
        return bytes(hashed) + area(SECOND, entry(HASHES[algorithm], digest) + entry(KEYHASH, key_digest(name, algorithm)) + entry(KINDS[name][1], self.openssl_signs(name, digest)))

    def test_each_verifies_with_its_key_and_with_no_other(self):
        for name, of_key in self.KEYS_OF.items():
            with self.subTest(image=name):
                image = self.image(name + ".bin")
                self.assertEqual(self.verify(image, of_key)[1][1:3], ["verified", "-"])
                self.assertEqual(self.verify(image, of_key, policy="legacy")[1][1], "verified")
                # A key in the image is trusted by nobody for that.
                status, fields = self.verify(image, "unknown")
                self.assertEqual((status, fields[1:3]), (4, ["rejected", "key_not_found"]))

    def test_no_changed_byte_is_verified(self):
        for name, of_key in self.KEYS_OF.items():
            with self.subTest(image=name):
                image = self.image(name + ".bin")
                changed = {f"{at:04}": image[:at] + bytes([image[at] ^ 1]) + image[at + 1:] for at in range(len(image))}
                verified = [path for path, (verdict, _) in self.rows(changed, of_key).items() if verdict == "verified"]
                # Whether an image is confirmed is not signed: where erased flash is zero, one bit is all that tells it.
                self.assertEqual(verified, [f"{len(image) - 24:04}"] if name == "confirm-zero" else [])

    def test_cut_anywhere_none_is_verified(self):
        for name in "confirm", "full-p256", "pure", "lzma2-p256":
            with self.subTest(image=name):
                image = self.image(name + ".bin")
                rows = self.rows({f"{size:04}": image[:size] for size in range(1, len(image))}, self.KEYS_OF[name])
                self.assertEqual(len(rows), len(image) - 1)
                whole = [path for path, (verdict, _) in rows.items() if verdict == "verified"]
                # Of a padded image what stands before the filling is one, too.
                self.assertEqual(len(whole), 1 if name == "confirm" else 0)

    def test_what_fills_a_slot(self):
        image = self.image("confirm.bin")
        end = len(image) - len(image[image.index(b"\x07\x69"):]) + struct.unpack_from("<H", image, image.index(b"\x07\x69") + 2)[0]
        bare, magic = image[:end], image[-16:]
        good = {"erased": bare + b"\xff" * 100 + magic, "small": bare + b"\xff" * 8 + magic, "confirmed": bare + b"\xff" * 50 + b"\1" + b"\xff" * 7 + magic,
                "zeros": bare + bytes(100) + magic, "zeros, confirmed": bare + bytes(50) + b"\1" + bytes(7) + magic}
        bad = {"no trailer": bare + b"\xff" * 100, "one byte": bare + b"\xff", "magic alone": bare + magic, "mixed": bare + b"\xff" * 50 + bytes(50) + magic,
               "words": bare + b"\xff" * 50 + b"words" + b"\xff" * 50 + magic, "another flag": bare + b"\xff" * 50 + b"\2" + b"\xff" * 7 + magic,
               "flag elsewhere": bare + b"\xff" * 50 + b"\1" + b"\xff" * 8 + magic, "behind the magic": bare + b"\xff" * 100 + magic + b"\xff",
               "another magic": bare + b"\xff" * 100 + magic[:15] + b"\x81", "an alignment of 64": bare + b"\xff" * 100 + b"\x40\0" + self.image("confirm-32.bin")[-14:],
               "filled with ones": bare + b"\1" * 100 + magic}
        rows = self.rows({**good, **bad}, "p256")
        self.assertEqual({name for name, (verdict, _) in rows.items() if verdict == "verified"}, set(good))
        self.assertEqual({rows[name][1] for name in bad}, {"trailing_garbage"})

    def test_both_signatures_of_a_compressed_image_count(self):
        size, digest, signature = 0x70, 0x71, 0x72
        for name in "p256", "rsa2048", "ed25519":
            image = self.image(f"lzma2-{name}.bin")
            inner = dict(take_apart(image)[2])
            self.assertEqual(set(inner) & {size, digest, signature}, {size, digest, signature})
            self.assertEqual(self.verify(self.resigned(image, name, lambda had: had), name)[1][1], "verified")
            other = hashlib.sha256(b"another").digest()
            changes = {"another hash": (lambda had: {**had, digest: other}, "signature_mismatch"),
                       "another signature": (lambda had: {**had, signature: self.openssl_signs(name, other)}, "signature_mismatch"),
                       "of another hash": (lambda had: {**had, digest: other, signature: self.openssl_signs(name, inner[digest])}, "signature_mismatch"),
                       "no hash": (lambda had: {k: v for k, v in had.items() if k != digest}, "missing_element"),
                       "no signature": (lambda had: {k: v for k, v in had.items() if k != signature}, "missing_element"),
                       "no size": (lambda had: {k: v for k, v in had.items() if k != size}, "missing_element"),
                       "a short hash": (lambda had: {**had, digest: had[digest][:31]}, "length_mismatch"), "a short size": (lambda had: {**had, size: b"123"}, "length_mismatch")}
            for what, (change, reason) in changes.items():
                with self.subTest(key=name, what=what):
                    found = self.verify(self.resigned(image, name, change), name)[1][1:3]
                    self.assertEqual(found[0], "rejected")
                    self.assertIn(found[1], {reason, "bad_padding"} if reason == "signature_mismatch" else {reason})
            good = self.resigned(image, name, lambda had: {**had, digest: other, signature: self.openssl_signs(name, other)})
            self.assertEqual(self.verify(good, name)[1][1], "verified")
        # The one signature cannot be tried without what the other is over.
        status, fields = self.verify(self.image("pure-lzma2.bin"), "ed25519")
        self.assertEqual((status, fields[2]), (6, "unsupported_content_type"))

    def test_pure(self):
        fields, body, protected, second, hashed = take_apart(self.image("pure.bin"))
        write("hashed", hashed)
        signature = must("openssl", "pkeyutl", "-sign", "-inkey", key_file("ed25519", "key.pem"), "-rawin", "-in", "hashed")
        pure, sha512, sha256 = entry(0x25, b"\1"), entry(0x12, hashlib.sha512(hashed).digest()), entry(0x10, hashlib.sha256(hashed).digest())
        by_512, by_256 = entry(KEYHASH, key_digest("ed25519", "sha512")), entry(KEYHASH, key_digest("ed25519", "sha256"))
        signed = entry(0x24, signature)
        of_hash = entry(0x24, self.openssl_signs("ed25519", hashlib.sha512(hashed).digest()))
        second = [(sha512 + pure + by_512 + signed, "-"), (pure + by_512 + signed, "-"), (by_512 + signed + pure, "-"), (sha256 + pure + by_256 + signed, "-"),
                  (sha512 + by_512 + signed, "signature_mismatch"), (sha512 + pure + by_512 + of_hash, "signature_mismatch"), (sha512 + by_512 + of_hash, "-"),
                  (pure + pure + by_512 + signed, "repeated_element"), (entry(0x25, b"\0") + by_512 + signed, "bad_structure"), (entry(0x25, b"") + by_512 + signed, "length_mismatch"),
                  (entry(0x12, bytes(64)) + pure + by_512 + signed, "digest_mismatch"), (pure + by_256 + signed, "length_mismatch")]
        for entries, reason in second:
            self.assertEqual(self.verify(hashed + area(SECOND, entries), "ed25519")[1][2], reason)
        write("digest", hashlib.sha256(hashed).digest())
        ecdsa = must("openssl", "pkeyutl", "-sign", "-inkey", key_file("p256", "key.pem"), "-pkeyopt", "digest:sha256", "-in", "digest")
        others = hashed + area(SECOND, sha256 + pure + entry(KEYHASH, key_digest("p256", "sha256")) + entry(0x22, ecdsa))
        self.assertEqual(self.verify(others, "p256")[1][2], "unsupported_algorithm")

    def test_a_key_in_the_image_is_a_name(self):
        image = self.image("full-ed25519.bin")
        _, _, _, second, hashed = take_apart(image)
        public = read(key_file("ed25519", "pub.der"))
        self.assertEqual(dict(second)[0x02], public)
        mine = read(key_file("unknown", "pub.der"))
        for other, reason in (mine, "key_not_found"), (public[:-1], "key_not_found"), (b"", "key_not_found"), (public + b"\0", "key_not_found"):
            changed = hashed + area(SECOND, b"".join(entry(kind, other if kind == 0x02 else value) for kind, value in second))
            self.assertEqual(self.verify(changed, "ed25519")[1][2], reason)
        twice = hashed + area(SECOND, b"".join(entry(kind, value) * (2 if kind == 0x02 else 1) for kind, value in second))
        self.assertEqual(self.verify(twice, "ed25519")[1][2], "bad_structure")
        write("image", image)
        said = must(modsig, "inspect", "--layout", "mcuboot", "--trust", key_file("ed25519", "pub.pem"), "image").decode()
        self.assertIn("key_identifier: key:" + public[-32:].hex(), said)

    def test_intel_hex_is_named(self):
        write("image.hex", self.image("image.hex"))
        done = run(modsig, "verify", "--layout", "mcuboot", "--trust", key_file("p256", "pub.pem"), "image.hex")
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"Intel HEX", done.stdout)
        told = json.loads(run(modsig, "inspect", "--json", "--layout", "mcuboot", "--trust", key_file("p256", "pub.pem"), "image.hex").stdout)
        self.assertEqual(told["hints"], ["intel_hex"])
        self.assertIn("objcopy -I ihex -O binary", told["remedy"])
        for other in b":words", b":020000040000FB\n", b":00000001FE\n", b":", b"":
            write("other", other)
            self.assertNotIn(b"Intel HEX", run(modsig, "verify", "--layout", "mcuboot", "--trust", key_file("p256", "pub.pem"), "other").stdout)

    def test_inspect_says_what_it_is(self):
        for name, line in ("confirm", "padding: "), ("lzma2-p256", "compressed: yes"), ("thumb", "compressed: yes"):
            write("image", self.image(name + ".bin"))
            self.assertIn(line, must(modsig, "inspect", "--layout", "mcuboot", "--trust", key_file(self.KEYS_OF[name], "pub.pem"), "image").decode())


@unittest.skipUnless(IMGTOOL, "imgtool is not here")
class WithImgtool(Case):
    def test_imgtool_verifies_what_modsig_signs(self):
        for name in KINDS:
            with self.subTest(key=name):
                write("image.bin", self.signed(name, "--version", "1.2.3+4", "--security-counter", "5", "--header-size", "0x200"))
                said = must(*IMGTOOL, "verify", "-k", key_file(name, "pub.pem"), "image.bin")
                self.assertIn(b"correctly validated", said)
                self.assertIn(b"1.2.3+4", said)

    def test_modsig_verifies_what_imgtool_signs(self):
        for name in KINDS:
            with self.subTest(key=name):
                must(*IMGTOOL, "sign", "-k", key_file(name, "key.pem"), "-v", "1.2.3+4", "-s", "5", "-H", "0x200", "--pad-header", "-S", "0x20000",
                     "--rom-fixed", "0x40000", "-d", "(1, 1.0.0+0)", "body", "image.bin")
                self.assertEqual(self.verify(read("image.bin"), name)[1][1:3], ["verified", "-"])

    def test_imgtool_verifies_the_images_that_are_kept_here(self):
        for name, of_key in OfImgtool.KEYS_OF.items():
            write("image.bin", OfImgtool.image(name + ".bin"))
            must(*IMGTOOL, "verify", "-k", key_file(of_key, "key.pem"), "image.bin")

    def test_the_same_bytes(self):
        """Ed25519 is deterministic."""
        must(*IMGTOOL, "sign", "-k", key_file("ed25519", "key.pem"), "-v", "1.2.3+4", "-s", "5", "-H", "0x200", "--pad-header", "-S", "0x20000", "-L", "0x20000000",
             "body", "image.bin")
        ours = self.signed("ed25519", "--version", "1.2.3+4", "--security-counter", "5", "--header-size", "0x200", "--load-addr", "0x20000000")
        self.assertEqual(ours, read("image.bin"))


if __name__ == "__main__":
    sys.exit(harness.run_tests(sys.modules[__name__], sys.argv[3:]))
