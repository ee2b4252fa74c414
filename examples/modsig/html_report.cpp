// SPDX-License-Identifier: BSL-1.0
#include "html_report.hpp"

#include "cause.hpp"
#include "examples.hpp"
#include "file_roles.hpp"
#include "html_page.hpp"
#include "markup.hpp"
#include "output.hpp"
#include "signing.hpp"
#include "text.hpp"

#include <modsig/sign/key/pem.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace tool {
namespace {

modsig::byte_view bytes_of(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

/// As a source of Content Security Policy.
std::string digest_source(std::string_view text) {
    std::string source = "'sha256-";
    modsig::sign::write_base64(source, digest_of(modsig::digest_id::sha256, bytes_of(text)).view());
    return source + "'";
}

/// <NAME ATTRIBUTES>CONTENT</NAME>; the content is markup already.
std::string element(std::string_view tag, std::string_view content) {
    return "<" + std::string(tag) + ">" + std::string(content) + "</" + std::string(tag.substr(0, tag.find(' '))) + ">";
}
std::string cell(std::string_view text) { return element("td", markup_text(text)); }
std::string code_cell(std::string_view text) { return text.empty() ? "<td></td>" : element("td", element("code", markup_text(text))); }
/// A path is what the row is about.
std::string path_cell(const std::string& path) { return element("th scope=\"row\"", element("code", markup_text(printable(path)))); }

std::string heads(std::initializer_list<std::string_view> names) {
    std::string row;
    for (const std::string_view name : names) row += element("th scope=\"col\"", name);
    return element("thead", element("tr", row)) + "\n";
}

std::string verdict_word(modsig::verdict outcome) { return element("b class=\"" + std::string(name(outcome)) + "\"", name(outcome)); }

std::string label_of(cause why) { return std::string(why == cause::none ? "refused" : entry_of(why).label); }
std::string anchor_of(cause why) { return "cause-" + std::string(why == cause::none ? "none" : entry_of(why).word); }

/// "12 files"
std::string file_count(std::uint64_t count) { return std::to_string(count) + (count == 1 ? " file" : " files"); }

constexpr std::size_t most_named = 20;  // of the command line

std::string kernel_text(const modsig::linux_kernel& kernel) {
    std::string text = "Linux " + std::string(kernel.release.name);
    if (kernel.has_ml_dsa) text += ", with ML-DSA";
    if (kernel.waives_attributes) text += ", with the waiver for signed attributes";
    if (!kernel.has_sha3) text += ", without SHA-3";
    if (!kernel.has_sm3) text += ", without SM3";
    if (!kernel.tries_platform_keys) text += ", without machine owner keys for modules";
    return text;
}

std::string signers_asked_for(const verifier_options& options) {
    std::vector<std::string> wanted;
    if (options.threshold > 1) wanted.push_back("at least " + std::to_string(options.threshold) + " distinct ones");
    if (options.require_all_signers) wanted.emplace_back("all of each message");
    for (const modsig::policy::signers_of& each : options.required)
        for (const modsig::signer_class_entry& row : modsig::signer_class_table)
            if (row.id == each.which) wanted.push_back("at least " + std::to_string(each.count) + " of " + std::string(row.name));
    if (options.allow_other_signers) wanted.emplace_back("unknown ones beside proven ones are accepted");
    return listed(wanted, most_named);
}

/// Who an unproven signature says has signed; the key has a column of its own.
std::string without_key_id(std::string_view claimed, const std::string& key) {
    for (const std::string& end : {"key id " + key, std::string(", ")})
        if (claimed.ends_with(end)) claimed.remove_suffix(end.size());
    return std::string(claimed);
}

class html_report final : public verdict_report {
    struct signer {
        std::string name, key, layout, digest, scheme;
        auto operator<=>(const signer&) const = default;
    };

    std::unique_ptr<verdict_report> printed_;
    const verify_command& options_;
    const trust_settings& settings_;
    std::string files_{};                                // rows
    std::map<signer, std::uint64_t> signers_{};          // of verified files
    std::array<std::map<std::string, std::string>, cause_count> groups_{};  // rows of what is not verified, by cause and hint
    std::array<std::uint64_t, cause_count> counts_{};

    void add_cause(const std::string& path, const judgement& judged) {
        const diagnosis& why = judged.diagnosis;
        const modsig::failure& failure = judged.answer.why;
        const std::string place = std::string(name(failure.code)) + " at offset " + std::to_string(failure.offset);
        const std::string error = judged.error != 0 ? ": " + std::string(std::strerror(judged.error)) : "";
        ++counts_[static_cast<std::size_t>(why.code)];
        groups_[static_cast<std::size_t>(why.code)][why.hint] +=
            element("tr", path_cell(path) + element("td class=\"word\"", verdict_word(judged.answer.outcome)) +
                              element("td", markup_text(reason(judged) + error) + " <small>(" + markup_text(place) + ")</small>") + code_cell(why.remedy)) + "\n";
    }
    void add_file(const std::string& path, const judgement& judged, const signer& identity) {
        const bool verified = judged.answer.outcome == modsig::verdict::verified;
        const cause why = judged.diagnosis.code;
        const std::string link = element("a href=\"#" + anchor_of(why) + "\"", markup_text(label_of(why)));
        const std::string claimed = without_key_id(judged.signed_by, identity.key);
        const std::string unproven = claimed.empty() ? "" : element("span class=\"quiet\"", "unproven: " + markup_text(claimed));
        files_ += element("tr", path_cell(path) + element("td class=\"word\"", verdict_word(judged.answer.outcome)) + element("td", verified ? "" : link) +
                                    element("td", verified ? markup_text(identity.name) : unproven) + code_cell(identity.key) +
                                    cell(identity.layout) + cell(identity.digest) + cell(identity.scheme)) + "\n";
    }

    [[nodiscard]] std::string facts(exit_status status) const {
        const auto now = timestamp_or(std::time(nullptr));
        const auto* const policy = find_policy(settings_.policy_name);
        const bool has_kernel = policy != nullptr && (policy->has_kernel || settings_.asks_bpf);
        const std::size_t keys = settings_.keys.keys().size();
        const auto* const meaning = std::ranges::find(exit_texts, static_cast<int>(status), &exit_text::status);
        const std::pair<std::string_view, std::string> rows[] = {
            {"Policy", printable(options_.policy)},
            {"Kernel", has_kernel ? kernel_text(settings_.kernel) : ""},
            {"Layouts", listed(options_.verifier.layouts, most_named)},
            {"Signers", signers_asked_for(options_.verifier)},
            {"Trusted", settings_.sources.empty() ? "no key is named" : listed(settings_.sources, most_named) + " (" + std::to_string(keys) + (keys == 1 ? " key)" : " keys)")},
            {"Revoked", listed(options_.revoked, most_named)},
            {"Paths", listed(options_.paths.empty() && !options_.files_from ? options_.releases : options_.paths, most_named)},
            {"List", options_.files_from ? printable(*options_.files_from) : ""},
            {"Share", options_.shard ? options_.shard->name() : ""},
            {"Written", (now ? date(*now) : "") + ", by modsig " + version_text()},
            {"Exit status", std::to_string(static_cast<int>(status)) + ": " + std::string(meaning->text)},
        };
        std::string text;
        for (const auto& [term, content] : rows)
            if (!content.empty()) text += element("dt", term) + element("dd", markup_text(content)) + "\n";
        return element("dl", "\n" + text) + "\n";
    }

    [[nodiscard]] std::string causes() const {
        std::string contents, parts;
        for (std::size_t i = 0; i != cause_count; ++i) {
            if (counts_[i] == 0) continue;
            const auto why = static_cast<cause>(i);
            const std::string label = markup_text(label_of(why)), anchor = anchor_of(why);
            contents += element("li", element("a href=\"#" + anchor + "\"", label) + " " + std::to_string(counts_[i])) + "\n";
            std::string groups;
            for (const auto& [hint, rows] : groups_[i])
                groups += element("tbody", (hint.empty() ? "" : element("tr", element("th scope=\"rowgroup\" colspan=\"4\"", markup_text(hint)))) + "\n" + rows) + "\n";
            const std::string word = why == cause::none ? "" : element("code", entry_of(why).word) + ", ";
            parts += element("h3 id=\"" + anchor + "\"", label + " <small>" + word + file_count(counts_[i]) + "</small>") + "\n" +
                     element("table class=\"causes\" aria-labelledby=\"" + anchor + "\"", "\n" + heads({"File", "Verdict", "Reason", "Remedy"}) + groups) + "\n";
        }
        if (parts.empty()) return {};
        return element("section aria-labelledby=\"causes\"", "\n" + element("h2 id=\"causes\"", "Not verified, by cause") + "\n" + element("ul", "\n" + contents) + "\n" + parts) + "\n";
    }

    [[nodiscard]] std::string signers() const {
        if (signers_.empty()) return {};
        std::string rows;
        for (const auto& [identity, count] : signers_)
            rows += element("tr", element("th scope=\"row\"", markup_text(identity.name)) + code_cell(identity.key) +
                                      cell(identity.layout) + cell(identity.digest) + cell(identity.scheme) + cell(std::to_string(count))) + "\n";
        return element("section aria-labelledby=\"signers\"", "\n" + element("h2 id=\"signers\"", "Who has signed") + "\n" +
                       element("table class=\"signers sortable\" aria-labelledby=\"signers\"", "\n" + heads({"Signer", "Key identifier", "Layout", "Digest", "Scheme", "Files"}) + element("tbody", "\n" + rows)) + "\n") + "\n";
    }

    [[nodiscard]] static std::string head(const std::string& title) {
        const std::string rules = "default-src 'none'; script-src " + digest_source(html_script) + "; style-src " + digest_source(html_style) + "; base-uri 'none'; form-action 'none'";
        return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"" + rules +
               "\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n" +
               "<meta name=\"generator\" content=\"modsig " + version_text() + "\">\n" + element("title", title) + "\n" + element("style", html_style) + "\n</head>\n<body>\n";
    }

public:
    html_report(std::unique_ptr<verdict_report> printed, const verify_command& options, const trust_settings& settings)
        : printed_(std::move(printed)), options_(options), settings_(settings) {}

    void add(const trust_settings& settings, const std::string& path, const judgement& judged) override {
        const auto& claim = judged.answer.claim;
        const std::string scheme = claim.scheme != modsig::scheme_id::none ? std::string(name(claim.scheme)) : "";
        const std::string digest = claim.content_digest != modsig::digest_id::none ? std::string(name(claim.content_digest)) : "";
        const signer identity{printable(judged.signer), key_id_text(judged.answer.key), std::string(judged.answer.layout), digest, scheme};
        if (judged.answer.outcome == modsig::verdict::verified) ++signers_[identity];
        else add_cause(path, judged);
        add_file(path, judged, identity);
        printed_->add(settings, path, judged);
    }

    exit_status end(const verdict_sum& sum, exit_status status) override {
        const std::string title = sum.files() != 0 ? sum.text() : "nothing was verified";
        const std::string top = head(markup_text("modsig: " + title)) + element("header", "\n" + element("h1", markup_text(title)) + "\n" + facts(status)) + "\n<main>\n" + causes() + signers();
        const std::string table = "<section aria-labelledby=\"files\">\n" + element("h2 id=\"files\"", "Files") + "\n<table class=\"files sortable\" aria-labelledby=\"files\">\n" +
                                  heads({"File", "Verdict", "Cause", "Signer", "Key identifier", "Layout", "Digest", "Scheme"}) + "<tbody>\n";
        const std::string bottom = "</tbody>\n</table>\n</section>\n";
        const std::string foot = "</main>\n" + element("script", html_script) + "\n</body>\n</html>\n";
        const auto if_any = [&](const std::string& text) { return bytes_of(files_.empty() ? std::string_view() : text); };
        if (const exit_status written = write_output(*options_.html, {bytes_of(top), if_any(table), bytes_of(files_), if_any(bottom), bytes_of(foot)}); written != exit_status::good)
            status = written;
        return printed_->end(sum, status);
    }
};

}  // namespace

exit_status check_html(const verify_command& options, const std::vector<found_file>& files) {
    if (options.html == "-" && options.form != output_form::text && options.form != output_form::quiet) {
        complain("--html - writes to standard output, and so does the other form: name a file for the page");
        return exit_status::usage;
    }
    if (!timestamp_or(0)) return exit_status::usage;
    file_roles roles;
    roles.reads(options);
    const auto reads = [&](const std::string& path) { roles.reads(path == "-" ? "/dev/stdin" : path); };  // perhaps a file, by <
    if (options.files_from) reads(*options.files_from);
    for (const found_file& file : files) reads(file.path);
    return roles.writes(*options.html);
}

std::unique_ptr<verdict_report> with_html(std::unique_ptr<verdict_report> printed, const verify_command& options, const trust_settings& settings) {
    return std::make_unique<html_report>(std::move(printed), options, settings);
}

}  // namespace tool
