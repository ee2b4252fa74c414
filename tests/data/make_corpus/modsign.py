"""Signed modules as Linux has them: the kernel's sign-file, and what can be wrong with trailer and content."""
import struct

from der import flipped
from digsig import appended
from formats import MODSIG_MAGIC, RFC_MAGIC, modsign, modsign_trailer, split_modsign
from keys import EC, RSA, is_weak
from payloads import stream
from rows import CONTENT, MAIN, PAYLOADS, add, bad, key_path, put
from tools import appended_message, cms_sign, openssl_verifies, run, scratch, sign_file

KEY, STEM = "keys/rsa2048.cert.der", "modsign/" + MAIN.removesuffix(".ko")
MESSAGES = {}  # by key, hash and whether the signer is named by its key identifier


def by_sign_file(key, hash_name, content, *flags):
    """The signed file, which openssl takes too."""
    signed, _ = sign_file(key_path(key), hash_name, content, *flags)
    before, message, _ = split_modsign(signed)
    assert before == content and openssl_verifies(content, message, key_path(key + ".cert.pem"))
    return signed


def make():
    for name in PAYLOADS:
        add(put("modules/" + name, PAYLOADS[name]), "modsign", "-", KEY, "no_signature",
            "payload without a signature; read as MODSIGN or as the RFC container it is unsigned", kernel="ENODATA")
    for hash_name in "sha1", "sha224", "sha256", "sha384", "sha512":
        for key in *RSA, *EC:
            for flags, named in ((), "issuer"), (("-k",), "skid"):
                signed = by_sign_file(key, hash_name, CONTENT, *flags)
                MESSAGES[key, hash_name, named] = split_modsign(signed)[1]
                add(put(f"{STEM}.{key}.{hash_name}.{named}.ko", signed), "modsign", "-", f"keys/{key}.cert.der", "valid",
                    f"sign-file {' '.join((*flags, hash_name))}; signer named by {named}",
                    "weak_key" if is_weak(key) else "weak_digest" if hash_name in ("sha1", "sha224") else "valid", "openssl:ok",
                    "accept" if key != "p521" else "accept from 6.10, before: ENOPKG")
    make_of_other_content()
    make_with_other_certificates()
    make_detached()
    once = by_sign_file("rsa2048", "sha256", CONTENT)
    add(put(STEM + ".signed-twice.ko", by_sign_file("rsa4096", "sha512", once)), "modsign", "-", "keys/rsa4096.cert.der", "valid",
        "sign-file run twice; the outer signature covers module and inner signature", tool="sign-file:made", kernel="accept")


def make_of_other_content():
    for name in PAYLOADS:
        for key in ("rsa2048", "p256") if name not in (MAIN, "rand1m.bin") else ():
            is_empty = not PAYLOADS[name]
            add(put(f"modsign/{name}.{key}.sha256.issuer.signed", by_sign_file(key, "sha256", PAYLOADS[name])), "modsign", "-", f"keys/{key}.cert.der",
                "valid|length_overflow|truncated" if is_empty else "valid",
                "sign-file sha256 on an empty file; the kernel wants at least one byte before the signature" if is_empty else "sign-file sha256 on another payload",
                tool="openssl:ok", kernel="accept" if name.endswith(".ko") else "accept the signature, then ENOEXEC")


def make_with_other_certificates():
    for key, note, strict in (("noskid", "certificate has no SKID; named by issuer and serial", "valid"),
                              ("expired", "certificate expired in 2011; the kernel does not look", "expired"),
                              ("nodigsig", "keyUsage lacks digitalSignature; the kernel does not look", "key_usage"),
                              ("leaf", "leaf of ca > intermediate > leaf, leaf itself in the keyring", "valid"),
                              ("rsa2048e3", "public exponent 3", "valid|weak_key")):
        add(put(f"{STEM}.{key}.sha256.issuer.ko", by_sign_file(key, "sha256", CONTENT)), "modsign", "-", f"keys/{key}.cert.der", "valid", note, strict,
            "openssl:ok", "accept")


