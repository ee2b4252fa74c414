"""What can be wrong inside a CMS message. Where there are no signed attributes only the module is signed: each of these verifies
where its fault is overlooked."""
from cms import by_hand, message_of, signed_data, signer
from der import Node, changed, flipped, integer, length, long_length, oid_content, parse, setting, tlv
from formats import modsign
from ima import P256_ORDER, padding_faults
from keys import PRIVATE
from modsign import KEY, MESSAGES
from rows import CONTENT, MAIN, bad
from rsa import DIGEST_INFO, digest, encoded_v15, forged_cube


def case(name, message, expected, note, key=KEY, kernel="EBADMSG"):
    bad("p7-" + name, "modsign", modsign(CONTENT, message), "-", key, expected, note, kernel)


def spoil():
    message = MESSAGES["rsa2048", "sha256", "issuer"]
    good, by_key_id = parse(message), parse(MESSAGES["rsa2048", "sha256", "skid"])
    spoil_encoding(good, message)
    spoil_identifiers(good)
    spoil_versions(good, by_key_id)
    leave_out(good)
    spoil_signer_names(good, by_key_id)
    spoil_signature(good)
    spoil_attributes()
    spoil_signed_attributes()
    spoil_ecdsa(parse(MESSAGES["p256", "sha256", "issuer"]))


def indefinite(tree):
    for node in tree, tree[1], signed_data(tree), signed_data(tree)[2]:
        node.length, node.tail = b"\x80", b"\0\0"


def spoil_encoding(good, message):
    case("nonminimal-outer", changed(setting(lambda t: t, length=long_length), good), "bad_der", "outer length not minimal")
    case("nonminimal-signeddata", changed(setting(signed_data, length=long_length), good), "bad_der", "SignedData length not minimal")
    case("nonminimal-version", changed(setting(lambda t: signed_data(t)[0], length=long_length), good), "bad_der", "version INTEGER length in long form",
         kernel="accept")
    case("nonminimal-digestalgs", changed(setting(lambda t: signed_data(t)[1], length=long_length), good), "bad_der",
         "digestAlgorithms length in long form", kernel="accept")
    case("nonminimal-signerinfo", changed(setting(signer, length=long_length), good), "bad_der", "SignerInfo length not minimal")
    case("nonminimal-signature", changed(setting(lambda t: signer(t)[-1], length=long_length), good), "bad_der", "signature length not minimal")
    case("indefinite-outer", changed(setting(lambda t: t, length=b"\x80", tail=b"\0\0"), good), "bad_der", "outer length indefinite", kernel="accept")
    case("indefinite-signeddata", changed(setting(signed_data, length=b"\x80", tail=b"\0\0"), good), "bad_der", "SignedData length indefinite",
         kernel="accept")
    case("indefinite-all", changed(indefinite, good), "bad_der",
         "BER with four indefinite lengths", kernel="accept")
    case("indefinite-no-end", b"\x30\x80" + good.content(), "bad_der", "indefinite outer length without end marker")
    case("length-84-ffffffff", b"\x30\x84\xff\xff\xff\xff" + good.content(), "bad_der|length_overflow|truncated", "outer length 0xffffffff")
    case("length-88-ff", b"\x30\x88" + b"\xff" * 8 + good.content(), "bad_der|length_overflow|truncated", "outer length of eight 0xff bytes")
    case("length-ff", b"\x30\xff" + good.content(), "bad_der|length_overflow|truncated", "length byte 0xff (reserved)")
    case("length-plus-1", changed(setting(lambda t: t, length=lambda size: length(size + 1)), good), "bad_der|truncated", "outer length one too large")
    case("length-minus-1", changed(setting(lambda t: t, length=lambda size: length(size - 1)), good), "bad_der|trailing_garbage",
         "outer length one too small")
    case("inner-length-plus-1", changed(setting(signed_data, length=lambda size: length(size + 1)), good), "bad_der|truncated",
         "SignedData length one too large")
    case("inner-length-minus-1", changed(setting(signer, length=lambda size: length(size - 1)), good), "bad_der", "SignerInfo length one too small")
    case("trailing-1", message + b"\0", "trailing_garbage|bad_der", "one byte after the ContentInfo", kernel="accept")
    case("trailing-null", message + b"\5\0", "trailing_garbage|bad_der", "a NULL after the ContentInfo", kernel="accept")
    case("trailing-inside-contentinfo", changed(lambda t: t.kids.append(Node(5)), good), "trailing_garbage|bad_der", "a NULL inside the ContentInfo")
    case("trailing-inside-signeddata", changed(lambda t: signed_data(t).kids.append(Node(5)), good), "trailing_garbage|bad_der",
         "a NULL after signerInfos")
    case("trailing-inside-signerinfo", changed(lambda t: signer(t).kids.append(Node(5)), good), "trailing_garbage|bad_der", "a NULL after the signature")


