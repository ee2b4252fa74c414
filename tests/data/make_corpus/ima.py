"""Signatures of IMA: evmctl's of version 2, over the file, and those of version 3, over what stands for it in fs-verity."""
import struct

from der import flipped, integer, parse, tlv
from formats import IMA_HASH, fsverity_digest, v2_signature
from keys import EC, IMA_ID, PRIVATE, RSA, SUBJECT_KEY_ID, is_weak
from payloads import stream
from rows import CONTENT, MAIN, PAYLOADS, add, bad, key_path, put
from rsa import DIGEST_INFO, digest, encoded_v15, forged_cube
from tools import evmctl_verifies, read, run, scratch

KEY, EC_KEY, MODULE = "keys/rsa2048.pub.der", "keys/p256.pub.der", "modules/" + MAIN
P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551
SIGNATURES = {}  # by key, hash and payload


def by_evmctl(key, hash_name, name, *options):
    path = scratch(name, PAYLOADS[name])
    run("evmctl", "ima_sign", "--sigfile", "-a", hash_name, "-k", key_path(key + ".key.pem"), *options, path)
    return read(path + ".sig")


def r_and_s(signature):
    return [int.from_bytes(number.body, "big") for number in parse(signature[9:]).kids]


def make():
    for hash_name in "md5", "rmd160", "sha1", "sha224", "sha256", "sha384", "sha512", "sm3":
        for key in (*EC,) if hash_name == "sm3" else (*RSA, *EC):  # evmctl signs SM3 with elliptic curves only
            for name in PAYLOADS if key in ("rsa2048", "p256") and hash_name == "sha256" else [MAIN]:
                signature = by_evmctl(key, hash_name, name)
                # The row r-negative is made of one whose r is negative where its first byte, 0, is left out.
                while (key, hash_name, name) == ("p256", "sha256", MAIN) and r_and_s(signature)[0].bit_length() != 256:
                    signature = by_evmctl(key, hash_name, name)
                assert evmctl_verifies(PAYLOADS[name], signature, key_path(key + ".cert.der"), "-a", hash_name)
                assert signature[:7] == bytes([3, 2, IMA_HASH[hash_name]]) + IMA_ID[key]
                SIGNATURES[key, hash_name, name] = signature
                expected = {"md5": "weak_digest|unsupported_hash", "rmd160": "weak_digest|unsupported_hash",
                            "sm3": "valid|unsupported_hash"}.get(hash_name, "valid")
                strict = "weak_key" if is_weak(key) else "weak_digest" if hash_name in ("sha1", "sha224") else expected
                add(put(f"ima-v2/{name}.{key}.{hash_name}.sig", signature), "ima-v2", "modules/" + name, f"keys/{key}.pub.der", expected,
                    f"evmctl ima_sign -a {hash_name} --sigfile", strict, "evmctl:ok", "accept")
    make_odd()
    make_v3()


def make_odd():
    signature = by_evmctl("rsa2048", "sha256", MAIN, "--keyid", "deadbeef")
    add(put(f"ima-v2/{MAIN}.rsa2048.sha256.keyid-deadbeef.sig", signature), "ima-v2", MODULE, KEY, "key_not_found",
        "evmctl --keyid deadbeef: right signature, another key id", kernel="ENOKEY",
        tool="evmctl:ok" if evmctl_verifies(CONTENT, signature, key_path("rsa2048.cert.der")) else "evmctl:fail")
    signature = by_evmctl("rsa2048", "sha256", MAIN, "--keyid-from-cert", key_path("rsa2048.cert.pem"))
    assert signature[3:7] == SUBJECT_KEY_ID["rsa2048"][-4:]
    add(put(f"ima-v2/{MAIN}.rsa2048.sha256.keyid-from-cert.sig", signature), "ima-v2", MODULE, "keys/rsa2048.cert.der", "valid",
        "evmctl --keyid-from-cert: id = last 4 bytes of the certificate's SKID", tool="evmctl:ok", kernel="accept")
    said = run("evmctl", "sign_hash", "-a", "sha256", "-k", key_path("p384.key.pem"), stdin=f"{digest('sha256', CONTENT).hex()}  x\n".encode())
    add(put(f"ima-v2/{MAIN}.p384.sha256.sign_hash.sig", bytes.fromhex(said.decode().split()[-1])), "ima-v2", MODULE, "keys/p384.pub.der", "valid",
        "evmctl sign_hash (digest from stdin), P-384 with SHA-256", tool="evmctl:made", kernel="accept")


