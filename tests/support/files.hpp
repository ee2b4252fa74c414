// SPDX-License-Identifier: BSL-1.0
#ifndef MODSIG_TESTS_SUPPORT_FILES_HPP
#define MODSIG_TESTS_SUPPORT_FILES_HPP

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

/// What the build has put there: corpus/ and the like.
inline std::filesystem::path data_folder() {
    const char* folder = std::getenv("MODSIG_TEST_DATA");
    return folder != nullptr ? folder : "tests/data";
}

/// A file that is not there ends the test program: an empty one would make tests pass that looked at nothing.
inline std::vector<std::uint8_t> read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        std::fprintf(stderr, "cannot read %s; MODSIG_TEST_DATA names the folder of test data\n", path.c_str());
        std::exit(2);
    }
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

#endif  // MODSIG_TESTS_SUPPORT_FILES_HPP
