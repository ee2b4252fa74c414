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

void reload::look_at(const std::filesystem::path& file) {
    if (file.extension() != ".so") return;
    const std::string name = file.stem().string();
    const auto before = plugins_.find(name);
    const auto refuse = [&](const std::string& why) {
        complain(file.string() + ": refused: " + why + (before ? "; the one before keeps running" : ""));
    };

    auto copy = modsig::load::sealed_file::open(file.c_str(), largest_plugin);
    if (!copy && copy.error().linux_errno() == modsig::linux_error::enoent) {
        if (!before || before->path() != file) return;
        plugins_.put(name, nullptr);
        return say(name + ": unloaded: its file is gone");
    }
    if (!copy) return refuse(reason(copy.error()));
    if (before && same_bytes(before->file(), *copy)) return;
    auto verified = trust_.verify(name, *std::move(copy));
    if (!verified) return refuse(reason(verified.error()));
    std::string fault;
    auto started = running::start(file, *std::move(verified), fault);
    if (!started) return refuse(fault);
    if (started->name() != name) return refuse("it is signed, but calls itself " + started->name());
    const std::string answer = std::to_string(started->run(21));
    plugins_.put(name, std::move(started));
    say(name + (before ? ": replaced: " : ": loaded: ") + answer);
}

void reload::look_at_all(const std::filesystem::path& folder) {
    std::error_code fault;
    std::vector<std::filesystem::path> files;
    std::filesystem::directory_iterator entry(folder, fault);
    for (; !fault && entry != std::filesystem::directory_iterator(); entry.increment(fault)) files.push_back(entry->path());
    if (fault) complain(folder.string() + ": " + fault.message());
    std::sort(files.begin(), files.end());
    for (const auto& each : files) look_at(each);
    const auto now = plugins_.current();  // what is unloaded goes with it, not in between
    for (const auto& [name, plugin] : *now)
        if (const auto& file = plugin->path(); file.parent_path() == folder) look_at(file);
}

void reload::look_at_revocations(const std::filesystem::path& path) {
    (void)trust_.revoke(path);
    const auto now = plugins_.current();
    for (const auto& [name, plugin] : *now) {
        const modsig::failure why = trust_.still_good(name, plugin->file());
        if (why.code == modsig::errc::none) continue;
        plugins_.put(name, nullptr);
        say(name + ": unloaded: " + reason(why));
    }
}
