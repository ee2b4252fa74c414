// SPDX-License-Identifier: BSL-1.0
#include "signing.hpp"

#include "image.hpp"
#include "layouts.hpp"
#include "report.hpp"
#include "text.hpp"

#include <modsig/key/digsig.hpp>
#include <modsig/keyring/files.hpp>
#include <modsig/sign/digsig.hpp>
#include <modsig/sign/file.hpp>
#include <modsig/sign/key_file.hpp>
#include <modsig/sign/modsign.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
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

modsig::result<bytes> sign_digsig(const signing& what, const modsig::sign::private_key& key, modsig::byte_view content) {
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

modsig::result<bytes> sign_modsign(const signing& what, const modsig::sign::private_key& key, modsig::byte_view content) {
    return modsign::write(key, what.by, form_of(what), digest_of(what.hash, content));
}

modsig::result<bytes> wrap_modsign(const signing& what, modsig::byte_view raw) {
    return modsign::write(what.by, form_of(what), what.hash, raw);
}

modsig::byte_view modsign_blob(modsig::byte_view file) { return file; }

constexpr writer_entry writers[] = {
    {modsign::name, ".p7s", &sign_modsign, nullptr, &wrap_modsign, &modsign::trailer, &modsign::detached, &modsign::is_message,
     &modsign_blob},
    {digsig::name, ".sig", &sign_digsig, &digest_digsig, &wrap_digsig, &digsig::trailer, &digsig::detached, &is_digsig_file, &digsig_blob},
};

// ---- files -----------------------------------------------------------------------------------------------------------

/// For what is no file: a rename would put one in its place, even in that of /dev/null.
bool write_into(const std::string& path, std::initializer_list<modsig::byte_view> parts) {
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "wb"), std::fclose);
    if (!file) return false;
    for (const modsig::byte_view part : parts)
        if (std::fwrite(part.data(), 1, part.size(), file.get()) != part.size()) return false;
    return std::fclose(file.release()) == 0;
}

}  // namespace

const writer_entry* find_writer(std::string_view name) {
    const auto* const found = std::ranges::find(writers, name, &writer_entry::name);
    return found == std::end(writers) ? nullptr : found;
}

const writer_entry* writer_or_complaint(std::string_view name) {
    const writer_entry* writer = find_writer(name);
    if (writer != nullptr) return writer;
    std::string known;
    for (const writer_entry& one : writers) known += " --layout " + std::string(one.name);
    complain("signatures of the layout " + printable(name) + " cannot be written yet; there is" + known);
    return nullptr;
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

std::optional<modsig::sign::private_key> load_signing_key(const std::string& path) {
    if (path.starts_with("pkcs11:")) {
        complain("keys in PKCS#11 tokens cannot be used yet");
        return std::nullopt;
    }
    errno = 0;
    auto text = modsig::keyring::read_key_file(path);
    if (!text) {
        complain(path, text.error());
        return std::nullopt;
    }
    auto key = modsig::sign::load_private_key(*text, modsig::sign::passphrase_in_environment);
    const auto block = modsig::sign::find_private_key(*text);
    const bool encrypted = block && modsig::sign::is_encrypted(*block);
    Botan::secure_scrub_memory(text->data(), text->size());
    if (key) return std::move(*key);
    if (key.error().code == modsig::errc::missing_element) complain(printable(path) + ": there is no private key in it");
    else if (encrypted && std::getenv("KBUILD_SIGN_PIN") == nullptr)
        complain(printable(path) + ": the private key is encrypted: put its passphrase into KBUILD_SIGN_PIN");
    else if (encrypted) complain(printable(path) + ": the private key does not open with the passphrase in KBUILD_SIGN_PIN");
    else complain(path, key.error());
    return std::nullopt;
}

bool load_certificate(key_store& into, const std::string& path) {
    const auto report = [](const std::filesystem::path& file, std::size_t, const modsig::failure& why) { complain(file.native(), why); };
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

exit_status write_result(const std::string& path, const std::string& destination, std::initializer_list<modsig::byte_view> parts) {
    modsig::sign::write_options options;
    struct ::stat status {};
    if (!destination.empty() && ::stat(path.c_str(), &status) == 0) options.mode = status.st_mode & 0777;
    const std::string& target = destination.empty() ? path : destination;
    const bool in_place = ::stat(target.c_str(), &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
    errno = 0;
    if (in_place ? write_into(target, parts) : modsig::sign::write_file(target, parts, options).has_value()) return exit_status::good;
    complain(target, modsig::errc::io_error);
    return exit_status::unreadable;
}

modsig::failure may_append(const std::string& path, modsig::byte_view content) {
    if (is_compressed_module(path) || modsig::is_compressed_module(content)) return modsig::errc::compressed;
    return modsig::errc::none;
}

}  // namespace tool
