// SPDX-License-Identifier: BSL-1.0
//
// What the process that signs does for its key. A program of its own: it forks, and must have no threads when it does.
#include <modsig/sign/signer/ephemeral.hpp>

#include <doctest/doctest.h>

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <new>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace modsig;

namespace {

/// Something that child processes write and this one reads.
template <class T>
struct shared {
    T* is = static_cast<T*>(::mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    shared() { new (is) T{}; }
    shared(const shared&) = delete;
    shared& operator=(const shared&) = delete;
    ~shared() { ::munmap(is, sizeof(T)); }
};

/// In a child process; its exit status.
template <class Call>
int in_child(Call call) {
    const ::pid_t child = ::fork();
    if (child == 0) ::_exit(call());
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// Nobody who may lock what he likes, but some.
bool become_ordinary(std::size_t may_lock) {
    ::rlimit limit{};
    if (::getrlimit(RLIMIT_MEMLOCK, &limit) != 0 || limit.rlim_max < may_lock) return false;
    limit = {may_lock, may_lock};
    if (::setrlimit(RLIMIT_MEMLOCK, &limit) != 0) return false;
    return ::geteuid() != 0 || ::setresuid(65534, 65534, 65534) == 0;
}

/// Whether the mapping with this address in it is one of those whose flags in smaps have "lo" (proc(5)).
bool is_locked(const void* address) {
    const auto at = reinterpret_cast<std::uintptr_t>(address);
    std::ifstream smaps("/proc/self/smaps");
    bool here = false;
    for (std::string line; std::getline(smaps, line);) {
        unsigned long begin = 0, end = 0;
        if (std::sscanf(line.c_str(), "%lx-%lx ", &begin, &end) == 2) here = begin <= at && at < end;
        if (here && line.starts_with("VmFlags:")) return line.find(" lo ") != line.npos;
    }
    return false;
}

const sign::key_type& quick_type() { return *sign::find_key_type("ecdsa-p256"); }

}  // namespace

TEST_CASE("agent: its secrets are in locked pages where it may lock few, whenever Botan made them") {
    struct findings {
        bool ordinary = false, forked_locked = true, agent_locked = false, agent_undumpable = false;
    };
    const shared<findings> found;
    const sign::secret_bytes mine(64);
    REQUIRE(is_locked(mine.data()));
    const int status = in_child([&] {
        found.is->ordinary = become_ordinary(4 << 20);
        found.is->forked_locked = is_locked(mine.data());
        const auto agent = sign::ephemeral_key(quick_type(), {}, 1, [&](sign::private_key key) -> result<sign::private_key> {
            const sign::secret_bytes large(20'000);
            std::vector<std::uint8_t> in_a_thread;
            std::jthread([&] { in_a_thread.resize(5000); }).join();
            found.is->agent_locked = is_locked(key.pkcs8().data()) && is_locked(large.data()) && is_locked(in_a_thread.data()) && is_locked(&large);
            found.is->agent_undumpable = ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0;
            return key;
        });
        return agent.has_value() ? 0 : 1;
    });
    CHECK(status == 0);
    if (!found.is->ordinary) {
        MESSAGE("skipped: this process may not lock four mebibytes");
        return;
    }
    CHECK_FALSE(found.is->forked_locked);  // or what is checked next would prove nothing
    CHECK(found.is->agent_locked);
    CHECK(found.is->agent_undumpable);
}

TEST_CASE("agent: where everything may be locked, everything is") {
    struct findings {
        bool allowed = false, locked = false;
    };
    const shared<findings> found;
    in_child([&] {
        constexpr ::rlimit all{RLIM_INFINITY, RLIM_INFINITY};
        found.is->allowed = ::setrlimit(RLIMIT_MEMLOCK, &all) == 0;
        const auto agent = sign::ephemeral_key(quick_type(), {}, 1, [&](sign::private_key key) -> result<sign::private_key> {
            const int on_the_stack = 0;
            found.is->locked = is_locked(&on_the_stack);
            return key;
        });
        return 0;
    });
    if (!found.is->allowed) {
        MESSAGE("skipped: this process may not lock what it likes");
        return;
    }
    CHECK(found.is->locked);
}

TEST_CASE("agent: signs, gives no key that cannot be made, and says when it has gone") {
    const int status = in_child([] {
        const auto agent = sign::ephemeral_key(quick_type(), {}, 2);
        if (!agent) return 1;
        digest_value digest;
        digest.id = digest_id::sha256;
        if (!agent->sign({scheme_id::ecdsa, digest, {}})) return 2;
        const auto wrong = agent->sign({scheme_id::rsa_pkcs1_v15, digest, {}});
        if (wrong || wrong.error().code != errc::key_type_mismatch) return 3;
        const auto none = sign::agent::start(1, [](const os::hardened_process&) -> result<sign::agent_key<sign::private_key>> { return errc::bad_key; });
        if (none || none.error().code != errc::bad_key) return 4;
        const auto ends = sign::agent::start(1, [](const os::hardened_process&) -> result<sign::agent_key<sign::private_key>> { ::_exit(0); });
        if (ends || ends.error().code != errc::io_error) return 5;
        return 0;
    });
    CHECK(status == 0);
}
