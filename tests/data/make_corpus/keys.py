"""The keys: they stand as they are (openssl genpkey and openssl ca made them), so what is signed with them stays what it was."""
import os

from der import changed, flipped, long_length, oid_content, parse, public_key_bits, setting, subject_key_id, tlv
from formats import mpi, v1_key_blob
from rsa import RsaKey, digest
from rows import add, bad, key_path
from tools import answer, read, run, scratch

RSA = ["rsa1024", "rsa2048", "rsa3072", "rsa4096"]
ODD_RSA = ["rsa2048e3", "rsa512", "rsa768"]
EC = ["p256", "p384", "p521"]
OTHER = ["noskid", "expired", "nodigsig", "ca", "intermediate", "leaf", "unknown"]  # RSA-2048 each
ALL = RSA + ODD_RSA + EC + ["ed25519"] + OTHER

PRIVATE = {name: RsaKey(run("openssl", "rsa", "-in", key_path(name + ".key.pem"), "-traditional", "-outform", "DER")) for name in RSA + ODD_RSA + OTHER}
BLOB = {name: read(key_path(name + ".digsig-v1.bin")) for name in RSA + ODD_RSA}
IMA_ID = {name: digest("sha1", public_key_bits(read(key_path(name + ".pub.der"))))[-4:] for name in ALL}
SUBJECT_KEY_ID = {name: subject_key_id(read(key_path(name + ".cert.der"))) for name in ALL}


def is_weak(name):
    return name in PRIVATE and PRIVATE[name].n.bit_length() < 2048


def make():
    for name, blob in BLOB.items():
        path = scratch(name + ".pem", read(key_path(name + ".pub.pem")))
        answer("evmctl", "convert", "--rsa", path)
        assert blob == read(path + ".bin") == v1_key_blob(PRIVATE[name].n, PRIVATE[name].e), name
    for name in ALL:
        for ending, format in ((".cert.der", "key-x509"), (".pub.der", "key-spki"), (".digsig-v1.bin", "key-digsig-v1")):
            if not os.path.exists(key_path(name + ending)):
                continue
            expected = "weak_key" if name in ("rsa512", "rsa768") else "valid"
            strict = {"rsa1024": "weak_key", "rsa2048e3": "valid|weak_key"}.get(name, expected)
            if format == "key-x509":
                strict = {"expired": "expired", "nodigsig": "key_usage", "ca": "valid|key_usage", "intermediate": "valid|key_usage"}.get(name, strict)
            add("keys/" + name + ending, format, "-", "-", expected, f"key {name}, see keys.tsv", strict,
                "evmctl:made" if format == "key-digsig-v1" else "openssl:ok")


def spoil():
    spoil_blobs()
    spoil_certificates()
    spoil_rsa_keys()
    spoil_other_keys()


