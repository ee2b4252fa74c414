// SPDX-License-Identifier: BSL-1.0
//
// Reads what `openssl req -x509 -config` would of certs/x509.genkey: the key size, the subject, the extensions.
//   [ req ]           default_bits, default_md, distinguished_name = SECTION, x509_extensions = SECTION
//   distinguished     CN = ..., O = ..., emailAddress = ...
//   extensions        basicConstraints, keyUsage, extendedKeyUsage, subjectKeyIdentifier, authorityKeyIdentifier, subjectAltName, nsComment
// Format: config(5) and x509v3_config(5) of OpenSSL, without quotes, escapes, variables and includes. What is not understood is
// refused: a certificate that lacks what was asked for is worse than none. Sections that nothing names are not looked at.
#ifndef MODSIG_SIGN_KEY_GENKEY_CONFIG_HPP
#define MODSIG_SIGN_KEY_GENKEY_CONFIG_HPP

#include <modsig/der/writer.hpp>
#include <modsig/sign/key/certificate.hpp>
#include <modsig/sign/key/utf8.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <arpa/inet.h>

namespace modsig::sign {

/// What a configuration says.
struct genkey_config {
    unsigned bits = 0;                   ///< default_bits; 0: not given
    digest_id digest = digest_id::none;  ///< default_md; none: not given
    certificate_request certificate{};   ///< subject and extensions
};

namespace detail {
[[nodiscard]] inline std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r";
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
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

[[nodiscard]] inline bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

struct config_line {
    std::string_view section, name, value;
    std::uint64_t offset;
};

/// What is wrong, where.
struct config_fault {
    std::uint64_t offset = 0;
    std::string words{};
};

class config_file {
    std::vector<config_line> lines_{};
    std::vector<std::string_view> sections_{};

public:
    [[nodiscard]] const std::vector<config_line>& lines() const { return lines_; }
    [[nodiscard]] bool has_section(std::string_view name) const { return std::ranges::find(sections_, name) != sections_.end(); }
    [[nodiscard]] const config_line* find(std::string_view section, std::string_view name) const {
        const auto found = std::ranges::find_if(lines_, [&](const config_line& line) { return line.section == section && line.name == name; });
        return found == lines_.end() ? nullptr : &*found;
    }

