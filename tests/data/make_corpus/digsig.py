"""Signatures of the patch set of 2012: evmctl's files of version 1, and the same behind a module with a length and a magic."""
import itertools
import struct

from der import flipped
from formats import MODSIG_MAGIC, RFC_MAGIC, mpi, rfc_container, v1_digest, v1_header, v1_key_id, v1_sign, v1_verifies
from keys import BLOB, PRIVATE, RSA, is_weak
from payloads import stream
from rows import CONTENT, MAIN, PAYLOADS, add, bad, key_path, put
from rsa import DIGEST_INFO, digest, encoded_v15, forged_cube
from tools import evmctl_verifies, read, run, scratch

KEY = "keys/rsa2048.digsig-v1.bin"
KEY_ID = v1_key_id(BLOB["rsa2048"])
GOOD = "rsa2048", "sha1", MAIN
SIGNATURES = {}  # by key, hash of the file and payload: header, bit count, number


def by_evmctl(key, file_hash, name):
    path = scratch(name, PAYLOADS[name])
    run("evmctl", "ima_sign", "--rsa", "--sigfile", "-a", file_hash, "-k", key_path(key + ".key.pem"), path)
    signature = read(path + ".sig")
    assert signature[0] == 3 and signature[8:16] == v1_key_id(BLOB[key])
    assert evmctl_verifies(PAYLOADS[name], signature, key_path(key + ".pub.pem"), "--rsa", "-a", file_hash)
    assert v1_verifies(PRIVATE[key], PAYLOADS[name], signature[1:], file_hash)
    return signature


def make():
    for file_hash in "sha1", "sha256":
        for key in *RSA, "rsa2048e3":
            for name in PAYLOADS if key == "rsa2048" else (MAIN, "other.ko"):
                signature = by_evmctl(key, file_hash, name)
                SIGNATURES[key, file_hash, name] = signature[1:]
                stem, trusted, strict = f"digsig-v1/{name}.{key}.{file_hash}", f"keys/{key}.digsig-v1.bin", "weak_key" if is_weak(key) else "weak_digest"
                add(put(stem + ".evmsig", signature), "digsig-v1", "modules/" + name, trusted, "valid",
                    f"evmctl ima_sign --rsa -a {file_hash} --sigfile; first byte 0x03 is the xattr type; signed hash is "
                    f"SHA-1({file_hash.upper()}(payload) || 16-byte header)", strict, "evmctl:ok python:ok")
                if len(PAYLOADS[name]) < 10000:
                    add(put(stem + ".modsig", rfc_container(PAYLOADS[name], signature[1:])), "digsig-v1-modsig", "-", trusted, "valid",
                        "the .evmsig above without 0x03, appended as the 2012 RFC does", strict, "python:ok")


def appended():
    """A module with a right signature."""
    return rfc_container(CONTENT, SIGNATURES[GOOD])


def whole(name, data, expected, note, key=KEY, **more):
    bad(name, "digsig-v1-modsig", data, "-", key, expected, note, **more)


def signed(name, signature, expected, note, **more):
    whole(name, rfc_container(CONTENT, signature), expected, note, **more)


def spoil():
    spoil_container()
    spoil_header()
    spoil_bits()
    spoil_number()
    spoil_padding()
    forge()
    weak_keys()
    odd_ones()
    spoil_files_of_evmctl()