def v3(key, hash_name, name, kind=6, version=3):
    """What no released evmctl makes: over a struct ima_file_id. Signature and struct."""
    file_id = bytes([6, IMA_HASH[hash_name]]) + fsverity_digest(PAYLOADS[name], hash_name)[0]
    signature = run("openssl", "dgst", "-" + hash_name, "-sign", key_path(key + ".key.pem"), scratch("file_id", file_id))
    return v2_signature(IMA_ID[key], signature, IMA_HASH[hash_name], kind, version), file_id


def make_v3():
    for key in "rsa2048", "p256":
        for hash_name in "sha256", "sha512":
            for name in MAIN, "b4097.bin":
                add(put(f"ima-v3/{name}.{key}.{hash_name}.sig", v3(key, hash_name, name)[0]), "ima-v3", "modules/" + name, f"keys/{key}.pub.der", "valid",
                    f"type 6 version 3: {hash_name} over {{6, hash id, fs-verity digest, 4096-byte blocks, no salt}}; "
                    "digest by fsverity, signature by openssl dgst", tool="openssl:made", kernel="accept")


def case(name, data, expected, note, key=KEY, payload=MODULE, **more):
    bad(name, "ima-v2", data, payload, key, expected, note, **more)


def spoil():
    spoil_header()
    spoil_padding()
    spoil_number()
    spoil_ecdsa()
    spoil_v3()


