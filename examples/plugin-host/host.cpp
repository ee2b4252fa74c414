// SPDX-License-Identifier: BSL-1.0
//
// plugin-host: runs plugins that the vendor signed, and no others. The vendor's public key is part of the program.
//
//     plugin-host [--pin NAME=KEYS]... [--revoked PATH]... [--watch DIR [--threads N]] PLUGIN.so...
//
// prints a line for each plugin, `doubler: 42` or the reason of a refusal, and exits with 1 where one was refused.
// A private, sealed copy of a file is verified and loaded: changing the file meanwhile has no effect.
//
// --pin: the plugin NAME.so must be signed by one of these keys instead. --revoked: keys that are no longer trusted.
// --watch: runs until SIGINT or SIGTERM. New plugins in this folder are loaded, and new versions replace old ones while N
// threads call them; a plugin whose file is removed or whose key is revoked is unloaded; a refused file changes nothing.
#include "arguments.hpp"
#include "reload.hpp"
#include "report.hpp"
#include "workers.hpp"

#include <algorithm>
#include <array>
#include <csignal>

#include <modsig/os/folder_watch.hpp>
#include <modsig/os/signals.hpp>
#include <modsig/os/wait.hpp>

namespace {

namespace fs = std::filesystem;

std::shared_ptr<const running> load(const trust& trusted, const fs::path& path) {
    const auto refuse = [&](const modsig::failure& failure) { return complain(path.string() + ": refused: " + reason(failure)), nullptr; };
    auto file = modsig::load::sealed_file::open(path.c_str());
    if (!file) return refuse(file.error());
    auto verified = trusted.verify(path.stem().string(), *std::move(file));
    if (!verified) return refuse(verified.error());
    std::string fault;
    auto started = running::start(path, *std::move(verified), fault);
    if (!started) complain(path.string() + ": " + fault);
    return started;
}

bool load_all(const trust& trusted, const std::vector<fs::path>& paths, registry& plugins) {
    bool all_well = true;
    for (const fs::path& each : paths) {
        const auto plugin = load(trusted, each);
        all_well = all_well && plugin;
        if (!plugin) continue;
        say(plugin->name() + ": " + std::to_string(plugin->run(21)));
        plugins.put(each.stem().string(), plugin);  // loaded until the end
    }
    return all_well;
}

/// A folder, or a file in it; a folder has one spelling, since changes are reported by path. A link to a file is not followed:
/// another link in its place is a change. Where the folder does not exist, watching fails.
struct place {
    fs::path folder, path;

    explicit place(const fs::path& given) {
        std::error_code fault;
        const bool whole = fs::is_directory(given, fault);
        folder = fs::canonical(whole ? given : fs::absolute(given, fault).parent_path(), fault);
        path = whole ? folder : folder / given.filename();
    }
    [[nodiscard]] bool is_changed_by(const fs::path& changed) const { return changed == path || changed.parent_path() == path; }
};

int watch(const arguments& options, trust& trusted, registry& plugins) {
    const modsig::os::descriptor end = modsig::os::take_signals({SIGINT, SIGTERM});
    auto changes = modsig::os::folder_watch::begin();
    if (!end.is_open() || !changes) return complain("cannot watch: " + reason(changes ? modsig::os::os_failure(errno) : changes.error())), 1;
    const std::vector<place> revocations(options.revocations.begin(), options.revocations.end());
    const fs::path folder = place(options.watched).path;
    std::vector<fs::path> watched{folder};
    for (const place& each : revocations) watched.push_back(each.folder);
    for (const fs::path& each : watched)
        if (const auto added = changes->add(each); !added) return complain(each.string() + ": " + reason(added.error())), 1;

    reload follow(trusted, plugins);
    // After the folders are watched: changes before this are not reported, later ones are.
    for (const place& each : revocations) follow.revocations(each.path);
    follow.folder(folder);
    workers callers(plugins, options.threads);
    say("watching " + folder.string());

    int status = 0;
    while (status == 0) {
        const auto ready = modsig::os::wait_readable(std::array{changes->descriptor(), end.get()});
        if (!ready) status = (complain("cannot wait: " + reason(ready.error())), 1);
        if (!ready || (*ready)[1]) break;
        const modsig::os::folder_watch::news news = changes->read();
        // Revocations first, so that no file is loaded by a revoked key.
        for (const place& each : revocations) {
            const auto is_about = [&](const fs::path& file) { return each.is_changed_by(file); };
            const bool about = std::any_of(news.files.begin(), news.files.end(), is_about);
            if (about || news.look_at_all) follow.revocations(each.path);
        }
        if (news.look_at_all) follow.folder(folder);
        for (const fs::path& file : news.files)
            if (file.parent_path() == folder) follow.file(file);
        if (news.folder_gone) status = (complain("a watched folder was removed"), 1);
    }
    say("calls: " + std::to_string(callers.stop()));
    return status;
}

}  // namespace

int main(int count, char** words) {
    const auto options = parse(count, words);
    if (!options) {
        complain("usage: plugin-host [--pin NAME=KEYS]... [--revoked PATH]... [--watch DIR [--threads N]] PLUGIN.so...");
        return 2;
    }
    trust trusted;
    for (const auto& [name, file] : options->pins)
        if (!trusted.pin(name, file)) return 2;
    for (const fs::path& each : options->revocations)
        if (!trusted.revoke(each)) return 2;  // without the revocations nothing can be trusted

    registry plugins;
    const bool all_well = load_all(trusted, options->plugins, plugins);
    const int status = options->watched.empty() ? 0 : watch(*options, trusted, plugins);
    return all_well ? status : 1;
}
