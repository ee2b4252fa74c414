// SPDX-License-Identifier: BSL-1.0
//
// modsig genkey: a key pair as the kernel's build wants it: signing_key.pem (private key and certificate), the certificate
// in DER, and for RSA the public key as a digsig v1 blob.
#include "commands.hpp"
#include "file_roles.hpp"
#include "text.hpp"

#include <modsig/key/digsig.hpp>
#include <modsig/keyring/files.hpp>
#include <modsig/os/new_file.hpp>
#include <modsig/sign/key/certificate.hpp>
#include <modsig/sign/key/generate.hpp>
#include <modsig/sign/key/genkey_config.hpp>
#include <modsig/sign/key/pem.hpp>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <filesystem>
#include <optional>

namespace tool {
namespace {

namespace fs = std::filesystem;
namespace sign = modsig::sign;

struct outputs {
    fs::path key, certificate, digsig;

    explicit outputs(const std::string& out) : key(out), certificate(beside(out, ".x509")), digsig(beside(out, ".digsig")) {}

    /// signing_key.pem -> signing_key.x509; any other name is kept whole.
    static fs::path beside(fs::path out, const char* extension) {
        if (out.extension() == ".pem") return out.replace_extension(extension);
        return out += extension;
    }
};

exit_status could_not_write(const fs::path& path, const modsig::failure& why) {
    complain(path.native(), why);
    return exit_status::unreadable;
}

/// The file's, or what x509.genkey of the kernel says.
std::optional<sign::genkey_config> read_config(const std::string& path) {
    if (path.empty()) return sign::genkey_config{};
    errno = 0;
    const auto text = modsig::keyring::read_key_file(path);
    if (!text) {
        complain(path, text.error());
        return std::nullopt;
    }
    auto config = sign::parse_genkey_config({reinterpret_cast<const char*>(text->data()), text->size()});
    if (config) return *config;
    const auto line = 1 + std::count(text->begin(), text->begin() + static_cast<std::ptrdiff_t>(config.error().offset), std::uint8_t{'\n'});
    complain(printable(path) + ":" + std::to_string(line) + ": " + std::string(config.error().message()));
    return std::nullopt;
}

exit_status write_all(const outputs& to, const sign::private_key& key, modsig::byte_view certificate, bool force) {
    modsig::os::write_options secret = modsig::os::private_file, open;
    secret.may_replace = open.may_replace = force;

    sign::secret_bytes pem;
    sign::write_pem(pem, "PRIVATE KEY", key.pkcs8());
    sign::write_pem(pem, "CERTIFICATE", certificate);
    errno = 0;
    if (const auto written = modsig::os::write_file(to.key.native(), {pem}, secret); !written) return could_not_write(to.key, written.error());
    if (const auto written = modsig::os::write_file(to.certificate.native(), {certificate}, open); !written)
        return could_not_write(to.certificate, written.error());
    if (key.info().key.algorithm != modsig::key_algorithm::rsa) {
        std::error_code fault;
        if (force) fs::remove(to.digsig, fault);  // of another key
        return exit_status::good;
    }
    sign::bytes blob;
    modsig::key::write_digsig_blob(key.info().key, blob);
    if (const auto written = modsig::os::write_file(to.digsig.native(), {blob}, open); !written) return could_not_write(to.digsig, written.error());
    return exit_status::good;
}

}  // namespace

exit_status genkey_command::run() const {
    auto settings = read_config(config);
    if (!settings) return exit_status::unreadable;
    const std::string wanted = !type.empty() ? type : settings->bits != 0 ? "rsa" + std::to_string(settings->bits) : "rsa4096";
    const sign::key_type* kind = sign::find_key_type(wanted);
    if (kind == nullptr) {
        complain("no type of key is called " + printable(wanted));
        return exit_status::usage;
    }
    const outputs to(out);
    for (const fs::path& path : {to.key, to.certificate, to.digsig}) {
        std::error_code fault;
        const fs::file_type there = fs::symlink_status(path, fault).type();
        if (force || there == fs::file_type::not_found) continue;
        if (there == fs::file_type::none) {
            errno = fault.value();
            complain(path.native(), modsig::errc::io_error);
            return exit_status::unreadable;
        }
        complain(printable(path.native()) + " is there already: --force overwrites it");
        return exit_status::usage;
    }
    file_roles roles;
    roles.reads(config);
    for (const fs::path& path : {to.key, to.certificate, to.digsig})
        if (const exit_status apart = roles.writes(path.native()); apart != exit_status::good) return apart;

    const auto key = sign::generate(*kind);
    if (!key) {
        complain(wanted, key.error());
        return exit_status::unreadable;
    }
    sign::certificate_request& request = settings->certificate;
    request.not_before = std::time(nullptr);
    request.not_after = request.not_before + 36500 * sign::certificate_request::day;
    request.scheme = kind->scheme;
    request.digest = settings->digest != modsig::digest_id::none && kind->digest != modsig::digest_id::none ? settings->digest : kind->digest;
    const auto certificate = sign::self_signed_certificate(*key, request);
    if (!certificate) {
        complain("the certificate", certificate.error());
        return exit_status::unreadable;
    }
    return write_all(to, *key, *certificate, force);
}

}  // namespace tool
