// SPDX-License-Identifier: BSL-1.0
#include <modsig/load/sealed_file.hpp>

#include "plugins.hpp"

#include <cstddef>
#include <thread>

#include <doctest/doctest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

using namespace modsig;
using namespace load_tests;
using load::sealed_file;
using load::storage;

static_assert(!std::is_copy_constructible_v<sealed_file> && !std::is_copy_assignable_v<sealed_file>);
static_assert(!std::is_default_constructible_v<sealed_file>);
static_assert(std::is_nothrow_move_constructible_v<sealed_file> && std::is_nothrow_move_assignable_v<sealed_file>);
static_assert(std::is_convertible_v<const sealed_file&, byte_view>);
static_assert(!std::is_convertible_v<sealed_file, byte_view>, "a view of a temporary would dangle");

namespace {

bytes pattern(std::size_t size) {
    bytes data(size);
    for (std::size_t i = 0; i != size; ++i) data[i] = static_cast<std::uint8_t>(i * 7 + i / 251);
    return data;
}

int reopen_for_writing(int fd) { return ::open(os::fd_path(fd).c_str(), O_RDWR | O_CLOEXEC); }

std::ptrdiff_t open_descriptors() {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return std::distance(begin(all), end(all));
}

/// The memfd of a copy that is being made, as the same user finds it.
int find_memfd() {
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        std::error_code none;
        if (std::filesystem::read_symlink(entry, none).string().starts_with("/memfd:modsig")) return std::stoi(entry.path().filename());
    }
    return -1;
}

/// What `work` returns in a process of its own; -1 when that did not end by itself.
template <class Work>
int in_child(Work work) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(work());
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// From now on memfd_create(2) fails with this errno, as in an old kernel (ENOSYS) or under seccomp (EPERM).
bool forbid_memfd(unsigned error) {
    sock_filter program[] = {
        {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
        {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_memfd_create},
        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | error},
        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
    };
    const sock_fprog filter{static_cast<unsigned short>(std::size(program)), program};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

}  // namespace

TEST_CASE("a sealed file has the bytes that the file had when it was read") {
    const scratch_folder folder;
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{4096}, std::size_t{65536}, std::size_t{65537}, std::size_t{1000001}}) {
        const bytes data = pattern(size);
        write(folder.file("image"), data);
        for (const storage where : {storage::best, storage::sealed, storage::unlinked, storage::memory}) {
            auto file = sealed_file::open(folder.file("image").c_str(), sealed_file::default_limit, where);
            REQUIRE(file);
            write(folder.file("image"), bytes(size, 0xee));
            CHECK(equal(byte_view(*file), data));
            write(folder.file("image"), data);

            auto copy = sealed_file::copy_of(data, where);
            REQUIRE(copy);
            CHECK(equal(byte_view(*copy), data));
            CHECK(copy->kept_in() == (where == storage::best ? storage::sealed : where));
            CHECK(copy->is_sealed() == (where == storage::best || where == storage::sealed));
            CHECK((copy->descriptor() >= 0) == (where != storage::memory));
        }
    }
}

TEST_CASE("a sealed file cannot be written, not even when it is opened anew") {
    const bytes data = pattern(10000);
    auto file = sealed_file::copy_of(data);
    REQUIRE(file);
    REQUIRE(file->is_sealed());
    const int again = reopen_for_writing(file->descriptor());  // the owner may open it; that is no use
    for (const int fd : {file->descriptor(), again}) {
        if (fd < 0) continue;  // where even that is refused
        const auto refused = [](auto answer) { return answer == decltype(answer)(-1) && errno == EPERM; };
        CHECK(refused(::pwrite(fd, "x", 1, 0)));
        CHECK(refused(::pwrite(fd, "x", 1, 10000)));
        CHECK(refused(::ftruncate(fd, 0)));
        CHECK(refused(::ftruncate(fd, 20000)));
        CHECK(refused(::fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096)));
        CHECK(refused(::fallocate(fd, 0, 0, 20000)));
        CHECK(refused(::fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE)));
        void* mapped = ::mmap(nullptr, 10000, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        CHECK(mapped == MAP_FAILED);
        CHECK(errno == EPERM);
    }
    if (again >= 0) ::close(again);
    CHECK(::fcntl(file->descriptor(), F_GETFD) == FD_CLOEXEC);
    CHECK(equal(byte_view(*file), data));
}

