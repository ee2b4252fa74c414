// SPDX-License-Identifier: BSL-1.0
//
// modsig verify: files and trees, each with its verdict, whatever becomes of the others.
#include "archive_verdicts.hpp"
#include "commands.hpp"
#include "html_report.hpp"
#include "kernel.hpp"
#include "path_list.hpp"
#include "progress.hpp"
#include "text.hpp"
#include "verdict_report.hpp"
#include "verdict_sum.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <iterator>
#include <memory>
#include <thread>
#include <utility>

namespace tool {
namespace {

bool is_io_error(const judgement& one) { return one.error != 0 && one.answer.why.code == modsig::errc::io_error; }

void complain_of_io(const std::string& path, const judgement& one) {
    if (!is_io_error(one)) return;
    errno = one.error;
    complain(path, one.answer.why);
}

/// Files, reported one after the other.
class reported_files final : public found_package_batch {
    verdict_report& report_;
    verdict_sum& seen_;
    overall_status overall_{};
    progress counter_;
    std::uint64_t bytes_ = 0;

    void report(const std::string& path, const judgement& one) override {
        counter_.make_way(is_io_error(one));
        report_.add(settings_, path, one);
        complain_of_io(path, one);
        seen_.add(one);
        overall_.add(status_of(one.answer));
        bytes_ += one.answer.content.size;
    }
    void report_empty(const std::string& path) override {
        counter_.make_way(true);
        complain(printable(path) + ": there is no module, no plugin and nothing signed in this package");
    }
    void report_done(std::size_t files) override { counter_.show(files, bytes_); }

public:
    reported_files(output_form form, verdict_report& report, const trust_settings& settings, const std::vector<found_file>& files, bool all, verdict_sum& seen)
        : found_package_batch(settings, files, all), report_(report), seen_(seen), counter_(files.size(), form) {}

    exit_status end() {
        counter_.clear();
        return overall_.get();
    }
};

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
        complain("nothing to verify: PATH is needed, --files-from or --release");
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

/// What the command line names, then what its list names; without either, modules of kernels.
exit_status name_files(const verify_command& command, std::vector<std::string>& named) {
    named = command.paths;
    if (!command.files_from) return named.empty() ? find_modules(command, named) : exit_status::good;
    if (*command.files_from == "-" && std::ranges::count(named, "-") != 0) {
        complain("standard input is the list of --files-from, and cannot be a file as well");
        return exit_status::usage;
    }
    errno = 0;
    auto listed = read_path_list(*command.files_from);
    if (!listed) {
        complain(*command.files_from, listed.error());
        return exit_status::unreadable;
    }
    if (listed->empty()) complain(printable(*command.files_from) + ": the list is empty");
    named.insert(named.end(), std::make_move_iterator(listed->begin()), std::make_move_iterator(listed->end()));
    return exit_status::good;
}

void keep(const shard& share, found_files& found) {
    std::erase_if(found.files, [&](const found_file& file) { return !share.holds(file.path); });
    std::erase_if(found.folder_links, [&](const std::string& link) { return !share.holds(link); });
}

}  // namespace

exit_status verify_command::run() const {
    trust_settings settings;
    std::unique_ptr<verdict_report> report = make_verdict_report(html == "-" ? output_form::quiet : form, palette(color));
    verdict_sum seen;
    if (shard) seen.shard = shard->name();
    const auto end = [&](exit_status status) {
        if (form != output_form::quiet && seen.folder_links != 0)
            complain(std::to_string(seen.folder_links) + (seen.folder_links == 1 ? " link to a folder was" : " links to folders were") + " not followed");
        return report->end(seen, status);
    };
    std::vector<std::string> named;
    const exit_status listed = name_files(*this, named);
    found_files found = find_files(named, all);
    if (html) {
        if (const exit_status checked = check_html(*this, found.files); checked != exit_status::good) return end(checked);
        report = with_html(std::move(report), *this, settings);
    }
    if (listed != exit_status::good) return end(listed);
    if (!signature.empty() && !is_one_file(named)) {
        complain("--signature goes with exactly one regular file");
        return end(exit_status::usage);
    }
    settings.explains = html || (form != output_form::tsv && form != output_form::quiet);
    const exit_status opened = settings.open(*this);
    if (opened == exit_status::usage) return end(opened);
    if (form != output_form::quiet && trusts_builtin()) complain("no --trust is given, so keys are those of " + where_looked(settings));
    const bool found_nothing = found.files.empty();
    if (shard) keep(*shard, found);
    const std::vector<found_file>& files = found.files;
    seen.folder_links = found.folder_links.size();
    if (form != output_form::quiet)
        for (const std::string& link : found.folder_links) complain(printable(link) + ": a link to a folder, which is not followed");
    if (found_nothing) {
        complain("nothing to verify: no *.ko, *.ko.xz, *.ko.zst, *.ko.gz, *.so, *.deb or *.rpm there (--all takes every regular file)");
        return end(exit_status::usage);
    }

    if (opened != exit_status::good) {  // every file still has its line
        for (const found_file& file : files) {
            const judgement one = unreadable(settings, modsig::errc::not_checked);
            report->add(settings, file.path, one);
            seen.add(one);
        }
        return end(opened);
    }

    reported_files reported(form, *report, settings, files, all, seen);
    settings.verifier->appraise_all(reported, jobs != 0 ? jobs : std::thread::hardware_concurrency(), std::time(nullptr));
    const exit_status status = reported.end();
    if (seen.files() == 0 && !shard) {
        complain("nothing to verify: the packages hold no module");
        return end(exit_status::usage);
    }
    if (form == output_form::text && html != "-" && (seen.files() > 1 || shard)) print_text(seen.text());
    return end(status);
}

}  // namespace tool
