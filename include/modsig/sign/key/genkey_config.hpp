// SPDX-License-Identifier: BSL-1.0
//
// Reads what `openssl req -config` would of certs/x509.genkey: the key size, the subject, the extensions.
//   [ req ]           default_bits, default_md, distinguished_name = SECTION, x509_extensions = SECTION
//   distinguished     CN = ..., O = ..., emailAddress = ...
//   extensions        basicConstraints, keyUsage, subjectKeyIdentifier, authorityKeyIdentifier, extendedKeyUsage
// Format: config(5) and x509v3_config(5) of OpenSSL, without variables, includes and continued lines. What is not
// understood is refused: a certificate that lacks what somebody asked for is worse than none.
#ifndef MODSIG_SIGN_KEY_GENKEY_CONFIG_HPP
#define MODSIG_SIGN_KEY_GENKEY_CONFIG_HPP

#include <modsig/sign/key/certificate.hpp>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace modsig::sign {

struct genkey_config {
    unsigned bits = 0;                          // 0: not said
    digest_id digest = digest_id::none;         // none: not said
    certificate_request certificate{};
};

namespace detail {
[[nodiscard]] inline std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r";
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

struct config_line {
    std::string_view section, name, value;
    std::uint64_t offset;
};

/// `bad_text` at the line that is none.
[[nodiscard]] inline result<std::vector<config_line>> config_lines(std::string_view text) {
    std::vector<config_line> lines;
    std::string_view section;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const std::string_view line = trimmed(text.substr(at, end - at));
        const failure bad{errc::bad_text, at};
        const std::size_t offset = at;
        at = end + 1;
        if (line.empty() || line.front() == '#' || line.front() == ';') continue;
        if (line.front() == '[') {
            if (line.back() != ']') return bad;
            section = trimmed(line.substr(1, line.size() - 2));
            continue;
        }
        const std::size_t equals = line.find('=');
        if (equals == std::string_view::npos) return bad;
        std::string_view value = line.substr(equals + 1);
        if (const std::size_t comment = value.find('#'); comment != std::string_view::npos) value = value.substr(0, comment);
        lines.push_back({section, trimmed(line.substr(0, equals)), trimmed(value), offset});
    }
    return lines;
}

/// The parts of a list, blanks taken off.
[[nodiscard]] inline std::vector<std::string_view> comma_separated(std::string_view list) {
    std::vector<std::string_view> parts;
    for (;;) {
        const std::size_t comma = list.find(',');
        parts.push_back(trimmed(list.substr(0, comma)));
        if (comma == std::string_view::npos) return parts;
        list.remove_prefix(comma + 1);
    }
}

