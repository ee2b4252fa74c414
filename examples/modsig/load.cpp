// SPDX-License-Identifier: BSL-1.0
//
// modsig load: an insmod without the gap. The bytes that are verified are those that the kernel gets, and what the module
// needs is loaded before it, each verified too. The exit status is 1 too when the kernel refuses what is verified.
#include "appraise.hpp"
#include "commands.hpp"
#include "diagnosis.hpp"
#include "text.hpp"

#include "../insmod/parameters.hpp"

#include <modsig/decompress.hpp>
#include <modsig/layout/digsig.hpp>
#include <modsig/layout/modsign.hpp>
#include <modsig/load/kernel_module.hpp>
#include <modsig/load/module_dependencies.hpp>
#include <modsig/os/file.hpp>
#include <modsig/os/writers.hpp>
#include <modsig/policy/linux_digsig.hpp>
#include <modsig/policy/linux_modsign.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/verifier.hpp>

#include <cerrno>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <functional>
#include <optional>
#include <system_error>
#include <vector>

#include <string.h>
#include <sys/utsname.h>

namespace tool {
namespace {

using modsig::load::module_answer;
using modsig::load::sealed_file;

/// A module's answer, and why it was tolerated where it was.
struct given {
    module_answer answer{};
    modsig::failure tolerated{modsig::errc::none};

