// SPDX-License-Identifier: BSL-1.0
#include <modsig/os/writers.hpp>

#include "../support/scratch_folder.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>

using namespace modsig;

namespace {
std::string shared_place_of(const std::string& path) {
    const auto file = os::regular_file::open(path.c_str());
    REQUIRE(file);
    const auto place = os::shared_place(*file);
    return place ? *place : "failed";
}
}  // namespace

TEST_CASE("writers: only root and the caller may write to the file and the folders on the way to it") {
    const scratch_folder scratch;
    const std::string above = std::filesystem::canonical(scratch.path()).string() + "/above", folder = above + "/folder", path = folder + "/file";
    std::filesystem::create_directories(folder);
    std::ofstream(path) << "text";
    const auto set = [](const std::string& name, ::mode_t mode) { REQUIRE(::chmod(name.c_str(), mode) == 0); };
    set(path, 0644), set(folder, 0755), set(above, 0755);
    CHECK(shared_place_of(path) == "");
    for (const ::mode_t mode : {0664u, 0646u, 0666u}) {
        set(path, mode);
        CHECK(shared_place_of(path) == path);
    }
    set(path, 0644);
    for (const std::string& each : {folder, above}) {
        for (const ::mode_t mode : {0775u, 0757u, 0777u}) {
            set(each, mode);
            CHECK(shared_place_of(path) == each);
        }
        set(each, 01777);  // as /tmp: others cannot take away what is not theirs
        CHECK(shared_place_of(path) == "");
        set(each, 0755);
    }
    REQUIRE(::symlink(path.c_str(), scratch.file("link").c_str()) == 0);
    CHECK(shared_place_of(scratch.file("link")) == "");
    if (::geteuid() == 0) {
        REQUIRE(::chown(folder.c_str(), 65534, 65534) == 0);
        CHECK(shared_place_of(path) == folder);
    }
}

TEST_CASE("writers: a file that is no longer at its path is an error") {
    const scratch_folder scratch;
    const std::string path = scratch.file("file");
    std::ofstream(path) << "text";
    const auto file = os::regular_file::open(path.c_str());
    REQUIRE(file);
    REQUIRE(::unlink(path.c_str()) == 0);
    CHECK_FALSE(os::shared_place(*file));
    CHECK(errno == ESTALE);
    std::ofstream(path + " (deleted)") << "text";  // the path that the kernel now has for it
    CHECK_FALSE(os::shared_place(*file));
    CHECK(errno == ESTALE);
}
