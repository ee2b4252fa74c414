// SPDX-License-Identifier: BSL-1.0
#include <modsig/os/attributes.hpp>
#include <modsig/os/new_file.hpp>

#include "../support/denied_calls.hpp"
#include "../support/scratch_folder.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

using namespace modsig;

namespace {

constexpr std::uint8_t content[] = {'n', 'e', 'w'};

std::vector<std::string> names_in(const scratch_folder& folder) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) names.push_back(entry.path().filename().string());
    std::ranges::sort(names);
    return names;
}
std::string text_of(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}
void write_text(const std::string& path, const std::string& text) { std::ofstream(path) << text; }
unsigned mode_of(const std::string& path) {
    struct ::stat status {};
    REQUIRE(::lstat(path.c_str(), &status) == 0);
    return status.st_mode & 07777;
}
os::regular_file opened(const std::string& path) { return *os::regular_file::open(path.c_str(), os::links::refused); }

using names = std::vector<std::string>;

}  // namespace

TEST_CASE("new file: it has no name until it is whole, and then its mode") {
    const scratch_folder folder;
    const ::mode_t mask = ::umask(027);
    {
        auto file = os::new_file::at(folder.file("a"));
        REQUIRE(file);
        CHECK(file->is_private());
        CHECK(file->append(content));
        CHECK(names_in(folder).empty());
        CHECK(file->create());
    }
    ::umask(mask);
    CHECK(names_in(folder) == names{"a"});
    CHECK(text_of(folder.file("a")) == "new");
    CHECK(mode_of(folder.file("a")) == 0640);
}

TEST_CASE("new file: create() replaces nothing, not even a dangling link") {
    const scratch_folder folder;
    write_text(folder.file("a"), "old");
    REQUIRE(::symlink("nowhere", folder.file("b").c_str()) == 0);
    for (const char* name : {"a", "b"}) {
        auto file = os::new_file::at(folder.file(name));
        REQUIRE(file->append(content));
        CHECK_FALSE(file->create());
        CHECK(errno == EEXIST);
    }
    CHECK(names_in(folder) == names{"a", "b"});
    CHECK(text_of(folder.file("a")) == "old");
}

TEST_CASE("new file: an abandoned file leaves nothing") {
    const scratch_folder folder;
    write_text(folder.file("a"), "old");
    const auto other = opened("/etc/passwd");
    {
        auto file = os::new_file::at(folder.file("a"));
        REQUIRE(file->append(content));
        CHECK_FALSE(file->replace(&other));  // it has its temporary name by now
        CHECK(errno == ESTALE);
    }
    CHECK(names_in(folder) == names{"a"});
    CHECK(text_of(folder.file("a")) == "old");
}

TEST_CASE("new file: replace() replaces the expected file and no other") {
    const scratch_folder folder;
    const std::string path = folder.file("a"), elsewhere = folder.file("elsewhere");
    write_text(path, "old"), write_text(elsewhere, "root's");
    const auto read = opened(path);
    const auto attempt = [&] {
        auto file = os::new_file::at(path);
        REQUIRE(file->append(content));
        return file->replace(&read).has_value();
    };
    SUBCASE("the same") {
        REQUIRE(::chmod(path.c_str(), 0400) == 0);
        CHECK(attempt());
        CHECK(text_of(path) == "new");
    }
    SUBCASE("a link") {
        REQUIRE(::unlink(path.c_str()) == 0);
        REQUIRE(::symlink("elsewhere", path.c_str()) == 0);
        CHECK_FALSE(attempt());
    }
    SUBCASE("another file") {
        write_text(folder.file("b"), "other");
        REQUIRE(::rename(folder.file("b").c_str(), path.c_str()) == 0);
        CHECK_FALSE(attempt());
        CHECK(text_of(path) == "other");
    }
    SUBCASE("nothing") {
        REQUIRE(::unlink(path.c_str()) == 0);
        CHECK_FALSE(attempt());
    }
    CHECK(text_of(elsewhere) == "root's");
    CHECK(names_in(folder).size() <= 2);
}

TEST_CASE("new file: devices, FIFOs, sockets and folders are not replaced") {
    const scratch_folder folder;
    const std::string fifo = folder.file("fifo"), device = folder.file("device"), link = folder.file("link");
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    std::vector<std::string> special{fifo};
    if (::mknod(device.c_str(), S_IFCHR | 0600, ::makedev(1, 5)) == 0) special.push_back(device);  // root's
    REQUIRE(::symlink(fifo.c_str(), link.c_str()) == 0);
    const auto before = names_in(folder);
    for (const std::string& path : special) {
        struct ::stat old {}, now {};
        REQUIRE(::lstat(path.c_str(), &old) == 0);
        const auto written = os::write_file(path, {byte_view(content)});
        REQUIRE(!written);
        CHECK(written.error().linux_errno() == linux_error::einval);
        REQUIRE(::lstat(path.c_str(), &now) == 0);
        CHECK((now.st_ino == old.st_ino && now.st_mode == old.st_mode));
    }
    CHECK(names_in(folder) == before);
    CHECK(os::write_file(link, {byte_view(content)}));
    CHECK(text_of(link) == "new");
    CHECK(std::filesystem::is_fifo(fifo));
}