def spoil_identifiers(good):
    case("oid-contenttype-data", changed(setting(lambda t: t[0], body=oid_content("data")), good), "bad_der|unsupported_algorithm",
         "content type data instead of signedData", kernel="EBADMSG or EINVAL")
    case("oid-contenttype-enveloped", changed(setting(lambda t: t[0], body=oid_content("envelopedData")), good), "bad_der|unsupported_algorithm",
         "content type envelopedData", kernel="EINVAL")
    case("oid-inner-not-data", changed(setting(lambda t: signed_data(t)[2][0], body=oid_content("digestedData")), good),
         "bad_der|not_permitted|unsupported_algorithm",
         "inner content type digestedData", kernel="EKEYREJECTED (not pkcs7-data)")
    case("oid-inner-authenticode", changed(setting(lambda t: signed_data(t)[2][0], body=oid_content("SpcIndirectData")), good),
         "bad_der|not_permitted|unsupported_algorithm",
         "inner content type SpcIndirectData", kernel="EKEYREJECTED (not pkcs7-data)")
    case("oid-digest-unknown", changed(setting(lambda t: signer(t)[2][0], body=oid_content("1.3.6.1.4.1.99999.1")), good), "unsupported_hash",
         "digest OID unknown", kernel="ENOPKG")
    case("oid-digest-md5", changed(setting(lambda t: signer(t)[2][0], body=oid_content("md5")), good), "unsupported_hash|weak_digest|signature_mismatch",
         "digest OID says MD5", kernel="ENOPKG or EKEYREJECTED")
    for h in ("sha1", "sha512"):
        case("oid-digest-" + h, changed(setting(lambda t: signer(t)[2][0], body=oid_content(h)), good), "signature_mismatch|bad_der",
             "SignerInfo digest says %s, signed with SHA-256" % h,
             kernel="EKEYREJECTED")
    case("oid-sig-unknown", changed(setting(lambda t: signer(t)[3][0], body=oid_content("1.3.6.1.4.1.99999.2")), good), "unsupported_algorithm",
         "signature OID unknown", kernel="ENOPKG")
    case("oid-sig-dsa", changed(setting(lambda t: signer(t)[3][0], body=oid_content("dsa")), good), "unsupported_algorithm|signature_mismatch",
         "signature OID says DSA", kernel="ENOPKG")
    case("oid-sig-ecdsa-on-rsa", changed(setting(lambda t: signer(t)[3], kids=[Node(6, oid_content("ecdsaWithSha256"))]), good),
         "signature_mismatch|unsupported_algorithm|bad_key|bad_der", "signature OID says ECDSA, the key is RSA", kernel="EKEYREJECTED")
    case("oid-sig-sha512rsa", changed(setting(lambda t: signer(t)[3][0], body=oid_content("sha512WithRSA")), good),
         "unsupported_algorithm|signature_mismatch|bad_der",
         "signature OID sha512WithRSAEncryption beside digest SHA-256", kernel="ENOPKG")
    case("oid-empty", changed(setting(lambda t: signer(t)[2][0], body=b""), good), "bad_der|unsupported_hash", "digest OID with no bytes")
    case("oid-padded", changed(setting(lambda t: signer(t)[2][0], body=b"\x60\x80" + signer(good)[2][0].body[1:]), good), "bad_der|unsupported_hash",
         "digest OID with a 0x80 padding byte", kernel="ENOPKG")