def spoil_header():
    good, good_ec = SIGNATURES["rsa2048", "sha256", MAIN], SIGNATURES["p256", "sha256", MAIN]
    for cut in (0, 1, 2, 3, 6, 7, 8, 9, 10, 264):
        case("cut-%03d" % cut, good[:cut], "truncated" if cut else "truncated|no_signature", "cut after %d of %d bytes" % (cut, len(good)),
             kernel="EBADMSG")
    for t in (0, 1, 2, 4, 255):
        case("type-%02x" % t, bytes([t]) + good[1:], "bad_magic|bad_header|unsupported_version|unsupported_algorithm", "xattr type 0x%02x" % t)
    for v in (0, 1, 4, 255):
        case("version-%d" % v, good[:1] + bytes([v]) + good[2:],
             "unsupported_version" + ("|bad_mpi|truncated|unsupported_hash|unsupported_algorithm|key_not_found|bad_header" if v == 1 else ""), "version %d" % v)
    case("version-3-over-v2", good[:1] + b"\3" + good[2:], "unsupported_version|signature_mismatch|bad_header", "version 3 under type 3, v2 signature")
    for h, w in ((0, "MD4"), (23, "first unassigned in Linux 6.1"), (200, "unassigned"), (255, "unassigned")):
        case("hash-%d" % h, good[:2] + bytes([h]) + good[3:], "unsupported_hash|weak_digest" if h == 0 else "unsupported_hash", "hash id %d (%s)" % (h, w),
             kernel="ENOPKG")
    for h, w in ((2, "SHA-1"), (7, "SHA-224"), (5, "SHA-384"), (6, "SHA-512")):
        case("hash-mismatch-%d" % h, good[:2] + bytes([h]) + good[3:], "signature_mismatch", "hash id says %s, signed with SHA-256" % w)
        case("hash-mismatch-ec-%d" % h, good_ec[:2] + bytes([h]) + good_ec[3:], "signature_mismatch", "ECDSA: hash id says %s, signed with SHA-256" % w,
             key=EC_KEY)
    for i in range(3, 7):
        case("keyid-%d" % (i - 3), flipped(good, i), "key_not_found", "byte %d of the key id changed" % (i - 3), kernel="ENOKEY")
    case("keyid-zero", good[:3] + b"\0\0\0\0" + good[7:], "key_not_found", "key id zero", kernel="ENOKEY")
    case("keyid-little-endian", good[:3] + good[3:7][::-1] + good[7:], "key_not_found", "key id in the other byte order", kernel="ENOKEY")
    case("key-unknown", SIGNATURES["rsa4096", "sha256", MAIN], "key_not_found", "right signature of a key that was not given", kernel="ENOKEY")
    case("key-other-under-this-keyid", v2_signature(IMA_ID["rsa2048"], SIGNATURES["rsa3072", "sha256", MAIN][9:]), "signature_mismatch",
         "RSA-3072 signature under this key's id")
    case("key-type-ec-sig-rsa-key", v2_signature(IMA_ID["rsa2048"], good_ec[9:]), "signature_mismatch|bad_der",
         "an ECDSA signature under the RSA key's id")
    case("key-type-rsa-sig-ec-key", v2_signature(IMA_ID["p256"], good[9:]), "bad_der|signature_mismatch", "an RSA signature under the ECDSA key's id",
         key=EC_KEY)
    for d, e in ((0, "length_overflow|truncated|trailing_garbage|signature_mismatch"), (1, "trailing_garbage|length_overflow"),
                 (255, "trailing_garbage|length_overflow"), (257, "truncated|length_overflow"),
                 (0xffff, "truncated|length_overflow")):
        case("size-%d" % d, good[:7] + struct.pack(">H", d) + good[9:], e, "size field %d, signature has 256 bytes" % d, kernel="EBADMSG")
    case("size-little-endian", good[:7] + struct.pack("<H", 256) + good[9:], "trailing_garbage|length_overflow|truncated", "size field little-endian (1)",
         kernel="EBADMSG")
    case("trailing-1", good + b"\0", "trailing_garbage|length_overflow", "one byte after the signature", kernel="EBADMSG")
    case("trailing-sized", good[:7] + struct.pack(">H", 257) + good[9:] + b"\0", "signature_mismatch|trailing_garbage",
         "one byte after the signature, size adjusted")
    case("zero-before-sized", good[:7] + struct.pack(">H", 257) + b"\0" + good[9:], "signature_mismatch", "zero byte before the signature, size 257")
    case("short-sized", good[:7] + struct.pack(">H", 255) + good[9:-1], "signature_mismatch", "signature of 255 bytes, size adjusted")
    for name, i in (("first", 9), ("mid", 130), ("last", 264)):
        case("flip-sig-" + name, flipped(good, i), "signature_mismatch", "one bit of the signature changed", kernel="EKEYREJECTED")
        case("flip-ec-" + name, flipped(good_ec, {"first": 9, "mid": 30, "last": len(good_ec) - 1}[name]),
             "bad_der|signature_mismatch" if name == "first" else "signature_mismatch",
             "ECDSA: one bit changed", key=EC_KEY)
    case("payload-other", good, "signature_mismatch", "signature of another file", payload="modules/other.ko", kernel="EKEYREJECTED")
    case("payload-empty", good, "signature_mismatch", "signature of another file, the file is empty", payload="modules/empty.bin", kernel="EKEYREJECTED")


def padding_faults(content):
    """Encoded messages of 256 bytes, each with a fault; to be signed with the private key."""
    hashed, info = digest("sha256", content), DIGEST_INFO["sha256"]
    faults = {
        "digestinfo-no-null": encoded_v15(256, bytes.fromhex("302f300b06096086480165030402010420") + hashed),
        "digestinfo-missing": encoded_v15(256, hashed),
        "digestinfo-sha1-oid": encoded_v15(256, DIGEST_INFO["sha1"][:-1] + b"\x20" + hashed),
        "digestinfo-sha512-oid": encoded_v15(256, info[:14] + b"\3" + info[15:] + hashed),
        "digestinfo-sha224-oid-32": encoded_v15(256, info[:14] + b"\4" + info[15:] + hashed),
        "digestinfo-param-garbage": encoded_v15(256, bytes.fromhex("3033300f0609608648016503040201050241410420") + hashed),
        "digestinfo-len-81": encoded_v15(256, b"\x30\x81\x31" + info[2:] + hashed),
        "digestinfo-trailing-inside": encoded_v15(256, b"\x30\x33" + info[2:] + hashed + b"\5\0"),
        "digestinfo-trailing-outside": encoded_v15(256, info + hashed + b"\0"),
        "digestinfo-octet-31": encoded_v15(256, b"\x30\x30" + info[2:-1] + b"\x1f" + hashed[:31]),
        "digestinfo-indefinite": encoded_v15(256, b"\x30\x80" + info[2:] + hashed + b"\0\0"),
        "bt-02": encoded_v15(256, info + hashed, block_type=2), "bt-00": encoded_v15(256, info + hashed, block_type=0),
        "ps-one-00": encoded_v15(256, info + hashed, filling=b"\xff" * 50 + b"\0" + b"\xff" * 151),
        "ps-7": b"\0\1" + b"\xff" * 7 + b"\0" + info + hashed + b"\0" * 195,
        "ps-8-garbage": b"\0\1" + b"\xff" * 8 + b"\0" + info + hashed + stream("h", 194),
        "no-separator": b"\0\1" + b"\xff" * 203 + info + hashed,
        "hash-of-other": encoded_v15(256, info + digest("sha256", content + b"\0"))}
    assert all(len(encoded) == 256 for encoded in faults.values())
    return faults


