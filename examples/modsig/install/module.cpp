// SPDX-License-Identifier: BSL-1.0
#include "module.hpp"

#include "../layouts.hpp"
#include "../report.hpp"
#include "../text.hpp"
#include "compress.hpp"
#include "program.hpp"

#include <cerrno>

namespace tool {
namespace {

install_fault fault_of(const std::string& path, const modsig::failure& why, std::string words = {}) {
    return {path, why, errno, std::move(words)};
}

install_fault fault_of_target(const std::string& path) { return {path, modsig::errc::io_error, errno, {}, true}; }

std::optional<install_fault> run(const std::string& path, const char* variable, const char* program, const std::vector<std::string>& arguments) {
    errno = 0;
    const program_end end = run_program(program_named(variable, program), arguments);
    if (end.result == program_result::good) return std::nullopt;
    if (end.result == program_result::not_started) return fault_of(program_named(variable, program), modsig::errc::io_error);
    return fault_of(path, modsig::errc::io_error, std::string(program) + " failed: " + printable(end.words));
}

/// Without its old signatures: a view of `file`.
std::optional<install_fault> read(const std::string& path, image& file, modsig::byte_view& content) {
    errno = 0;
    if (const auto done = file.read_module(path, unpacking::whole); !done)
        return fault_of(path, done.error(),
                        file.remark().empty() ? "" : std::string(done.error().message()) + ": " + file.remark());
    const auto bare = without_signatures(file.bytes());
    if (!bare) return fault_of(path, bare.error());
    if (bare->empty()) return fault_of(path, modsig::errc::truncated, "it is empty: Linux refuses signatures of nothing");
    if (const auto why = may_append(std::string(without_compression(path)), *bare); why.code != modsig::errc::none)
        return fault_of(path, why);
    content = *bare;
    return std::nullopt;
}

/// Puts the content into a file for the programs of binutils, and its debug information into one of its own.
std::optional<install_fault> stage(const install_recipe& recipe, const module_in_work& module, modsig::byte_view content) {
    errno = 0;
    if (!recipe.room->write(module.number, {content}, 0600)) return fault_of_target(module.path);
    if (recipe.debug_room == nullptr) return std::nullopt;
    const std::string from = recipe.room->path(module.number), kept = recipe.debug_room->path(module.number);
    if (auto fault = run(module.path, "OBJCOPY", "objcopy", {"--only-keep-debug", from, kept})) return fault;
    if (!recipe.debug_room->set_mode(module.number, module.mode)) return fault_of_target(module.path);
    return std::nullopt;
}

/// The staged files, where they are.
void strip(const install_recipe& recipe, std::span<module_in_work> modules) {
    std::vector<std::string> arguments = recipe.strip;
    std::vector<module_in_work*> staged;
    for (module_in_work& each : modules) {
        if (each.fault) continue;
        staged.push_back(&each);
        arguments.push_back(recipe.room->path(each.number));
    }
    if (staged.empty()) return;
    if (!run("", "STRIP", "strip", arguments)) return;
    arguments.resize(recipe.strip.size() + 1);
    for (module_in_work* const each : staged) {  // whose fault is it?
        arguments.back() = recipe.room->path(each->number);
        each->fault = run(each->path, "STRIP", "strip", arguments);
    }
}

std::optional<install_fault> sign(const install_recipe& recipe, const module_in_work& module, modsig::byte_view content) {
    errno = 0;
    const auto blob = recipe.writer->sign(recipe.what, *recipe.key, content);
    if (!blob) return install_fault{module.path, blob.error(), errno, {}, blob.error().code == modsig::errc::io_error};
    errno = 0;
    if (recipe.compress == modsig::compression::none || !without_compression(module.path).ends_with(".ko")) {
        if (!recipe.room->write(module.number, {content, *blob, recipe.writer->trailer(*blob)}, module.mode)) return fault_of_target(module.path);
        return std::nullopt;
    }
    const auto packed = compressed(recipe.compress, signed_image(*recipe.writer, content, *blob));
    if (!packed) return fault_of(module.path, packed.error());
    if (!recipe.room->write(module.number, {*packed}, module.mode)) return fault_of_target(module.path);
    return std::nullopt;
}

}  // namespace

void complain(const install_fault& fault) {
    errno = fault.error;
    if (fault.words.empty()) complain(fault.path, fault.why);
    else complain(printable(fault.path) + ": " + fault.words);
}

void make_modules(const install_recipe& recipe, std::span<module_in_work> modules, image& file) {
    const bool strips = !recipe.strip.empty();
    for (module_in_work& each : modules) {
        modsig::byte_view content;
        each.fault = read(each.path, file, content);
        if (!each.fault) each.fault = strips ? stage(recipe, each, content) : sign(recipe, each, content);
    }
    if (!strips) return;
    strip(recipe, modules);
    for (module_in_work& each : modules) {
        if (each.fault) continue;
        errno = 0;
        each.fault = file.read(recipe.room->path(each.number)) ? sign(recipe, each, file.bytes()) : fault_of_target(each.path);
    }
}

}  // namespace tool
