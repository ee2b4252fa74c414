// SPDX-License-Identifier: BSL-1.0
#include <modsig/os/file.hpp>

#include "../support/denied_calls.hpp"
#include "../support/scratch_folder.hpp"
#include "../support/temporary_file.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <string>
#include <thread>

#include <pthread.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

using namespace modsig;

namespace {

int error_of(const char* path, os::links rule = os::links::followed) {
    errno = 0;
    const auto opened = os::regular_file::open(path, rule);
    const int error = errno;
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == errc::io_error);
    return error;
}

void make_socket(const std::string& path) {
    const os::descriptor listening(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ::sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(listening.get(), reinterpret_cast<const ::sockaddr*>(&address), sizeof address) == 0);
}

}  // namespace

TEST_CASE("file: anything but a regular file is refused without waiting") {
    const scratch_folder folder;
    const std::string fifo = folder.file("fifo"), socket = folder.file("socket"), link = folder.file("link");
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    make_socket(socket);
    REQUIRE(::symlink("fifo", link.c_str()) == 0);
    CHECK(error_of(fifo.c_str()) == EINVAL);
    CHECK(error_of(link.c_str()) == EINVAL);
    CHECK(error_of(socket.c_str()) == EINVAL);
    CHECK(error_of("/dev/zero") == EINVAL);
    CHECK(error_of("/dev/tty") == EINVAL);  // opening it would fail with ENXIO: it is not tried
    CHECK(error_of(folder.path().c_str()) == EISDIR);
    CHECK(error_of(folder.file("none").c_str()) == ENOENT);
    CHECK(error_of(nullptr) == EINVAL);
    CHECK(error_of(("/" + std::string(5000, 'a')).c_str()) == ENAMETOOLONG);
}

TEST_CASE("file: without /proc the path is opened again; any other fault is a fault") {
    const scratch_folder folder;
    const os::descriptor below(::open(folder.path().c_str(), O_DIRECTORY | O_CLOEXEC));
    os::descriptor(::openat(below.get(), "a", O_CREAT | O_RDWR | O_CLOEXEC, 0600));
    REQUIRE(::symlinkat("a", below.get(), "link") == 0);
    constexpr unsigned from_working_directory = 0xffffff00;  // bits of AT_FDCWD that no descriptor has
    for (const int error : {ENOENT, ENOTDIR, EACCES})
        CHECK(holds_without({{SYS_openat, static_cast<unsigned>(error), 0, from_working_directory}}, [&] {
            const auto is_opened = [&](const char* name, os::links rule) { return os::regular_file::open_at(below.get(), name, rule).has_value(); };
            return error == EACCES ? !is_opened("a", os::links::refused) && errno == EACCES
                                   : is_opened("a", os::links::refused) && is_opened("link", os::links::followed) && !is_opened("link", os::links::refused);
        }));
}

TEST_CASE("file: descriptor 0 is a descriptor like any other") {
    CHECK(holds_without({}, [] {
        ::close(0);
        {
            const os::descriptor zero(::open("/dev/null", O_RDONLY | O_CLOEXEC));
            if (zero.get() != 0 || !zero.is_open()) return false;
        }
        return ::fcntl(0, F_GETFD) == -1 && errno == EBADF;
    }));
}

