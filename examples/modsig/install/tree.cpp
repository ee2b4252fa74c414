// SPDX-License-Identifier: BSL-1.0
#include "tree.hpp"

#include "../found_files.hpp"
#include "../report.hpp"
#include "../text.hpp"
#include "links.hpp"
#include "staging.hpp"
#include "superseded.hpp"

#include <modsig/os/directory.hpp>
#include <modsig/os/walk.hpp>

#include <algorithm>
#include <cerrno>
#include <map>
#include <utility>

namespace tool {
namespace {

namespace os = modsig::os;

class tree_reader {
    const std::string& root_;
    modsig::compression compress_;
    os::directory folder_{};
    std::map<std::string, std::string> superseded_{};
    std::vector<install_entry> entries_{};
    bool whole_ = true;

    void fault(const std::string& path, int error) {
        errno = error;
        complain(path, modsig::errc::io_error);
        whole_ = false;
    }
    [[nodiscard]] std::string target_of(const std::string& path) const {
        const std::string plain(without_compression(path));
        return plain.ends_with(".ko") ? plain + std::string(suffix_of(compress_)) : plain;
    }
    void add(const os::tree_entry& found) {
        const std::string path = found.path.substr(root_.size() + (root_.ends_with('/') ? 0 : 1));
        if (superseded_.contains(path)) return;
        const ::mode_t mode = found.status.st_mode & 0777;
        using kind = os::entry_kind;
        if (found.kind == kind::folder) return entries_.push_back({path, path, entry_kind::folder, mode});
        if (found.kind == kind::file && is_module_or_plugin(path)) return entries_.push_back({path, target_of(path), entry_kind::module, mode});
        if (found.kind == kind::file) return entries_.push_back({path, path, entry_kind::file, mode});
        if (auto text = folder_.link_text(path)) {
            const bool dangles = found.kind == kind::unreadable;
            entries_.push_back({path, path, entry_kind::link, 0777, std::make_unique<install_link>(install_link{*std::move(text), dangles})});
            return;
        }
        if (found.kind == kind::other) complain(printable(found.path) + ": left out: no file, folder or link");
        else fault(found.path, found.kind == kind::unreadable ? found.error : errno);
    }

public:
    tree_reader(const std::string& root, modsig::compression compress) : root_(root), compress_(compress) {}

    void read() {
        auto opened = os::directory::open(root_);
        if (!opened) return fault(root_, errno);
        folder_ = *std::move(opened);
        superseded_ = superseded_entries(folder_);
        const auto is_ours = [](const os::tree_entry& entry) { return is_staging_name(std::string_view(entry.path).substr(entry.path.rfind('/') + 1)); };
        os::walk(
            root_,
            [&](os::tree_entry&& entry) {
                if (entry.path == root_) fault(root_, entry.error);
                else if (!is_ours(entry)) add(entry);
            },
            [&](const os::tree_entry& entry) { return !is_ours(entry); });
    }
    [[nodiscard]] bool whole() const { return whole_; }
    [[nodiscard]] std::vector<install_entry>& entries() { return entries_; }
    [[nodiscard]] const std::map<std::string, std::string>& superseded() const { return superseded_; }
};

bool no_two_are_one(const std::string& from, const std::vector<install_entry>& entries) {
    std::map<std::string_view, std::string_view> made_of;
    bool distinct = true;
    for (const install_entry& each : entries) {
        if (each.target.empty()) continue;
        const auto [other, is_new] = made_of.emplace(each.target, each.source);
        if (is_new) continue;
        complain(printable(path_in(from, std::string(other->second))) + " and " + printable(each.source) + " would both become " +
                 printable(each.target));
        distinct = false;
    }
    return distinct;
}

}  // namespace

std::string_view without_compression(std::string_view path) {
    const auto algorithm = modsig::compression_of_name(path);
    return algorithm == modsig::compression::none ? path : path.substr(0, path.size() - suffix_of(algorithm).size());
}

std::string_view suffix_of(modsig::compression algorithm) {
    switch (algorithm) {
        case modsig::compression::xz:
            return ".xz";
        case modsig::compression::zstd:
            return ".zst";
        case modsig::compression::gzip:
            return ".gz";
        default:
            return "";
    }
}

exit_status read_tree(const std::string& from, const std::string& to, modsig::compression compress, std::vector<install_entry>& entries) {
    tree_reader reader(from, compress);
    reader.read();
    if (!reader.whole()) return exit_status::unreadable;
    entries = std::move(reader.entries());
    adapt_links(from, to, reader.superseded(), entries);
    if (!no_two_are_one(from, entries)) return exit_status::usage;
    if (std::ranges::count(entries, entry_kind::module, &install_entry::kind) != 0) return exit_status::good;
    complain(printable(from) + ": nothing to sign: no *.ko, *.ko.xz, *.ko.zst, *.ko.gz or *.so there");
    return exit_status::usage;
}

}  // namespace tool
