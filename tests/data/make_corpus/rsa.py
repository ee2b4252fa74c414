"""RSA by integer arithmetic: numbers that no tool would make, and a second opinion on those that one has made."""
import hashlib

from der import parse

# The DigestInfo before a digest (RFC 8017, section 9.2, note 1).
DIGEST_INFO = {"sha1": bytes.fromhex("3021300906052b0e03021a05000414"), "sha256": bytes.fromhex("3031300d060960864801650304020105000420")}


def digest(name, data):
    return hashlib.new(name, data).digest()


class RsaKey:
    """Of an RSAPrivateKey (RFC 8017, appendix A.1.2)."""

    def __init__(self, der):
        self.n, self.e, self.d = (int.from_bytes(number.body, "big") for number in parse(der).kids[1:4])
        self.size = (self.n.bit_length() + 7) // 8

    def sign(self, encoded):
        """The number that RSASP1 makes of an encoded message."""
        return pow(int.from_bytes(encoded, "big"), self.d, self.n)

    def sign_bytes(self, encoded):
        return self.sign(encoded).to_bytes(self.size, "big")

    def opened(self, number):
        return pow(number, self.e, self.n).to_bytes(self.size, "big")


def encoded_v15(size, tail, block_type=1, filling=None):
    """00 block-type filling 00 tail, in `size` bytes."""
    filling = b"\xff" * (size - 3 - len(tail)) if filling is None else filling
    encoded = bytes([0, block_type]) + filling + b"\0" + tail
    assert len(encoded) == size
    return encoded


def cube_root(number):
    """The least whose cube is not below."""
    low, high = 0, 1 << (number.bit_length() // 3 + 2)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if middle ** 3 < number else (low, middle)
    return low


def forged_cube(size, tail, filling=8):
    """Bleichenbacher, 2006: a number whose cube begins 00 01 FF...FF 00 tail and goes on with anything: a signature of every key with
    exponent 3, where what follows the tail is not looked at. No private key is needed."""
    head = b"\0\1" + b"\xff" * filling + b"\0" + tail
    root = cube_root(int.from_bytes(head.ljust(size, b"\0"), "big"))
    assert (root ** 3).to_bytes(size, "big").startswith(head)
    return root