    [[nodiscard]] static std::optional<config_file> read(std::string_view text, config_fault& fault) {
        constexpr std::string_view mark = "\xef\xbb\xbf";
        config_file file;
        std::string_view section = "default";
        for (std::size_t at = text.starts_with(mark) ? mark.size() : 0; at < text.size();) {
            const std::size_t end = std::min(text.find('\n', at), text.size());
            fault.offset = at;
            std::string_view line = text.substr(at, end - at);
            at = end + 1;
            line = trimmed(line.substr(0, line.find('#')));
            if (line.empty()) continue;
            if (line.find_first_of("\"'`\\$") != std::string_view::npos) {
                fault.words = "quotes, escapes and variables are not read here";
                return std::nullopt;
            }
            if (line.front() == '[' && line.back() == ']') {
                section = trimmed(line.substr(1, line.size() - 2));
                file.sections_.push_back(section);
                continue;
            }
            if (!file.add(section, line, fault)) return std::nullopt;
        }
        return file;
    }

private:
    [[nodiscard]] bool add(std::string_view section, std::string_view line, config_fault& fault) {
        const std::size_t equals = line.find('=');
        const std::string_view name = trimmed(line.substr(0, equals));
        if (name.starts_with('.')) fault.words = "includes and pragmas are not read here";
        else if (name.empty() || equals == std::string_view::npos) fault.words = "this is neither [ section ] nor name = value";
        else if (name.find("::") != std::string_view::npos) fault.words = "names of other sections are not read here";
        else if (find(section, name) != nullptr) fault.words = std::string(name) + " is there twice";
        if (!fault.words.empty()) return false;
        lines_.push_back({section, name, trimmed(line.substr(equals + 1)), fault.offset});
        return true;
    }
};

/// By its name or as "1.3.6.1.4.1.2312.16.1.2".
[[nodiscard]] inline std::optional<Botan::OID> purpose_of(std::string_view text) {
    constexpr std::pair<std::string_view, std::string_view> names[] = {
        {"serverAuth", "1.3.6.1.5.5.7.3.1"},      {"clientAuth", "1.3.6.1.5.5.7.3.2"},    {"codeSigning", "1.3.6.1.5.5.7.3.3"},
        {"emailProtection", "1.3.6.1.5.5.7.3.4"}, {"timeStamping", "1.3.6.1.5.5.7.3.8"}, {"OCSPSigning", "1.3.6.1.5.5.7.3.9"},
        {"anyExtendedKeyUsage", "2.5.29.37.0"},   {"msCodeInd", "1.3.6.1.4.1.311.2.1.21"}, {"msCodeCom", "1.3.6.1.4.1.311.2.1.22"},
    };
    for (const auto& [name, oid] : names)
        if (name == text) text = oid;
    std::vector<std::uint32_t> arcs;
    for (std::string_view rest = text;;) {
        const std::size_t dot = rest.find('.');
        const auto arc = decimal<std::uint32_t>(rest.substr(0, dot));
        if (!arc) return std::nullopt;
        arcs.push_back(*arc);
        if (dot == std::string_view::npos) break;
        rest.remove_prefix(dot + 1);
    }
    // X.660: three roots, and 40 arcs below each of the first two; Botan writes no others below the third either.
    if (arcs.size() < 2 || arcs[0] > 2 || arcs[1] > 39) return std::nullopt;
    return Botan::OID(std::move(arcs));
}

/// One of a GeneralNames (RFC 5280, section 4.2.1.6): email, DNS, URI, IP.
[[nodiscard]] inline bool write_general_name(der::writer<bytes>& write, std::string_view text) {
    constexpr std::pair<std::string_view, unsigned> texts[] = {{"email", 1}, {"DNS", 2}, {"URI", 6}};
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return false;
    const std::string_view kind = text.substr(0, colon), value = text.substr(colon + 1);
    if (value.empty() || !is_ascii(value)) return false;
    for (const auto& [name, number] : texts)
        if (kind == name) {
            if (kind == "email" && (value == "copy" || value == "move")) return false;  // of the subject's
            write.text(der::context(number), value);
            return true;
        }
    std::array<std::uint8_t, 16> address{};
    const std::string digits(value);
    const bool four = kind == "IP" && ::inet_pton(AF_INET, digits.c_str(), address.data()) == 1;
    const bool six = !four && kind == "IP" && ::inet_pton(AF_INET6, digits.c_str(), address.data()) == 1;
    if (four || six) write.element(der::context(7), byte_view(address).first(four ? 4 : 16));
    return four || six;
}

class genkey_config_reader {
    const config_file& file_;
    genkey_config config_{};
    certificate_request& request_ = config_.certificate;
    config_fault& fault_;

    [[nodiscard]] bool refuse(const config_line& line, std::string_view reason) {
        fault_.offset = line.offset;
        fault_.words = std::string(line.name) + " = " + std::string(line.value) + ": " + std::string(reason);
        return false;
    }
    [[nodiscard]] bool not_made(const config_line& line) { return refuse(line, "nothing here makes a certificate with this"); }
    [[nodiscard]] bool check(bool good, const config_line& line) { return good || not_made(line); }

    // ---- extensions --------------------------------------------------------------------------------------------------

