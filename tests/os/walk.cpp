// SPDX-License-Identifier: BSL-1.0
#include <modsig/os/walk.hpp>

#include "../support/denied_calls.hpp"
#include "../support/scratch_folder.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <sys/resource.h>
#include <sys/wait.h>

using namespace modsig;
namespace fs = std::filesystem;

namespace {

std::vector<os::tree_entry> entries_of(const std::string& root) {
    std::vector<os::tree_entry> entries;
    os::walk(root, [&](os::tree_entry&& entry) { entries.push_back(std::move(entry)); });
    return entries;
}

}  // namespace

TEST_CASE("walk: every entry is visited, sorted, with its kind") {
    const scratch_folder folder;
    fs::create_directories(folder.path() / "b/inner");
    std::ofstream(folder.path() / "b/inner/file") << "x";
    std::ofstream(folder.path() / "a") << "x";
    fs::create_symlink("a", folder.path() / "c");
    fs::create_directory_symlink("b", folder.path() / "d");
    fs::create_symlink("nowhere", folder.path() / "e");
    REQUIRE(::mkfifo(folder.file("f").c_str(), 0600) == 0);
    fs::create_symlink("f", folder.path() / "g");
    const auto entries = entries_of(folder.path().string());
    using kind = os::entry_kind;
    const std::vector<std::pair<std::string, kind>> expected{{"a", kind::file}, {"b", kind::folder}, {"b/inner", kind::folder},
        {"b/inner/file", kind::file}, {"c", kind::file_link}, {"d", kind::folder_link}, {"e", kind::unreadable}, {"f", kind::other}, {"g", kind::other}};
    REQUIRE(entries.size() == expected.size());
    for (std::size_t i = 0; i != expected.size(); ++i) {
        CHECK(entries[i].path == folder.file(expected[i].first));
        CHECK(entries[i].kind == expected[i].second);
    }
    CHECK(entries[6].error == ENOENT);
}

TEST_CASE("walk: where the status is spared, a file and a folder are known by their folder") {
    const scratch_folder folder;
    fs::create_directories(folder.path() / "a");
    const std::string name(12, 'b');  // longer with the folder than what a string has without an allocation
    std::ofstream(folder.path() / name) << "x";
    fs::create_symlink(name, folder.path() / "c");
    std::vector<os::tree_entry> entries;
    os::walk(folder.path().string(), [&](os::tree_entry&& entry) { entries.push_back(std::move(entry)); }, os::entry_status::spared);
    REQUIRE(entries.size() == 3);
    CHECK(entries[0].kind == os::entry_kind::folder);
    CHECK(entries[0].status.st_mode == 0);
    CHECK(entries[1].kind == os::entry_kind::file);
    CHECK(entries[1].status.st_mode == 0);
    CHECK(entries[1].path == folder.file(name));
    CHECK(entries[1].path.capacity() == entries[1].path.size());
    CHECK(entries[2].kind == os::entry_kind::file_link);
    CHECK(S_ISREG(entries[2].status.st_mode));
}

TEST_CASE("walk: a folder may have descriptor 0") {
    const scratch_folder folder;
    std::ofstream(folder.path() / "a") << "x";
    CHECK(holds_without({}, [&] { 
        if (::close(0) != 0) return false;
        const auto entries = entries_of(folder.path().string());
        return entries.size() == 1 && entries[0].kind == os::entry_kind::file;
    }));
}

TEST_CASE("walk: every folder is closed") {
    const scratch_folder folder;
    fs::create_directories(folder.path() / "a/b");
    const auto open_files = [] { return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator()); };
    const auto before = open_files();
    CHECK(entries_of(folder.path().string()).size() == 2);
    CHECK(open_files() == before);
}

TEST_CASE("walk: an unreadable root is visited, and a link to a folder is a root") {
    const scratch_folder folder;
    std::ofstream(folder.path() / "a") << "x";
    fs::create_directory_symlink(folder.path(), folder.path() / "self");
    CHECK(entries_of(folder.file("self")).size() == 2);
    for (const auto& [root, error] : {std::pair{folder.file("none"), ENOENT}, {folder.file("a"), ENOTDIR}}) {
        const auto entries = entries_of(root);
        REQUIRE(entries.size() == 1);
        CHECK(entries[0].kind == os::entry_kind::unreadable);
        CHECK(entries[0].error == error);
        CHECK(entries[0].path == root);
    }
}

