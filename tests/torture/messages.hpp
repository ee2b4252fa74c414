// SPDX-License-Identifier: BSL-1.0
//
// The CMS messages of the corpus, each with the content beside it and the keys that its row trusts.
#ifndef MODSIG_TESTS_TORTURE_MESSAGES_HPP
#define MODSIG_TESTS_TORTURE_MESSAGES_HPP

#include "../support/corpus.hpp"
#include "mutate.hpp"
#include "witness.hpp"

#include <modsig/keyring/store.hpp>
#include <modsig/layout/modsign.hpp>
#include <modsig/policy/linux_modsign.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/verifier.hpp>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <optional>
#include <set>
#include <thread>

namespace torture {

using octets = std::vector<std::uint8_t>;

/// Both as blocks of their own and no larger than they are, so that a sanitizer notices who reads beyond them.
struct sample {
    std::string file;
    octets bytes, content;
    std::vector<std::string> keys;

    [[nodiscard]] subject beside() const {
        subject s{content};
        s.signature.source = signature_source::detached;
        s.signature.bytes = bytes;
        return s;
    }
};

enum class judge : std::uint8_t { strict, legacy, linux_modsign };
inline constexpr judge judges[] = {judge::strict, judge::legacy, judge::linux_modsign};
[[nodiscard]] inline const char* name(judge by) { return by == judge::strict ? "strict" : by == judge::legacy ? "legacy" : "linux_modsign"; }

/// What a row trusts, as strict and as Linux read it.
class trust {
    keyring::store<witness> strict_, linux_;
    static constexpr context at_{.now = 1790000000};  // within the validity of the corpus' certificates that are not expired

    template <class Policy>
    static appraisal appraise(const keyring::store<witness>& ring, const subject& s) {
        return verifier<layouts<layout::modsign>, witness, Policy>{ring}.appraise(s, at_);
    }

public:
    explicit trust(const sample& of) {
        for (const std::string& name : of.keys) {
            const octets blob = corpus::file(name);
            // A key that cannot be used is left out: strict reads no RSA-512, Linux no RSA-768.
            (void)strict_.add<strict_reading>(blob);
            (void)linux_.add<linux_reading>(blob);
        }
    }

    [[nodiscard]] appraisal judged(judge by, const subject& s) const {
        witness::forget_proofs();
        switch (by) {
            case judge::strict: return appraise<policy::strict>(strict_, s);
            case judge::legacy: return appraise<policy::legacy>(strict_, s);
            case judge::linux_modsign: break;
        }
        return appraise<policy::linux_modsign>(linux_, s);
    }
    [[nodiscard]] bool accepts(judge by, const subject& s) const { return judged(by, s).outcome == verdict::verified; }
};

/// Every message once. `key` columns that name nothing trust nothing.
[[nodiscard]] inline std::vector<sample> all_messages() {
    std::vector<sample> found;
    std::set<std::string> seen;
    for (const auto& row : corpus::rows({"modsign", "pkcs7-detached"})) {
        sample m;
        m.file = row.file;
        if (row.key != "-") m.keys = corpus::split(row.key, ',');
        octets whole = corpus::file(row.file);
        if (row.format == "modsign") {
            const auto where = layout::modsign::find(subject{whole});
            if (!where) continue;
            const auto blob = *slice(whole, where->blob), content = *slice(whole, where->content);
            m.bytes.assign(blob.begin(), blob.end());
            m.content.assign(content.begin(), content.end());
        } else {
            m.bytes = std::move(whole);
            m.content = corpus::file(row.payload);
        }
        if (seen.insert(text_of({m.bytes, m.content}) + row.key).second) found.push_back(std::move(m));
    }
    return found;
}

/// Messages of different forms or verdicts; those that differ in names and numbers only are repeats. Each change of signed
/// attributes costs a verification of its own: there the sizes of headers make no form. Nowhere, if `tags_only`.
[[nodiscard]] inline std::vector<sample> without_repeats(const std::vector<sample>& all, bool tags_only = false) {
    std::vector<sample> found;
    std::set<std::string> seen;
    for (const sample& m : all) {
        witness::begin(m.content);
        const trust keys(m);
        std::string kind = form(m.bytes);
        if (tags_only || has(m.bytes, part::signed_attributes)) std::erase(kind, 'l');
        for (const judge by : judges) kind += std::string(modsig::name(keys.judged(by, m.beside()).why.code)) + ',';
        if (seen.insert(kind).second) found.push_back(m);
    }
    return found;
}

/// Whether everything is asked for, not only one message of each form (MODSIG_TORTURE=all).
[[nodiscard]] inline bool is_thorough() {
    const char* wanted = std::getenv("MODSIG_TORTURE");
    return wanted != nullptr && std::string(wanted) == "all";
}

/// Calls `use(index)` for each index below `count`, by as many threads as there are processors.
template <class Use>
void in_parallel(std::size_t count, Use use) {
    std::atomic<std::size_t> next{0};
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < std::max(1u, std::thread::hardware_concurrency()); ++i)
        threads.emplace_back([&] {
            for (std::size_t index; (index = next++) < count;) use(index);
        });
    for (std::thread& each : threads) each.join();
}

[[nodiscard]] inline std::size_t signers_of(const sample& m) {
    std::size_t count = 0;
    for (const place& each : places(m.bytes)) count += each.where == part::identifier && each.whole_part && each.is_tag;
    return count;
}

}  // namespace torture

#endif  // MODSIG_TESTS_TORTURE_MESSAGES_HPP
