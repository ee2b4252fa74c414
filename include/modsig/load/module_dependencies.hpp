// SPDX-License-Identifier: BSL-1.0
//
// The modules that must be loaded before another, in order.  Format: modules.dep(5), as depmod(8) writes it:
//     kernel/fs/ext4/ext4.ko: kernel/fs/jbd2/jbd2.ko kernel/fs/mbcache.ko kernel/lib/crc16.ko
// Paths begin at the folder of modules.dep. The last path of a line is loaded first. The file is not signed: it only names
// modules, and each of them is verified.
#ifndef MODSIG_LOAD_MODULE_DEPENDENCIES_HPP
#define MODSIG_LOAD_MODULE_DEPENDENCIES_HPP

#include <modsig/result.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace modsig::load {

/// `is_inside`: whether a path cannot leave its folder, links aside: it is relative, and no part of it is empty, `.` or `..`.
[[nodiscard]] constexpr bool is_inside(std::string_view path) {
    for (;;) {
        const std::size_t end = path.find('/');
        const std::string_view part = path.substr(0, end);
        if (part.empty() || part == "." || part == ".." || part.find('\0') != std::string_view::npos) return false;
        if (end == std::string_view::npos) return true;
        path.remove_prefix(end + 1);
    }
}

/// `module_stem` returns a file's name without `.ko` and what follows. The kernel's name of the module has underscores in the
/// place of hyphens (scripts/Makefile.lib, name-fix): compare with same_module_name().
[[nodiscard]] constexpr std::string_view module_stem(std::string_view path) {
    path.remove_prefix(path.rfind('/') + 1);  // npos + 1 is 0
    const std::size_t end = path.find(".ko");
    return path.substr(0, end);
}
/// Whether two names are one module's: the kernel has `_` for `-`.
[[nodiscard]] constexpr bool same_module_name(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i != a.size(); ++i)
        if ((a[i] == '-' ? '_' : a[i]) != (b[i] == '-' ? '_' : b[i])) return false;
    return true;
}

/// `is_listed`: whether a module is in the text of /proc/modules, whose lines begin with the names of modules.
[[nodiscard]] constexpr bool is_listed(std::string_view proc_modules, std::string_view path) {
    const std::string_view stem = module_stem(path);
    while (!proc_modules.empty()) {
        const std::string_view line = proc_modules.substr(0, proc_modules.find('\n'));
        if (same_module_name(line.substr(0, line.find(' ')), stem)) return true;
        proc_modules.remove_prefix(line.size() < proc_modules.size() ? line.size() + 1 : line.size());
    }
    return false;
}

/// Modules in the order of loading, the requested one last. Views alias the text and the requested path.
class load_order {
public:
    static constexpr std::size_t capacity = 256;  ///< no module of Debian has more than 25 dependencies

    /// In the order of loading.
    [[nodiscard]] constexpr std::span<const std::string_view> paths() const { return std::span(paths_).first(size_); }
    /// Whether a path is in the order already.
    [[nodiscard]] constexpr bool contains(std::string_view path) const {
        for (const std::string_view known : paths())
            if (known == path) return true;
        return false;
    }

private:
    friend class module_dependencies;
    std::array<std::string_view, capacity> paths_{};
    std::size_t size_ = 0;
};

/// `module_dependencies` reads a modules.dep in place; nothing is allocated. Views alias the text.
class module_dependencies {
    std::string_view text_;

    struct entry {
        std::string_view path{};
        std::string_view before{};  // its dependencies, separated by blanks
        std::uint64_t offset = 0;   // of the line
    };
    using entries = std::array<entry, load_order::capacity>;

public:
    /// Reads `text`, the content of modules.dep, which outlives this object.
    constexpr explicit module_dependencies(std::string_view text) : text_(text) {}

    /// `order_of` searches depth first, each line from right to left. Errors, at the offset of a line of the text:
    /// `missing_element` (no line for `path`, or for a path that the line names), `repeated_element` (two lines for one path),
    /// `bad_text` (a line without a colon, or a path that leads outside), `bad_structure` (a circle), `too_large` (more than
    /// load_order::capacity modules).
    [[nodiscard]] constexpr result<load_order> order_of(std::string_view path) const {
        load_order order;
        entries open{};  // each is a dependency of the one before it
        const auto first = find(path, 0);
        if (!first) return first.error();
        open[0] = *first;
        for (std::size_t depth = 1; depth != 0;) {
            entry& top = open[depth - 1];
            const std::string_view next = take_last_word(top.before);
            if (next.empty()) {
                order.paths_[order.size_++] = top.path;
                --depth;
                continue;
            }
            if (order.contains(next)) continue;
            for (std::size_t i = 0; i != depth; ++i)
                if (open[i].path == next) return failure{errc::bad_structure, top.offset};
            const auto found = find(next, top.offset);
            if (!found) return found.error();
            // Every open entry will be in the order, and none twice: this bounds both.
            if (order.size_ + depth == load_order::capacity) return failure{errc::too_large, top.offset};
            open[depth++] = *found;
        }
        return order;
    }

private:
    [[nodiscard]] static constexpr bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

    [[nodiscard]] static constexpr std::string_view take_last_word(std::string_view& words) {
        while (!words.empty() && is_blank(words.back())) words.remove_suffix(1);
        std::size_t begin = words.size();
        while (begin != 0 && !is_blank(words[begin - 1])) --begin;
        std::string_view last = words;
        last.remove_prefix(begin);
        words.remove_suffix(last.size());
        return last;
    }

    /// The only line for a path. `asked_at`: the offset of the line that names the path. All lines are read, since two lines
    /// for one path are an error.
    [[nodiscard]] constexpr result<entry> find(std::string_view path, std::uint64_t asked_at) const {
        if (!is_inside(path)) return failure{errc::bad_text, asked_at};
        std::optional<entry> found;
        for (std::size_t at = 0, end = 0; at < text_.size(); at = end + 1) {
            end = std::min(text_.find('\n', at), text_.size());
            std::string_view line(text_.data() + at, end - at);
            if (!line.starts_with(path)) continue;
            line.remove_prefix(path.size());
            if (line.empty() || is_blank(line.front())) return failure{errc::bad_text, at};
            if (line.front() != ':') continue;  // a longer path
            if (found) return failure{errc::repeated_element, at};
            line.remove_prefix(1);
            found = entry{path, line, at};
        }
        if (!found) return failure{errc::missing_element, asked_at};
        return *found;
    }
};

}  // namespace modsig::load

#endif  // MODSIG_LOAD_MODULE_DEPENDENCIES_HPP