def make_detached():
    for key in "rsa2048", "rsa4096", "p256", "p384":
        for name in MAIN, "rand1m.bin", "empty.bin":
            _, message = sign_file(key_path(key), "sha256", PAYLOADS[name], "-p", "-d")
            assert openssl_verifies(PAYLOADS[name], message, key_path(key + ".cert.pem"))
            add(put(f"modsign/detached/{name}.{key}.sha256.p7s", message), "pkcs7-detached", "modules/" + name, f"keys/{key}.cert.der", "valid",
                "sign-file -p -d: PKCS#7 alone", tool="openssl:ok", kernel="accept")
    key = key_path("rsa2048")
    signed, message = sign_file(key, "sha512", CONTENT, "-p")
    assert message == split_modsign(signed)[1]
    add(put(f"modsign/detached/{MAIN.removesuffix('.ko')}.rsa2048.sha512.with-p.ko", signed), "modsign", "-", KEY, "valid",
        "sign-file -p: signed module whose .p7s was kept too", tool="openssl:ok", kernel="accept")
    message = sign_file(key, "sha256", CONTENT, "-p", "-d")[1]
    add(put(STEM + ".rsa2048.sha256.raw-s.ko", sign_file(key, "sha256", CONTENT, raw=message)[0]), "modsign", "-", KEY, "valid",
        "sign-file -s with a .p7s made before", tool="openssl:ok", kernel="accept")
    bare = run("openssl", "dgst", "-sha256", "-sign", key + ".key.pem", scratch("content", CONTENT))
    add(put(STEM + ".rsa2048.sha256.raw-s-bare-rsa.ko", sign_file(key, "sha256", CONTENT, raw=bare)[0]), "modsign", "-", KEY, "bad_der",
        "sign-file -s with a bare RSA signature: sign-file labels it PKCS#7 all the same", tool="sign-file:made", kernel="EBADMSG")


def case(name, data, expected, note, key=KEY, **more):
    bad(name, "modsign", data, "-", key, expected, note, **more)


def spoil():
    good = MESSAGES["rsa2048", "sha256", "issuer"]
    signed = modsign(CONTENT, good)
    spoil_trailer(good, signed)
    spoil_content(good, signed)


def spoil_trailer(good, signed):
    def trailer(**fields):
        return modsign_trailer(len(good), **fields)

    case("trailer-magic-only", MODSIG_MAGIC, "truncated", "the 28-byte magic alone", kernel="EBADMSG")
    case("trailer-11-of-12", trailer()[1:] + MODSIG_MAGIC, "truncated", "11 bytes before the magic", kernel="EBADMSG")
    case("trailer-12-only", trailer() + MODSIG_MAGIC, "truncated|length_overflow", "information block and magic only", kernel="EBADMSG")
    case("trailer-siglen-0", modsign(CONTENT, good, modsign_trailer(0)), "truncated|bad_der|length_overflow", "signature length 0", kernel="EBADMSG")
    case("trailer-siglen-1", modsign(CONTENT, good, modsign_trailer(1)), "truncated|bad_der", "signature length 1", kernel="EBADMSG")
    case("trailer-siglen-less", modsign(CONTENT, good, modsign_trailer(len(good) - 1)), "bad_der|truncated", "signature length one less", kernel="EBADMSG")
    case("trailer-siglen-more", modsign(CONTENT, good, modsign_trailer(len(good) + 1)), "bad_der", "signature length one more", kernel="EBADMSG")
    case("trailer-siglen-all", modsign(CONTENT, good, modsign_trailer(len(CONTENT) + len(good))), "bad_der|length_overflow|truncated",
         "signature length covers the module", kernel="EBADMSG")
    case("trailer-siglen-all-plus-1", modsign(CONTENT, good, modsign_trailer(len(CONTENT) + len(good) + 1)), "length_overflow|truncated",
         "one more than there is", kernel="EBADMSG")
    for v in (0x7fffffff, 0x80000000, 0xffffffff, 0xfffffff4, 0xffffffe4):
        case("trailer-siglen-%08x" % v, modsign(CONTENT, good, modsign_trailer(v)), "length_overflow|truncated", "signature length 0x%08x" % v,
             kernel="EBADMSG")
    case("trailer-siglen-little-endian", modsign(CONTENT, good, trailer()[:8] + struct.pack("<I", len(good))), "length_overflow|truncated",
         "length little-endian", kernel="EBADMSG")
    for name, field, value in (("algo", "algorithm", 1), ("hsh", "hash_id", 4), ("slen", "signer_size", 1), ("klen", "key_id_size", 4)):
        case(f"trailer-{name}-{value}", modsign(CONTENT, good, trailer(**{field: value})), "bad_header", f"information block: {name} = {value}, must be 0",
             kernel="EBADMSG")
    for i in range(3):
        case("trailer-pad-%d" % i, modsign(CONTENT, good, trailer(padding=bytes(1 if j == i else 0 for j in range(3)))), "bad_header",
             "padding byte %d not zero" % i, kernel="EBADMSG")
    for t in (0, 1, 3, 255):
        case("trailer-idtype-%d" % t, modsign(CONTENT, good, trailer(id_type=t)), "bad_header|unsupported_algorithm|unsupported_version",
             "id type %d (2 is PKCS#7)" % t, kernel="ENOPKG")
    case("trailer-magic-27", signed[:-1], "no_signature|bad_magic", "newline of the magic missing", kernel="ENODATA")
    case("trailer-magic-crlf", signed[:-1] + b"\r\n", "no_signature|bad_magic", "magic ends CR LF", kernel="ENODATA")
    case("trailer-magic-bit", flipped(signed, -28), "no_signature|bad_magic", "first magic byte changed", kernel="ENODATA")
    case("trailer-after-nul", signed + b"\0", "no_signature|bad_magic|trailing_garbage", "NUL after the magic", kernel="ENODATA")
    case("trailer-after-100", signed + stream("x", 100), "no_signature|bad_magic|trailing_garbage", "100 bytes after the magic", kernel="ENODATA")
    case("trailer-stripped", CONTENT + good, "no_signature", "PKCS#7 appended without block and magic", kernel="ENODATA")
    case("trailer-rfc-magic", CONTENT + good + trailer() + RFC_MAGIC, "no_signature|bad_magic", "the RFC's magic instead of the kernel's",
         kernel="ENODATA")
    case("trailer-rfc-container", appended(), "no_signature|bad_magic", "a right RFC container read as MODSIGN", kernel="ENODATA")


