// SPDX-License-Identifier: BSL-1.0
//
// modsig sign: scripts/sign-file's arguments, for every layout; and what is different when it is called sign-file.
#include "attributes.hpp"
#include "bpf.hpp"
#include "commands.hpp"
#include "file_roles.hpp"
#include "image.hpp"
#include "kernel_readers.hpp"
#include "layouts.hpp"
#include "secrets.hpp"
#include "signing.hpp"
#include "text.hpp"

#include <modsig/keyring/files.hpp>
#include <modsig/os/attributes.hpp>
#include <modsig/sign/layout/bpf.hpp>
#include <modsig/sign/layout/cms.hpp>
#include <modsig/sign/layout/fsverity.hpp>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <ctime>
#include <exception>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

namespace tool {
namespace {

constexpr unsigned default_signer_timeout = 60;  // seconds

exit_status usage(std::string_view fault) {
    complain(fault);
    return exit_status::usage;
}

/// A number, decimal or with 0x before it; all of the text, and within the type.
template <class Integer>
bool read_number(std::string_view text, Integer& into) {
    const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
    if (hexadecimal) text.remove_prefix(2);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into, hexadecimal ? 16 : 10);
    return error == std::errc() && end == text.data() + text.size();
}

/// 1.2.3 or 1.2.3+4.
bool read_version(std::string_view text, modsig::layout::mcuboot_version& into) {
    const auto part = [&](char end, auto& number) {
        const std::size_t size = end == '\0' ? text.size() : text.find(end);
        const bool sound = size != std::string_view::npos && !text.starts_with("0x") && !text.starts_with("0X") && read_number(text.substr(0, size), number);
        text.remove_prefix(sound ? std::min(size + 1, text.size()) : 0);
        return sound;
    };
    const bool has_build = text.find('+') != std::string_view::npos;
    if (!part('.', into.major) || !part('.', into.minor) || !part(has_build ? '+' : '\0', into.revision)) return false;
    return !has_build || part('\0', into.build);
}

/// Complains about what it does not understand.
std::optional<modsig::sign::mcuboot_options> image_of(const image_options& options) {
    using header = modsig::layout::mcuboot_header;
    modsig::sign::mcuboot_options image;
    const auto refused = [](std::string_view option, const std::string& text) {
        complain(printable(text) + " is no value of " + std::string(option));
        return std::nullopt;
    };
    if (!read_version(options.version, image.version)) return refused("--version, which is 1.2.3 or 1.2.3+4", options.version);
    std::uint32_t counter = 0;
    if (!options.security_counter.empty()) {
        if (!read_number(options.security_counter, counter)) return refused("--security-counter", options.security_counter);
        image.security_counter = counter;
    }
    if (!options.header_size.empty() && (!read_number(options.header_size, image.header_size) || image.header_size < header::size))
        return refused("--header-size, which is from 32 to 65535", options.header_size);
    if (!options.load_address.empty()) {
        if (!read_number(options.load_address, image.load_address)) return refused("--load-addr", options.load_address);
        image.flags = header::ram_load;
    }
    if (!options.rom_address.empty()) {
        if (!read_number(options.rom_address, image.load_address)) return refused("--rom-fixed", options.rom_address);
        image.flags = header::rom_fixed;
    }
    return image;
}

/// The content to be signed: the file, or what is left of it when its old signatures are taken off.
modsig::result<modsig::byte_view> content_of(modsig::byte_view image, bool replace) {
    if (replace) return without_signatures(image);
    const auto old = find_appended(image);
    if (!old && old.error().code == modsig::errc::no_signature) return image;
    return old ? modsig::failure{modsig::errc::repeated_element} : old.error();
}

/// A key with its certificate.
struct loaded_signer {
    std::string key_path, certificate_path;
    key_store certificates{};
    std::optional<modsig::sign::any_signer> key{};

    [[nodiscard]] const modsig::key_info& by() const { return signer_in(certificates); }

