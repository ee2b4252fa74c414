// SPDX-License-Identifier: BSL-1.0
//
// How fs-verity is to make its digests, as the command line says it, and the digest of a file.
#ifndef MODSIG_TOOL_VERITY_HPP
#define MODSIG_TOOL_VERITY_HPP

#include <modsig/digest/fsverity.hpp>
#include <modsig/layout.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tool {

/// Empty: the default, which is SHA-256, 4096 bytes, none.
struct verity_choice {
    std::string hash{};
    std::string block_size{};  // bytes
    std::string salt{};        // hexadecimal

    [[nodiscard]] bool any() const { return !hash.empty() || !block_size.empty() || !salt.empty(); }
};

/// The same, understood. Owns the salt.
struct verity_settings {
    modsig::digest_id hash = modsig::digest_id::sha256;
    std::uint32_t block_size = 4096;  // bytes
    std::vector<std::uint8_t> salt{};
    bool names_tree = false;          // block size or salt were said

    [[nodiscard]] modsig::verity_options view() const { return {hash, block_size, salt}; }
    /// Whether a digest that the kernel has measured is what was asked for: it does not say its block size and salt.
    [[nodiscard]] bool takes(const modsig::digest_value& measured) const { return !names_tree && measured.id == hash; }
};

/// Complains about what fs-verity does not have.
[[nodiscard]] std::optional<verity_settings> verity_or_complaint(const verity_choice& choice, modsig::digest::verity_trees trees = modsig::digest::verity_trees::of_kernel);

/// The digest that the kernel would measure, calculated even where it has measured one, as `fsverity digest` does; - is
/// standard input. Of any size in little memory. `io_error`, with errno as it was; the failures of digest::fsverity_stream.
[[nodiscard]] modsig::result<modsig::digest_value> verity_digest(const std::string& path, const modsig::verity_options& options);

}  // namespace tool

#endif  // MODSIG_TOOL_VERITY_HPP
