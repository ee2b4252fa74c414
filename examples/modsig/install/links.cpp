// SPDX-License-Identifier: BSL-1.0
#include "links.hpp"

#include "../report.hpp"
#include "../text.hpp"
#include "staging.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>

namespace tool {
namespace {

namespace fs = std::filesystem;

std::string resolved(const fs::path& path) {
    std::error_code fault;
    const fs::path found = fs::weakly_canonical(path, fault);
    return fault ? std::string() : found.native();
}

/// `path` without `root` before it; nothing where it is not in there.
std::optional<std::string> within(const std::string& path, const std::string& root) {
    if (path == root) return "";
    const std::string prefix = root == "/" ? root : root + "/";
    if (root.empty() || !path.starts_with(prefix)) return std::nullopt;
    return path.substr(prefix.size());
}

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }
std::string folder_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? "" : path.substr(0, slash);
}
bool is_module_name(std::string_view path) { return without_compression(path).ends_with(".ko"); }

/// What a link's text means.
struct meaning {
    std::string path{};      // in the tree
    std::string before{};    // what stands before the last name, for a link in the target
};

class link_adapter {
    const std::string& root_;
    std::vector<install_entry>& entries_;
    const std::string from_, to_;
    std::map<std::string_view, std::size_t> of_source_{};  // also of what has been superseded

    /// Nothing for a text that leads out of the tree, or to a folder by `.` or `..`.
    [[nodiscard]] std::optional<meaning> meaning_of(const install_entry& link) const {
        const std::string& text = link.link->text;
        const std::string_view name = file_name(text);
        if (name.empty() || name == "." || name == "..") return std::nullopt;
        const std::string before = text.substr(0, text.size() - name.size());
        const auto meaning_in = [&](const std::string& folder, std::string kept) { return meaning{path_in_tree(folder, name), std::move(kept)}; };
        if (!text.starts_with('/')) {
            // A path out of the tree and back in leads from elsewhere to elsewhere.
            const std::string folder = (fs::path(folder_of(link.source)) / before).lexically_normal().native();
            if (from_ != to_ && (folder == ".." || folder.starts_with("../"))) return std::nullopt;
            const auto inside = within(without_slash(resolved(fs::path(from_) / folder_of(link.source) / before)), from_);
            return inside ? std::optional(meaning_in(*inside, before)) : std::nullopt;
        }
        const std::string folder = without_slash(resolved(before));
        if (const auto inside = within(folder, from_)) return meaning_in(*inside, from_ == to_ ? before : path_in(to_, *inside) + "/");
        if (const auto inside = within(folder, to_)) return meaning_in(*inside, before);
        const std::string as_written = without_slash(fs::path(before).lexically_normal().native());
        for (std::size_t root = to_.find('/', 1); root != std::string::npos; root = to_.find('/', root + 1))
            if (const auto inside = within(as_written, to_.substr(root))) return meaning_in(*inside, before);
        return std::nullopt;
    }
    static std::string path_in_tree(const std::string& folder, std::string_view name) {
        return folder.empty() ? std::string(name) : folder + "/" + std::string(name);
    }
    static std::string without_slash(std::string path) {
        while (path.size() > 1 && path.ends_with('/')) path.pop_back();
        return path == "." ? std::string() : path;
    }
    [[nodiscard]] const install_entry* entry_at(const std::string& path) const {
        const auto found = of_source_.find(path);
        return found == of_source_.end() ? nullptr : &entries_[found->second];
    }
    /// What a chain of links leads to; null where it leaves the tree, ends nowhere or in itself.
    [[nodiscard]] const install_entry* end_of(install_entry& link) const {
        constexpr int most = 40;  // MAXSYMLINKS, include/linux/namei.h
        const install_entry* here = &link;
        int& depth = link.link->depth;
        for (depth = 0; depth != most && here != nullptr && here->kind == entry_kind::link; ++depth) {
            const auto means = meaning_of(*here);
            here = means ? entry_at(means->path) : nullptr;
        }
        return here != nullptr && here->kind != entry_kind::link ? here : nullptr;
    }

public:
    link_adapter(const std::string& from, const std::string& to, const std::map<std::string, std::string>& superseded, std::vector<install_entry>& entries)
        : root_(from), entries_(entries), from_(resolved(from)), to_(without_slash(resolved(fs::absolute(to)))) {
        for (std::size_t i = 0; i != entries.size(); ++i) of_source_.emplace(entries[i].source, i);
        for (const auto& [old, successor] : superseded)
            if (const auto found = of_source_.find(successor); found != of_source_.end()) of_source_.emplace(old, found->second);
    }

    void run() {
        for (install_entry& link : entries_)
            if (link.kind == entry_kind::link) rename(link);
        std::set<std::string_view> targets;
        for (const install_entry& each : entries_) targets.insert(each.target);
        std::vector<std::string> texts(entries_.size());  // each is found by the old texts of the others
        for (std::size_t i = 0; i != entries_.size(); ++i) {
            install_entry& link = entries_[i];
            if (link.kind != entry_kind::link) continue;
            texts[i] = link.link->text;
            const auto means = meaning_of(link);
            const install_entry* const next = means ? entry_at(means->path) : nullptr;
            const install_entry* const end = next != nullptr ? end_of(link) : nullptr;
            const bool leads_out = next != nullptr && next->kind == entry_kind::link && end == nullptr;
            if (next != nullptr) {
                const install_entry& goal = next->target.empty() && end != nullptr ? *end : *next;
                texts[i] = means->before + std::string(file_name(goal.target.empty() ? goal.source : goal.target));
            }
            const bool is_missing = means ? next == nullptr && !targets.contains(means->path) : is_module_name(link.source) && link.link->dangles;
            if (is_missing || (leads_out && link.link->dangles))
                complain(printable(path_in(root_, link.source)) + ": warning: it leads nowhere, to " + printable(link.link->text) + "; the link is copied");
        }
        for (std::size_t i = 0; i != entries_.size(); ++i)
            if (entries_[i].link) entries_[i].link->text = std::move(texts[i]);
    }

private:
    /// A module's name says how it is compressed, and kmod goes by that of the link.
    void rename(install_entry& link) {
        const install_entry* const end = end_of(link);
        if (end == nullptr || !is_module_name(link.source) || !is_module_name(end->target)) return;
        const std::string target = std::string(without_compression(link.source)) + end->target.substr(without_compression(end->target).size());
        if (target == end->target) {
            complain(printable(path_in(root_, link.source)) + ": left out: what it leads to is installed under this name");
            link.target.clear();
            return;
        }
        link.target = target;
    }
};

}  // namespace

void adapt_links(const std::string& from, const std::string& to, const std::map<std::string, std::string>& superseded,
                 std::vector<install_entry>& entries) {
    if (std::ranges::count(entries, entry_kind::link, &install_entry::kind) != 0) link_adapter(from, to, superseded, entries).run();
}

}  // namespace tool
