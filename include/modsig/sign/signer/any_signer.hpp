// SPDX-License-Identifier: BSL-1.0
//
// A signer whose kind is known only when the program runs: a key file, a token, a command.
#ifndef MODSIG_SIGN_SIGNER_ANY_SIGNER_HPP
#define MODSIG_SIGN_SIGNER_ANY_SIGNER_HPP

#include <modsig/sign/signer.hpp>

#include <memory>
#include <utility>

namespace modsig::sign {

/// Models `signer` by the one that it was given. Movable, never copied. As safe to share between threads as that one is.
class any_signer {
    struct interface {
        virtual ~interface() = default;
        [[nodiscard]] virtual const key_info& info() const = 0;
        [[nodiscard]] virtual result<bytes> sign(const to_sign& input) const = 0;
    };
    template <signer S>
    struct holder final : interface {
        S held;
        explicit holder(S&& given) : held(std::move(given)) {}
        const key_info& info() const override { return held.info(); }
        result<bytes> sign(const to_sign& input) const override { return held.sign(input); }
    };
    std::unique_ptr<const interface> signer_;

public:
    /// Takes the signer over.
    template <signer S>
    explicit any_signer(S given) : signer_(std::make_unique<holder<S>>(std::move(given))) {}

    /// The signer's.
    [[nodiscard]] const key_info& info() const { return signer_->info(); }
    /// The signer's. Errors: the signer's.
    [[nodiscard]] result<bytes> sign(const to_sign& input) const { return signer_->sign(input); }
};
static_assert(explain_signer<any_signer>());

}  // namespace modsig::sign

#endif  // MODSIG_SIGN_SIGNER_ANY_SIGNER_HPP