    [[nodiscard]] static bool set_constraints(basic_constraints& constraints, const std::vector<std::string_view>& parts) {
        bool has_ca = false;
        for (const std::string_view part : parts) {
            if (part == "CA:TRUE" || part == "CA:true") has_ca = constraints.is_ca = true;
            else if (part == "CA:FALSE" || part == "CA:false") has_ca = !(constraints.is_ca = false);
            else if (part.starts_with("pathlen:") && (constraints.path_length = decimal<std::uint16_t>(part.substr(8)))) continue;
            else return false;
        }
        return has_ca && (constraints.is_ca || !constraints.path_length);
    }
    [[nodiscard]] static bool set_key_usage(std::uint16_t& usage, const std::vector<std::string_view>& parts) {
        for (const std::string_view part : parts) {
            const auto* const found = std::ranges::find(key_usage_bits, part, &key_usage_bit::name);
            if (found == std::end(key_usage_bits)) return false;
            usage = static_cast<std::uint16_t>(usage | found->bit);
        }
        return true;
    }
    [[nodiscard]] static bool set_purposes(std::vector<Botan::OID>& purposes, const std::vector<std::string_view>& parts) {
        for (const std::string_view part : parts) {
            auto oid = purpose_of(part);
            if (!oid) return false;
            purposes.push_back(*std::move(oid));
        }
        return true;
    }
    /// The keyid of a certificate that signs itself OpenSSL 1.1 writes whenever it is asked for, as is done here, OpenSSL 3 only with
    /// `always`. Issuer and serial number both write where there is no keyid, so that without `always` they differ: that is refused.
    [[nodiscard]] static bool set_authority(bool& wanted, const std::vector<std::string_view>& parts) {
        wanted = parts.front() == "keyid" || parts.front() == "keyid:always";
        const bool with_issuer = parts.size() == 2 && parts.front() == "keyid:always" && parts.back() == "issuer";
        return wanted ? parts.size() == 1 || with_issuer : parts.size() == 1 && parts.front() == "none";
    }
    [[nodiscard]] bool set_names(const std::vector<std::string_view>& parts) {
        bytes value;
        der::writer write(value);
        bool sound = true;
        write.sequence([&] {
            for (const std::string_view part : parts) sound = sound && write_general_name(write, part);
        });
        request_.others.push_back({{object_identifier::of(0x55, 0x1d, 0x11), std::move(value)}, false});
        return sound;
    }
    [[nodiscard]] bool set_comment(std::string_view text) {
        bytes value;
        der::writer(value).text(tag_ia5_string, text);
        request_.others.push_back({{object_identifier::of(0x60, 0x86, 0x48, 1, 0x86, 0xf8, 0x42, 1, 0x0d), std::move(value)}, false});
        return is_ascii(text) && !text.empty() && !text.starts_with("DER:") && !text.starts_with("ASN1:");
    }
    [[nodiscard]] bool set_extension(const config_line& line) {
        constexpr std::string_view word = "critical,";
        const bool critical = line.value.starts_with(word);
        const std::string_view value = critical ? trimmed(line.value.substr(word.size())) : line.value;
        const auto parts = comma_separated(value);
        if (line.name == "basicConstraints") {
            request_.constraints = {{}, critical};
            return set_constraints(request_.constraints->value, parts);
        }
        if (line.name == "keyUsage") {
            request_.key_usage.critical = critical;
            return set_key_usage(request_.key_usage.value, parts);
        }
        if (line.name == "extendedKeyUsage") {
            request_.extended_key_usage.critical = critical;
            return set_purposes(request_.extended_key_usage.value, parts);
        }
        if (critical) return false;  // who checks signatures of modules, here and in Linux, does not know these
        if (line.name == "subjectAltName") return set_names(parts);
        if (line.name == "nsComment") return set_comment(value);
        if (line.name == "subjectKeyIdentifier") return (request_.subject_key_identifier = value == "hash") || value == "none";
        return line.name == "authorityKeyIdentifier" && set_authority(request_.authority_key_identifier, parts);
    }

    // ---- the rest ----------------------------------------------------------------------------------------------------

