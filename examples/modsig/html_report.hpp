// SPDX-License-Identifier: BSL-1.0
//
// `modsig verify --html FILE`: what became of each file, as one page that needs nothing else: no network, no script but its own.
#ifndef MODSIG_TOOL_HTML_REPORT_HPP
#define MODSIG_TOOL_HTML_REPORT_HPP

#include "commands.hpp"
#include "exit_status.hpp"
#include "found_files.hpp"
#include "verdict_report.hpp"

#include <memory>
#include <vector>

namespace tool {

/// Whether the page may be written where `options` say: neither in the place of a file that is read, nor to standard output together
/// with another form. Complains.
[[nodiscard]] exit_status check_html(const verify_command& options, const std::vector<found_file>& files);

/// `printed`, and the page beside it, which is held in memory (some 400 bytes for each file, more for one with a cause) until the end:
/// then it is written as a whole, whatever the exit status. Where it cannot be written, the exit status is `unreadable`. Everything
/// named lives as long as the report; `settings` need not have been opened.
[[nodiscard]] std::unique_ptr<verdict_report> with_html(std::unique_ptr<verdict_report> printed, const verify_command& options, const trust_settings& settings);

}  // namespace tool

#endif  // MODSIG_TOOL_HTML_REPORT_HPP
