"""fs-verity: digests, descriptors, signatures and a Merkle tree, by fsverity-utils."""
import struct

from der import flipped
from formats import fsverity_digest, fsverity_formatted
from rows import MAIN, PAYLOADS, add, bad, key_path, put
from tools import cms_sign, fsverity_sign, openssl_verifies, run, scratch

KEY, NAME = "keys/rsa2048.cert.der", "b4097.bin"
DEFAULTS = "hash=sha256 block=4096 salt=-: "
MADE = {}  # by key, payload, hash and block size: signature and descriptor


def make():
    make_digests()
    for key in "rsa2048", "rsa4096", "p256", "p384":
        for name in MAIN, "empty.bin", "b4096.bin", NAME, "rand1m.bin":
            for hash_name, block_size, salt in ("sha256", 4096, b""), ("sha256", 1024, b"\xaa\xbb"), ("sha512", 4096, bytes(range(32))):
                make_signature(key, name, hash_name, block_size, salt)


def make_digests():
    whole, lines = PAYLOADS["rand1m.bin"], ["size\thash\tblock_size\tsalt\tdigest"]
    for size in 0, 1, 1023, 1024, 1025, 4095, 4096, 4097, 32768, 32769, 131072, 524288, 524289, 1048575, 1048576:
        for block_size in 4096, 1024:
            for hash_name in "sha256", "sha512":
                for salt in (b"", b"\x01", bytes(range(32))) if size in (0, 4097, 524289) else (b"",):
                    said = run("fsverity", "digest", scratch("file", whole[:size]), "--hash-alg=" + hash_name, f"--block-size={block_size}", "--compact",
                               *(["--salt=" + salt.hex()] if salt else [])).decode().strip()
                    assert said == fsverity_digest(whole[:size], hash_name, block_size, salt)[0].hex()
                    lines.append(f"{size}\t{hash_name}\t{block_size}\t{salt.hex() or '-'}\t{said}")
    add(put("fsverity/digests.tsv", ("\n".join(lines) + "\n").encode()), "fsverity-digest", "modules/rand1m.bin", "-", "valid",
        f"{len(lines) - 1} digests by fsverity digest of the first SIZE bytes of rand1m.bin", tool="fsverity:made python:ok")


def make_signature(key, name, hash_name, block_size, salt):
    signature, descriptor, tree = fsverity_sign(key_path(key), PAYLOADS[name], hash_name, block_size, salt)
    hashed, without_signature = fsverity_digest(PAYLOADS[name], hash_name, block_size, salt)
    assert openssl_verifies(fsverity_formatted(hashed, hash_name), signature, key_path(key + ".cert.pem")) and descriptor[:256] == without_signature
    MADE[key, name, hash_name, block_size] = signature, descriptor
    stem = f"fsverity/{name}.{key}.{hash_name}.{block_size}.{'salt' if salt else 'nosalt'}"
    options = f"hash={hash_name} block={block_size} salt={salt.hex() or '-'}"
    add(put(stem + ".sig", signature), "fsverity-sig", "modules/" + name, f"keys/{key}.cert.der", "valid", "fsverity sign; " + options, tool="openssl:ok",
        kernel="accept")
    if key == "rsa2048":
        add(put(stem + ".descriptor", descriptor), "fsverity-descriptor", "modules/" + name, "-", "valid", "fsverity sign --out-descriptor; " + options,
            tool="python:ok")
        if name == NAME:
            put(stem + ".merkle", tree)


def case(name, signature, expected, note, payload="modules/" + NAME):
    bad(name, "fsverity-sig", signature, payload, KEY, expected, DEFAULTS + note)


def descriptor(name, data, expected, note):
    bad("desc-" + name, "fsverity-descriptor", data, "modules/" + NAME, "-", expected, DEFAULTS + note)


def spoil():
    good, good_descriptor = MADE["rsa2048", NAME, "sha256", 4096]
    spoil_signature(good)
    spoil_descriptor(good_descriptor[:256])


