// SPDX-License-Identifier: BSL-1.0
#include "raw_form.hpp"

#include <modsig/der/writer.hpp>
#include <modsig/key/ecdsa_signature.hpp>
#include <modsig/key/pem.hpp>

#include <optional>

namespace tool {
namespace {

using bytes = std::vector<std::uint8_t>;

modsig::result<bytes> decoded(const modsig::key::pem_block& block) {
    bytes room(block.max_decoded_size());
    const auto decoded = modsig::key::pem_decode(block, room);
    if (!decoded) return decoded.error();
    room.resize(decoded->size());
    return room;
}

/// The shortest signature, of a P-192 key, has 48 bytes: 64 digits of which none is anything else are no chance.
bool is_base64(modsig::byte_view text) {
    constexpr std::size_t least = 64;
    std::size_t digits = 0;
    for (const std::uint8_t c : text) {
        if (c == '\n' || c == '\r' || c == ' ' || c == '\t' || c == '=') continue;
        if (modsig::key::base64_value(c) == 64) return false;
        ++digits;
    }
    return digits >= least;
}

}  // namespace

modsig::result<bytes> without_text_form(modsig::byte_view file) {
    using modsig::key::pem_kind;
    if (modsig::key::pem_reader::recognises(file)) {
        modsig::key::pem_reader blocks(file);
        const auto block = blocks.next();
        if (!block) return block.error();
        if ((*block)->kind == pem_kind::private_key) return modsig::failure{modsig::errc::wrong_key_kind, (*block)->offset};
        if ((*block)->kind != pem_kind::other) return modsig::failure{modsig::errc::bad_magic, (*block)->offset};
        const auto another = blocks.next();
        if (!another || another->has_value()) return modsig::failure{modsig::errc::bad_text, (*block)->offset};
        return decoded(**block);
    }
    if (!is_base64(file)) return bytes(file.begin(), file.end());
    modsig::key::pem_block whole;
    whole.body = file;
    return decoded(whole);
}

bytes in_form_of(const modsig::public_key& key, modsig::byte_view raw) {
    const std::size_t width = modsig::key::order_of(key.algorithm).size();
    if (width == 0 || raw.size() != 2 * width || modsig::key::parse_ecdsa_signature(key.algorithm, raw)) return bytes(raw.begin(), raw.end());
    bytes out;
    modsig::der::writer write(out);
    write.sequence([&] {
        write.integer(raw.first(width));
        write.integer(raw.last(width));
    });
    return out;
}

}  // namespace tool
