// SPDX-License-Identifier: BSL-1.0
//
// The modules of a tree, read one after the other into one buffer: page faults and allocations are nobody's.
#ifndef MODSIG_BENCH_TREE_FILES_HPP
#define MODSIG_BENCH_TREE_FILES_HPP

#include "rounds.hpp"

#include <modsig/bytes.hpp>
#include <modsig/os/descriptor.hpp>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

namespace bench {

using bytes = std::vector<std::uint8_t>;

[[nodiscard]] inline bytes content_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

class tree {
    std::vector<std::string> paths_{};
    std::uint64_t total_size_ = 0;  // bytes
    mutable bytes buffer_{};

    /// What is in the file; nothing if it cannot be read whole.
    [[nodiscard]] modsig::byte_view read(const std::string& path) const {
        const modsig::os::descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        struct stat status {};
        if (::fstat(file.get(), &status) != 0 || static_cast<std::size_t>(status.st_size) > buffer_.size()) return {};
        const auto size = static_cast<std::size_t>(status.st_size);
        if (::read(file.get(), buffer_.data(), size) != status.st_size) return {};
        return modsig::byte_view(buffer_).first(size);
    }

public:
    explicit tree(const std::filesystem::path& folder, const char* extension = ".ko") {
        std::uint64_t largest = 0;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
            if (entry.path().extension() != extension) continue;
            paths_.push_back(entry.path().string());
            total_size_ += entry.file_size();
            largest = std::max<std::uint64_t>(largest, entry.file_size());
        }
        std::sort(paths_.begin(), paths_.end());
        buffer_.resize(largest);
    }

    [[nodiscard]] std::size_t size() const { return paths_.size(); }
    [[nodiscard]] std::uint64_t total_size() const { return total_size_; }
    [[nodiscard]] const std::vector<std::string>& paths() const { return paths_; }

    template <class Verifies>
    [[nodiscard]] std::size_t count_if(const Verifies& verifies) const {
        std::size_t count = 0;
        for (const std::string& path : paths_) count += verifies(read(path));
        return count;
    }
};

/// Copies of some modules with one bit of their content changed, gone when this is.
class damaged_copies {
    std::filesystem::path folder_;

public:
    damaged_copies(const tree& files, std::size_t count, const std::string& suffix = ".ko") {
        std::string name = (std::filesystem::temp_directory_path() / "modsig-bench-XXXXXX").string();
        must(::mkdtemp(name.data()) != nullptr);
        folder_ = name;
        for (std::size_t i = 0; i != std::min(count, files.size()); ++i) {
            const std::filesystem::path source = files.paths()[i * files.size() / count];
            bytes image = content_of(source);
            image[image.size() / 2] ^= 1;
            std::ofstream(folder_ / (std::to_string(i) + suffix), std::ios::binary)
                .write(reinterpret_cast<const char*>(image.data()), static_cast<std::streamsize>(image.size()));
        }
    }
    damaged_copies(const damaged_copies&) = delete;
    damaged_copies& operator=(const damaged_copies&) = delete;
    ~damaged_copies() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

    [[nodiscard]] tree files(const char* extension = ".ko") const { return tree(folder_, extension); }
};

}  // namespace bench

#endif  // MODSIG_BENCH_TREE_FILES_HPP
