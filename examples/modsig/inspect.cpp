// SPDX-License-Identifier: BSL-1.0
//
// modsig inspect: what a signature says, what is thought of it, and what has probably happened to the file.
#include "appraise.hpp"
#include "attributes.hpp"
#include "bpf.hpp"
#include "commands.hpp"
#include "diagnosis.hpp"
#include "layouts.hpp"
#include "pkcs7.hpp"
#include "text.hpp"

#include <cerrno>
#include <cstdio>

namespace tool {
namespace {

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
    modsig::result<bpf_program> program = modsig::errc::no_signature;
    if (settings.asks_bpf) program = read_bpf_program(file.stored(), settings.kernel.release.signed_bpf);
    if (program) {
        s.image = program->content;
        s.beside.is_bpf = true;
        s.signature.bytes = settings.has_signature ? settings.signature : program->signature;
    }
    fields.emplace_back("source", source_text(judged));
    if (program) describe_program(*program, settings.kernel.release.signed_bpf, fields);
    const auto where = layout->find(s);
    if (!where) return;
    fields.emplace_back("content_size", where->content.size);
    fields.emplace_back("signature_offset", where->blob.offset);
    fields.emplace_back("signature_size", where->blob.size);
    if (const auto blob = modsig::slice(s.signature_bytes(), where->blob)) layout->describe(*blob, where->blob.offset, judged.answer, fields);
    if (layout->describe_image != nullptr) layout->describe_image(s.image, fields);
    const auto second = judged.answer.claim.signed_digest;
    if (second != modsig::digest_id::none && second != judged.answer.claim.content_digest)
        fields.emplace_back("signed_digest", std::string(modsig::name(second)));
}

}  // namespace

exit_status inspect_command::run() const {
    if (modinfo && (any() || policy != trust_options{}.policy)) {
        complain("--modinfo prints what the signature says, whoever is trusted: no --trust, --policy, --revoked, --signature, --layout and the like");
        return exit_status::usage;
    }
    trust_settings settings;
    settings.explains = true;
    if (const exit_status opened = settings.open(*this); opened != exit_status::good) return opened;
    image file(settings.limit);
    errno = 0;
    const auto read = file.read_to_verify(path, settings.modules);
    const int error = errno;
    const judgement judged = read ? appraise(settings, file, path) : unreadable(settings, file, path, read.error(), error);
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
    fields.emplace_back("signer", text_or_null(judged.signer));
    const bool has_path = answer.anchor != nullptr && judged.signer != owner(answer.anchor->subject);
    fields.emplace_back("trust_anchor", text_or_null(has_path ? owner(answer.anchor->subject) : ""));
    if (answer.why.code != modsig::errc::none) {
        fields.emplace_back("offset", answer.why.offset);
        fields.emplace_back("reason", why_in_words(settings, judged));
    }
    const diagnosis& why = judged.diagnosis;
    fields.emplace_back("cause", text_or_null(std::string(why.word())));
    const std::vector<remark> remarks = read ? remarks_about(judged, {path, file.stored(), file.bytes(), {}}) : std::vector<remark>{};
    std::vector<std::string> names, texts;
    const auto add_hint = [&](std::string_view name, const std::string& text) { names.emplace_back(name), texts.push_back(text); };
    if (why.code != cause::none) add_hint(why.word(), why.hint);
    for (const remark& each : remarks) add_hint(each.name, each.text);
    if (json) {
        fields.emplace_back("hint", text_or_null(why.hint));
        fields.emplace_back("remedy", text_or_null(why.remedy));
        fields.emplace_back("hints", names);
        fields.emplace_back("explanations", texts);
        print_json(fields);
    } else {
        fields.emplace_back("hint", texts);
        fields.emplace_back("remedy", text_or_null(why.remedy));
        print_fields(fields, palette(color));
    }

    // Without keys nobody asked whom to trust: then only the form counts.
    const exit_status status = status_of(answer);
    const bool of_form = status == exit_status::not_signed || status == exit_status::malformed || status == exit_status::unreadable;
    return names_keys() || trusts_builtin() || of_form ? status : exit_status::good;
}

}  // namespace tool
