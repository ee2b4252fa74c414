// SPDX-License-Identifier: BSL-1.0
//
// What `verify` prints: each file as soon as it is judged, then the end, in one of several forms. Forms for programs are whole
// documents also where nothing could be judged.
#ifndef MODSIG_TOOL_VERDICT_REPORT_HPP
#define MODSIG_TOOL_VERDICT_REPORT_HPP

#include "appraise.hpp"
#include "exit_status.hpp"
#include "report.hpp"
#include "verdict_sum.hpp"

#include <memory>
#include <string>

namespace tool {

class verdict_report {
public:
    virtual ~verdict_report() = default;
    virtual void add(const trust_settings& settings, const std::string& path, const judgement& judged) = 0;
    /// The status, or another one where the report itself could not be written.
    [[nodiscard]] virtual exit_status end(const verdict_sum&, exit_status status) { return status; }
};

/// text, tsv, json (verify.schema.json) and quiet, which prints nothing; sarif: SARIF 2.1.0 (OASIS), a result for each file, rules are
/// the reasons of errc.hpp; junit: JUnit's XML, a test case for each file, which is held in memory until the end.
[[nodiscard]] std::unique_ptr<verdict_report> make_verdict_report(output_form form, const palette& colors);

}  // namespace tool

#endif  // MODSIG_TOOL_VERDICT_REPORT_HPP