def spoil_padding():
    for name, encoded in padding_faults(CONTENT).items():
        case("pad-" + name, v2_signature(IMA_ID["rsa2048"], PRIVATE["rsa2048"].sign_bytes(encoded)), "signature_mismatch",
             "padding or DigestInfo fault: " + name, kernel="EKEYREJECTED")


def spoil_number():
    good, n = SIGNATURES["rsa2048", "sha256", MAIN], PRIVATE["rsa2048"].n
    hashed, info = digest("sha256", CONTENT), DIGEST_INFO["sha256"]
    for name, v in (("zero", 0), ("one", 1), ("n-minus-1", n - 1), ("n", n)):
        case("number-" + name, v2_signature(IMA_ID["rsa2048"], v.to_bytes(256, "big")), "signature_mismatch", "signature number " + name)
    number = int.from_bytes(good[9:], "big")
    if number + n < 1 << 2048:
        case("number-plus-n", v2_signature(IMA_ID["rsa2048"], (number + n).to_bytes(256, "big")), "signature_mismatch",
             "right number plus the modulus, 256 bytes")
    case("number-plus-n-257", v2_signature(IMA_ID["rsa2048"], (number + n).to_bytes(257, "big")), "signature_mismatch",
         "right number plus the modulus, 257 bytes")
    for ps in (0, 8):
        case("bb06-e3-ps%d" % ps, v2_signature(IMA_ID["rsa2048e3"], forged_cube(256, info + hashed, ps).to_bytes(256, "big")), "signature_mismatch",
             "forged without the private key (e = 3): 00 01 FF*%d 00 DigestInfo hash garbage" % ps, key="keys/rsa2048e3.pub.der")
    for wk in ("rsa512", "rsa768"):
        encoded = encoded_v15(PRIVATE[wk].size, info + hashed)
        case("weak-" + wk, v2_signature(IMA_ID[wk], PRIVATE[wk].sign_bytes(encoded)), "weak_key", "right signature of a key under 1024 bits",
             key="keys/%s.pub.der" % wk, kernel="accept")


