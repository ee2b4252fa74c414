// SPDX-License-Identifier: BSL-1.0
#include "key_faults.hpp"

#include "report.hpp"
#include "text.hpp"

#include <modsig/key/foreign_form.hpp>
#include <modsig/key/pem.hpp>
#include <modsig/keyring/files.hpp>

#include <cerrno>
#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

namespace tool {
namespace {

using modsig::key::foreign_form;

/// Of a block of PEM: private keys are named as such, and are not decoded.
std::optional<foreign_form> form_of_block(modsig::byte_view text, std::size_t index) {
    modsig::key::pem_reader blocks(text);
    for (std::size_t i = 0;; ++i) {
        const auto block = blocks.next();
        if (!block || !block->has_value()) return std::nullopt;
        if (i != index) continue;
        const modsig::byte_view label = (*block)->label;
        if (modsig::equal(label, "PKCS7") || modsig::equal(label, "CMS")) return foreign_form{"a PKCS#7 message", "openssl pkcs7 -in FILE -print_certs"};
        if (modsig::equal(label, "CERTIFICATE REQUEST") || modsig::equal(label, "NEW CERTIFICATE REQUEST"))
            return foreign_form{"a certificate request", "the certificate that was made of it"};
        if (modsig::equal(label, "PGP PUBLIC KEY BLOCK")) return foreign_form{"a key of OpenPGP, which signs in formats of its own", ""};
        if ((*block)->kind == modsig::key::pem_kind::private_key) return foreign_form{"a private key", "openssl pkey -in FILE -pubout"};
        std::vector<std::uint8_t> room((*block)->max_decoded_size());
        const auto bytes = modsig::key::pem_decode(**block, room);
        return bytes ? modsig::key::find_foreign_form(*bytes) : std::nullopt;
    }
}

std::optional<foreign_form> form_of(const std::string& path, std::size_t index) {
    std::error_code fault;
    if (!std::filesystem::is_regular_file(path, fault)) return std::nullopt;
    const int kept = std::exchange(errno, 0);
    const auto bytes = modsig::keyring::read_key_file(path);
    errno = kept;
    if (!bytes) return std::nullopt;
    const modsig::byte_view file = *bytes;
    if (modsig::key::pem_reader::recognises(file)) return form_of_block(file, index);
    return index == 0 && !modsig::keyring::efi_list_reader::recognises(file) ? modsig::key::find_foreign_form(file) : std::nullopt;
}

std::string in_words(const std::optional<foreign_form>& form, const modsig::failure& why) {
    if (form) {
        std::string words = "it is " + std::string(form->name);
        if (!form->remedy.empty()) words += "; convert it: " + std::string(form->remedy);
        return words + " (" + std::string(name(why.code)) + " at offset " + std::to_string(why.offset) + ")";
    }
    if (why.code == modsig::errc::bad_magic) return "it is neither PEM nor DER nor a digsig key (bad_magic at offset 0)";
    return describe(why);
}

}  // namespace

std::string describe_key_fault(modsig::byte_view blob, const modsig::failure& why) { return in_words(modsig::key::find_foreign_form(blob), why); }

std::string describe_key_fault(const std::string& path, std::size_t index, const modsig::failure& why) {
    return why.code == modsig::errc::io_error ? describe(why) : in_words(form_of(path, index), why);
}

}  // namespace tool