TEST_CASE("changing a copy before it is sealed changes what is verified, or fails") {
    const bytes data = pattern(10000);
    const auto half_made = [&] {
        auto copy = load::detail::copy_in_progress::begin(storage::sealed);
        REQUIRE(copy);
        REQUIRE(copy->append(data));
        return copy;
    };
    {
        auto copy = half_made();
        const os::descriptor intruder(reopen_for_writing(find_memfd()));
        REQUIRE(::pwrite(intruder.get(), "!", 1, 5000) == 1);
        const auto made = std::move(*copy).finish();
        REQUIRE(made);
        CHECK(made->bytes.view()[5000] == '!');                  // this is what is verified
        CHECK(::pwrite(intruder.get(), "?", 1, 5000) == -1);  // and it stays
        CHECK(made->bytes.view()[5000] == '!');
    }
    for (const off_t size : {off_t{0}, off_t{5000}, off_t{20000}}) {
        auto copy = half_made();
        const os::descriptor intruder(reopen_for_writing(find_memfd()));
        REQUIRE(::ftruncate(intruder.get(), size) == 0);
        const auto made = std::move(*copy).finish();
        REQUIRE(!made);
        CHECK(made.error().code == errc::io_error);
    }
    {
        auto copy = half_made();
        const os::descriptor intruder(reopen_for_writing(find_memfd()));
        void* const window = ::mmap(nullptr, data.size(), PROT_READ | PROT_WRITE, MAP_SHARED, intruder.get(), 0);
        REQUIRE(window != MAP_FAILED);
        CHECK(!std::move(*copy).finish());
        ::munmap(window, data.size());
    }
}

TEST_CASE("an unlinked copy has no name, gets none, and is not open for writing") {
    auto file = sealed_file::copy_of(pattern(5000), storage::unlinked);
    REQUIRE(file);
    CHECK(!file->is_sealed());
    struct stat about{};
    REQUIRE(::fstat(file->descriptor(), &about) == 0);
    CHECK(about.st_nlink == 0);
    CHECK((about.st_mode & 0777) == S_IRUSR);
    CHECK((::fcntl(file->descriptor(), F_GETFL) & O_ACCMODE) == O_RDONLY);
    CHECK(::pwrite(file->descriptor(), "x", 1, 0) == -1);
    const scratch_folder folder;
    CHECK(::linkat(AT_FDCWD, os::fd_path(file->descriptor()).c_str(), AT_FDCWD, folder.file("name").c_str(), AT_SYMLINK_FOLLOW) == -1);
}

