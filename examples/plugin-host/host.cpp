// SPDX-License-Identifier: BSL-1.0
//
// plugin-host: runs plugins, but only those that the vendor signed. The vendor's public key is part of the program.
//
//     plugin-host [--pin NAME=KEYS]... [--revoked PATH]... [--watch DIR [--threads N]] PLUGIN.so...
//
// prints a line for each, `doubler: 42` or why it was refused, and exits with 1 when one was.
// What is verified is a private, sealed copy, and what is loaded is that copy: changing the file meanwhile is no use.
//
// --pin: the plugin NAME.so is to be signed by one of these keys instead. --revoked: keys that are not to be trusted.
// --watch: goes on until SIGINT or SIGTERM. Plugins that come into this folder are loaded, new versions replace old ones
// while N threads call them, plugins that go or whose key is revoked are unloaded; one that is refused changes nothing.
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
    const auto refuse = [&](const modsig::failure& why) { return complain(path.string() + ": refused: " + reason(why)), nullptr; };
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

/// A folder and a name in it, if any; one spelling for each folder, since changes are told by path. Links to files are not
/// followed: another link in their place is a change. Where there is no folder, watching fails.
struct place {
    fs::path folder, path;

    explicit place(const fs::path& spelled) {
        std::error_code fault;
        const bool whole = fs::is_directory(spelled, fault);
        folder = fs::canonical(whole ? spelled : fs::absolute(spelled, fault).parent_path(), fault);
        path = whole ? folder : folder / spelled.filename();
    }
    [[nodiscard]] bool is_told_by(const fs::path& changed) const { return changed == path || changed.parent_path() == path; }
};

int keep_up(const arguments& said, trust& trusted, registry& plugins) {
    const modsig::os::descriptor end = modsig::os::take_signals({SIGINT, SIGTERM});
    auto changes = modsig::os::folder_watch::begin();
    if (!end.is_open() || !changes) return complain("cannot watch"), 1;
    const std::vector<place> revocations(said.revocations.begin(), said.revocations.end());
    const fs::path folder = place(said.watched).path;
    std::vector<fs::path> watched{folder};
    for (const place& each : revocations) watched.push_back(each.folder);
    for (const fs::path& each : watched)
        if (const auto added = changes->add(each); !added) return complain(each.string() + ": " + reason(added.error())), 1;

    reload follow(trusted, plugins);
    // Only now: what changed before was not told, what changes from now on is.
    for (const place& each : revocations) follow.look_at_revocations(each.path);
    follow.look_at_all(folder);
    workers callers(plugins, said.threads);
    say("watching " + folder.string());

    int status = 0;
    while (status == 0) {
        const auto ready = modsig::os::wait_readable(std::array{changes->descriptor(), end.get()});
        if (!ready) status = (complain("cannot wait: " + reason(ready.error())), 1);
        if (!ready || (*ready)[1]) break;
        const modsig::os::folder_watch::news told = changes->read();
        // First who is to be trusted, then with what.
        for (const place& each : revocations) {
            const auto is_about = [&](const fs::path& file) { return each.is_told_by(file); };
            const bool about = std::any_of(told.files.begin(), told.files.end(), is_about);
            if (about || told.look_at_all) follow.look_at_revocations(each.path);
        }
        if (told.look_at_all) follow.look_at_all(folder);
        for (const fs::path& file : told.files)
            if (file.parent_path() == folder) follow.look_at(file);
        if (told.folder_gone) status = (complain("a watched folder is gone"), 1);
    }
    say("calls: " + std::to_string(callers.stop()));
    return status;
}

}  // namespace

int main(int count, char** words) {
    const auto said = parse(count, words);
    if (!said) {
        complain("usage: plugin-host [--pin NAME=KEYS]... [--revoked PATH]... [--watch DIR [--threads N]] PLUGIN.so...");
        return 2;
    }
    trust trusted;
    for (const auto& [name, file] : said->pins)
        if (!trusted.pin(name, file)) return 2;
    for (const fs::path& each : said->revocations)
        if (!trusted.revoke(each)) return 2;  // who cannot be told what is revoked trusts nobody

    registry plugins;
    const bool all_well = load_all(trusted, said->plugins, plugins);
    const int status = said->watched.empty() ? 0 : keep_up(*said, trusted, plugins);
    return all_well ? status : 1;
}