def spoil_container():
    good, full = SIGNATURES[GOOD], appended()
    whole("empty", b"", "no_signature|truncated", "empty file")
    whole("one-byte", b"T", "no_signature|truncated", "one byte")
    whole("magic-only", RFC_MAGIC, "truncated", "the 30-byte magic and nothing else")
    whole("magic-one-length-byte", b"\0" + RFC_MAGIC, "truncated", "one byte before the magic: no room for the length")
    whole("magic-length-zero-only", b"\0\0" + RFC_MAGIC, "truncated|bad_mpi", "length 0 and magic, no module")
    whole("sig-only-no-module", rfc_container(b"", good), "signature_mismatch|truncated", "signature of another payload, module of 0 bytes")
    whole("magic-29", full[:-1], "no_signature|bad_magic", "last byte of the magic missing")
    whole("magic-1-of-30", full[:-29], "no_signature|bad_magic", "only the first magic byte is left")
    whole("magic-lower-case", full[:-30] + RFC_MAGIC.lower(), "no_signature|bad_magic", "magic in lower case")
    whole("magic-bit-first", flipped(full, -30), "no_signature|bad_magic", "first magic byte changed")
    whole("magic-bit-last", flipped(full, -1), "no_signature|bad_magic", "last magic byte changed")
    whole("magic-nul", full + b"\0", "no_signature|bad_magic|trailing_garbage", "NUL after the magic")
    whole("magic-newline", full + b"\n", "no_signature|bad_magic|trailing_garbage", "newline after the magic")
    whole("magic-then-garbage", full + stream("garbage", 100), "no_signature|bad_magic|trailing_garbage", "100 bytes after the magic")
    whole("magic-modsign", full[:-30] + MODSIG_MAGIC, "no_signature|bad_magic", "digsig signature under the kernel's MODSIGN magic")
    whole("magic-in-the-middle", CONTENT[:2000] + RFC_MAGIC + CONTENT[2000:], "no_signature", "magic inside the module, not at its end")
    for size, expected in ((0, "truncated|bad_mpi"), (1, "truncated"), (15, "truncated"), (16, "truncated"), (17, "truncated"),
                           (18, "signature_mismatch|truncated|unsupported_version|bad_mpi|unsupported_version|key_not_found|unsupported_algorithm"),
                           (273, "unsupported_version|truncated|bad_mpi|unsupported_algorithm|trailing_garbage"),
                           (275, "unsupported_version|truncated|bad_mpi|unsupported_algorithm|trailing_garbage")):
        whole(f"length-{size}", rfc_container(CONTENT, good, size), expected, f"length field says {size}, signature has 274 bytes")
    whole("length-all", rfc_container(CONTENT, good, len(CONTENT) + 274), "unsupported_version|truncated|bad_mpi|unsupported_algorithm|trailing_garbage",
          "length covers the whole file: no module is left, the header is the ELF header")
    whole("length-all-plus-1", rfc_container(CONTENT, good, len(CONTENT) + 275), "length_overflow|truncated", "length is one more than there is")
    whole("length-ffff", rfc_container(CONTENT, good, 0xffff), "length_overflow|truncated", "length 65535 in a smaller file")
    whole("length-little-endian", CONTENT + good + struct.pack("<H", 274) + RFC_MAGIC, "length_overflow|truncated|unsupported_version",
          "length written little-endian")
    for cut, what in ((0, "nothing of the signature"), (1, "version only"), (5, "version, time stamp"), (6, "up to the algorithm"),
                      (7, "up to the hash"), (15, "up to the key id"), (16, "header only"), (17, "half of the bit count"),
                      (18, "no number"), (19, "one byte of the number"), (273, "all but the last byte")):
        signed("cut-sig-%03d" % cut, good[:cut], "truncated|bad_mpi" if cut >= 18 or cut == 0 else "truncated",
               "signature cut after %d bytes (%s), length field adjusted" % (cut, what))
    whole("cut-file-half", full[:len(full) // 2], "no_signature", "file cut in the middle of the module")
    whole("cut-file-before-length", CONTENT + good + RFC_MAGIC,
          "length_overflow|truncated|unsupported_version|bad_mpi|unsupported_algorithm|key_not_found|trailing_garbage",
          "length field missing: its place is taken by signature bytes")


def spoil_header():
    def resigned(key_id=KEY_ID, **fields):
        return v1_sign(PRIVATE["rsa2048"], CONTENT, v1_header(key_id, **fields))

    for version in (0, 2, 3, 127, 255):
        signed(f"version-{version}", resigned(version=version), "unsupported_version",
               f"version {version}, otherwise a right signature over this header")
    for a in (1, 2, 255):
        signed("algo-%d" % a, resigned(algorithm=a), "unsupported_algorithm", "public-key algorithm %d (0 is RSA), signed as such" % a,
               kernel="ENOTSUPP")
    for h in (2, 7, 255):
        signed("hash-%d" % h, resigned(hash_id=h), "unsupported_hash", "hash id %d (0 SHA-1, 1 SHA-256), signed as such" % h)
    signed("hash-id-sha256-over-sha1", resigned(hash_id=1), "signature_mismatch",
           "header says SHA-256, the signature was made over the SHA-1 of the file")
    signed("hash-id-sha1-over-sha256", v1_sign(PRIVATE["rsa2048"], CONTENT, v1_header(KEY_ID), "sha256"), "signature_mismatch",
           "header says SHA-1, the signature was made over the SHA-256 of the file")
    for n in (0, 2, 255):
        signed("nmpi-%d" % n, resigned(numbers=n), "bad_mpi|unsupported_algorithm|truncated", "number count %d, must be 1" % n)
    signed("nmpi-2-two-numbers", resigned(numbers=2) + resigned(numbers=2)[16:], "bad_mpi|trailing_garbage", "number count 2 and two numbers")
    signed("keyid-bit-first", resigned(key_id=flipped(KEY_ID, 0)), "key_not_found", "first byte of the key id changed, signed as such",
           kernel="ENOKEY")
    signed("keyid-bit-last", resigned(key_id=flipped(KEY_ID, 7)), "key_not_found", "last byte of the key id changed", kernel="ENOKEY")
    signed("keyid-zero", resigned(key_id=b"\0" * 8), "key_not_found", "key id all zero", kernel="ENOKEY")
    signed("keyid-reversed", resigned(key_id=KEY_ID[::-1]), "key_not_found", "key id in the other byte order", kernel="ENOKEY")
    signed("key-unknown", SIGNATURES["rsa4096", "sha1", MAIN], "key_not_found", "right signature of a key that was not given",
           kernel="ENOKEY")
    signed("key-other-under-this-keyid", v1_sign(PRIVATE["unknown"], CONTENT, v1_header(KEY_ID)), "signature_mismatch",
           "signed by another RSA-2048 key under this key's id")


def spoil_bits():
    good = SIGNATURES[GOOD]
    for name, at, what in (("version", 0, "version"), ("timestamp", 2, "time stamp"), ("keyid", 9, "key id"), ("bits", 17, "bit count"),
                           ("sig-first", 18, "first signature byte"), ("sig-mid", 150, "a middle signature byte"),
                           ("sig-last", 273, "last signature byte")):
        expected = {"version": "unsupported_version", "keyid": "key_not_found", "bits": "bad_mpi|truncated|signature_mismatch|trailing_garbage"}
        signed("flip-" + name, flipped(good, at), expected.get(name, "signature_mismatch"), f"one bit of the {what} changed")
    for name, at in (("first", 0), ("mid", len(CONTENT) // 2), ("last", len(CONTENT) - 1)):
        whole("flip-payload-" + name, rfc_container(flipped(CONTENT, at, 7), good), "signature_mismatch", f"one bit of the module changed ({name} byte)")
    whole("payload-plus-nul", rfc_container(CONTENT + b"\0", good), "signature_mismatch", "a NUL byte between module and signature")
    whole("payload-minus-1", rfc_container(CONTENT[:-1], good), "signature_mismatch", "last byte of the module missing")
    whole("payload-other-module", rfc_container(PAYLOADS["other.ko"], good), "signature_mismatch", "signature of another module")


def spoil_number():
    key, good, header = PRIVATE["rsa2048"], SIGNATURES[GOOD], v1_header(KEY_ID)
    number = key.sign(encoded_v15(256, v1_digest(CONTENT, header)))

    def numbered(value, width=256):
        return header + mpi(value, bits=width * 8, width=width)

    for bits, expected in ((0, "bad_mpi"), (1, "bad_mpi|trailing_garbage"), (2040, "bad_mpi|trailing_garbage"),
                           (2049, "bad_mpi|truncated"), (2056, "bad_mpi|truncated"), (16384, "bad_mpi|truncated"),
                           (16385, "bad_mpi|truncated"), (65535, "bad_mpi|truncated")):
        signed(f"mpi-bits-{bits}", good[:16] + struct.pack(">H", bits) + good[18:], expected,
               f"bit count {bits} before a 256-byte number")
    signed("sig-trailing-1", good + b"\0", "trailing_garbage", "one byte after the number, length field adjusted",
           kernel="digsig_verify does not look")
    signed("sig-trailing-100", good + stream("t", 100), "trailing_garbage", "100 bytes after the number",
           kernel="digsig_verify does not look")
    signed("sig-with-xattr-byte", b"\3" + good, "unsupported_version", "the 0x03 type byte was left in")
    signed("sig-zero", numbered(0), "signature_mismatch|bad_mpi", "signature number 0")
    signed("sig-one", numbered(1), "signature_mismatch", "signature number 1")
    signed("sig-n-minus-1", numbered(key.n - 1), "signature_mismatch", "signature number n-1")
    signed("sig-equals-n", numbered(key.n), "signature_mismatch|bad_mpi", "signature number equals the modulus")
    signed("sig-plus-n", numbered(number + key.n, 257), "signature_mismatch|bad_mpi", "right number plus the modulus (257 bytes)",
           kernel="mpi_powm reduces it")
    signed("sig-leading-zero", numbered(number, 257), "signature_mismatch|bad_mpi", "right number with a zero byte before it, bit count 2056")
    signed("sig-ffff", header + struct.pack(">H", 2048) + b"\xff" * 256, "signature_mismatch|bad_mpi", "number of all ones, above the modulus")
    signed("sig-short", header + mpi(number >> 64), "signature_mismatch", "number 8 bytes short, bit count honest")


def spoil_padding():
    """Made with the private key: who has it must not be taken for somebody whose padding is right."""
    key, header = PRIVATE["rsa2048"], v1_header(KEY_ID)
    hashed = v1_digest(CONTENT, header)
    faults = {
        "bt-02": encoded_v15(256, hashed, block_type=2),
        "bt-00": encoded_v15(256, hashed, block_type=0, filling=b"\0" * 233),
        "bt-ff": encoded_v15(256, hashed, block_type=255),
        "ps-one-00": encoded_v15(256, hashed, filling=b"\xff" * 100 + b"\0" + b"\xff" * 132),
        "ps-one-fe": encoded_v15(256, hashed, filling=b"\xff" * 232 + b"\xfe"),
        "ps-7-then-garbage": b"\0\1" + b"\xff" * 7 + b"\0" + hashed + b"\0" * 226,
        "ps-8-then-garbage": b"\0\1" + b"\xff" * 8 + b"\0" + hashed + stream("g", 225),
        "ps-0": b"\0\1\0" + hashed + b"\0" * 233,
        "no-separator": b"\0\1" + b"\xff" * 234 + hashed,
        "hash-21-bytes": encoded_v15(256, hashed + b"\0"),
        "hash-19-bytes": encoded_v15(256, hashed[:19]),
        "hash-20-zero-first": encoded_v15(256, b"\0" + hashed),
        "hash-empty": encoded_v15(256, b""),
        "digestinfo": encoded_v15(256, DIGEST_INFO["sha1"] + hashed),
        "hash-reversed": encoded_v15(256, hashed[::-1]),
        "first-byte-01": b"\1" + encoded_v15(256, hashed)[1:],
        "no-leading-zero": encoded_v15(255, hashed) + b"\0"}
    for name, encoded in faults.items():
        assert len(encoded) == 256
        if int.from_bytes(encoded, "big") < key.n:
            signed("pad-" + name, v1_sign(key, CONTENT, header, encoded=encoded), "signature_mismatch",
                   f"padding fault {name} inside a number made with the private key")
    signed("hash-file-and-header-at-once", v1_sign(key, CONTENT, header, encoded=encoded_v15(256, digest("sha1", CONTENT + header))), "signature_mismatch",
           "signed SHA-1(module || header) instead of SHA-1(SHA-1(module) || header)")
    signed("hash-without-header", v1_sign(key, CONTENT, header, encoded=encoded_v15(256, digest("sha1", CONTENT))), "signature_mismatch",
           "signed SHA-1(module): the header is not covered")
    signed("hash-header-with-xattr-byte",
           v1_sign(key, CONTENT, header, encoded=encoded_v15(256, digest("sha1", digest("sha1", CONTENT) + b"\3" + header))),
           "signature_mismatch", "the 0x03 byte was hashed with the header")
    signed("hash-sha256-outer", v1_sign(key, CONTENT, header, encoded=encoded_v15(256, digest("sha256", digest("sha1", CONTENT) + header))),
           "signature_mismatch",
           "outer hash SHA-256 instead of SHA-1")


def forge():
    """Without a private key: see forged_cube."""
    header = v1_header(v1_key_id(BLOB["rsa2048e3"]))
    for filling in 0, 1, 8, 16:
        forged = forged_cube(256, v1_digest(CONTENT, header), filling)
        signed(f"bb06-e3-ps{filling}", header + mpi(forged, bits=2048, width=256), "signature_mismatch",
               f"forged without the private key: cube starts 00 01 FF*{filling} 00 hash, then garbage", key="keys/rsa2048e3.digsig-v1.bin")
    signed("bb06-e3-honest-bits", header + mpi(forged_cube(256, v1_digest(CONTENT, header), 8)), "signature_mismatch",
           "the same forgery with the honest bit count of the small number", key="keys/rsa2048e3.digsig-v1.bin")


def weak_keys():
    for name in "rsa512", "rsa768":
        signed("weak-" + name, v1_sign(PRIVATE[name], CONTENT, v1_header(v1_key_id(BLOB[name]))), "weak_key", "right signature of a key under 1024 bits",
               kernel="accept", key=f"keys/{name}.digsig-v1.bin")


def odd_ones():
    """Right signatures that look wrong, and wrong ones that look like them."""
    key, header, good, full = PRIVATE["rsa2048"], v1_header(KEY_ID), SIGNATURES[GOOD], appended()
    whole("twice-same", full + good + struct.pack(">H", 274) + RFC_MAGIC, "signature_mismatch", "the same signature appended twice")
    whole("twice-outer-right", rfc_container(full, v1_sign(key, full, header)), "valid", "appended twice, the outer signature covers the signed module",
          tool="python:ok", strict="weak_digest")
    # A number whose first byte is zero: the short form is honest.
    headers = (v1_header(KEY_ID, time_stamp=seconds) for seconds in itertools.count(1))
    numbers = ((header, key.sign(encoded_v15(256, v1_digest(CONTENT, header)))) for header in headers)
    short, number = next(pair for pair in numbers if pair[1].bit_length() <= 2040)
    signed("ok-short-number", short + mpi(number), "valid|bad_mpi", "right signature whose first byte is 0, written in 255 bytes with honest bit count",
           strict="weak_digest|bad_mpi")
    signed("ok-zero-first-byte", short + mpi(number, bits=2048, width=256), "valid", "the same, 256 bytes with a zero first byte, as evmctl writes it",
           strict="weak_digest")
    signed("short-number-bits-lie", short + mpi(number, bits=2048), "bad_mpi|truncated", "255 bytes, bit count 2048")
    signed("ok-timestamp-big-endian", v1_sign(key, CONTENT, v1_header(KEY_ID, time_stamp=0xffffffff)), "valid", "time stamp 2106: not looked at",
           strict="weak_digest")
    number = key.sign(encoded_v15(256, v1_digest(CONTENT, header)))
    signed("honest-bit-count", header + mpi(number), "valid", "right signature, bit count is the number's own", strict="weak_digest")


def spoil_files_of_evmctl():
    good = SIGNATURES[GOOD]
    for name, data, expected, note in (("bare-type-01", b"\1" + good, "bad_magic|bad_header|unsupported_version", "xattr type 1 (hash)"),
                                       ("bare-type-05", b"\5" + good, "bad_magic|bad_header|unsupported_version", "xattr type 5 (EVM portable)"),
                                       ("bare-no-type", good, "bad_magic|bad_header|unsupported_version", "no type byte"),
                                       ("bare-empty", b"", "truncated|no_signature", "empty file"),
                                       ("bare-type-only", b"\3", "truncated", "type byte only"),
                                       ("bare-cut-17", b"\3" + good[:16], "truncated", "header only"),
                                       ("bare-trailing", b"\3" + good + b"\0", "trailing_garbage", "one byte too many"),
                                       ("bare-flip", b"\3" + flipped(good, 200), "signature_mismatch", "one bit changed")):
        bad(name, "digsig-v1", data, "modules/" + MAIN, KEY, expected, note)
