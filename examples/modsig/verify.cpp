// SPDX-License-Identifier: BSL-1.0
//
// modsig verify: files and trees, each with its verdict, whatever becomes of the others.
#include "appraise.hpp"
#include "commands.hpp"
#include "parallel.hpp"
#include "text.hpp"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <thread>

namespace tool {
namespace {

struct outcome {
    judgement judged{};
    int error = 0;  // errno, where the file could not be read
};

/// Judges one file after the other, in the same memory.
class worker {
    const court& court_;
    const std::vector<found_file>& files_;
    image image_{};

public:
    worker(const court& court, const std::vector<found_file>& files) : court_(court), files_(files) {}

    outcome operator()(std::size_t i) {
        const found_file& file = files_[i];
        errno = 0;
        if (file.unreadable.code != modsig::errc::none) return {unreadable(court_, file.unreadable), file.error};
        const auto read = image_.read_module(file.path, court_.modules);
        if (!read) return {unreadable(court_, read.error(), image_.remark()), errno};
        return {appraise(court_, image_, file.path), 0};
    }
};

struct counts {
    std::uint64_t verified = 0, tolerated = 0, rejected = 0;

    void add(modsig::verdict one) { ++(one == modsig::verdict::verified ? verified : one == modsig::verdict::tolerated ? tolerated : rejected); }
};

bool is_io_error(const outcome& one) { return one.error != 0 && one.judged.answer.why.code == modsig::errc::io_error; }

void print(output_form form, const court& court, const std::string& path, const outcome& one) {
    const modsig::appraisal& answer = one.judged.answer;
    if (form == output_form::text) {
        const std::string line = printable(path) + ": " + sentence(court, one.judged) + "\n";
        std::fwrite(line.data(), 1, line.size(), stdout);
    }
    if (form == output_form::tsv) print_tsv(verdict_fields(court, path, one.judged));
    if (form == output_form::json) {
        record fields = verdict_fields(court, path, one.judged);
        const bool fault = answer.why.code != modsig::errc::none;
        fields.emplace_back("offset", fault ? value(answer.why.offset) : value(nullptr));
        fields.emplace_back("message", text_or_null(fault ? reason(one.judged) : ""));
        fields.emplace_back("signer", text_or_null(answer.signer != nullptr ? owner(answer.signer->subject) : ""));
        fields.emplace_back("signed_by", text_or_null(one.judged.signed_by));
        print_json(fields);
    }
    if (!is_io_error(one)) return;
    errno = one.error;
    complain(path, answer.why);
}

exit_status summed_up(output_form form, const counts& seen, exit_status status) {
    if (form == output_form::json)
        print_json({{"summary", true},
                    {"files", seen.verified + seen.tolerated + seen.rejected},
                    {"verified", seen.verified},
                    {"tolerated", seen.tolerated},
                    {"rejected", seen.rejected},
                    {"exit_status", std::uint64_t{static_cast<unsigned>(status)}}});
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
    complain("standard output cannot be written");
    return exit_status::unreadable;
}

/// A detached signature belongs to one file.
bool is_one_file(const std::vector<std::string>& paths) {
    std::error_code fault;
    if (paths.size() != 1 || paths[0] == "-") return false;
    const auto status = std::filesystem::status(paths[0], fault);
    return std::filesystem::is_regular_file(status) || !std::filesystem::exists(status);
}

}  // namespace

exit_status verify_command::run() const {
    counts seen;
    if (!signature.empty() && !is_one_file(paths)) {
        complain("--signature goes with exactly one regular file");
        return summed_up(form, seen, exit_status::usage);
    }
    court court;
    const exit_status opened = court.open(*this);
    if (opened == exit_status::usage) return summed_up(form, seen, opened);
    const std::vector<found_file> files = find_files(paths, all);
    if (files.empty()) {
        complain("nothing to verify: no *.ko, *.ko.xz, *.ko.zst, *.ko.gz or *.so there (--all takes every regular file)");
        return summed_up(form, seen, exit_status::usage);
    }

    if (opened != exit_status::good) {  // every file still has its line
        for (const found_file& file : files) print(form, court, file.path, {unreadable(court, modsig::errc::not_checked), 0});
        seen.rejected = files.size();
        return summed_up(form, seen, opened);
    }

    overall_status overall;
    progress counter(files.size(), form);
    const std::size_t threads = jobs != 0 ? jobs : std::thread::hardware_concurrency();
    for_each_in_order(files.size(), threads, [&] { return worker(court, files); }, [&](std::size_t i, const outcome& one) {
        counter.make_way(is_io_error(one));
        print(form, court, files[i].path, one);
        seen.add(one.judged.answer.outcome);
        overall.add(status_of(one.judged.answer));
        counter.show(i + 1);
    });
    counter.clear();
    return summed_up(form, seen, overall.get());
}

}  // namespace tool
