// SPDX-License-Identifier: BSL-1.0
#include <modsig/os/folder_watch.hpp>
#include <modsig/os/signals.hpp>
#include <modsig/os/wait.hpp>

#include "../support/scratch_folder.hpp"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

using namespace modsig;

TEST_CASE("folder watch: written, moved and deleted files are reported once, a new FIFO is not") {
    const scratch_folder folder;
    auto watch = os::folder_watch::begin();
    REQUIRE(watch);
    REQUIRE(watch->add(folder.path()));
    CHECK(watch->read().files.empty());
    CHECK_FALSE(os::wait_readable(std::array{watch->descriptor()}, os::steady_clock::now() + std::chrono::milliseconds(10)));
    std::ofstream(folder.file("one")) << "text";
    REQUIRE(::mkfifo(folder.file("fifo").c_str(), 0600) == 0);
    std::filesystem::create_symlink("one", folder.file("link"));
    std::filesystem::rename(folder.file("one"), folder.file("two"));
    CHECK(os::wait_readable(std::array{watch->descriptor()}, os::steady_clock::now() + std::chrono::seconds(5)));
    const auto news = watch->read();
    CHECK(news.files == std::set<std::filesystem::path>{folder.file("link"), folder.file("one"), folder.file("two")});
    CHECK_FALSE(news.folder_gone);
    CHECK_FALSE(watch->add(folder.file("two")));
}

TEST_CASE("folder watch: a deleted folder is reported") {
    const scratch_folder scratch;
    const std::string folder = scratch.file("folder");
    std::filesystem::create_directory(folder);
    auto watch = os::folder_watch::begin();
    REQUIRE(watch);
    REQUIRE(watch->add(folder));
    std::filesystem::remove(folder);
    CHECK(watch->read().folder_gone);
}

TEST_CASE("signals: a taken signal makes its descriptor readable and has no other effect") {
    std::thread([] {  // its mask is its own
        const auto taken = os::take_signals({SIGUSR1});
        REQUIRE(taken.is_open());
        const auto soon = [] { return os::steady_clock::now() + std::chrono::milliseconds(50); };
        CHECK_FALSE(os::wait_readable(std::array{taken.get()}, soon()));
        REQUIRE(::pthread_kill(::pthread_self(), SIGUSR1) == 0);
        CHECK(os::wait_readable(std::array{taken.get()}, soon()));
    }).join();
}
