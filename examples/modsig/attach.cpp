// SPDX-License-Identifier: BSL-1.0
//
// modsig digest, modsig attach: the two halves of signing with a key that is elsewhere.
#include "appraise.hpp"
#include "commands.hpp"
#include "layouts.hpp"
#include "signing.hpp"
#include "text.hpp"

#include <modsig/keyring/files.hpp>

#include <cerrno>
#include <cstdio>

namespace tool {
namespace {

/// Both halves must say the same: without SOURCE_DATE_EPOCH the time is 0.
signing what_to_sign(modsig::digest_id hash, const key_store& certificates, const std::string& key_id) {
    return {hash, signer_in(certificates), key_id, timestamp_or(0)};
}

/// The signature blob in a file: a whole signature, or the raw value that a key has made.
modsig::result<bytes> blob_in(modsig::byte_view file, const writer_entry& writer, const attach_command& command, modsig::digest_id hash) {
    if (writer.is_file(file)) {
        const modsig::byte_view blob = writer.blob_of(file);
        return bytes(blob.begin(), blob.end());
    }
    key_store certificates;
    if (command.certificate.empty() || !load_certificate(certificates, command.certificate)) return modsig::errc::key_not_found;
    return writer.wrap(what_to_sign(hash, certificates, command.key_id), file);
}

}  // namespace

exit_status digest_command::run() const {
    const auto algorithm = find_hash(hash);
    if (!algorithm) return exit_status::usage;
    image file;
    errno = 0;
    if (const auto read = file.read(path); !read) {
        complain(path, read.error());
        return exit_status::unreadable;
    }
    modsig::byte_view content = file.bytes();
    if (const auto old = find_appended(content); old) content = *modsig::slice(content, old->content);

    modsig::result<modsig::digest_value> digest = digest_of(*algorithm, content);
    const writer_entry* writer = layout.empty() ? nullptr : writer_or_complaint(layout);
    if (!layout.empty() && writer == nullptr) return exit_status::usage;
    if (writer != nullptr && writer->digest != nullptr) {
        key_store certificates;
        if (certificate.empty() || !load_certificate(certificates, certificate)) {
            complain("the digest of a " + printable(layout) + " signature depends on the key: give it with --cert");
            return certificate.empty() ? exit_status::usage : exit_status::unreadable;
        }
        digest = writer->digest(what_to_sign(*algorithm, certificates, key_id), content);
    }
    if (!digest) {
        complain(path, digest.error());
        return exit_status::usage;
    }
    std::puts(hex(digest->view()).c_str());
    return exit_status::good;
}

exit_status attach_command::run() const {
    const writer_entry* writer = writer_or_complaint(layout.empty() ? "modsign" : layout);
    const auto algorithm = find_hash(hash);
    if (writer == nullptr || !algorithm) return exit_status::usage;
    trust_options options = *this;
    if (!certificate.empty()) options.trust.push_back(certificate);
    if (!options.names_keys()) {
        complain("attach verifies before it writes: name the key with --cert or --trust");
        return exit_status::usage;
    }
    court court;
    if (const exit_status opened = court.open(options); opened != exit_status::good) return opened;

    errno = 0;
    const auto signature_bytes = modsig::keyring::read_key_file(signature_file);
    if (!signature_bytes) {
        complain(signature_file, signature_bytes.error());
        return exit_status::unreadable;
    }
    image file;
    if (const auto read = file.read(path); !read) {
        complain(path, read.error());
        return exit_status::unreadable;
    }
    const modsig::byte_view content = file.bytes();
    if (const auto old = find_appended(content); old || old.error().code != modsig::errc::no_signature) {
        complain(printable(path) + " is signed already: take that signature off with modsig strip");
        return exit_status::usage;
    }
    if (const auto why = may_append(path, content); why.code != modsig::errc::none) {
        complain(path, why);
        return status_of(why.code);
    }
    const auto blob = blob_in(*signature_bytes, *writer, *this, *algorithm);
    if (!blob) {
        complain(signature_file, blob.error());
        return status_of(blob.error().code);
    }

    const bytes trailer = writer->trailer(*blob);
    bytes whole(content.begin(), content.end());
    whole.insert(whole.end(), blob->begin(), blob->end());
    whole.insert(whole.end(), trailer.begin(), trailer.end());
    modsig::subject subject;
    subject.image = whole;
    const modsig::appraisal answer = court.presiding->appraise(subject, {});
    if (answer.outcome != modsig::verdict::verified) {
        complain(printable(path) + ": not written: " + sentence(court, {answer}));
        return status_of(answer.why.code);
    }
    return write_result(path, destination, {whole});
}

}  // namespace tool
