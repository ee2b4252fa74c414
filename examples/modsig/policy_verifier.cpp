// SPDX-License-Identifier: BSL-1.0
#include "policy_verifier.hpp"

#include <modsig/batch.hpp>
#include <modsig/batch/packed_modules.hpp>
#include <modsig/layout/bpf.hpp>
#include <modsig/layout/digsig.hpp>
#include <modsig/layout/evm.hpp>
#include <modsig/layout/fsverity.hpp>
#include <modsig/layout/ima.hpp>
#include <modsig/layout/mcuboot.hpp>
#include <modsig/layout/modsign.hpp>
#include <modsig/policy/combine.hpp>
#include <modsig/policy/linux_digsig.hpp>
#include <modsig/policy/linux_ima.hpp>
#include <modsig/policy/linux_modsign.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/verifier.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>
#include <type_traits>
#include <utility>

namespace tool {
namespace {

/// P with what the command line adds: so many distinct signers, and perhaps others beside them.
template <modsig::trust_policy P>
struct with_options : P {
    modsig::policy::threshold threshold{};
    bool allows_other_signers = false, requires_all_signers = false;
    std::span<const modsig::policy::signers_of> required{};

    [[nodiscard]] constexpr modsig::ruling suffices(std::span<const modsig::evidence> proven, const modsig::context& context) const {
        const modsig::ruling own = P::suffices(proven, context);
        if (!own.allows()) return own;
        for (const modsig::policy::signers_of& each : required)
            if (const modsig::ruling answer = each.suffices(proven); !answer.allows()) return answer;
        return threshold.suffices(proven, context);
    }
    [[nodiscard]] constexpr bool permits(modsig::unproven_part part, std::span<const modsig::evidence> proven, const modsig::context& context) const {
        if (requires_all_signers && part == modsig::unproven_part::signer) return false;
        return P::permits(part, proven, context) || (allows_other_signers && part == modsig::unproven_part::signer);
    }
};

/// A file batch as modsig::batch wants it.
struct paths_of {
    const file_batch& files;
    [[nodiscard]] std::size_t size() const { return files.size(); }
    [[nodiscard]] const std::string& operator[](std::size_t i) const { return files.path(i); }
};
struct rules_of {
    using answer = judgement;
    using unpacker = modsig::batch::module_unpacker;
    const file_batch& files;
    [[nodiscard]] bool is_plain(std::size_t i) const { return files.is_plain(i); }
    [[nodiscard]] bool is_packed(std::size_t i) const { return files.is_packed(i); }
    [[nodiscard]] modsig::batch::opening unpack(std::size_t i, unpacker& own, modsig::batch::unpacked_images& images, std::optional<modsig::decompression_output>& module) const {
        return files.unpack(i, own, images, module);
    }
    [[nodiscard]] judgement settled(std::size_t i, const modsig::subject& s, const modsig::appraisal& found) const { return files.settled(i, s, found); }
    [[nodiscard]] judgement alone(std::size_t i) const { return files.alone(i); }
};

/// The engine, or what a batch has in its place: behind an interface, so that verifiers are compiled once for both.
class arithmetic {
public:
    virtual ~arithmetic() = default;
    [[nodiscard]] virtual modsig::result<modsig::digest_value> digest(modsig::digest_id id, std::span<const modsig::byte_view> parts) const = 0;
    [[nodiscard]] virtual modsig::result<void> check(const engine::prepared_key& key, const modsig::to_check& input) const = 0;
};
template <class Arithmetic>
class arithmetic_of final : public arithmetic {
    const Arithmetic& own_;

public:
    explicit arithmetic_of(const Arithmetic& own) : own_(own) {}
    modsig::result<modsig::digest_value> digest(modsig::digest_id id, std::span<const modsig::byte_view> parts) const override {
        return own_.digest(id, parts);
    }
    modsig::result<void> check(const engine::prepared_key& key, const modsig::to_check& input) const override { return own_.check(key, input); }
};

/// Judges many files at once.
class batching : public policy_verifier {
    const modsig::keyring_view<engine>& trust_;
    bool found_from_end_;

