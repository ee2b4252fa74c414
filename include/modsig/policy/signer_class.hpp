// SPDX-License-Identifier: BSL-1.0
//
// The kinds of signature that a message must have: removing the strong signature of a message must not leave one that is still
// accepted for its weak signature.
#ifndef MODSIG_POLICY_SIGNER_CLASS_HPP
#define MODSIG_POLICY_SIGNER_CLASS_HPP

#include <modsig/policy/combine.hpp>

#include <cstddef>
#include <span>
#include <string_view>

namespace modsig {

/// `post_quantum`: not known to be broken by a quantum computer; `classical`: all others.
enum class signer_class : std::uint8_t {
    rsa,           ///< RSA of any padding
    ecdsa,         ///< ECDSA on a NIST curve
    ed25519,       ///< Ed25519
    ml_dsa,        ///< ML-DSA
    post_quantum,  ///< ML-DSA
    classical,     ///< all others
};

/// A row of signer_class_table.
struct signer_class_entry {
    signer_class id;        ///< the class
    std::string_view name;  ///< for options and reports
};
/// The classes by name.
inline constexpr signer_class_entry signer_class_table[] = {
    {signer_class::rsa, "rsa"},       {signer_class::ecdsa, "ecdsa"},     {signer_class::ed25519, "ed25519"},
    {signer_class::ml_dsa, "ml-dsa"}, {signer_class::post_quantum, "pq"}, {signer_class::classical, "classical"},
};

/// `is_of`: whether a key of this algorithm belongs to the class.
[[nodiscard]] constexpr bool is_of(signer_class kind, key_algorithm key) {
    switch (kind) {
        case signer_class::rsa: return key == key_algorithm::rsa;
        case signer_class::ecdsa: return is_ecdsa(key);
        case signer_class::ed25519: return key == key_algorithm::ed25519;
        case signer_class::ml_dsa:
        case signer_class::post_quantum: return is_ml_dsa(key);
        case signer_class::classical: return key != key_algorithm::none && !is_ml_dsa(key);
    }
    return false;
}

/// `find_signer_class` returns the row of a name; null for an unknown name.
[[nodiscard]] constexpr const signer_class_entry* find_signer_class(std::string_view name) {
    for (const signer_class_entry& row : signer_class_table)
        if (row.name == name) return &row;
    return nullptr;
}

namespace policy {

/// At least `count` distinct signers of a class, as `threshold` counts signers (`too_few_signers`).
struct signers_of {
    signer_class which = signer_class::post_quantum;  ///< whom to count
    std::size_t count = 1;                            ///< distinct signers of the class; 0 is 1

    /// `too_few_signers` below the number.
    [[nodiscard]] constexpr ruling suffices(std::span<const evidence> proven) const {
        const std::size_t found = independent_signers(proven, [&](const evidence& each) { return is_of(which, each.key().key.algorithm); });
        return ruling::unless(found < count ? errc::too_few_signers : errc::none);
    }
};

/// At least one proven signer of the class: all_of<strict, at_least_one<signer_class::post_quantum>>.
template <signer_class Which>
struct at_least_one : rule {
    /// `too_few_signers` where no signer is of the class.
    [[nodiscard]] constexpr ruling suffices(std::span<const evidence> proven, const context&) const { return signers_of{Which, 1}.suffices(proven); }
};
static_assert(explain_trust_policy<at_least_one<signer_class::post_quantum>>());

/// Decides as P, but every signer of a message must be proven, whatever P permits.
template <trust_policy P>
struct all_signers : P {
    constexpr all_signers() = default;
    /// `policy`, with every signer proven.
    constexpr explicit all_signers(P policy) : P(std::move(policy)) {}

    /// What P permits, except unknown signers.
    [[nodiscard]] constexpr bool permits(unproven_part part, std::span<const evidence> proven, const context& context) const {
        return part != unproven_part::signer && P::permits(part, proven, context);
    }
};
static_assert(explain_trust_policy<all_signers<rule>>());

}  // namespace policy
}  // namespace modsig

#endif  // MODSIG_POLICY_SIGNER_CLASS_HPP
