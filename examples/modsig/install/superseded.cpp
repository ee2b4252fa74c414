// SPDX-License-Identifier: BSL-1.0
#include "superseded.hpp"

#include "staging.hpp"

#include <modsig/os/file.hpp>

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace tool {
namespace {

namespace os = modsig::os;

constexpr std::uint64_t most = std::uint64_t{64} << 20;  // bytes of a list

/// Another file of this name has another one.
std::string identity_text(const os::entry_facts& status) { return std::to_string(status.identity.inode) + " " + std::to_string(status.modified); }

/// Up to the next zero byte, which is taken too; empty at the end.
std::string next_part(std::string_view& text) {
    const std::size_t end = std::min(text.find('\0'), text.size());
    std::string part(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    return part;
}

void read_list(const os::directory& tree, std::string_view text, std::map<std::string, std::string>& found) {
    while (!text.empty()) {
        const std::string identity = next_part(text), path = next_part(text), successor = next_part(text);
        const auto old = tree.status(path, os::links::refused);
        if (old && identity_text(*old) == identity && tree.status(successor, os::links::refused)) found.emplace(path, successor);
    }
}

}  // namespace

std::string superseded_text(const os::directory& target, const std::vector<change>& changes, const std::vector<install_entry>& entries) {
    std::string text;
    for (const change& each : changes) {
        if (each.kind != change_kind::remove) continue;
        const install_entry& successor = entries[each.number];
        const std::string removed = path_of(each, successor);
        const auto old = target.status(removed, os::links::refused);
        if (!old) continue;  // it has gone
        for (const std::string& part : {identity_text(*old), removed, successor.target}) text.append(part).append(1, '\0');
    }
    return text;
}

std::map<std::string, std::string> superseded_entries(const os::directory& tree) {
    std::map<std::string, std::string> found;
    const auto names = tree.names();
    if (!names) return found;
    for (const std::string& name : *names) {
        if (!is_staging_name(name)) continue;
        const auto room = tree.open_below(name);
        if (!room) continue;
        const auto list = room->open_file(superseded_name);
        if (!list) continue;
        const auto bytes = os::read_file(*list, most);
        if (bytes) read_list(tree, {reinterpret_cast<const char*>(bytes->data()), bytes->size()}, found);
    }
    // Several installs may have been stopped, each with another form.
    for (auto& [old, successor] : found)
        for (std::size_t i = 0; i != found.size() && found.contains(successor); ++i) successor = found.at(successor);
    return found;
}

}  // namespace tool
