// SPDX-License-Identifier: BSL-1.0
#include "verdict_report.hpp"

#include "markup.hpp"
#include "text.hpp"

#include <modsig/errc.hpp>
#include <modsig/version.hpp>

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

namespace tool {
namespace {

class text_report final : public verdict_report {
    palette colors_;
    std::array<bool, cause_count> told_{};  // which causes

    /// What happened and what mends it, once for all files with this cause.
    void print_cause(const diagnosis& why) const {
        for (const auto& [name, text] : why.lines())
            print_text("    " + std::string(name) + ": " + (name == "cause" ? colors_.cause(text) : without_controls(text)));
    }

public:
    explicit text_report(const palette& colors) : colors_(colors) {}
    void add(const trust_settings& settings, const std::string& path, const judgement& judged) override {
        const std::string_view verdict = name(judged.answer.outcome);  // which the sentence begins with
        print_text(printable(path) + ": " + colors_.verdict(verdict) + sentence(settings, judged).substr(verdict.size()));
        const cause why = judged.diagnosis.code;
        if (why != cause::none && !std::exchange(told_[static_cast<std::size_t>(why)], true)) print_cause(judged.diagnosis);
    }
};

class tsv_report final : public verdict_report {
public:
    void add(const trust_settings& settings, const std::string& path, const judgement& judged) override {
        print_tsv(verdict_fields(settings, path, judged));
    }
};

class json_report final : public verdict_report {
public:
    void add(const trust_settings& settings, const std::string& path, const judgement& judged) override {
        record fields = verdict_fields(settings, path, judged);
        const modsig::failure& why = judged.answer.why;
        const bool fault = why.code != modsig::errc::none;
        fields.emplace_back("offset", fault ? value(why.offset) : value(nullptr));
        fields.emplace_back("message", text_or_null(fault ? reason(judged) : ""));
        fields.emplace_back("signer", text_or_null(judged.signer));
        fields.emplace_back("signed_by", text_or_null(judged.signed_by));
        fields.emplace_back("cause", text_or_null(std::string(judged.diagnosis.word())));
        fields.emplace_back("hint", text_or_null(judged.diagnosis.hint));
        fields.emplace_back("remedy", text_or_null(judged.diagnosis.remedy));
        print_json(fields);
    }
    exit_status end(const verdict_sum& sum, exit_status status) override {
        record fields{{"summary", true}};
        for (field& each : sum.fields()) fields.push_back(std::move(each));
        fields.emplace_back("exit_status", std::uint64_t{static_cast<unsigned>(status)});
        print_json(fields);
        return status;
    }
};

class quiet_report final : public verdict_report {
public:
    void add(const trust_settings&, const std::string&, const judgement&) override {}
};

/// The code of the reason, or "verified", which is a rule of its own.
std::string rule_of(const judgement& judged) {
    const modsig::errc code = judged.answer.why.code;
    return code == modsig::errc::none && judged.answer.outcome == modsig::verdict::verified ? "verified" : std::string(name(code));
}

/// SARIF 2.1.0, section 3.27.9: kind and level.
struct sarif_kind {
    std::string_view kind, level;
};
constexpr sarif_kind kind_of(modsig::verdict outcome) {
    switch (outcome) {
        case modsig::verdict::verified: return {"pass", "none"};
        case modsig::verdict::tolerated: return {"review", "none"};
        case modsig::verdict::rejected: break;
    }
    return {"fail", "error"};
}

/// A path as a reference of a URI (RFC 3986, section 4.2): each byte that is not unreserved or a slash is %XX.
std::string uri_of(std::string_view path) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string uri = path.starts_with('/') ? "file://" : "";
    for (const char c : path) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view("-._~/").find(c) != std::string_view::npos;
        if (plain) uri += c;
        else uri += {'%', digits[byte >> 4], digits[byte & 15]};
    }
    return uri;
}

class sarif_report final : public verdict_report {
    bool first_ = true;

