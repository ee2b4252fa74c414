// SPDX-License-Identifier: BSL-1.0
#include "kernel_readers.hpp"

#include <modsig/linux/reading.hpp>
#include <modsig/sign/layout/modsign.hpp>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

namespace tool {
namespace {

bool is_module(const writer_entry& writer) { return writer.name == modsig::sign::modsign::name; }

/// What a configuration may have, in the order of how much it asks for.
struct configuration {
    std::string_view words;
    bool has_ml_dsa, waives_attributes;
};
constexpr configuration configurations[] = {{"", false, false}, {",mldsa", true, false}, {",mldsa,waiver", true, true}};

std::string listed(const std::vector<std::string>& names) {
    std::string out;
    for (std::size_t i = 0; i != names.size(); ++i) out += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
    return out;
}

}  // namespace

bool is_for_kernels(const writer_entry& writer) { return is_module(writer) || writer.attribute != nullptr; }

modsig::failure refusal_by(const modsig::linux_kernel& kernel, const finished_signature& made) {
    const policy_entry& policy = *find_policy(is_module(made.writer) ? "linux-modsign" : "linux-ima");
    const std::string_view layout[] = {made.writer.name};
    key_store keys;
    modsig::failure not_admitted{modsig::errc::none};
    for (const modsig::key_info& each : made.signers) {
        const auto taken = keys.add(each.certificate, {layout, {}}, modsig::linux_reading{kernel});
        if (!taken) not_admitted = taken.error();
        else if (taken->fault != modsig::errc::none) not_admitted = taken->fault;
    }
    verifier_options options;
    options.layouts = {std::string(made.writer.name)};
    options.kernel = kernel;
    const auto verifier = policy.make(keys, options);

    bytes image;
    modsig::subject subject;
    if (is_module(made.writer)) {
        image = signed_image(made.writer, made.content, made.blob);
        subject.image = image;
    } else {
        subject.image = made.content;
        subject.beside.metadata = made.metadata;
        subject.signature = {modsig::signature_source::xattr, made.blob};
    }
    const modsig::appraisal answer = verifier->appraise(subject, {});
    if (answer.outcome == modsig::verdict::verified) return modsig::errc::none;
    const bool no_key = answer.why.code == modsig::errc::key_not_found && not_admitted.code != modsig::errc::none;
    return verifier->completed(no_key ? not_admitted : answer.why);
}

std::vector<kernel_answer> answers_of_kernels(const finished_signature& made) {
    std::vector<kernel_answer> answers;
    for (const modsig::linux_release& release : modsig::linux_releases) {
        kernel_answer answer;
        for (const configuration& each : configurations) {
            if (each.has_ml_dsa && !release.knows_ml_dsa) break;
            modsig::linux_kernel kernel;
            kernel.release = release;
            kernel.has_ml_dsa = each.has_ml_dsa;
            kernel.waives_attributes = each.waives_attributes;
            answer = {std::string(release.name) + std::string(each.words), refusal_by(kernel, made)};
            if (answer.refusal.code == modsig::errc::none) break;
        }
        answers.push_back(std::move(answer));
    }
    return answers;
}

std::string in_words(const std::vector<kernel_answer>& answers) {
    std::vector<std::string> good, bad;
    for (const kernel_answer& each : answers) {
        if (each.refusal.code == modsig::errc::none) good.push_back(each.words);
        else bad.push_back(each.words + " (" + std::string(modsig::name(each.refusal.linux_errno())) + ")");
    }
    const std::string accept = good.empty() ? "" : "Linux " + listed(good) + (good.size() == 1 ? " accepts it" : " accept it");
    const std::string refuse = bad.empty() ? "" : listed(bad) + (bad.size() == 1 ? " refuses it" : " refuse it");
    return accept + (good.empty() ? "Linux " : bad.empty() ? "" : "; ") + refuse;
}

std::string in_words(const modsig::failure& refusal) {
    return std::string(modsig::message(refusal.code)) + " (" + std::string(modsig::name(refusal.code)) + ", " + std::string(modsig::name(refusal.linux_errno())) + ")";
}

}  // namespace tool
