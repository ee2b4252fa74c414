// SPDX-License-Identifier: BSL-1.0
//
// The Linux reading beside Linux's own parsers, and strict behind them: differential CORPUS CASES SEED. A case is a seed with a few
// changes; it passes if both accept it with the same fields, or both refuse it with the same errno, and if strict accepts nothing
// that the kernel calls malformed. Started by differential.sh.
#include "kernel_parsers.h"
#include "seeds.hpp"

#include <modsig/grammar.hpp>
#include <modsig/key/ecdsa_signature.hpp>
#include <modsig/key/pkcs1.hpp>
#include <modsig/linux/grammar.hpp>
#include <modsig/linux/key/ecdsa_signature.hpp>
#include <modsig/linux/key/joined_id.hpp>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>

using namespace linux_differential;
using namespace modsig;
using layout::cms::attribute_use;

namespace {

kernel_bytes to_kernel(byte_view bytes) { return {bytes.data(), bytes.size()}; }
byte_view view(const kernel_bytes& bytes) { return {bytes.data, bytes.size}; }

/// Empty where nothing differs, else what does.
using difference = std::string;

struct compared {
    difference found{};
    void field(const char* name, bool same) {
        if (found.empty() && !same) found = name;
    }
    void field(const char* name, const kernel_bytes& theirs, byte_view ours) { field(name, equal(view(theirs), ours)); }
    void id(const char* name, const kernel_bytes& theirs, const std::optional<kernel::joined_id>& ours) {
        field(name, (theirs.data != nullptr) == ours.has_value() && (!ours || *ours == kernel::joined_id{view(theirs), {}}));
    }
    void inner(const char* name, const difference& within) {
        if (found.empty() && !within.empty()) found = std::string(name) + ": " + within;
    }
};

const char* scheme_name(scheme_id id) {
    switch (id) {
        case scheme_id::rsa_pkcs1_v15: return "rsa";
        case scheme_id::ecdsa: return "ecdsa";
        case scheme_id::ecrdsa: return "ecrdsa";
        default: return "";
    }
}

const char* algorithm_name(key_algorithm id) {
    switch (id) {
        case key_algorithm::rsa: return "rsa";
        case key_algorithm::ecrdsa: return "ecrdsa";
        case key_algorithm::ecdsa_p192: return "ecdsa-nist-p192";
        case key_algorithm::ecdsa_p256: return "ecdsa-nist-p256";
        case key_algorithm::ecdsa_p384: return "ecdsa-nist-p384";
        case key_algorithm::ecdsa_p521: return "ecdsa-nist-p521";
        default: return "";
    }
}

// ---- RSA keys ----

result<public_key> our_rsa_key(byte_view bytes) {
    failure fault{errc::none};
    const kernel::asn1_reader in(bytes, fault);
    const public_key key = kernel::read_rsa_key(in);
    return in.outcome(key);
}

/// mpi_read_raw_data() and rsa_check_key_length(), which come after the parser: numbers that are none of a key.
bool is_no_key(const kernel_rsa_key& key) {
    for (const kernel_bytes& each : {key.modulus, key.exponent})
        if (const std::size_t bits = bit_length(view(each)); bits == 0 || bits > kernel::max_rsa_bits) return true;
    return false;
}

difference compare_answers(int theirs, const failure* ours) {
    const int our_errno = ours != nullptr ? static_cast<int>(ours->linux_errno()) : 0;
    if (-theirs == our_errno && (theirs != 0) == (ours != nullptr)) return {};
    return std::string("Linux ") + (theirs != 0 ? strerrorname_np(-theirs) : "accepts") + ", we " +
           (ours != nullptr ? std::string(name(ours->code)) + " " + strerrorname_np(our_errno) : "accept");
}

difference compare_rsa_key(byte_view bytes, int& theirs_error) {
    kernel_rsa_key theirs{};
    theirs_error = kernel_parse_rsa_key(to_kernel(bytes), &theirs);
    const result<public_key> ours = our_rsa_key(bytes);
    if (theirs_error == 0 && is_no_key(theirs)) theirs_error = -EINVAL;
    if (!ours || theirs_error != 0) return compare_answers(theirs_error, ours ? nullptr : &ours.error());
    compared all;
    all.field("modulus", equal(without_leading_zeros(view(theirs.modulus)), ours->material));
    all.field("exponent", equal(without_leading_zeros(view(theirs.exponent)), ours->exponent));
    all.field("key bits", ours->bits == bit_length(view(theirs.modulus)));
    return all.found;
}

// ---- ECDSA signatures ----

constexpr std::array<key_algorithm, 4> curves{key_algorithm::ecdsa_p192, key_algorithm::ecdsa_p256, key_algorithm::ecdsa_p384, key_algorithm::ecdsa_p521};

bool is_number(const kernel_bytes& words, byte_view number) {
    octets bytes(words.data, words.data + words.size);  // of a machine that is little-endian: the least significant byte first
    std::ranges::reverse(bytes);
    return equal(without_leading_zeros(bytes), without_leading_zeros(number));
}

difference compare_ecdsa_signature(byte_view bytes, std::size_t curve, int& theirs_error) {
    kernel_ecdsa_signature theirs{};
    theirs_error = kernel_parse_ecdsa_signature(to_kernel(bytes), static_cast<kernel_curve>(curve), &theirs);
    const auto ours = kernel::parse_ecdsa_signature(curves[curve], bytes);
    if (!ours || theirs_error != 0) return compare_answers(theirs_error, ours ? nullptr : &ours.error());
    compared all;
    all.field("r", is_number(theirs.r, ours->r()));
    all.field("s", is_number(theirs.s, ours->s()));
    return all.found;
}

// ---- certificates ----

difference compare_certificate(const kernel_certificate& theirs, const key::certificate& ours) {
    const key_info& info = ours.info;
    compared all;
    all.field("tbs", theirs.tbs, ours.tbs);
    all.field("serial", theirs.serial, info.serial);
    all.field("issuer", theirs.issuer, info.issuer);
    all.field("subject", theirs.subject, info.subject);
    all.field("subjectKeyIdentifier", theirs.skid, info.skid);
    all.field("key", theirs.key, ours.key_bits);
    all.field("signature", theirs.signature, ours.signature);
    all.id("authority's name", theirs.authority_name, kernel::authority_name(ours));
    all.id("authority's keyIdentifier", theirs.authority_key_id, kernel::authority_key_id(ours));
    all.field("key algorithm", std::strcmp(theirs.key_algorithm, algorithm_name(info.key.algorithm)) == 0);
    all.field("signature algorithm", std::strcmp(theirs.signature_algorithm, scheme_name(ours.signature_algorithm.scheme)) == 0);
    all.field("digest", name(ours.signature_algorithm.digest) == theirs.digest);
    all.field("notBefore", theirs.valid_from == info.validity.not_before);
    all.field("notAfter", theirs.valid_to == info.validity.not_after);
    all.field("CA", theirs.is_ca == info.purpose.is_ca);
    all.field("digitalSignature", theirs.digital_signature == info.purpose.digital_signature);
    all.field("keyCertSign", theirs.cert_sign == info.purpose.cert_sign);
    all.field("self-signed", theirs.self_signed == (kernel::self_issued(ours) == key::self_issue::yes));
    if (info.key.algorithm == key_algorithm::rsa) {
        int error = 0;
        const difference key = compare_rsa_key(ours.key_bits, error);
        all.inner("RSA key", key);
        const failure noted{info.fault};
        all.inner("RSA key's fault", compare_answers(error, info.fault != errc::none ? &noted : nullptr));
    }
    return all.found;
}

// ---- messages ----

difference compare_signer(const kernel_signer& theirs, const claim& ours) {
    compared all;
    all.field("signer's identifier", kernel::id_of(ours.key) == kernel::joined_id{view(theirs.id), {}});
    all.field("digest", name(ours.content_digest) == theirs.digest);
    all.field("signature algorithm", std::strcmp(theirs.algorithm, scheme_name(ours.scheme)) == 0);
    all.field("signature", theirs.signature, ours.signature);
    all.field("attributes there", (theirs.attributes.data != nullptr) == (ours.form == signature_form::attributes));
    if (theirs.attributes.data != nullptr && ours.form == signature_form::attributes) {
        all.field("attributes", theirs.attributes, ours.authenticated.subspan(1));
        all.field("messageDigest", theirs.message_digest, ours.message_digest);
    }
    all.field("signingTime there", theirs.has_signing_time == ours.signing_time.has_value());
    all.field("signingTime", !ours.signing_time || theirs.signing_time == *ours.signing_time);
    return all.found;
}

difference compare_message(const kernel_message& theirs, const kernel::pkcs7_message& ours) {
    compared all;
    std::size_t count = 0;
    kernel::pkcs7_cursor signers("modsign", ours, {}, {});
    for (; !signers.done(); ++count) {
        const result<claim> each = signers.next();
        if (!each) return "signer that was read before: " + std::string(name(each.error().code));
        if (count < theirs.signer_count) all.inner("signer", compare_signer(theirs.signers[count], *each));
    }
    all.field("number of signers", count == theirs.signer_count);
    count = 0;
    for (auto certificates = signers.certificates(); !certificates.done(); ++count) {
        const result<key::certificate> each = certificates.next();
        if (!each) return "certificate that was read before: " + std::string(name(each.error().code));
        if (count < theirs.certificate_count) all.inner("certificate", compare_certificate(theirs.certificates[count], *each));
    }
    all.field("number of certificates", count == theirs.certificate_count);
    return all.found;
}

// ---- strict ----

/// What strict accepts on purpose though Linux does not: the list in grammar.hpp, as far as it concerns parsers.
struct intended {
    const char* what;
    bool (*fits)(int error, byte_view bytes);
    std::size_t times = 0;
};

bool has_oid(byte_view bytes, std::string_view oid) {
    return std::ranges::search(bytes, oid, [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); }).size() != 0;
}

