// SPDX-License-Identifier: BSL-1.0
//
// What is verified in a package: its modules and plugins (found_files.hpp), whatever else in it is signed, or with `all` every regular
// file. Each is judged as a file of its name would be, and is called PACKAGE:MEMBER.
#ifndef MODSIG_TOOL_ARCHIVE_VERDICTS_HPP
#define MODSIG_TOOL_ARCHIVE_VERDICTS_HPP

#include "appraise.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tool {

struct package_verdicts {
    struct entry {
        std::string path;
        judgement judged;
    };
    std::vector<entry> members{};      // in the package's order
    std::optional<judgement> fault{};  // of the package itself, which was not read to its end
};

/// As many members of a package have a verdict; beyond them it is `too_large`.
inline constexpr std::size_t most_judged_members = 65536;

[[nodiscard]] package_verdicts judge_package(const trust_settings& settings, const std::string& path, bool all);

/// Found files, among which are packages.
class found_package_batch : public found_file_batch {
    bool all_;
    bool looks_inside_;  // what is asked is about members, not about the packages as they lie on disk
    mutable std::vector<std::unique_ptr<package_verdicts>> packages_;  // from alone() to take()

    [[nodiscard]] bool is_looked_into(std::size_t i) const;

protected:
    virtual void report(const std::string& path, const judgement& judged) = 0;
    /// Of a package with nothing to judge.
    virtual void report_empty(const std::string& path) = 0;
    virtual void report_done(std::size_t files) = 0;

public:
    found_package_batch(const trust_settings& settings, const std::vector<found_file>& files, bool all);

    bool is_plain(std::size_t i) const override { return !is_looked_into(i) && found_file_batch::is_plain(i); }
    judgement alone(std::size_t i) const override;
    void take(std::size_t i, judgement&& judged) override;
};

}  // namespace tool

#endif  // MODSIG_TOOL_ARCHIVE_VERDICTS_HPP
