// SPDX-License-Identifier: BSL-1.0
#include <modsig/load/module_dependencies.hpp>

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

using namespace modsig;
using load::is_inside;
using load::is_listed;
using load::load_order;
using load::module_dependencies;

namespace {

using paths = std::vector<std::string_view>;

paths order(std::string_view text, std::string_view path) {
    const auto found = module_dependencies(text).order_of(path);
    REQUIRE(found);
    const auto all = found->paths();
    return {all.begin(), all.end()};
}
failure refusal(std::string_view text, std::string_view path) {
    const auto found = module_dependencies(text).order_of(path);
    REQUIRE(!found);
    return found.error();
}

/// 0.ko needs 1.ko, which needs 2.ko, and so on.
std::string chain(std::size_t length) {
    std::string text;
    for (std::size_t i = 0; i != length; ++i)
        text += std::to_string(i) + ".ko:" + (i + 1 == length ? "" : " " + std::to_string(i + 1) + ".ko") + "\n";
    return text;
}

// As depmod of Debian 12 has them.
constexpr std::string_view ext4 =
    "kernel/lib/crc16.ko:\n"
    "kernel/fs/mbcache.ko:\n"
    "kernel/fs/jbd2/jbd2.ko:\n"
    "kernel/fs/ext4/ext4.ko: kernel/lib/crc16.ko kernel/fs/mbcache.ko kernel/fs/jbd2/jbd2.ko\n";

constexpr bool works_at_compile_time() {
    const auto found = module_dependencies(ext4).order_of("kernel/fs/ext4/ext4.ko");
    return found && found->paths().size() == 4 && found->paths()[0] == "kernel/fs/jbd2/jbd2.ko" && found->paths()[3] == "kernel/fs/ext4/ext4.ko";
}
static_assert(works_at_compile_time());

}  // namespace

TEST_CASE("dependencies come before their module, the last of a line first") {
    CHECK(order(ext4, "kernel/fs/ext4/ext4.ko") == paths{"kernel/fs/jbd2/jbd2.ko", "kernel/fs/mbcache.ko", "kernel/lib/crc16.ko", "kernel/fs/ext4/ext4.ko"});
    CHECK(order(ext4, "kernel/lib/crc16.ko") == paths{"kernel/lib/crc16.ko"});
}

TEST_CASE("a dependency of two modules is loaded once, and deeper ones first") {
    CHECK(order("a: b c\nb: d\nc: d\nd: e\ne:\n", "a") == paths{"e", "d", "c", "b", "a"});
    CHECK(order("a: c b\nb: c\nc:", "a") == paths{"c", "b", "a"});
    CHECK(order("a: b b b\nb:\n", "a") == paths{"b", "a"});
}

TEST_CASE("other lines, blanks and line ends do not matter") {
    CHECK(order("\n\nno colon here\nab: x\na:\tb \r\nb:\r\n", "a") == paths{"b", "a"});
    CHECK(order("../x: y\na:", "a") == paths{"a"});
}

TEST_CASE("a path that begins with another path is not taken for it") {
    CHECK(order("a.ko.xz: b\na.ko:\n", "a.ko") == paths{"a.ko"});
    CHECK(order("x/a.ko: b\na.ko:\n", "a.ko") == paths{"a.ko"});
}

TEST_CASE("circles, missing lines, repeated lines and paths that lead outside are refused with their line") {
    const struct {
        std::string_view text, path;
        errc why;
        std::uint64_t offset;
    } cases[] = {
        {"a: a\n", "a", errc::bad_structure, 0},
        {"a: b\nb: c\nc: a\n", "a", errc::bad_structure, 10},
        {"a: b c\nb: c\nc: b\n", "a", errc::bad_structure, 7},
        {"", "a", errc::missing_element, 0},
        {"b:\n", "a", errc::missing_element, 0},
        {"b:\na: b c\n", "a", errc::missing_element, 3},
        {"a:\nb:\na: b\n", "a", errc::repeated_element, 6},
        {"a: b\nb:\nb:\n", "a", errc::repeated_element, 8},
        {"a\n", "a", errc::bad_text, 0},
        {"b:\na b\n", "a", errc::bad_text, 3},
        {"b:\na: ../b\n../b:\n", "a", errc::bad_text, 3},
        {"a: /lib/b\n/lib/b:\n", "a", errc::bad_text, 0},
        {"a: b/./c\nb/./c:\n", "a", errc::bad_text, 0},
        {"", "", errc::bad_text, 0},
        {"/a:\n", "/a", errc::bad_text, 0},
    };
    for (const auto& c : cases) {
        CAPTURE(c.text);
        const failure why = refusal(c.text, c.path);
        CHECK(why.code == c.why);
        CHECK(why.offset == c.offset);
    }
}