    /// Complains.
    [[nodiscard]] exit_status load(const sign_command& command) {
        if (!load_certificate(certificates, certificate_path)) return exit_status::unreadable;
        const unsigned timeout = command.signer_timeout != 0 ? command.signer_timeout : default_signer_timeout;
        key = load_signer(key_path, {&by().key, command.layout, std::chrono::seconds(timeout), !command.as_sign_file});
        if (!key) return exit_status::unreadable;
        if (!(key->info().key == by().key)) return usage(signer_name(key_path) + " is not the private key of " + printable(certificate_path));
        return exit_status::good;
    }
};

/// Their processes end in the reverse order: a later one has inherited the ends that an earlier one waits for.
struct loaded_signers {
    std::vector<loaded_signer> all{};

    loaded_signers() = default;
    loaded_signers(const loaded_signers&) = delete;
    loaded_signers& operator=(const loaded_signers&) = delete;
    ~loaded_signers() {
        while (!all.empty()) all.pop_back();
    }
};

/// Whether there are kernels that read no signature of these keys; of the others sign-file asks no kernel either.
bool is_new_to_kernels(const finished_signature& made) {
    return made.signers.size() > 1 || modsig::signs_message(modsig::sign::cms::scheme_of(made.signers.front().key.algorithm));
}

/// What Linux reads of it: the kernel that is named, or any of the table. What nobody reads is refused, or warned of.
exit_status ask_kernels(const sign_command& command, const modsig::linux_kernel& kernel, const finished_signature& made) {
    const std::string path = printable(command.arguments[3]);
    const auto unread = [&](const std::string& prefix, const modsig::failure& why) {
        const bool only_warns = command.any_kernel || command.as_sign_file;
        const bool has_attributes = (command.attributes || command.as_sign_file) && modsig::is_ml_dsa(made.signers.front().key.algorithm);
        const bool other_digest = has_attributes && modsig::digest_of_name(command.arguments[0]) != modsig::digest_id::sha512;
        complain(path + (only_warns ? ": warning: " : ": not written: ") + prefix + in_words(why) + (other_digest ? "; with signed attributes Linux takes sha512 alone" : "") +
                 (only_warns ? "" : "; --any-kernel writes it"));
        return only_warns ? exit_status::good : status_of(why.code);
    };
    if (command.kernel.is_named()) {
        const modsig::failure why = refusal_by(kernel, made);
        return why.code == modsig::errc::none ? exit_status::good : unread("the kernel that --kernel names refuses the signature: ", why);
    }
    if (made.writer.name != modsig::sign::modsign::name || !(command.any_kernel || is_new_to_kernels(made))) return exit_status::good;
    const auto answers = answers_of_kernels(made);
    const bool is_read = std::ranges::any_of(answers, [](const kernel_answer& each) { return each.refusal.code == modsig::errc::none; });
    if (is_read && made.signers.size() > 1) complain(path + ": " + std::to_string(made.signers.size()) + " signers: " + in_words(answers));
    return is_read ? exit_status::good : unread("no Linux that is known here accepts the signature: ", answers.back().refusal);
}

/// The key's half of a signature; complains about what is wrong with it.
std::optional<bytes> made_by_key(const sign_command& command, const writer_entry& writer, modsig::byte_view content, bytes& image, exit_status& fault) {
    const std::string &key_path = command.arguments[1], &certificate = command.arguments[2], &path = command.arguments[3];
    const auto failed = [&](exit_status why) {
        fault = why;
        return std::nullopt;
    };
    const auto hash = find_hash(command.arguments[0]);
    if (!hash) return failed(exit_status::usage);
    const bool has_kernel = command.kernel.is_named() && is_for_kernels(writer);
    const auto kernel = has_kernel ? command.kernel.find({}) : modsig::linux_kernel{};
    if (!kernel) return failed(exit_status::usage);
    loaded_signers held;
    std::vector<loaded_signer>& signers = held.all;
    signers.push_back({key_path, certificate});
    for (const auto& [also_key, also_certificate] : command.also) signers.push_back({also_key, also_certificate});
    exit_status loaded = exit_status::good;
    for (loaded_signer& each : signers)
        if (loaded == exit_status::good) loaded = each.load(command);
    forget_secrets();
    if (loaded != exit_status::good) return failed(loaded);
    const modsig::key_info& signer = signers.front().by();
    const auto& key = signers.front().key;
    std::vector<further_signer> others;
    for (std::size_t i = 1; i != signers.size(); ++i) {
        for (std::size_t j = 0; j != i; ++j)
            if (signers[i].by().key == signers[j].by().key) return failed(usage("--also " + signer_name(signers[i].key_path) + ": this key signs already"));
        others.push_back({signers[i].by(), &*signers[i].key});
    }
    if (command.attributes && !modsig::is_ml_dsa(signer.key.algorithm)) return failed(usage("--attributes belongs to ML-DSA: Linux takes no others of modules, and IMA none"));

    if (signer.purpose.constraints_known && signer.purpose.is_ca)
        complain(printable(certificate) + ": warning: it is a CA's certificate (basicConstraints CA:TRUE). Strict verifiers take no signatures of a CA's key (modsig verify: "
                 "--policy legacy, linux-modsign), and kernels with INTEGRITY_CA_MACHINE_KEYRING trust no machine owner key but a CA's");

    verity_choice choice = command.verity;
    if (command.layout == modsig::sign::fsverity::name) choice.hash = command.arguments[0];
    const auto verity = verity_or_complaint(choice);
    if (!verity) return failed(exit_status::usage);
    const auto timestamp = timestamp_or(std::time(nullptr));
    if (!timestamp) return failed(exit_status::usage);
    signing settings{*hash, signer, command.key_id, *timestamp, command.by_key_id, command.version_3};
    settings.verity = verity->view();
    settings.with_file_id = command.with_file_id || (!command.version_3 && has_kernel && kernel->release.signs_file_ids);
    settings.attributes = command.attributes || command.as_sign_file;  // which has them with ML-DSA and OpenSSL before 4.0
    settings.any_key = command.any_kernel;
    settings.also = others;
    if (writer.image != nullptr) {
        const auto image_settings = image_of(command.image_says);
        if (!image_settings) return failed(exit_status::usage);
        settings.image = *image_settings;
        auto made = writer.image(settings, content);
        if (!made) {
            complain(path, made.error());
            return failed(status_of(made.error().code));
        }
        image = *std::move(made);
        content = image;
    }
    const auto blob = writer.sign(settings, *key, content);
    if (blob) {
        if (!is_for_kernels(writer)) return *blob;
        finished_signature made{writer, content, {}, *blob, {signer}};
        if (writer.name == "evm") std::swap(made.content, made.metadata);
        for (const further_signer& each : others) made.signers.push_back(each.by);
        const exit_status read = ask_kernels(command, *kernel, made);
        return read == exit_status::good ? std::optional(*blob) : failed(read);
    }
    const modsig::errc code = blob.error().code;
    const bool is_about_key = code == modsig::errc::unsupported_algorithm || code == modsig::errc::unsupported_key || code == modsig::errc::key_type_mismatch;
    if (is_about_key)
        complain(signer_name(key_path) + ": the key is " + std::string(name(signer.key.algorithm)) + ", and the layout " + std::string(writer.name) + " has no signatures of such keys (" +
                 std::string(name(code)) + "): sign with RSA, ECDSA or ML-DSA");
    else if (code != modsig::errc::missing_element) complain(path, blob.error());
    else if (signer.certificate.empty()) complain(printable(certificate) + " is no certificate: nothing in it names the signer");
    else complain(printable(certificate) + ": the certificate has no subject key identifier");
    const modsig::stage stage = modsig::entry_of(code).at;
    if (code == modsig::errc::no_signer || stage == modsig::stage::outside) return failed(exit_status::unreadable);
    return failed(stage == modsig::stage::arithmetic ? exit_status::bad_signature : exit_status::usage);
}

/// A signature made elsewhere, as it is.
std::optional<bytes> made_elsewhere(const std::string& path, exit_status& fault) {
    errno = 0;
    const auto read = modsig::keyring::read_key_file(path);
    if (read) return bytes(read->view().begin(), read->view().end());
    complain(path, read.error());
    fault = exit_status::unreadable;
    return std::nullopt;
}

/// What sign-file does not mind, and the kernel will.
void warn(const std::string& path, modsig::byte_view content) {
    const auto warning = [&](std::string_view message) { complain(printable(path) + ": warning: " + std::string(message)); };
    const auto old = find_appended(content);
    if (old || old.error().code != modsig::errc::no_signature) warning("it is signed already: the new signature is over the old one too");
    if (may_append(path, content).code != modsig::errc::none) warning("it is compressed: when it is decompressed it has no signature");
    if (content.empty()) warning("it is empty: Linux refuses signatures of nothing");
}

}  // namespace

