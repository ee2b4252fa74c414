// SPDX-License-Identifier: BSL-1.0
//
// modsig inspect: what a signature says, what is thought of it, and what has probably happened to the file.
#include "appraise.hpp"
#include "attributes.hpp"
#include "commands.hpp"
#include "layouts.hpp"
#include "pkcs7.hpp"
#include "text.hpp"

#include <cerrno>
#include <cstdio>

namespace tool {
namespace {

struct hint {
    std::string_view name;
    std::string text;
};

bool is_elf(modsig::byte_view image) {
    constexpr std::uint8_t magic[] = {0x7f, 'E', 'L', 'F'};
    return modsig::starts_with(image, magic);
}

/// Something that stands where the marker of an appended signature should.
std::string damaged_marker(modsig::byte_view image) {
    constexpr std::string_view cut = "~Module signature appended~";
    if (modsig::ends_with(image, cut)) return "its last byte, a newline, is missing: the file was cut short or went through an editor";
    if (modsig::ends_with(image, "~Module signature appended~\r\n")) return "it ends with CR LF: the file was transferred as text, and is damaged";
    return {};
}

/// Collects what has probably happened.
class hint_list {
    const trust_settings& settings_;
    const image& file_;
    const judgement& judged_;
    std::vector<hint> hints_{};

    void add(std::string_view name, const std::string& text) { hints_.push_back({name, text}); }
    [[nodiscard]] modsig::errc code() const { return judged_.answer.why.code; }