def spoil_versions(good, by_key_id):
    for v in (0, 2, 4, 127):
        case("version-signeddata-%d" % v, changed(setting(lambda t: signed_data(t)[0], body=bytes([v])), good), "unsupported_version|bad_der",
             "SignedData version %d" % v, kernel="EINVAL")
    case("version-signeddata-3-signer-1", changed(setting(lambda t: signed_data(t)[0], body=b"\3"), good), "unsupported_version|bad_der",
         "SignedData version 3 with an issuer-and-serial signer of version 1", kernel="EINVAL")
    for v in (0, 2, 3, 255):
        case("version-signer-%d" % v, changed(setting(lambda t: signer(t)[0], body=bytes([v])), good), "unsupported_version|bad_der",
             "SignerInfo version byte %d with issuer and serial" % v, kernel="EINVAL")
    case("version-signer-1-with-skid", changed(setting(lambda t: signer(t)[0], body=b"\1"), by_key_id), "unsupported_version|bad_der",
         "SignerInfo version 1 with a SKID", kernel="EINVAL")
    case("version-negative", changed(setting(lambda t: signed_data(t)[0], body=b"\xff"), good), "unsupported_version|bad_der", "SignedData version -1",
         kernel="EINVAL")
    case("version-padded", changed(setting(lambda t: signed_data(t)[0], body=b"\0\1"), good), "bad_der|unsupported_version", "SignedData version 00 01",
         kernel="EINVAL")
    case("version-empty", changed(setting(lambda t: signed_data(t)[0], body=b""), good), "bad_der", "SignedData version without bytes")
    case("version-wrong-tag", changed(setting(lambda t: signed_data(t)[0], tag=4), good), "bad_der", "SignedData version is an OCTET STRING")


def leave_out(good):
    for name, node_of, index in (("contenttype", lambda tree: tree, 0), ("content", lambda tree: tree, 1), ("version", signed_data, 0),
                                 ("digestalgs", signed_data, 1), ("encap", signed_data, 2), ("signerinfos", signed_data, -1), ("si-version", signer, 0),
                                 ("si-sid", signer, 1), ("si-digestalg", signer, 2), ("si-sigalg", signer, 3), ("si-signature", signer, 4),
                                 ("issuer", lambda tree: signer(tree)[1], 0), ("serial", lambda tree: signer(tree)[1], 1),
                                 ("digest-oid", lambda tree: signer(tree)[2], 0)):
        case("missing-" + name, changed(lambda tree: node_of(tree).kids.pop(index), good), "bad_der", name + " missing")
    case("no-signers", changed(setting(lambda t: signed_data(t)[-1], kids=[]), good), "no_signature|key_not_found|bad_der", "signerInfos empty",
         kernel="EINVAL")


def spoil_signer_names(good, by_key_id):
    case("serial-changed", changed(setting(lambda t: signer(t)[1][1], body=flipped(signer(good)[1][1].body, 3)), good), "key_not_found",
         "serial number changed", kernel="ENOKEY")
    case("serial-negative", changed(setting(lambda t: signer(t)[1][1], body=b"\xff" + signer(good)[1][1].body[1:]), good), "key_not_found|bad_der",
         "serial number negative", kernel="ENOKEY")
    case("serial-padded", changed(setting(lambda t: signer(t)[1][1], body=b"\0\0" + signer(good)[1][1].body), good), "bad_der|key_not_found",
         "serial with superfluous zero bytes", kernel="ENOKEY")
    case("serial-empty", changed(setting(lambda t: signer(t)[1][1], body=b""), good), "bad_der|key_not_found", "serial without bytes", kernel="ENOKEY")
    case("issuer-changed", changed(setting(lambda t: signer(t)[1][0][1][0][1], body=b"TEST ONLY other signing key"), good), "key_not_found",
         "issuer common name changed", kernel="ENOKEY")
    case("issuer-empty", changed(setting(lambda t: signer(t)[1][0], kids=[]), good), "key_not_found|bad_der", "issuer name empty", kernel="ENOKEY")
    case("skid-changed", changed(setting(lambda t: signer(t)[1], body=flipped(signer(by_key_id)[1].body, 10)), by_key_id), "key_not_found", "SKID changed",
         kernel="ENOKEY")
    case("skid-short", changed(setting(lambda t: signer(t)[1], body=signer(by_key_id)[1].body[-4:]), by_key_id), "key_not_found|bad_der",
         "only the last four SKID bytes", kernel="ENOKEY")
    case("skid-empty", changed(setting(lambda t: signer(t)[1], body=b""), by_key_id), "key_not_found|bad_der", "SKID empty", kernel="EBADMSG or ENOKEY")
    case("skid-tag-a0", changed(setting(lambda t: signer(t)[1], tag=0xa0, kids=[Node(4, signer(by_key_id)[1].body)]), by_key_id), "bad_der",
         "SKID as constructed [0] with an OCTET STRING inside")


