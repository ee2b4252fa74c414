// SPDX-License-Identifier: BSL-1.0
#include <modsig/os/mapping.hpp>

#include <modsig/os/file.hpp>

#include "../support/temporary_file.hpp"

#include <doctest/doctest.h>

#include <utility>

using namespace modsig;

TEST_CASE("mapping: anonymous memory grows, keeps what was written, and moves with its owner") {
    os::mapping memory;
    CHECK(memory.view().empty());
    REQUIRE(memory.resize(100));
    memory.data()[99] = 7;
    REQUIRE(memory.resize(std::size_t{1} << 20));
    CHECK(memory.data()[99] == 7);
    CHECK(memory.data()[100] == 0);
    const std::uint8_t* const place = memory.data();
    const os::mapping moved = std::move(memory);
    CHECK(moved.data() == place);
    CHECK(memory.view().empty());
    CHECK_FALSE(os::mapping().resize(std::size_t{1} << 62));
}

TEST_CASE("mapping: a file is mapped read-only, an empty file is an empty mapping") {
    const temporary_file file("content"), empty("");
    const auto opened = os::regular_file::open(file.path.c_str());
    const auto mapped = os::mapping::of_file(opened->descriptor(), 7);
    REQUIRE(mapped);
    CHECK(equal(mapped->view(), "content"));
    CHECK(os::mapping::of_file(-1, 0)->view().empty());
    CHECK_FALSE(os::mapping::of_file(-1, 1));
}