TEST_CASE("a copy in memory is read-only") {
    auto file = sealed_file::copy_of(pattern(5000), storage::memory);
    REQUIRE(file);
    CHECK(!file->is_sealed());
    CHECK(file->descriptor() == -1);
    auto* const first = const_cast<std::uint8_t*>(byte_view(*file).data());
    const os::descriptor zeros(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
    CHECK(::read(zeros.get(), first, 1) == -1);  // a write that the kernel would do for us
    CHECK(errno == EFAULT);
}

TEST_CASE("where memfds are missing a weaker copy is made, unless a sealed one is requested") {
    for (const unsigned error : {unsigned{ENOSYS}, unsigned{EPERM}}) {
        const int answer = in_child([&] {
            if (!forbid_memfd(error)) return 100;
            const bytes data = pattern(70000);
            auto best = sealed_file::copy_of(data);
            if (!best || !equal(byte_view(*best), data)) return 101;
            if (sealed_file::copy_of(data, storage::sealed)) return 102;
            return static_cast<int>(best->kept_in());
        });
        CHECK(answer == static_cast<int>(storage::unlinked));
    }
}

TEST_CASE("a noexec folder is skipped, before a plugin fails to load from it") {
    const auto is_noexec = [](const char* path) { return os::is_noexec(os::descriptor(::open(path, O_RDONLY | O_CLOEXEC)).get()); };
    CHECK_FALSE(is_noexec("/proc/self/exe"));
    CHECK(in_child([&] {
        if (::unshare(CLONE_NEWNS) != 0) return 0;  // root's
        if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 100;
        for (const char* folder : {"/tmp", "/var/tmp", "/dev/shm"})
            if (::mount("none", folder, "tmpfs", MS_NOEXEC, nullptr) != 0) return 101;
        if (!is_noexec("/tmp") || !forbid_memfd(ENOSYS)) return 102;
        const bytes data = pattern(70000);
        if (sealed_file::copy_of(data, storage::unlinked) || errno != EACCES) return 103;
        const auto best = sealed_file::copy_of(data);
        return best && best->kept_in() == storage::memory ? 0 : 104;
    }) == 0);
}

TEST_CASE("without free descriptors opening fails, and no weaker copy is made") {
    CHECK(in_child([] {
        const rlimit none{0, 0};
        if (::setrlimit(RLIMIT_NOFILE, &none) != 0) return 100;
        const auto file = sealed_file::copy_of(pattern(10));
        return file ? 101 : file.error().code == errc::io_error ? 0 : 102;
    }) == 0);
}

TEST_CASE("moving a sealed file leaves its bytes in place and the source empty") {
    auto made = sealed_file::copy_of(pattern(5000));
    REQUIRE(made);
    const std::uint8_t* const first = byte_view(*made).data();
    const int fd = made->descriptor();

    sealed_file moved = *std::move(made);
    CHECK(byte_view(moved).data() == first);
    CHECK(byte_view(moved).size() == 5000);
    CHECK(moved.descriptor() == fd);
    CHECK(byte_view(*made).empty());
    CHECK(made->descriptor() == -1);
    CHECK(!made->is_sealed());

    auto target = sealed_file::copy_of(pattern(100));
    REQUIRE(target);
    *target = std::move(moved);
    CHECK(byte_view(*target).data() == first);
    CHECK(byte_view(moved).empty());  // NOLINT: that is the question
    CHECK(moved.descriptor() == -1);
}

TEST_CASE("a file up to the limit is copied, a larger one is too_large") {
    const scratch_folder folder;
    write(folder.file("image"), pattern(70000));
    for (const std::uint64_t limit : {std::uint64_t{70000}, std::uint64_t{70001}, ~std::uint64_t{0}})
        CHECK(sealed_file::open(folder.file("image").c_str(), limit));
    for (const std::uint64_t limit : {std::uint64_t{0}, std::uint64_t{65536}, std::uint64_t{69999}}) {
        const auto file = sealed_file::open(folder.file("image").c_str(), limit);
        REQUIRE(!file);
        CHECK(file.error().code == errc::too_large);
        CHECK(file.error().offset == limit);
    }
}

TEST_CASE("anything but a regular file is refused without waiting") {
    const scratch_folder folder;
    REQUIRE(::mkfifo(folder.file("fifo").c_str(), 0600) == 0);
    for (const std::string& path : {folder.file("fifo"), std::string("/dev/null"), std::string("/dev/zero"), std::string("/tmp")}) {
        const auto file = sealed_file::open(path.c_str());
        REQUIRE(!file);
        CHECK(file.error().code == errc::io_error);
        CHECK(file.error().linux_errno() == linux_error::einval);
    }
}

TEST_CASE("a file that cannot be opened is an io_error with its errno") {
    const auto missing = sealed_file::open("/nonexistent");
    REQUIRE(!missing);
    CHECK(missing.error().code == errc::io_error);
    CHECK(missing.error().linux_errno() == linux_error::enoent);
    const auto nothing = sealed_file::open(nullptr);
    REQUIRE(!nothing);
    CHECK(nothing.error().linux_errno() == linux_error::einval);
    const auto closed = sealed_file::from_fd(-1);
    REQUIRE(!closed);
    CHECK(closed.error().linux_errno() == linux_error::eio);  // EBADF is none of linux_error's
}

TEST_CASE("files whose size is not that of their content are refused") {
    const auto file = sealed_file::open("/proc/self/status");
    REQUIRE(!file);
    CHECK(file.error().code == errc::io_error);
    CHECK(errno == ESTALE);
}

TEST_CASE("a descriptor is read from the beginning and keeps its position") {
    const scratch_folder folder;
    const bytes data = pattern(3000);
    write(folder.file("image"), data);
    const os::descriptor in(::open(folder.file("image").c_str(), O_RDONLY | O_CLOEXEC));
    REQUIRE(::lseek(in.get(), 1234, SEEK_SET) == 1234);
    const auto file = sealed_file::from_fd(in.get());
    REQUIRE(file);
    CHECK(equal(byte_view(*file), data));
    CHECK(::lseek(in.get(), 0, SEEK_CUR) == 1234);
}

TEST_CASE("no descriptor is left open, on success or failure") {
    const scratch_folder folder;
    write(folder.file("image"), pattern(70000));
    const auto before = open_descriptors();
    for (const storage where : {storage::sealed, storage::unlinked, storage::memory}) {
        (void)sealed_file::open(folder.file("image").c_str(), 1u << 20, where);
        (void)sealed_file::open(folder.file("image").c_str(), 1000, where);
        auto one = sealed_file::open(folder.file("image").c_str(), 1u << 20, where);
        auto two = sealed_file::open(folder.file("image").c_str(), 1u << 20, where);
        *one = *std::move(two);
    }
    (void)sealed_file::open("/dev/null");
    CHECK(open_descriptors() == before);
}
