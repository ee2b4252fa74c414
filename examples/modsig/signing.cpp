// SPDX-License-Identifier: BSL-1.0
#include "signing.hpp"

#include "attributes.hpp"
#include "image.hpp"
#include "key_faults.hpp"
#include "layouts.hpp"
#include "report.hpp"
#include "text.hpp"

#include <modsig/digest/fsverity.hpp>
#include <modsig/key/digsig.hpp>
#include <modsig/keyring/files.hpp>
#include <modsig/layout/ambiguous_content.hpp>
#include <modsig/sign/layout/digsig.hpp>
#include <modsig/sign/signer/external.hpp>
#include <modsig/sign/layout/ima.hpp>
#include <modsig/sign/layout/fsverity.hpp>
#include <modsig/sign/key/key_file.hpp>
#include <modsig/sign/layout/mcuboot.hpp>
#include <modsig/sign/layout/modsign.hpp>
#if MODSIG_TOOL_PKCS11
#include <modsig/sign/signer/pkcs11.hpp>
#endif
#include <modsig/sign/signer/proven.hpp>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <memory>
#include <string_view>

namespace tool {
namespace {

// ---- digsig ----------------------------------------------------------------------------------------------------------

using modsig::sign::digsig;

modsig::result<modsig::layout::digsig_header> digsig_header(const signing& what) {
    auto header = digsig::header(what.by, what.hash, what.timestamp);
    if (!header || what.key_id.empty()) return header;
    // Sixteen digits, or the name of the key in a keyring, which has no leading zeros.
    const std::string digits = std::string(16 - std::min<std::size_t>(what.key_id.size(), 16), '0') + what.key_id;
    const auto id = parse_hex(digits);
    if (!id || id->size() != header->key_id.size()) return modsig::errc::bad_text;
    std::ranges::copy(*id, header->key_id.begin());
    return header;
}

modsig::result<modsig::digest_value> digest_digsig(const signing& what, modsig::byte_view content) {
    const auto header = digsig_header(what);
    if (!header) return header.error();
    return digsig::digest(*header, digest_of(what.hash, content), engine{});
}

modsig::result<bytes> sign_digsig(const signing& what, const modsig::sign::any_signer& key, modsig::byte_view content) {
    const auto header = digsig_header(what);
    if (!header) return header.error();
    return digsig::write(key, *header, digest_of(what.hash, content), engine{});
}

modsig::result<bytes> wrap_digsig(const signing& what, modsig::byte_view raw) {
    const auto header = digsig_header(what);
    if (!header) return header.error();
    if (raw.size() != what.by.key.material.size()) return modsig::errc::signature_length;
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

modsig::sign::signer_form form_of(const signing& what) {
    return what.by_key_id ? modsig::sign::signer_form::key_id : modsig::sign::signer_form::issuer_and_serial;
}

modsig::result<bytes> sign_modsign(const signing& what, const modsig::sign::any_signer& key, modsig::byte_view content) {
    return modsign::write(key, what.by, form_of(what), digest_of(what.hash, content));
}

modsig::result<bytes> wrap_modsign(const signing& what, modsig::byte_view raw) {
    return modsign::write(what.by, form_of(what), what.hash, raw);
}

modsig::byte_view modsign_blob(modsig::byte_view file) { return file; }

// ---- MCUboot ---------------------------------------------------------------------------------------------------------

using modsig::sign::mcuboot;

/// An image that is one already is signed anew: its body is what counts.
modsig::result<bytes> mcuboot_image(const signing& what, modsig::byte_view content) {
    const auto body = mcuboot::body_of(content);
    if (!body && body.error().code != modsig::errc::bad_magic) return body.error();
    return mcuboot::image(what.image, body ? *body : content);
}

modsig::result<bytes> sign_mcuboot(const signing& what, const modsig::sign::any_signer& key, modsig::byte_view image) {
    return mcuboot::write(key, digest_of(what.hash, image));
}

bytes no_trailer(modsig::byte_view) { return {}; }
bytes as_it_is(modsig::byte_view blob) { return {blob.begin(), blob.end()}; }

// ---- fs-verity -------------------------------------------------------------------------------------------------------

using modsig::sign::fsverity;

modsig::result<bytes> sign_fsverity(const signing& what, const modsig::sign::any_signer& key, modsig::byte_view content) {
    modsig::verity_options how = what.verity;
    how.hash = what.hash;
    const auto file = modsig::digest::fsverity_digest(engine{}, how, content);
    if (!file) return file.error();
    return fsverity::write(key, what.by, form_of(what), *file, engine{});
}

// ---- IMA and EVM -----------------------------------------------------------------------------------------------------

using modsig::layout::ima_type;
using modsig::sign::ima;

modsig::result<modsig::layout::ima_header> ima_header(const signing& what, ima_type type) {
    auto header = ima::header(what.by, what.hash, type);
    if (!header || what.key_id.empty()) return header;
    std::string digits = what.key_id;
    if (digits.starts_with("0x") || digits.starts_with("0X")) digits.erase(0, 2);
    digits.insert(0, 8 - std::min<std::size_t>(digits.size(), 8), '0');
    const auto id = parse_hex(digits);
    if (!id || id->size() != header->key_id.size()) return modsig::errc::bad_text;
    std::ranges::copy(*id, header->key_id.begin());
    return header;
}

ima_type ima_type_of(const signing& what) { return what.version_3 ? ima_type::verity_signature : ima_type::signature; }

modsig::result<bytes> sign_attribute(const signing& what, const modsig::sign::any_signer& key, modsig::byte_view content, ima_type type) {
    const auto header = ima_header(what, type);
    if (!header) return header.error();
    if (type != ima_type::verity_signature) return ima::write(key, *header, digest_of(what.hash, content), engine{});
    const auto digest = modsig::digest::fsverity_digest(engine{}, {what.hash}, content);
    if (!digest) return digest.error();
    return ima::write(key, *header, *digest, engine{});
}

modsig::result<bytes> wrap_attribute(const signing& what, modsig::byte_view raw, ima_type type) {
    const auto header = ima_header(what, type);
    if (!header) return header.error();
    return ima::write(*header, what.by.key, raw);
}

modsig::result<bytes> sign_ima(const signing& what, const modsig::sign::any_signer& key, modsig::byte_view content) {
    return sign_attribute(what, key, content, ima_type_of(what));
}
modsig::result<bytes> sign_evm(const signing& what, const modsig::sign::any_signer& key, modsig::byte_view metadata) {
    return sign_attribute(what, key, metadata, ima_type::portable);
}
modsig::result<bytes> wrap_ima(const signing& what, modsig::byte_view raw) { return wrap_attribute(what, raw, ima_type_of(what)); }
modsig::result<bytes> wrap_evm(const signing& what, modsig::byte_view raw) { return wrap_attribute(what, raw, ima_type::portable); }

bool is_ima_file(modsig::byte_view file) {
    constexpr std::size_t head = modsig::layout::ima_header::size;
    if (file.size() <= head || file.size() != head + modsig::load_be<std::uint16_t>(file.subspan(7, 2))) return false;
    const auto type = static_cast<ima_type>(file[0]);
    return type == ima_type::verity_signature ? file[1] == 3 : (type == ima_type::signature || type == ima_type::portable) && file[1] == 2;
}
modsig::byte_view whole_file(modsig::byte_view file) { return file; }

constexpr writer_entry writers[] = {
    {modsign::name, ".p7s", &sign_modsign, nullptr, &wrap_modsign, &modsign::trailer, &modsign::detached, &modsign::is_message,
     &modsign_blob, nullptr, nullptr, true},
    {digsig::name, ".sig", &sign_digsig, &digest_digsig, &wrap_digsig, &digsig::trailer, &digsig::detached, &is_digsig_file, &digsig_blob},
    {fsverity::name, ".sig", &sign_fsverity, nullptr, nullptr, nullptr, &fsverity::detached, nullptr, nullptr},
    {ima::name, ".sig", &sign_ima, nullptr, &wrap_ima, nullptr, &as_it_is, &is_ima_file, &whole_file, nullptr, "security.ima", true},
    {"evm", ".evm", &sign_evm, nullptr, &wrap_evm, nullptr, &as_it_is, &is_ima_file, &whole_file, nullptr, "security.evm", true},
    {mcuboot::name, "", &sign_mcuboot, nullptr, nullptr, &no_trailer, &as_it_is, nullptr, nullptr, &mcuboot_image},
};

// ---- signers ---------------------------------------------------------------------------------------------------------

constexpr std::string_view command_scheme = "command:", token_scheme = "pkcs11:";

void report(std::string_view what) { complain(printable(what)); }

/// Says so when what was signed does not verify.
struct outspoken_signer {
    modsig::sign::proven<modsig::sign::any_signer, engine> held;
    std::string name;

    [[nodiscard]] const modsig::key_info& info() const { return held.info(); }
    [[nodiscard]] modsig::result<bytes> sign(const modsig::sign::to_sign& what) const {
        auto raw = held.sign(what);
        if (!raw && modsig::entry_of(raw.error().code).at == modsig::stage::arithmetic)
            complain("nothing is written: what " + name + " has signed does not verify with the public key");
        return raw;
    }
};

std::optional<modsig::sign::any_signer> command_signer(const std::string& key, const signer_options& how) {
    auto half = how.key != nullptr ? modsig::sign::public_half::copy(*how.key) : modsig::errc::key_not_found;
    if (!half) {
        complain(signer_name(key), half.error());
        return std::nullopt;
    }
    return modsig::sign::any_signer(
        modsig::sign::external_signer(*std::move(half), {key.substr(command_scheme.size()), how.layout, how.timeout, report}));
}

#if MODSIG_TOOL_PKCS11
std::optional<modsig::sign::any_signer> token_signer(const std::string& key, const signer_options& how) {
    modsig::sign::pkcs11_options options;
    options.key = how.key;
    options.report = report;
    options.ask = [&](std::string_view token) {
        auto pin = modsig::sign::passphrase_in_environment();
        if (pin && pin->text().empty()) pin.reset();  // not worth one of the few attempts
        if (!pin && how.may_ask) pin = modsig::sign::passphrase_from_terminal("PIN of the token \"" + printable(token) + "\": ");
        if (!pin) complain("the PIN can be given in KBUILD_SIGN_PIN");
        return pin;
    };
    auto opened = modsig::sign::token_key::open(key, options);
    if (!opened) return std::nullopt;
    return modsig::sign::any_signer(*std::move(opened));
}

bool load_token_certificate(key_store& into, const std::string& uri) {
    std::string why;
    const auto certificate = modsig::sign::token_certificate(uri, why);
    if (!certificate) return report(why), false;
    const auto added = into.add(*certificate);
    if (!added) complain("the token's certificate", added.error());
    return added.has_value();
}
#else
bool without_tokens() {
    complain("this modsig was built without PKCS#11 (p11-kit)");
    return false;
}
std::optional<modsig::sign::any_signer> token_signer(const std::string&, const signer_options&) { return (void)without_tokens(), std::nullopt; }
bool load_token_certificate(key_store&, const std::string&) { return without_tokens(); }
#endif

std::optional<modsig::sign::any_signer> file_signer(const std::string& path, const signer_options& how) {
    errno = 0;
    auto text = modsig::keyring::read_key_file(path);
    if (!text) {
        complain(path, text.error());
        return std::nullopt;
    }
    bool in_environment = false, typed = false;
    auto key = modsig::sign::load_private_key(*text, [&] {
        auto secret = modsig::sign::passphrase_in_environment();
        in_environment = secret.has_value();
        if (!secret && how.may_ask) secret = modsig::sign::passphrase_from_terminal("Passphrase of " + printable(path) + ": ");
        typed = secret && !in_environment;
        return secret;
    });
    const auto block = modsig::sign::find_private_key(*text);
    const bool closed = block && modsig::sign::is_encrypted(*block) && !key && key.error().code == modsig::errc::bad_key;
    Botan::secure_scrub_memory(text->data(), text->size());
    if (key) return modsig::sign::any_signer(*std::move(key));
    if (key.error().code == modsig::errc::missing_element) complain(printable(path) + ": there is no private key in it");
    else if (closed && in_environment) complain(printable(path) + ": the private key does not open with the passphrase in KBUILD_SIGN_PIN");
    else if (closed && typed) complain(printable(path) + ": the private key does not open with this passphrase");
    else if (closed) complain(printable(path) + ": the private key is encrypted: put its passphrase into KBUILD_SIGN_PIN");
    else complain(path, key.error());
    return std::nullopt;
}

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
    std::string known;
    for (const writer_entry& one : writers)
        if (can_write(one)) known += " --layout " + std::string(one.name);
    complain("signatures of the layout " + printable(name) + (writer != nullptr ? " are made by modsig sign only; there is" : " cannot be written yet; there is") + known);
    return nullptr;
}

modsig::result<modsig::byte_view> signed_by_attribute(const writer_entry& writer, const std::string& path, modsig::byte_view content, bytes& room) {
    if (writer.attribute != std::string_view("security.evm")) return content;
    auto metadata = evm_metadata(path, true);
    if (!metadata) return metadata.error();
    room = *std::move(metadata);
    return modsig::byte_view(room);
}

modsig::digest_value digest_of(modsig::digest_id hash, modsig::byte_view content) {
    const auto digest = engine{}.digest(hash, {&content, 1});
    return digest ? *digest : modsig::digest_value{};
}

std::uint32_t timestamp_or(std::int64_t otherwise) {
    const char* text = std::getenv("SOURCE_DATE_EPOCH");
    std::int64_t seconds = otherwise;
    if (text != nullptr) std::from_chars(text, text + std::string_view(text).size(), seconds);
    return static_cast<std::uint32_t>(seconds);
}

std::optional<modsig::sign::any_signer> load_signer(const std::string& key, const signer_options& how) {
    auto unproven = key.starts_with(command_scheme) ? command_signer(key, how)
                    : key.starts_with(token_scheme) ? token_signer(key, how)
                                                    : file_signer(key, how);
    if (!unproven) return std::nullopt;
    auto proven = modsig::sign::proven<modsig::sign::any_signer, engine>::of(*std::move(unproven));
    if (proven) return modsig::sign::any_signer(outspoken_signer{*std::move(proven), signer_name(key)});
    complain(signer_name(key), proven.error());
    return std::nullopt;
}

std::string signer_name(const std::string& key) {
    if (key.starts_with(command_scheme)) return "the command's key";
    return key.starts_with(token_scheme) ? "the token's key" : printable(key);
}

bool load_certificate(key_store& into, const std::string& path) {
    if (path.starts_with(token_scheme)) return load_token_certificate(into, path);
    const auto report = [](const std::filesystem::path& file, std::size_t index, const modsig::failure& why) {
        if (why.code == modsig::errc::io_error) complain(file.native(), why);
        else complain(printable(file.native()) + ": " + describe_key_fault(file.native(), index, why));
    };
    errno = 0;
    const auto count = modsig::keyring::add_path(into, path, report);
    if (!count) complain(path, count.error());
    return count && *count != 0;
}

const modsig::key_info& signer_in(const key_store& certificates) {
    for (const auto& one : certificates.keys())
        if (!one.info.certificate.empty()) return one.info;
    return certificates.keys().front().info;
}

std::optional<modsig::digest_id> find_hash(const std::string& name) {
    std::string lower = name;  // OpenSSL, and so sign-file, does not mind
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const modsig::digest_id id = modsig::digest_of_name(lower);
    if (id != modsig::digest_id::none && engine::has(id)) return id;
    complain("no digest algorithm is called " + printable(name));
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
