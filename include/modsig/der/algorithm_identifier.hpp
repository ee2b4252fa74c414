// SPDX-License-Identifier: BSL-1.0
//
// AlgorithmIdentifier ::= SEQUENCE { algorithm OBJECT IDENTIFIER, parameters ANY OPTIONAL }  (RFC 5280, 4.1.1.2)
#ifndef MODSIG_DER_ALGORITHM_IDENTIFIER_HPP
#define MODSIG_DER_ALGORITHM_IDENTIFIER_HPP

#include <modsig/der/reader.hpp>

#include <optional>

namespace modsig::der {

/// A parsed AlgorithmIdentifier. Views alias the bytes read.
struct algorithm_identifier {
    element whole{};                      ///< the SEQUENCE
    element oid{};                        ///< its first element
    std::optional<element> parameters{};  ///< any one element; nothing where there is none
};

/// `read_algorithm_identifier` reads the next AlgorithmIdentifier. The parameters are not checked. Errors: those of
/// der::reader.
[[nodiscard]] constexpr algorithm_identifier read_algorithm_identifier(reader& in) {
    algorithm_identifier id;
    id.whole = in.expect(tag_sequence);
    reader fields = in.enter(id.whole);
    id.oid = fields.oid();
    if (!fields.at_end()) id.parameters = fields.any();
    fields.finish();
    return id;
}

/// `refuse_parameters` accepts absent parameters and NULL; any others are `bad_der`.
constexpr void refuse_parameters(reader& in, const algorithm_identifier& id) {
    if (!id.parameters) return;
    if (id.parameters->tag != tag_null || !id.parameters->content.empty()) in.fail(errc::bad_der, id.parameters->offset);
}

/// `require_null_parameters` accepts NULL only, else `bad_der`: rsaEncryption (RFC 3370, section 3.2; RFC 3279, section 2.3.1).
constexpr void require_null_parameters(reader& in, const algorithm_identifier& id) {
    if (!in.failed() && !id.parameters) in.fail(errc::bad_der, id.whole.offset);
    refuse_parameters(in, id);
}

/// `require_no_parameters` accepts absent parameters only, else `bad_der`: ECDSA (RFC 5758, section 3.2), Ed25519 (RFC 8410,
/// section 3), ML-DSA (RFC 9881, section 2).
constexpr void require_no_parameters(reader& in, const algorithm_identifier& id) {
    if (id.parameters) in.fail(errc::bad_der, id.parameters->offset);
}

/// An AlgorithmIdentifier whose parameters are absent or NULL, else `bad_der`.
[[nodiscard]] constexpr algorithm_identifier read_plain_algorithm_identifier(reader& in) {
    const algorithm_identifier id = read_algorithm_identifier(in);
    refuse_parameters(in, id);
    return id;
}

}  // namespace modsig::der

#endif  // MODSIG_DER_ALGORITHM_IDENTIFIER_HPP