def spoil_blobs():
    def blob(name, data, expected, note):
        bad("blob-" + name, "key-digsig-v1", data, "-", "-", expected, note)

    n, e, good = PRIVATE["rsa2048"].n, PRIVATE["rsa2048"].e, BLOB["rsa2048"]
    for cut in (0, 1, 5, 6, 7, 8, 9, 100, 264, 265, 266, 268):
        blob("cut-%03d" % cut, good[:cut], "bad_key|bad_mpi|truncated", "key blob cut after %d of %d bytes" % (cut, len(good)))
    for version in (0, 2, 255):
        blob(f"version-{version}", bytes([version]) + good[1:], "unsupported_version", f"key version {version}")
    blob("algo-1", good[:5] + b"\1" + good[6:], "unsupported_algorithm", "algorithm 1")
    for count in (0, 1, 3, 255):
        blob("nmpi-%d" % count, good[:6] + bytes([count]) + good[7:], "bad_mpi|bad_key|truncated", "number count %d, must be 2" % count)
    header = good[:7]
    blob("n-bits-plus-8", header + mpi(n, bits=2056) + mpi(e), "bad_mpi|bad_key|truncated", "modulus bit count 2056")
    blob("n-bits-0", header + mpi(n, bits=0) + mpi(e), "bad_mpi|bad_key|trailing_garbage|truncated", "modulus bit count 0")
    blob("n-bits-ffff", header + mpi(n, bits=65535) + mpi(e), "bad_mpi|bad_key|truncated", "modulus bit count 65535")
    blob("n-zero", header + mpi(0) + mpi(e), "bad_key|bad_mpi|weak_key", "modulus 0 (no bytes)")
    blob("n-even", header + mpi(n - 1) + mpi(e), "bad_key", "even modulus")
    blob("n-one", header + mpi(1) + mpi(e), "bad_key|weak_key", "modulus 1")
    for exponent, expected in ((0, "bad_key|bad_mpi"), (1, "bad_key|weak_key"), (2, "bad_key"), (65536, "bad_key")):
        blob(f"e-{exponent}", header + mpi(n) + mpi(exponent), expected, f"public exponent {exponent}")
    blob("e-above-n", header + mpi(n) + mpi(n + 2), "bad_key|bad_mpi", "public exponent above the modulus")
    blob("trailing", good + b"\0", "trailing_garbage|bad_key", "one byte after the exponent")
    blob("swapped", header + mpi(e) + mpi(n), "bad_key|weak_key", "exponent and modulus swapped")
    blob("rsa512", BLOB["rsa512"], "weak_key", "512-bit modulus")
    blob("rsa768", BLOB["rsa768"], "weak_key", "768-bit modulus")
    blob("is-spki", read(key_path("rsa2048.pub.der")), "unsupported_version|bad_key|bad_mpi", "an SPKI DER file instead of a blob")


def spoil_certificates():
    def certificate(name, data, expected, note):
        bad("cert-" + name, "key-x509", data, "-", "-", expected, note)

    good = read(key_path("rsa2048.cert.der"))
    tree = parse(good)
    for cut in (0, 1, 4, 8, 20, 100, len(good) - 1):
        certificate("cut-%03d" % cut, good[:cut], "bad_der|bad_key|truncated", "certificate cut after %d of %d bytes" % (cut, len(good)))
    certificate("trailing", good + b"\0", "trailing_garbage|bad_der", "one byte after the certificate")
    certificate("is-pem", read(key_path("rsa2048.cert.pem")), "bad_der|bad_key", "PEM where DER is wanted")
    certificate("nonminimal", changed(setting(lambda t: t, length=long_length), tree), "bad_der", "outer length not minimal")
    certificate("indefinite", changed(setting(lambda t: t, length=b"\x80", tail=b"\0\0"), tree), "bad_der", "outer length indefinite")
    certificate("version-9", changed(setting(lambda t: t[0][0][0], body=b"\x09"), tree), "unsupported_version|bad_der|signature_mismatch", "version 9")
    certificate("no-spki", changed(lambda t: t[0].kids.pop(6), tree), "bad_der", "no public key")
    certificate("empty-sequence", b"\x30\0", "bad_der", "empty SEQUENCE")


def spki(name, data, expected, note):
    bad("spki-" + name, "key-spki", data, "-", "-", expected, note)


