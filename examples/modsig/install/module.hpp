// SPDX-License-Identifier: BSL-1.0
//
// What becomes of modules: unpacked, without their old signatures, stripped, signed, compressed.
#ifndef MODSIG_TOOL_INSTALL_MODULE_HPP
#define MODSIG_TOOL_INSTALL_MODULE_HPP

#include "../image.hpp"
#include "../signing.hpp"
#include "staging.hpp"

#include <modsig/compression.hpp>

#include <cstddef>
#include <optional>
#include <span>
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

/// One on its way.
struct module_in_work {
    std::string path{};
    ::mode_t mode = 0;
    std::size_t number = 0;  // its own in the staging
    std::optional<install_fault> fault{};
};

/// Makes the files that take the place of the modules; what is wrong with one does not stop the others. Several are stripped
/// by one process: starting it costs more than its work. `file`: room to be used again.
void make_modules(const install_recipe& recipe, std::span<module_in_work> modules, image& file);

}  // namespace tool

#endif  // MODSIG_TOOL_INSTALL_MODULE_HPP
