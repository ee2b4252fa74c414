// SPDX-License-Identifier: BSL-1.0
#include "kernel.hpp"

#include "image.hpp"

#include <modsig/keyring/files.hpp>
#include <modsig/keyring/kernel_image.hpp>
#include <modsig/os/file.hpp>

#include <array>
#include <string_view>

namespace tool {

bool is_kernel_image(const std::string& path) {
    using namespace std::string_view_literals;
    const auto file = modsig::os::regular_file::open(path.c_str());
    if (!file) return false;
    if (file->size() > modsig::keyring::max_key_file_size) return true;
    std::array<std::uint8_t, 0x10010> room{};
    const auto size = modsig::os::read_stream(file->descriptor(), room);
    if (!size) return false;
    const auto head = modsig::byte_view(room).first(*size);
    if (modsig::compression_of_magic(head) != modsig::compression::none) return true;

    struct row {
        std::uint64_t offset;
        std::string_view magic;
    };
    constexpr row rows[] = {
        {0, "\x7f" "ELF"sv}, {0, "MZ"sv}, {0x202, "HdrS"sv}, {56, "ARM\x64"sv}, {56, "RSC\x05"sv},
        {0x24, "\x18\x28\x6f\x01"sv},  // arm zImage
        {0x10008, "S390EP"sv},
    };
    for (const row& known : rows) {
        const auto found = modsig::slice(head, {known.offset, known.magic.size()});
        if (found && modsig::equal(*found, known.magic)) return true;
    }
    return false;
}

modsig::result<std::size_t> for_each_certificate_in_kernel(
    const std::string& path, const std::function<modsig::result<modsig::key_info>(modsig::byte_view)>& use,
    const std::function<void(std::size_t, const modsig::failure&)>& report) {
    image file;
    if (const auto read = file.read(path); !read) return read.error();
    return modsig::keyring::for_each_kernel_certificate(file.bytes(), use, report);
}

}  // namespace tool
