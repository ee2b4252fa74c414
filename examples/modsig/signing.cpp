// SPDX-License-Identifier: BSL-1.0
#include "signing.hpp"

#include "attributes.hpp"
#include "found_files.hpp"
#include "image.hpp"
#include "key_faults.hpp"
#include "layouts.hpp"
#include "report.hpp"
#include "suggest.hpp"
#include "text.hpp"

#include <modsig/digest/fsverity.hpp>
#include <modsig/engine/native/ml_dsa.hpp>
#include <modsig/key/digsig.hpp>
#include <modsig/layout/ambiguous_content.hpp>
#include <modsig/sign/layout/bpf.hpp>
#include <modsig/sign/layout/digsig.hpp>
#include <modsig/sign/layout/ima.hpp>
#include <modsig/sign/layout/fsverity.hpp>
#include <modsig/sign/layout/mcuboot.hpp>
#include <modsig/sign/layout/modsign.hpp>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

namespace tool {
namespace {

// ---- digsig ----------------------------------------------------------------------------------------------------------

using modsig::sign::digsig;

/// Hexadecimal digits, where they are fewer than the identifier has with zeros before them.
template <std::size_t N>
bool read_key_id(std::string_view digits, std::array<std::uint8_t, N>& into) {
    const auto id = parse_hex(std::string(2 * N - std::min(digits.size(), 2 * N), '0') + std::string(digits));
    if (!id || digits.empty() || id->size() != N) return false;
    std::ranges::copy(*id, into.begin());
    return true;
}

modsig::result<modsig::layout::digsig_header> digsig_header(const signing& settings) {
    auto header = digsig::header(settings.by, settings.hash, settings.timestamp);
    // The name of a key in a keyring has no leading zeros.
    if (header && !settings.key_id.empty() && !read_key_id(settings.key_id, header->key_id)) return modsig::errc::bad_text;
    return header;
}

modsig::result<modsig::digest_value> digest_digsig(const signing& settings, modsig::byte_view content) {
    const auto header = digsig_header(settings);
    if (!header) return header.error();
    return digsig::digest(*header, digest_of(settings.hash, content), engine{});
}

modsig::result<bytes> sign_digsig(const signing& settings, const modsig::sign::any_signer& key, modsig::byte_view content) {
    const auto header = digsig_header(settings);
    if (!header) return header.error();
    return digsig::write(key, *header, digest_of(settings.hash, content), engine{});
}

modsig::result<bytes> wrap_digsig(const signing& settings, modsig::byte_view raw, modsig::byte_view) {
    const auto header = digsig_header(settings);
    if (!header) return header.error();
    if (raw.size() != settings.by.key.material.size()) return modsig::errc::signature_length;
    return digsig::write(*header, raw);
}

bool is_digsig_file(modsig::byte_view file) {
    constexpr std::uint8_t start[] = {modsig::layout::digsig::xattr_type, 1};
    return modsig::starts_with(file, start) && file.size() > modsig::layout::digsig::min_signature_size &&
           file.size() == 1u + modsig::layout::digsig::min_signature_size + (modsig::load_be<std::uint16_t>(file.subspan(17, 2)) + 7u) / 8u;
}

modsig::byte_view digsig_blob(modsig::byte_view file) { return file.subspan(1); }

// ---- modsign ---------------------------------------------------------------------------------------------------------

using modsig::sign::modsign;

modsig::sign::signer_form form_of(const signing& settings) {
    return settings.by_key_id ? modsig::sign::signer_form::key_id : modsig::sign::signer_form::issuer_and_serial;
}

modsig::sign::cms_signer cms_signer_of(const signing& settings, const modsig::key_info& signer) {
    return {signer, form_of(settings), settings.hash, settings.attributes && modsig::is_ml_dsa(signer.key.algorithm)};
}

modsig::result<bytes> sign_modsign(const signing& settings, const modsig::sign::any_signer& key, modsig::byte_view content) {
    const modsig::digest_value digest = digest_of(settings.hash, content);
    std::vector<modsig::sign::cms_signature> parts;
    std::vector<further_signer> signers{{settings.by, &key}};
    signers.insert(signers.end(), settings.also.begin(), settings.also.end());
    for (const further_signer& each : signers) {
        if (!settings.any_key && modsign::scheme_of(each.by.key.algorithm) == modsig::scheme_id::none) return modsig::errc::unsupported_algorithm;
        auto part = modsig::sign::cms::sign(*each.key, cms_signer_of(settings, each.by), digest, content);
        if (!part) return part.error();
        parts.push_back(*std::move(part));
    }
    return modsig::sign::cms::write(parts);
}

modsig::result<bytes> wrap_modsign(const signing& settings, modsig::byte_view raw, modsig::byte_view content) {
    if (modsign::scheme_of(settings.by.key.algorithm) == modsig::scheme_id::none) return modsig::errc::unsupported_algorithm;
    const auto signer = cms_signer_of(settings, settings.by);
    const modsig::sign::cms_signature part{signer,
                                           signer.signs_attributes ? modsig::sign::cms::attributes(digest_of(settings.hash, content)) : bytes(),
                                           bytes(raw.begin(), raw.end())};
    return modsig::sign::cms::write({&part, 1});
}

/// FIPS 204, algorithm 7, line 6, with an empty context: what stands for a message of any length.
modsig::result<to_be_signed> message_modsign(const signing& settings, modsig::byte_view content) {
    namespace native = modsig::engine;
    const auto signer = cms_signer_of(settings, settings.by);
    if (const auto possible = modsig::sign::cms::check(signer); !possible) return possible.error();
    if (signer.signs_attributes) return to_be_signed{modsig::sign::cms::attributes(digest_of(settings.hash, content)), "the signed attributes, a SET that ML-DSA signs as its message"};
    using code = native::portable_ml_dsa<false>;
    const modsig::byte_view parts[] = {native::ml_dsa_pure_prefix, content};
    const native::ml_dsa_digest mu = native::ml_dsa_message_digest<code>(native::ml_dsa_key_digest<code>(settings.by.key.material), parts);
    return to_be_signed{bytes(mu.begin(), mu.end()), "mu of the content, 64 bytes that ML-DSA signs in its place (external mu)"};
}

modsig::byte_view modsign_blob(modsig::byte_view file) { return file; }

// ---- MCUboot ---------------------------------------------------------------------------------------------------------

using modsig::sign::mcuboot;

/// An image that is one already is signed anew: its body is what counts.
modsig::result<bytes> mcuboot_image(const signing& settings, modsig::byte_view content) {
    const auto body = mcuboot::body_of(content);
    if (!body && body.error().code != modsig::errc::bad_magic) return body.error();
    return mcuboot::image(settings.image, body ? *body : content);
}

modsig::result<bytes> sign_mcuboot(const signing& settings, const modsig::sign::any_signer& key, modsig::byte_view image) {
    return mcuboot::write(key, digest_of(settings.hash, image));
}

bytes no_trailer(modsig::byte_view) { return {}; }
bytes as_it_is(modsig::byte_view blob) { return {blob.begin(), blob.end()}; }

// ---- BPF ---------------------------------------------------------------------------------------------------------------

using modsig::sign::bpf;

modsig::result<bytes> sign_bpf(const signing& settings, const modsig::sign::any_signer& key, modsig::byte_view content) {
    return bpf::write(key, settings.by, digest_of(settings.hash, content), content);
}

// ---- fs-verity -------------------------------------------------------------------------------------------------------

using modsig::sign::fsverity;

modsig::result<bytes> sign_fsverity(const signing& settings, const modsig::sign::any_signer& key, modsig::byte_view content) {
    modsig::verity_options options = settings.verity;
    options.hash = settings.hash;
    const auto file = modsig::digest::fsverity_digest(engine{}, options, content);
    if (!file) return file.error();
    return fsverity::write(key, settings.by, form_of(settings), *file, engine{});
}

// ---- IMA and EVM -----------------------------------------------------------------------------------------------------

using modsig::layout::ima_type;
using modsig::sign::ima;

/// As evmctl's --keyid.
std::string_view without_prefix(std::string_view digits) { return digits.starts_with("0x") || digits.starts_with("0X") ? digits.substr(2) : digits; }

modsig::result<modsig::layout::ima_header> ima_header(const signing& settings, ima_type type) {
    const std::uint8_t usual = ima::version_of(settings.by.key.algorithm, type);
    auto header = ima::header(settings.by, settings.hash, type, settings.with_file_id ? modsig::layout::ima::file_id_version : usual);
    if (header && !settings.key_id.empty() && !read_key_id(without_prefix(settings.key_id), header->key_id)) return modsig::errc::bad_text;
    return header;
}

ima_type ima_type_of(const signing& settings) { return settings.version_3 ? ima_type::verity_signature : ima_type::signature; }

modsig::result<bytes> sign_attribute(const signing& settings, const modsig::sign::any_signer& key, modsig::byte_view content, ima_type type) {
    const auto header = ima_header(settings, type);
    if (!header) return header.error();
    if (type != ima_type::verity_signature) return ima::write(key, *header, digest_of(settings.hash, content), engine{});
    const auto digest = modsig::digest::fsverity_digest(engine{}, {settings.hash}, content);
    if (!digest) return digest.error();
    return ima::write(key, *header, *digest, engine{});
}

modsig::result<bytes> wrap_attribute(const signing& settings, modsig::byte_view raw, ima_type type) {
    const auto header = ima_header(settings, type);
    if (!header) return header.error();
    return ima::write(*header, settings.by.key, raw);
}

/// What is signed elsewhere of the file, or of its metadata: not fs-verity's digest.
modsig::result<modsig::digest_value> digest_file_id(const signing& settings, modsig::byte_view content, ima_type type) {
    if (modsig::entry_of(settings.hash).linux_number == modsig::no_number) return modsig::errc::unsupported_hash;
    return modsig::layout::ima::file_id_digest(type, digest_of(settings.hash, content), engine{});
}
modsig::result<to_be_signed> message_attribute(const signing& settings, modsig::byte_view content, ima_type type) {
    const auto header = ima_header(settings, type);
    if (!header) return header.error();
    auto message = ima::message(*header, digest_of(settings.hash, content));
    if (!message) return message.error();
    return to_be_signed{*std::move(message), "struct ima_file_id, which ML-DSA signs as its message"};
}

modsig::result<bytes> sign_ima(const signing& settings, const modsig::sign::any_signer& key, modsig::byte_view content) {
    return sign_attribute(settings, key, content, ima_type_of(settings));
}
modsig::result<bytes> sign_evm(const signing& settings, const modsig::sign::any_signer& key, modsig::byte_view metadata) {
    return sign_attribute(settings, key, metadata, ima_type::portable);
}
modsig::result<bytes> wrap_ima(const signing& settings, modsig::byte_view raw, modsig::byte_view) {
    return wrap_attribute(settings, raw, ima_type_of(settings));
}
modsig::result<bytes> wrap_evm(const signing& settings, modsig::byte_view raw, modsig::byte_view) {
    return wrap_attribute(settings, raw, ima_type::portable);
}
modsig::result<to_be_signed> message_ima(const signing& settings, modsig::byte_view content) {
    return message_attribute(settings, content, ima_type::signature);
}
modsig::result<to_be_signed> message_evm(const signing& settings, modsig::byte_view metadata) {
    return message_attribute(settings, metadata, ima_type::portable);
}

bool is_ima_file(modsig::byte_view file) {
    constexpr std::size_t head = modsig::layout::ima_header::size;
    if (file.size() <= head || file.size() != head + modsig::load_be<std::uint16_t>(file.subspan(7, 2))) return false;
    const auto type = static_cast<ima_type>(file[0]);
    return type == ima_type::verity_signature ? file[1] == 3 : (type == ima_type::signature || type == ima_type::portable) && (file[1] == 2 || file[1] == 3);
}
modsig::byte_view whole_file(modsig::byte_view file) { return file; }

constexpr writer_entry writers[] = {
    {modsign::name, ".p7s", &sign_modsign, nullptr, &wrap_modsign, &modsign::trailer, &modsign::detached, &modsign::is_message,
     &modsign_blob, nullptr, nullptr, true, &message_modsign},
    {digsig::name, ".sig", &sign_digsig, &digest_digsig, &wrap_digsig, &digsig::trailer, &digsig::detached, &is_digsig_file, &digsig_blob},
    {bpf::name, ".p7s", &sign_bpf, nullptr, nullptr, nullptr, &bpf::detached, nullptr, nullptr, nullptr, nullptr, true},
    {fsverity::name, ".sig", &sign_fsverity, nullptr, nullptr, nullptr, &fsverity::detached, nullptr, nullptr},
    {ima::name, ".sig", &sign_ima, nullptr, &wrap_ima, nullptr, &as_it_is, &is_ima_file, &whole_file, nullptr, "security.ima", true, &message_ima},
    {"evm", ".evm", &sign_evm, nullptr, &wrap_evm, nullptr, &as_it_is, &is_ima_file, &whole_file, nullptr, "security.evm", true, &message_evm},
    {mcuboot::name, "", &sign_mcuboot, nullptr, nullptr, &no_trailer, &as_it_is, nullptr, nullptr, &mcuboot_image},
};

}  // namespace

bytes signed_image(const writer_entry& writer, modsig::byte_view content, modsig::byte_view blob) {
    const bytes trailer = writer.trailer(blob);
    bytes whole(content.begin(), content.end());
    whole.insert(whole.end(), blob.begin(), blob.end());
    whole.insert(whole.end(), trailer.begin(), trailer.end());
    return whole;
}

const writer_entry* find_writer(std::string_view name) {
    const auto* const found = std::ranges::find(writers, name, &writer_entry::name);
    return found == std::end(writers) ? nullptr : found;
}

const writer_entry* writer_or_complaint(std::string_view name, bool all, bool attributes) {
    const auto can_write = [&](const writer_entry& one) {
        return all || (one.image == nullptr && one.trailer != nullptr) || (attributes && one.attribute != nullptr);
    };
    const writer_entry* writer = find_writer(name);
    if (writer != nullptr && can_write(*writer)) return writer;
    std::vector<std::string> known;
    for (const writer_entry& one : writers)
        if (can_write(one)) known.emplace_back(one.name);
    const std::string fault = writer != nullptr ? "signatures of the layout " + printable(name) + " are made by modsig sign only" : "no layout is called " + printable(name);
    complain(fault + "; this command writes " + comma_separated(known) + (writer == nullptr ? did_you_mean(name, known) : ""));
    return nullptr;
}

modsig::result<modsig::byte_view> signed_by_attribute(const writer_entry& writer, const image& file, bytes& room) {
    if (writer.attribute != std::string_view("security.evm")) return file.stored();
    if (file.file() == nullptr) return modsig::os::os_failure(EINVAL);  // a pipe
    auto metadata = evm_metadata(*file.file(), true);
    if (!metadata) return metadata.error();
    room = *std::move(metadata);
    return modsig::byte_view(room);
}

modsig::result<to_be_signed> to_be_signed_by(const writer_entry* writer, const signing& settings, modsig::byte_view content) {
    if (writer != nullptr && writer->message != nullptr && modsig::is_ml_dsa(settings.by.key.algorithm)) return writer->message(settings, content);
    const bool by_writer = writer != nullptr && (writer->digest != nullptr || settings.with_file_id);
    const auto digest = !by_writer                    ? modsig::result<modsig::digest_value>(digest_of(settings.hash, content))
                        : writer->digest != nullptr   ? writer->digest(settings, content)
                        : writer->name == ima::name   ? digest_file_id(settings, content, ima_type::signature)
                                                      : digest_file_id(settings, content, ima_type::portable);
    if (!digest) return digest.error();
    return to_be_signed{bytes(digest->view().begin(), digest->view().end()), {}};
}

modsig::digest_value digest_of(modsig::digest_id hash, modsig::byte_view content) {
    const auto digest = engine{}.digest(hash, {&content, 1});
    return digest ? *digest : modsig::digest_value{};
}

std::optional<std::uint32_t> timestamp_or(std::int64_t otherwise) {
    const char* const variable = std::getenv("SOURCE_DATE_EPOCH");
    if (variable == nullptr) return static_cast<std::uint32_t>(otherwise);
    const std::string_view text = variable;
    std::uint32_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error == std::errc() && end == text.data() + text.size()) return seconds;
    complain("SOURCE_DATE_EPOCH is \"" + printable(variable) + "\": no number of seconds since 1970 that fits 32 bits");
    return std::nullopt;
}