    /// What a batch asks of a verifier: batches are compiled twice, not once a policy.
    template <bool FoundFromEnd>
    struct as_verifier {
        const batching& verifier;
        using engine = tool::engine;
        static constexpr bool found_from_end = FoundFromEnd;
        [[nodiscard]] const modsig::keyring_view<engine>& trust() const { return verifier.trust(); }
        template <class Arithmetic>
        [[nodiscard]] modsig::appraisal appraise(const modsig::subject& s, const modsig::context& context, const Arithmetic& own) const {
            return verifier.appraise_with(arithmetic_of<Arithmetic>(own), s, context);
        }
        [[nodiscard]] modsig::appraisal appraise(const modsig::subject& s, const modsig::context& context) const {
            return verifier.appraise(s, context);
        }
    };
    template <bool FoundFromEnd>
    void appraise_all(file_batch& files, const modsig::batch::options& options) const {
        modsig::batch::appraise(as_verifier<FoundFromEnd>{*this}, paths_of{files}, rules_of{files},
                             [&](std::size_t i, judgement&& judged) { files.take(i, std::move(judged)); }, options);
    }

public:
    batching(const key_store& trust, bool found_from_end) : trust_(trust.view()), found_from_end_(found_from_end) {}

    [[nodiscard]] const modsig::keyring_view<engine>& trust() const { return trust_; }
    [[nodiscard]] virtual modsig::appraisal appraise_with(const arithmetic& own, const modsig::subject& s, const modsig::context& context) const = 0;
    modsig::appraisal appraise(const modsig::subject& s, const modsig::context& context) const override {
        return appraise_with(arithmetic_of<engine>(engine{}), s, context);
    }
    modsig::appraisal appraise(modsig::batch::windowed_file& file, const modsig::subject& s, const modsig::context& context, std::uint64_t limit) const override {
        return found_from_end_ ? modsig::batch::appraise(as_verifier<true>{*this}, file, s, context, limit)
                               : modsig::batch::appraise(as_verifier<false>{*this}, file, s, context, limit);
    }
    void appraise_all(file_batch& files, std::size_t threads, std::int64_t now) const override {
        modsig::batch::options options;
        options.threads = threads;
        options.at.now = now;
        found_from_end_ ? appraise_all<true>(files, options) : appraise_all<false>(files, options);
    }
};

/// One verifier a layout, asked in turn, so that any of them can be left out.
template <bool Enforcing, class Policy, class... Layout>
class policy_verifier_of final : public batching {
    with_options<Policy> policy_{};
    std::vector<modsig::policy::signers_of> required_{};  // the policy views them
    std::array<bool, sizeof...(Layout)> wanted_{};

public:
    policy_verifier_of(const key_store& trust, const verifier_options& options)
        : batching(trust, modsig::layouts<Layout...>::found_from_end),
          required_(options.required), wanted_{(options.layouts.empty() || std::ranges::count(options.layouts, Layout::name) != 0)...} {
        policy_.threshold.signers = options.threshold;
        policy_.allows_other_signers = options.allow_other_signers;
        policy_.requires_all_signers = options.require_all_signers;
        policy_.required = required_;
        if constexpr (requires { policy_.kernel; }) policy_.kernel = options.kernel;
    }
    [[nodiscard]] bool has_layout() const { return std::ranges::count(wanted_, true) != 0; }

    modsig::appraisal appraise_with(const arithmetic& own, const modsig::subject& s, const modsig::context& context) const override {
        modsig::appraisal answer;
        std::size_t i = 0;
        (void)((wanted_[i++] && ask<Layout>(s, context, own, answer)) || ...);
        return answer;
    }

