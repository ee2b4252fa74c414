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
    asn1_reader fields = in.enter(der::tag_sequence);
    id.oid = fields.oid();
    if (!fields.at_bound()) id.parameters = fields.any();  // be it the end-of-contents: another one has to follow
    fields.finish();
    id.whole = fields.entered();
    return id;
}

}  // namespace modsig::kernel

#endif  // MODSIG_LINUX_ASN1_ALGORITHM_IDENTIFIER_HPP
