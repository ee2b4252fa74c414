// SPDX-License-Identifier: BSL-1.0
//
// How much work one image may cause, whatever its bytes. One budget is used for the whole appraisal of a signature; a signature
// that exceeds it is refused as `too_costly`, whatever else is found.
#ifndef MODSIG_LIMITS_HPP
#define MODSIG_LIMITS_HPP

#include <cstddef>
#include <cstdint>

namespace modsig {

/// What one image may have and cause.
struct limits {
    std::size_t signers = 16;        ///< in one message
    std::size_t certificates = 16;   ///< in one message
    std::size_t path_length = 8;     ///< certificates, from the signer's up to the last below the trust anchor
    std::size_t search_steps = 256;  ///< searches for the issuer of a certificate, on all paths together
    std::size_t checks = 32;         ///< signatures calculated with trusted keys, or with keys that a trusted one vouches for
    std::size_t unknown_checks = 0;  ///< signatures calculated with keys that no trusted key vouches for
    std::size_t rsa_bits = 8192;     ///< of RSA's modulus
    std::size_t exponent_bits = 33;  ///< of RSA's public exponent: 65537 has 17, 2^32 + 1 has 33

    /// Whether an RSA key of these lengths in bits may be calculated with. The time grows with the square of the modulus' length
    /// and with the exponent's length, and an unknown signer may choose an exponent as long as the modulus.
    [[nodiscard]] constexpr bool allow_rsa(std::size_t modulus, std::size_t exponent) const { return modulus <= rsa_bits && exponent <= exponent_bits; }
};

/// For the strict reading, which never calculates with a key that no trusted key vouches for.
inline constexpr limits strict_limits{};

/// For Linux's reading, which calculates with the certificates of a message before it looks for a trusted key. The kernel has no
/// limits; these are the one deviation from it.
inline constexpr limits linux_limits{
    .signers = 32, .certificates = 64, .path_length = 64, .search_steps = 1024, .checks = 32, .unknown_checks = 16, .rsa_bits = 16384, .exponent_bits = 64};

/// What is left of the limits. `spend_*` is false when nothing is left; the appraisal then ends with `too_costly`.
class budget {
    std::size_t checks_ = 0, unknown_checks_ = 0, search_steps_ = 0;
    bool spent_ = false;

    constexpr bool spend(std::size_t& left) {
        if (left == 0) {
            spent_ = true;
            return false;
        }
        --left;
        return true;
    }

public:
    /// A budget of `total`, all of it left.
    constexpr explicit budget(const limits& total) : checks_(total.checks), unknown_checks_(total.unknown_checks), search_steps_(total.search_steps) {}

    /// Whether one more check with a trusted key may be calculated.
    [[nodiscard]] constexpr bool spend_check() { return spend(checks_); }
    /// Whether one more check with an unknown key may be calculated.
    [[nodiscard]] constexpr bool spend_unknown_check() { return spend(unknown_checks_); }
    /// Whether one more issuer may be searched for.
    [[nodiscard]] constexpr bool spend_search_step() { return spend(search_steps_); }
    /// Whether more was to be spent than was left: then the result of the appraisal does not count.
    [[nodiscard]] constexpr bool is_spent() const { return spent_; }
};

}  // namespace modsig

#endif  // MODSIG_LIMITS_HPP
