// SPDX-License-Identifier: BSL-1.0
//
// What the commands that write signatures have in common: a table of writers, one a layout.
#ifndef MODSIG_TOOL_SIGNING_HPP
#define MODSIG_TOOL_SIGNING_HPP

#include "exit_status.hpp"
#include "policy_verifier.hpp"
#include "output.hpp"
#include "signers.hpp"

#include <modsig/sign/signer/any_signer.hpp>
#include <modsig/sign/layout/mcuboot.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tool {

using modsig::sign::bytes;

/// Another signer of a message.
struct further_signer {
    modsig::key_info by{};
    const modsig::sign::any_signer* key = nullptr;
};

/// What a signature is to say.
struct signing {
    modsig::digest_id hash = modsig::digest_id::none;
    modsig::key_info by{};                    // the public half; views whoever holds the key
    std::string key_id{};                     // instead of the key's own
    std::uint32_t timestamp = 0;              // where the format has one
    bool by_key_id = false;                   // where the format leaves it open what the signer is named by
    bool version_3 = false;                   // IMA's, of type 6: over fs-verity's digest
    modsig::verity_options verity{};          // but for the hash, which is `hash`
    modsig::sign::mcuboot_options image{};    // where the content is to become one
    bool with_file_id = false;                // IMA's and EVM's version 3, which ML-DSA has anyway
    bool attributes = false;                  // ML-DSA in a message: these are signed
    bool any_key = false;                     // a message may have keys that no Linux reads
    std::span<const further_signer> also{};   // of the same message
};

/// What somebody who signs elsewhere is given.
struct to_be_signed {
    bytes value{};
    std::string_view kind{};  // empty: a digest
};

struct writer_entry {
    std::string_view name;
    std::string_view suffix;                                                    // of a detached signature's file
    modsig::result<bytes> (*sign)(const signing& settings, const modsig::sign::any_signer& key, modsig::byte_view content);
    // What is to be signed elsewhere, where it depends on the key; null: the content's own digest, whoever signs, but with ML-DSA.
    modsig::result<modsig::digest_value> (*digest)(const signing& settings, modsig::byte_view content);
    modsig::result<bytes> (*wrap)(const signing& settings, modsig::byte_view raw, modsig::byte_view content);  // what came back from there
    bytes (*trailer)(modsig::byte_view blob);                                   // behind the blob, behind the content; null: only beside the file
    bytes (*as_file)(modsig::byte_view blob);
    bool (*is_file)(modsig::byte_view file);                                    // what as_file made
    modsig::byte_view (*blob_of)(modsig::byte_view file);
    // Formats that put something around what is signed: its content. Null: a signature goes with any content as it is.
    modsig::result<bytes> (*image)(const signing& settings, modsig::byte_view content) = nullptr;
    // The extended attribute that holds signatures of this layout; null: they stand behind the content.
    const char* attribute = nullptr;
    bool signs_bare_content = false;  // nothing in what is signed says of which kind it is: modsig/layout/ambiguous_content.hpp
    modsig::result<to_be_signed> (*message)(const signing& settings, modsig::byte_view content) = nullptr;  // of keys that sign no digest
};

/// What the writer's `digest` or `message` gives for this key, or the content's own digest.
[[nodiscard]] modsig::result<to_be_signed> to_be_signed_by(const writer_entry* writer, const signing& settings, modsig::byte_view content);

/// The content with its signature behind it, in one piece.
[[nodiscard]] bytes signed_image(const writer_entry& writer, modsig::byte_view content, modsig::byte_view blob);

[[nodiscard]] const writer_entry* find_writer(std::string_view name);

/// Complains about a layout that cannot be written; `all`: those too that put something around what is signed, or whose
/// signatures are never in the file. `attributes`: those too whose signatures are attributes of the file.
[[nodiscard]] const writer_entry* writer_or_complaint(std::string_view name, bool all = false, bool attributes = false);

/// What a signature in an attribute is over: the file as it was read, or for security.evm its metadata, which go to `room`.
[[nodiscard]] modsig::result<modsig::byte_view> signed_by_attribute(const writer_entry& writer, const image& file, bytes& room);

[[nodiscard]] modsig::digest_value digest_of(modsig::digest_id hash, modsig::byte_view content);

/// SOURCE_DATE_EPOCH, or else this. Complains where the variable is no number of seconds that a signature can hold.
[[nodiscard]] std::optional<std::uint32_t> timestamp_or(std::int64_t otherwise);

/// Whether this layout's keys can have such an identifier; complains.
[[nodiscard]] bool is_key_id(const writer_entry& writer, std::string_view text);

[[nodiscard]] std::optional<modsig::digest_id> find_hash(const std::string& name);

/// Whether a signature of it can mean nothing else: `ambiguous_content`, which no verifier here would believe.
[[nodiscard]] modsig::failure may_sign(const writer_entry& writer, modsig::byte_view content);

/// Whether a signature may be put at the end of this: `compressed`.
[[nodiscard]] modsig::failure may_append(const std::string& path, modsig::byte_view content);

}  // namespace tool

#endif  // MODSIG_TOOL_SIGNING_HPP
