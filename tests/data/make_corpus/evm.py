"""Signatures of EVM, over metadata: evmctl's of inodes (type 3) and portable ones (type 5)."""
import struct

from der import flipped
from formats import IMA_HASH
from rows import CONTENT, MAIN, add, bad, key_path, put
from rsa import digest
from tools import run, scratch

IMA = b"\4\4" + digest("sha256", CONTENT)  # security.ima: a digest, SHA-256
SELINUX = "system_u:object_r:modules_object_t:s0"
UUID = bytes.fromhex("112233445566778899aabbccddeeff00")
# Name: portable, uid, gid, mode, inode, generation
FILES = {"portable": (True, 0, 0, 0o100644, 1, 0), "portable-user": (True, 1000, 100, 0o100755, 1, 0), "inode": (False, 0, 0, 0o100644, 77, 5)}
MADE = {}  # by file, key and hash: signature and what it is over


def by_evmctl(key, hash_name, portable, uid, gid, mode, inode, generation):
    """The signature, and the bytes that EVM hashes."""
    uuid = "" if portable else "-".join(UUID.hex()[a:b] for a, b in ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32)))
    said = run("evmctl", "sign", *(["-o"] if portable else []), "--uuid=" + uuid, "--uid", uid, "--gid", gid, "--mode", mode, "--ino", inode,
               "--generation", generation, "--ima", IMA.hex(), "--selinux", SELINUX, "--caps=", "-n", "-a", hash_name, "-k", key_path(key + ".key.pem"),
               scratch("m.ko", CONTENT))
    signature = bytes.fromhex(said.decode())
    facts = struct.pack("<QIIIHxx", 0 if portable else inode, 0 if portable else generation, uid, gid, mode)
    data = SELINUX.encode() + b"\0" + IMA + facts + (b"" if portable else UUID)
    run("openssl", "dgst", "-" + hash_name, "-verify", key_path(key + ".pub.pem"), "-signature", scratch("signature", signature[9:]),
        scratch("data", data))
    assert signature[:3] == bytes([5 if portable else 3, 2, IMA_HASH[hash_name]])
    return signature, data


def make():
    for key in "rsa2048", "rsa4096", "p256", "p384":
        for hash_name in "sha1", "sha256", "sha512":
            for name, file in FILES.items():
                signature, data = MADE[name, key, hash_name] = by_evmctl(key, hash_name, *file)
                how, uuid = ("", ", file system uuid") if name == "inode" else (" -o", "")
                add(put(f"evm/{MAIN}.{name}.{key}.{hash_name}.sig", signature), "evm-v2", put(f"evm/{MAIN}.{name}.data", data), f"keys/{key}.pub.der",
                    "valid",
                    f"evmctl sign{how}; the payload is what EVM hashes: xattr values (security.selinux, security.ima), then ino, generation, uid, gid, "
                    f"mode{uuid}", "weak_digest" if hash_name == "sha1" else None, "openssl:ok", "accept")


def spoil():
    good, data = MADE["portable", "rsa2048", "sha1"]
    attributes, facts = data[:-24], data[-24:]
    put(f"evm/{MAIN}.portable-mode-0600.data", data[:-4] + struct.pack("<Hxx", 0o100600))
    put(f"evm/{MAIN}.portable-other-ima.data", attributes[:-32] + digest("sha256", b"x") + facts)

    def case(name, signature, expected, note, payload="portable", kernel="-"):
        bad("evm-" + name, "evm-v2", signature, f"evm/{MAIN}.{payload}.data", "keys/rsa2048.pub.der", expected, note, kernel=kernel)

    case("mode-changed", good, "signature_mismatch", "file mode 0600, signed for 0644", "portable-mode-0600")
    case("ima-changed", good, "signature_mismatch", "another security.ima value", "portable-other-ima")
    case("owner-changed", good, "signature_mismatch", "owner 1000:100, signed for 0:0", "portable-user")
    case("type-04", b"\4" + good[1:], "bad_magic|bad_header|unsupported_version|unsupported_algorithm", "xattr type 4 (IMA digest)")
    case("type-02", b"\2" + good[1:], "bad_magic|bad_header|unsupported_version|unsupported_algorithm", "xattr type 2 (HMAC)")
    case("version-3", good[:1] + b"\3" + good[2:], "signature_mismatch", "version 3, which signs a file identifier, over a signature of version 2", kernel="accept")
    case("cut-9", good[:9], "truncated", "header only")
    case("trailing", good + b"\0", "trailing_garbage|length_overflow", "one byte too many")
    case("flip", flipped(good, 40), "signature_mismatch", "one bit changed")