    static void print_rule(std::string_view id, std::string_view text, bool last) {
        print_text("{\"id\":" + json_string(id) + ",\"shortDescription\":{\"text\":" + json_string(text) + "}}" + (last ? "" : ","));
    }

public:
    sarif_report() {
        print_text(R"({"$schema":"https://json.schemastore.org/sarif-2.1.0.json","version":"2.1.0","runs":[{"tool":{"driver":{"name":"modsig","version":)" +
                   json_string(version_text()) + ",\"rules\":[");
        for (const modsig::errc_entry& each : modsig::errc_table)
            if (each.code != modsig::errc::none) print_rule(each.name, each.text, false);
        print_rule("verified", "the signature is proven", true);
        print_text(R"(]}},"columnKind":"unicodeCodePoints","results":[)");
    }
    void add(const trust_settings& settings, const std::string& path, const judgement& judged) override {
        const sarif_kind is = kind_of(judged.answer.outcome);
        const bool fault = judged.answer.why.code != modsig::errc::none;
        std::string message = sentence(settings, judged);
        if (!judged.diagnosis.hint.empty()) message += "\n" + judged.diagnosis.hint;
        if (!judged.diagnosis.remedy.empty()) message += "\n" + judged.diagnosis.remedy;
        std::string line = std::exchange(first_, false) ? "" : ",";
        line += "{\"ruleId\":" + json_string(rule_of(judged)) + ",\"kind\":" + json_string(is.kind) + ",\"level\":" + json_string(is.level);
        line += ",\"message\":{\"text\":" + json_string(message) + "}";
        line += ",\"locations\":[{\"physicalLocation\":{\"artifactLocation\":{\"uri\":" + json_string(uri_of(path)) + "}";
        if (fault && judged.error == 0) line += ",\"region\":{\"byteOffset\":" + std::to_string(judged.answer.why.offset) + "}";
        line += "}}],\"properties\":" + json_text(verdict_fields(settings, path, judged)) + "}";
        print_text(line);
    }
    exit_status end(const verdict_sum& sum, exit_status status) override {
        const bool judged_all = status != exit_status::usage && status != exit_status::unreadable;
        print_text("],\"invocations\":[{\"executionSuccessful\":" + std::string(judged_all ? "true" : "false") + ",\"exitCode\":" +
                   std::to_string(static_cast<int>(status)) + "}],\"properties\":" + json_text(sum.fields()) + "}]}");
        return status;
    }
};

class junit_report final : public verdict_report {
    std::string cases_{};  // the counts stand in front of them
    std::uint64_t failures_ = 0, errors_ = 0, skipped_ = 0;

public:
    void add(const trust_settings& settings, const std::string& path, const judgement& judged) override {
        const std::string message = markup_text(sentence(settings, judged));
        cases_ += "<testcase classname=\"modsig.verify\" name=\"" + markup_text(printable(path)) + "\">";
        const auto child = [&](std::string_view element, std::uint64_t& count) {
            ++count;
            cases_ += "<" + std::string(element) + " message=\"" + message + "\"";
            if (element != "skipped") cases_ += " type=\"" + rule_of(judged) + "\"";
            cases_ += ">" + markup_text(judged.diagnosis.hint) + (judged.diagnosis.remedy.empty() ? "" : "\n" + markup_text(judged.diagnosis.remedy)) + "</" + std::string(element) + ">";
        };
        if (judged.answer.outcome == modsig::verdict::tolerated) child("skipped", skipped_);
        else if (judged.answer.outcome == modsig::verdict::rejected) status_of(judged.answer) == exit_status::unreadable ? child("error", errors_) : child("failure", failures_);
        cases_ += "</testcase>\n";
    }
    exit_status end(const verdict_sum& sum, exit_status status) override {
        std::uint64_t tests = sum.files();
        if (tests == 0 && status != exit_status::good) {  // a run of no files that has failed must not look like one in which all is well
            tests = errors_ = 1;
            cases_ = "<testcase classname=\"modsig.verify\" name=\"modsig verify\"><error message=\"nothing was verified: exit status " +
                     std::to_string(static_cast<int>(status)) + "\" type=\"not_checked\"/></testcase>\n";
        }
        const std::string counts = "tests=\"" + std::to_string(tests) + "\" failures=\"" + std::to_string(failures_) + "\" errors=\"" + std::to_string(errors_) +
                                   "\" skipped=\"" + std::to_string(skipped_) + "\"";
        print_text("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"modsig verify\" " + counts + ">\n<testsuite name=\"modsig verify\" " + counts + ">\n" +
                   cases_ + "</testsuite>\n</testsuites>");
        return status;
    }
};

}  // namespace

std::unique_ptr<verdict_report> make_verdict_report(output_form form, const palette& colors) {
    switch (form) {
        case output_form::text: return std::make_unique<text_report>(colors);
        case output_form::tsv: return std::make_unique<tsv_report>();
        case output_form::json: return std::make_unique<json_report>();
        case output_form::sarif: return std::make_unique<sarif_report>();
        case output_form::junit: return std::make_unique<junit_report>();
        case output_form::quiet: break;
    }
    return std::make_unique<quiet_report>();
}

}  // namespace tool