TEST_CASE("new file: another folder in the path changes nothing") {
    const scratch_folder folder;
    std::filesystem::create_directories(folder.path() / "in");
    std::filesystem::create_directories(folder.path() / "other");
    auto file = os::new_file::at(folder.file("in/a"));
    REQUIRE(file);
    std::filesystem::rename(folder.path() / "in", folder.path() / "was");
    std::filesystem::create_directory_symlink("other", folder.path() / "in");
    CHECK(file->create());
    CHECK(std::filesystem::exists(folder.path() / "was/a"));
    CHECK(std::filesystem::is_empty(folder.path() / "other"));
}

TEST_CASE("new file: a folder that may be written but not read gets a file") {
    const scratch_folder folder;
    REQUIRE(::chmod(folder.path().c_str(), 0333) == 0);
    CHECK(holds_without({}, [&] {
        if (::geteuid() == 0 && ::setuid(65534) != 0) return false;
        return os::write_file(folder.file("a"), {byte_view(content)}).has_value();
    }));
    REQUIRE(::chmod(folder.path().c_str(), 0700) == 0);
    CHECK(text_of(folder.file("a")) == "new");
}

TEST_CASE("new file: without random numbers there is no temporary name") {
    constexpr unsigned unnamed = O_TMPFILE & ~O_DIRECTORY;
    const scratch_folder folder;
    CHECK(holds_without({{SYS_openat, EOPNOTSUPP, 2, unnamed}, {SYS_getrandom, ENOSYS}}, [&] { return !os::new_file::at(folder.file("a")) && errno == ENOSYS; }));
    CHECK(names_in(folder).empty());
}

TEST_CASE("new file: impossible names and missing folders are refused") {
    const scratch_folder folder;
    const auto refused = [](const std::string& path, int error) {
        const auto file = os::new_file::at(path);
        CHECK_FALSE(file);
        CHECK(errno == error);
    };
    refused(folder.file(""), EISDIR);
    refused(folder.file("."), EISDIR);
    refused(folder.file(".."), EISDIR);
    refused("", EISDIR);
    refused(folder.file("none/a"), ENOENT);
    refused(folder.file(std::string(5000, 'a') + "/a"), ENAMETOOLONG);
}

TEST_CASE("new file: a name that is too long is refused, and nothing is left") {
    const scratch_folder folder;
    auto file = os::new_file::at(folder.file(std::string(300, 'a')));
    REQUIRE(file);
    CHECK_FALSE(file->create());
    CHECK(errno == ENAMETOOLONG);
    CHECK(names_in(folder).empty());
}

TEST_CASE("new file: a full disk leaves the old file") {
    const scratch_folder folder;
    write_text(folder.file("a"), "old");
    const ::pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        std::signal(SIGXFSZ, SIG_IGN);
        constexpr ::rlimit small{2, 2};
        (void)::setrlimit(RLIMIT_FSIZE, &small);
        auto file = os::new_file::at(folder.file("a"));
        ::_exit(file && !file->append(content) && errno == EFBIG ? 0 : 1);
    }
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    CHECK(names_in(folder) == names{"a"});
    CHECK(text_of(folder.file("a")) == "old");
}

TEST_CASE("new file: the result is the same on file systems without unnamed files, hard links or both") {
    constexpr unsigned unnamed = O_TMPFILE & ~O_DIRECTORY;
    const std::vector<std::vector<denied_call>> kinds{
        {{SYS_openat, EOPNOTSUPP, 2, unnamed}, {SYS_linkat, EPERM}},  // FAT
        {{SYS_openat, EISDIR, 2, unnamed}, {SYS_linkat, EPERM}, {SYS_renameat2, EINVAL}},
        {{SYS_openat, EOPNOTSUPP, 2, unnamed}, {SYS_renameat2, EINVAL}},  // NFS
        {{SYS_openat, EOPNOTSUPP, 2, unnamed}, {SYS_linkat, ENOSYS}, {SYS_renameat2, ENOSYS}},
        {{SYS_linkat, EPERM}},
        {{SYS_linkat, EOPNOTSUPP}, {SYS_renameat2, EINVAL}},
        {{SYS_linkat, EPERM}, {SYS_copy_file_range, EXDEV}},
    };
    for (std::size_t kind = 0; kind != kinds.size(); ++kind) {
        CAPTURE(kind);
        const scratch_folder folder;
        const std::string path = folder.file("key");
        const auto without = [&](auto call) { return holds_without(kinds[kind], call); };
        CHECK(without([&] { return os::write_file(path, {content, content}, os::private_file).has_value(); }));
        CHECK(names_in(folder) == names{"key"});
        CHECK(text_of(path) == "newnew");
        CHECK(mode_of(path) == 0600);
        // Nothing is replaced that is there, and nothing is left.
        CHECK(without([&] { return !os::write_file(path, {content}, os::private_file) && errno == EEXIST; }));
        CHECK(text_of(path) == "newnew");
        CHECK(without([&] { return os::write_file(path, {content}, {0644}).has_value(); }));
        CHECK(text_of(path) == "new");
        CHECK(mode_of(path) == 0644);
        CHECK(names_in(folder) == names{"key"});
    }
}

