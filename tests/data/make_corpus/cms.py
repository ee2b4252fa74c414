"""CMS messages as openssl makes them: attributes, certificates inside, several signers, chains, PSS, Ed25519."""
from der import changed, flipped, integer, issuer_and_serial, oid, parse, tlv
from formats import modsign
from rows import CONTENT, MAIN, add, key_path, put
from rsa import digest
from tools import cms_sign, openssl_verifies, read, run, scratch

ATTRIBUTES = "EKEYREJECTED (has authattrs)"


def message_of(*signers, **options):
    return cms_sign([key_path(name) for name in signers], options.pop("digest", "sha256"), *options.pop("options", ()), data=CONTENT, **options)


def signed_data(tree):
    return tree[1][0]


def signer(tree, index=0):
    return signed_data(tree)[-1][index]


def add_message(name, message, trusted, expected, note, kernel, anchor=None, appended=None, detached=True, strict=None):
    """Two rows: appended to the module, where `appended` may be expected, and detached. `anchor`: the trusted key is a root."""
    certificates = scratch("trusted.pem", b"".join(read(key_path(key + ".cert.pem")) for key in trusted))
    verifies = openssl_verifies(CONTENT, message, anchor=certificates) if anchor else openssl_verifies(CONTENT, message, certificates)
    tool, key = "openssl:ok" if verifies else "openssl:fail", ",".join(f"keys/{key}.cert.der" for key in trusted)
    add(put(f"modsign/openssl/{name}.ko", modsign(CONTENT, message)), "modsign", "-", key, appended or expected, note, strict, tool, kernel)
    if detached:
        add(put(f"modsign/openssl/{name}.p7s", message), "pkcs7-detached", "modules/" + MAIN, key, expected, note, strict, tool, kernel)


def make():
    for key in "rsa2048", "rsa4096", "p256", "p384", "p521":
        accepts = "accept" if key != "p521" else "accept from 6.10"
        for name, message, note, kernel in (
                ("attrs", message_of(key, attributes=True), "openssl cms with signed attributes: the signature covers their DER SET", ATTRIBUTES),
                ("attrs-nocaps-skid", message_of(key, attributes=True, capabilities=False, options=["-keyid"]),
                 "signed attributes without S/MIME capabilities, SKID", ATTRIBUTES),
                ("certs", message_of(key, certificates=True), "no attributes, signer's certificate included", accepts),
                ("attrs-certs-sha512", message_of(key, digest="sha512", attributes=True, certificates=True),
                 "signed attributes and the certificate, SHA-512", ATTRIBUTES),
                ("smime-noattr", message_of(key, command="smime"), "openssl smime (PKCS#7 code), no attributes", accepts),
                ("smime-attrs", message_of(key, command="smime", attributes=True), "openssl smime with signed attributes", ATTRIBUTES)):
            if name != "smime-attrs" or key in ("rsa2048", "p256"):
                add_message(f"{name}.{key}", message, [key], "valid", note, kernel, appended="not_permitted" if kernel == ATTRIBUTES else None)
    add_message("attached.rsa2048", message_of("rsa2048", options=["-nodetach"]), ["rsa2048"], "not_permitted|valid|bad_der",
                "content inside the CMS as well (not detached)", "EBADMSG (non-detached data)")
    make_signers()
    make_chains()
    make_other_schemes()


def make_signers():
    """Linux wants one trusted signer, and no bad signature among those that it knows; strict, that each is proven."""
    both = message_of("rsa2048", "p256")
    add_message("two-signers-both-known", both, ["rsa2048", "p256"], "valid", "RSA and ECDSA signers, both trusted", "accept")
    for name, trusted, expected, note, kernel in (("first-known", "rsa2048", "valid", "two signers, only the RSA one trusted", "accept"),
                                                  ("second-known", "p256", "valid", "two signers, only the ECDSA one trusted", "accept"),
                                                  ("none-known", "rsa3072", "key_not_found", "two signers, neither trusted", "ENOKEY")):
        add_message("two-signers-" + name, both, [trusted], expected, note, kernel, detached=False,
                    strict="unproven_signer|key_not_found" if expected == "valid" else None)
    add_message("two-signers-rsa-rsa", message_of("rsa2048", "rsa3072"), ["rsa2048", "rsa3072"], "valid", "two RSA signers", "accept", detached=False)
    for index in 0, 1:
        def flip(tree):
            signature = signer(tree, index)[-1]
            signature.body = flipped(signature.body, -1)
        add_message(f"two-signers-bad-{index}", changed(flip, parse(both)), ["rsa2048", "p256"], "signature_mismatch",
                    f"two trusted signers, signature of signer {index} flipped", "EKEYREJECTED", detached=False)


