// SPDX-License-Identifier: BSL-1.0
//
// What the tool's exit status says. A script can tell "not signed" from "wrong key" from "broken".
#ifndef MODSIG_TOOL_EXIT_STATUS_HPP
#define MODSIG_TOOL_EXIT_STATUS_HPP

#include <modsig/errc.hpp>

#include <optional>

namespace tool {

enum class exit_status : int {
    good = 0,            // everything verified, or tolerated
    bad_signature = 1,   // or refusals of several kinds
    usage = 2,
    not_signed = 3,
    unknown_key = 4,
    refused = 5,         // by policy: weak, revoked, expired, usage, too few signers
    malformed = 6,
    unreadable = 7,      // a file or a key
};

[[nodiscard]] constexpr exit_status status_of(modsig::errc code) {
    using modsig::stage;
    if (code == modsig::errc::none) return exit_status::good;
    switch (modsig::entry_of(code).at) {
        case stage::unsigned_file: return exit_status::not_signed;
        case stage::finding:
        case stage::syntax:
        case stage::support:
        case stage::consistency:
        case stage::key_form: return exit_status::malformed;
        case stage::algorithm:
        case stage::key_rule:
        case stage::signers: return exit_status::refused;
        case stage::key_lookup: return exit_status::unknown_key;
        case stage::outside: return exit_status::unreadable;
        case stage::key_kind:
        case stage::arithmetic:
        case stage::nothing: break;
    }
    return exit_status::bad_signature;
}

/// The status of many files: that of the refusals when they are all of one kind.
class overall_status {
    std::optional<exit_status> refusal_;

public:
    constexpr void add(exit_status one) {
        if (one == exit_status::good) return;
        refusal_ = !refusal_ || *refusal_ == one ? one : exit_status::bad_signature;
    }
    [[nodiscard]] constexpr exit_status get() const { return refusal_.value_or(exit_status::good); }
};

}  // namespace tool

#endif  // MODSIG_TOOL_EXIT_STATUS_HPP