def spoil_rsa_keys():
    good = read(key_path("rsa2048.pub.der"))
    tree = parse(good)

    def of(modulus, exponent):
        return tlv(0x30, tree[0].der() + tlv(3, b"\0" + tlv(0x30, tlv(2, modulus) + tlv(2, exponent))))
    n, e = b"\0" + PRIVATE["rsa2048"].n.to_bytes(256, "big"), b"\1\0\1"
    assert of(n, e) == good
    spki("n-negative", of(n[1:], e), "bad_der|bad_key", "modulus without its zero byte: a negative integer")
    spki("n-padded", of(b"\0" + n, e), "bad_der|bad_key", "modulus with two zero bytes")
    spki("n-zero", of(b"\0", e), "bad_key|weak_key", "modulus 0")
    spki("n-even", of(n[:-1] + bytes([n[-1] & 0xfe]), e), "bad_key", "modulus even")
    spki("e-0", of(n, b"\0"), "bad_key|weak_key", "exponent 0")
    spki("e-1", of(n, b"\1"), "bad_key|weak_key", "exponent 1")
    spki("e-even", of(n, b"\1\0\0"), "bad_key", "exponent 65536")
    spki("e-negative", of(n, b"\xff"), "bad_der|bad_key", "exponent -1")
    spki("e-empty", of(n, b""), "bad_der|bad_key", "exponent without bytes")
    spki("rsa512", read(key_path("rsa512.pub.der")), "weak_key", "512-bit RSA")
    spki("rsa768", read(key_path("rsa768.pub.der")), "weak_key", "768-bit RSA")
    spki("unused-bits", changed(lambda t: setattr(t[1], "body", b"\3" + t[1].body[1:]), tree), "bad_der|bad_key", "BIT STRING with 3 unused bits")
    spki("unknown-oid", changed(setting(lambda t: t[0][0], body=oid_content("1.3.6.1.4.1.99999.3")), tree), "unsupported_algorithm|bad_key",
         "unknown key algorithm")
    spki("cut", good[:100], "bad_der|bad_key|truncated", "cut after 100 bytes")
    spki("trailing", good + b"\0", "trailing_garbage|bad_der|bad_key", "one byte after")


def spoil_other_keys():
    tree = parse(read(key_path("p256.pub.der")))
    point = tree[1].body  # 0 unused bits, 4, x, y
    spki("ec-not-on-curve", changed(setting(lambda t: t[1], body=flipped(point, -1)), tree), "bad_key", "point not on the curve")
    spki("ec-infinity", changed(setting(lambda t: t[1], body=b"\0\0"), tree), "bad_key|bad_der", "point at infinity")
    spki("ec-short", changed(setting(lambda t: t[1], body=point[:-1]), tree), "bad_key|bad_der", "point one byte short")
    spki("ec-zero-point", changed(setting(lambda t: t[1], body=b"\0\4" + b"\0" * 64), tree), "bad_key", "point (0, 0)")
    spki("ec-x-above-p", changed(setting(lambda t: t[1], body=b"\0\4" + b"\xff" * 64), tree), "bad_key", "coordinates above the field prime")
    spki("ec-hybrid", changed(setting(lambda t: t[1], body=b"\0" + bytes([6 + (point[-1] & 1)]) + point[2:]), tree),
         "bad_key|bad_der|unsupported_algorithm|valid", "hybrid point form: may be refused")
    spki("ec-compressed", changed(setting(lambda t: t[1], body=b"\0" + bytes([2 + (point[-1] & 1)]) + point[2:34]), tree),
         "valid|bad_key|unsupported_algorithm", "compressed point: a right key, may be refused")
    spki("ec-wrong-curve", changed(setting(lambda t: t[0][1], body=oid_content("secp384r1")), tree), "bad_key|bad_der", "P-256 point under the P-384 OID")
    spki("ec-unknown-curve", changed(setting(lambda t: t[0][1], body=oid_content("1.3.132.0.99")), tree), "unsupported_algorithm|bad_key|bad_der",
         "unknown curve OID")
    spki("ec-no-params", changed(lambda t: t[0].kids.pop(), tree), "bad_der|bad_key", "no curve given")
    explicit = run("openssl", "pkey", "-pubin", "-inform", "DER", "-in", key_path("p256.pub.der"), "-pubout", "-outform", "DER", "-ec_param_enc",
                   "explicit")
    spki("ec-explicit-params", explicit, "bad_key|unsupported_algorithm|bad_der|valid",
         "explicit curve parameters (P-256's own): should be refused, may be recognised")
    ed25519 = parse(read(key_path("ed25519.pub.der")))
    spki("ed25519-31", changed(setting(lambda t: t[1], body=ed25519[1].body[:-1]), ed25519), "bad_key|bad_der", "Ed25519 key of 31 bytes")
    spki("ed25519-33", changed(setting(lambda t: t[1], body=ed25519[1].body + b"\0"), ed25519), "bad_key|bad_der", "Ed25519 key of 33 bytes")
