// SPDX-License-Identifier: BSL-1.0
#include "reload.hpp"

#include "report.hpp"

#include <algorithm>
#include <system_error>
#include <vector>

namespace {

constexpr std::uint64_t largest_plugin = std::uint64_t{64} << 20;  // bytes

bool same_bytes(const proof& one, const modsig::load::sealed_file& other) {
    return modsig::equal(modsig::byte_view(one.image()), modsig::byte_view(other));
}

}  // namespace

void reload::file(const std::filesystem::path& path) {
    if (path.extension() != ".so") return;
    const std::string name = path.stem().string();
    const auto before = plugins_.find(name);
    const auto refuse = [&](const std::string& fault) {
        complain(path.string() + ": refused: " + fault + (before ? "; the version before keeps running" : ""));
    };

    auto copy = modsig::load::sealed_file::open(path.c_str(), largest_plugin);
    if (!copy && copy.error().linux_errno() == modsig::linux_error::enoent) {
        if (!before || before->path() != path) return;
        plugins_.put(name, nullptr);
        return say(name + ": unloaded: its file was removed");
    }
    if (!copy) return refuse(reason(copy.error()));
    if (before && same_bytes(before->file(), *copy)) return;
    auto verified = trust_.verify(name, *std::move(copy));
    if (!verified) return refuse(reason(verified.error()));
    std::string start_fault;
    auto started = running::start(path, *std::move(verified), start_fault);
    if (!started) return refuse(start_fault);
    if (started->name() != name) return refuse("verified, but its plugin_name() is " + started->name() + "; rename the file to " + started->name() + ".so");
    const std::string result = std::to_string(started->run(21));
    plugins_.put(name, std::move(started));
    say(name + (before ? ": replaced: " : ": loaded: ") + result);
}

void reload::folder(const std::filesystem::path& path) {
    std::error_code fault;
    std::vector<std::filesystem::path> files;
    std::filesystem::directory_iterator entry(path, fault);
    for (; !fault && entry != std::filesystem::directory_iterator(); entry.increment(fault)) files.push_back(entry->path());
    if (fault) complain(path.string() + ": " + fault.message());
    std::sort(files.begin(), files.end());
    for (const auto& each : files) file(each);
    const auto now = plugins_.current();  // keeps unloaded plugins until the loop ends
    for (const auto& [name, plugin] : *now)
        if (const auto& loaded = plugin->path(); loaded.parent_path() == path) file(loaded);
}

void reload::revocations(const std::filesystem::path& path) {
    (void)trust_.revoke(path);
    const auto now = plugins_.current();
    for (const auto& [name, plugin] : *now) {
        const modsig::failure refusal = trust_.still_good(name, plugin->file());
        if (refusal.code == modsig::errc::none) continue;
        plugins_.put(name, nullptr);
        say(name + ": unloaded: " + reason(refusal));
    }
}
