// SPDX-License-Identifier: BSL-1.0
//
// The corpus as the tests see it: rows of manifest.tsv, and which answers each allows.
#ifndef MODSIG_TESTS_SUPPORT_CORPUS_HPP
#define MODSIG_TESTS_SUPPORT_CORPUS_HPP

#include "files.hpp"

#include <modsig/errc.hpp>

#include <algorithm>
#include <fstream>
#include <initializer_list>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace corpus {

inline std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts(1);
    for (const char c : text)
        if (c == separator) parts.emplace_back();
        else parts.back() += c;
    return parts;
}

inline std::filesystem::path path(const std::string& name) { return data_folder() / "corpus" / name; }
inline std::vector<std::uint8_t> file(const std::string& name) { return read_file(path(name)); }

struct row {
    std::string file, format, payload, key, expected, strict, tool, kernel, note, options;
};

/// Rows of these formats.
inline std::vector<row> rows(std::initializer_list<const char*> formats) {
    std::ifstream manifest(path("manifest.tsv"));
    std::vector<row> found;
    for (std::string line; std::getline(manifest, line);) {
        auto f = split(line, '\t');
        f.resize(10);
        if (std::ranges::find(formats, f[1]) != formats.end()) found.push_back({f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7], f[8], f[9]});
    }
    return found;
}

/// What Linux said to each file: name to the column of kernel.tsv ("linux-6.12"). Where its last column says "its kind", Linux was asked
/// about a file made in the same way over another module.
inline std::map<std::string, std::string> kernel(const std::string& column) {
    std::ifstream table(path("kernel.tsv"));
    std::string line;
    std::getline(table, line);
    const auto head = split(line, '\t');
    const auto at = static_cast<std::size_t>(std::ranges::find(head, column) - head.begin());
    std::map<std::string, std::string> answers;
    while (std::getline(table, line)) {
        const auto f = split(line, '\t');
        if (at < f.size()) answers[f[0]] = f[at];
    }
    return answers;
}

/// The corpus names families where formats.md has finer classes: which names an errc may go by there.
inline std::vector<std::string> names_of(modsig::errc code) {
    using modsig::errc;
    std::vector<std::string> names{code == errc::none ? std::string("valid") : std::string(modsig::name(code))};
    const auto also = [&](const char* family) { names.emplace_back(family); };
    switch (modsig::entry_of(code).at) {
        case modsig::stage::arithmetic: also("signature_mismatch"); break;
        case modsig::stage::consistency: also("not_permitted"), also("bad_der"); break;
        default: break;
    }
    switch (code) {
        case errc::non_minimal_der:
        case errc::too_deep:
        case errc::missing_element:
        case errc::repeated_element:
        case errc::bad_structure:
        case errc::bad_time: also("bad_der"); break;
        case errc::ambiguous_content: also("not_permitted"); break;
        case errc::reserved_nonzero: also("bad_header"); break;
        case errc::unsupported_content_type: also("bad_der"), also("not_permitted"), also("unsupported_algorithm"); break;
        case errc::unsupported_key: also("bad_key"), also("unsupported_algorithm"); break;
        case errc::key_type_mismatch: also("signature_mismatch"), also("bad_key"); break;
        case errc::bad_header: also("bad_mpi"); break;  // formats.md row 15: nmpi
        case errc::untrusted_chain:
        case errc::key_name_mismatch: also("key_not_found"); break;
        default: break;
    }
    return names;
}

/// Whether the code is among the answers of a column ("weak_digest|truncated").
inline bool allows(const std::string& column, modsig::errc code) {
    const auto answers = split(column, '|');
    return std::ranges::any_of(names_of(code), [&](const std::string& name) { return std::ranges::find(answers, name) != answers.end(); });
}

}  // namespace corpus

#endif  // MODSIG_TESTS_SUPPORT_CORPUS_HPP