    void about_nesting(modsig::byte_view content) {
        const auto inner = find_appended(content);
        if (inner && judged_.source == modsig::signature_source::image)
            add("double_signed", "signed twice: what was signed already had a " + std::string(inner->layout->name) + " signature of " +
                                     std::to_string(inner->blob.size) + " bytes; `modsig sign --replace` takes the old one off");
    }
    void about_compression() {
        const bool packed = is_compressed_module(file_.path());
        if (modsig::is_compressed_module(file_.bytes()) && !packed)
            add("compressed", "the file is " + std::string(name(modsig::compression_of_magic(file_.bytes()))) + " data: the signature belongs to the module inside, before it is compressed");
        if (packed && find_appended(file_.stored()))
            add("signed_while_compressed", "a signature follows the compressed data, where the kernel drops it: sign the module, then compress it");
    }
    void about_missing(modsig::byte_view image) {
        if (const auto other = find_appended(image))
            return add("other_layout", "there is a " + std::string(other->layout->name) + " signature of " + std::to_string(other->blob.size) +
                                           " bytes, which was not looked at");
        if (is_intel_hex(image)) return add("intel_hex", judged_.remark);
        if (const std::string how = damaged_marker(image); !how.empty()) return add("damaged_marker", "there is a signature's marker, but " + how);
        if (const auto at = find_buried_marker(image))
            return add("data_after_signature", "a signature's marker stands at offset " + std::to_string(*at) + ", but not at the end: something was added after signing");
        if (is_elf(image))
            add("stripped", "an ELF file without a signature at its end: it was never signed, or the module was stripped after signing (strip and objcopy take the signature off)");
    }
    void about_key() {
        add("unknown_key", "it takes the key with identifier " + key_id_text(judged_.answer.key) + ": no such key in " + where_looked(settings_));
        const auto where = find_appended(file_.bytes());
        const auto said = where ? first_signer(*modsig::slice(file_.bytes(), where->blob)) : std::nullopt;
        if (!said || said->key.kind != modsig::key_id_kind::issuer_serial) return;
        for (const auto& trusted : settings_.keys.keys())
            if (modsig::equal(trusted.info.issuer, said->key.issuer) && !trusted.info.serial.empty())
                return add("renewed_key", "a trusted certificate has the same issuer, but serial number " + hex(trusted.info.serial) +
                                              ": the key is another one under the same name, as each kernel build makes its own");
    }

public:
    hint_list(const trust_settings& settings, const image& file, const judgement& judged) : settings_(settings), file_(file), judged_(judged) {
        const modsig::byte_view image = file.bytes();
        const auto content = modsig::slice(image, judged.answer.content);
        if (code() != modsig::errc::no_signature) about_nesting(content.value_or(image));
        about_compression();
        about_reason(image);
    }
    [[nodiscard]] const std::vector<hint>& all() const { return hints_; }

private:
    void about_reason(modsig::byte_view image) {
        switch (code()) {
            case modsig::errc::no_signature: return about_missing(image);
            case modsig::errc::key_not_found:
            case modsig::errc::untrusted_chain: return about_key();
            case modsig::errc::signature_mismatch:
                return add("changed", "the content was changed after signing, or another key than the named one has signed");
            case modsig::errc::digest_mismatch: return add("changed", "the content was changed after signing");
            case modsig::errc::bad_padding:
            case modsig::errc::signature_length:
            case modsig::errc::signature_out_of_range:
            case modsig::errc::key_type_mismatch:
                return add("wrong_key", "another key than the named one has signed: the identifier fits, the numbers do not");
            case modsig::errc::malformed_signature: return add("damaged", "the signature was changed, or is of another kind than it says");
            case modsig::errc::unsupported_version:
                if (judged_.answer.layout == "modsign") add("old_format", "signed in a form that Linux has not read since 4.3");
                return;
            case modsig::errc::weak_digest:
                if (judged_.answer.layout == "digsig") add("weak_format", "digsig v1 always rests on SHA-1, which this policy refuses: see --policy legacy");
                return;
            default: return;
        }
    }
};

std::string source_text(const judgement& judged) {
    switch (judged.source) {
        case modsig::signature_source::image: return "appended";
        case modsig::signature_source::detached: return "detached";
        case modsig::signature_source::xattr: return judged.answer.layout == "evm" ? "security.evm" : "security.ima";
    }
    return "";
}

/// Where the signature is, read again without any trust.
void add_location(record& fields, const trust_settings& settings, const image& file, const judgement& judged) {
    const layout_entry* layout = find_layout(judged.answer.layout);
    if (layout == nullptr) return;
    modsig::subject s;
    s.image = judged.source == modsig::signature_source::xattr ? file.stored() : file.bytes();
    s.signature.source = judged.source;
    modsig::result<attribute_value> held = modsig::errc::no_signature;
    const std::string attribute = layout->name == "evm" ? "security.evm" : "security.ima";
    if (judged.source == modsig::signature_source::xattr) held = read_attribute(file.path(), attribute);
    if (judged.source == modsig::signature_source::detached) held = signature_in(settings.signature, attribute, file.path());
    if (held) s.signature.bytes = *held;
    if (layout->name == "evm") s.image = {}, s.beside.metadata = s.signature.bytes;  // that there are some is enough to find the signature
    if (settings.asks_verity) s.beside.verity = settings.verity.view();
    fields.emplace_back("source", source_text(judged));
    const auto where = layout->find(s);
    if (!where) return;
    fields.emplace_back("content_size", where->content.size);
    fields.emplace_back("signature_offset", where->blob.offset);
    fields.emplace_back("signature_size", where->blob.size);
    if (const auto blob = modsig::slice(s.signature_bytes(), where->blob)) layout->describe(*blob, fields);
    if (layout->describe_image != nullptr) layout->describe_image(s.image, fields);
    const auto second = judged.answer.claim.signed_digest;
    if (second != modsig::digest_id::none && second != judged.answer.claim.content_digest)
        fields.emplace_back("signed_digest", std::string(modsig::name(second)));
}

}  // namespace

exit_status inspect_command::run() const {
    trust_settings settings;
    if (const exit_status opened = settings.open(*this); opened != exit_status::good) return opened;
    image file;
    errno = 0;
    const auto read = file.read_module(path, settings.modules);
    const int error = errno;
    const judgement judged = read ? appraise(settings, file, path) : unreadable(settings, read.error(), file.remark());
    const modsig::appraisal& answer = judged.answer;
    if (answer.why.code == modsig::errc::io_error) {
        errno = error;
        complain(path, answer.why);
    }
    if (modinfo) {
        if (!read && answer.why.code != modsig::errc::io_error) complain(printable(path) + ": " + reason(judged));
        const std::string lines = modinfo_of(file.bytes());
        std::fwrite(lines.data(), 1, lines.size(), stdout);
        return read ? exit_status::good : exit_status::unreadable;
    }

    record fields = verdict_fields(settings, path, judged);
    fields.emplace_back("size", std::uint64_t{file.bytes().size()});
    if (file.was_compressed()) fields.emplace_back("compressed_size", std::uint64_t{file.stored().size()});
    if (!file.decoder_remark().empty()) fields.emplace_back("remark", file.decoder_remark());
    if (read && file.measured().id != modsig::digest_id::none)
        fields.emplace_back("fsverity_digest", std::string(modsig::name(file.measured().id)) + ":" + hex(file.measured().view()));
    if (read) add_location(fields, settings, file, judged);
    fields.emplace_back("signer", text_or_null(answer.anchor != nullptr ? owner(answer.anchor->subject) : ""));
    if (answer.why.code != modsig::errc::none) {
        fields.emplace_back("offset", answer.why.offset);
        fields.emplace_back("reason", why_in_words(settings, judged));
    }
    const bool is_here = answer.why.code != modsig::errc::io_error;
    const hint_list hints(settings, file, judged);
    std::vector<std::string> names, texts;
    for (const hint& h : is_here ? hints.all() : std::vector<hint>{}) {
        names.emplace_back(h.name);
        texts.push_back(h.text);
    }
    if (json) {
        fields.emplace_back("hints", names);
        fields.emplace_back("explanations", texts);
        print_json(fields);
    } else {
        fields.emplace_back("hint", texts);
        print_fields(fields);
    }

    // Without keys nobody asked whom to trust: then only the form counts.
    const exit_status status = status_of(answer);
    const bool of_form = status == exit_status::not_signed || status == exit_status::malformed || status == exit_status::unreadable;
    return names_keys() || trusts_builtin() || of_form ? status : exit_status::good;
}

}  // namespace tool
