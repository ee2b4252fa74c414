// SPDX-License-Identifier: BSL-1.0
#include "tree.hpp"

#include "../found_files.hpp"
#include "../report.hpp"
#include "../text.hpp"
#include "staging.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

namespace tool {
namespace {

namespace fs = std::filesystem;

class tree_reader {
    const std::string& root_;
    modsig::compression compress_;
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
    void add(const std::string& path) {
        struct ::stat status {};
        const std::string whole = path_in(root_, path);
        if (::lstat(whole.c_str(), &status) != 0) return fault(whole, errno);
        const ::mode_t mode = status.st_mode & 0777;
        if (S_ISDIR(status.st_mode)) {
            entries_.push_back({path, path, entry_kind::folder, mode});
            return read(path);
        }
        if (S_ISLNK(status.st_mode)) entries_.push_back({path, path, entry_kind::link, mode});
        else if (!S_ISREG(status.st_mode)) complain(printable(whole) + ": left out: no file, folder or link");
        else if (is_module_or_plugin(path)) entries_.push_back({path, target_of(path), entry_kind::module, mode});
        else entries_.push_back({path, path, entry_kind::file, mode});
    }

public:
    tree_reader(const std::string& root, modsig::compression compress) : root_(root), compress_(compress) {}

    void read(const std::string& folder) {
        std::error_code fault_code;
        const std::string here = path_in(root_, folder);
        std::vector<std::string> names;
        fs::directory_iterator entry(here, fault_code);
        for (; !fault_code && entry != fs::directory_iterator(); entry.increment(fault_code))
            names.push_back(entry->path().filename().native());
        if (fault_code) return fault(here, fault_code.value());
        std::ranges::sort(names);
        for (const std::string& name : names)
            if (!is_staging_name(name)) add(folder.empty() ? name : folder + "/" + name);
    }
    [[nodiscard]] bool whole() const { return whole_; }
    [[nodiscard]] std::vector<install_entry>& entries() { return entries_; }
};

bool no_two_are_one(const std::string& from, const std::vector<install_entry>& entries) {
    std::map<std::string_view, std::string_view> made_of;
    bool distinct = true;
    for (const install_entry& each : entries) {
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
    const auto how = modsig::compression_of_name(path);
    return how == modsig::compression::none ? path : path.substr(0, path.size() - suffix_of(how).size());
}

std::string_view suffix_of(modsig::compression how) {
    switch (how) {
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

exit_status read_tree(const std::string& from, modsig::compression compress, std::vector<install_entry>& entries) {
    tree_reader reader(from, compress);
    reader.read("");
    if (!reader.whole()) return exit_status::unreadable;
    entries = std::move(reader.entries());
    if (!no_two_are_one(from, entries)) return exit_status::usage;
    if (std::ranges::count(entries, entry_kind::module, &install_entry::kind) != 0) return exit_status::good;
    complain(printable(from) + ": nothing to sign: no *.ko, *.ko.xz, *.ko.zst, *.ko.gz or *.so there");
    return exit_status::usage;
}

}  // namespace tool
