// SPDX-License-Identifier: BSL-1.0
//
// What became of many files: verdicts, and why, by cause. "4211 verified, 12 unsigned, 2 unknown key"
#ifndef MODSIG_TOOL_VERDICT_SUM_HPP
#define MODSIG_TOOL_VERDICT_SUM_HPP

#include "cause.hpp"
#include "policy_verifier.hpp"
#include "report.hpp"

#include <array>
#include <cstdint>
#include <string>

namespace tool {

class verdict_sum {
    std::uint64_t verified_ = 0, tolerated_ = 0, rejected_ = 0;
    std::array<std::uint64_t, cause_count> by_cause_{};  // of files that are not verified

public:
    std::uint64_t folder_links = 0;  // not followed
    std::string shard{};             // I/N: these are not all the files

    void add(const judgement& one);
    [[nodiscard]] std::uint64_t files() const { return verified_ + tolerated_ + rejected_; }
    /// For people. Causes with one label are counted together; what is tolerated stands apart.
    [[nodiscard]] std::string text() const;
    /// shard (where there is one), files, verified, tolerated, rejected, folder_links, causes: {"not_signed": 12}
    [[nodiscard]] record fields() const;
};

}  // namespace tool

#endif  // MODSIG_TOOL_VERDICT_SUM_HPP
