// SPDX-License-Identifier: BSL-1.0
#ifndef MODSIG_TESTS_SUPPORT_TEMPORARY_FILE_HPP
#define MODSIG_TESTS_SUPPORT_TEMPORARY_FILE_HPP

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include <unistd.h>

/// A file of its own with this content, gone with the test.
struct temporary_file {
    std::filesystem::path path;

    explicit temporary_file(std::span<const std::uint8_t> content) : temporary_file(content.data(), content.size()) {}
    explicit temporary_file(std::string_view content) : temporary_file(content.data(), content.size()) {}
    temporary_file(const temporary_file&) = delete;
    temporary_file& operator=(const temporary_file&) = delete;
    ~temporary_file() { std::filesystem::remove(path); }

private:
    temporary_file(const void* content, std::size_t size) {
        std::string name = (std::filesystem::temp_directory_path() / "modsig-XXXXXX").string();
        const int fd = ::mkstemp(name.data());
        if (fd < 0 || ::write(fd, content, size) != static_cast<::ssize_t>(size)) std::abort();
        ::close(fd);
        path = name;
    }
};

#endif  // MODSIG_TESTS_SUPPORT_TEMPORARY_FILE_HPP
