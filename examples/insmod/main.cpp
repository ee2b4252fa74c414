// SPDX-License-Identifier: BSL-1.0
//
// insmod for an initramfs: a static program that gives the kernel the bytes that it has verified.
//     insmod [--trust FILE]... [--policy strict|linux-modsign] [--modules-dep FILE] MODULE [PARAM=VALUE...]
// Keys are those that it was built with (Meson's option builtin_keys), or those of --trust. With --modules-dep the module's
// dependencies are loaded first, from the folder of that file, each one verified. .ko.xz, .ko.zst and .ko.gz are unpacked.
// insmod itself neither allocates (decompressors do) nor throws. Exit status: ../modsig/exit_status.hpp; 1 also where the
// kernel refuses a verified module.
#include "../modsig/exit_status.hpp"
#include "keys.hpp"
#include "parameters.hpp"
#include "report.hpp"
#include "unpack.hpp"

#include <modsig/engine/native.hpp>
#include <modsig/layout/modsign.hpp>
#include <modsig/load/kernel_module.hpp>
#include <modsig/load/module_dependencies.hpp>
#include <modsig/os/file.hpp>
#include <modsig/policy/linux_modsign.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/verifier.hpp>

#include "modsig_builtin_keys.hpp"  // made from the build's option builtin_keys

#include <algorithm>
#include <ctime>
#include <span>

namespace insmod {
namespace {

using modsig::load::sealed_file;
using tool::exit_status;

struct arguments {
    std::span<char*> trust{};  // --trust FILE, in pairs
    const char* modules_dep = nullptr;
    bool linux_policy = false;
    const char* module = nullptr;
    parameters settings{};
};

exit_status complain(std::string_view subject, std::string_view more, exit_status status) {
    (line() << subject << more).print();
    return status;
}
exit_status complain(std::string_view path, const modsig::failure& failure, exit_status status) {
    (line() << path << ": " << failure << ", " << static_cast<int>(failure.linux_errno())).print();
    return status;
}
std::string_view text_of(const sealed_file& file) {
    const modsig::byte_view bytes = file;
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The module in a file, as a sealed copy.
modsig::result<sealed_file> read_module(const char* path) {
    auto file = sealed_file::open(path);
    const auto algorithm = modsig::compression_of_name(path);
    if (!file || algorithm == modsig::compression::none) return file;
    const auto unpacked = unpack(algorithm, *file);
    if (!unpacked) return unpacked.error();
    return sealed_file::copy_of(*unpacked);
}

template <class Verifier>
exit_status load_one(const Verifier& verifier, const char* path, const char* settings, bool needed_only) {
    auto file = read_module(path);
    if (!file) return complain(path, file.error(), exit_status::unreadable);
    const auto answer = modsig::load::load_module(verifier.verify(*std::move(file), modsig::context{std::time(nullptr), path}), settings);
    if (answer.is_loaded() || (needed_only && answer.kernel_errno == EEXIST)) return exit_status::good;  // loaded meanwhile by another process
    report(path, answer);
    return answer.kernel_asked ? exit_status::bad_signature : tool::status_of(answer.why.code);
}

template <class Verifier>
exit_status load_needed(const Verifier& verifier, const char* modules_dep, std::string_view module) {
    const auto list = sealed_file::open(modules_dep);
    if (!list) return complain(modules_dep, list.error(), exit_status::unreadable);
    static std::array<char, std::size_t{256} << 10> room;
    const auto present = modsig::os::read_kernel_text("/proc/modules", room);
    if (!present) return complain("/proc/modules", present.error(), exit_status::unreadable);

    const std::string_view all = modules_dep;
    const std::string_view root = all.substr(0, all.rfind('/') + 1);
    if (!module.starts_with(root)) return complain(module, ": not in the folder of modules.dep", exit_status::usage);
    module.remove_prefix(root.size());
    const auto order = modsig::load::module_dependencies(text_of(*list)).order_of(module);
    if (!order) return complain(modules_dep, order.error(), exit_status::malformed);
    for (const std::string_view needed : order->paths().first(order->paths().size() - 1)) {
        if (modsig::load::is_listed({present->data(), present->size()}, needed)) continue;
        std::array<char, 4096> path{};
        if (root.size() + needed.size() >= path.size()) return complain(needed, ": too long a name", exit_status::unreadable);
        needed.copy(path.data() + root.copy(path.data(), root.size()), needed.size());
        if (const auto status = load_one(verifier, path.data(), "", true); status != exit_status::good) return status;
    }
    return exit_status::good;
}

template <class Policy>
exit_status run(const arguments& options) {
    using engine = modsig::engine::native;
    static keys<engine, typename Policy::reading> trust;
    if (options.trust.empty())
        for (const auto& each : modsig_builtin_keys::all)
            if (const auto added = trust.add(each.bytes); !added) return complain(each.file, added.error(), exit_status::unreadable);
    for (std::size_t i = 1; i < options.trust.size(); i += 2)
        if (const auto added = trust.add_file(options.trust[i]); !added) return complain(options.trust[i], added.error(), exit_status::unreadable);
    if (trust.size() == 0) return complain("no key is trusted", ": give --trust FILE", exit_status::usage);

    const modsig::verifier<modsig::layouts<modsig::layout::modsign>, engine, Policy> verifier{trust};
    if (options.modules_dep != nullptr)
        if (const auto status = load_needed(verifier, options.modules_dep, options.module); status != exit_status::good) return status;
    return load_one(verifier, options.module, options.settings.c_str(), false);
}

exit_status usage() { return complain("[--trust FILE]... [--policy strict|linux-modsign] [--modules-dep FILE] MODULE [PARAM=VALUE...]", "", exit_status::usage); }

}  // namespace
}  // namespace insmod

int main(int argc, char** argv) {
    using namespace insmod;
    arguments options;
    const std::span<char*> words(argv, static_cast<std::size_t>(argc));
    std::size_t at = 1;
    const auto is = [&](std::string_view option) { return at + 1 < words.size() && words[at] == option; };
    while (is("--trust")) at += 2;
    options.trust = words.subspan(std::min<std::size_t>(1, words.size()), at - 1);
    if (is("--policy")) {
        options.linux_policy = std::string_view(words[at + 1]) == "linux-modsign";
        if (!options.linux_policy && std::string_view(words[at + 1]) != "strict") return static_cast<int>(usage());
        at += 2;
    }
    if (is("--modules-dep")) {
        options.modules_dep = words[at + 1];
        at += 2;
    }
    if (at >= words.size() || *words[at] == '-') return static_cast<int>(usage());
    options.module = words[at];
    for (const char* word : words.subspan(at + 1))
        if (const added done = options.settings.add(word); done != added::yes)
            return static_cast<int>(complain(options.module, done == added::no_room ? ": too many parameters" : ": a word that is not one parameter", exit_status::usage));
    return static_cast<int>(options.linux_policy ? run<modsig::policy::linux_modsign>(options) : run<modsig::policy::strict>(options));
}
