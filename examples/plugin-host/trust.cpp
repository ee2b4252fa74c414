// SPDX-License-Identifier: BSL-1.0
#include "trust.hpp"

#include "report.hpp"
#include "vendor_key.hpp"  // made from the vendor's public key by embed.py

#include <modsig/keyring/files.hpp>

#include <cstdlib>

namespace {

static_assert(modsig::key::parse_any(modsig::byte_view(vendor_key)).has_value(), "vendor_key is no key");

/// An entry that is no key is reported, and the others are used.
void report_entry(const std::filesystem::path& file, std::size_t index, const modsig::failure& failure) {
    complain(file.string() + ": entry " + std::to_string(index) + ": " + reason(failure));
}

}  // namespace

trust::trust() {
    const auto vendor = keys_.add(modsig::byte_view(vendor_key));
    if (!vendor) std::abort();  // an RSA key of a size that the engine lacks
    vendor_.push_back(vendor->key);
}

bool trust::pin(const std::string& name, const std::filesystem::path& file) {
    const std::string& kept = names_.emplace_back(name);
    const auto take = [&](const auto&, modsig::byte_view blob) {
        auto key = keys_.add(blob);
        if (key) pins_.push_back({kept, key->key});
        return key;
    };
    const auto taken = modsig::keyring::for_each_key_in_file(file, take, report_entry);
    if (!taken) return complain(file.string() + ": " + reason(taken.error())), false;
    return *taken != 0;
}

bool trust::revoke(const std::filesystem::path& path) {
    const auto revoked = modsig::keyring::revoke_path(keys_, path, report_entry);
    if (!revoked) complain(path.string() + ": " + reason(revoked.error()));
    return revoked.has_value();
}

modsig::result<proof> trust::verify(const std::string& name, modsig::load::sealed_file&& file) const {
    return verifier().verify(std::move(file), modsig::context{.name = name});
}

modsig::failure trust::still_good(const std::string& name, const proof& file) const {
    const auto answer = verifier().appraise(modsig::subject{file.image()}, modsig::context{.name = name});
    if (answer.outcome == modsig::verdict::verified) return modsig::errc::none;
    return answer.why;
}
