// SPDX-License-Identifier: BSL-1.0
#include "module.hpp"

#include "../layouts.hpp"
#include "../report.hpp"
#include "../text.hpp"
#include "compress.hpp"
#include "program.hpp"

#include <sys/stat.h>

#include <cerrno>

namespace tool {
namespace {

constexpr std::string_view out = ".out", log_suffix = ".log";

install_fault fault_of(const std::string& path, const modsig::failure& why, std::string words = {}) {
    return {path, why, errno, std::move(words)};
}

install_fault fault_of_target(const std::string& path) { return {path, modsig::errc::io_error, errno, {}, true}; }

/// Runs a program of binutils on the content, which is put into a file for it, and reads what it made.
class stripping {
    const install_recipe& recipe_;
    const std::string& path_;
    std::size_t number_;
    ::mode_t mode_;

    std::optional<install_fault> run(const char* variable, const char* program, std::vector<std::string> arguments) const {
        const std::string log = recipe_.room->path(number_, log_suffix);
        errno = 0;
        const auto ran = run_program(program_named(variable, program), arguments, log);
        if (ran == program_result::good) return std::nullopt;
        if (ran == program_result::not_started) return fault_of(program_named(variable, program), modsig::errc::io_error);
        return fault_of(path_, modsig::errc::io_error, std::string(program) + " failed: " + printable(first_line_of(log)));
    }

public:
    stripping(const install_recipe& recipe, const std::string& path, std::size_t number, ::mode_t mode)
        : recipe_(recipe), path_(path), number_(number), mode_(mode) {}

    std::optional<install_fault> operator()(modsig::byte_view content, image& stripped) const {
        const staging& room = *recipe_.room;
        errno = 0;
        if (!room.write(number_, {content}, 0600)) return fault_of_target(path_);
        const std::string from = room.path(number_), to = room.path(number_, out);
        if (recipe_.debug_room != nullptr) {
            const std::string kept = recipe_.debug_room->path(number_);
            if (auto fault = run("OBJCOPY", "objcopy", {"--only-keep-debug", from, kept})) return fault;
            if (::chmod(kept.c_str(), mode_) != 0) return fault_of_target(path_);
        }
        std::vector<std::string> arguments = recipe_.strip;
        arguments.insert(arguments.end(), {"-o", to, from});  // nothing of its own beside the file, then
        if (auto fault = run("STRIP", "strip", std::move(arguments))) return fault;
        errno = 0;
        if (!stripped.read(to)) return fault_of_target(path_);
        room.remove(number_, {out, log_suffix});
        return std::nullopt;
    }
};

}  // namespace

void complain(const install_fault& fault) {
    errno = fault.error;
    if (fault.words.empty()) complain(fault.path, fault.why);
    else complain(printable(fault.path) + ": " + fault.words);
}

std::optional<install_fault> make_module(const install_recipe& recipe, const std::string& path, ::mode_t mode, std::size_t number,
                                         image& file) {
    errno = 0;
    if (const auto read = file.read_module(path, unpacking::whole); !read)
        return fault_of(path, read.error(),
                        file.remark().empty() ? "" : std::string(read.error().message()) + ": " + std::string(file.remark()));
    const auto content = without_signatures(file.bytes());
    if (!content) return fault_of(path, content.error());
    if (content->empty()) return fault_of(path, modsig::errc::truncated, "it is empty: Linux refuses signatures of nothing");
    if (const auto why = may_append(std::string(without_compression(path)), *content); why.code != modsig::errc::none)
        return fault_of(path, why);

    image stripped;
    if (!recipe.strip.empty())
        if (auto fault = stripping(recipe, path, number, mode)(*content, stripped)) return fault;
    const modsig::byte_view signed_content = recipe.strip.empty() ? *content : stripped.bytes();

    errno = 0;
    const auto blob = recipe.writer->sign(recipe.what, *recipe.key, signed_content);
    if (!blob) return install_fault{path, blob.error(), errno, {}, blob.error().code == modsig::errc::io_error};
    errno = 0;
    if (recipe.compress == modsig::compression::none || !without_compression(path).ends_with(".ko")) {
        if (!recipe.room->write(number, {signed_content, *blob, recipe.writer->trailer(*blob)}, mode)) return fault_of_target(path);
        return std::nullopt;
    }
    const auto packed = compressed(recipe.compress, signed_image(*recipe.writer, signed_content, *blob));
    if (!packed) return fault_of(path, packed.error());
    if (!recipe.room->write(number, {*packed}, mode)) return fault_of_target(path);
    return std::nullopt;
}

}  // namespace tool