    [[nodiscard]] std::string verdict() const { return tolerated.code == modsig::errc::none ? "verified" : "tolerated: " + describe(tolerated); }
};

/// Gives a file to the kernel when the policy says so; the proof is made and used in one place, so the policy is a type.
using loader = std::function<given(sealed_file&& file, const modsig::subject& beside, const modsig::context& context, const char* parameters)>;

/// A kernel that is not there: --dry-run.
struct no_kernel {
    static int init_module(modsig::byte_view, const char*) { return 0; }
    static int finit_module(int, const char*, int) { return 0; }
};

template <class Policy, class... Layout>
loader loader_of(const key_store& trust, bool dry_run, const Policy& policy = {}) {
    using verifier = modsig::verifier<modsig::layouts<Layout...>, engine, Policy>;
    return [verify_with = verifier(trust, policy), dry_run](sealed_file&& file, const modsig::subject& beside, const modsig::context& context, const char* parameters) {
        const auto load = [&](const auto& module, auto function) {
            return dry_run ? function(module, no_kernel{}) : function(module, modsig::load::running_kernel{});
        };
        const auto proof = verify_with.verify(std::move(file), beside, context);
        if (proof) return given{load(*proof, [&](const auto& module, auto kernel) { return modsig::load::load_module(module, parameters, kernel); })};
        // A refused file stays where it was.
        const auto let_in = verify_with.tolerate(std::move(file), beside, context);
        if (!let_in) return given{{proof.error()}};
        const auto by_name = [&](const auto& module, auto kernel) { return modsig::load::load_tolerated_module(module, parameters, kernel); };
        return given{load(*let_in, by_name), let_in->why()};
    };
}

/// Policies for modules, by the names that `find_policy` knows; null for the others.
loader find_loader(std::string_view policy, const modsig::linux_kernel& kernel, const key_store& trust, bool dry_run) {
    namespace layout = modsig::layout;
    namespace rules = modsig::policy;
    if (policy == "strict") return loader_of<rules::strict, layout::modsign, layout::digsig>(trust, dry_run);
    if (policy == "legacy") return loader_of<rules::legacy, layout::modsign, layout::digsig>(trust, dry_run);
    if (policy == "permissive") return loader_of<rules::permissive, layout::modsign, layout::digsig>(trust, dry_run);
    if (policy == "linux-modsign") return loader_of<rules::linux_modsign, layout::modsign>(trust, dry_run, {{}, kernel});
    if (policy == "linux-modsign-relaxed") return loader_of<rules::tolerating<rules::linux_modsign>, layout::modsign>(trust, dry_run, rules::tolerating{rules::linux_modsign{{}, kernel}});
    if (policy == "linux-digsig") return loader_of<rules::linux_digsig, layout::digsig>(trust, dry_run);
    return nullptr;
}

std::string_view text_of(const sealed_file& file) {
    const modsig::byte_view bytes = file;
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The module in a file, as a copy that nobody can change any more. Decompression goes by name.
modsig::result<sealed_file> read_module(const std::string& path, unpacking reading) {
    auto file = sealed_file::open(path.c_str());
    const auto packed = modsig::compression_of_name(path);
    if (!file || packed == modsig::compression::none) return file;
    const auto first = modsig::decompress_first(packed, *file);
    if (!first) return modsig::failure{first.error().code == modsig::errc::io_error ? modsig::errc::io_error : modsig::errc::decompression_failed, first.error().offset};
    if (reading == unpacking::whole && first->end != modsig::byte_view(*file).size()) return modsig::failure{modsig::errc::decompression_failed, first->end};
    return sealed_file::copy_of(first->bytes);
}

/// "ENODEV, No such device"
std::string errno_text(int error) {
    const char* const known = ::strerrorname_np(error);
    const char* const words = ::strerrordesc_np(error);
    return known != nullptr && words != nullptr ? std::string(known) + ", " + words : "errno " + std::to_string(error);
}

/// What an errno of init_module(2) most often comes from, where it says little by itself.
std::string_view hint_of(int error) {
    switch (error) {
        case ENOENT: return ": a module that it needs is not loaded, or a symbol is of another kernel";
        case ENOEXEC: return ": it is no module, or one of another kernel";
        case EPERM: return ": only root may load modules, and a locked-down kernel only those that it trusts";
        case ENOSYS: return ": it loads no modules at all";
        case EKEYREJECTED: return ": the kernel does not trust the key";
        default: return "";
    }
}

class loading {
    const load_command& told_;
    const trust_settings& settings_;
    const loader& give_;

public:
    loading(const load_command& told, const trust_settings& settings, const loader& give) : told_(told), settings_(settings), give_(give) {}

    /// One file. `needed`: by another, so that it may be there already.
    [[nodiscard]] exit_status load(const std::string& path, const char* parameters, bool needed) const {
        errno = 0;
        auto file = read_module(path, settings_.modules);
        if (!file) return complain(path, file.error()), exit_status::unreadable;
        if (!file->is_sealed())
            return complain(printable(path) + ": not loaded: this system gives no memory that can be sealed (memfd_create(2)), so the copy that is verified could be changed before the kernel has it"), exit_status::unreadable;
        modsig::subject beside;
        if (!needed && settings_.has_signature) {
            beside.signature = {modsig::signature_source::detached, settings_.signature};
        }
        const modsig::context context{std::time(nullptr), path};
        const given done = give_(std::move(*file), beside, context, parameters);
        const module_answer& answer = done.answer;
        if (answer.is_loaded()) {
            if (told_.dry_run) std::printf("%s: %s; not loaded (--dry-run)\n", printable(path).c_str(), done.verdict().c_str());
            else if (done.tolerated.code != modsig::errc::none) complain(printable(path) + ": loaded, though only " + done.verdict());
            return exit_status::good;
        }
        if (needed && answer.kernel_errno == EEXIST) return exit_status::good;  // somebody was quicker
        if (answer.kernel_asked) {
            complain(printable(path) + ": " + done.verdict() + ", but the kernel refuses it: " + errno_text(answer.kernel_errno) + std::string(hint_of(answer.kernel_errno)));
            return exit_status::bad_signature;
        }
        // Asked again for the words: the report says more than the reason.
        beside.image = *file;
        judgement judged{settings_.verifier->appraise(beside, context), beside.signature.source};
        judged.answer.why = answer.why;
        judged.diagnosis = diagnose(settings_, judged, {path, *file, *file, beside, {}});
        complain(printable(path) + ": " + sentence(settings_, judged) + "; the kernel was not asked (" + errno_text(answer.error()) + ")");
        if (judged.diagnosis.code != cause::none)
            for (const auto& [name, text] : judged.diagnosis.lines()) complain("    " + std::string(name) + ": " + std::string(text));
        return status_of(answer.why.code);
    }
};

/// A modules.dep, and the file's place below its folder.
struct placed {
    std::filesystem::path list;
    std::filesystem::path folder;
    std::string path;
};
std::string list_of_running_kernel() {
    struct ::utsname here {};
    (void)::uname(&here);
    return std::string("/lib/modules/") + here.release + "/modules.dep";
}

/// By the list that is named, or the running kernel's. One that lies beside the file is not looked for: it would say what root
/// loads, whoever wrote it.
std::optional<placed> find_dependencies(const std::string& file, const std::filesystem::path& list) {
    std::error_code fault;
    const std::filesystem::path folder = std::filesystem::canonical(std::filesystem::absolute(list, fault).parent_path(), fault);
    // depmod names a link by its own name, in folders that are what they are.
    const std::filesystem::path named = std::filesystem::absolute(file, fault);
    const std::filesystem::path whole = std::filesystem::canonical(named.parent_path(), fault) / named.filename();
    if (fault) return std::nullopt;
    const std::filesystem::path below = whole.lexically_relative(folder);
    if (below.empty() || *below.begin() == "..") return std::nullopt;
    if (list == list_of_running_kernel() && !std::filesystem::exists(list, fault)) return std::nullopt;  // depmod has not run
    return placed{list, folder, below.native()};
}

/// Loads what the file needs. A module that its modules.dep does not know is loaded alone.
exit_status load_needed(const loading& each, const placed& place) {
    const std::string& name = place.list.native();
    errno = 0;
    const auto file = modsig::os::regular_file::open(name.c_str());
    if (!file) return complain(name, file.error()), exit_status::unreadable;
    const auto shared = modsig::os::shared_place(*file);
    if (!shared) return complain(name, shared.error()), exit_status::unreadable;
    if (!shared->empty()) return complain(printable(*shared) + ": not read: users other than you and root can change it, and modules.dep names what else is loaded"), exit_status::unreadable;
    const auto list = sealed_file::copy_of(*file);
    if (!list) return complain(name, list.error()), exit_status::unreadable;
    const auto order = modsig::load::module_dependencies(text_of(*list)).order_of(place.path);
    if (!order && order.error().code == modsig::errc::missing_element && order.error().offset == 0 && !text_of(*list).starts_with(place.path + ":"))
        return exit_status::good;
    if (!order) return complain(printable(name) + ": " + describe(order.error())), exit_status::malformed;
    std::vector<char> room(std::size_t{1} << 20);
    const auto present = modsig::os::read_kernel_text("/proc/modules", room);
    const auto needed = order->paths().first(order->paths().size() - 1);
    for (const std::string_view path : needed) {
        // Without /proc/modules (a kernel without modules) each is tried.
        if (present && modsig::load::is_listed({present->data(), present->size()}, path)) continue;
        if (const exit_status status = each.load((place.folder / path).native(), "", true); status != exit_status::good) return status;
    }
    return exit_status::good;
}

}  // namespace

exit_status load_command::run() const {
    insmod::parameters settings;
    for (const std::string& word : parameters)
        if (word.find('=') == std::string::npos && (is_module_or_plugin(word) || word.find('/') != std::string::npos))
            return complain(printable(word) + " is no parameter: one module is loaded at a time, and what it needs"), exit_status::usage;
    for (const std::string& word : parameters)
        if (const auto done = settings.add(word); done != insmod::added::yes)
            return complain(done == insmod::added::no_room ? "too many parameters" : printable(word) + " is not one parameter"), exit_status::usage;
    trust_settings trusted;
    trusted.explains = true;
    if (const exit_status opened = trusted.open(*this); opened != exit_status::good) return opened;
    const loader give = find_loader(policy, trusted.kernel, trusted.keys, dry_run);
    if (!give) return complain("the policy " + printable(policy) + " is not for modules"), exit_status::usage;

    const loading each(*this, trusted, give);
    if (!alone)
        if (const auto place = find_dependencies(path, modules_dep.empty() ? list_of_running_kernel() : modules_dep))
            if (const exit_status status = load_needed(each, *place); status != exit_status::good) return status;
    return each.load(path, settings.c_str(), false);
}

}  // namespace tool
