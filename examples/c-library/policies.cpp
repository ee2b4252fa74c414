// SPDX-License-Identifier: BSL-1.0
#include "policies.hpp"

#include <modsig/policy/combine.hpp>
#include <modsig/policy/linux_digsig.hpp>
#include <modsig/policy/linux_modsign.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/verifier.hpp>

#include <algorithm>
#include <array>
#include <iterator>

namespace c_library {
namespace {

namespace layout = modsig::layout;
namespace policy = modsig::policy;

/// The policies that read strictly, as one type: the verifier's code is there once, not three times.
struct strict_or_legacy : policy::rule {
    bool is_legacy = false, tolerates = false;

    template <class Call>
    [[nodiscard]] constexpr auto chosen(const Call& call) const {
        return is_legacy ? call(policy::legacy{}) : call(policy::strict{});
    }
    [[nodiscard]] constexpr modsig::errc allows(const modsig::claim_facts& claim, const modsig::context& context) const {
        return chosen([&](const auto& own) { return own.allows(claim, context); });
    }
    [[nodiscard]] constexpr modsig::ruling judge(const modsig::candidate& candidate, const modsig::context& context) const {
        return chosen([&](const auto& own) { return own.judge(candidate, context); });
    }
    [[nodiscard]] constexpr modsig::ruling suffices(std::span<const modsig::evidence> proven, const modsig::context& context) const {
        return chosen([&](const auto& own) { return own.suffices(proven, context); });
    }
    [[nodiscard]] constexpr bool permits(modsig::unproven_part part, std::span<const modsig::evidence> proven, const modsig::context& context) const {
        return chosen([&](const auto& own) { return own.permits(part, proven, context); });
    }
    [[nodiscard]] constexpr modsig::decision decide(modsig::undecided reason) const {
        return tolerates ? policy::permissive{}.decide(reason) : chosen([&](const auto& own) { return own.decide(reason); });
    }
};

/// The errno of init_module(2) while signatures are enforced, or that of the verification inside.
enum class errno_kind : std::uint8_t { inside, enforced };

/// One verifier a layout, tried in turn, so that any can be left out.
template <errno_kind Errno, class Policy, class... Layout>
class verifier_of final : public policy_verifier {
    const key_store& trust_;
    Policy policy_;
    std::array<bool, sizeof...(Layout)> is_wanted_;

    /// Whether the layout says that the signature is its own.
    template <class One>
    bool decides(const modsig::subject& subject, const modsig::context& context, modsig::appraisal& report) const {
        report = modsig::verifier<modsig::layouts<One>, engine, Policy>(trust_, policy_).appraise(subject, context);
        return !report.layout.empty();
    }

public:
    verifier_of(const key_store& trust, const layout_names& wanted, const Policy& own)
        : trust_(trust), policy_(own), is_wanted_{(wanted.empty() ? Layout::name != layout::mcuboot::name : std::ranges::count(wanted, Layout::name) != 0)...} {}

    [[nodiscard]] bool has_layout() const { return std::ranges::count(is_wanted_, true) != 0; }

    modsig::appraisal appraise(const modsig::subject& subject, const modsig::context& context) const override {
        modsig::appraisal report;
        std::size_t i = 0;
        (void)((is_wanted_[i++] && decides<Layout>(subject, context, report)) || ...);
        return report;
    }
    modsig::result<void> admits(modsig::byte_view key) const override {
        if constexpr (requires { Policy::admits(key); }) return Policy::admits(key);
        else return modsig::result<void>::success();
    }
    modsig::linux_error errno_of(const modsig::failure& reason) const override { return reason.linux_errno(Errno == errno_kind::enforced); }
};

template <errno_kind Errno, class... Layout, class Policy>
std::unique_ptr<policy_verifier> make(const key_store& trust, const layout_names& layouts, const Policy& own) {
    auto made = std::make_unique<verifier_of<Errno, Policy, Layout...>>(trust, layouts, own);
    if (!made->has_layout()) return nullptr;
    return made;
}

template <bool IsLegacy, bool Tolerates>
std::unique_ptr<policy_verifier> make_strict(const key_store& trust, const layout_names& layouts, const modsig::linux_kernel&) {
    const strict_or_legacy own{{}, IsLegacy, Tolerates};
    return [&]<class... Layout>(modsig::layouts<Layout...>) { return make<errno_kind::inside, Layout...>(trust, layouts, own); }(all_layouts{});
}
std::unique_ptr<policy_verifier> make_linux_modsign(const key_store& trust, const layout_names& layouts, const modsig::linux_kernel& kernel) {
    return make<errno_kind::enforced, layout::modsign>(trust, layouts, policy::linux_modsign{{}, kernel});
}
std::unique_ptr<policy_verifier> make_linux_modsign_relaxed(const key_store& trust, const layout_names& layouts, const modsig::linux_kernel& kernel) {
    return make<errno_kind::inside, layout::modsign>(trust, layouts, policy::tolerating{policy::linux_modsign{{}, kernel}});
}
std::unique_ptr<policy_verifier> make_linux_digsig(const key_store& trust, const layout_names& layouts, const modsig::linux_kernel&) {
    return make<errno_kind::inside, layout::digsig>(trust, layouts, policy::linux_digsig{});
}

constexpr policy_entry table[] = {
    {"strict", false, false, &make_strict<false, false>},
    {"legacy", false, false, &make_strict<true, false>},
    {"permissive", false, false, &make_strict<true, true>},
    {"linux-modsign", true, true, &make_linux_modsign},
    {"linux-modsign-relaxed", true, true, &make_linux_modsign_relaxed},
    {"linux-digsig", true, false, &make_linux_digsig},
};

}  // namespace

const policy_entry* find_policy(std::string_view name) {
    const auto* const found = std::ranges::find(table, name, &policy_entry::name);
    return found == std::end(table) ? nullptr : found;
}

}  // namespace c_library
