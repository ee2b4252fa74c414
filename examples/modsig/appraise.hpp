// SPDX-License-Identifier: BSL-1.0
//
// Verifies one file by the trust settings, and gives the verdict as fields; common to all commands that verify.
#ifndef MODSIG_TOOL_APPRAISE_HPP
#define MODSIG_TOOL_APPRAISE_HPP

#include "exit_status.hpp"
#include "found_files.hpp"
#include "image.hpp"
#include "report.hpp"
#include "trust.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tool {

/// The remark about a file that would have to be held in memory beyond the limit.
inline constexpr std::string_view beyond_limit = "it would have to be in memory as a whole; --limit SIZE allows more";

/// The image with a detached signature where one was named; else what is appended, and without that security.ima, which is
/// about the file as it lies on disk.
[[nodiscard]] judgement appraise(const trust_settings& settings, const image& file, const std::string& path);

/// The same for a file that could not be read.
[[nodiscard]] judgement unreadable(const trust_settings& settings, const modsig::failure& why, std::string_view remark = {}, int error = 0);

/// The same, with what was read of it before the fault.
[[nodiscard]] judgement unreadable(const trust_settings& settings, const image& file, const std::string& path, const modsig::failure& why, int error);

/// Found files, verified by the trust settings; each by itself where a batch cannot (batch.hpp). What is made of the judgements is left
/// open.
class found_file_batch : public file_batch {
    [[nodiscard]] bool is_for_batch(std::size_t i) const;

protected:
    const trust_settings& settings_;
    const std::vector<found_file>& files_;

public:
    found_file_batch(const trust_settings& settings, const std::vector<found_file>& files) : settings_(settings), files_(files) {}

    std::size_t size() const override { return files_.size(); }
    const std::string& path(std::size_t i) const override { return files_[i].path; }
    bool is_plain(std::size_t i) const override;
    bool is_packed(std::size_t i) const override;
    modsig::batch::opening unpack(std::size_t i, modsig::batch::module_unpacker& unpacker, modsig::batch::unpacked_images& images,
                                  std::optional<modsig::decompression_output>& module) const override;
    judgement settled(std::size_t i, const modsig::subject& s, const modsig::appraisal& answer) const override;
    judgement alone(std::size_t i) const override;
};

/// path, verdict, errc, errno, layout, digest, scheme, key_identifier
[[nodiscard]] record verdict_fields(const trust_settings& settings, const std::string& path, const judgement& judged);

[[nodiscard]] exit_status status_of(const modsig::appraisal& answer);

/// "cannot be decompressed: damaged, ..."
[[nodiscard]] std::string reason(const judgement& judged);

/// reason(), or where a key is not known who says to have signed, and where it was looked for.
[[nodiscard]] std::string why_in_words(const trust_settings& settings, const judgement& judged);

/// "verified (digsig, sha256, key 9c48161e2e5462a4)"
[[nodiscard]] std::string sentence(const trust_settings& settings, const judgement& judged);

/// "a.pem, keys (3 keys looked at)"
[[nodiscard]] std::string where_looked(const trust_settings& settings);

}  // namespace tool

#endif  // MODSIG_TOOL_APPRAISE_HPP
