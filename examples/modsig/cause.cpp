// SPDX-License-Identifier: BSL-1.0
#include "cause.hpp"

#include "text.hpp"

namespace tool {
namespace {

constexpr std::string_view sign = "modsig sign sha256 KEY CERT {file}";
constexpr std::string_view sign_again = "modsig sign --replace sha256 KEY CERT {file}";
constexpr std::string_view ask_signer = "ask who signed for a signature that Linux reads (openssl cms -sign -binary -outform DER -md sha256 -noattr -nocerts), or sign anew: "
                                        "modsig sign --replace sha256 KEY CERT {file}";

// clang-format off
constexpr cause_entry table[] = {
    {cause::none, "", "", "", ""},

    {cause::not_signed, "not_signed", "unsigned", "nothing at its end is a signature: it was never signed, or the signature was taken off", sign},
    {cause::stripped, "stripped", "unsigned",
     "an ELF file without a signature at its end and without what strip removes: it was never signed, or the module was stripped after signing (strip and objcopy take the signature off)",
     "sign after strip, not before: modsig sign sha256 KEY CERT {file}"},
    {cause::intel_hex, "intel_hex", "Intel HEX", "the file is Intel HEX, the text of an image", "objcopy -I ihex -O binary {file} IMAGE"},
    {cause::damaged_marker, "damaged_marker", "damaged marker", "there is a signature's marker, but {damage}", "{mend}"},
    {cause::data_after_signature, "data_after_signature", "data after the signature",
     "a signature's marker stands at offset {offset}, but not at the end: {size} bytes were added after signing", "truncate -s {end} {file}"},
    {cause::other_layout, "other_layout", "signature of another layout", "there is a {layout} signature of {size} bytes, which was not looked at", "modsig inspect {options}--trust CERT {file}"},
    {cause::holds_digest, "holds_digest", "digest instead of a signature", "{attribute} holds {what}, not a signature", "modsig sign --layout {layout} sha256 KEY CERT {file}"},
    {cause::compressed, "compressed", "compressed under another name",
     "the file is {format} data: the signature belongs to the module inside, before it is compressed", "mv {file} {file}{suffix}"},
    {cause::not_compressed, "not_compressed", "not compressed in spite of the name", "its name says {format}, but it holds no {format} data", "mv {file} {stem}"},
    {cause::signed_while_compressed, "signed_while_compressed", "signed while compressed",
     "a signature follows the compressed data, where the kernel drops it: sign the module, then compress it", "decompress it, then: modsig sign sha256 KEY CERT {stem}, and compress it again"},
    {cause::decompression_failed, "decompression_failed", "not to be decompressed", "{detail}", "compress the module as every kernel reads it: xz --check=crc32 --lzma2=dict=1MiB {stem}"},
    {cause::unreadable, "unreadable", "unreadable", "the file cannot be read", "ls -lL {file}"},
    {cause::no_bpf_program, "no_bpf_program", "no BPF program", "{detail}", "bpftool gen skeleton -L -S -k KEY -i CERT OBJECT"},

    {cause::old_format, "old_format", "signed in an old form", "signed in a form that Linux has not read since 4.3", sign_again},
    {cause::little_endian_length, "little_endian_length", "length in little-endian",
     "the length in the header is little-endian; versions 2 and 3 of IMA's signatures have it in big-endian", "modsig sign --layout ima sha256 KEY CERT {file}"},
    {cause::malformed, "malformed", "malformed", "the signature cannot be read: {detail}", sign_again},
    {cause::unsupported_algorithm, "unsupported_algorithm", "unknown algorithm", "{detail}", "sign with RSA or ECDSA and SHA-2: modsig sign --replace sha256 KEY CERT {file}"},

    {cause::attributes, "attributes", "signed with attributes", "the signature is over attributes (CMS signedAttrs, or unsignedAttrs that nothing protects), which Linux refuses for modules", ask_signer},
    {cause::brings_content, "brings_content", "content in the signature", "the CMS message brings content of its own; a module's signature is detached from it", ask_signer},
    {cause::brings_certificate, "brings_certificate", "certificate in the signature",
     "the signature brings a certificate that no signer needs, and that nothing protects", "add --policy legacy, which lets it be there; or sign anew, as openssl cms -nocerts does: modsig sign --replace sha256 KEY CERT {file}"},
    {cause::ambiguous_content, "ambiguous_content", "ambiguous content", "the content has the form of what another kind of signature signs", "sign it with a detached signature of its own kind"},

    {cause::unknown_key, "unknown_key", "unknown key", "signed by {signer}: no such key in {where}. {places}", "{remedy}"},
    {cause::not_enrolled, "not_enrolled", "key not enrolled", "signed by {signer}, which is not enrolled in {where}", "mokutil --import {der}, then reboot and confirm"},
    {cause::renewed_key, "renewed_key", "another key of the same name",
     "a trusted certificate has the same issuer, but serial number {serial}: the key is another one under the same name, as each kernel build makes its own",
     "trust the certificate that belongs to this build, or sign anew: modsig sign --replace sha256 KEY CERT {file}"},
    {cause::certificate_missing, "certificate_missing", "certificate missing",
     "signed with a certificate that {issuer} issued, serial number {serial}: the issuer is trusted, but that certificate is neither trusted nor in the signature", "modsig verify --trust THAT-CERT {file}"},
    {cause::certificate_needed, "certificate_needed", "certificate needed",
     "the trusted public key has signed, but the signature names its certificate by {kind}, which a bare public key has not: give the certificate", "modsig verify --trust CERT {file}"},
    {cause::other_certificate, "other_certificate", "another certificate of the key",
     "a trusted key has signed, but the signature names another certificate of it, with serial number {serial}; the trusted one has {trusted}", "modsig verify --trust THAT-CERT {file}"},
    {cause::other_identifier, "other_identifier", "another identifier of the key", "a trusted key has signed, but the signature names it as {id}; it is known as {trusted}", "{remedy}"},
    {cause::untrusted_chain, "untrusted_chain", "untrusted chain", "signed by {signer}; the certificates in the signature lead to no trusted key. {places}", "modsig verify --trust ISSUER-CERT {file}"},
    {cause::unknown_signer, "unknown_signer", "unknown signer", "a signer beside the proven ones is not known: {signer}", "modsig verify --trust CERT {file}, or --allow-unknown-signers"},
    {cause::wrong_scope, "wrong_scope", "key trusted for something else", "the key is trusted, but not for this kind of signature", "modsig verify --trust-for {layout} CERT {file}"},

    {cause::ca_key, "ca_key", "CA key",
     "the certificate of {signer} is a CA's (basicConstraints CA:TRUE), which certifies others and, by {policy}, signs no code; Linux does not look at that",
     "modsig verify --policy legacy (or linux-modsign) --trust CERT {file}; a key for signing is made by: modsig genkey"},
    {cause::not_for_signing, "not_for_signing", "key not for signing", "the certificate of {signer} is not for signing code: {usage}",
     "modsig verify --policy legacy --trust CERT {file}; a key for signing is made by: modsig genkey"},
    {cause::not_an_issuer, "not_an_issuer", "issuer that is no CA", "the certificate of {signer} was issued by one that may issue none (basicConstraints, pathLen or keyUsage)", "modsig verify --trust THE-SIGNERS-CERT {file}"},
    {cause::expired, "expired", "expired", "the certificate of {signer} is no longer valid: it ended on {date}", "modsig verify --policy legacy (or linux-modsign) --trust CERT {file}, which do not look at dates; or sign anew: modsig sign --replace sha256 KEY CERT {file}"},
    {cause::not_yet_valid, "not_yet_valid", "not yet valid", "the certificate of {signer} is not yet valid: it begins on {date}, and this clock says {now}", "set the clock: date; or modsig verify --policy legacy --trust CERT {file}"},
    {cause::revoked, "revoked", "revoked", "the key, its certificate or the content is on the list of what is revoked", sign_again},
    {cause::weak_key, "weak_key", "weak key", "the key of {signer} has {bits} bits, too few for {policy}", "modsig genkey --type rsa4096, then sign anew: modsig sign --replace sha256 KEY CERT {file}"},
    {cause::weak_digest, "weak_digest", "weak digest", "signed with {digest}, which {policy} refuses", sign_again},
    {cause::weak_format, "weak_format", "digsig v1, which rests on SHA-1", "digsig v1 always rests on SHA-1, which {policy} refuses: see --policy legacy", "modsig verify --policy legacy --trust CERT {file}"},
    {cause::wrong_name, "wrong_name", "key under a wrong name", "the key is filed under the identifier of another", "modsig keys KEYFILE"},
    {cause::bad_key, "bad_key", "unusable key", "the key of {signer} cannot be used: {detail}", "modsig keys KEYFILE"},

    {cause::changed, "changed", "changed",
     "the value is by the key that is named, over another content than this: the content was changed after signing, or the signature belongs to another file", sign_again},
    {cause::wrong_key, "wrong_key", "wrong key",
     "another key than the named one has signed, or the value is damaged: the identifier fits, the numbers do not", "modsig verify --trust THE-CERT-THAT-SIGNED {file}, or sign anew: modsig sign --replace sha256 KEY CERT {file}"},
    {cause::wrong_key_type, "wrong_key_type", "key of another algorithm", "the key that is named is {key}, the signature is {scheme}: another key has signed under its name", sign_again},
    {cause::mismatch, "mismatch", "mismatch", "the content was changed after signing, or another key than the named one has signed: {scheme} values do not say which", sign_again},
    {cause::double_signed, "double_signed", "signed twice",
     "signed twice: the last signature is over the content without the one before it", "modsig strip {file}, then: modsig sign sha256 KEY CERT {file}"},
    {cause::signed_compressed, "signed_compressed", "signed in compressed form", "the signature is over the compressed file, and belongs over the module inside", "decompress it, then: modsig sign sha256 KEY CERT {stem}, and compress it again"},
    {cause::signed_uncompressed, "signed_uncompressed", "signed in uncompressed form", "the signature is over the module before it was compressed, and this file is looked at as it lies on disk", "modsig sign --layout ima sha256 KEY CERT {file}"},
    {cause::signed_digest, "signed_digest", "signed over a digest", "the signature is over the {digest} of the content as if that were the content: it was hashed twice", "sign the file, or give the digest to the signer as a digest: modsig digest, modsig attach"},
    {cause::fsverity_signature, "fsverity_signature", "signature of fs-verity", "the signature is one of fs-verity, over the digest that fs-verity gives this file", "modsig verify --layout fsverity --trust CERT --signature SIGNATURE {file}"},
    {cause::other_digest, "other_digest", "another digest than named", "the key has signed a {signed} digest, the signature names {named}", sign_again},
    {cause::no_digest_info, "no_digest_info", "no DigestInfo", "the key has signed the bare digest: the value has no DigestInfo, which PKCS#1 puts before it (RFC 8017, section 9.2)", "openssl pkeyutl -sign -pkeyopt digest:sha256, or: modsig sign --replace sha256 KEY CERT {file}"},
    {cause::other_padding, "other_padding", "another padding", "the value is by the key that is named, but {padding}; here PKCS#1 v1.5 is asked for", sign_again},
    {cause::leading_zeros_lost, "leading_zeros_lost", "leading zeros lost",
     "the leading zero bytes of the value are missing, with them it verifies: the signer is at fault, not the key", "have the signer write values as long as the modulus; or sign anew: modsig sign --replace sha256 KEY CERT {file}"},
    {cause::zero_too_many, "zero_too_many", "a zero too many", "the value has {count} zero bytes too many, without them it verifies: the signer is at fault, not the key", "have the signer write values as long as the modulus; or sign anew: modsig sign --replace sha256 KEY CERT {file}"},
    {cause::little_endian_value, "little_endian_value", "value in little-endian", "the value is little-endian, turned around it verifies: the signer is at fault, not the key", "have the signer write big-endian values; or sign anew: modsig sign --replace sha256 KEY CERT {file}"},
    {cause::raw_ecdsa, "raw_ecdsa", "bare r and s", "the ECDSA value is r and s of {size} bytes each, one behind the other; a DER SEQUENCE of both is asked for, and verifies", "have the signer write DER; or sign anew: modsig sign --replace sha256 KEY CERT {file}"},
    {cause::zero_value, "zero_value", "value of zeros", "the value is all zero: nothing has signed, the signer failed without a word", sign_again},
    {cause::out_of_range, "out_of_range", "value out of range", "the value is not below the modulus (RSA) or the order (ECDSA) of the key that is named: another key has signed, or the value is damaged", sign_again},
    {cause::wrong_length, "wrong_length", "value of another length", "the value has {size} bytes, the key that is named makes {wanted}: another key has signed, or the value is damaged", sign_again},
    {cause::other_bpf_form, "other_bpf_form", "signed for other kernels", "the signature is over {part}, which is what Linux {release} verifies", "modsig verify --kernel {release} --trust CERT {file}"},

    {cause::too_few_signers, "too_few_signers", "too few signers", "fewer distinct keys have signed than --threshold asks for", "have another key sign"},
};
// clang-format on

consteval bool table_is_complete() {
    std::size_t i = 0;
    for (const cause_entry& entry : table) {
        if (static_cast<std::size_t>(entry.code) != i++) return false;
        if (entry.code != cause::none && (entry.word.empty() || entry.label.empty() || entry.hint.empty() || entry.remedy.empty())) return false;
    }
    return i == cause_count;
}
static_assert(table_is_complete(), "the table needs one row a cause, in order");

}  // namespace

const cause_entry& entry_of(cause code) { return table[static_cast<std::size_t>(code)]; }

diagnosis::diagnosis(cause which, const facts& known) : code(which), hint(filled(entry_of(which).hint, known)), remedy(filled(entry_of(which).remedy, known)) {}

std::string filled(std::string_view text, const facts& known) {
    std::string whole;
    for (;;) {
        const std::size_t open = text.find('{'), close = text.find('}', open);
        whole += text.substr(0, open);
        if (close == std::string_view::npos) return whole;
        const std::string_view name = text.substr(open + 1, close - open - 1);
        for (const auto& [key, content] : known)
            if (key == name) whole += content;
        text.remove_prefix(close + 1);
    }
}

}  // namespace tool
