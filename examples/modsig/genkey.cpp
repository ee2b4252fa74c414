// SPDX-License-Identifier: BSL-1.0
//
// modsig genkey: a key pair as the kernel's build wants it: signing_key.pem (private key and certificate), the certificate
// in DER, and for RSA the public key as a digsig v1 blob.
#include "commands.hpp"
#include "file_roles.hpp"
#include "suggest.hpp"
#include "text.hpp"

#include <modsig/key/digsig.hpp>
#include <modsig/keyring/files.hpp>
#include <modsig/os/new_file.hpp>
#include <modsig/sign/key/certificate.hpp>
#include <modsig/sign/key/generate.hpp>
#include <modsig/sign/key/genkey_config.hpp>
#include <modsig/sign/key/pem.hpp>
#include <modsig/sign/signer/agent.hpp>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace tool {
namespace {

namespace fs = std::filesystem;
namespace os = modsig::os;
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

/// The file's, or what x509.genkey of the kernel says.
std::optional<sign::genkey_config> read_config(const std::string& path) {
    if (path.empty()) return sign::genkey_config{};
    errno = 0;
    const auto text = modsig::keyring::read_key_file(path);
    if (!text) {
        complain(path, text.error());
        return std::nullopt;
    }
    std::string why;
    auto config = sign::parse_genkey_config(text->text(), why);
    if (config) return *std::move(config);
    const auto line = 1 + std::ranges::count(text->text().substr(0, config.error().offset), '\n');
    complain(printable(path) + ":" + std::to_string(line) + ": " + printable(why));
    return std::nullopt;
}

/// Files that get their names together, when all of them are on the disk: whatever fails before leaves none.
class new_files {
    struct entry {
        fs::path path;
        os::new_file file;
        bool created = false;
    };
    std::vector<entry> files_{};
    bool replaces_;

    [[nodiscard]] bool give_name(entry& each) const {
        const auto created = each.file.create();
        each.created = created.has_value();
        return created || (replaces_ && errno == EEXIST && each.file.replace());
    }

public:
    explicit new_files(bool replaces) : replaces_(replaces) {}

    /// Complains. `secret`: nobody else may read it.
    [[nodiscard]] bool add(const fs::path& path, modsig::byte_view content, bool secret = false) {
        errno = 0;
        auto file = os::new_file::at(path.native(), secret ? 0600 : 0666);
        if (file && secret && !file->is_private()) errno = EPERM;
        else if (file && file->append(content) && file->sync()) return files_.push_back({path, *std::move(file)}), true;
        complain(path.native(), modsig::errc::io_error);
        return false;
    }

    /// Complains. In the order in which they were added; what was created before one that fails goes again.
    [[nodiscard]] bool publish() {
        const os::held_signals held;
        for (entry& each : files_) {
            errno = 0;
            if (give_name(each)) continue;
            complain(each.path.native(), modsig::errc::io_error);
            for (const entry& other : files_)
                if (other.created) other.file.remove();
            return false;
        }
        for (const entry& each : files_) each.file.sync_folder();
        return true;
    }
};

/// The failure of a process that has complained itself.
constexpr modsig::errc complained = modsig::errc::not_checked;

/// In the agent, which has the private key and writes it itself. The key's own file comes last: without it there is no key.
modsig::result<sign::agent_key<sign::private_key>> make_key(const os::hardened_process& here, const sign::key_type& type, const sign::certificate_request& request,
                                                            const outputs& to, bool force) {
    auto key = sign::generate(here, type);
    const bool no_ml_dsa = !key && key.error().code == modsig::errc::unsupported_algorithm;
    if (no_ml_dsa) return complain(std::string(type.name) + ": " + std::string(sign::ml_dsa_key_fault(key.error().code)) + " (unsupported_algorithm)"), complained;
    if (!key) return complain(std::string(type.name), key.error()), complained;
    auto certificate = sign::self_signed_certificate(*key, request);
    if (!certificate) return complain("the certificate", certificate.error()), complained;

    new_files files(force);
    const bool is_rsa = key->info().key.algorithm == modsig::key_algorithm::rsa;
    sign::bytes blob;
    if (is_rsa) modsig::key::write_digsig_blob(key->info().key, blob);
    sign::secret_bytes pem;
    sign::write_pem(pem, "PRIVATE KEY", key->pkcs8());
    sign::write_pem(pem, "CERTIFICATE", *certificate);
    const bool written = files.add(to.certificate, *certificate) && (!is_rsa || files.add(to.digsig, blob)) && files.add(to.key, pem, true) && files.publish();
    if (!written) return complained;
    if (std::error_code fault; force && !is_rsa) fs::remove(to.digsig, fault);  // of another key
    const modsig::byte_view half = key->spki();
    return sign::agent_key<sign::private_key>{*std::move(key), {half.begin(), half.end()}};
}

}  // namespace

exit_status genkey_command::run() const {
    auto settings = read_config(config);
    if (!settings) return exit_status::unreadable;
    const std::string wanted = !type.empty() ? type : settings->bits != 0 ? "rsa" + std::to_string(settings->bits) : "rsa4096";
    const sign::key_type* kind = sign::find_key_type(wanted);
    if (kind == nullptr) {
        complain("no type of key is called " + printable(wanted) + did_you_mean(wanted, names_of(sign::key_types)));
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

    sign::certificate_request& request = settings->certificate;
    request.not_before = std::time(nullptr);
    request.not_after = request.not_before + 36500 * sign::certificate_request::day;
    request.scheme = kind->scheme;
    request.digest = settings->digest != modsig::digest_id::none && kind->digest != modsig::digest_id::none ? settings->digest : kind->digest;
    const auto agent = sign::agent::start(1, [&](const os::hardened_process& here) { return make_key(here, *kind, request, to, force); });
    if (agent) return exit_status::good;
    if (agent.error().code != complained) complain("the process that makes the key", agent.error());
    return exit_status::unreadable;
}

}  // namespace tool
