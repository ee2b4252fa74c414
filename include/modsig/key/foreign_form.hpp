// SPDX-License-Identifier: BSL-1.0
//
// The kind of a file that holds no public key in a supported form, as far as it can be found out: words for people, who then
// know what to convert. No decision depends on it.
#ifndef MODSIG_KEY_FOREIGN_FORM_HPP
#define MODSIG_KEY_FOREIGN_FORM_HPP

#include <modsig/der/element.hpp>
#include <modsig/key/pem.hpp>
#include <modsig/key/pkcs1.hpp>

#include <array>
#include <optional>
#include <string_view>

namespace modsig::key {

/// `name`: what the file is. `remedy`: the command that converts it, with FILE for its name.
struct foreign_form {
    std::string_view name{};    ///< empty: unknown
    std::string_view remedy{};  ///< empty: nothing converts it
};

namespace detail {
[[nodiscard]] constexpr bool begins_with(byte_view bytes, std::string_view head) { return bytes.size() >= head.size() && equal(bytes.first(head.size()), head); }

[[nodiscard]] constexpr bool contains(byte_view bytes, std::string_view part) {
    for (; bytes.size() >= part.size(); bytes = bytes.subspan(1))
        if (equal(bytes.first(part.size()), part)) return true;
    return false;
}

/// The bytes behind the first element; empty where its length reaches beyond the bytes.
[[nodiscard]] constexpr byte_view behind_element(byte_view bytes) {
    const byte_view inside = der::behind_header(bytes);
    if (inside.empty()) return {};
    std::size_t size = bytes[1];
    if (size > 0x80) size = load_be<std::size_t>(bytes.subspan(2, size & 0x7f));
    return size < inside.size() ? inside.subspan(size) : byte_view{};
}

[[nodiscard]] constexpr bool is_base64_of_der(byte_view text) {
    constexpr std::size_t least = 40;  // digits of the shortest key
    std::size_t digits = 0;
    for (const std::uint8_t c : text) {
        if (c == '\n' || c == '\r' || c == ' ' || c == '\t' || c == '=') continue;
        if (base64_value(c) == 64 || (digits == 0 && c != 'M')) return false;  // M: the first byte is 30, a SEQUENCE
        ++digits;
    }
    return digits >= least;
}

[[nodiscard]] constexpr std::optional<foreign_form> foreign_text(byte_view file) {
    using namespace std::string_view_literals;
    for (const std::string_view head : {"\xff\xfe"sv, "\xfe\xff"sv, "-\0-\0"sv, "\0-\0-"sv})
        if (begins_with(file, head)) return foreign_form{"UTF-16 text", "iconv -f UTF-16 -t UTF-8 FILE"};
    for (const std::string_view head : {"ssh-rsa ", "ssh-ed25519 ", "ecdsa-sha2-"})
        if (begins_with(file, head)) return foreign_form{"an OpenSSH public key", "ssh-keygen -e -m PKCS8 -f FILE"};
    if (is_base64_of_der(file)) return foreign_form{"base64 without PEM's lines", "base64 -d FILE"};
    if (contains(file, "-----BEGIN ")) return foreign_form{"PEM within the lines of another text", "a file in which the BEGIN line, the END line and what is between stand alone"};
    return std::nullopt;
}

[[nodiscard]] constexpr std::optional<foreign_form> foreign_private_key(byte_view file) {
    constexpr std::string_view remedy = "openssl pkey -inform DER -in FILE -pubout";
    const byte_view inside = der::behind_header(file), first = der::behind_header(inside);
    if (pkcs1::is_private(file)) {
        const bool is_rsa = inside.size() > 3 && inside[3] == der::tag_integer;
        if (is_rsa && inside[2] == 1) return foreign_form{"an RSA private key of more than two primes", remedy};
        return foreign_form{"a private key in DER", remedy};
    }
    // PKCS#5's or PKCS#12's encryption algorithm, then the encrypted key
    const bool encrypted = begins_with(first, "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05") || begins_with(first, "\x06\x0a\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01");
    const byte_view second = behind_element(inside);
    if (encrypted && !second.empty() && second[0] == der::tag_octet_string) return foreign_form{"an encrypted private key in DER", remedy};
    return std::nullopt;
}

[[nodiscard]] constexpr std::optional<foreign_form> foreign_der(byte_view file) {
    using namespace std::string_view_literals;
    const byte_view inside = der::behind_header(file), first = der::behind_header(inside), second = behind_element(first);
    if (begins_with(inside, "\x02\x01\x03\x30"sv)) return foreign_form{"a PKCS#12 file", "openssl pkcs12 -in FILE -nokeys"};
    if (begins_with(inside, "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"sv))
        return foreign_form{"a PKCS#7 message", "openssl pkcs7 -inform DER -in FILE -print_certs"};
    if (const auto key = foreign_private_key(file)) return key;
    // CertificationRequestInfo: version 0, then a Name, whose first element is a SET
    const byte_view name = der::behind_header(second);
    if (begins_with(first, "\x02\x01\x00"sv) && der::begins_sequence(second) && !name.empty() && name[0] == 0x31)
        return foreign_form{"a certificate request", "the certificate that was made of it"};
    if (contains(file, "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x30"sv))
        return foreign_form{"a key of a curve that is written out by its parameters", "openssl ec -pubin -in FILE -param_enc named_curve"};
    return std::nullopt;
}
}  // namespace detail

/// `find_foreign_form` looks at a whole file, or at the decoded bytes of a PEM block. Returns nothing for a form that is not
/// known.
[[nodiscard]] constexpr std::optional<foreign_form> find_foreign_form(byte_view file) {
    return der::begins_sequence(file) ? detail::foreign_der(file) : detail::foreign_text(file);
}

}  // namespace modsig::key

#endif  // MODSIG_KEY_FOREIGN_FORM_HPP
