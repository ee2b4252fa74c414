// SPDX-License-Identifier: BSL-1.0
#include "appraise.hpp"

#include "attributes.hpp"
#include "bpf.hpp"
#include "diagnosis.hpp"
#include "layouts.hpp"
#include "pkcs7.hpp"
#include "text.hpp"

#include <modsig/batch/packed_modules.hpp>
#include <modsig/layout/attribute_text.hpp>
#include <modsig/layout/bpf.hpp>
#include <modsig/layout/ima_header.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <utility>

namespace tool {
namespace {

constexpr std::string_view intel_hex_words = "it is Intel HEX, the text of an image; `objcopy -I ihex -O binary FILE IMAGE` makes the image of it";

/// The signer's name and key identifier, by a CMS message's own word.
std::string claimed_signer(const modsig::subject& s, const modsig::appraisal& answer) {
    const std::string id = "key id " + key_id_text(answer.key);
    const bool is_appended = s.signature.source == modsig::signature_source::image;
    const auto where = answer.layout == "modsign" && is_appended ? find_appended(s.image) : modsig::errc::no_signature;
    const modsig::byte_view message = where ? *modsig::slice(s.image, where->blob) : s.signature.bytes;
    const auto claim = signer_in(message, where ? where->blob.offset : 0, answer);
    if (!claim || claim->key.kind != modsig::key_id_kind::issuer_serial) return id;
    const std::string name = first_common_name(claim->key.issuer), shown = owner(claim->key.issuer);
    const bool is_whole_name = !name.empty() && shown.ends_with(name);  // of two common names one is shown everywhere
    return (is_whole_name ? "CN=" + printable(name) : printable(shown)) + ", " + id;
}

/// A large file is read meanwhile; where that fails errno says why.
modsig::appraisal appraise_file(const trust_settings& settings, const image& file, const modsig::subject& s, const modsig::context& context) {
    return file.large() == nullptr ? settings.verifier->appraise(s, context) : settings.verifier->appraise(*file.large(), s, context, settings.limit);
}

/// Neither signed nor unsigned: nobody knows.
bool is_unread(const modsig::appraisal& answer) {
    return answer.layout.empty() && (answer.why.code == modsig::errc::io_error || answer.why.code == modsig::errc::too_large);
}

/// A file, as the command line names it and as it was read.
struct named_file {
    std::string_view path;
    modsig::byte_view stored, image;
    modsig::batch::windowed_file* large = nullptr;  // of a large file only the ends are in memory
    modsig::byte_view other_bpf{};

