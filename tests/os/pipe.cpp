// SPDX-License-Identifier: BSL-1.0
#include <modsig/os/pipe.hpp>

#include "../support/scratch_folder.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>

using namespace modsig;

namespace {

os::deadline soon() { return std::chrono::steady_clock::now() + std::chrono::seconds(10); }

struct ends {
    os::descriptor in, out;
    ends() {
        std::array<int, 2> both{};
        REQUIRE(::pipe2(both.data(), O_CLOEXEC) == 0);
        in = os::descriptor(both[0]), out = os::descriptor(both[1]);
    }
    void write(std::string_view text) const { REQUIRE(::write(out.get(), text.data(), text.size()) == static_cast<::ssize_t>(text.size())); }
};

}  // namespace

TEST_CASE("pipe: own descriptors are recognised by the text of the path") {
    CHECK(os::own_descriptor("/dev/fd/63") == 63);
    CHECK(os::own_descriptor("/proc/self/fd/0") == 0);
    CHECK(os::own_descriptor("/dev/stdin") == 0);
    for (const char* other : {"/dev/fd/", "/dev/fd/-1", "/dev/fd/1/x", "/dev/fd/01x", "/proc/1/fd/0", "fd/3", "-", "", "/dev/fd/99999999999"})
        CHECK_FALSE(os::own_descriptor(other));
}

TEST_CASE("pipe: a pipe is read to its end") {
    ends pipe;
    CHECK(os::is_pipe(pipe.in.get()));
    CHECK_FALSE(os::is_pipe(-1));
    pipe.write("one ");
    pipe.write("two");
    pipe.out = {};
    const auto bytes = os::read_pipe(pipe.in.get(), 7, soon());
    REQUIRE(bytes);
    CHECK(std::string(bytes->begin(), bytes->end()) == "one two");
}

TEST_CASE("pipe: more than the limit is too_large") {
    ends pipe;
    pipe.write("12345678");
    pipe.out = {};
    const auto bytes = os::read_pipe(pipe.in.get(), 7, soon());
    REQUIRE_FALSE(bytes);
    CHECK(bytes.error().code == errc::too_large);
}

TEST_CASE("pipe: a writer that never ends is not waited for beyond the deadline") {
    const ends pipe;
    pipe.write("some");
    const auto begun = std::chrono::steady_clock::now();
    const auto bytes = os::read_pipe(pipe.in.get(), 100, std::chrono::steady_clock::now() + std::chrono::milliseconds(50));
    REQUIRE_FALSE(bytes);
    CHECK(errno == ETIMEDOUT);
    CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(5));
}

TEST_CASE("pipe: an input is a regular file or an own pipe, but no FIFO with a name") {
    ends pipe;
    pipe.write("key");
    const std::string path = "/dev/fd/" + std::to_string(pipe.in.get());
    CHECK_FALSE(os::read_input(path.c_str(), 100, std::chrono::milliseconds(50)));
    CHECK(errno == ETIMEDOUT);
    pipe = ends();
    pipe.write("key");
    pipe.out = {};
    const auto bytes = os::read_input(("/dev/fd/" + std::to_string(pipe.in.get())).c_str(), 100);
    REQUIRE(bytes);
    CHECK(bytes->size() == 3);
    const scratch_folder folder;
    REQUIRE(::mkfifo(folder.file("fifo").c_str(), 0600) == 0);
    CHECK_FALSE(os::read_input(folder.file("fifo").c_str(), 100));
    CHECK(errno == EINVAL);
}
