// SPDX-License-Identifier: BSL-1.0
//
// Layouts by name: where a signature sits in a file, whatever is thought of it, and what it says.
#ifndef MODSIG_TOOL_LAYOUTS_HPP
#define MODSIG_TOOL_LAYOUTS_HPP

#include "report.hpp"

#include <modsig/layout.hpp>
#include <modsig/verified.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace tool {

struct layout_entry {
    std::string_view name;
    modsig::result<modsig::located> (*find)(const modsig::subject& s);
    std::vector<std::uint8_t> (*as_file)(modsig::byte_view blob);      // as `--signature` takes it
    // What no other layout has, of the signer that the answer is about; the blob, which stands at `offset`, may be broken.
    void (*describe)(modsig::byte_view blob, std::uint64_t offset, const modsig::appraisal& answer, record& fields);
    void (*describe_image)(modsig::byte_view image, record& fields) = nullptr;  // the same, where it stands elsewhere
};

[[nodiscard]] std::span<const layout_entry> layouts();
[[nodiscard]] const layout_entry* find_layout(std::string_view name);

/// A signature at the end of an image.
struct appended {
    const layout_entry* layout = nullptr;
    modsig::range content{};
    modsig::range blob{};
};

/// `no_signature`, or what is wrong with where it is.
[[nodiscard]] modsig::result<appended> find_appended(modsig::byte_view image);

/// The image without the signatures at its end. The failures of find_appended(); `truncated`.
[[nodiscard]] modsig::result<modsig::byte_view> without_signatures(modsig::byte_view image);

/// find_appended(), where what is found can be read as a signature, too: the marker's text alone may be anybody's.
[[nodiscard]] std::optional<appended> well_formed_signature(modsig::byte_view image);

/// The last marker behind a well-formed signature that does not end the image, if there is one.
[[nodiscard]] std::optional<modsig::range> find_buried_signature(modsig::byte_view image);

}  // namespace tool

#endif  // MODSIG_TOOL_LAYOUTS_HPP