template <class Number>
[[nodiscard]] std::optional<Number> decimal(std::string_view text) {
    Number value{};
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (fault != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// "1.3.6.1.4.1.2312.16.1.2", if it fits.
[[nodiscard]] inline std::optional<object_identifier> dotted_oid(std::string_view text) {
    object_identifier oid;
    std::size_t count = 0;
    std::uint64_t first = 0;
    for (;; ++count) {
        const std::size_t dot = text.find('.');
        auto arc = decimal<std::uint32_t>(text.substr(0, dot));
        if (!arc || (count == 0 && *arc > 2)) return std::nullopt;
        if (count == 0) first = *arc;
        else {
            std::uint64_t value = count == 1 ? 40 * first + *arc : *arc;
            std::array<std::uint8_t, 5> septets{};
            std::size_t size = 0;
            do septets[size++] = static_cast<std::uint8_t>(value & 0x7f);
            while ((value >>= 7) != 0);
            if (oid.size + size > oid.bytes.size()) return std::nullopt;
            while (size != 0) {
                --size;
                oid.bytes[oid.size++] = static_cast<std::uint8_t>(septets[size] | (size != 0 ? 0x80 : 0));
            }
        }
        if (dot == std::string_view::npos) break;
        text.remove_prefix(dot + 1);
    }
    return count == 0 ? std::nullopt : std::optional(oid);
}

[[nodiscard]] inline bool set_key_usage(certificate_request& request, const std::vector<std::string_view>& parts) {
    request.key_usage = 0;
    for (const std::string_view part : parts) {
        if (part == "digitalSignature") request.key_usage |= digital_signature;
        else if (part == "keyCertSign") request.key_usage |= key_cert_sign;
        else if (part != "critical") return false;
    }
    return request.key_usage != 0;
}

[[nodiscard]] inline bool set_extended_key_usage(certificate_request& request, const std::vector<std::string_view>& parts) {
    constexpr auto code_signing = object_identifier::of(0x2b, 6, 1, 5, 5, 7, 3, 3);
    for (const std::string_view part : parts) {
        const auto oid = part == "codeSigning" ? std::optional(code_signing) : dotted_oid(part);
        if (!oid) return false;
        request.extended_key_usage.push_back(*oid);
    }
    return true;
}

[[nodiscard]] inline bool set_extension(certificate_request& request, std::string_view name, std::string_view value) {
    const auto parts = comma_separated(value);
    const bool critical = parts.size() == 2 && parts[0] == "critical";
    if (name == "basicConstraints") {
        request.is_ca = parts.back() == "CA:TRUE";
        return (request.is_ca || parts.back() == "CA:FALSE") && (critical || parts.size() == 1);
    }
    if (name == "keyUsage") return set_key_usage(request, parts);
    if (name == "extendedKeyUsage") return set_extended_key_usage(request, parts);
    if (name == "subjectKeyIdentifier") return (request.subject_key_identifier = value == "hash") || value == "none";
    if (name == "authorityKeyIdentifier")
        return (request.authority_key_identifier = value == "keyid" || value == "keyid:always") || value == "none";
    return false;
}

[[nodiscard]] inline bool set_subject(certificate_request& request, std::string_view name, std::string_view value) {
    if (const auto dot = name.find('.'); dot != std::string_view::npos) name.remove_prefix(dot + 1);  // 0.OU, 1.OU
    for (const name_attribute_type& type : name_attribute_types)
        if (name == type.name || name == type.long_name) {
            request.subject.push_back({&type, std::string(value)});
            return true;
        }
    return false;
}

[[nodiscard]] inline bool set_option(genkey_config& config, std::string_view name, std::string_view value) {
    if (name == "default_bits") {
        config.bits = decimal<unsigned>(value).value_or(0);
        return config.bits != 0;
    }
    if (name == "default_md") {
        config.digest = digest_of_name(value);
        return config.digest != digest_id::none;
    }
    return true;  // prompt, string_mask: how openssl asks and writes
}
}  // namespace detail

/// `bad_text` at the line that is not understood; `missing_element`: a subject is asked for and has nothing in it.
[[nodiscard]] inline result<genkey_config> parse_genkey_config(std::string_view text) {
    const auto lines = detail::config_lines(text);
    if (!lines) return lines.error();
    const auto section_of = [&](std::string_view option) -> std::string_view {
        for (const auto& line : *lines)
            if (line.section == "req" && line.name == option) return line.value;
        return {};
    };
    const std::string_view subject = section_of("distinguished_name"), extensions = section_of("x509_extensions");

    genkey_config config;
    certificate_request& request = config.certificate;
    if (!subject.empty()) request.subject.clear();
    request.key_usage = 0;
    request.subject_key_identifier = request.authority_key_identifier = false;
    for (const auto& line : *lines) {
        bool understood = true;
        if (line.section == "req") understood = detail::set_option(config, line.name, line.value);
        else if (!subject.empty() && line.section == subject) understood = detail::set_subject(request, line.name, line.value);
        else if (!extensions.empty() && line.section == extensions) understood = detail::set_extension(request, line.name, line.value);
        if (!understood) return failure{errc::bad_text, line.offset};
    }
    if (request.subject.empty()) return errc::missing_element;
    return config;
}

}  // namespace modsig::sign

#endif  // MODSIG_SIGN_KEY_GENKEY_CONFIG_HPP
