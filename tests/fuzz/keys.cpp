// SPDX-License-Identifier: BSL-1.0
//
// Certificates, keys of every binary form, ECDSA values, CMS messages: nothing is read outside of the bytes, views lead into
// them, strict reads nothing that Linux's grammar calls malformed, and what strict has read is DER: written anew it is the same bytes.
#include "der_mutator.hpp"
#include "require.hpp"

#include <modsig/grammar.hpp>
#include <modsig/key/any.hpp>
#include <modsig/key/ecdsa_signature.hpp>
#include <modsig/key/fingerprint.hpp>
#include <modsig/key/foreign_form.hpp>
#include <modsig/key/identify.hpp>
#include <modsig/key/trusted_certificate.hpp>
#include <modsig/keyring/concatenated.hpp>
#include <modsig/layout/cms.hpp>
#include <modsig/linux/grammar.hpp>
#include <modsig/linux/key/ecdsa_signature.hpp>
#include <modsig/linux/layout/pkcs7.hpp>
#include <modsig/linux_error.hpp>

#include <array>

using namespace fuzz;

namespace {

/// Reads what a view holds, so that a sanitizer sees it.
void require_inside(byte_view whole, byte_view part) {
    require(part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size()), "views lead into the bytes");
    unsigned sum = 0;
    for (const std::uint8_t byte : part) sum += byte;
    require(sum != ~0u, "bytes can be read");
}
void require_inside(byte_view whole, const key_info& info) {
    for (const byte_view view : {info.key.material, info.key.exponent, info.skid, info.serial, info.issuer, info.subject, info.certificate}) require_inside(whole, view);
    std::array<char, 24> shown{};
    require(key::display_name(info.subject, shown).size() <= shown.size(), "a name fits");
}
void require_inside(byte_view whole, const key::certificate& certificate) {
    for (const byte_view view : {certificate.whole, certificate.tbs, certificate.spki, certificate.key_bits, certificate.signature, certificate.signature_algorithm_oid,
                                 certificate.extended_key_usage})
        require_inside(whole, view);
    require_inside(whole, certificate.info);
    require_inside(whole, key::identified(certificate));
}

template <class Answer>
[[nodiscard]] bool is_answer(byte_view bytes, const Answer& answer) {
    if (answer) return true;
    require(answer.error().code != errc::none && answer.error().code != errc::not_checked, "a fault has a name");
    require(answer.error().offset <= bytes.size(), "a fault is where there are bytes");
    return false;
}

/// Tags in their places, every length as short as can be, nothing behind the end. What a string holds is not the format's: a signature
/// may look like DER.
void require_der(byte_view bytes) {
    const auto elements = node::list(bytes, false);
    if (!elements) return;  // long tags, which these formats do not have, but a name or parameters may hold
    octets out;
    for (const node& each : *elements) each.write(out);
    require(equal(out, bytes), "what strict has read is the same bytes when it is written anew");
}

void read_certificate(byte_view bytes) {
    const auto strict = key::parse_certificate(bytes), lenient = kernel::parse_certificate(bytes);
    if (is_answer(bytes, lenient)) require_inside(bytes, *lenient);
    if (!is_answer(bytes, strict)) return;
    require_inside(bytes, *strict);
    require_der(bytes);
    require(strict->info.fault == errc::none, "a certificate that strict has read can be used");
    require(lenient ? lenient->info.fault == errc::none : lenient.error().linux_errno() == linux_error::enopkg, "what strict reads, Linux reads or has no algorithm for");
}

void read_keys(byte_view bytes) {
    if (const auto any = key::parse_any(bytes); is_answer(bytes, any)) {
        require_inside(bytes, *any);
        if (der::begins_sequence(bytes)) require_der(bytes);
    }
    for (const linux_release& release : linux_releases) {
        linux_kernel of;
        of.release = release;
        of.has_ml_dsa = release.knows_ml_dsa;
        if (const auto key = kernel::parse_key(bytes, of); is_answer(bytes, key)) require_inside(bytes, *key);
    }
    if (const auto key = kernel::parse_user_key(bytes); is_answer(bytes, key)) require_inside(bytes, *key);
    if (const auto key = key::parse_digsig_name(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()))) require(key->size() == 8, "8 bytes");
    if (const auto inner = key::certificate_of_trusted(bytes)) require_inside(bytes, *inner);
    if (const auto first = keyring::first_certificate(bytes)) require_inside(bytes, *first);
    (void)keyring::are_concatenated(bytes);
    (void)key::find_foreign_form(bytes);
}

void read_ecdsa_values(byte_view bytes) {
    for (const auto curve : {key_algorithm::ecdsa_p256, key_algorithm::ecdsa_p384, key_algorithm::ecdsa_p521}) {
        const auto strict = key::parse_ecdsa_signature(curve, bytes);
        if (!is_answer(bytes, strict)) continue;
        require_der(bytes);
        const auto lenient = kernel::parse_ecdsa_signature(curve, bytes);
        require(lenient && equal(lenient->view(), strict->view()), "Linux reads the same numbers");
    }
}

void read_messages(byte_view bytes) {
    for (const auto use : {layout::cms::attribute_use::allowed, layout::cms::attribute_use::ml_dsa_only}) {
        const auto strict = layout::cms::parse(bytes, 0, use);
        if (is_answer(bytes, strict)) {
            require_inside(bytes, strict->other_signers);
            require_inside(bytes, strict->first_signer.signature);
            // Values of signed attributes that nobody reads are hashed as they are.
            if (!strict->first_signer.signed_attributes && strict->other_signers.empty()) require_der(bytes);
        }
        if (const auto lenient = kernel::parse_pkcs7(bytes, 0, use); is_answer(bytes, lenient)) require_inside(bytes, lenient->other_signers);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const octets bytes(data, data + size);  // a block of its own
    read_certificate(bytes);
    read_keys(bytes);
    read_ecdsa_values(bytes);
    read_messages(bytes);
    return 0;
}
