// SPDX-License-Identifier: BSL-1.0
#include "report.hpp"

#include "text.hpp"

#include <modsig/version.hpp>

#include <nlohmann/json.hpp>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace tool {
namespace {

std::string as_text(const value& content) {
    switch (content.is) {
        case value::kind::nothing: return {};
        case value::kind::flag: return content.number != 0 ? "yes" : "no";
        case value::kind::number: return std::to_string(content.number);
        case value::kind::text: return content.text;
        case value::kind::list:
        case value::kind::counts: break;
    }
    std::string joined;
    for (const std::string& item : content.list) joined += (joined.empty() ? "" : "; ") + item;
    for (const auto& [name, number] : content.numbers) joined += (joined.empty() ? "" : "; ") + std::string(name) + " " + std::to_string(number);
    return joined;
}

nlohmann::ordered_json as_json(const value& content) {
    switch (content.is) {
        case value::kind::nothing: break;
        case value::kind::flag: return content.number != 0;
        case value::kind::number: return content.number;
        case value::kind::text: return content.text;
        case value::kind::list: return content.list;
        case value::kind::counts: {
            nlohmann::ordered_json object = nlohmann::ordered_json::object();
            for (const auto& [name, number] : content.numbers) object[std::string(name)] = number;
            return object;
        }
    }
    return nullptr;
}

}  // namespace

value text_or_null(std::string text) {
    if (text.empty()) return nullptr;
    return text;
}

void print_text(const std::string& line) { std::fwrite((line + '\n').data(), 1, line.size() + 1, stdout); }

std::string json_string(std::string_view text) {
    return nlohmann::ordered_json(std::string(text)).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string json_text(const record& fields) {
    nlohmann::ordered_json object = nlohmann::ordered_json::object();
    for (const field& f : fields) object[std::string(f.name)] = as_json(f.content);
    for (const field& f : fields)  // of such a path the text is no name that a program could open
        if (f.name == "path" && !is_utf8(f.content.text))
            object["path_bytes"] = hex({reinterpret_cast<const std::uint8_t*>(f.content.text.data()), f.content.text.size()});
    return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

void print_json(const record& fields) { print_text(json_text(fields)); }

void print_fields(const record& fields, const palette& colors) {
    for (const field& f : fields) {
        if (f.content.is == value::kind::nothing) continue;
        const std::string head = std::string(f.name) + ": ";
        const bool is_sentence = f.name == "reason" || f.name == "hint" || f.name == "remedy";  // of parts that are printable already
        const auto shown = [&](const std::string& text) {
            const std::string safe = is_sentence ? without_controls(text) : printable(text);
            return f.name == "verdict" ? colors.verdict(safe) : f.name == "cause" ? colors.cause(safe) : safe;
        };
        if (f.content.is != value::kind::list) print_text(head + shown(as_text(f.content)));
        for (const std::string& item : f.content.list) print_text(head + shown(item));
    }
}

void print_tsv(const record& fields) {
    std::string line;
    for (const field& f : fields) line += (&f == fields.data() ? "" : "\t") + tsv_cell(as_text(f.content));
    print_text(line);
}

std::string version_text() {
    constexpr unsigned version = MODSIG_VERSION;
    return std::to_string(version / 10000) + "." + std::to_string(version / 100 % 100) + "." + std::to_string(version % 100);
}

std::string describe(const modsig::failure& why) {
    return std::string(why.message()) + " (" + std::string(name(why.code)) + " at offset " + std::to_string(why.offset) + ")";
}

exit_status when_written(exit_status status) {
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
    complain("standard output cannot be written");
    return exit_status::unreadable;
}

void complain(std::string_view message) {
    std::fflush(stdout);
    const std::string line = "modsig: " + without_controls(message) + "\n";
    std::fwrite(line.data(), 1, line.size(), stderr);
}

void complain(std::string_view path, const modsig::failure& why) {
    std::string reason = describe(why);
    if (why.code == modsig::errc::io_error && errno != 0) reason = std::string(std::strerror(errno)) + " (io_error)";
    complain(printable(path) + ": " + reason);
}

}  // namespace tool
