"""The containers, written byte by byte."""
import hashlib
import struct

from rsa import digest, encoded_v15

MODSIG_MAGIC = b"~Module signature appended~\n"
RFC_MAGIC = b"This Is A Crypto Signed Module"  # of the patches of 2012; no NUL


# digsig, version 1 (Linux, include/linux/digsig.h)
def mpi(number, bits=None, width=None):
    content = number.to_bytes((number.bit_length() + 7) // 8 if width is None else width, "big")
    return struct.pack(">H", number.bit_length() if bits is None else bits) + content


def v1_header(key_id, version=1, time_stamp=0, algorithm=0, hash_id=0, numbers=1):
    return struct.pack("<BIBB", version, time_stamp, algorithm, hash_id) + key_id + bytes([numbers])


def v1_digest(content, header, file_hash="sha1"):
    return digest("sha1", digest(file_hash, content) + header)


def v1_sign(key, content, header, file_hash="sha1", encoded=None):
    number = key.sign(encoded_v15(key.size, v1_digest(content, header, file_hash)) if encoded is None else encoded)
    return header + mpi(number, bits=key.size * 8, width=key.size)


def v1_verifies(key, content, signature, file_hash):
    """By integer arithmetic; without the byte 0x03 of an extended attribute."""
    header, (bits,), number = signature[:16], struct.unpack(">H", signature[16:18]), signature[18:]
    if header[0] != 1 or header[15] != 1 or len(number) != (bits + 7) // 8:
        return False
    number = int.from_bytes(number, "big")
    return number < key.n and key.opened(number) == encoded_v15(key.size, v1_digest(content, header, file_hash))


def v1_key_blob(n, e):
    return struct.pack("<BIBB", 1, 0, 0, 2) + mpi(n) + mpi(e)


def v1_key_id(blob):
    return hashlib.sha1(blob).digest()[12:20]


def rfc_container(content, signature, length=None):
    return content + signature + struct.pack(">H", len(signature) if length is None else length) + RFC_MAGIC


def split_rfc(data):
    """Content and signature; None where the length field says more than there is."""
    end = len(data) - len(RFC_MAGIC) - 2
    size = int.from_bytes(data[max(end, 0):end + 2], "big")
    return None if end < size else (data[:end - size], data[end - size:end])


# IMA, version 2 and 3 (Linux, security/integrity/integrity.h)
IMA_HASH = {"md5": 1, "sha1": 2, "rmd160": 3, "sha256": 4, "sha384": 5, "sha512": 6, "sha224": 7, "sm3": 17}


def v2_signature(key_id, signature, hash_id=4, kind=3, version=2, size=None):
    return bytes([kind, version, hash_id]) + key_id + struct.pack(">H", len(signature) if size is None else size) + signature


# Modules (Linux, include/linux/module_signature.h)
def modsign_trailer(size, algorithm=0, hash_id=0, id_type=2, signer_size=0, key_id_size=0, padding=b"\0\0\0"):
    return struct.pack(">BBBBB3sI", algorithm, hash_id, id_type, signer_size, key_id_size, padding, size)


def modsign(content, message, trailer=None):
    return content + message + (modsign_trailer(len(message)) if trailer is None else trailer) + MODSIG_MAGIC


def split_modsign(data):
    """Content, message and trailer; None where the trailer says more than there is."""
    end = len(data) - len(MODSIG_MAGIC) - 12
    size = int.from_bytes(data[max(end + 8, 0):end + 12], "big")
    return None if end < size else (data[:end - size], data[end - size:end], data[end:end + 12])


# fs-verity (Linux, Documentation/filesystems/fsverity.rst)
FSVERITY_HASH = {"sha256": (1, 64), "sha512": (2, 128)}  # number, block size of the hash


def fsverity_digest(data, name="sha256", block_size=4096, salt=b""):
    """Digest and descriptor, computed a second time beside fsverity-utils."""
    number, hash_block = FSVERITY_HASH[name]
    padded_salt = salt + bytes(-len(salt) % hash_block)

    def level_of(content):
        blocks = (content[at:at + block_size] for at in range(0, len(content), block_size))
        return b"".join(digest(name, padded_salt + block.ljust(block_size, b"\0")) for block in blocks)
    root = level_of(data) if data else bytes(hashlib.new(name).digest_size)
    while len(root) > hashlib.new(name).digest_size:
        root = level_of(root)
    descriptor = struct.pack("<BBBBIQ64s32s144s", 1, number, block_size.bit_length() - 1, len(salt), 0, len(data), root, salt, b"")
    return digest(name, descriptor), descriptor


def fsverity_formatted(value, name):
    return b"FSVerity" + struct.pack("<HH", FSVERITY_HASH[name][0], len(value)) + value