    modsig::result<void> admits(modsig::byte_view key) const override {
        if constexpr (requires { Policy::admits(key); }) return Policy::admits(key);
        else return modsig::result<void>::success();
    }
    modsig::result<void> judge_key(const modsig::key_info& key, const modsig::context& context) const override {
        const modsig::claim nothing_claimed;
        const modsig::errc code = key.fault != modsig::errc::none ? key.fault : policy_.judge(modsig::candidate(nothing_claimed, key), context).reason();
        if (code == modsig::errc::none) return modsig::result<void>::success();
        return completed(code);
    }
    modsig::failure completed(modsig::failure why) const override {
        if constexpr (requires { Policy::errno_of(why); }) why.linux_specific = Policy::errno_of(why);
        return why;
    }
    modsig::linux_error errno_of(const modsig::failure& why) const override {
        return why.code == modsig::errc::none ? modsig::linux_error::none : why.linux_errno(Enforcing);
    }

private:
    /// Whether the layout says that the signature is its own.
    template <class One>
    bool ask(const modsig::subject& s, const modsig::context& context, const arithmetic& own, modsig::appraisal& answer) const {
        answer = modsig::verifier<modsig::layouts<One>, engine, with_options<Policy>>(trust(), policy_).appraise(s, context, own);
        return !answer.layout.empty();
    }
};

template <bool Enforcing, class Policy, class... Layout>
std::unique_ptr<policy_verifier> make(const key_store& trust, const verifier_options& options) {
    auto made = std::make_unique<policy_verifier_of<Enforcing, Policy, Layout...>>(trust, options);
    if (!made->has_layout()) return nullptr;
    return made;
}

/// The errno shown is that of the system call (`enforced`) or of the verification inside.
constexpr bool enforced = true, inside = false;

template <bool Enforcing, class Policy, class... Layout>
constexpr policy_entry entry(std::string_view name) {
    return {name, std::is_same_v<typename Policy::reading, modsig::linux_reading>, requires(Policy p) { p.kernel; }, &make<Enforcing, Policy, Layout...>};
}

namespace layout = modsig::layout;
namespace policy = modsig::policy;

/// A BPF program is judged as one alone.
bool is_about_bpf(const verifier_options& options) { return std::ranges::count(options.layouts, layout::bpf::name) != 0; }

/// Layouts in the order in which they are tried. Firmware images only where they are asked for: no module is one, and theirs
/// are not found from the end, which takes files out of a batch.
template <class Policy>
std::unique_ptr<policy_verifier> make_any(const key_store& trust, const verifier_options& options) {
    if (is_about_bpf(options)) return make<inside, Policy, layout::bpf>(trust, options);
    if (std::ranges::count(options.layouts, layout::mcuboot::name) != 0)
        return make<inside, Policy, layout::modsign, layout::evm, layout::ima, layout::digsig, layout::mcuboot>(trust, options);
    if (std::ranges::count(options.layouts, layout::fsverity::name) != 0)
        return make<inside, Policy, layout::fsverity, layout::modsign, layout::evm, layout::ima, layout::digsig>(trust, options);
    return make<inside, Policy, layout::modsign, layout::evm, layout::ima, layout::digsig>(trust, options);
}
template <class Policy>
constexpr policy_entry any_layout(std::string_view name) {
    return {name, std::is_same_v<typename Policy::reading, modsig::linux_reading>, requires(Policy p) { p.kernel; }, &make_any<Policy>};
}

/// The errno of bpf(2) is that of the verification inside.
std::unique_ptr<policy_verifier> make_linux_modsign(const key_store& trust, const verifier_options& options) {
    if (is_about_bpf(options)) return make<inside, policy::linux_modsign, layout::bpf>(trust, options);
    return make<enforced, policy::linux_modsign, layout::modsign>(trust, options);
}

/// To IMA the container of 2012 is content like any other: it knows version 1 as an attribute.
struct digsig_beside : layout::digsig {
    [[nodiscard]] static constexpr modsig::result<modsig::located> find(const modsig::subject& subject) {
        if (subject.signature.source == modsig::signature_source::image) return modsig::failure{modsig::errc::no_signature, subject.image.size()};
        return layout::digsig::find(subject);
    }
};

}  // namespace
}  // namespace tool

template <>
struct modsig::kernel::layout_of<tool::digsig_beside> : modsig::kernel::layout_of<modsig::layout::digsig> {
    [[nodiscard]] static constexpr modsig::result<modsig::located> find(const modsig::subject& subject, const modsig::linux_kernel& kernel = {}) {
        if (subject.signature.source == modsig::signature_source::image) return modsig::failure{modsig::errc::no_signature, subject.image.size()};
        const auto where = layout_of<modsig::layout::digsig>::find(subject);
        if (where && kernel.wants_file_ids) return modsig::failure{modsig::errc::no_rule_allows, 1, modsig::linux_error::einval};
        return where;
    }
};

namespace tool {
namespace {

constexpr policy_entry table[] = {
    any_layout<policy::strict>("strict"),
    any_layout<policy::legacy>("legacy"),
    any_layout<policy::permissive>("permissive"),
    {"linux-modsign", true, true, &make_linux_modsign},
    entry<inside, policy::tolerating<policy::linux_modsign>, layout::modsign>("linux-modsign-relaxed"),
    entry<inside, policy::linux_ima, layout::modsign, layout::evm, layout::ima, digsig_beside>("linux-ima"),
    entry<inside, policy::linux_digsig, layout::digsig>("linux-digsig"),
};

}  // namespace

bool add_requirement(verifier_options& options, std::string_view text) {
    if (text == "all") return options.require_all_signers = true;
    const std::size_t equals = text.find('=');
    const auto* const which = modsig::find_signer_class(text.substr(0, equals));
    std::size_t count = 1;
    if (equals != std::string_view::npos) {
        const char* const end = text.data() + text.size();
        const auto [rest, fault] = std::from_chars(text.data() + equals + 1, end, count);
        if (fault != std::errc{} || rest != end || count == 0) return false;
    }
    if (which == nullptr) return false;
    options.required.push_back({which->id, count});
    return true;
}

std::span<const policy_entry> policies() { return table; }

const policy_entry* find_policy(std::string_view name) {
    const auto* const found = std::ranges::find(table, name, &policy_entry::name);
    return found == std::end(table) ? nullptr : found;
}

}  // namespace tool
