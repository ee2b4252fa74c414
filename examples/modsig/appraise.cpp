// SPDX-License-Identifier: BSL-1.0
#include "appraise.hpp"

#include "attributes.hpp"
#include "layouts.hpp"
#include "pkcs7.hpp"
#include "text.hpp"

#include <algorithm>
#include <cerrno>
#include <ctime>

namespace tool {
namespace {

constexpr std::string_view intel_hex_words = "it is Intel HEX, the text of an image; `objcopy -I ihex -O binary FILE IMAGE` makes the image of it";

/// The signer's name and key identifier, by an appended signature's own word.
std::string claimed_signer(modsig::byte_view image, const modsig::appraisal& answer) {
    const std::string id = "key id " + key_id_text(answer.key);
    const auto where = answer.layout == "modsign" ? find_appended(image) : modsig::errc::no_signature;
    const auto said = where ? first_signer(*modsig::slice(image, where->blob)) : std::nullopt;
    if (!said || said->key.kind != modsig::key_id_kind::issuer_serial) return id;
    const std::string name = first_common_name(said->key.issuer);
    return (name.empty() ? printable(owner(said->key.issuer)) : "CN=" + printable(name)) + ", " + id;
}

judgement judged_as(const modsig::appraisal& answer, const modsig::subject& s) {
    judgement judged{answer, s.signature.source};
    if (answer.why.code == modsig::errc::no_signature && is_intel_hex(s.image)) judged.remark = intel_hex_words;
    if (answer.why.code == modsig::errc::key_not_found || answer.why.code == modsig::errc::untrusted_chain)
        judged.signed_by = claimed_signer(s.signature_bytes(), answer);
    return judged;
}

/// security.evm: of the file's other attributes and its inode, not of what is in it.
judgement judged_metadata(const trust_settings& settings, const modsig::context& at) {
    judgement judged;
    judged.source = modsig::signature_source::xattr;
    const auto refused = [&](const modsig::failure& why) {
        judged.answer.layout = why.code == modsig::errc::no_signature ? "" : "evm";
        judged.answer.why = why;
        judged.answer.why.layout = judged.answer.layout;
        judged.answer.why = settings.verifier->completed(judged.answer.why);
        judged.error = errno;
        return judged;
    };
    errno = 0;
    const std::string path(at.name);
    const auto value = path == "-" ? modsig::result<attribute_value>(modsig::errc::no_signature) : read_attribute(path, "security.evm");
    if (!value) return refused(value.error());
    const auto metadata = evm_metadata(path, is_portable(*value));
    if (!metadata) return refused(metadata.error());
    modsig::subject s;
    s.signature = {modsig::signature_source::xattr, *value};
    s.beside.metadata = *metadata;
    return judged_as(settings.verifier->appraise(s, at), s);
}

/// Values of attributes are over the file as it lies on disk, whatever is in it.
bool is_attribute(modsig::byte_view signature) { return !signature.empty() && signature[0] >= 1 && signature[0] <= 6; }

judgement judged_beside(const trust_settings& settings, modsig::subject s, const image& file, const modsig::context& at) {
    const auto signature = signature_in(settings.signature, settings.asks_evm ? "security.evm" : "security.ima", at.name);
    if (!signature) return unreadable(settings, signature.error());
    s.signature = {modsig::signature_source::detached, *signature};
    const bool attribute = is_attribute(*signature);
    if (attribute || settings.asks_verity) s.image = file.stored();
    if (settings.asks_verity) s.beside.verity = settings.verity.view();
    // IMA takes the file's own digest, however it was made.
    if (attribute || (settings.asks_verity && settings.verity.takes(file.measured()))) s.beside.measured = file.measured();
    if (settings.asks_evm) s.beside.metadata = file.stored();
    return judged_as(settings.verifier->appraise(s, at), s);
}

/// ima_appraise_measurement(): an appended signature is looked at where there is no attribute, or a bare digest, or one whose
/// key is not known.
judgement judged_by_ima(const trust_settings& settings, modsig::subject s, const image& file, const modsig::context& at) {
    constexpr std::uint8_t named_digest = 4;  // IMA_XATTR_DIGEST_NG
    const modsig::byte_view value = file.ima_attribute();
    const modsig::appraisal appended = settings.verifier->appraise(s, at);
    const bool is_appended = !appended.layout.empty();
    if (!value.empty()) {
        modsig::subject beside = s;
        beside.signature = {modsig::signature_source::xattr, value};
        beside.beside.measured = file.measured();
        const modsig::appraisal attribute = settings.verifier->appraise(beside, at);
        const bool decides = value[0] != named_digest && attribute.why.linux_errno() != modsig::linux_error::enokey;
        if (!attribute.layout.empty() && (decides || !is_appended)) return judged_as(attribute, beside);
    }
    return settings.asks_evm && !is_appended ? judged_metadata(settings, at) : judged_as(appended, s);
}

}  // namespace

judgement appraise(const trust_settings& settings, const image& file, const std::string& path) {
    const modsig::context at{std::time(nullptr), path};
    modsig::subject s;
    s.image = file.bytes();
    s.beside.ima_hash = settings.ima_hash;
    if (settings.has_signature) return judged_beside(settings, s, file, at);
    if (settings.attribute_first) return judged_by_ima(settings, s, file, at);
    const modsig::appraisal appended = settings.verifier->appraise(s, at);
    if (!appended.layout.empty()) return judged_as(appended, s);
    if (!file.ima_signature().empty()) {
        s.image = file.stored();
        s.signature = {modsig::signature_source::xattr, file.ima_signature()};
        s.beside.measured = file.measured();
        const modsig::appraisal attribute = settings.verifier->appraise(s, at);
        if (!attribute.layout.empty()) return judged_as(attribute, s);
    }
    return settings.asks_evm ? judged_metadata(settings, at) : judged_as(appended, s);
}

bool found_file_batch::is_plain(std::size_t i) const {
    const found_file& file = files_[i];
    const bool unpacked = settings_.modules != unpacking::never && is_compressed_module(file.path);
    const bool otherwise = settings_.attribute_first || settings_.ima_hash != modsig::digest_id::none;  // batches do not know these
    return file.unreadable.code == modsig::errc::none && file.path != "-" && !settings_.has_signature && !unpacked && !otherwise;
}

judgement found_file_batch::settled(std::size_t i, const modsig::subject& s, const modsig::appraisal& answer) const {
    return answer.layout.empty() ? alone(i) : judged_as(answer, s);  // unsigned: security.ima has to be looked at
}

judgement found_file_batch::alone(std::size_t i) const {
    const found_file& file = files_[i];
    if (file.unreadable.code != modsig::errc::none) return unreadable(settings_, file.unreadable, {}, file.error);
    image whole;
    errno = 0;
    const auto read = whole.read_module(file.path, settings_.modules);
    if (!read) return unreadable(settings_, read.error(), whole.remark(), errno);
    return appraise(settings_, whole, file.path);
}

judgement unreadable(const trust_settings& settings, const modsig::failure& why, std::string_view remark, int error) {
    judgement judged;
    judged.remark = remark;
    judged.error = error;
    judged.answer.why = settings.verifier->completed(why);
    return judged;
}

record verdict_fields(const trust_settings& settings, const std::string& path, const judgement& judged) {
    const modsig::appraisal& answer = judged.answer;
    const bool fault = answer.why.code != modsig::errc::none;
    const auto digest = answer.claim.content_digest;
    const auto scheme = answer.claim.scheme;
    const auto error = settings.verifier->errno_of(answer.why);
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

std::string reason(const judgement& judged) {
    std::string words(judged.answer.why.message());
    if (!judged.remark.empty()) words.append(": ").append(judged.remark);
    return words;
}

std::string where_looked(const trust_settings& settings) {
    constexpr std::size_t max_named = 3;
    std::string places;
    for (std::size_t i = 0; i != std::min(settings.sources.size(), max_named); ++i) places += (i == 0 ? "" : ", ") + printable(settings.sources[i]);
    if (settings.sources.size() > max_named) places += " and " + std::to_string(settings.sources.size() - max_named) + " others";
    const std::size_t count = settings.keys.keys().size();
    if (places.empty()) places = "the trusted ones";
    return places + " (" + std::to_string(count) + (count == 1 ? " key" : " keys") + " looked at)";
}

std::string why_in_words(const trust_settings& settings, const judgement& judged) {
    const bool no_key = judged.answer.why.code == modsig::errc::key_not_found && !judged.signed_by.empty();
    return no_key ? "signed by " + judged.signed_by + ": no such key in " + where_looked(settings) : reason(judged);
}

std::string sentence(const trust_settings& settings, const judgement& judged) {
    const modsig::appraisal& answer = judged.answer;
    std::string details;
    const auto add = [&](const std::string& detail) {
        if (!detail.empty()) details += (details.empty() ? "" : ", ") + detail;
    };
    std::string text(name(answer.outcome));
    if (answer.why.code != modsig::errc::none) {
        text += ": " + why_in_words(settings, judged);
        add(std::string(name(answer.why.code)) + " at offset " + std::to_string(answer.why.offset));
    }
    add(std::string(answer.layout));
    if (answer.claim.content_digest != modsig::digest_id::none) add(std::string(name(answer.claim.content_digest)));
    if (signs_message(answer.claim.scheme)) add(std::string(name(answer.claim.scheme)));
    if (const std::string id = key_id_text(answer.key); !id.empty() && judged.signed_by.empty()) add("key " + id);
    if (answer.anchor != nullptr) add(printable(owner(answer.anchor->subject)));
    return details.empty() ? text : text + " (" + details + ")";
}

}  // namespace tool
