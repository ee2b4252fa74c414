// SPDX-License-Identifier: BSL-1.0
//
// AlgorithmIdentifier ::= SEQUENCE { algorithm OBJECT IDENTIFIER, parameters ANY OPTIONAL }  (RFC 5280, 4.1.1.2)
#ifndef MODSIG_DER_ALGORITHM_IDENTIFIER_HPP
#define MODSIG_DER_ALGORITHM_IDENTIFIER_HPP

#include <modsig/der/reader.hpp>

#include <optional>

namespace modsig::der {

struct algorithm_identifier {
    element whole{};
    element oid{};
    std::optional<element> parameters{};
};

/// Parameters are whatever they are: most fields want read_plain_algorithm_identifier().
template <reading Reading>
[[nodiscard]] constexpr algorithm_identifier read_algorithm_identifier(reader<Reading>& in) {
    algorithm_identifier id;
    id.whole = in.expect(tag_sequence);
    reader<Reading> fields = in.enter(id.whole);
    id.oid = fields.oid();
    if (!fields.at_end()) id.parameters = fields.any();
    fields.finish();
    // For lib/asn1_decoder.c the end-of-contents is parameters where there are none: it wants another one.
    if (!is_strict<Reading> && !id.parameters && id.whole.is_indefinite()) {
        const element end = in.any();
        if (end.tag != 0 || !end.content.empty()) in.fail(errc::bad_der, id.whole.offset);
    }
    return id;
}

/// Refuses parameters other than NULL as `bad_der`; Linux does not look at them.
template <reading Reading>
constexpr void refuse_parameters(reader<Reading>& in, const algorithm_identifier& id) {
    if (!is_strict<Reading> || !id.parameters) return;
    if (id.parameters->tag != tag_null || !id.parameters->content.empty()) in.fail(errc::bad_der, id.parameters->offset);
}

template <reading Reading>
[[nodiscard]] constexpr algorithm_identifier read_plain_algorithm_identifier(reader<Reading>& in) {
    const algorithm_identifier id = read_algorithm_identifier(in);
    refuse_parameters(in, id);
    return id;
}

}  // namespace modsig::der

#endif  // MODSIG_DER_ALGORITHM_IDENTIFIER_HPP