bool image_options::any() const {
    return !(version.empty() && security_counter.empty() && header_size.empty() && load_address.empty() && rom_address.empty());
}

exit_status sign_command::check() const {
    if (arguments.size() != 4 && arguments.size() != 5)
        return usage("sign takes HASH KEY CERT FILE [DEST], with -s RAWSIG HASH CERT FILE [DEST]");
    const bool modsign = layout == "modsign";
    if (!modsign && (detached_only || keep_detached || by_key_id)) return usage("-d, -p and -k belong to the modsign layout");
    const bool mcuboot = layout == modsig::sign::mcuboot::name;
    if (mcuboot && image_says.version.empty()) return usage("the mcuboot layout needs a --version");
    if (mcuboot && (raw_signature || to_signature_file || !key_id.empty()))
        return usage("in the mcuboot layout the signature is part of the image and names the key itself: no -s, --sigfile, --keyid");
    if (!mcuboot && image_says.any()) return usage("--version, --security-counter, --header-size, --load-addr and --rom-fixed belong to the mcuboot layout");
    const bool fsverity = layout == modsig::sign::fsverity::name;
    if (fsverity && (raw_signature || !key_id.empty())) return usage("in the fsverity layout the certificate says what the signer is named by: no -s, --keyid");
    const bool bpf = layout == modsig::sign::bpf::name;
    if (bpf && (raw_signature || !key_id.empty())) return usage("in the bpf layout the certificate says what the signer is named by: no -s, --keyid");
    if (!fsverity && verity.any()) return usage("--block-size and --salt belong to the fsverity layout");
    if (modsign && !key_id.empty()) return usage("in the modsign layout the certificate says what the signer is named by");
    const bool for_kernels = modsign || layout == "ima" || layout == "evm";
    if (with_file_id && ((layout != "ima" && layout != "evm") || raw_signature)) return usage("--sigv3 belongs to the layouts ima and evm, and to keys that are here");
    if (!modsign && (attributes || !also.empty())) return usage("--attributes and --also belong to the modsign layout");
    if (attributes && !also.empty()) return usage("no Linux reads attributes beside another signer: no --attributes with --also");
    if (raw_signature && (attributes || !also.empty() || kernel.is_named() || any_kernel)) return usage("with -s the signature is there already: no --attributes, --also, --kernel, --kernel-config, --any-kernel");
    if (!for_kernels && any_kernel) return usage("--any-kernel belongs to the layouts evm, ima and modsign");
    if (!for_kernels && !bpf && kernel.is_named()) return usage("--kernel and --kernel-config belong to the layouts bpf, evm, ima and modsign");
    if (version_3 && (layout != "ima" || raw_signature)) return usage("--v3 belongs to the ima layout, and to keys that are here");
    if (layout == "evm" && arguments.size() == 5 && !to_signature_file) return usage("the evm layout signs what FILE is: a DEST would be another file");
    if (raw_signature && (detached_only || keep_detached || by_key_id || to_signature_file))
        return usage("with -s the signature is there already: no -d, -p, -k, --sigfile");
    std::vector<std::string> inputs{arguments[raw_signature ? 0 : 1], arguments[2]};
    for (const auto& [key, certificate] : also) inputs.insert(inputs.end(), {key, certificate});
    for (const std::string& input : inputs)
        if (input == "-") return usage("RAWSIG, KEY and CERT are files: - is standard input for FILE only");
    return exit_status::good;
}