bool is_key_id(const writer_entry& writer, std::string_view text) {
    std::array<std::uint8_t, 8> digsig_id{};
    std::array<std::uint8_t, 4> ima_id{};
    if (writer.name == digsig::name && read_key_id(text, digsig_id)) return true;
    if (writer.attribute != nullptr && read_key_id(without_prefix(text), ima_id)) return true;
    const bool has_one = writer.name == digsig::name || writer.attribute != nullptr;
    const std::string most = writer.name == digsig::name ? "16" : "8";
    complain(has_one ? "--keyid " + printable(text) + ": an identifier of the " + std::string(writer.name) + " layout has from 1 to " + most + " hexadecimal digits"
                     : "in the " + std::string(writer.name) + " layout the certificate says what the signer is named by: no --keyid");
    return false;
}

namespace {
std::vector<std::string> hash_names() {
    std::vector<std::string> names;
    for (const modsig::digest_algorithm& row : modsig::digest_table)
        if (row.id != modsig::digest_id::none && engine::has(row.id)) names.emplace_back(row.name);
    return names;
}
}  // namespace

std::optional<modsig::digest_id> find_hash(const std::string& name) {
    std::string lower = name;  // OpenSSL, and so sign-file, does not mind
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const modsig::digest_id id = modsig::digest_of_name(lower);
    if (id != modsig::digest_id::none && engine::has(id)) return id;
    complain("no digest algorithm is called " + printable(name) + did_you_mean(name, hash_names()));
    return std::nullopt;
}

modsig::failure may_sign(const writer_entry& writer, modsig::byte_view content) {
    if (writer.signs_bare_content && modsig::layout::is_ambiguous(content)) return modsig::errc::ambiguous_content;
    return modsig::errc::none;
}

modsig::failure may_append(const std::string& path, modsig::byte_view content) {
    if (is_compressed_module(path) || modsig::is_compressed_module(content)) return modsig::errc::compressed;
    return modsig::errc::none;
}

}  // namespace tool
