// SPDX-License-Identifier: BSL-1.0
#include <modsig/os/harden.hpp>
#include <modsig/os/secret.hpp>

#include "../support/temporary_file.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <string>

#include <sys/wait.h>

using namespace modsig;

namespace {

/// The flags of the mapping that an address is in: VmFlags of /proc/self/smaps.
std::string flags_at(const void* address) {
    std::ifstream maps("/proc/self/smaps");
    bool inside = false;
    for (std::string line; std::getline(maps, line);) {
        std::uintptr_t begin = 0, end = 0;
        if (std::sscanf(line.c_str(), "%lx-%lx ", &begin, &end) == 2)
            inside = begin <= reinterpret_cast<std::uintptr_t>(address) && reinterpret_cast<std::uintptr_t>(address) < end;
        else if (inside && line.starts_with("VmFlags:")) return line + " ";
    }
    return {};
}

int status_of_child(bool (*good)()) {
    const ::pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) ::_exit(good() ? 0 : 1);
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return status;
}

}  // namespace

TEST_CASE("secret: pages are locked, in no dump and in no child process") {
    auto memory = os::secret_memory::of_size(5000);
    REQUIRE(memory);
    const std::string flags = flags_at(memory->bytes().data());
    CHECK(flags.find(" lo ") != std::string::npos);  // locked
    CHECK(flags.find(" dd ") != std::string::npos);  // not dumped
    CHECK(flags.find(" wf ") != std::string::npos);  // wiped on fork
    CHECK(flags_at(&flags).find(" dd ") == std::string::npos);
}

TEST_CASE("secret: a file is read whole into secret memory, and dropped bytes are wiped") {
    const temporary_file file("passphrase\n");
    auto memory = os::read_secret(file.path.c_str(), 100);
    REQUIRE(memory);
    CHECK(memory->text() == "passphrase\n");
    memory->shorten(4);
    CHECK(memory->text() == "pass");
    CHECK(memory->bytes().data()[4] == 0);
    const os::secret_memory moved = std::move(*memory);
    CHECK(moved.text() == "pass");
    CHECK(memory->bytes().empty());
    CHECK(os::read_secret(file.path.c_str(), 10).error().code == errc::too_large);
    CHECK_FALSE(os::read_secret("/dev/zero", 10));
}

TEST_CASE("harden: no core dump, no tracing, and locked memory") {
    CHECK(status_of_child([] {
              os::harden_process();
              ::rlimit core{1, 1};
              (void)::getrlimit(RLIMIT_CORE, &core);
              void* const page = std::malloc(100);
              return core.rlim_max == 0 && ::prctl(PR_GET_DUMPABLE) == 0 && flags_at(page).find(" lo ") != std::string::npos;
          }) == 0);
}

TEST_CASE("harden: within a small limit, the present writable memory is locked") {
    CHECK(status_of_child([] {
              constexpr ::rlimit limit{8 << 20, 8 << 20};
              if (::setrlimit(RLIMIT_MEMLOCK, &limit) != 0) return false;
              if (::geteuid() == 0 && ::setuid(65534) != 0) return false;
              void* const page = std::malloc(100);
              os::lock_memory();
              return flags_at(page).find(" lo ") != std::string::npos;
          }) == 0);
}
