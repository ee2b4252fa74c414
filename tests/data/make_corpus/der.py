"""DER as trees that can be changed and written again, also wrongly; and what certificates and keys have in them."""
import copy

OID = {"sha1": "1.3.14.3.2.26", "sha256": "2.16.840.1.101.3.4.2.1", "sha512": "2.16.840.1.101.3.4.2.3", "md5": "1.2.840.113549.2.5",
       "data": "1.2.840.113549.1.7.1", "signedData": "1.2.840.113549.1.7.2", "envelopedData": "1.2.840.113549.1.7.3",
       "digestedData": "1.2.840.113549.1.7.5", "SpcIndirectData": "1.3.6.1.4.1.311.2.1.4",
       "contentType": "1.2.840.113549.1.9.3", "messageDigest": "1.2.840.113549.1.9.4", "signingTime": "1.2.840.113549.1.9.5",
       "rsa": "1.2.840.113549.1.1.1", "sha512WithRSA": "1.2.840.113549.1.1.13", "dsa": "1.2.840.10040.4.1",
       "ecdsaWithSha256": "1.2.840.10045.4.3.2", "ed25519": "1.3.101.112", "secp384r1": "1.3.132.0.34", "subjectKeyIdentifier": "2.5.29.14"}


def length(size):
    if size < 0x80:
        return bytes([size])
    content = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(content)]) + content


def long_length(size):
    """In the long form where the short one would do, else with a zero byte in front."""
    shortest = length(size)
    return b"\x81" + shortest if size < 0x80 else bytes([shortest[0] + 1, 0]) + shortest[1:]


def tlv(tag, content):
    return bytes([tag]) + length(len(content)) + content


def integer(value):
    size = (value if value >= 0 else ~value).bit_length() // 8 + 1
    return tlv(2, value.to_bytes(size, "big", signed=True))


def oid_content(name):
    first, second, *rest = map(int, OID.get(name, name).split("."))
    content = b""
    for arc in (40 * first + second, *rest):
        groups = [arc & 0x7f]
        while arc := arc >> 7:
            groups.append(0x80 | arc & 0x7f)
        content += bytes(reversed(groups))
    return content


def oid(name):
    return tlv(6, oid_content(name))


class Node:
    """One value. `kids`: nodes, of what is constructed, else None and `body`. `length`: other length bytes, or a function that makes
    them of the size. `tail`: bytes after it."""

    def __init__(self, tag, body=b"", kids=None):
        self.tag, self.body, self.kids, self.length, self.tail = tag, body, kids, length, b""

    def content(self):
        return self.body if self.kids is None else b"".join(kid.der() for kid in self.kids)

    def der(self):
        content = self.content()
        return bytes([self.tag]) + (self.length(len(content)) if callable(self.length) else self.length) + content + self.tail

    def __getitem__(self, index):
        return self.kids[index]

    def copy(self):
        return copy.deepcopy(self)


def parse_one(data, at=0):
    """A node, and where the next one begins."""
    tag, size, start = data[at], data[at + 1], at + 2
    if size & 0x80:
        start += size & 0x7f
        size = int.from_bytes(data[at + 2:start], "big")
    end = start + size
    assert end <= len(data)
    if not tag & 0x20:
        return Node(tag, data[start:end]), end
    kids = []
    while start < end:
        kid, start = parse_one(data, start)
        kids.append(kid)
    return Node(tag, kids=kids), end


def parse(data):
    node, end = parse_one(data)
    assert end == len(data)
    return node


def setting(node_of, **fields):
    """A change: these fields of a node."""
    def change(tree):
        node = node_of(tree)
        for name, value in fields.items():
            setattr(node, name, value)
    return change


def flipped(data, at, bit=0):
    changed_byte = bytearray(data)
    changed_byte[at] ^= 1 << bit
    return bytes(changed_byte)


def changed(change, tree):
    """The DER of a copy that `change` was done to."""
    tree = tree.copy()
    change(tree)
    return tree.der()


def public_key_bits(spki):
    """What is hashed to the usual subject key identifier (RFC 5280, section 4.2.1.2)."""
    return parse(spki)[1].body[1:]


def subject_key_id(certificate):
    for part in parse(certificate)[0].kids:
        for extension in part[0].kids if part.tag == 0xa3 else []:
            if extension[0].body == oid_content("subjectKeyIdentifier"):
                return parse(extension[-1].body).body
    return None


def issuer_and_serial(certificate):
    """Two nodes; the certificate is of version 3."""
    _, serial, _, issuer, *_ = parse(certificate)[0].kids
    return issuer, serial
