// SPDX-License-Identifier: BSL-1.0
//
// Signatures that others have made, in the forms in which they hand them over.
#ifndef MODSIG_TOOL_RAW_FORM_HPP
#define MODSIG_TOOL_RAW_FORM_HPP

#include <modsig/bytes.hpp>
#include <modsig/key.hpp>
#include <modsig/result.hpp>

#include <cstdint>
#include <vector>

namespace tool {

/// What PEM or base64 is of, where the file is one of these; else its own bytes. PEM has one block, of no key. `bad_text`, and the
/// failures of pem_reader and pem_decode().
[[nodiscard]] modsig::result<std::vector<std::uint8_t>> without_text_form(modsig::byte_view file);

/// A raw value as signatures hold it: of ECDSA in DER, though it be r ‖ s (IEEE P1363), as key stores and clouds return it. A value
/// in DER is left as it is; so is one of another length.
[[nodiscard]] std::vector<std::uint8_t> in_form_of(const modsig::public_key& key, modsig::byte_view raw);

}  // namespace tool

#endif  // MODSIG_TOOL_RAW_FORM_HPP