def spoil_signature(good):
    key, right = PRIVATE["rsa2048"], signer(good)[4].body
    case("sig-bitstring", changed(setting(lambda t: signer(t)[4], tag=3), good), "bad_der", "signature is a BIT STRING")
    case("sig-constructed", changed(setting(lambda t: signer(t)[4], tag=0x24, kids=[Node(4, right[:128]), Node(4, right[128:])]), good),
         "bad_der", "signature as a constructed OCTET STRING of two halves")
    case("sig-empty", changed(setting(lambda t: signer(t)[4], body=b""), good), "signature_mismatch|bad_der", "signature without bytes",
         kernel="EKEYREJECTED")
    case("sig-255", changed(setting(lambda t: signer(t)[4], body=right[:-1]), good), "signature_mismatch", "signature one byte short",
         kernel="EKEYREJECTED")
    case("sig-257-zero", changed(setting(lambda t: signer(t)[4], body=b"\0" + right), good), "signature_mismatch", "signature with a zero byte before it",
         kernel="EKEYREJECTED")
    case("sig-plus-n", changed(setting(lambda t: signer(t)[4], body=(int.from_bytes(right, "big") + key.n).to_bytes(257, "big")), good),
         "signature_mismatch", "right number plus the modulus", kernel="EKEYREJECTED")
    case("sig-equals-n", changed(setting(lambda t: signer(t)[4], body=key.n.to_bytes(256, "big")), good), "signature_mismatch",
         "number equals the modulus", kernel="EKEYREJECTED")
    for name, encoded in padding_faults(CONTENT).items():
        case("pad-" + name, changed(setting(lambda t: signer(t)[4], body=key.sign_bytes(encoded)), good), "signature_mismatch",
             "padding or DigestInfo fault: " + name, kernel="EKEYREJECTED")
    for filling in 0, 8:
        forged = forged_cube(256, DIGEST_INFO["sha256"] + digest("sha256", CONTENT), filling).to_bytes(256, "big")
        case(f"bb06-e3-ps{filling}", by_hand("rsa2048e3", "sha256", "rsa", forged), "signature_mismatch", "forged without the private key (e = 3)",
             key="keys/rsa2048e3.cert.der", kernel="EKEYREJECTED")


def attribute(tree, name):
    return next(kid for kid in signer(tree)[3].kids if kid[0].body == oid_content(name))


def value(name):
    return lambda tree: attribute(tree, name)[1][0]


def remove(name):
    return lambda tree: signer(tree)[3].kids.remove(attribute(tree, name))


def repeat(name):
    return lambda tree: signer(tree)[3].kids.append(attribute(tree, name).copy())


def with_attributes():
    return parse(message_of("rsa2048", attributes=True, capabilities=False))


def detached(name, message, expected, note):
    strict = expected.removesuffix("|valid")
    bad("p7-attr-" + name, "pkcs7-detached", message, "modules/" + MAIN, KEY, expected, note, "EKEYREJECTED", strict)


