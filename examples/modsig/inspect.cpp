// SPDX-License-Identifier: BSL-1.0
//
// modsig inspect: what a signature says, what is thought of it, and what has probably happened to the file.
#include "appraise.hpp"
#include "commands.hpp"
#include "layouts.hpp"
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

std::vector<hint> hints_for(const court& court, modsig::byte_view image, const judgement& judged) {
    std::vector<hint> hints;
    const auto add = [&](std::string_view name, const std::string& text) { hints.push_back({name, text}); };
    const modsig::appraisal& answer = judged.answer;
    const bool is_unsigned = answer.why.code == modsig::errc::no_signature;
    const auto content = answer.content.size() == 1 ? modsig::slice(image, answer.content[0]) : std::nullopt;

    if (const auto inner = find_appended(content.value_or(image)); !is_unsigned && judged.source == modsig::signature_source::image && inner)
        add("double_signed", "signed twice: what was signed already had a " + std::string(inner->layout->name) + " signature of " +
                                 std::to_string(inner->blob.size) + " bytes; `modsig sign --replace` takes the old one off");
    if (const std::string_view kind = compression_of(image); !kind.empty())
        add("compressed", "the file is " + std::string(kind) + " data: the signature belongs to the module inside, before it is compressed");
    if (is_unsigned) {
        if (const auto other = find_appended(image))
            add("other_layout", "there is a " + std::string(other->layout->name) + " signature of " + std::to_string(other->blob.size) +
                                    " bytes, which was not looked at");
        else if (const auto at = find_buried_marker(image))
            add("data_after_signature", "a signature's marker stands at offset " + std::to_string(*at) + ", but not at the end: something was added after signing");
        else if (is_elf(image))
            add("stripped", "an ELF file without a signature at its end: if it was signed, strip or objcopy has taken the signature off");
    }
    if (answer.why.code == modsig::errc::key_not_found)
        add("unknown_key", "it takes the key with identifier " + key_id_text(answer.key) + "; " + std::to_string(court.keys.keys().size()) + " keys were looked at");
    if (answer.why.code == modsig::errc::signature_mismatch)
        add("changed", "the content was changed after signing, or another key than the named one has signed");
    if (answer.why.code == modsig::errc::weak_digest && answer.layout == "digsig")
        add("weak_format", "digsig v1 always rests on SHA-1, which this policy refuses: see --policy legacy");
    return hints;
}

std::string source_text(modsig::signature_source source) {
    switch (source) {
        case modsig::signature_source::image: return "appended";
        case modsig::signature_source::detached: return "detached";
        case modsig::signature_source::xattr: return "security.ima";
    }
    return "";
}

/// Where the signature is, read again without any trust.
void add_location(record& fields, const court& court, const image& file, const judgement& judged) {
    const layout_entry* layout = find_layout(judged.answer.layout);
    if (layout == nullptr) return;
    modsig::subject s;
    s.image = file.bytes();
    s.source = judged.source;
    if (judged.source != modsig::signature_source::image)
        s.detached = judged.source == modsig::signature_source::xattr ? file.ima_signature() : modsig::byte_view(court.signature);
    fields.emplace_back("source", source_text(judged.source));
    const auto where = layout->find(s);
    if (!where) return;
    std::uint64_t content = 0;
    for (const modsig::range& part : where->content) content += part.size;
    fields.emplace_back("content_size", content);
    fields.emplace_back("signature_offset", where->blob.offset);
    fields.emplace_back("signature_size", where->blob.size);
    if (const auto blob = modsig::slice(s.signature_bytes(), where->blob)) layout->describe(*blob, fields);
    const auto second = judged.answer.said.signed_digest;
    if (second != modsig::digest_id::none && second != judged.answer.said.content_digest)
        fields.emplace_back("signed_digest", std::string(name(second)));
}

}  // namespace

exit_status inspect_command::run() const {
    court court;
    if (const exit_status opened = court.open(*this); opened != exit_status::good) return opened;
    image file;
    errno = 0;
    const auto read = file.read_module(path);
    const int error = errno;
    const judgement judged = read ? appraise(court, file, path) : unreadable(court, read.error());
    const modsig::appraisal& answer = judged.answer;
    if (!read) {
        errno = error;
        complain(path, read.error());
    }

    record fields = verdict_fields(court, path, judged);
    fields.emplace_back("size", std::uint64_t{file.bytes().size()});
    if (read) add_location(fields, court, file, judged);
    fields.emplace_back("signer", text_or_null(answer.signer != nullptr ? owner(answer.signer->subject) : ""));
    if (answer.why.code != modsig::errc::none) {
        fields.emplace_back("offset", answer.why.offset);
        fields.emplace_back("reason", std::string(answer.why.message()));
    }
    const auto hints = read ? hints_for(court, file.bytes(), judged) : std::vector<hint>{};
    std::vector<std::string> names, texts;
    for (const hint& h : hints) {
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
    return names_keys() || of_form ? status : exit_status::good;
}

}  // namespace tool
