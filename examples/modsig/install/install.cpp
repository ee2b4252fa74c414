// SPDX-License-Identifier: BSL-1.0
//
// modsig install: the kernel's modules_install, signed. All files are made first; when the last signature is made the private
// key is gone; then the public half gets its name, and the files are moved to their places. Without a key of its own an install
// makes one that is never written anywhere.
#include "../commands.hpp"
#include "../file_roles.hpp"
#include "../progress.hpp"
#include "../suggest.hpp"
#include "../text.hpp"
#include "check.hpp"
#include "key.hpp"
#include "module.hpp"
#include "plan.hpp"
#include "published_keys.hpp"
#include "staging.hpp"
#include "tree.hpp"

#include <modsig/batch/in_order.hpp>

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <optional>
#include <thread>
#include <utility>

namespace tool {
namespace {

namespace fs = std::filesystem;

exit_status usage(std::string_view message) {
    complain(message);
    return exit_status::usage;
}

std::string in_environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

/// Linux, Makefile: MODLIB = $(INSTALL_MOD_PATH)/lib/modules/$(KERNELRELEASE); scripts/Makefile.modinst puts INSTALL_MOD_DIR
/// behind it. Empty when nothing of it is said: nobody installs into the running system by leaving an option out.
std::string target_of_environment() {
    std::string target = in_environment("MODLIB");
    if (target.empty() && std::getenv("INSTALL_MOD_PATH") != nullptr) {
        std::string release = in_environment("KERNELRELEASE");
        ::utsname here{};
        if (release.empty() && ::uname(&here) == 0) release = here.release;
        target = in_environment("INSTALL_MOD_PATH") + "/lib/modules/" + release;
    }
    const std::string folder = in_environment("INSTALL_MOD_DIR");
    return target.empty() || folder.empty() ? target : target + "/" + folder;
}

/// scripts/Makefile.modinst: 1 is --strip-debug, anything else is what strip is told.
std::vector<std::string> strip_of_environment() {
    const std::string words = in_environment("INSTALL_MOD_STRIP");
    std::vector<std::string> options;
    for (std::size_t begin = words.find_first_not_of(' '); begin < words.size();) {
        const std::size_t end = std::min(words.find(' ', begin), words.size());
        options.push_back(words.substr(begin, end - begin));
        begin = words.find_first_not_of(' ', end);
    }
    if (words == "1") return {"--strip-debug"};
    return options;
}

std::optional<modsig::compression> find_compression(const std::string& name) {
    using modsig::compression;
    if (name.empty() || name == "none") return compression::none;
    std::vector<std::string> known;
    for (const compression algorithm : {compression::xz, compression::zstd, compression::gzip}) {
        if (modsig::name(algorithm) == name) return algorithm;
        known.emplace_back(modsig::name(algorithm));
    }
    complain("modules are not compressed with " + printable(name) + "; there is " + comma_separated(known) + did_you_mean(name, known));
    return std::nullopt;
}

/// One within the other: what is installed would be installed again, or what is not be verified.
bool are_apart(const std::string& one, const std::string& other) {
    std::error_code ignored;
    const std::string a = fs::weakly_canonical(one, ignored).native() + "/",
                      b = fs::weakly_canonical(other, ignored).native() + "/";
    return a == b || (!a.starts_with(b) && !b.starts_with(a));
}

/// The entries of the tree for debug information: the modules, whose names there end in `.debug`, and their folders. Every
/// number stays that of the module.
std::vector<install_entry> debug_entries(const std::vector<install_entry>& entries) {
    std::vector<install_entry> debug;
    for (const install_entry& each : entries) {
        const bool is_folder = each.kind == entry_kind::folder, is_module = each.kind == entry_kind::module;
        const std::string target = is_folder ? each.target : is_module ? std::string(without_compression(each.source)) + ".debug" : "";
        debug.push_back({each.source, target, is_folder ? each.kind : entry_kind::file, each.mode});
    }
    return debug;
}

class installer {
    const std::vector<install_entry>& entries_;
    const std::string& from_;
    const install_recipe& recipe_;
    std::atomic<bool> stopped_{false};  // the rest would fail in the same way
    bool good_ = true;