TEST_CASE("one module more than the capacity of an order is refused") {
    CHECK(order(chain(load_order::capacity), "0.ko").size() == load_order::capacity);
    CHECK(refusal(chain(load_order::capacity + 1), "0.ko").code == errc::too_large);

    std::string wide = "all:";
    for (std::size_t i = 1; i != load_order::capacity; ++i) wide += " " + std::to_string(i);
    std::string rest;
    for (std::size_t i = 1; i != load_order::capacity + 1; ++i) rest += std::to_string(i) + ":\n";
    CHECK(order(wide + "\n" + rest, "all").size() == load_order::capacity);
    CHECK(refusal(wide + " " + std::to_string(load_order::capacity) + "\n" + rest, "all").code == errc::too_large);
}

TEST_CASE("a million paths through few modules take bounded time") {
    std::string text;
    for (int i = 0; i != 60; ++i) {
        text += std::to_string(i) + ":";
        for (int j = i + 1; j != 60; ++j) text += " " + std::to_string(j);
        text += "\n";
    }
    const auto found = order(text, "0");
    CHECK(found.size() == 60);
    CHECK(found.front() == "59");
}

TEST_CASE("any text gives an order with every module behind its dependencies, or a refusal") {
    std::mt19937 random(7);
    int orders = 0, refusals = 0;
    for (int round = 0; round != 20'000; ++round) {
        std::string text;
        const auto size = random() % 60;
        for (unsigned i = 0; i != size; ++i) text += "abcd:: \n\n./\t"[random() % 12];
        const auto found = module_dependencies(text).order_of("a");
        if (!found) {
            ++refusals;
            CHECK(found.error().code != errc::too_large);
            CHECK(found.error().offset <= text.size());
            continue;
        }
        ++orders;
        const auto all = found->paths();
        REQUIRE(!all.empty());
        CHECK(all.back() == "a");
        for (std::size_t i = 0; i != all.size(); ++i) {
            const auto alone = module_dependencies(text).order_of(all[i]);
            REQUIRE(alone);
            for (const auto before : alone->paths()) CHECK(std::ranges::find(all.first(i + 1), before) != all.first(i + 1).end());
        }
    }
    MESSAGE(orders, " orders, ", refusals, " refusals");
    CHECK(orders > 100);
    CHECK(refusals > 100);
}

TEST_CASE("paths that leave the folder are recognised") {
    for (const std::string_view good : {"a", "kernel/a.ko", "a/..b", ".a", "a..", "updates/dkms/x-y.ko.xz"}) CHECK(is_inside(good));
    for (const std::string_view bad : {"", "/", "/a", "a/", "a//b", "..", "../a", "a/..", "a/../b", ".", "./a", "a/."}) CHECK(!is_inside(bad));
    CHECK(!is_inside(std::string_view("a\0b", 3)));
}

TEST_CASE("loaded modules are recognised by the names that the kernel gives them") {
    constexpr std::string_view modules = "crc_t10dif 16384 1 - Live 0x0000000000000000\next4 986 2 jbd2,x Live 0x0\n";
    CHECK(is_listed(modules, "kernel/lib/crc-t10dif.ko"));
    CHECK(is_listed(modules, "crc_t10dif.ko.xz"));
    CHECK(is_listed(modules, "kernel/fs/ext4/ext4.ko.zst"));
    for (const std::string_view absent : {"jbd2.ko", "ext.ko", "ext42.ko", "t10dif.ko", "ext4/x.ko", ""}) CHECK(!is_listed(modules, absent));
    CHECK(!is_listed("", "ext4.ko"));
    CHECK(is_listed("ext4", "ext4.ko"));
}