def spoil_attributes():
    """The signature is what it was."""
    good = with_attributes()
    digest_value = value("messageDigest")(good).body
    for name, change, expected, note in (
            ("digest-changed", setting(value("messageDigest"), body=flipped(digest_value, 0)), "signature_mismatch", "messageDigest attribute changed"),
            ("time-changed", setting(value("signingTime"), body=b"300101000000Z"), "signature_mismatch", "signingTime attribute changed"),
            ("removed", lambda tree: signer(tree).kids.pop(3), "signature_mismatch", "signed attributes removed, signature kept"),
            ("digest-missing", remove("messageDigest"), "signature_mismatch|bad_der", "messageDigest attribute removed"),
            ("type-missing", remove("contentType"), "signature_mismatch|bad_der", "contentType attribute removed"),
            ("empty", setting(lambda tree: signer(tree)[3], kids=[]), "signature_mismatch|bad_der", "signed attributes empty"),
            ("reordered", lambda tree: signer(tree)[3].kids.reverse(), "signature_mismatch|bad_der|valid",
             "attributes in another order: the signed DER SET is sorted, a verifier that sorts again accepts"),
            ("duplicate", repeat("messageDigest"), "signature_mismatch|bad_der", "messageDigest twice")):
        detached(name, changed(change, good), expected, note)
    # RFC 8933: attributes, as they are signed, are a content that the same signature is good for.
    bad("p7-attr-confusion", "modsign", modsign(tlv(0x31, signer(good)[3].content()), changed(lambda tree: signer(tree).kids.pop(3), good)), "-", KEY,
        "valid|not_permitted", "the DER of signed attributes given as a module under a signature made for attributes: cryptographically right "
        "(RFC 8933 problem); only a format check on the module stops it", "accept the signature, then ENOEXEC", "ambiguous_content|not_permitted")


def spoil_signed_attributes():
    """The signature is made anew, over attributes as they stand."""
    good = with_attributes()
    digest_value = value("messageDigest")(good).body
    either = "bad_der|signature_mismatch"
    for name, change, expected, note in (
            ("digest-wrong", setting(value("messageDigest"), body=flipped(digest_value, 0)), "signature_mismatch", "messageDigest is not the module's"),
            ("digest-missing", remove("messageDigest"), either, "messageDigest missing"),
            ("type-missing", remove("contentType"), either, "contentType missing"),
            ("type-wrong", setting(value("contentType"), body=oid_content("signedData")), either, "contentType signedData, content is data"),
            ("digest-20", setting(value("messageDigest"), body=digest("sha1", CONTENT)), "signature_mismatch",
             "messageDigest is SHA-1, algorithm says SHA-256"),
            ("digest-twice", repeat("messageDigest"), either, "messageDigest twice"),
            ("digest-two-values", lambda tree: attribute(tree, "messageDigest")[1].kids.append(value("messageDigest")(tree).copy()), either,
             "messageDigest with two values"),
            ("digest-no-value", setting(lambda tree: attribute(tree, "messageDigest")[1], kids=[]), either, "messageDigest without a value")):
        def change_and_sign(tree):
            change(tree)
            hashed = digest("sha256", tlv(0x31, signer(tree)[3].content()))
            signer(tree)[-1].body = PRIVATE["rsa2048"].sign_bytes(encoded_v15(256, DIGEST_INFO["sha256"] + hashed))
        detached("signed-" + name, changed(change_and_sign, good), expected, note + "; attributes signed as they stand")


def spoil_ecdsa(good):
    r, s = (int.from_bytes(number.body, "big") for number in parse(signer(good)[-1].body).kids)
    for name, encoded, expected in (("r-padded", tlv(0x30, tlv(2, b"\0\0" + r.to_bytes(32, "big")) + integer(s)), "bad_der|signature_mismatch"),
                                    ("trailing", tlv(0x30, integer(r) + integer(s)) + b"\0", "bad_der|signature_mismatch|trailing_garbage"),
                                    ("zero", tlv(0x30, integer(0) * 2), "signature_mismatch|bad_der"), ("empty", b"", "signature_mismatch|bad_der"),
                                    ("p1363", r.to_bytes(32, "big") + s.to_bytes(32, "big"), "bad_der|signature_mismatch"),
                                    ("s-plus-n", tlv(0x30, integer(r) + integer(s + P256_ORDER)), "signature_mismatch|bad_der")):
        case("ecdsa-" + name, changed(setting(lambda tree: signer(tree)[-1], body=encoded), good), expected, "ECDSA value: " + name,
             key="keys/p256.cert.der", kernel="EKEYREJECTED")
