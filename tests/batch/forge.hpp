// SPDX-License-Identifier: BSL-1.0
//
// Modules of any size, signed with keys of the corpus, in a folder of their own.
#ifndef MODSIG_TESTS_BATCH_FORGE_HPP
#define MODSIG_TESTS_BATCH_FORGE_HPP

#include <modsig/engine/botan.hpp>
#include <modsig/key/x509.hpp>
#include <modsig/sign/key/key_file.hpp>
#include <modsig/sign/layout/modsign.hpp>

#include "../support/corpus.hpp"
#include "../support/scratch_folder.hpp"
#include "../support/hardened.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace batch_test {

using octets = std::vector<std::uint8_t>;

inline octets random_bytes(std::size_t size, unsigned seed) {
    std::mt19937 random(seed);
    octets bytes(size);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    return bytes;
}

class signing_key {
    octets certificate_;
    modsig::sign::private_key key_;
    modsig::key_info info_{};

public:
    explicit signing_key(const std::string& name)
        : certificate_(corpus::file("keys/" + name + ".cert.der")),
          key_(*modsig::sign::load_private_key(hardened(), corpus::file("keys/" + name + ".key.pem"), [] { return std::optional<modsig::sign::passphrase>(); })) {
        const auto read = modsig::key::parse_certificate(certificate_);
        REQUIRE(read);
        info_ = read->info;
    }

    [[nodiscard]] const octets& certificate() const { return certificate_; }
    [[nodiscard]] const modsig::sign::private_key& key() const { return key_; }

    [[nodiscard]] octets sign(octets content, modsig::digest_id id) const {
        const modsig::byte_view parts[] = {content};
        const auto message = modsig::sign::modsign::write(key_, info_, modsig::sign::signer_form::issuer_and_serial, *modsig::engine::botan{}.digest(id, parts));
        REQUIRE(message);
        content.insert(content.end(), message->begin(), message->end());
        const auto trailer = modsig::sign::modsign::trailer(*message);
        content.insert(content.end(), trailer.begin(), trailer.end());
        return content;
    }
};

/// Files 0, 1, 2, ... of a folder that is gone with the test.
class folder : public scratch_folder {
    std::vector<std::string> files_;

public:
    void add(const octets& bytes) {
        files_.push_back(file(std::to_string(files_.size())));
        std::ofstream(files_.back(), std::ios::binary).write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    }
    void add_path(const std::string& path) { files_.push_back(path); }

    [[nodiscard]] const std::vector<std::string>& files() const { return files_; }
};

}  // namespace batch_test

#endif  // MODSIG_TESTS_BATCH_FORGE_HPP
