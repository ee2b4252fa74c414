// SPDX-License-Identifier: BSL-1.0
//
// An engine with room for keys of ROOM bits and one digest.
#include <modsig/engine/native.hpp>

int main(int argc, char** argv) {
    using engine = modsig::engine::basic_native<modsig::digest_list<modsig::sha256>, modsig::engine::isa::best, ROOM>;
    const modsig::byte_view bytes(reinterpret_cast<const std::uint8_t*>(argv[0]), static_cast<std::size_t>(argc));
    const auto key = engine::prepare({modsig::key_algorithm::rsa, ROOM, bytes, bytes});
    return key && engine{}.check(*key, {modsig::scheme_id::rsa_pkcs1_v15, {}, {}, bytes, false}) ? 1 : 0;
}
