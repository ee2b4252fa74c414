// SPDX-License-Identifier: BSL-1.0
//
// modsig digest, modsig attach: the two halves of signing with a key that is elsewhere.
#include "appraise.hpp"
#include "attributes.hpp"
#include "commands.hpp"
#include "file_roles.hpp"
#include "layouts.hpp"
#include "raw_form.hpp"
#include "signing.hpp"
#include "text.hpp"

#include "verity.hpp"

#include <modsig/keyring/files.hpp>
#include <modsig/sign/layout/modsign.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <optional>

namespace tool {
namespace {

/// What both halves must be told alike.
struct request {
    const writer_entry* writer = nullptr;  // null: the content alone
    modsig::digest_id hash = modsig::digest_id::none;
    key_store certificates{};
    std::string key_id{};
    std::uint32_t timestamp = 0;           // SOURCE_DATE_EPOCH, without it 0
    bool attributes = false, with_file_id = false;
    std::string_view only_for_raw{};       // options given that whole signatures have no use for
    bool force = false;
    std::uint64_t limit = modsig::batch::default_limit;

    [[nodiscard]] signing what() const {
        signing made{hash, certificates.keys().empty() ? modsig::key_info{} : signer_in(certificates), key_id, timestamp};
        made.attributes = attributes;
        made.with_file_id = with_file_id;
        return made;
    }
    [[nodiscard]] bool is_attribute() const { return writer != nullptr && writer->attribute != nullptr; }
};

/// What is to be signed for this content.
modsig::result<to_be_signed> digest_for(const request& request, modsig::byte_view content) { return to_be_signed_by(request.writer, request.what(), content); }

/// The signature blob in a file: a whole signature, or the raw value that a key has made.
modsig::result<bytes> blob_in(modsig::byte_view file, const request& request, modsig::byte_view content) {
    const auto plain = without_text_form(file);
    if (!plain) return plain.error();
    if (request.writer->is_file(*plain)) {
        const modsig::byte_view blob = request.writer->blob_of(*plain);
        return bytes(blob.begin(), blob.end());
    }
    if (request.certificates.keys().empty()) return modsig::errc::key_not_found;
    return request.writer->wrap(request.what(), in_form_of(request.what().by.key, *plain), content);
}

exit_status print_digest(const request& request, const std::string& path, bool names_it) {
    image file(request.limit);
    errno = 0;
    if (const auto read = file.read(path); !read) {
        complain(path, read.error());
        return exit_status::unreadable;
    }
    modsig::byte_view content = file.bytes();
    bytes room;
    if (request.is_attribute()) {
        const auto covered = signed_by_attribute(*request.writer, file, room);
        if (!covered) return complain(path, covered.error()), exit_status::usage;
        content = *covered;
    } else if (const auto old = find_appended(content); old) {
        content = *modsig::slice(content, old->content);
    }
    const writer_entry* writer = request.writer != nullptr ? request.writer : find_writer("modsign");
    if (const auto why = may_sign(*writer, content); why.code != modsig::errc::none) {
        complain(path, why);
        return status_of(why.code);
    }
    const auto digest = digest_for(request, content);
    if (!digest) {
        complain(path, digest.error());
        return exit_status::usage;
    }
    if (!digest->kind.empty()) complain(printable(path) + ": this is " + std::string(digest->kind));
    std::puts((hex(digest->value) + (names_it ? "  " + tsv_cell(path) : "")).c_str());
    return exit_status::good;
}

/// As `fsverity digest` prints it.
exit_status print_verity_digest(const verity_settings& settings, const std::string& path, bool compact) {
    errno = 0;
    const auto digest = verity_digest(path, settings.view());
    if (!digest) {
        complain(path, digest.error());
        return status_of(digest.error().code);
    }
    const std::string digits = hex(digest->view());
    std::puts((compact ? digits : std::string(name(digest->id)) + ":" + digits + " " + without_controls(path)).c_str());
    return exit_status::good;
}

/// A signature and the file that it belongs to.
struct pair {
    std::string signature;  // a file
    std::string folder;     // or one in here, called by the digest that it signs
    std::string path;
    std::string destination{};
};

/// The signature that belongs to this content; complains.
std::optional<bytes> read_blob(const request& request, const pair& both, modsig::byte_view content, exit_status& fault) {
    std::string signature_file = both.signature;
    if (!both.folder.empty()) {
        const auto digest = digest_for(request, content);
        if (!digest) {
            complain(both.path, digest.error());
            return fault = exit_status::usage, std::nullopt;
        }
        signature_file = both.folder + "/" + hex(digest->value);
    }
    errno = 0;
    const auto signature_bytes = modsig::keyring::read_key_file(signature_file);
    if (!signature_bytes) {
        if (!both.folder.empty()) complain(printable(both.path) + ": not written: its signature is not in " + printable(both.folder));
        complain(signature_file, signature_bytes.error());
        return fault = exit_status::unreadable, std::nullopt;
    }
    if (!request.only_for_raw.empty() && request.writer->is_file(*signature_bytes)) {
        complain(printable(signature_file) + " is a whole signature, which has its own digest and key identifier: leave out " + std::string(request.only_for_raw));
        return fault = exit_status::usage, std::nullopt;
    }
    const auto blob = blob_in(*signature_bytes, request, content);
    if (blob) return *blob;
    complain(signature_file, blob.error());
    return fault = status_of(blob.error().code), std::nullopt;
}

/// As an extended attribute, once it is verified as one.
exit_status attach_attribute(const trust_settings& settings, const request& request, const pair& both, const image& file) {
    const modsig::byte_view content = file.bytes();
    bytes room;
    const auto covered = signed_by_attribute(*request.writer, file, room);
    if (!covered) return complain(both.path, covered.error()), exit_status::usage;
    exit_status fault = exit_status::good;
    const auto value = read_blob(request, both, *covered, fault);
    if (!value) return fault;
    modsig::subject subject;
    subject.image = content;
    subject.signature = {modsig::signature_source::xattr, *value};
    if (!room.empty()) subject.beside.metadata = room;
    const modsig::appraisal answer = settings.verifier->appraise(subject, {});
    if (answer.outcome != modsig::verdict::verified) {
        complain(printable(both.path) + ": not written: " + sentence(settings, {answer}));
        return status_of(answer.why.code);
    }
    const std::string& target = both.destination.empty() ? both.path : both.destination;
    if (target != both.path && !room.empty()) return complain("the evm layout signs what FILE is: a DEST would be another file"), exit_status::usage;
    if (target != both.path) return write_copy(file, target, request.writer->attribute, *value);
    return write_attribute(file, request.writer->attribute, *value);
}

/// The file itself, with another signature or none.
bool is_same_content(modsig::byte_view there, modsig::byte_view content) {
    const auto found = find_appended(there);
    return modsig::equal(found ? *modsig::slice(there, found->content) : there, content);
}

exit_status attach(const trust_settings& settings, const request& request, const pair& both) {
    image file(request.limit);
    errno = 0;
    if (const auto read = file.read(both.path); !read) {
        complain(both.path, read.error());
        return exit_status::unreadable;
    }
    const modsig::byte_view content = file.bytes();
    const auto is_earlier = [&](modsig::byte_view there) { return is_same_content(there, content); };
    if (const exit_status free = check_destination(both.destination, request.force, is_earlier); free != exit_status::good) return free;
    if (request.is_attribute()) return attach_attribute(settings, request, both, file);
    if (const auto old = find_appended(content); old || old.error().code != modsig::errc::no_signature) {
        complain(printable(both.path) + " is signed already: take that signature off with modsig strip");
        return exit_status::usage;
    }
    if (const auto why = may_append(both.path, content); why.code != modsig::errc::none) {
        complain(both.path, why);
        return status_of(why.code);
    }
    exit_status fault = exit_status::good;
    const auto blob = read_blob(request, both, content, fault);
    if (!blob) return fault;

    const bytes whole = signed_image(*request.writer, content, *blob);
    modsig::subject subject;
    subject.image = whole;
    const modsig::appraisal answer = settings.verifier->appraise(subject, {});
    if (answer.outcome != modsig::verdict::verified) {
        complain(printable(both.path) + ": not written: " + sentence(settings, {answer}));
        return status_of(answer.why.code);
    }
    return write_result(file, both.destination, {whole});
}

}  // namespace

exit_status digest_command::run() const {
    const auto usage = [](const std::string& fault) { return complain(fault), exit_status::usage; };
    if (fsverity) {
        if (!layout.empty() || !certificate.empty() || !key_id.empty()) {
            complain("--fsverity is the digest of the file, whoever signs it: no --layout, --cert, --keyid");
            return exit_status::usage;
        }
        const auto settings = verity_or_complaint({hash, verity.block_size, verity.salt}, modsig::digest::verity_trees::of_utilities);
        if (!settings) return exit_status::usage;
        overall_status all;
        for (const std::string& path : paths) all.add(print_verity_digest(*settings, path, compact));
        return all.get();
    }
    if (verity.any() || compact) {
        complain("--block-size, --salt and --compact belong to --fsverity");
        return exit_status::usage;
    }
    request request;
    const auto algorithm = find_hash(hash);
    if (!algorithm) return exit_status::usage;
    request.hash = *algorithm, request.key_id = key_id, request.limit = limit;
    request.writer = layout.empty() ? nullptr : writer_or_complaint(layout, false, true);
    if (!layout.empty() && request.writer == nullptr) return exit_status::usage;
    const auto timestamp = timestamp_or(0);
    if (!timestamp) return exit_status::usage;
    request.timestamp = *timestamp;
    const bool needs_key = request.writer != nullptr && request.writer->digest != nullptr;
    const bool is_modsign = layout == modsig::sign::modsign::name;
    if (!key_id.empty() && !needs_key) return usage("only what a digsig signature is over depends on the key's identifier: no --keyid");
    if (!key_id.empty() && !is_key_id(*request.writer, key_id)) return exit_status::usage;
    if (layout == "evm" && std::ranges::count(paths, "-") != 0) return usage("the evm layout signs what FILE is: standard input is none");
    if (needs_key && certificate.empty()) return usage("the digest of a " + printable(layout) + " signature depends on the key: name its certificate with --cert");
    if (!certificate.empty() && !load_certificate(request.certificates, certificate)) return exit_status::unreadable;
    const auto key = certificate.empty() ? modsig::key_algorithm::none : signer_in(request.certificates).key.algorithm;
    if (!certificate.empty() && !needs_key && !is_modsign && !modsig::is_ml_dsa(key)) return usage("this digest is the same whoever signs: no --cert");
    if (is_modsign && !certificate.empty() && modsig::sign::modsign::scheme_of(key) == modsig::scheme_id::none) {
        complain(certificate, modsig::errc::unsupported_algorithm);
        return exit_status::usage;
    }
    if (request.writer == nullptr && modsig::is_ml_dsa(key)) request.writer = find_writer(modsig::sign::modsign::name);
    request.attributes = attributes, request.with_file_id = with_file_id;
    if (attributes && !(modsig::is_ml_dsa(key) && request.writer->name == modsig::sign::modsign::name)) return usage("--attributes belongs to the modsign layout and ML-DSA: give its key with --cert");
    if (with_file_id && !request.is_attribute()) return usage("--sigv3 belongs to the layouts ima and evm");
    overall_status all;
    for (const std::string& path : paths) all.add(print_digest(request, path, paths.size() != 1));
    return all.get();
}

/// No output is an input; standard input serves for FILE alone.
exit_status attach_command::check_files() const {
    const auto usage = [](std::string_view fault) { return complain(fault), exit_status::usage; };
    file_roles roles;
    roles.reads(*this);
    roles.reads(certificate);
    roles.reads(signatures);
    if (!signatures.empty()) {
        if (std::ranges::count(arguments, "-") != 0) return usage("standard input has no place where the result could go");
        for (const std::string& path : arguments)
            if (const exit_status apart = roles.writes(path); apart != exit_status::good) return apart;
        return exit_status::good;
    }
    const std::string &path = arguments[1], to = arguments.size() == 3 ? arguments[2] : "";
    const writer_entry* const writer = find_writer(layout.empty() ? "modsign" : layout);
    if (arguments[0] == "-") return usage("RAWSIG is a file: - is standard input for FILE only");
    if (path == "-" && to.empty()) return usage("standard input has no place where the result could go: name a DEST");
    if (writer->name == "evm" && (path == "-" || !to.empty())) return usage("the evm layout signs what FILE is: no standard input, no DEST");
    if (writer->attribute != nullptr && to == "-") return usage("standard output has no attributes");
    roles.reads(arguments[0]);
    if (!to.empty()) roles.reads(path);
    return roles.writes(to.empty() ? path : to);
}

exit_status attach_command::run() const {
    request request;
    request.writer = writer_or_complaint(layout.empty() ? "modsign" : layout, false, true);
    const auto algorithm = find_hash(hash.empty() ? "sha256" : hash);
    const auto timestamp = timestamp_or(0);
    if (request.writer == nullptr || !algorithm || !timestamp) return exit_status::usage;
    if (!key_id.empty() && !is_key_id(*request.writer, key_id)) return exit_status::usage;
    request.hash = *algorithm, request.key_id = key_id, request.timestamp = *timestamp, request.force = force, request.limit = limit;
    request.attributes = attributes, request.with_file_id = with_file_id;
    if (attributes && request.writer->name != modsig::sign::modsign::name) return complain("--attributes belongs to the modsign layout"), exit_status::usage;
    if (with_file_id && request.writer->attribute == nullptr) return complain("--sigv3 belongs to the layouts ima and evm"), exit_status::usage;
    if (signatures.empty() && !key_id.empty()) request.only_for_raw = "--keyid";
    else if (signatures.empty() && !hash.empty() && !hash_is_argument) request.only_for_raw = "--hash";
    if (signatures.empty() && arguments.size() != 2 && arguments.size() != 3) {
        complain("attach takes RAWSIG FILE [DEST], with --signatures FILE...");
        return exit_status::usage;
    }
    if (const exit_status sound = check_files(); sound != exit_status::good) return sound;
    trust_options options = *this;
    if (!certificate.empty()) options.trust.push_back({certificate, {}, {}});
    if (!options.names_keys()) {
        complain("attach verifies before it writes: name the key with --cert or --trust");
        return exit_status::usage;
    }
    trust_settings settings;
    if (const exit_status opened = settings.open(options); opened != exit_status::good) return opened;
    if (!certificate.empty() && !load_certificate(request.certificates, certificate)) return exit_status::unreadable;
    if (!signatures.empty() && request.writer->digest != nullptr && certificate.empty()) {
        complain("what a " + std::string(request.writer->name) + " signature signs depends on the key: name its certificate with --cert");
        return exit_status::usage;
    }

    if (signatures.empty())
        return attach(settings, request, {arguments[0], "", arguments[1], arguments.size() == 3 ? arguments[2] : ""});
    overall_status all;
    for (const std::string& path : arguments) all.add(attach(settings, request, {"", signatures, path}));
    return all.get();
}

}  // namespace tool
