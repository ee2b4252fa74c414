// SPDX-License-Identifier: BSL-1.0
#include "archive_verdicts.hpp"

#include "archive.hpp"
#include "text.hpp"

#include <modsig/layout/modsign.hpp>

#include <cerrno>
#include <filesystem>
#include <map>
#include <string_view>
#include <utility>

namespace tool {
namespace {

namespace fs = std::filesystem;

/// A name as it is looked up: without repeated slashes and dots.
std::string plain_name(const fs::path& name) { return name.lexically_normal().relative_path().native(); }

bool leads_out(std::string_view name) {
    for (const fs::path& part : fs::path(name))
        if (part == "..") return true;
    return false;
}

constexpr std::uint64_t cost_of_failure = modsig::default_decompressed_limit / 16;

class package_judge {
    struct open_link {
        std::size_t member;
        std::string target;
    };

    const trust_settings& settings_;
    const std::string& package_;
    bool all_;
    image held_;
    package_verdicts found_{};
    std::map<std::string, std::size_t, std::less<>> by_name_{};  // judged members
    std::vector<open_link> links_{};

    void add(const package_member& member, judgement&& judged) {
        if (found_.members.size() == most_judged_members) throw package_fault{modsig::errc::too_large, "it has more than " + std::to_string(most_judged_members) + " files to verify"};
        if (!judged.diagnosis.remedy.empty()) judged.diagnosis.remedy = "in the unpacked package: " + judged.diagnosis.remedy;
        found_.members.push_back({package_ + ":" + member.name, std::move(judged)});
    }
    void refuse(const package_member& member, modsig::errc why, std::string_view remark) { add(member, unreadable(settings_, why, remark)); }

    judgement judged(const package_member& member) {
        errno = 0;
        const auto held = held_.hold_module(member.name, member.content, settings_.modules);
        return held ? appraise(settings_, held_, member.name) : unreadable(settings_, held_, member.name, held.error(), errno);
    }

    /// Returns how many bytes were made of it.
    std::uint64_t judge_file(const package_member& member, bool is_wanted) {
        if (!member.is_whole) {
            if (is_wanted || modsig::ends_with(member.content, modsig::layout::module_trailer::marker))
                refuse(member, modsig::errc::too_large, beyond_limit);
            return 0;
        }
        judgement one = judged(member);
        // What has failed may have failed late.
        const std::uint64_t made = held_.was_compressed() ? held_.bytes().size() : one.answer.why.code == modsig::errc::decompression_failed ? cost_of_failure : 0;
        const modsig::errc code = one.answer.why.code;
        const bool is_unsigned = one.answer.layout.empty() && (code == modsig::errc::no_signature || code == modsig::errc::compressed);
        if (is_unsigned && !is_wanted) return made;
        add(member, std::move(one));
        by_name_[plain_name(member.name)] = found_.members.size() - 1;
        if (!member.same_as.empty()) by_name_[plain_name(member.same_as)] = found_.members.size() - 1;
        return made;
    }

    std::uint64_t take(const package_member& member) {
        const bool is_wanted = all_ || is_module_or_plugin(member.name);
        if (is_wanted && leads_out(member.name)) return refuse(member, modsig::errc::bad_structure, "its name leads out of the package"), 0;
        switch (member.is) {
            case package_member::kind::file: return judge_file(member, is_wanted);
            case package_member::kind::special:
                if (is_module_or_plugin(member.name)) refuse(member, modsig::errc::io_error, "it is neither a file nor a link");
                return 0;
            case package_member::kind::link: break;
        }
        if (!is_module_or_plugin(member.name)) return 0;
        refuse(member, modsig::errc::io_error, "it is a link to what is not verified in this package");
        links_.push_back({found_.members.size() - 1, plain_name(member.same_as.empty() ? fs::path(member.name).parent_path() / member.link_target : fs::path(member.same_as))});
        return 0;
    }

    /// Links have the verdicts of what they lead to, be it by way of other links.
    void follow_links() {
        constexpr int most_followed = 40;  // as Linux: MAXSYMLINKS
        for (int i = 0; i != most_followed && !links_.empty(); ++i) {
            const std::size_t before = links_.size();
            std::erase_if(links_, [&](const open_link& link) {
                const auto target = by_name_.find(link.target);
                if (target == by_name_.end()) return false;
                package_verdicts::entry& entry = found_.members[link.member];
                entry.judged = found_.members[target->second].judged;
                by_name_.try_emplace(plain_name(entry.path.substr(package_.size() + 1)), link.member);
                return true;
            });
            if (links_.size() == before) return;
        }
    }

public:
    package_judge(const trust_settings& settings, const std::string& package, bool all) : settings_(settings), package_(package), all_(all), held_(settings.limit) {}

    package_verdicts judge() {
        const auto fault = read_package(package_, settings_.limit, [&](const package_member& member) { return take(member); });
        follow_links();
        if (fault) found_.fault = unreadable(settings_, fault->code, fault->words, fault->error);
        return std::move(found_);
    }
};

}  // namespace

package_verdicts judge_package(const trust_settings& settings, const std::string& path, bool all) { return package_judge(settings, path, all).judge(); }

found_package_batch::found_package_batch(const trust_settings& settings, const std::vector<found_file>& files, bool all)
    : found_file_batch(settings, files),
      all_(all),
      looks_inside_(!settings.has_signature && !settings.asks_verity && !settings.asks_evm && !settings.asks_bpf && !settings.attribute_first && settings.modules != unpacking::never),
      packages_(files.size()) {}

bool found_package_batch::is_looked_into(std::size_t i) const { return looks_inside_ && files_[i].error == 0 && is_package(files_[i].path); }

judgement found_package_batch::alone(std::size_t i) const {
    if (!is_looked_into(i)) return found_file_batch::alone(i);
    packages_[i] = std::make_unique<package_verdicts>(judge_package(settings_, files_[i].path, all_));
    return {};
}

void found_package_batch::take(std::size_t i, judgement&& judged) {
    const std::string& path = files_[i].path;
    if (const std::unique_ptr<package_verdicts> package = std::move(packages_[i])) {
        for (const package_verdicts::entry& member : package->members) report(member.path, member.judged);
        if (package->fault) report(path, *package->fault);
        else if (package->members.empty()) report_empty(path);
    } else {
        report(path, judged);
    }
    report_done(i + 1);
}

}  // namespace tool