def spoil_ecdsa():
    """Other encodings of a right r and s, and other numbers."""
    r, s = r_and_s(SIGNATURES["p256", "sha256", MAIN])
    R, S = integer(r), integer(s)
    encodings = {
        "high-or-low-s": (tlv(0x30, R + integer(P256_ORDER - s)), "valid", "s replaced by n - s: still a right ECDSA signature"),
        "r-zero": (tlv(0x30, integer(0) + S), "signature_mismatch|bad_der", "r = 0"),
        "s-zero": (tlv(0x30, R + integer(0)), "signature_mismatch|bad_der", "s = 0"),
        "both-zero": (tlv(0x30, integer(0) * 2), "signature_mismatch|bad_der", "r = s = 0"),
        "both-one": (tlv(0x30, integer(1) * 2), "signature_mismatch", "r = s = 1"),
        "r-is-n": (tlv(0x30, integer(P256_ORDER) + S), "signature_mismatch|bad_der", "r = n"),
        "s-is-n": (tlv(0x30, R + integer(P256_ORDER)), "signature_mismatch|bad_der", "s = n"),
        "s-plus-n": (tlv(0x30, R + integer(s + P256_ORDER)), "signature_mismatch|bad_der", "s + n"),
        "r-plus-n": (tlv(0x30, integer(r + P256_ORDER) + S), "signature_mismatch|bad_der", "r + n"),
        "r-negative": (tlv(0x30, integer(r - (1 << 256)) + S), "bad_der|signature_mismatch", "r as a negative integer"),
        "s-minus-n": (tlv(0x30, R + integer(s - P256_ORDER)), "bad_der|signature_mismatch", "s - n, a negative integer"),
        "r-padded": (tlv(0x30, tlv(2, b"\0\0" + r.to_bytes(32, "big")) + S), "bad_der|signature_mismatch", "r with superfluous zero bytes"),
        "s-padded": (tlv(0x30, R + tlv(2, b"\0\0" + s.to_bytes(32, "big"))), "bad_der|signature_mismatch", "s with superfluous zero bytes"),
        "long-length": (b"\x30\x81" + bytes([len(R + S)]) + R + S, "bad_der|signature_mismatch", "long form length where short does"),
        "indefinite": (b"\x30\x80" + R + S + b"\0\0", "bad_der|signature_mismatch", "indefinite length"),
        "trailing-inside": (tlv(0x30, R + S + b"\5\0"), "bad_der|signature_mismatch|trailing_garbage", "a third element in the sequence"),
        "trailing-outside": (tlv(0x30, R + S) + b"\0", "bad_der|signature_mismatch|trailing_garbage", "a byte after the sequence"),
        "missing-s": (tlv(0x30, R), "bad_der|signature_mismatch|truncated", "s missing"),
        "empty-sequence": (b"\x30\0", "bad_der|signature_mismatch|truncated", "empty sequence"),
        "set-tag": (tlv(0x31, R + S), "bad_der|signature_mismatch", "SET instead of SEQUENCE"),
        "octet-string-r": (tlv(0x30, tlv(4, R[2:]) + S), "bad_der|signature_mismatch", "r as OCTET STRING"),
        "swapped": (tlv(0x30, S + R), "signature_mismatch", "r and s swapped"),
        "p1363": (r.to_bytes(32, "big") + s.to_bytes(32, "big"), "bad_der|signature_mismatch", "raw r || s instead of DER"),
        "r-empty-int": (tlv(0x30, b"\2\0" + S), "bad_der|signature_mismatch", "r with no content bytes"),
        "length-over": (b"\x30" + bytes([len(R + S) + 1]) + R + S, "bad_der|signature_mismatch|truncated", "sequence length one too large"),
        "length-84": (b"\x30\x84\xff\xff\xff\xff" + R + S, "bad_der|signature_mismatch|length_overflow|truncated", "sequence length 0xffffffff")}
    for name, (value, expected, note) in encodings.items():
        case("ecdsa-" + name, v2_signature(IMA_ID["p256"], value), expected, note, key=EC_KEY)


def spoil_v3():
    def of_version_3(name, data, expected, note):
        bad("v3-" + name, "ima-v3", data, MODULE, KEY, expected, note)

    def over(content):
        return v2_signature(IMA_ID["rsa2048"], PRIVATE["rsa2048"].sign_bytes(encoded_v15(256, DIGEST_INFO["sha256"] + digest("sha256", content))), 4, 6, 3)

    expected = "unsupported_version|bad_header|bad_magic|signature_mismatch"
    of_version_3("as-type-3", v3("rsa2048", "sha256", MAIN, kind=3)[0], expected, "a v3 signature with type-3")
    of_version_3("as-version-2", v3("rsa2048", "sha256", MAIN, version=2)[0], expected, "a v3 signature with version-2")
    good, file_id = v3("rsa2048", "sha256", MAIN)
    of_version_3("flip", flipped(good, 100), "signature_mismatch", "one bit changed")
    of_version_3("over-plain-digest", over(file_id[2:]), "signature_mismatch", "signed the fs-verity digest itself, not the file id structure")
    of_version_3("over-file-hash", over(b"\6\4" + digest("sha256", CONTENT)), "signature_mismatch", "file id structure with the plain SHA-256 of the file")
