// SPDX-License-Identifier: BSL-1.0
//
// modsig verify: files and trees, each with its verdict, whatever becomes of the others.
#include "appraise.hpp"
#include "commands.hpp"
#include "kernel.hpp"
#include "text.hpp"

#include <cerrno>
#include <ctime>
#include <filesystem>
#include <thread>

namespace tool {
namespace {

/// From so many files on the text ends with a sum: their lines fill more than a screen.
constexpr std::size_t many_files = 64;

struct counts {
    std::uint64_t verified = 0, tolerated = 0, rejected = 0, folder_links = 0;

    void add(modsig::verdict one) { ++(one == modsig::verdict::verified ? verified : one == modsig::verdict::tolerated ? tolerated : rejected); }
};

bool is_io_error(const judgement& one) { return one.error != 0 && one.answer.why.code == modsig::errc::io_error; }

void print(output_form form, const trust_settings& settings, const std::string& path, const judgement& one) {
    const modsig::appraisal& answer = one.answer;
    if (form == output_form::text) print_text(printable(path) + ": " + sentence(settings, one));
    if (form == output_form::tsv) print_tsv(verdict_fields(settings, path, one));
    if (form == output_form::json) {
        record fields = verdict_fields(settings, path, one);
        const bool fault = answer.why.code != modsig::errc::none;
        fields.emplace_back("offset", fault ? value(answer.why.offset) : value(nullptr));
        fields.emplace_back("message", text_or_null(fault ? reason(one) : ""));
        fields.emplace_back("signer", text_or_null(answer.anchor != nullptr ? owner(answer.anchor->subject) : ""));
        fields.emplace_back("signed_by", text_or_null(one.signed_by));
        print_json(fields);
    }
    if (!is_io_error(one)) return;
    errno = one.error;
    complain(path, answer.why);
}

/// Files, reported one after the other.
class reported_files final : public found_file_batch {
    output_form form_;
    counts& seen_;
    overall_status overall_{};
    progress counter_;

public:
    reported_files(output_form form, const trust_settings& settings, const std::vector<found_file>& files, counts& seen)
        : found_file_batch(settings, files), form_(form), seen_(seen), counter_(files.size(), form) {}

    void take(std::size_t i, judgement&& one) override {
        counter_.make_way(is_io_error(one));
        print(form_, settings_, files_[i].path, one);
        seen_.add(one.answer.outcome);
        overall_.add(status_of(one.answer));
        counter_.show(i + 1);
    }
    exit_status end() {
        counter_.clear();
        return overall_.get();
    }
};

exit_status summed_up(output_form form, const counts& seen, exit_status status) {
    const std::uint64_t files = seen.verified + seen.tolerated + seen.rejected;
    if (form == output_form::text && files >= many_files)
        print_text(std::to_string(files) + " files: " + std::to_string(seen.verified) + " verified, " + std::to_string(seen.tolerated) + " tolerated, " +
                   std::to_string(seen.rejected) + " rejected");
    if (form != output_form::quiet && seen.folder_links != 0)
        complain(std::to_string(seen.folder_links) + (seen.folder_links == 1 ? " link to a folder was" : " links to folders were") + " not followed");
    if (form == output_form::json)
        print_json({{"summary", true},
                    {"files", files},
                    {"verified", seen.verified},
                    {"tolerated", seen.tolerated},
                    {"rejected", seen.rejected},
                    {"folder_links", seen.folder_links},
                    {"exit_status", std::uint64_t{static_cast<unsigned>(status)}}});
    return status;
}

/// A detached signature belongs to one file.
bool is_one_file(const std::vector<std::string>& paths) {
    std::error_code fault;
    if (paths.size() != 1 || paths[0] == "-") return false;
    const auto status = std::filesystem::status(paths[0], fault);
    return std::filesystem::is_regular_file(status) || !std::filesystem::exists(status);
}

/// The folders of modules of the kernels that --release names.
exit_status find_modules(const trust_options& options, std::vector<std::string>& folders) {
    if (options.releases.empty()) {
        complain("nothing to verify: PATH is needed, or --release");
        return exit_status::usage;
    }
    for (const std::string& release : options.releases) {
        folders.push_back(find_kernel(options.root, release).modules);
        if (!folders.back().empty()) continue;
        complain("there are no modules of the kernel " + printable(release) + " in usr/lib/modules or lib/modules of " + printable(options.root));
        return exit_status::unreadable;
    }
    return exit_status::good;
}

}  // namespace

exit_status verify_command::run() const {
    counts seen;
    std::vector<std::string> named = paths;
    if (named.empty())
        if (const exit_status found = find_modules(*this, named); found != exit_status::good) return summed_up(form, seen, found);
    if (!signature.empty() && !is_one_file(named)) {
        complain("--signature goes with exactly one regular file");
        return summed_up(form, seen, exit_status::usage);
    }
    trust_settings settings;
    const exit_status opened = settings.open(*this);
    if (opened == exit_status::usage) return summed_up(form, seen, opened);
    if (form != output_form::quiet && trusts_builtin()) complain("no --trust is given, so keys are those of " + where_looked(settings));
    const found_files found = find_files(named, all);
    const std::vector<found_file>& files = found.files;
    seen.folder_links = found.folder_links.size();
    if (form != output_form::quiet)
        for (const std::string& link : found.folder_links) complain(printable(link) + ": a link to a folder, which is not followed");
    if (files.empty()) {
        complain("nothing to verify: no *.ko, *.ko.xz, *.ko.zst, *.ko.gz or *.so there (--all takes every regular file)");
        return summed_up(form, seen, exit_status::usage);
    }

    if (opened != exit_status::good) {  // every file still has its line
        for (const found_file& file : files) print(form, settings, file.path, unreadable(settings, modsig::errc::not_checked));
        seen.rejected = files.size();
        return summed_up(form, seen, opened);
    }

    reported_files reported(form, settings, files, seen);
    settings.verifier->appraise_all(reported, jobs != 0 ? jobs : std::thread::hardware_concurrency(), std::time(nullptr));
    return summed_up(form, seen, reported.end());
}

}  // namespace tool
