// SPDX-License-Identifier: BSL-1.0
#ifndef MODSIG_TESTS_SUPPORT_SCRATCH_FOLDER_HPP
#define MODSIG_TESTS_SUPPORT_SCRATCH_FOLDER_HPP

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

#include <stdlib.h>

/// A folder of its own for each user; it goes when this goes.
class scratch_folder {
    std::filesystem::path path_;

public:
    scratch_folder() {
        std::string name = (std::filesystem::temp_directory_path() / "modsig-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) std::abort();
        path_ = name;
    }
    scratch_folder(const scratch_folder&) = delete;
    scratch_folder& operator=(const scratch_folder&) = delete;
    ~scratch_folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }
};

#endif  // MODSIG_TESTS_SUPPORT_SCRATCH_FOLDER_HPP
