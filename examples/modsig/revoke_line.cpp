// SPDX-License-Identifier: BSL-1.0
//
// modsig revoke-line: the lines of a blacklist (certs/blacklist_hashes.c, --revoked) that revoke a certificate.
#include "commands.hpp"
#include "policy_verifier.hpp"
#include "report.hpp"
#include "text.hpp"

#include <modsig/keyring/certificate_signature.hpp>
#include <modsig/keyring/files.hpp>

#include <cstdio>
#include <string>

namespace tool {
namespace {

modsig::result<modsig::digest_value> tbs_digest(const modsig::key::certificate& certificate, std::string_view release) {
    modsig::linux_reading reading;
    reading.kernel.release = *modsig::find_linux_release(release);
    return modsig::keyring::revocation_digest<engine>(certificate, reading);
}

/// By the digest of each kind of kernel, 6.12 and 7.x, or of the one that is named.
modsig::result<modsig::key_info> print_lines(modsig::byte_view blob, const std::string& release) {
    if (!modsig::key::x509::recognises(blob)) return modsig::errc::unsupported_key;
    const auto certificate = modsig::grammar<modsig::strict_reading>::parse_certificate(blob);
    if (!certificate) return certificate.error();
    std::string before;
    for (const std::string_view each : {std::string_view("6.12"), std::string_view("7.3")}) {
        if (!release.empty() && modsig::find_linux_release(release)->hashes_tbs_by_sha256 != modsig::find_linux_release(each)->hashes_tbs_by_sha256) continue;
        const auto digest = tbs_digest(*certificate, each);
        if (!digest) return digest.error();
        if (digest->id == modsig::digest_id::none) continue;  // ML-DSA: kernels before 7.0 know no such certificate
        const std::string line = "tbs:" + hex(digest->view());
        if (line != before) std::puts(line.c_str());
        before = line;
    }
    return modsig::key::identified(*certificate);
}

}  // namespace

exit_status revoke_line_command::run() const {
    const auto target = kernel.find({});
    if (!target) return exit_status::usage;
    const std::string release = kernel.is_named() ? std::string(target->release.name) : "";
    overall_status overall;
    for (const std::string& path : paths) {
        const auto report = [&](const std::filesystem::path& file, std::size_t, const modsig::failure& why) {
            if (why.code == modsig::errc::unsupported_key) complain(printable(file.native()) + ": no certificate: only certificates are revoked by such a line, a bare key by its file");
            else complain(file.native(), why);
            overall.add(status_of(why.code));
        };
        errno = 0;
        const auto used = modsig::keyring::for_each_key(path, [&](const auto&, modsig::byte_view blob) { return print_lines(blob, release); }, report);
        if (used) continue;
        complain(path, used.error());
        overall.add(exit_status::unreadable);
    }
    return overall.get();
}

}  // namespace tool
