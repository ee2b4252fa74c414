// SPDX-License-Identifier: BSL-1.0
//
// What becomes of one module: unpacked, without its old signatures, stripped, signed, compressed.
#ifndef MODSIG_TOOL_INSTALL_MODULE_HPP
#define MODSIG_TOOL_INSTALL_MODULE_HPP

#include "../image.hpp"
#include "../signing.hpp"
#include "staging.hpp"

#include <modsig/compression.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace tool {

/// The same for all modules.
struct install_recipe {
    const writer_entry* writer = nullptr;
    const modsig::sign::any_signer* key = nullptr;
    signing what{};
    std::vector<std::string> strip{};  // options of strip(1); none: it is left alone
    modsig::compression compress = modsig::compression::none;
    const staging* room = nullptr;
    const staging* debug_room = nullptr;  // null: debug information is not kept
};

struct install_fault {
    std::string path{};
    modsig::failure why{modsig::errc::none};
    int error = 0;              // errno
    std::string words{};        // instead of the failure's own
    bool is_of_target = false;  // every other file would have it too
};

void complain(const install_fault& fault);

/// Makes the file that takes the place of the module; `number` is its own in the staging. `file`: room to be used again.
[[nodiscard]] std::optional<install_fault> make_module(const install_recipe& recipe, const std::string& path, ::mode_t mode,
                                                       std::size_t number, image& file);

}  // namespace tool

#endif  // MODSIG_TOOL_INSTALL_MODULE_HPP