    /// Whether all of it is in memory now: a refused file is read whole up to this size, to say why. Beyond it, memory would be
    /// anybody's to take.
    [[nodiscard]] bool hold() const {
        constexpr std::uint64_t most = std::uint64_t{8} << 20;
        return large == nullptr || large->hold_whole(most).has_value();
    }
};

/// Why, where somebody wants to know.
judgement explained(const trust_settings& settings, judgement judged, const named_file& file, const modsig::subject& s) {
    const bool is_asked = settings.explains && judged.answer.outcome != modsig::verdict::verified;
    if (is_asked && file.hold()) judged.diagnosis = diagnose(settings, judged, {file.path, file.stored, file.image, s, file.other_bpf});
    return judged;
}

judgement judged_as(const trust_settings& settings, const modsig::appraisal& answer, const named_file& file, const modsig::subject& s) {
    judgement judged{answer, s.signature.source};
    if (answer.why.code == modsig::errc::io_error) {
        judged.error = errno;
        judged.answer.why = modsig::errc::io_error;
    }
    if (is_unread(answer) && answer.why.code == modsig::errc::too_large) judged.remark = beyond_limit;
    if (answer.why.code == modsig::errc::no_signature && is_intel_hex(s.image)) judged.remark = intel_hex_words;
    if (answer.why.code == modsig::errc::key_not_found || answer.why.code == modsig::errc::untrusted_chain) judged.signed_by = claimed_signer(s, answer);
    if (settings.explains && answer.outcome == modsig::verdict::verified) judged.signer = signer_of(judged, s);
    return explained(settings, std::move(judged), file, s);
}

/// An attribute that holds a digest in the place of a signature.
judgement without_signature(const trust_settings& settings, held_value held, const named_file& file, const modsig::subject& s) {
    constexpr std::array<std::uint8_t, 64> anything{};  // long enough for a module: kernel/module/main.c, init_module(2)
    modsig::subject plain;
    plain.image = anything;
    judgement judged{settings.verifier->appraise(plain, {std::time(nullptr), file.path}), s.signature.source};
    judged.attribute = held;
    judged.remark = held == held_value::hmac ? "security.evm holds an HMAC, not a signature" : "security.ima holds a digest, not a signature";
    judged.answer.content = {0, s.image.size()};
    judged.answer.why.offset = s.image.size();
    return explained(settings, std::move(judged), file, s);
}

/// Whether the value of an attribute is whole, and no signature: enum evm_ima_xattr_type. ima_appraise_measurement() takes digests with
/// bytes behind them; in a file that says nothing of an attribute, that is more likely a broken signature.
held_value held_in(modsig::byte_view value, bool is_evm, bool is_attribute = true) {
    using modsig::layout::ima_type;
    if (value.size() < 2) return held_value::none;
    const std::size_t rest = value.size() - 1;
    switch (static_cast<ima_type>(value[0])) {
        case ima_type::digest: return rest == 16 || rest == 20 ? held_value::digest : held_value::none;
        case ima_type::named_digest: {
            const modsig::digest_id id = modsig::digest_of_linux_number(value[1]);
            const std::size_t size = 1 + modsig::size_of(id);
            return id != modsig::digest_id::none && (is_attribute ? rest >= size : rest == size) ? held_value::digest : held_value::none;
        }
        case ima_type::hmac: return is_evm && rest == 20 ? held_value::hmac : held_value::none;
        default: return held_value::none;
    }
}

/// security.evm: of the file's other attributes and its inode, not of what is in it.
judgement judged_metadata(const trust_settings& settings, const named_file& file, const modsig::context& context) {
    judgement judged;
    judged.source = modsig::signature_source::xattr;
    const auto refused = [&](const modsig::failure& why) {
        judged.answer.layout = why.code == modsig::errc::no_signature ? "" : "evm";
        judged.answer.why = why;
        judged.answer.why.layout = judged.answer.layout;
        judged.answer.why = settings.verifier->completed(judged.answer.why);
        judged.error = errno;
        return explained(settings, judged, file, {});
    };
    errno = 0;
    const std::string path(context.name);
    const auto value = path == "-" ? modsig::result<attribute_value>(modsig::errc::no_signature) : read_attribute(path, "security.evm");
    if (!value) return refused(value.error());
    if (const held_value held = held_in(*value, true); held != held_value::none) return without_signature(settings, held, file, {});
    const auto metadata = evm_metadata(path, is_portable(*value));
    if (!metadata) return refused(metadata.error());
    modsig::subject s;
    s.signature = {modsig::signature_source::xattr, *value};
    s.beside.metadata = *metadata;
    return judged_as(settings, settings.verifier->appraise(s, context), file, s);
}

/// Values of attributes are over the file as it lies on disk, whatever is in it.
bool is_attribute(modsig::byte_view signature) { return !signature.empty() && signature[0] >= 1 && signature[0] <= 6; }

judgement judged_beside(const trust_settings& settings, modsig::subject s, const image& file, const named_file& named,
                        const modsig::context& context) {
    const auto signature = signature_in(settings.signature, settings.asks_evm ? "security.evm" : "security.ima", context.name);
    if (!signature) return unreadable(settings, signature.error());
    s.signature = {modsig::signature_source::detached, *signature};
    if (const held_value held = held_in(*signature, settings.asks_evm, modsig::layout::attribute_text::recognises(settings.signature)); held != held_value::none) return without_signature(settings, held, named, s);
    const bool attribute = is_attribute(*signature);
    if (attribute || settings.asks_verity) s.image = file.stored();
    if (settings.asks_verity) s.beside.verity = settings.verity.view();
    // IMA takes the file's own digest, however it was made.
    if (attribute || (settings.asks_verity && settings.verity.takes(file.measured()))) s.beside.measured = file.measured();
    if (settings.asks_evm) {
        if (file.large() != nullptr)
            if (const auto whole = file.large()->hold_whole(settings.limit); !whole) return unreadable(settings, whole.error(), {}, errno);
        s.beside.metadata = file.stored();
    }
    return judged_as(settings, appraise_file(settings, file, s, context), named, s);
}

/// A BPF program and its signature, which a light skeleton has inside.
judgement judged_program(const trust_settings& settings, const image& file, const modsig::context& context) {
    if (file.large() != nullptr)
        if (const auto whole = file.large()->hold_whole(settings.limit); !whole) return unreadable(settings, whole.error(), {}, errno);
    const named_file named{context.name, file.stored(), file.stored()};
    const auto program = read_bpf_program(file.stored(), settings.kernel.release.signed_bpf);
    if (!program) {
        judgement judged;
        judged.answer.layout = modsig::layout::bpf::name;
        judged.answer.why = settings.verifier->completed(program.error());
        judged.answer.why.layout = judged.answer.layout;
        judged.remark = remark_about_program(program.error());
        return explained(settings, std::move(judged), named, {});
    }
    modsig::subject s;
    s.image = program->content;
    s.beside.is_bpf = true;
    if (settings.has_signature || !program->signature.empty())
        s.signature = {modsig::signature_source::detached, settings.has_signature ? settings.signature : program->signature};
    return judged_as(settings, settings.verifier->appraise(s, context), {context.name, s.image, s.image, nullptr, program->other}, s);
}

/// ima_appraise_measurement(): an appended signature is looked at where there is no attribute, or a bare digest, or one whose
/// key is not known.
judgement judged_by_ima(const trust_settings& settings, modsig::subject s, const image& file, const named_file& named,
                        const modsig::context& context) {
    constexpr std::uint8_t named_digest = 4;  // IMA_XATTR_DIGEST_NG
    const modsig::byte_view value = file.ima_attribute();
    const modsig::appraisal appended = appraise_file(settings, file, s, context);
    if (is_unread(appended)) return judged_as(settings, appended, named, s);
    const bool is_appended = !appended.layout.empty();
    if (!value.empty()) {
        modsig::subject beside = s;
        beside.image = file.stored();
        beside.signature = {modsig::signature_source::xattr, value};
        beside.beside.measured = file.measured();
        const held_value held = held_in(value, false);
        if (held != held_value::none && (value[0] != named_digest || !is_appended)) return without_signature(settings, held, named, beside);
        const modsig::appraisal attribute = appraise_file(settings, file, beside, context);
        const bool decides = value[0] != named_digest && attribute.why.linux_errno() != modsig::linux_error::enokey;
        if (!attribute.layout.empty() && (decides || !is_appended)) return judged_as(settings, attribute, named, beside);
    }
    return settings.asks_evm && !is_appended ? judged_metadata(settings, named, context) : judged_as(settings, appended, named, s);
}

}  // namespace

judgement appraise(const trust_settings& settings, const image& file, const std::string& path) {
    const modsig::context context{std::time(nullptr), path};
    modsig::subject s;
    s.image = file.bytes();
    s.beside.ima_hash = settings.ima_hash;
    if (settings.asks_bpf) return judged_program(settings, file, context);
    const named_file named{path, file.stored(), file.bytes(), file.large()};
    if (settings.has_signature) return judged_beside(settings, s, file, named, context);
    if (settings.attribute_first) return judged_by_ima(settings, s, file, named, context);
    const modsig::appraisal appended = appraise_file(settings, file, s, context);
    if (!appended.layout.empty() || is_unread(appended)) return judged_as(settings, appended, named, s);
    if (!file.ima_signature().empty()) {
        s.image = file.stored();
        s.signature = {modsig::signature_source::xattr, file.ima_signature()};
        s.beside.measured = file.measured();
        const modsig::appraisal attribute = appraise_file(settings, file, s, context);
        if (!attribute.layout.empty()) return judged_as(settings, attribute, named, s);
    }
    if (settings.asks_evm) return judged_metadata(settings, named, context);
    const held_value held = held_in(file.ima_attribute(), false);
    const bool nothing_else = appended.why.code == modsig::errc::no_signature && held != held_value::none && !well_formed_signature(s.image);
    return nothing_else ? without_signature(settings, held, named, s) : judged_as(settings, appended, named, s);
}

bool found_file_batch::is_for_batch(std::size_t i) const {
    const bool otherwise = settings_.asks_bpf || settings_.attribute_first || settings_.ima_hash != modsig::digest_id::none;  // batches do not know these
    return files_[i].error == 0 && files_[i].path != "-" && !settings_.has_signature && !otherwise;
}

bool found_file_batch::is_plain(std::size_t i) const {
    return is_for_batch(i) && (settings_.modules == unpacking::never || !is_compressed_module(files_[i].path));
}

bool found_file_batch::is_packed(std::size_t i) const {
    return is_for_batch(i) && settings_.modules != unpacking::never && is_compressed_module(files_[i].path);
}

modsig::batch::opening found_file_batch::unpack(std::size_t i, modsig::batch::module_unpacker& unpacker, modsig::batch::unpacked_images& images,
                                                std::optional<modsig::decompression_output>& module) const {
    const bool as_linux = settings_.modules == unpacking::first_stream;
    return unpacker.unpack(files_[i].path.c_str(), as_linux ? modsig::batch::packed_module::first_stream : modsig::batch::packed_module::whole_file, images,
                           module);
}

judgement found_file_batch::settled(std::size_t i, const modsig::subject& s, const modsig::appraisal& answer) const {
    // Unsigned: security.ima has to be looked at. Refused: a batch may not have all of the content, of which the cause is told.
    const bool is_looked_at = answer.layout.empty() || (settings_.explains && answer.outcome != modsig::verdict::verified);
    return is_looked_at ? alone(i) : judged_as(settings_, answer, {files_[i].path, s.image, s.image}, s);
}

judgement found_file_batch::alone(std::size_t i) const {
    const found_file& file = files_[i];
    if (file.error != 0) return explained(settings_, unreadable(settings_, modsig::errc::io_error, {}, file.error), {file.path, {}, {}}, {});
    image whole(settings_.limit);
    errno = 0;
    const auto read = whole.read_to_verify(file.path, settings_.modules);
    return read ? appraise(settings_, whole, file.path) : unreadable(settings_, whole, file.path, read.error(), errno);
}

judgement unreadable(const trust_settings& settings, const image& file, const std::string& path, const modsig::failure& why, int error) {
    const std::string_view remark = why.code == modsig::errc::too_large ? beyond_limit : std::string_view(file.remark());
    return explained(settings, unreadable(settings, why, remark, error), {path, file.stored(), file.stored()}, {});
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
    std::string places = listed(settings.sources, 3);
    const std::size_t count = settings.keys.keys().size();
    if (places.empty()) places = "the trusted ones";
    return places + " (" + std::to_string(count) + (count == 1 ? " key" : " keys") + " looked at)";
}

std::string why_in_words(const trust_settings& settings, const judgement& judged) {
    // A hint that says all that the reason says, and more.
    for (const cause own : {cause::certificate_missing, cause::ca_key, cause::not_for_signing, cause::expired, cause::not_yet_valid})
        if (judged.diagnosis.code == own) return judged.diagnosis.hint;
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
    if (answer.anchor != nullptr) add(printable(judged.signer.empty() ? owner(answer.anchor->subject) : judged.signer));
    return details.empty() ? text : text + " (" + details + ")";
}

}  // namespace tool
