// SPDX-License-Identifier: BSL-1.0
#include "progress.hpp"

#include "color.hpp"

#include <cstdio>
#include <string>
#include <utility>

#include <unistd.h>

namespace tool {
namespace {

constexpr std::chrono::milliseconds interval{100};

/// "4 s", "3 min 20 s", "2 h 5 min"
std::string time_text(double seconds) {
    constexpr double most = 359999;  // what is longer is not known so well
    const auto whole = static_cast<unsigned>(seconds < most ? seconds + 0.5 : most);
    if (whole < 60) return std::to_string(whole) + " s";
    if (whole < 3600) return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
    return std::to_string(whole / 3600) + " h " + std::to_string(whole / 60 % 60) + " min";
}

}  // namespace

progress::progress(std::size_t total, output_form form)
    : total_(total),
      enabled_(total > 1 && form != output_form::quiet && has_control_sequences() && ::isatty(STDERR_FILENO) == 1),
      shares_terminal_(::isatty(STDOUT_FILENO) == 1),
      begun_(clock::now()),
      due_(begun_ + interval) {}

void progress::show(std::size_t done, std::uint64_t bytes) {
    if (!enabled_) return;
    const clock::time_point now = clock::now();
    if (now < due_) return;
    due_ = now + interval;
    shown_ = true;
    const double seconds = std::chrono::duration<double>(now - begun_).count();
    const double rate = static_cast<double>(done) / seconds;
    std::fprintf(stderr, "\r%zu of %zu, %.0f files/s, ", done, total_, rate);
    if (bytes != 0) std::fprintf(stderr, "%.0f MB/s, ", static_cast<double>(bytes) / 1e6 / seconds);
    std::fprintf(stderr, "%s left\033[K", time_text(static_cast<double>(total_ - done) / rate).c_str());
}

void progress::make_way(bool complaint) {
    if (complaint || shares_terminal_) clear();
}

void progress::clear() {
    if (std::exchange(shown_, false)) std::fputs("\r\033[K", stderr);
}

}  // namespace tool
