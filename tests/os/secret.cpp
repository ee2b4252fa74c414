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

TEST_CASE("harden: where the limit can be raised, later memory is locked, too") {
    CHECK(status_of_child([] {
              constexpr ::rlimit all{RLIM_INFINITY, RLIM_INFINITY}, none{0, RLIM_INFINITY};
              if (::setrlimit(RLIMIT_MEMLOCK, &all) != 0 || ::setrlimit(RLIMIT_MEMLOCK, &none) != 0) return true;
              os::lock_memory();
              void* const page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
              return page != MAP_FAILED && flags_at(page).find(" lo ") != std::string::npos;
          }) == 0);
}

TEST_CASE("harden: of /proc/self/maps, private writable areas are read, and nothing else is misread") {
    const auto area = os::detail::writable_area("55d0c0e00000-55d0c0e21000 rw-p 00000000 00:00 0 [heap]");
    CHECK(area.begin == 0x55d0c0e00000);
    CHECK(area.size == 0x21000);
    for (const std::string_view line : {"", "x", "55d0", "55d0-", "55d0-x rw-p", "55d0-55e0 r--p 0", "55d0-55e0 rw-s 0", "x5 rw-p 0", "-55e0 rw-p 0"})
        CHECK_MESSAGE(os::detail::writable_area(line).size == 0, line);
}

TEST_CASE("harden: within a small limit, the present writable memory is locked, and a mebibyte more of the heap") {
    const int status = status_of_child([] {
        constexpr ::rlimit limit{0, 8 << 20};  // the first is raised
        if (::setrlimit(RLIMIT_MEMLOCK, &limit) != 0) return false;
        if (::geteuid() == 0 && ::setuid(65534) != 0) return false;
        void* const page = std::malloc(100);
        os::lock_memory();
#ifdef __GLIBC__
        if (flags_at(std::malloc(std::size_t{1} << 20)).find(" lo ") == std::string::npos) return false;
#endif
        return flags_at(page).find(" lo ") != std::string::npos;
    });
    CHECK(status == 0);
}