    /// What is no module.
    std::optional<install_fault> copy(std::size_t i) const {
        const install_entry& entry = entries_[i];
        if (entry.kind == entry_kind::folder || entry.target.empty()) return std::nullopt;
        const std::string path = path_in(from_, entry.source);
        if (entry.kind == entry_kind::link) {
            if (!recipe_.room->link(i, entry.link->text)) return install_fault{path, modsig::errc::io_error, errno, {}, true};
            return std::nullopt;
        }
        const auto file = modsig::os::regular_file::open(path.c_str(), modsig::os::links::refused);
        if (!file) return install_fault{path, file.error(), errno};
        const auto copied = recipe_.room->copy(i, *file, entry.mode);
        if (copied) return std::nullopt;
        const bool is_of_source = errno == ESTALE || errno == EIO;
        return install_fault{path, copied.error(), errno, {}, !is_of_source};
    }

public:
    installer(const std::vector<install_entry>& entries, const std::string& from, const install_recipe& recipe)
        : entries_(entries), from_(from), recipe_(recipe) {}

    /// Makes every file. What is wrong with one is complained about, in their order, and does not stop the others.
    [[nodiscard]] bool run(std::size_t jobs) {
        using outcome = std::optional<install_fault>;
        progress counter(entries_.size(), output_form::text);
        constexpr std::size_t most_together = 16, turns = 4;  // so that no thread is left with a long rest
        const std::size_t together = recipe_.strip.empty() ? 1 : std::clamp<std::size_t>(entries_.size() / (turns * jobs), 1, most_together);
        modsig::batch::for_each_in_order<outcome>(
            entries_.size(), jobs,
            [&](const auto& claim, const auto& put) {
                image file;
                std::vector<module_in_work> modules;
                const auto done = [&](std::size_t i, outcome&& one) {
                    if (one && one->is_of_target) stopped_ = true;
                    put(i, std::move(one));
                };
                const auto begin = [&](std::size_t i) {
                    const install_entry& entry = entries_[i];
                    if (entry.kind == entry_kind::module) modules.push_back({path_in(from_, entry.source), entry.mode, i});
                    else done(i, stopped_ ? std::nullopt : copy(i));
                };
                for (auto i = claim(true); i; i = claim(true)) {
                    begin(*i);
                    // Without waiting: others may wait for what this thread has claimed.
                    while (modules.size() < together && (i = claim(false))) begin(*i);
                    if (!stopped_) make_modules(recipe_, modules, file);
                    for (module_in_work& each : modules) done(each.number, std::move(each.fault));
                    modules.clear();
                }
            },
            [&](std::size_t i, outcome&& one) {
                if (one) {
                    counter.make_way(true);
                    complain(*one);
                    good_ = false;
                }
                counter.show(i + 1);
            });
        return good_ && !stopped_;
    }
};

struct destination {
    const std::string& folder;
    const std::vector<install_entry>& entries;
    staging& room;
};

void complain_of_nothing(const std::string& target) { complain("nothing was installed: " + printable(target) + " is as it was"); }

/// Moves all that was made to its places. What may fail for long comes before the first change; then debug information, the
/// key, and what only the key verifies: whoever finds some of the modules changed has the key to them.
bool publish(destination& modules, destination* debug, published_keys& keys, bool in_place) {
    // Planned anew: something may have come into the way.
    const auto changes = plan_changes(modules.folder, modules.entries);
    const auto debug_changes = debug != nullptr ? plan_changes(debug->folder, debug->entries) : std::vector<change>();
    const bool is_prepared = changes && debug_changes && keys.stage() && (!in_place || modules.room.list_superseded(*changes, modules.entries)) &&
                             modules.room.sync() && (debug == nullptr || (debug->room.sync() && debug->room.publish(*debug_changes, debug->entries)));
    if (is_prepared && keys.publish()) return modules.room.publish(*changes, modules.entries);
    complain_of_nothing(modules.folder);
    return false;
}

/// What is signed in the end, tried once before anything is read: does this key sign in this layout with this digest?
exit_status try_signing(const install_recipe& recipe) {
    constexpr std::array<std::uint8_t, 1> something{};
    errno = 0;
    const auto blob = recipe.writer->sign(recipe.what, *recipe.key, something);
    if (blob) return exit_status::good;
    complain("signing in the layout " + std::string(recipe.writer->name), blob.error());
    const auto stage = modsig::entry_of(blob.error().code).at;
    return stage == modsig::stage::outside      ? exit_status::unreadable
           : stage == modsig::stage::arithmetic ? exit_status::bad_signature
                                                : exit_status::usage;
}

}  // namespace

exit_status install_command::run() const {
    const std::string target = to.empty() ? target_of_environment() : to;
    if (target.empty()) return usage("where to? --to DIR, or MODLIB or INSTALL_MOD_PATH in the environment");
    if (!certificate.empty() && key.empty()) return usage("--cert goes with --key");
    install_recipe recipe;
    recipe.writer = writer_or_complaint(layout);
    const auto hash_id = find_hash(hash);
    const auto algorithm = find_compression(compress);
    const auto timestamp = timestamp_or(std::time(nullptr));
    if (recipe.writer == nullptr || !hash_id || !algorithm || !timestamp) return exit_status::usage;
    file_roles roles;
    roles.reads(key);
    roles.reads(certificate);
    for (const std::string& path : public_key_outs)
        if (const exit_status apart = roles.writes(path); apart != exit_status::good) return apart;
    recipe.compress = *algorithm;
    if (strip || !debug.empty()) recipe.strip = {"--strip-debug"};
    else if (to.empty()) recipe.strip = strip_of_environment();
    if (!are_apart(from, target) || (!debug.empty() && (!are_apart(from, debug) || !are_apart(target, debug))))
        return usage("the folders to install from and to, and for debug information, are not to lie within each other");

    std::error_code unknown;
    if (!fs::is_directory(from, unknown)) {
        errno = unknown ? unknown.value() : ENOTDIR;
        complain(from, modsig::errc::io_error);
        return exit_status::unreadable;
    }
    std::vector<install_entry> entries;
    if (const exit_status found = read_tree(from, target, recipe.compress, entries); found != exit_status::good) return found;
    const std::vector<install_entry> debugs = debug.empty() ? std::vector<install_entry>() : debug_entries(entries);
    if (!plan_changes(target, entries) || (!debug.empty() && !plan_changes(debug, debugs))) return exit_status::unreadable;
    for (const std::string& path : public_key_outs)
        if (const exit_status possible = published_keys::check(path, {target, debug}); possible != exit_status::good) return possible;
    if (std::ranges::any_of(public_key_outs, [&](const std::string& path) { return fs::exists(path, unknown); })) {
        file_roles tree;
        for (const install_entry& entry : entries) tree.reads(path_in(from, entry.source));
        for (const std::string& path : public_key_outs)
            if (const exit_status apart = tree.writes(path); apart != exit_status::good) return apart;
    }

    const std::size_t threads = std::max<std::size_t>(jobs != 0 ? jobs : std::thread::hardware_concurrency(), 1);
    // Two files a thread: while one waits for its signature, another is read, digested and written.
    const std::size_t at_once = 2 * threads;
    install_key signing_key;
    if (const exit_status opened = signing_key.open({type, key, certificate, layout, at_once}); opened != exit_status::good) return opened;
    if (const exit_status possible = signing_key.check_forms(public_key_outs); possible != exit_status::good) return possible;
    recipe.key = &*signing_key.signer;
    recipe.what.hash = *hash_id;
    recipe.what.by = signing_key.info();
    recipe.what.timestamp = *timestamp;
    if (const exit_status possible = try_signing(recipe); possible != exit_status::good) return possible;

    staging room, debug_room;
    recipe.room = &room;
    if (!room.open(target)) return exit_status::unreadable;
    if (!debug.empty()) {
        if (!debug_room.open(debug)) return exit_status::unreadable;
        recipe.debug_room = &debug_room;
    }
    installer work(entries, from, recipe);
    const bool made = work.run(at_once);
    signing_key.signer.reset();  // from here on there is no private key
    destination modules{target, entries, room}, debug_files{debug, debugs, debug_room};
    published_keys keys;
    for (const std::string& path : public_key_outs) keys.add(path, signing_key.public_half_for(path));
    if (!made) {
        complain_of_nothing(target);
        return exit_status::unreadable;
    }
    if (!publish(modules, debug.empty() ? nullptr : &debug_files, keys, fs::equivalent(from, target, unknown))) return exit_status::unreadable;

    const auto count = [&](entry_kind kind) { return std::to_string(std::ranges::count(entries, kind, &install_entry::kind)); };
    const tree_check seen = check_tree(target, signing_key.public_half, layout, threads);
    std::printf("%s modules signed, %s other files and %s links copied to %s\n", count(entry_kind::module).c_str(),
                count(entry_kind::file).c_str(), count(entry_kind::link).c_str(), printable(target).c_str());
    const std::string signer = printable(owner(signing_key.info().subject));
    std::printf("signed by %s, %s %u, %s, %s\n", signer.empty() ? "a bare key" : signer.c_str(),
                std::string(name(signing_key.info().key.algorithm)).c_str(), signing_key.info().key.bits, std::string(name(*hash_id)).c_str(),
                key.empty() ? "a key that is forgotten" : signer_name(key).c_str());
    std::printf("verified with that key alone: %zu of %zu modules\n", seen.verified, seen.modules);
    return seen.status;
}

}  // namespace tool
