// SPDX-License-Identifier: BSL-1.0
#include "kernel.hpp"

#include "image.hpp"

#include <modsig/keyring/files.hpp>
#include <modsig/keyring/kernel_image.hpp>

#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string_view>
#include <system_error>

namespace tool {

bool is_kernel_image(const std::string& path) {
    using namespace std::string_view_literals;
    std::error_code fault;
    if (!std::filesystem::is_regular_file(path, fault)) return false;
    if (std::filesystem::file_size(path, fault) > modsig::keyring::max_key_file_size && !fault) return true;
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"), std::fclose);
    if (!file) return false;
    std::array<std::uint8_t, 0x10010> room{};
    const auto head = modsig::byte_view(room).first(std::fread(room.data(), 1, room.size(), file.get()));
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