TEST_CASE("walk: an unreadable folder is visited, and so are the entries after it") {
    const scratch_folder folder;
    fs::create_directories(folder.path() / "a");
    std::ofstream(folder.path() / "b") << "x";
    REQUIRE(::chmod(folder.path().c_str(), 0755) == 0);
    REQUIRE(::chmod(folder.file("a").c_str(), 0) == 0);
    const ::pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        if (::geteuid() == 0 && ::setuid(65534) != 0) ::_exit(2);
        const auto entries = entries_of(folder.path().string());
        const bool good = entries.size() == 3 && entries[0].kind == os::entry_kind::folder && entries[1].kind == os::entry_kind::unreadable &&
                          entries[1].error == EACCES && entries[2].path == folder.file("b");
        ::_exit(good ? 0 : 1);
    }
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    REQUIRE(::chmod(folder.file("a").c_str(), 0700) == 0);
}

TEST_CASE("walk: a path beyond PATH_MAX is walked like any other") {
    const scratch_folder folder;
    const std::string name(250, 'n');
    os::descriptor here(::open(folder.path().c_str(), O_DIRECTORY | O_CLOEXEC));
    constexpr std::size_t depth = 20;
    for (std::size_t i = 0; i != depth; ++i) {
        REQUIRE(::mkdirat(here.get(), name.c_str(), 0700) == 0);
        here = os::descriptor(::openat(here.get(), name.c_str(), O_DIRECTORY | O_CLOEXEC));
    }
    os::descriptor(::openat(here.get(), "last.ko", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    const auto entries = entries_of(folder.path().string());
    REQUIRE(entries.size() == depth + 1);
    CHECK(entries.back().path.size() > 5000);
    CHECK(entries.back().path.ends_with("/last.ko"));
    CHECK(entries.back().kind == os::entry_kind::file);
}

TEST_CASE("walk: without free descriptors a folder is unreadable, never left out") {
    const scratch_folder folder;
    fs::create_directories(folder.path() / "a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a");
    const ::pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        constexpr ::rlimit few{12, 12};
        (void)::setrlimit(RLIMIT_NOFILE, &few);
        const auto entries = entries_of(folder.path().string());
        ::_exit(!entries.empty() && entries.back().kind == os::entry_kind::unreadable && entries.back().error == EMFILE ? 0 : 1);
    }
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
}

TEST_CASE("walk: entries have the same kind with and without their status") {
    const scratch_folder folder;
    fs::create_directories(folder.path() / "b/inner");
    std::ofstream(folder.path() / "b/inner/file") << "x";
    fs::create_symlink("b/inner/file", folder.path() / "c");
    fs::create_directory_symlink("b", folder.path() / "d");
    fs::create_symlink("nowhere", folder.path() / "e");
    REQUIRE(::mkfifo(folder.file("f").c_str(), 0600) == 0);
    const auto with = entries_of(folder.path().string());
    std::vector<os::tree_entry> without;
    os::walk(folder.path().string(), [&](os::tree_entry&& entry) { without.push_back(std::move(entry)); }, os::entry_status::spared);
    REQUIRE(without.size() == with.size());
    for (std::size_t i = 0; i != with.size(); ++i) {
        CHECK(without[i].path == with[i].path);
        CHECK(without[i].kind == with[i].kind);
        CHECK(without[i].error == with[i].error);
        CHECK(with[i].status.st_mode != 0);
    }
}

TEST_CASE("walk: folders that the caller declines are not entered") {
    const scratch_folder folder;
    fs::create_directories(folder.path() / "a/inner");
    fs::create_directories(folder.path() / "b/inner");
    std::size_t told = 0;
    os::walk(folder.path().string(), [&](os::tree_entry&&) { ++told; }, [](const os::tree_entry& entry) { return entry.path.ends_with("b"); });
    CHECK(told == 3);
}
