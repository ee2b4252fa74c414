// SPDX-License-Identifier: BSL-1.0
#include "appraise.hpp"

#include "text.hpp"

#include <ctime>

namespace tool {

judgement appraise(const court& court, const image& file, const std::string& path) {
    const modsig::context at{std::time(nullptr), path};
    modsig::subject s;
    s.image = file.bytes();
    if (!court.signature.empty()) {
        s.source = modsig::signature_source::detached;
        s.detached = court.signature;
        return {court.presiding->appraise(s, at), s.source};
    }
    judgement judged{court.presiding->appraise(s, at), s.source};
    if (!judged.answer.layout.empty() || file.ima_signature().empty()) return judged;
    s.source = modsig::signature_source::xattr;
    s.detached = file.ima_signature();
    return {court.presiding->appraise(s, at), s.source};
}

judgement unreadable(const court& court, const modsig::failure& why) {
    judgement judged;
    judged.answer.why = court.presiding->completed(why);
    return judged;
}

record verdict_fields(const court& court, const std::string& path, const judgement& judged) {
    const modsig::appraisal& answer = judged.answer;
    const bool fault = answer.why.code != modsig::errc::none;
    const auto digest = answer.said.content_digest;
    const auto scheme = answer.said.scheme;
    const auto error = court.presiding->errno_of(answer.why);
    return {
        {"path", path},
        {"verdict", std::string(name(answer.outcome))},
        {"errc", text_or_null(fault ? std::string(name(answer.why.code)) : "")},
        {"errno", text_or_null(error != modsig::linux_error::none ? std::string(name(error)) : "")},
        {"layout", text_or_null(std::string(answer.layout))},
        {"digest", text_or_null(digest != modsig::digest_id::none ? std::string(name(digest)) : "")},
        {"scheme", text_or_null(scheme != modsig::scheme_id::none ? std::string(name(scheme)) : "")},
        {"key_identifier", text_or_null(key_id_text(answer.key))},
    };
}

exit_status status_of(const modsig::appraisal& answer) {
    if (answer.outcome != modsig::verdict::rejected) return exit_status::good;
    return status_of(answer.why.code == modsig::errc::none ? modsig::errc::not_checked : answer.why.code);
}

std::string sentence(const court& court, const modsig::appraisal& answer) {
    std::string details;
    const auto add = [&](const std::string& detail) {
        if (!detail.empty()) details += (details.empty() ? "" : ", ") + detail;
    };
    std::string text(name(answer.outcome));
    if (answer.why.code != modsig::errc::none) {
        text += ": " + std::string(answer.why.message());
        add(std::string(name(answer.why.code)) + " at offset " + std::to_string(answer.why.offset));
    }
    add(std::string(answer.layout));
    if (answer.said.content_digest != modsig::digest_id::none) add(std::string(name(answer.said.content_digest)));
    if (const std::string id = key_id_text(answer.key); !id.empty()) add("key " + id);
    if (answer.signer != nullptr) add(printable(owner(answer.signer->subject)));
    if (answer.why.code == modsig::errc::key_not_found) add(std::to_string(court.keys.keys().size()) + " keys looked at");
    return details.empty() ? text : text + " (" + details + ")";
}

}  // namespace tool