TEST_CASE("file: a relative path begins in the working directory") {
    const scratch_folder folder;
    os::descriptor(::open(folder.file("a").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
    CHECK(holds_without({}, [&] { return ::chdir(folder.path().c_str()) == 0 && os::regular_file::open("a").has_value(); }));
}

TEST_CASE("file: a text for a path is never longer than its room, and always ends") {
    const auto size_of = [](std::size_t size) { return std::string_view(os::path_text().add(std::string(size, 'x')).c_str()).size(); };
    CHECK(size_of(319) == 319);
    CHECK(size_of(320) == 0);  // what does not fit is left out
    CHECK(size_of(321) == 0);
}

TEST_CASE("file: a call is repeated while signals interrupt it, and only then") {
    int calls = 0;
    CHECK(os::uninterrupted([&] { return errno = EINTR, ++calls == 3 ? 7 : -1; }) == 7);
    CHECK(calls == 3);
    for (const int error : {EINTR - 1, EINTR + 1, EAGAIN}) {
        calls = 0;
        CHECK(os::uninterrupted([&] { return errno = error, ++calls == 3 ? 7 : -1; }) == -1);
        CHECK(calls == 1);
    }
}

TEST_CASE("file: a link is followed or refused, as the caller says") {
    const scratch_folder folder;
    const temporary_file target("content");
    const std::string link = folder.file("link"), loop = folder.file("loop");
    REQUIRE(::symlink(target.path.c_str(), link.c_str()) == 0);
    REQUIRE(::symlink("loop", loop.c_str()) == 0);
    CHECK(os::regular_file::open(link.c_str()));
    CHECK(error_of(link.c_str(), os::links::refused) == ELOOP);
    CHECK(error_of(loop.c_str()) == ELOOP);
    CHECK(os::regular_file::open(target.path.c_str(), os::links::refused));
}

TEST_CASE("file: files of /proc and /sys are refused, since their size is not that of their content") {
    const auto file = os::read_file("/proc/self/maps", 1 << 20);
    REQUIRE_FALSE(file);
    CHECK(file.error().code == errc::io_error);
    CHECK(errno == ESTALE);
    CHECK_FALSE(os::read_file("/sys/kernel/mm/transparent_hugepage/enabled", 1 << 20));
}

TEST_CASE("file: read_kernel_text() reads files of /proc") {
    std::array<char, 4096> room{};
    const auto text = os::read_kernel_text("/proc/self/comm", room);
    REQUIRE(text);
    CHECK(text->size() > 1);
    CHECK(text->back() == '\n');
    const auto cut = os::read_kernel_text("/proc/self/maps", std::span(room).first(16));
    REQUIRE_FALSE(cut);
    CHECK(cut.error().code == errc::too_large);
}

TEST_CASE("file: a sparse file is refused by its size, without reading it") {
    const temporary_file file("");
    REQUIRE(::truncate(file.path.c_str(), ::off_t{1} << 40) == 0);
    const auto read = os::read_file(file.path.c_str(), 16 << 20);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == errc::too_large);
    CHECK(read.error().offset == 16 << 20);
}

TEST_CASE("file: a file that grows or shrinks after it was opened is refused") {
    const temporary_file file("content");
    const auto opened = os::regular_file::open(file.path.c_str());
    REQUIRE(opened);
    CHECK(opened->size() == 7);
    std::array<std::uint8_t, 7> room{};
    CHECK(opened->read_all(room));
    CHECK(room[6] == 't');
    for (const ::off_t size : {8, 6, 0}) {
        REQUIRE(::truncate(file.path.c_str(), size) == 0);
        const auto read = opened->read_all(room);
        REQUIRE_FALSE(read);
        CHECK(errno == ESTALE);
        CHECK(opened->read_at(room, 0).has_value() == (size == 8));
    }
}

TEST_CASE("file: an empty file and the last piece of a file are read") {
    const temporary_file empty(""), file("content");
    CHECK(os::read_file(empty.path.c_str(), 0)->empty());
    const auto opened = os::regular_file::open(file.path.c_str());
    std::array<std::uint8_t, 3> room{};
    REQUIRE(opened->read_at(room, 4));
    CHECK(std::string(room.begin(), room.end()) == "ent");
    CHECK_FALSE(opened->read_at(room, 5));
}

TEST_CASE("file: a file under another's lease is refused, not waited for") {
    const temporary_file file("content");
    const os::descriptor holder(::open(file.path.c_str(), O_RDWR | O_CLOEXEC));
    std::signal(SIGIO, SIG_IGN);
    REQUIRE(::fcntl(holder.get(), F_SETLEASE, F_WRLCK) == 0);
    CHECK(error_of(file.path.c_str()) == EAGAIN);
}

TEST_CASE("file: while a path is swapped constantly no FIFO is waited for, and no refused link is followed") {
    const scratch_folder folder;
    const std::string path = folder.file("path"), fifo = folder.file("fifo"), link = folder.file("other"), file = folder.file("file");
    const auto prepare = [&] {
        ::unlink(fifo.c_str()), ::unlink(link.c_str()), ::unlink(file.c_str());
        (void)::mkfifo(fifo.c_str(), 0600);
        (void)!::symlink("/etc/passwd", link.c_str());
        os::descriptor(::open(file.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
    };
    std::atomic<bool> stop{false};
    std::thread neighbour([&] {
        while (!stop) {
            prepare();
            for (const std::string& each : {fifo, link, file}) (void)::rename(each.c_str(), path.c_str());
        }
    });
    std::size_t opened = 0, refused = 0;
    for (int i = 0; i != 20000; ++i) {
        const auto one = os::regular_file::open(path.c_str(), os::links::refused);
        if (one) CHECK(one->size() == 0);  // /etc/passwd is not empty
        one ? ++opened : ++refused;
    }
    stop = true;
    neighbour.join();
    CHECK(opened != 0);
    CHECK(refused != 0);
}

TEST_CASE("file: a signal does not end reading or writing") {
    struct ::sigaction action {};
    action.sa_handler = [](int) {};  // without SA_RESTART
    REQUIRE(::sigaction(SIGUSR1, &action, nullptr) == 0);
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    const os::descriptor in(ends[0]), out(ends[1]);
    const std::vector<std::uint8_t> much(1 << 20, 'x');
    std::atomic<bool> written{false};
    std::thread writer([&] { written = os::write_all(out.get(), much); });
    std::vector<std::uint8_t> room(1 << 16);
    for (std::size_t size = 0; size != much.size();) {
        ::pthread_kill(writer.native_handle(), SIGUSR1);
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
        const ::ssize_t got = ::read(in.get(), room.data(), room.size());
        REQUIRE(got > 0);
        size += static_cast<std::size_t>(got);
    }
    writer.join();
    CHECK(written);
}

TEST_CASE("file: writing fails on a full disk, and where nothing is written") {
    const os::descriptor full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
    REQUIRE(full.is_open());
    const std::array<std::uint8_t, 3> bytes{};
    CHECK_FALSE(os::write_all(full.get(), bytes));
    CHECK(errno == ENOSPC);
    CHECK(holds_without({{SYS_write, 0}}, [&] { return !os::write_all(full.get(), bytes) && errno == EIO; }));  // it writes nothing
}