def spoil_content(good, signed):
    case("cut-mid-module", signed[:3000], "no_signature", "file cut inside the module", kernel="ENODATA")
    case("cut-p7-tail", CONTENT + good[:-10] + modsign_trailer(len(good) - 10) + MODSIG_MAGIC, "bad_der|truncated", "last 10 bytes of the PKCS#7 missing",
         kernel="EBADMSG")
    for cut in (0, 1, 2, 3, 4, 15, 19, 23, 26, 60, 100, len(good) - 256):
        case("cut-p7-%03d" % cut, modsign(CONTENT, good[:cut]), "bad_der|truncated", "PKCS#7 cut after %d bytes, length adjusted" % cut, kernel="EBADMSG")
    for name, at in (("first", 0), ("mid", len(CONTENT) // 2), ("last", len(CONTENT) - 1)):
        case("flip-payload-" + name, modsign(flipped(CONTENT, at, 3), good), "signature_mismatch", "one bit of the module changed (%s byte)" % name,
             kernel="EKEYREJECTED")
    case("flip-sig-last", modsign(CONTENT, flipped(good, -1)), "signature_mismatch", "one bit of the signature changed", kernel="EKEYREJECTED")
    case("flip-sig-first", modsign(CONTENT, flipped(good, -256)), "signature_mismatch", "first signature byte changed", kernel="EKEYREJECTED")
    case("payload-plus-nul", modsign(CONTENT + b"\0", good), "signature_mismatch", "NUL between module and PKCS#7", kernel="EKEYREJECTED")
    case("payload-other", modsign(PAYLOADS["other.ko"], good), "signature_mismatch", "signature of another module", kernel="EKEYREJECTED")
    case("payload-none", modsign(b"", good), "signature_mismatch|truncated", "module of 0 bytes before a foreign signature", kernel="EBADMSG")
    case("twice-same", signed + good + modsign_trailer(len(good)) + MODSIG_MAGIC, "signature_mismatch", "the same signature appended twice",
         kernel="EKEYREJECTED")
    unknown = key_path("unknown")
    case("key-unknown-issuer", sign_file(unknown, "sha256", CONTENT)[0], "key_not_found", "signer not trusted, named by issuer and serial",
         kernel="ENOKEY")
    case("key-unknown-skid", sign_file(unknown, "sha256", CONTENT, "-k")[0], "key_not_found", "signer not trusted, named by SKID", kernel="ENOKEY")
    case("outer-unknown-inner-known", modsign(signed, appended_message(unknown, "sha256", signed)), "key_not_found",
         "a right signed module, signed again by an untrusted key", kernel="ENOKEY")
    case("weak-rsa512", sign_file(key_path("rsa512"), "sha256", CONTENT)[0], "weak_key", "right signature of an RSA-512 key", key="keys/rsa512.cert.der",
         kernel="accept")
    case("weak-rsa768", sign_file(key_path("rsa768"), "sha512", CONTENT)[0], "weak_key", "right signature of an RSA-768 key", key="keys/rsa768.cert.der",
         kernel="EKEYREJECTED (key length)")
    case("weak-md5", modsign(CONTENT, cms_sign([key_path("rsa2048")], "md5", data=CONTENT)), "weak_digest|unsupported_hash", "right signature over MD5",
         kernel="accept (MD5 is known) or ENOPKG")
