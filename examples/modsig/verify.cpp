// SPDX-License-Identifier: BSL-1.0
//
// modsig verify: files and trees, each with its verdict, whatever becomes of the others.
#include "appraise.hpp"
#include "commands.hpp"
#include "kernel.hpp"
#include "text.hpp"
#include "verdict_sum.hpp"

#include <array>
#include <cerrno>
#include <ctime>
#include <filesystem>
#include <thread>
#include <utility>

namespace tool {
namespace {

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
        fields.emplace_back("signer", text_or_null(one.signer));
        fields.emplace_back("signed_by", text_or_null(one.signed_by));
        fields.emplace_back("cause", text_or_null(std::string(one.diagnosis.word())));
        fields.emplace_back("hint", text_or_null(one.diagnosis.hint));
        fields.emplace_back("remedy", text_or_null(one.diagnosis.remedy));
        print_json(fields);
    }
    if (!is_io_error(one)) return;
    errno = one.error;
    complain(path, answer.why);
}

/// What happened and what mends it, once for all files with this cause.
void print_cause(const diagnosis& why) {
    for (const auto& [name, text] : {std::pair<std::string_view, std::string_view>{"cause", why.word()}, {"hint", why.hint}, {"remedy", why.remedy}})
        print_text("    " + std::string(name) + ": " + without_controls(text));
}

/// Files, reported one after the other.
class reported_files final : public found_file_batch {
    output_form form_;
    verdict_sum& seen_;
    overall_status overall_{};
    progress counter_;
    std::array<bool, cause_count> said_{};  // which causes

public:
    reported_files(output_form form, const trust_settings& settings, const std::vector<found_file>& files, verdict_sum& seen)
        : found_file_batch(settings, files), form_(form), seen_(seen), counter_(files.size(), form) {}

    void take(std::size_t i, judgement&& one) override {
        counter_.make_way(is_io_error(one));
        print(form_, settings_, files_[i].path, one);
        const cause why = one.diagnosis.code;
        if (form_ == output_form::text && why != cause::none && !std::exchange(said_[static_cast<std::size_t>(why)], true)) print_cause(one.diagnosis);
        seen_.add(one);
        overall_.add(status_of(one.answer));
        counter_.show(i + 1);
    }
    exit_status end() {
        counter_.clear();
        return overall_.get();
    }
};

exit_status summed_up(output_form form, const verdict_sum& seen, exit_status status) {
    if (form != output_form::quiet && seen.folder_links != 0)
        complain(std::to_string(seen.folder_links) + (seen.folder_links == 1 ? " link to a folder was" : " links to folders were") + " not followed");
    if (form == output_form::json) {
        record fields{{"summary", true}};
        for (field& each : seen.fields()) fields.push_back(std::move(each));
        fields.emplace_back("exit_status", std::uint64_t{static_cast<unsigned>(status)});
        print_json(fields);
    }
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
    verdict_sum seen;
    std::vector<std::string> named = paths;
    if (named.empty())
        if (const exit_status found = find_modules(*this, named); found != exit_status::good) return summed_up(form, seen, found);
    if (!signature.empty() && !is_one_file(named)) {
        complain("--signature goes with exactly one regular file");
        return summed_up(form, seen, exit_status::usage);
    }
    trust_settings settings;
    settings.explains = form == output_form::text || form == output_form::json;
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
        for (const found_file& file : files) {
            const judgement one = unreadable(settings, modsig::errc::not_checked);
            print(form, settings, file.path, one);
            seen.add(one);
        }
        return summed_up(form, seen, opened);
    }

    reported_files reported(form, settings, files, seen);
    settings.verifier->appraise_all(reported, jobs != 0 ? jobs : std::thread::hardware_concurrency(), std::time(nullptr));
    const exit_status status = reported.end();
    if (form == output_form::text && files.size() > 1) print_text(seen.text());
    return summed_up(form, seen, status);
}

}  // namespace tool
