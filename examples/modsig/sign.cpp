// SPDX-License-Identifier: BSL-1.0
//
// modsig sign: scripts/sign-file's arguments, for every layout.
#include "commands.hpp"
#include "image.hpp"
#include "layouts.hpp"
#include "signing.hpp"
#include "text.hpp"

#include <cerrno>
#include <ctime>

namespace tool {
namespace {

exit_status usage(std::string_view what) {
    complain(what);
    return exit_status::usage;
}

/// The content to be signed: the file, or what is left of it when its old signatures are taken off.
modsig::result<modsig::byte_view> content_of(modsig::byte_view image, bool replace) {
    for (;;) {
        const auto old = find_appended(image);
        if (!old && old.error().code == modsig::errc::no_signature) return image;
        if (!old) return old.error();
        if (!replace) return modsig::errc::repeated_element;
        const auto content = modsig::slice(image, old->content);
        if (!content) return modsig::errc::truncated;
        image = *content;
    }
}

}  // namespace

exit_status sign_command::run() const {
    if (layout != "modsign" && (detached_only || keep_detached || by_key_id)) return usage("-d, -p and -k belong to the modsign layout");
    const writer_entry* writer = writer_or_complaint(layout);
    if (writer == nullptr) return exit_status::usage;
    const std::size_t named = raw_signature.empty() ? 4 : 3;
    if (arguments.size() != named && arguments.size() != named + 1)
        return usage("sign takes HASH KEY CERT FILE [DEST], with -s HASH CERT FILE [DEST]");
    const std::string& certificate = arguments[named - 2];
    const std::string& path = arguments[named - 1];
    const std::string destination = arguments.size() > named ? arguments[named] : "";
    if (!raw_signature.empty()) {
        attach_command attach;
        attach.signature_file = raw_signature, attach.path = path, attach.destination = destination;
        attach.layout = layout, attach.hash = arguments[0], attach.certificate = certificate, attach.key_id = key_id;
        return attach.run();
    }

    const auto hash = find_hash(arguments[0]);
    if (!hash) return exit_status::usage;
    key_store certificates;
    if (!load_certificate(certificates, certificate)) return exit_status::unreadable;
    const auto key = load_signing_key(arguments[1]);
    if (!key) return exit_status::unreadable;
    const modsig::key_info& by = certificates.keys().front().info;
    if (!(key->info().key == by.key))
        return usage(printable(arguments[1]) + " is not the private key of " + printable(certificate));

    image file;
    errno = 0;
    if (const auto read = file.read(path); !read) {
        complain(path, read.error());
        return exit_status::unreadable;
    }
    modsig::byte_view content = file.bytes();
    if (!to_signature_file) {
        const auto unsigned_content = content_of(content, replace);
        if (!unsigned_content && unsigned_content.error().code == modsig::errc::repeated_element)
            return usage(printable(path) + " is signed already: use --replace");
        if (!unsigned_content) {
            complain(path, unsigned_content.error());
            return status_of(unsigned_content.error().code);
        }
        content = *unsigned_content;
        if (const auto why = may_append(path, content); why.code != modsig::errc::none) {
            complain(path, why);
            return status_of(why.code);
        }
    }

    const auto blob = writer->sign({*hash, by, key_id, timestamp_or(std::time(nullptr))}, *key, content);
    if (!blob) {
        complain(path, blob.error());
        return exit_status::usage;
    }
    if (to_signature_file)
        return write_result(path, destination.empty() ? path + std::string(writer->suffix) : destination, {writer->as_file(*blob)});
    return write_result(path, destination, {content, *blob, writer->trailer(*blob)});
}

}  // namespace tool
