// SPDX-License-Identifier: BSL-1.0
//
// What the tool prints. Results go to standard output, everything said about them to standard error.
#ifndef MODSIG_TOOL_REPORT_HPP
#define MODSIG_TOOL_REPORT_HPP

#include "color.hpp"
#include "exit_status.hpp"

#include <modsig/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tool {

/// How results are printed.
enum class output_form { text, tsv, json, sarif, junit, quiet };

struct value {
    enum class kind : std::uint8_t { nothing, flag, number, text, list, counts };
    using counts = std::vector<std::pair<std::string_view, std::uint64_t>>;  // names of static storage

    kind is = kind::nothing;
    std::uint64_t number = 0;
    std::string text{};
    std::vector<std::string> list{};
    counts numbers{};

    value(std::nullptr_t) {}                                                             // NOLINT: implicit on purpose
    value(bool flag) : is(kind::flag), number(flag ? 1 : 0) {}                           // NOLINT
    value(std::uint64_t n) : is(kind::number), number(n) {}                              // NOLINT
    value(std::string t) : is(kind::text), text(std::move(t)) {}                         // NOLINT
    value(std::vector<std::string> items) : is(kind::list), list(std::move(items)) {}    // NOLINT
    value(counts each) : is(kind::counts), numbers(std::move(each)) {}                   // NOLINT
};
struct field {
    std::string_view name;
    value content;

    field(std::string_view n, value c) : name(n), content(std::move(c)) {}
};
using record = std::vector<field>;

/// The text, or null where it is empty.
[[nodiscard]] value text_or_null(std::string text);

/// A line of parts that are printable already.
void print_text(const std::string& line);
/// A string of JSON with its quotes, and an object. What is not UTF-8 is replaced.
[[nodiscard]] std::string json_string(std::string_view text);
[[nodiscard]] std::string json_text(const record& fields);
/// One object on a line. What is not UTF-8 is replaced: JSON has no other way. Such a path is also there in hexadecimal, as
/// `path_bytes`.
void print_json(const record& fields);
/// One field a line, `name: value`; what is null is left out. Colours are those of `verdict` and `cause`.
void print_fields(const record& fields, const palette& colors = {});
/// The fields as TSV, one line.
void print_tsv(const record& fields);

/// 1.2.3
[[nodiscard]] std::string version_text();

/// The reason in words, the code and where: "the signature does not match (signature_mismatch at offset 23)".
[[nodiscard]] std::string describe(const modsig::failure& why);

/// The status, unless standard output could not be written: nobody has seen what is there to see.
[[nodiscard]] exit_status when_written(exit_status status);

/// "modsig: MESSAGE" on standard error, without controls.
void complain(std::string_view message);
/// The same about a file, with the system's word where the code is `io_error` and errno is set.
void complain(std::string_view path, const modsig::failure& why);

}  // namespace tool

#endif  // MODSIG_TOOL_REPORT_HPP
