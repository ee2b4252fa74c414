// SPDX-License-Identifier: BSL-1.0
//
// AlgorithmIdentifier, as crypto/asymmetric_keys/x509.asn1 and pkcs7.asn1 have it: parameters are any one element.
#ifndef MODSIG_LINUX_ASN1_ALGORITHM_IDENTIFIER_HPP
#define MODSIG_LINUX_ASN1_ALGORITHM_IDENTIFIER_HPP

#include <modsig/der/algorithm_identifier.hpp>
#include <modsig/linux/asn1/reader.hpp>

namespace modsig::kernel {

using der::algorithm_identifier;

[[nodiscard]] constexpr algorithm_identifier read_algorithm_identifier(asn1_reader& in) {
    algorithm_identifier id;
    id.whole = in.expect(der::tag_sequence);
    asn1_reader fields = in.enter(id.whole);
    id.oid = fields.oid();
    if (!fields.at_end()) id.parameters = fields.any();
    fields.finish();
    // For lib/asn1_decoder.c the end-of-contents is parameters where there are none: it wants another one.
    if (!id.parameters && is_indefinite(id.whole)) {
        const element end = in.any();
        if (end.tag != 0 || !end.content.empty()) in.fail(errc::bad_der, id.whole.offset);
    }
    return id;
}

}  // namespace modsig::kernel

#endif  // MODSIG_LINUX_ASN1_ALGORITHM_IDENTIFIER_HPP
