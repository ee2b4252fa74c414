// SPDX-License-Identifier: BSL-1.0
//
// A public key in whichever binary form it comes.
#ifndef MODSIG_KEY_ANY_HPP
#define MODSIG_KEY_ANY_HPP

#include <modsig/key.hpp>
#include <modsig/key/digsig.hpp>
#include <modsig/key/spki.hpp>
#include <modsig/key/x509.hpp>

namespace modsig::key {

template <key_form... Form>
struct forms {
    /// The first form that recognises the bytes answers.
    [[nodiscard]] static constexpr result<key_info> parse(byte_view bytes) {
        result<key_info> answer = errc::bad_magic;
        (void)((Form::recognises(bytes) && (answer = Form::parse(bytes), true)) || ...);
        return answer;
    }
};

/// What begins like DER is read as DER; the rest as a digsig v1 blob, the only form without a magic number. `bad_magic`: it is
/// neither.
[[nodiscard]] constexpr result<key_info> parse_any(byte_view bytes) {
    if (!der::begins_sequence(bytes)) return digsig::resembles(bytes) ? digsig::parse(bytes) : result<key_info>(errc::bad_magic);
    result<key_info> answer = forms<x509, spki, pkcs1>::parse(bytes);
    if (!answer && answer.error().code == errc::bad_magic) return failure{errc::bad_der, 0};
    return answer;
}

}  // namespace modsig::key

#endif  // MODSIG_KEY_ANY_HPP
