// SPDX-License-Identifier: BSL-1.0
#include "verdict_sum.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace tool {

void verdict_sum::add(const judgement& one) {
    switch (one.answer.outcome) {
        case modsig::verdict::verified: ++verified_; return;
        case modsig::verdict::tolerated: ++tolerated_; break;
        case modsig::verdict::rejected: ++rejected_; break;
    }
    ++by_cause_[static_cast<std::size_t>(one.diagnosis.code)];
}

std::string verdict_sum::text() const {
    std::vector<std::pair<std::string_view, std::uint64_t>> labels;
    for (std::size_t i = 0; i != cause_count; ++i) {
        if (by_cause_[i] == 0) continue;
        const std::string_view label = i == 0 ? "refused" : entry_of(static_cast<cause>(i)).label;
        const auto known = std::ranges::find(labels, label, &std::pair<std::string_view, std::uint64_t>::first);
        if (known != labels.end()) known->second += by_cause_[i];
        else labels.emplace_back(label, by_cause_[i]);
    }
    std::string sum = (shard.empty() ? "" : "shard " + shard + ": ") + std::to_string(verified_) + " verified";
    for (const auto& [label, count] : labels) sum += ", " + std::to_string(count) + " " + std::string(label);
    if (tolerated_ != 0) sum += "; " + std::to_string(tolerated_) + " of these tolerated";
    return sum;
}

record verdict_sum::fields() const {
    value::counts causes;
    for (std::size_t i = 1; i != cause_count; ++i)
        if (by_cause_[i] != 0) causes.emplace_back(entry_of(static_cast<cause>(i)).word, by_cause_[i]);
    record sum{{"files", files()}, {"verified", verified_}, {"tolerated", tolerated_}, {"rejected", rejected_}, {"folder_links", folder_links}, {"causes", std::move(causes)}};
    if (!shard.empty()) sum.emplace(sum.begin(), "shard", shard);
    return sum;
}

}  // namespace tool
