// SPDX-License-Identifier: BSL-1.0
//
// modsig sign: scripts/sign-file's arguments, for every layout; and what is different when it is called sign-file.
#include "commands.hpp"
#include "image.hpp"
#include "layouts.hpp"
#include "signing.hpp"
#include "text.hpp"

#include <modsig/keyring/files.hpp>

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <ctime>
#include <exception>
#include <optional>

namespace tool {
namespace {

exit_status usage(std::string_view what) {
    complain(what);
    return exit_status::usage;
}

/// The content to be signed: the file, or what is left of it when its old signatures are taken off.
modsig::result<modsig::byte_view> content_of(modsig::byte_view image, bool replace) {
    if (replace) return without_signatures(image);
    const auto old = find_appended(image);
    if (!old && old.error().code == modsig::errc::no_signature) return image;
    return old ? modsig::failure{modsig::errc::repeated_element} : old.error();
}

/// The key's half of a signature; complains about what is wrong with it.
std::optional<bytes> made_by_key(const sign_command& command, const writer_entry& writer, modsig::byte_view content, exit_status& fault) {
    const std::string &key_path = command.arguments[1], &certificate = command.arguments[2], &path = command.arguments[3];
    const auto failed = [&](exit_status why) {
        fault = why;
        return std::nullopt;
    };
    const auto hash = find_hash(command.arguments[0]);
    if (!hash) return failed(exit_status::usage);
    key_store certificates;
    if (!load_certificate(certificates, certificate)) return failed(exit_status::unreadable);
    const modsig::key_info& by = signer_in(certificates);
    const auto key = load_signer(key_path, {&by.key, command.layout, std::chrono::seconds(command.signer_timeout), !command.quietly});
    if (!key) return failed(exit_status::unreadable);
    if (!(key->info().key == by.key)) return failed(usage(signer_name(key_path) + " is not the private key of " + printable(certificate)));

    const auto blob = writer.sign({*hash, by, command.key_id, timestamp_or(std::time(nullptr)), command.by_key_id}, *key, content);
    if (blob) return *blob;
    if (blob.error().code != modsig::errc::missing_element) complain(path, blob.error());
    else if (by.certificate.empty()) complain(printable(certificate) + " is no certificate: nothing in it names the signer");
    else complain(printable(certificate) + ": the certificate has no subject key identifier");
    const modsig::errc code = blob.error().code;
    if (code == modsig::errc::no_signer) return failed(exit_status::unreadable);
    return failed(modsig::entry_of(code).at == modsig::stage::arithmetic ? exit_status::bad_signature : exit_status::usage);
}

/// A signature made elsewhere, as it is.
std::optional<bytes> made_elsewhere(const std::string& path, exit_status& fault) {
    errno = 0;
    auto read = modsig::keyring::read_key_file(path);
    if (read) return std::move(*read);
    complain(path, read.error());
    fault = exit_status::unreadable;
    return std::nullopt;
}

/// What sign-file does not mind, and the kernel will.
void warn(const std::string& path, modsig::byte_view content) {
    const auto warning = [&](std::string_view what) { complain(printable(path) + ": warning: " + std::string(what)); };
    const auto old = find_appended(content);
    if (old || old.error().code != modsig::errc::no_signature) warning("it is signed already: the new signature is over the old one too");
    if (may_append(path, content).code != modsig::errc::none) warning("it is compressed: when it is decompressed it has no signature");
    if (content.empty()) warning("it is empty: Linux refuses signatures of nothing");
}

}  // namespace

exit_status sign_command::check() const {
    if (arguments.size() != 4 && arguments.size() != 5)
        return usage("sign takes HASH KEY CERT FILE [DEST], with -s RAWSIG HASH CERT FILE [DEST]");
    const bool modsign = layout == "modsign";
    if (!modsign && (detached_only || keep_detached || by_key_id)) return usage("-d, -p and -k belong to the modsign layout");
    if (modsign && !key_id.empty()) return usage("in the modsign layout the certificate says what the signer is named by");
    if (raw_signature && (detached_only || keep_detached || by_key_id || to_signature_file))
        return usage("with -s the signature is there already: no -d, -p, -k, --sigfile");
    return exit_status::good;
}

exit_status sign_command::run() const {
    if (const exit_status sound = check(); sound != exit_status::good) return sound;
    const writer_entry* writer = writer_or_complaint(layout);
    if (writer == nullptr) return exit_status::usage;
    const std::string& path = arguments[3];
    const std::string destination = arguments.size() == 5 && arguments[4] != path ? arguments[4] : "";
    if (raw_signature && layout != "modsign") {
        attach_command attach;
        attach.arguments = {arguments[0], path, destination};
        attach.layout = layout, attach.hash = arguments[1], attach.certificate = arguments[2], attach.key_id = key_id;
        return attach.run();
    }

    image file;
    errno = 0;
    if (const auto read = file.read(path); !read) {
        complain(path, read.error());
        return exit_status::unreadable;
    }
    modsig::byte_view content = file.bytes();
    const bool appends = !detached_only && !to_signature_file;
    if (appends && !nest) {
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

    exit_status fault = exit_status::good;
    const auto blob = raw_signature ? made_elsewhere(arguments[0], fault) : made_by_key(*this, *writer, content, fault);
    if (!blob) return fault;
    if (appends) warn(path, content);
    // sign-file names the detached signature after the module, wherever the module goes.
    const std::string beside = to_signature_file && !destination.empty() ? destination : path + std::string(writer->suffix);
    if (!appends || keep_detached)
        if (const exit_status kept = write_result(path, beside, {writer->as_file(*blob)}); kept != exit_status::good || !appends)
            return kept;
    return write_result(path, destination, {content, *blob, writer->trailer(*blob)});
}

int sign_file(int argc, char** argv) {
    sign_command command;
    command.nest = command.quietly = true;
    bool known = true;
    for (int option = 0; (option = ::getopt(argc, argv, "sdpk")) != -1;) {
        switch (option) {
            case 's': command.raw_signature = true; break;
            case 'd': command.detached_only = true; break;
            case 'p': command.keep_detached = true; break;
            case 'k': command.by_key_id = true; break;
            default: known = false; break;
        }
    }
    command.arguments.assign(argv + optind, argv + argc);
    if (!known || (command.arguments.size() != 4 && command.arguments.size() != 5)) {
        complain("usage: sign-file [-dpk] HASH KEY CERT MODULE [DEST]; sign-file -s RAWSIG HASH CERT MODULE [DEST]");
        return 2;
    }
    if (command.raw_signature) command.detached_only = command.keep_detached = command.by_key_id = false;  // it does not look at them
    try {
        return command.run() == exit_status::good ? 0 : 1;
    } catch (const std::exception& error) {
        complain(error.what());
        return 1;
    }
}

}  // namespace tool