intended intentions[] = {
    {"algorithms that Linux does not know: key/spki.hpp, key/x509.hpp, layout/cms.hpp", [](int error, byte_view) { return error == -ENOPKG; }},
    {"S/MIME capabilities among signed attributes: layout/cms.hpp",
     [](int error, byte_view bytes) { return error == -EKEYREJECTED && has_oid(bytes, "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0f"); }},
};

bool is_intended(int error, byte_view bytes) {
    for (intended& each : intentions)
        if (each.fits(error, bytes)) return ++each.times, true;
    return false;
}

// ---- the run ----

struct tally {
    std::size_t accepted = 0, strict_accepted = 0;
    std::map<int, std::size_t> refused{};  // by errno
};

struct answer {
    int theirs = 0;
    difference found{};
    bool strict_accepts = false;
};

answer ask(kind which, byte_view bytes, std::size_t variant) {
    answer all;
    switch (which) {
        case kind::ecdsa_signature:
            all.found = compare_ecdsa_signature(bytes, variant, all.theirs);
            all.strict_accepts = key::parse_ecdsa_signature(curves[variant], bytes).has_value();
            return all;
        case kind::rsa_key:
            all.found = compare_rsa_key(bytes, all.theirs);
            all.strict_accepts = key::pkcs1::parse(bytes).has_value();
            return all;
        case kind::certificate: {
            kernel_certificate theirs{};
            all.theirs = kernel_parse_certificate(to_kernel(bytes), &theirs);
            const auto ours = grammar<linux_reading>::parse_certificate(bytes);
            all.found = ours && all.theirs == 0 ? compare_certificate(theirs, *ours) : compare_answers(all.theirs, ours ? nullptr : &ours.error());
            all.strict_accepts = grammar<strict_reading>::parse_certificate(bytes).has_value();
            return all;
        }
        case kind::message: break;
    }
    const kernel_usage usage = variant % 2 == 0 ? kernel_module_signature : kernel_unspecified_signature;
    static const auto theirs = std::make_unique<kernel_message>();
    all.theirs = kernel_parse_message(to_kernel(bytes), usage, theirs.get());
    const attribute_use use = usage == kernel_module_signature ? attribute_use::forbidden : attribute_use::allowed;
    const auto ours = kernel::parse_pkcs7(bytes, 0, use);
    all.found = ours && all.theirs == 0 ? compare_message(*theirs, *ours) : compare_answers(all.theirs, ours ? nullptr : &ours.error());
    all.strict_accepts = layout::cms::parse(bytes, 0, use).has_value();
    return all;
}

