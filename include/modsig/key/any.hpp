// SPDX-License-Identifier: BSL-1.0
//
// A public key in any binary form.
#ifndef MODSIG_KEY_ANY_HPP
#define MODSIG_KEY_ANY_HPP

#include <modsig/key.hpp>
#include <modsig/key/digsig.hpp>
#include <modsig/key/spki.hpp>
#include <modsig/key/x509.hpp>

namespace modsig::key {

/// Forms of a public key, of which the first that recognises the bytes parses them.
template <key_form... Form>
struct forms {
    /// The result of the first form that recognises the bytes. Error: `bad_magic` (no form does), else that form's.
    [[nodiscard]] static constexpr result<key_info> parse(byte_view bytes) {
        return first_of<Form...>(bytes);
    }

private:
    template <key_form First, key_form... Rest>
    static constexpr result<key_info> first_of(byte_view bytes) {
        if (First::recognises(bytes)) return First::parse(bytes);
        if constexpr (sizeof...(Rest) != 0) return first_of<Rest...>(bytes);
        else return errc::bad_magic;
    }
};

/// `parse_any` parses bytes that begin like DER as DER, all others as a digsig v1 blob, the only form without a magic number.
/// Errors: `bad_magic` (neither of the two), else those of the form.
[[nodiscard]] constexpr result<key_info> parse_any(byte_view bytes) {
    if (!der::begins_sequence(bytes)) return digsig::resembles(bytes) ? digsig::parse(bytes) : result<key_info>(errc::bad_magic);
    result<key_info> answer = forms<x509, spki, pkcs1>::parse(bytes);
    if (!answer && answer.error().code == errc::bad_magic) return failure{errc::bad_der, 0};
    return answer;
}

}  // namespace modsig::key

#endif  // MODSIG_KEY_ANY_HPP
