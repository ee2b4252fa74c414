// SPDX-License-Identifier: BSL-1.0
#include "check.hpp"

#include "../appraise.hpp"
#include "../text.hpp"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <filesystem>
#include <utility>
#include <vector>

namespace tool {
namespace {

class checked_files final : public found_file_batch {
    tree_check& outcome_;
    overall_status overall_{};

public:
    checked_files(const trust_settings& settings, const std::vector<found_file>& files, tree_check& outcome)
        : found_file_batch(settings, files), outcome_(outcome) {}

    void take(std::size_t i, judgement&& one) override {
        if (one.answer.outcome == modsig::verdict::verified) {
            if (!files_[i].is_link) ++outcome_.verified;
        } else {
            errno = one.error;
            if (one.error != 0) complain(files_[i].path, one.answer.why);
            else complain(printable(files_[i].path) + ": " + sentence(settings_, one));
        }
        overall_.add(status_of(one.answer));
        outcome_.status = overall_.get();
    }
};

}  // namespace

tree_check check_tree(const std::string& tree, modsig::byte_view public_half, const std::string& layout, std::size_t jobs) {
    tree_check outcome;
    trust_settings settings;
    if (const auto added = settings.keys.add(public_half); !added) {
        complain("the certificate", added.error());
        outcome.status = exit_status::unreadable;
        return outcome;
    }
    verifier_options options;
    options.layouts = {layout};
    settings.sources = {"the key it was installed with"};
    // Whether that key is old, or its digest good enough, whoever named them has decided; the question is whether it signed.
    settings.verifier = find_policy("legacy")->make(settings.keys, options);
    std::vector<found_file> files = find_files({tree}, false).files;
    std::error_code unknown;
    std::erase_if(files, [&](const found_file& each) { return each.is_link || std::filesystem::is_symlink(each.path, unknown); });  // copied, wherever they lead
    outcome.modules = files.size();
    checked_files checked(settings, files, outcome);
    settings.verifier->appraise_all(checked, jobs, std::time(nullptr));
    return outcome;
}

}  // namespace tool