TEST_CASE("new file: under a temporary name only its owner may open it") {
    constexpr unsigned unnamed = O_TMPFILE & ~O_DIRECTORY;
    const scratch_folder folder;
    CHECK(holds_without({{SYS_openat, EOPNOTSUPP, 2, unnamed}, {SYS_linkat, EPERM}}, [&] {
        const auto file = os::new_file::at(folder.file("a"), 0666);
        const names there = names_in(folder);
        return file && file->is_private() && there.size() == 1 && there[0].starts_with(".a.") && mode_of(folder.file(there[0])) == 0600;
    }));
}

TEST_CASE("attributes: a file that replaces another takes them over") {
    const scratch_folder folder;
    const std::string path = folder.file("a");
    write_text(path, "old");
    REQUIRE(::chmod(path.c_str(), 0751) == 0);
    const bool has_attributes = ::setxattr(path.c_str(), "user.origin", "here", 4, 0) == 0;
    if (::geteuid() == 0) REQUIRE(::chown(path.c_str(), 1234, 2345) == 0);
    const auto old = os::regular_file::open(path.c_str());
    auto file = os::new_file::at(path);
    REQUIRE(file->append(content));
    const os::kept_attributes kept = os::take_attributes(file->descriptor(), old->descriptor(), old->status());
    file->set_mode(kept.mode);
    REQUIRE(file->replace(&*old));
    CHECK(kept.lost.empty());
    const auto now = os::regular_file::open(path.c_str());
    CHECK(now->identity() != old->identity());
    CHECK(now->status().st_uid == old->status().st_uid);
    CHECK(now->status().st_gid == old->status().st_gid);
    CHECK(mode_of(path) == 0751);
    const auto value = os::read_attribute(now->descriptor(), "user.origin");
    REQUIRE(value.has_value() == has_attributes);
    if (value) CHECK(std::string(value->begin(), value->end()) == "here");
}

TEST_CASE("attributes: one that is empty, one that is missing, and a fault are distinguished") {
    const scratch_folder folder;
    const std::string path = folder.file("a");
    write_text(path, "content");
    const auto file = opened(path);
    const auto missing = os::read_attribute(file.descriptor(), "user.none");
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code == errc::no_signature);
    const auto closed = os::read_attribute(-1, "user.none");
    REQUIRE_FALSE(closed);
    CHECK(closed.error().code == errc::io_error);
    CHECK(errno == EBADF);
    if (::setxattr(path.c_str(), "user.empty", "", 0, 0) != 0) return;
    errno = ENODATA;  // of an earlier call
    const auto empty = os::read_attribute(file.descriptor(), "user.empty");
    REQUIRE(empty);
    CHECK(empty->empty());
    CHECK(os::attribute_names(file.descriptor()) == names{"user.empty"});
    REQUIRE(os::write_attribute(file.descriptor(), "user.empty", content));
    CHECK(holds_without({{SYS_fgetxattr, EIO, 3, sizeof content}}, [&] {
        const auto read = os::read_attribute(file.descriptor(), "user.empty");
        return !read && read.error().code == errc::io_error && errno == EIO;
    }));
}

TEST_CASE("attributes: a user who may not keep owner and group gets no rights from them, and keeps the rest") {
    if (::geteuid() != 0) return;
    const scratch_folder folder;
    REQUIRE(::chmod(folder.path().c_str(), 0777) == 0);
    const std::string path = folder.file("a");
    write_text(path, "old");
    REQUIRE(::chmod(path.c_str(), 06775) == 0);
    const bool has_attributes = ::setxattr(path.c_str(), "user.origin", "here", 4, 0) == 0;
    CHECK(holds_without({}, [&] {
        if (::setgid(65534) != 0 || ::setuid(65534) != 0) return false;
        const auto old = os::regular_file::open(path.c_str());
        const auto file = os::new_file::at(path);
        if (!old || !file) return false;
        const os::kept_attributes kept = os::take_attributes(file->descriptor(), old->descriptor(), old->status());
        return kept.lost == names{"owner", "group"} && kept.mode == 0705 &&
               os::read_attribute(file->descriptor(), "user.origin").has_value() == has_attributes;
    }));
}

TEST_CASE("attributes: those that depend on the old content are lost") {
    const scratch_folder folder;
    const std::string path = folder.file("a");
    write_text(path, "old");
    if (::setxattr(path.c_str(), "security.ima", "\x04", 1, 0) != 0) return;  // root's
    const auto old = opened(path);
    const auto file = os::new_file::at(path);
    CHECK(os::take_attributes(file->descriptor(), old.descriptor(), old.status()).lost == names{"security.ima"});
    CHECK_FALSE(os::read_attribute(file->descriptor(), "security.ima"));
}