def spoil_signature(good):
    case("cut-half", good[:len(good) // 2], "bad_der|truncated", "cut in the middle")
    case("flip-last", flipped(good, -1), "signature_mismatch", "one bit changed")
    case("other-file", good, "signature_mismatch", "signature of another file", payload="modules/b4096.bin")
    case("block-1024", MADE["rsa2048", NAME, "sha256", 1024][0], "signature_mismatch", "signed with block size 1024 and a salt")
    case("sha512", MADE["rsa2048", NAME, "sha512", 4096][0], "signature_mismatch", "signed with SHA-512")
    case("trailing", good + b"\0", "trailing_garbage|bad_der", "one byte after the PKCS#7")
    case("empty", b"", "no_signature|truncated|bad_der", "no signature bytes")
    case("key-unknown", fsverity_sign(key_path("unknown"), PAYLOADS[NAME])[0], "key_not_found", "signer not trusted")
    hashed, described = fsverity_digest(PAYLOADS[NAME])
    for name, content in (("raw-digest", hashed), ("formatted-lower", b"fsverity" + struct.pack("<HH", 1, 32) + hashed),
                          ("formatted-big-endian", b"FSVerity" + struct.pack(">HH", 1, 32) + hashed),
                          ("formatted-alg-2", b"FSVerity" + struct.pack("<HH", 2, 32) + hashed),
                          ("formatted-nul", fsverity_formatted(hashed, "sha256") + b"\0"), ("file-itself", PAYLOADS[NAME]),
                          ("root-hash", b"FSVerity" + struct.pack("<HH", 1, 32) + described[16:48])):
        case("over-" + name, cms_sign([key_path("rsa2048")], data=content), "signature_mismatch", "signed %s instead of the formatted digest" % name)


def spoil_descriptor(good):
    for cut in (0, 1, 15, 80, 255):
        descriptor("cut-%d" % cut, good[:cut], "truncated", "descriptor cut after %d of 256 bytes" % cut)
    descriptor("version-0", b"\0" + good[1:], "unsupported_version", "version 0")
    descriptor("version-2", b"\2" + good[1:], "unsupported_version", "version 2")
    for a in (0, 3, 255):
        descriptor("hash-%d" % a, good[:1] + bytes([a]) + good[2:], "unsupported_hash", "hash algorithm %d" % a)
    for lb in (0, 9, 63, 255):
        descriptor("blocklog-%d" % lb, good[:2] + bytes([lb]) + good[3:], "bad_header|length_overflow|signature_mismatch", "log2 block size %d" % lb)
    descriptor("salt-33", good[:3] + b"\x21" + good[4:], "bad_header|length_overflow", "salt size 33")
    descriptor("salt-255", good[:3] + b"\xff" + good[4:], "bad_header|length_overflow", "salt size 255")
    descriptor("salt-beyond-size", good[:80] + b"\1" + good[81:], "bad_header|signature_mismatch", "salt byte set beyond salt size 0")
    descriptor("reserved", good[:-1] + b"\1", "bad_header", "last reserved byte not zero")
    descriptor("size-minus-1", good[:8] + struct.pack("<Q", 4096) + good[16:], "signature_mismatch|bad_header", "data size 4096, file has 4097")
    descriptor("size-max", good[:8] + b"\xff" * 8 + good[16:], "length_overflow|signature_mismatch|bad_header", "data size 2^64-1")
    descriptor("root-flip", flipped(good, 16), "signature_mismatch", "root hash changed")
    descriptor("siglen-beyond", good[:4] + struct.pack("<I", 1000) + good[8:], "truncated|length_overflow|bad_header",
               "signature size 1000 and no signature bytes follow")
    descriptor("siglen-max", good[:4] + b"\xff" * 4 + good[8:], "truncated|length_overflow|bad_header", "signature size 2^32-1")
