// SPDX-License-Identifier: BSL-1.0
#include <modsig/os/copy.hpp>

#include "../support/denied_calls.hpp"
#include "../support/scratch_folder.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>

#include <sys/syscall.h>

using namespace modsig;

namespace {

constexpr off_t hole = 32 << 20;

/// Bytes, a hole, bytes, a hole.
void write_holes(const std::string& path, const std::string& text) {
    std::ofstream file(path, std::ios::binary);
    file << text;
    file.seekp(hole);
    file << text;
    file.close();
    REQUIRE(::truncate(path.c_str(), 2 * hole) == 0);
}
bool copy(const std::string& from, const std::string& to) {
    const auto source = os::regular_file::open(from.c_str());
    const os::descriptor target(::open(to.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    return source && target.is_open() && os::copy_content(*source, target.get());
}
bool are_equal(const std::string& one, const std::string& other) {
    std::ifstream a(one, std::ios::binary), b(other, std::ios::binary);
    return std::equal(std::istreambuf_iterator<char>(a), {}, std::istreambuf_iterator<char>(b), {});
}
std::uint64_t room_of(const std::string& path) {
    struct ::stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return static_cast<std::uint64_t>(status.st_blocks) * 512;
}

}  // namespace

TEST_CASE("copies: every byte, and holes stay holes") {
    const scratch_folder folder;
    const std::string from = folder.file("from"), to = folder.file("to");
    for (const std::string& text : {std::string(), std::string("x"), std::string(300'000, 'y')}) {
        write_holes(from, text);
        CHECK(copy(from, to));
        CHECK(are_equal(from, to));
        CHECK(room_of(to) <= room_of(from) + 65536);
    }
    std::ofstream(from) << "short";
    CHECK(copy(from, to));
    CHECK(are_equal(from, to));
}

TEST_CASE("copies: without copy_file_range(2)") {
    const scratch_folder folder;
    const std::string from = folder.file("from"), to = folder.file("to");
    write_holes(from, std::string(300'000, 'y'));
    for (const int error : {EXDEV, EINVAL, ENOSYS, EOPNOTSUPP, EPERM}) {
        CHECK(holds_without({{SYS_copy_file_range, static_cast<unsigned>(error)}}, [&] { return copy(from, to); }));
        CHECK(are_equal(from, to));
    }
    CHECK(holds_without({{SYS_copy_file_range, EIO}}, [&] { return !copy(from, to) && errno == EIO; }));
}

TEST_CASE("copies: where copy_file_range(2) succeeds and copies nothing") {
    const scratch_folder folder;
    const std::string from = folder.file("from"), to = folder.file("to");
    std::ofstream(from) << "content";
    CHECK(holds_without({{SYS_copy_file_range, 0}}, [&] { return errno = 0, copy(from, to); }));
    CHECK(are_equal(from, to));
}

TEST_CASE("copies: a file that has become longer or shorter is refused") {
    const scratch_folder folder;
    const std::string from = folder.file("from");
    for (const off_t now : {0, 3, 9}) {
        std::ofstream(from) << "content";
        const auto source = os::regular_file::open(from.c_str());
        REQUIRE(source);
        REQUIRE(::truncate(from.c_str(), now) == 0);
        const os::descriptor target(::open(folder.file("to").c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
        CHECK_FALSE(os::copy_content(*source, target.get()));
        CHECK(errno == ESTALE);
    }
}
