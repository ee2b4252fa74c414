// SPDX-License-Identifier: BSL-1.0
//
// How far a command is that works on many files: a line on standard error.
#ifndef MODSIG_TOOL_PROGRESS_HPP
#define MODSIG_TOOL_PROGRESS_HPP

#include "report.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace tool {

/// "1200 of 4211, 830 files/s, 41 MB/s, 4 s left" on standard error, where that is a terminal with control sequences; it is taken away
/// again. What is done at once shows none. The time left is that of as many files at the mean rate so far.
class progress {
    using clock = std::chrono::steady_clock;

    std::size_t total_;
    bool enabled_;
    bool shares_terminal_;  // with standard output
    bool shown_ = false;
    clock::time_point begun_, due_;

public:
    progress(std::size_t total, output_form form);
    progress(const progress&) = delete;
    progress& operator=(const progress&) = delete;
    ~progress() { clear(); }
    /// `bytes`: of the files that are done; 0: nobody counts them.
    void show(std::size_t done, std::uint64_t bytes = 0);
    /// Before a line of output; `complaint`: one on standard error, too.
    void make_way(bool complaint);
    void clear();
};

}  // namespace tool

#endif  // MODSIG_TOOL_PROGRESS_HPP
