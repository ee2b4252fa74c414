// SPDX-License-Identifier: BSL-1.0
//
// Policies by name. In the library they are types; here each one's verifier stands behind an interface. A new policy is one line in
// policies.cpp.
#ifndef MODSIG_C_POLICIES_HPP
#define MODSIG_C_POLICIES_HPP

#include "engine.hpp"
#include "layout_names.hpp"

#include <modsig/keyring/store.hpp>
#include <modsig/linux/kernel.hpp>
#include <modsig/policy.hpp>
#include <modsig/verified.hpp>

#include <memory>
#include <string_view>

namespace c_library {

using key_store = modsig::keyring::store<engine>;

/// Const members are thread-safe.
class policy_verifier {
public:
    virtual ~policy_verifier() = default;

    [[nodiscard]] virtual modsig::appraisal appraise(const modsig::subject& subject, const modsig::context& context) const = 0;
    /// Whether the policy's keyring takes anything of this kind.
    [[nodiscard]] virtual modsig::result<void> admits(modsig::byte_view key) const = 0;
    /// Of the system call where the policy's kernel has one, otherwise of the verification inside.
    [[nodiscard]] virtual modsig::linux_error errno_of(const modsig::failure& reason) const = 0;
};

struct policy_entry {
    std::string_view name;
    bool is_linux;    // keys are read as Linux reads them
    bool has_kernel;  // the answers depend on it
    /// `layouts`: which of the policy's are tried; none: the default. Null where the policy knows none of them. The keyring must
    /// outlive the verifier.
    std::unique_ptr<policy_verifier> (*make)(const key_store& trust, const layout_names& layouts, const modsig::linux_kernel& kernel);
};

/// Null: no policy has this name.
[[nodiscard]] const policy_entry* find_policy(std::string_view name);

}  // namespace c_library

#endif  // MODSIG_C_POLICIES_HPP
