// SPDX-License-Identifier: BSL-1.0
#include "attributes.hpp"

#include "report.hpp"
#include "text.hpp"

#include <modsig/layout/attribute_text.hpp>
#include <modsig/layout/evm_data.hpp>
#include <modsig/layout/ima_header.hpp>
#include <modsig/os/attributes.hpp>
#include <modsig/os/file.hpp>
#include <modsig/os/new_file.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

namespace tool {
namespace {

using uuid = std::array<std::uint8_t, 16>;

/// By the names that udev gives devices.
std::optional<uuid> uuid_of_device(::dev_t device) {
    std::error_code fault;
    for (std::filesystem::directory_iterator entry("/dev/disk/by-uuid", fault); !fault && entry != std::filesystem::directory_iterator(); entry.increment(fault)) {
        struct ::stat status {};
        if (::stat(entry->path().c_str(), &status) != 0 || status.st_rdev != device) continue;
        std::string digits = entry->path().filename().native();
        std::erase(digits, '-');
        const auto bytes = parse_hex(digits);
        if (!bytes || bytes->size() != uuid{}.size()) return std::nullopt;
        uuid found{};
        std::ranges::copy(*bytes, found.begin());
        return found;
    }
    return std::nullopt;
}

}  // namespace

modsig::result<attribute_value> read_attribute(const std::string& path, const std::string& name) {
    const auto file = modsig::os::regular_file::open(path.c_str());
    if (!file) return file.error();
    return modsig::os::read_attribute(file->descriptor(), name.c_str());
}

namespace {
/// Complains; `path` is how the open file is called.
exit_status set_attribute(int file, const std::string& path, const std::string& name, modsig::byte_view value) {
    if (modsig::os::write_attribute(file, name.c_str(), value)) return exit_status::good;
    std::string why = std::strerror(errno);
    if (errno == ENOTSUP) why = "its file system has no attributes of security.*";
    else if (errno == EPERM) why = "only the administrator may set it";
    else if (errno == EACCES) why = "the kernel does not take such a signature";
    complain(printable(path) + ": " + name + " cannot be written: " + why + "; --sigfile writes a file instead");
    return exit_status::unreadable;
}

exit_status could_not_write(const std::string& path) {
    complain(path, modsig::errc::io_error);
    return exit_status::unreadable;
}
}  // namespace

exit_status write_attribute(const image& source, const std::string& name, modsig::byte_view value) {
    if (source.file() != nullptr) return set_attribute(source.file()->descriptor(), source.path(), name, value);
    complain(printable(source.path()) + ": it is no regular file, so it has no attributes");
    return exit_status::usage;
}

exit_status write_copy(const image& source, const std::string& destination, const std::string& name, modsig::byte_view value) {
    struct ::stat there {};
    errno = 0;
    if (::stat(destination.c_str(), &there) == 0 && !S_ISREG(there.st_mode)) {
        errno = S_ISDIR(there.st_mode) ? EISDIR : EINVAL;
        return could_not_write(destination);
    }
    auto copy = modsig::os::new_file::at(destination, source.file() != nullptr ? source.file()->status().st_mode & 0777 : 0666);
    if (!copy || !copy->append(source.stored())) return could_not_write(destination);
    if (const exit_status set = set_attribute(copy->descriptor(), destination, name, value); set != exit_status::good) return set;
    if (!copy->sync() || !copy->create_or_replace()) return could_not_write(destination);
    copy->sync_folder();
    return exit_status::good;
}

modsig::result<attribute_value> evm_metadata(const std::string& path, bool portable) {
    const auto file = modsig::os::regular_file::open(path.c_str());
    if (!file) return file.error();
    return evm_metadata(*file, portable);
}

modsig::result<attribute_value> evm_metadata(const modsig::os::regular_file& file, bool portable) {
    namespace layout = modsig::layout;
    const struct ::stat& status = file.status();
    std::vector<attribute_value> values;
    std::vector<layout::evm_attribute> attributes;
    values.reserve(layout::evm_attribute_names.size());  // attributes view them
    for (const std::string_view name : layout::evm_attribute_names) {
        auto value = modsig::os::read_attribute(file.descriptor(), std::string(name).c_str());
        if (!value && value.error().code == modsig::errc::no_signature) continue;
        if (!value) return value.error();
        values.push_back(*std::move(value));
        attributes.push_back({name, values.back()});
    }
    layout::evm_inode inode;
    inode.number = status.st_ino;
    inode.uid = status.st_uid;
    inode.gid = status.st_gid;
    inode.mode = static_cast<std::uint16_t>(status.st_mode);
    if (!portable) inode.generation = modsig::os::inode_generation(file.descriptor()).value_or(inode.generation);
    if (!portable) inode.file_system_uuid = uuid_of_device(status.st_dev);
    attribute_value room(layout::max_evm_data_size(attributes));
    constexpr layout::evm_machine here{sizeof(long) == 8, std::endian::native == std::endian::big};
    const auto made = layout::evm_data(attributes, inode, portable, room, here);
    if (!made) return made.error();
    room.resize(made->size());
    return room;
}

bool is_portable(modsig::byte_view value) {
    return !value.empty() && value[0] == static_cast<std::uint8_t>(modsig::layout::ima_type::portable);
}

modsig::result<attribute_value> signature_in(modsig::byte_view file, std::string_view name, std::string_view path) {
    namespace layout = modsig::layout;
    if (!layout::attribute_text::recognises(file)) return attribute_value(file.begin(), file.end());
    std::optional<layout::attribute_line> only, named;
    std::size_t count = 0;
    while (path.starts_with('/')) path.remove_prefix(1);  // getfattr leaves it off
    for (layout::attribute_text lines(file);;) {
        const auto line = lines.next();
        if (!line) return line.error();
        if (!line->has_value()) break;
        if (!modsig::equal((*line)->name, name)) continue;
        ++count;
        only = **line;
        attribute_value room((*line)->file.size());
        const auto about = layout::decode_file_name((*line)->file, room);
        if (about && modsig::equal(*about, path)) named = **line;
    }
    if (!named && count == 1) named = only;
    if (!named) return modsig::errc::missing_element;
    attribute_value value(named->max_decoded_size());
    const auto decoded = layout::decode_attribute(*named, value);
    if (!decoded) return decoded.error();
    value.resize(decoded->size());
    return value;
}

}  // namespace tool
