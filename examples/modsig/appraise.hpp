// SPDX-License-Identifier: BSL-1.0
//
// One file before the court, and the verdict as fields; common to the commands that judge.
#ifndef MODSIG_TOOL_APPRAISE_HPP
#define MODSIG_TOOL_APPRAISE_HPP

#include "exit_status.hpp"
#include "image.hpp"
#include "report.hpp"
#include "trust.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tool {

/// The image with a detached signature where one was named; else what is appended, and without that security.ima, which is
/// about the file as it lies on disk.
[[nodiscard]] judgement appraise(const court& court, const image& file, const std::string& path);

/// The same for a file that could not be read.
[[nodiscard]] judgement unreadable(const court& court, const modsig::failure& why, std::string_view remark = {}, int error = 0);

/// Files before the court, each judged in its own way where batches have none for it. What is made of the judgements is left
/// open.
class court_docket : public docket {
protected:
    const court& court_;
    const std::vector<found_file>& files_;

public:
    court_docket(const court& court, const std::vector<found_file>& files) : court_(court), files_(files) {}

    std::size_t size() const override { return files_.size(); }
    const std::string& path(std::size_t i) const override { return files_[i].path; }
    bool is_plain(std::size_t i) const override;
    judgement settled(std::size_t i, const modsig::subject& s, const modsig::appraisal& answer) const override;
    judgement alone(std::size_t i) const override;
};

/// path, verdict, errc, errno, layout, digest, scheme, key_identifier
[[nodiscard]] record verdict_fields(const court& court, const std::string& path, const judgement& judged);

[[nodiscard]] exit_status status_of(const modsig::appraisal& answer);

/// "cannot be decompressed: damaged, ..."
[[nodiscard]] std::string reason(const judgement& judged);

/// reason(), or where a key is not known who says to have signed, and where it was looked for.
[[nodiscard]] std::string why_in_words(const court& court, const judgement& judged);

/// "verified (digsig, sha256, key 9c48161e2e5462a4)"
[[nodiscard]] std::string sentence(const court& court, const judgement& judged);

/// "a.pem, keys (3 keys looked at)"
[[nodiscard]] std::string where_looked(const court& court);

}  // namespace tool

#endif  // MODSIG_TOOL_APPRAISE_HPP
