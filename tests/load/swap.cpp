// SPDX-License-Identifier: BSL-1.0
//
// An attacker changes the plugin's file while it is verified and loaded. Whatever is loaded was verified: malicious plugins
// leave a mark in the environment as soon as they are loaded, and return 666.
#include <modsig/load/plugin.hpp>

#include "plugins.hpp"

#include <atomic>
#include <chrono>
#include <thread>

#include <doctest/doctest.h>

using namespace modsig;
using namespace load_tests;
using load::sealed_file;

namespace {

constexpr const char* mark = "MODSIG_TEST_EVIL";

struct tally {
    int loaded = 0, refused = 0, unreadable = 0, wrong = 0;
};

/// Loads the file again and again until it is stopped.
void load_until(const std::atomic<bool>& stop, const std::string& path, std::atomic<int>& tries, tally& seen) {
    const digsig_verifier<policy::legacy> judge{vendor};
    for (; !stop.load(); ++tries) {
        auto file = sealed_file::open(path.c_str());
        if (!file) {
            // One that becomes longer or shorter while it is read is refused as such.
            ++(errno == ESTALE ? seen.refused : seen.unreadable);
            continue;
        }
        auto proof = judge.verify(*std::move(file));
        if (!proof) {
            ++seen.refused;
            continue;
        }
        const auto plugin = load::dlopen(*std::move(proof));
        auto* const announce = plugin ? plugin->symbol<int()>("announce") : nullptr;
        ++seen.loaded;
        if (announce == nullptr || announce() != 42 || std::getenv(mark) != nullptr) ++seen.wrong;
    }
}

/// The loader in this thread, the attacker in another: at least `steps` steps, and until the loader has tried often.
template <class Attack>
tally contest(const std::string& path, int steps, Attack step) {
    std::atomic<bool> stop{false};
    std::atomic<int> tries{0};
    std::thread attacker([&] {
        for (int i = 0; i < steps || tries.load() < 200; ++i) step(i);
        stop = true;
    });
    tally seen;
    load_until(stop, path, tries, seen);
    attacker.join();
    MESSAGE("loaded ", seen.loaded, ", refused ", seen.refused, ", unreadable ", seen.unreadable);
    return seen;
}

std::vector<bytes> contestants() {
    return {read_file(plugin_path("good")),     read_file(plugin_path("evil")),  read_file(plugin_path("good")),
            evil_with_stolen_signature(),       read_file(plugin_path("unknown_signer")), good_with_flipped_bit()};
}

}  // namespace

TEST_CASE("a malicious plugin that is loaded without verification announces itself, so that the tests below would see it") {
    REQUIRE(std::getenv(mark) == nullptr);
    void* handle = ::dlopen(plugin_path("evil").c_str(), RTLD_NOW | RTLD_LOCAL);
    REQUIRE(handle != nullptr);
    CHECK(std::getenv(mark) != nullptr);
    CHECK(reinterpret_cast<int (*)()>(::dlsym(handle, "announce"))() == 666);
    ::dlclose(handle);
    ::unsetenv(mark);
}

TEST_CASE("the attacker beats a loader that verifies a path and then loads the path") {
    const scratch_folder folder;
    write(folder.file("0"), read_file(plugin_path("good")));
    write(folder.file("1"), read_file(plugin_path("evil")));
    const std::string path = folder.file("plugin.so"), beside = folder.file("beside");
    std::filesystem::create_hard_link(folder.file("0"), path);

    std::atomic<bool> stop{false};
    std::thread attacker([&] {
        for (int i = 1; !stop.load(); ++i)
            if (::link(folder.file(std::to_string(i % 2)).c_str(), beside.c_str()) == 0) ::rename(beside.c_str(), path.c_str());
    });
    const digsig_verifier<policy::legacy> judge{vendor};
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (std::getenv(mark) == nullptr && std::chrono::steady_clock::now() < deadline) {
        auto file = sealed_file::open(path.c_str());
        if (!file || !judge.verify(*std::move(file))) continue;
        if (void* handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) ::dlclose(handle);
    }
    stop = true;
    attacker.join();
    CHECK(std::getenv(mark) != nullptr);
    ::unsetenv(mark);
}

TEST_CASE("an attacker who swaps the plugin's file 10,000 times never gets an unverified byte executed") {
    const scratch_folder folder;
    const auto files = contestants();
    for (std::size_t i = 0; i != files.size(); ++i) write(folder.file(std::to_string(i)), files[i]);
    const std::string path = folder.file("plugin.so"), beside = folder.file("beside");
    std::filesystem::create_hard_link(folder.file("0"), path);

    int failed = 0;
    const tally seen = contest(path, 10'000, [&](int i) {
        const std::string next = folder.file(std::to_string(static_cast<std::size_t>(i + 1) % files.size()));
        if (::link(next.c_str(), beside.c_str()) != 0 || ::rename(beside.c_str(), path.c_str()) != 0) ++failed;
    });
    CHECK(failed == 0);
    CHECK(seen.wrong == 0);
    CHECK(seen.unreadable == 0);
    CHECK(seen.loaded > 0);   // or nothing was tested
    CHECK(seen.refused > 0);
    CHECK(std::getenv(mark) == nullptr);
}

TEST_CASE("an attacker who writes to the plugin's file in place never gets an unverified byte executed") {
    const scratch_folder folder;
    const auto files = contestants();
    const std::string path = folder.file("plugin.so");
    write(path, files[0]);
    const os::descriptor out(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    REQUIRE(out.is_open());

    int failed = 0;
    const tally seen = contest(path, 2'000, [&](int i) {
        const byte_view next = files[static_cast<std::size_t>(i + 1) % files.size()];
        const std::size_t middle = next.size() / 2;
        const auto put = [&](std::size_t at, byte_view part) {
            if (::pwrite(out.get(), part.data(), part.size(), static_cast<off_t>(at)) != static_cast<ssize_t>(part.size())) ++failed;
        };
        if (i % 7 == 0 && ::ftruncate(out.get(), i % 2 == 0 ? 0 : 1'000) != 0) ++failed;
        put(middle, next.subspan(middle));
        put(0, next.first(middle));
        if (::ftruncate(out.get(), static_cast<off_t>(next.size())) != 0) ++failed;
        std::this_thread::yield();
    });
    CHECK(failed == 0);
    CHECK(seen.wrong == 0);
    CHECK(seen.unreadable == 0);
    CHECK(seen.loaded > 0);
    CHECK(seen.refused > 0);
    CHECK(std::getenv(mark) == nullptr);
}
