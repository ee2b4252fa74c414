// SPDX-License-Identifier: BSL-1.0
//
// insmod without the gap, for an initramfs: a static program that gives the kernel the bytes that it has verified.
//     insmod [--trust FILE]... [--policy strict|linux-modsign] [--modules-dep FILE] MODULE [PARAM=VALUE...]
// Keys are those that it was built with (Meson's option builtin_keys), or those of --trust. With --modules-dep what the
// module needs is loaded first, from the folder that file is in, each one verified. .ko.xz, .ko.zst and .ko.gz are
// unpacked. It neither allocates (decompressors do) nor throws. Exit status: ../modsig/exit_status.hpp; 1 too when the kernel
// refuses what is verified.
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

exit_status complain(std::string_view what, std::string_view more, exit_status status) {
    (line() << what << more).print();
    return status;
}
exit_status complain(std::string_view path, const modsig::failure& why, exit_status status) {
    (line() << path << ": " << why << ", " << static_cast<int>(why.linux_errno())).print();
    return status;
}
std::string_view text_of(const sealed_file& file) {
    const modsig::byte_view bytes = file;
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The module in a file, as a copy that nobody can change any more.
modsig::result<sealed_file> read_module(const char* path) {
    auto file = sealed_file::open(path);
    const auto how = modsig::compression_of_name(path);
    if (!file || how == modsig::compression::none) return file;
    const auto unpacked = unpack(how, *file);
    if (!unpacked) return unpacked.error();
    return sealed_file::copy_of(*unpacked);
}

template <class Verifier>
exit_status load_one(const Verifier& judge, const char* path, const char* settings, bool needed_only) {
    auto file = read_module(path);
    if (!file) return complain(path, file.error(), exit_status::unreadable);
    const auto answer = modsig::load::load_module(judge.verify(*std::move(file), modsig::context{std::time(nullptr), path}), settings);
    if (answer.is_loaded() || (needed_only && answer.kernel_errno == EEXIST)) return exit_status::good;  // somebody was quicker
    report(path, answer);
    return answer.kernel_asked ? exit_status::bad_signature : tool::status_of(answer.why.code);
}

template <class Verifier>
exit_status load_needed(const Verifier& judge, const char* modules_dep, std::string_view module) {
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
        if (const auto status = load_one(judge, path.data(), "", true); status != exit_status::good) return status;
    }
    return exit_status::good;
}

template <class Policy>
exit_status run(const arguments& told) {
    using engine = modsig::engine::native;
    static keys<engine, typename Policy::reading> trust;
    if (told.trust.empty())
        for (const auto& each : modsig_builtin_keys::all)
            if (const auto added = trust.add(each.bytes); !added) return complain(each.file, added.error(), exit_status::unreadable);
    for (std::size_t i = 1; i < told.trust.size(); i += 2)
        if (const auto added = trust.add_file(told.trust[i]); !added) return complain(told.trust[i], added.error(), exit_status::unreadable);
    if (trust.size() == 0) return complain("no key is trusted", ": give --trust FILE", exit_status::usage);

    const modsig::verifier<modsig::layouts<modsig::layout::modsign>, engine, Policy> judge{trust};
    if (told.modules_dep != nullptr)
        if (const auto status = load_needed(judge, told.modules_dep, told.module); status != exit_status::good) return status;
    return load_one(judge, told.module, told.settings.c_str(), false);
}

exit_status usage() { return complain("[--trust FILE]... [--policy strict|linux-modsign] [--modules-dep FILE] MODULE [PARAM=VALUE...]", "", exit_status::usage); }

}  // namespace
}  // namespace insmod

int main(int argc, char** argv) {
    using namespace insmod;
    arguments told;
    const std::span<char*> words(argv, static_cast<std::size_t>(argc));
    std::size_t at = 1;
    const auto is = [&](std::string_view option) { return at + 1 < words.size() && words[at] == option; };
    while (is("--trust")) at += 2;
    told.trust = words.subspan(std::min<std::size_t>(1, words.size()), at - 1);
    if (is("--policy")) {
        told.linux_policy = std::string_view(words[at + 1]) == "linux-modsign";
        if (!told.linux_policy && std::string_view(words[at + 1]) != "strict") return static_cast<int>(usage());
        at += 2;
    }
    if (is("--modules-dep")) {
        told.modules_dep = words[at + 1];
        at += 2;
    }
    if (at >= words.size() || *words[at] == '-') return static_cast<int>(usage());
    told.module = words[at];
    for (const char* word : words.subspan(at + 1))
        if (const added done = told.settings.add(word); done != added::yes)
            return static_cast<int>(complain(told.module, done == added::no_room ? ": too many parameters" : ": a word that is not one parameter", exit_status::usage));
    return static_cast<int>(told.linux_policy ? run<modsig::policy::linux_modsign>(told) : run<modsig::policy::strict>(told));
}