/// What is said has an effect.
exit_status sign_command::check_effects(const writer_entry& writer) const {
    if (!key_id.empty() && !is_key_id(writer, key_id)) return exit_status::usage;
    if (as_sign_file) return exit_status::good;
    const bool to_image = writer.image != nullptr, beside_always = writer.trailer == nullptr && writer.attribute == nullptr;
    if (detached_only && arguments.size() == 5) return usage("with -d only FILE.p7s is written: no DEST");
    if (detached_only && (to_signature_file || replace)) return usage("with -d only FILE.p7s is written: no --sigfile, --replace");
    // With attributes an old signature may be beside the file, too.
    if (to_signature_file && (keep_detached || (replace && writer.attribute == nullptr))) return usage("with --sigfile only the signature is written: no -p, --replace");
    if (beside_always && to_signature_file) return usage("in the " + layout + " layout a signature is always a file of its own: no --sigfile");
    if (replace && (to_image || beside_always)) return usage("in the " + layout + " layout nothing is taken off: no --replace");
    if (replace && raw_signature && layout != "modsign") return usage("with -s a signature is taken off in the modsign layout only: no --replace");
    if (signer_timeout != 0 && (raw_signature || !arguments[1].starts_with("command:"))) return usage("--signer-timeout belongs to keys that a command: has");
    return exit_status::good;
}