def make_chains():
    chain = message_of("leaf", certificates=True, options=["-certfile", key_path("intermediate.cert.pem")])
    add_message("chain-leaf-intermediate", chain, ["ca"], "valid|key_not_found",
                "leaf and intermediate included, only the root trusted; a verifier that builds no chain says key_not_found", "accept", anchor=True)
    add_message("chain-missing-intermediate", message_of("leaf", certificates=True), ["ca"], "key_not_found",
                "leaf included, intermediate missing, root trusted", "ENOKEY", anchor=True)
    add_message("cert-included-untrusted", message_of("unknown", certificates=True), ["rsa2048"], "key_not_found",
                "self-signed certificate included but not trusted", "ENOKEY", anchor=True)


def by_hand(key, hash_name, algorithm, signature, has_null=True):
    """A SignedData without attributes, laid out as sign-file does."""
    issuer, serial = issuer_and_serial(read(key_path(key + ".cert.der")))
    hashed, version = tlv(0x30, oid(hash_name)), integer(1)
    name = tlv(0x30, issuer.der() + serial.der())
    signer_info = tlv(0x30, version + name + hashed + tlv(0x30, oid(algorithm) + (b"\5\0" if has_null else b"")) + tlv(4, signature))
    content = tlv(0x30, version + tlv(0x31, hashed) + tlv(0x30, oid("data")) + tlv(0x31, signer_info))
    return tlv(0x30, oid("signedData") + tlv(0xa0, content))


def make_other_schemes():
    add_message("pss.rsa2048", message_of("rsa2048", key_options=["rsa_padding_mode:pss"]), ["rsa2048"], "unsupported_algorithm|valid",
                "RSASSA-PSS, default salt", "ENOPKG")
    add_message("pss-attrs.rsa3072", message_of("rsa3072", attributes=True, key_options=["rsa_padding_mode:pss", "rsa_pss_saltlen:32"]), ["rsa3072"],
                "unsupported_algorithm|valid", "RSASSA-PSS, 32-byte salt, signed attributes", "ENOPKG", appended="unsupported_algorithm|not_permitted")

    def by_ed25519(content):
        return run("openssl", "pkeyutl", "-sign", "-rawin", "-inkey", key_path("ed25519.key.pem"), "-in", scratch("content", content))
    # RFC 8419: without attributes it is the content itself that is signed. openssl 3.0 makes neither of the two.
    plain = by_hand("ed25519", "sha512", "ed25519", by_ed25519(CONTENT), has_null=False)
    add_message("ed25519-noattr-rfc8419", plain, ["ed25519"], "valid|unsupported_algorithm",
                "Ed25519 without signed attributes: signs the content (RFC 8419); container by script, signature by openssl pkeyutl", "ENOPKG")
    attributes = tlv(0x30, oid("contentType") + tlv(0x31, oid("data"))) + tlv(0x30, oid("messageDigest") + tlv(0x31, tlv(4, digest("sha512", CONTENT))))

    def with_attributes(tree):
        signer(tree).kids.insert(3, parse(tlv(0xa0, attributes)))
        signer(tree)[-1].body = by_ed25519(tlv(0x31, attributes))
    add_message("ed25519-attrs-rfc8419", changed(with_attributes, parse(plain)), ["ed25519"], "valid|unsupported_algorithm",
                "Ed25519 over signed attributes with SHA-512 (RFC 8419); container by script, signature by openssl pkeyutl", "ENOPKG",
                appended="unsupported_algorithm|not_permitted")
