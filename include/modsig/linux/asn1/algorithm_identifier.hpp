// SPDX-License-Identifier: BSL-1.0
//
// AlgorithmIdentifier of crypto/asymmetric_keys/x509.asn1 and pkcs7.asn1: the parameters are any one element.
#ifndef MODSIG_LINUX_ASN1_ALGORITHM_IDENTIFIER_HPP
#define MODSIG_LINUX_ASN1_ALGORITHM_IDENTIFIER_HPP

#include <modsig/der/algorithm_identifier.hpp>
#include <modsig/linux/asn1/reader.hpp>

namespace modsig::kernel {

using der::algorithm_identifier;

/// `read_algorithm_identifier` reads the next AlgorithmIdentifier. The parameters are not checked.
[[nodiscard]] constexpr algorithm_identifier read_algorithm_identifier(asn1_reader& in) {
    algorithm_identifier id;
    asn1_reader fields = in.enter(der::tag_sequence);
    id.oid = fields.oid();
    if (!fields.at_bound()) id.parameters = fields.any();  // may read the end-of-contents; then another one must follow
    fields.finish();
    id.whole = fields.entered();
    return id;
}

}  // namespace modsig::kernel

#endif  // MODSIG_LINUX_ASN1_ALGORITHM_IDENTIFIER_HPP