std::string sign_command::destination() const {
    return arguments.size() == 5 && (arguments[4] != arguments[3] || arguments[4] == "-") ? arguments[4] : "";
}

/// sign-file names it after the module, wherever the module goes.
std::string sign_command::detached_file(const writer_entry& writer) const {
    const bool beside_only = to_signature_file || (writer.trailer == nullptr && writer.attribute == nullptr);
    if (!beside_only && !detached_only && !keep_detached) return {};
    return beside_only && !destination().empty() ? destination() : arguments[3] + std::string(writer.suffix);
}

/// No output is an input, nor what is there already; standard input and output serve where a file is not asked for.
exit_status sign_command::check_files(const writer_entry& writer) const {
    const std::string &path = arguments[3], to = destination(), detached = detached_file(writer);
    const bool detached_alone = !detached.empty() && !appends(detached);
    if (path == "-" && detached == "-" + std::string(writer.suffix)) return usage("standard input has no name that a detached signature could have");
    if (path == "-" && to.empty()) return usage("standard input has no place where the result could go: name a DEST");
    if (path == "-" && writer.name == "evm") return usage("the evm layout signs what FILE is: standard input is none");
    if (to == "-" && writer.attribute != nullptr && !detached_alone) return usage("standard output has no attributes: --sigfile writes the signature alone");
    file_roles roles;
    roles.reads(arguments[raw_signature ? 0 : 1]);
    roles.reads(arguments[2]);
    roles.reads(kernel.config);
    for (const auto& [key, certificate] : also) roles.reads(key), roles.reads(certificate);
    // sign-file takes any spelling of FILE for FILE.
    if (detached_alone || (!to.empty() && !as_sign_file)) roles.reads(path);
    if (const exit_status apart = roles.writes(detached); apart != exit_status::good) return apart;
    if (!detached_alone)
        if (const exit_status apart = roles.writes(to.empty() ? path : to); apart != exit_status::good) return apart;
    return as_sign_file || (detached_alone && detached != to) ? exit_status::good : check_destination(to, force);
}

