// SPDX-License-Identifier: BSL-1.0
//
// Files of private keys, as far as they are read before anybody is asked for a passphrase, and configurations of genkey.
#include "der_mutator.hpp"
#include "require.hpp"

#include <modsig/sign/key/genkey_config.hpp>
#include <modsig/sign/key/key_file.hpp>

using namespace fuzz;

namespace {

void read_private_key(byte_view file) {
    const auto stored = sign::find_private_key(file);
    if (!stored) return require(stored.error().offset <= file.size(), "a fault is in the file");
    require(stored->offset <= file.size() && stored->der.size() <= file.size(), "a key is in the file");
    if (stored->is_encrypted()) {
        (void)sign::detail::can_decrypt(*stored);
        return;
    }
    const auto der = sign::detail::decoded(*stored);
    if (!der) return;
    const auto coated = sign::detail::as_pkcs8(stored->form, *der);
    require(!coated || coated->size() <= der->size() + 64, "a coat is small");
}

void read_configuration(std::string_view text) {
    std::string why;
    const auto config = sign::parse_genkey_config(text, why);
    if (config) return require(!config->certificate.subject.empty(), "a certificate has a subject");
    require(!why.empty() && config.error().offset <= text.size(), "what is not understood is named");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const octets bytes(data, data + size);  // a block of its own
    read_private_key(bytes);
    read_configuration({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    return 0;
}