void print_case(kind which, std::size_t number, byte_view bytes, const difference& found) {
    std::printf("case %zu, %s: %s\n  ", number, kind_names[static_cast<std::size_t>(which)], found.c_str());
    for (const std::uint8_t each : bytes) std::printf("%02x", each);
    std::printf("\n");
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) return std::fprintf(stderr, "differential CORPUS CASES SEED\n"), 2;
    const seed_set seeds(argv[1]);
    const std::size_t cases = std::strtoull(argv[2], nullptr, 10);
    mutator mutate(std::strtoull(argv[3], nullptr, 10), seeds.pool);
    for (std::size_t i = 0; i != seeds.of.size(); ++i) std::printf("%zu seeds: %s\n", seeds.of[i].size(), kind_names[i]);

    std::array<tally, kind_count> tallies{};
    std::map<std::string, std::size_t> differences;
    std::size_t failed = 0;
    for (std::size_t number = 0; number != cases; ++number) {
        const std::size_t pick = mutate.below(20);
        const kind which = pick < 9 ? kind::message : pick < 17 ? kind::certificate : pick < 18 ? kind::rsa_key : kind::ecdsa_signature;
        const auto& all = seeds.of[static_cast<std::size_t>(which)];
        node root = all[mutate.below(all.size())];
        if (mutate.below(16) == 0) make_indefinite(root.inside[0]);
        for (std::size_t changes = mutate.below(4); changes-- != 0;) mutate.change(root);
        octets bytes;
        for (const node& each : root.inside) each.write(bytes);
        if (mutate.below(8) == 0) mutate.change(bytes);
        const std::size_t size = bytes.size();  // pkcs7_extract_cert() counts two bytes too many, where a length is indefinite
        bytes.resize(size + 2);
        const byte_view input = byte_view(bytes).first(size);

        answer got = ask(which, input, mutate.below(4));
        tally& count = tallies[static_cast<std::size_t>(which)];
        if (got.theirs == 0) ++count.accepted;
        else ++count.refused[-got.theirs];
        count.strict_accepted += got.strict_accepts;
        if (got.found.empty() && got.strict_accepts && got.theirs != 0 && !is_intended(got.theirs, input))
            got.found = std::string("strict accepts, Linux ") + strerrorname_np(-got.theirs);
        if (got.found.empty()) continue;
        ++failed;
        if (differences[std::string(kind_names[static_cast<std::size_t>(which)]) + ": " + got.found]++ < 2) print_case(which, number, input, got.found);
    }

    for (std::size_t i = 0; i != tallies.size(); ++i) {
        std::printf("%s: Linux accepts %zu, strict %zu; Linux refuses with", kind_names[i], tallies[i].accepted, tallies[i].strict_accepted);
        for (const auto& [error, times] : tallies[i].refused) std::printf(" %s %zu", strerrorname_np(error), times);
        std::printf("\n");
        // Nothing is compared where nothing is accepted or nothing refused.
        if (tallies[i].accepted == 0 || tallies[i].strict_accepted == 0 || tallies[i].refused.empty()) {
            std::printf("too few cases: %s\n", kind_names[i]);
            ++failed;
        }
    }
    for (const intended& each : intentions) std::printf("strict by intent: %s: %zu\n", each.what, each.times);
    for (const auto& [what, times] : differences) std::printf("DIFFERENT %zu times: %s\n", times, what.c_str());
    std::printf("%zu passed, %zu failed\n", cases > failed ? cases - failed : 0, failed);
    return failed == 0 ? 0 : 1;
}