/// The signature becomes an attribute of the file, or of a copy, or a file of its own. What is signed is the file as it lies on
/// disk, compressed or not.
exit_status sign_command::sign_attribute(const writer_entry& writer) const {
    const std::string &path = arguments[3], to = destination();
    image file(limit);
    errno = 0;
    if (const auto read = file.read(path); !read) {
        complain(path, read.error());
        return exit_status::unreadable;
    }
    if (!to_signature_file && !replace && file.file() != nullptr) {
        const auto old = modsig::os::read_attribute(file.file()->descriptor(), writer.attribute);
        const bool is_signature = old && !old->empty() && ((*old)[0] == 3 || (*old)[0] == 5 || (*old)[0] == 6);  // layout::ima_type
        if (is_signature) return usage(printable(path) + " is signed already: use --replace");
    }
    bytes room, unused;
    const auto content = signed_by_attribute(writer, file, room);
    if (!content && content.error().code == modsig::errc::missing_element) return usage(printable(path) + ": a portable signature covers security.ima, which the file has not: sign it with --layout ima first");
    if (!content) {
        complain(path, content.error());
        return exit_status::unreadable;
    }
    if (const auto why = may_sign(writer, *content); why.code != modsig::errc::none) {
        complain(path, why);
        return status_of(why.code);
    }
    exit_status fault = exit_status::good;
    const auto value = made_by_key(*this, writer, *content, unused, fault);
    if (!value) return fault;
    if (to_signature_file) return write_output(file, detached_file(writer), {writer.as_file(*value)});
    if (!to.empty()) return write_copy(file, to, writer.attribute, *value);
    return write_attribute(file, writer.attribute, *value);
}

exit_status sign_command::run() const {
    if (const exit_status sound = check(); sound != exit_status::good) return sound;
    const writer_entry* writer = writer_or_complaint(layout, true);
    if (writer == nullptr) return exit_status::usage;
    if (const exit_status sound = check_effects(*writer); sound != exit_status::good) return sound;
    if (const exit_status sound = check_files(*writer); sound != exit_status::good) return sound;
    const std::string &path = arguments[3], to = destination();
    if (raw_signature && layout != "modsign") {
        attach_command attach;
        attach.policy = "legacy";  // as attach itself
        attach.arguments = {arguments[0], path, to};
        attach.force = force, attach.hash_is_argument = true;
        attach.layout = layout, attach.hash = arguments[1], attach.certificate = arguments[2], attach.key_id = key_id, attach.limit = limit;
        return attach.run();
    }
    if (writer->attribute != nullptr) return sign_attribute(*writer);

    image file(limit);
    errno = 0;
    if (const auto read = file.read(path); !read) {
        complain(path, read.error());
        return exit_status::unreadable;
    }
    modsig::byte_view content = file.bytes();
    bpf_program program;
    if (writer->name == modsig::sign::bpf::name) {
        const auto target = kernel.find_for_bpf({});
        if (!target) return exit_status::usage;
        auto found = read_bpf_program(content, target->release.signed_bpf);
        if (!found) {
            const std::string_view remark = remark_about_program(found.error());
            if (remark.empty()) complain(path, found.error());
            else complain(printable(path) + ": " + std::string(remark));
            return status_of(found.error().code);
        }
        program = *std::move(found);
        content = program.content;
    }
    const std::string detached = detached_file(*writer);
    const bool appends = this->appends(detached);
    if (appends && !as_sign_file) {
        const auto unsigned_content = content_of(content, replace);
        if (!unsigned_content && unsigned_content.error().code == modsig::errc::repeated_element)
            return usage(printable(path) + " is signed already: " + (writer->image == nullptr ? "use --replace" : "modsig strip takes the signature off"));
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

    if (!as_sign_file)  // sign-file signs anything
        if (const auto why = may_sign(*writer, content); why.code != modsig::errc::none) {
            complain(path, why);
            return status_of(why.code);
        }

    exit_status fault = exit_status::good;
    bytes image_around;
    const auto blob = raw_signature ? made_elsewhere(arguments[0], fault) : made_by_key(*this, *writer, content, image_around, fault);
    if (!blob) return fault;
    if (writer->image != nullptr) content = image_around;
    if (appends) warn(path, content);
    if (!detached.empty())
        if (const exit_status kept = write_output(file, detached, {writer->as_file(*blob)}); kept != exit_status::good || !appends)
            return kept;
    return write_result(file, to, {content, *blob, writer->trailer(*blob)});
}

int sign_file(int argc, char** argv) {
    sign_command command;
    command.as_sign_file = true;
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