    [[nodiscard]] bool set_subject(const config_line& line) {
        std::string_view name = line.name;
        if (const auto dot = name.find('.'); dot != std::string_view::npos) name.remove_prefix(dot + 1);  // 0.OU, 1.OU
        for (const name_attribute_type& type : name_attribute_types) {
            if (name != type.name && name != type.long_name) continue;
            const auto characters = utf8_size(line.value);
            if (!characters || *characters == 0 || *characters > type.max_size || (type.tag != der::tag_utf8_string && !is_ascii(line.value)) ||
                (type.tag == der::tag_printable_string && *characters != 2))
                return refuse(line, "this is too short, too long or no text");
            request_.subject.push_back({&type, std::string(line.value)});
            return true;
        }
        return refuse(line, "no part of a name is called so here");
    }
    [[nodiscard]] bool set_option(const config_line& line) {
        if (line.name == "default_bits") {
            config_.bits = decimal<unsigned>(line.value).value_or(0);
            return (config_.bits == 2048 || config_.bits == 4096) || refuse(line, "keys have 2048 or 4096 bits here");
        }
        if (line.name == "default_md") {
            config_.digest = digest_of_name(line.value);
            const auto can_sign = [&](const signature_oid& row) { return row.digest == config_.digest && row.scheme == scheme_id::ecdsa; };
            return (config_.digest != digest_id::none && std::ranges::any_of(signature_oid_table, can_sign)) || refuse(line, "certificates are not signed with this digest");
        }
        if (line.name == "distinguished_name" || line.name == "x509_extensions" || line.name == "req_extensions")
            return file_.has_section(line.value) || refuse(line, "there is no such section");
        // What openssl would ask, write otherwise, or encrypt.
        constexpr std::pair<std::string_view, std::string_view> only[] = {{"prompt", "no"}, {"string_mask", "utf8only"}, {"utf8", "yes"}, {"encrypt_key", "no"}};
        for (const auto& [name, value] : only)
            if (line.name == name) return check(line.value == value, line);
        if (line.name == "attributes") return true;  // of certificate requests, as req_extensions are
        return refuse(line, "this option is not known here");
    }

public:
    genkey_config_reader(const config_file& file, config_fault& fault) : file_(file), fault_(fault) {
        request_.subject.clear();
        request_.constraints.reset();
        request_.key_usage.value = 0;
        request_.subject_key_identifier = request_.authority_key_identifier = false;
    }
    genkey_config_reader(const genkey_config_reader&) = delete;
    genkey_config_reader& operator=(const genkey_config_reader&) = delete;

    [[nodiscard]] std::optional<genkey_config> read() {
        const config_line *const subject = file_.find("req", "distinguished_name"), *const extensions = file_.find("req", "x509_extensions");
        const config_line* authority = nullptr;
        for (const auto& [line, name] : {std::pair(subject, "distinguished_name"), std::pair(extensions, "x509_extensions")})
            if (line == nullptr) {
                fault_ = {0, std::string("[ req ] has no ") + name};
                return std::nullopt;
            }
        for (const config_line& line : file_.lines()) {
            bool understood = true;
            // openssl looks there for what a section does not say.
            if (line.section == "default") understood = refuse(line, "it stands in no section");
            else if (line.section == "req") understood = set_option(line);
            else if (line.section == subject->value) understood = set_subject(line);
            else if (line.section == extensions->value) {
                if (line.name == "authorityKeyIdentifier") authority = &line;
                understood = check(set_extension(line), line);
            }
            if (!understood) return std::nullopt;
        }
        if (request_.subject.empty()) return (void)refuse(*subject, "there is nothing in that section"), std::nullopt;
        if (request_.authority_key_identifier && !request_.subject_key_identifier)
            return (void)refuse(*authority, "there is no subjectKeyIdentifier = hash"), std::nullopt;
        return config_;
    }
};
}  // namespace detail

/// `bad_text`, at the line that is not understood; `reason` says what is wrong with it.
[[nodiscard]] inline result<genkey_config> parse_genkey_config(std::string_view text, std::string& reason) {
    detail::config_fault fault;
    std::optional<genkey_config> config;
    if (const auto file = detail::config_file::read(text, fault)) config = detail::genkey_config_reader(*file, fault).read();
    if (config) return *std::move(config);
    reason = std::move(fault.words);
    return failure{errc::bad_text, fault.offset};
}

}  // namespace modsig::sign

#endif  // MODSIG_SIGN_KEY_GENKEY_CONFIG_HPP
