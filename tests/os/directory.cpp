// SPDX-License-Identifier: BSL-1.0
#include <modsig/os/directory.hpp>

#include "../support/scratch_folder.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

using namespace modsig;
namespace fs = std::filesystem;

namespace {

os::directory opened(const std::string& path) {
    auto folder = os::directory::open(path);
    REQUIRE(folder);
    return *std::move(folder);
}
using names = std::vector<std::string>;

}  // namespace

TEST_CASE("directory: new entries have the requested mode, whatever the umask") {
    const scratch_folder scratch;
    const os::directory folder = opened(scratch.path().string());
    const ::mode_t mask = ::umask(077);
    CHECK(folder.create_folder("a", 0755));
    CHECK(folder.create_file("b"));
    CHECK(folder.create_link("c", "b"));
    ::umask(mask);
    CHECK_FALSE(folder.create_file("c"));  // a link, even to a file that is there
    CHECK(errno == EEXIST);
    CHECK(*folder.names() == names{"a", "b", "c"});
    CHECK((folder.status("a", os::links::refused)->mode & 07777) == 0755);
    CHECK((folder.status("b", os::links::refused)->mode & 07777) == 0600);
    CHECK(S_ISLNK(folder.status("c", os::links::refused)->mode));
    CHECK(S_ISREG(folder.status("c", os::links::followed)->mode));
    CHECK(*folder.link_text("c") == "b");
    CHECK_FALSE(folder.link_text("b"));
    CHECK(errno == EINVAL);
    const std::string text(3000, 'x');
    CHECK(folder.create_link("d", text));
    CHECK(*folder.link_text("d") == text);
}

TEST_CASE("directory: names are those of the opened folder, wherever it has been moved") {
    const scratch_folder scratch;
    fs::create_directories(scratch.path() / "here");
    fs::create_directories(scratch.path() / "other");
    const os::directory folder = opened(scratch.file("here"));
    fs::rename(scratch.path() / "here", scratch.path() / "there");
    fs::create_directory_symlink("other", scratch.path() / "here");
    CHECK(folder.create_file("a"));
    CHECK(folder.move("a", folder, "b"));
    CHECK(fs::exists(scratch.path() / "there/b"));
    CHECK(fs::is_empty(scratch.path() / "other"));
}

TEST_CASE("directory: an entry is removed with its content, and links are not followed") {
    const scratch_folder scratch;
    fs::create_directories(scratch.path() / "a/b/c");
    fs::create_directories(scratch.path() / "precious");
    std::ofstream(scratch.path() / "precious/file") << "x";
    std::ofstream(scratch.path() / "a/b/file") << "x";
    fs::create_directory_symlink(scratch.path() / "precious", scratch.path() / "a/link");
    const os::directory folder = opened(scratch.path().string());
    CHECK(folder.remove_all("a"));
    CHECK(*folder.names() == names{"precious"});
    CHECK(folder.create_file("a"));
    errno = EISDIR;  // of an earlier call
    CHECK(folder.remove_all("a"));
    CHECK(fs::exists(scratch.path() / "precious/file"));
    CHECK_FALSE(folder.remove_all("a"));
    CHECK(errno == ENOENT);
    CHECK_FALSE(folder.remove_folder("precious"));
    CHECK(errno == ENOTEMPTY);
}

TEST_CASE("directory: one process holds the lock") {
    const scratch_folder scratch;
    {
        const os::directory one = opened(scratch.path().string()), other = opened(scratch.path().string());
        CHECK(one.lock());
        CHECK_FALSE(other.lock());
        CHECK(errno == EWOULDBLOCK);
    }
    CHECK(opened(scratch.path().string()).lock());
}

TEST_CASE("directory: a private folder has a unique name") {
    const scratch_folder scratch;
    const os::directory folder = opened(scratch.path().string());
    const auto one = folder.create_private_folder("p."), other = folder.create_private_folder("p.");
    REQUIRE(one);
    REQUIRE(other);
    CHECK(*one != *other);
    CHECK(one->starts_with("p."));
    CHECK(one->size() == 2 + 8);
    CHECK((folder.status(*one, os::links::refused)->mode & 07777) == 0700);
    CHECK(folder.open_below(*one));
    CHECK(folder.create_link("link", *one));
    CHECK_FALSE(folder.open_below("link"));
}

TEST_CASE("directory: mounts are distinguished") {
    const os::directory root = opened("/");
    const auto here = root.status("", os::links::refused), proc = root.status("proc", os::links::refused), etc = root.status("etc", os::links::refused);
    REQUIRE(here);
    REQUIRE(proc);
    REQUIRE(etc);
    CHECK(here->mount == etc->mount);
    CHECK(here->mount != proc->mount);
    CHECK(here->modified > 0);
}
