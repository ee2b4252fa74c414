// SPDX-License-Identifier: BSL-1.0
//
// Packages as streams of their members: .deb (an ar archive with a compressed tar archive inside) and .rpm (a compressed cpio archive
// behind headers). libarchive reads them, in the programs' own memory: nothing is unpacked to disk, and of a package one piece and one
// member are held at a time. Only the formats and compressions that dpkg and rpm write are taken. Whatever is wrong with a package ends
// it with a fault; members that came before have been seen by then.
#ifndef MODSIG_TOOL_ARCHIVE_HPP
#define MODSIG_TOOL_ARCHIVE_HPP

#include <modsig/bytes.hpp>
#include <modsig/errc.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace tool {

struct package_member {
    enum class kind : std::uint8_t { file, link, special };  // folders are left out

    std::string name{};             // as the package has it, without a leading ./ or /
    kind is = kind::file;
    std::string link_target{};      // of a symbolic link, in the words of the package
    std::string same_as{};          // of a hard link: the member that is the same file; a file may have it as well as content
    modsig::byte_view content{};    // of a file; nothing else is valid after the call
    bool is_whole = true;           // otherwise the file is larger than the limit, and these are its last bytes
};

/// Why a package was not read to its end. `io_error` (broken, cut off, of another kind than its name says; with errno where the system
/// had one), `too_large` (beyond a limit).
struct package_fault {
    modsig::errc code{};
    std::string words{};
    int error = 0;  // errno
};

/// Returns how many bytes were made of a member's content: they count as the package's. May throw a package_fault, which ends the reading.
using member_visitor = std::function<std::uint64_t(const package_member&)>;

/// What a package may make of its bytes: `limit`, or so many times its own size.
inline constexpr std::uint64_t largest_expansion = 64;
inline constexpr std::size_t most_members = 1'000'000;

/// Calls visit(member) for every member that is no folder, in their order. `limit`: bytes of a member that are held, and see above.
[[nodiscard]] std::optional<package_fault> read_package(const std::string& path, std::uint64_t limit, const member_visitor& visit);

}  // namespace tool

#endif  // MODSIG_TOOL_ARCHIVE_HPP
