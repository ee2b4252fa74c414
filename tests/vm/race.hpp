// SPDX-License-Identifier: BSL-1.0
//
// A writer against insmod, in a kernel that does not enforce signatures: what it loads without one taints it, so that an
// unverified module that gets through announces itself.
#ifndef MODSIG_TESTS_VM_RACE_HPP
#define MODSIG_TESTS_VM_RACE_HPP

#include "guest.hpp"
#include "manipulations.hpp"

#include <array>
#include <chrono>
#include <cstring>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

namespace guest {

using clock = std::chrono::steady_clock;
inline constexpr const char *raced = "/race/module.ko", *beside = "/race/beside.ko";

inline void write_file(const char* path, const bytes& content) {
    const modsig::os::descriptor out(::open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (::write(out.get(), content.data(), content.size()) != static_cast<ssize_t>(content.size())) std::abort();
}

/// In halves, so that there is always a moment at which the file is neither.
inline void overwrite(int fd, const bytes& next, bool by_mapping) {
    const std::size_t middle = next.size() / 2;
    if (by_mapping) {
        if (::ftruncate(fd, static_cast<off_t>(next.size())) != 0) return;
        void* const pages = ::mmap(nullptr, next.size(), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (pages == MAP_FAILED) return;
        auto* const to = static_cast<std::uint8_t*>(pages);
        std::memcpy(to + middle, next.data() + middle, next.size() - middle);
        ::sched_yield();
        std::memcpy(to, next.data(), middle);
        ::munmap(pages, next.size());
        return;
    }
    const auto put = [&](std::size_t at, std::size_t size) { return ::pwrite(fd, next.data() + at, size, static_cast<off_t>(at)) == static_cast<ssize_t>(size); };
    if (!put(middle, next.size() - middle)) std::abort();
    ::sched_yield();
    if (!put(0, middle) || ::ftruncate(fd, static_cast<off_t>(next.size())) != 0) std::abort();
}

/// Replaces, writes in place, maps and writes, cuts short. Every other file is genuine: whether it is read whole is chance.
[[noreturn]] inline void write_forever(const bytes& genuine, const std::vector<bytes>& others, bool only_replace) {
    for (std::size_t step = 0;; ++step) {
        const bytes& next = step % 2 == 0 ? genuine : others[step / 2 % others.size()];
        const std::size_t method = only_replace ? 0 : step / 2 % 4;
        if (method == 0) {
            write_file(beside, next);
            if (::rename(beside, raced) != 0) std::abort();
        } else {
            const modsig::os::descriptor file(::open(raced, O_RDWR | O_CLOEXEC));
            if (!file.is_open()) continue;  // the kernel is reading it (ETXTBSY)
            if (method == 3 && ::ftruncate(file.get(), step % 4 == 0 ? 0 : 1000) != 0) std::abort();
            overwrite(file.get(), next, method == 2);
        }
        ::sched_yield();
    }
}

/// The writer, for as long as this lives.
class writer {
    pid_t child_;

public:
    writer(const bytes& genuine, const std::vector<bytes>& others, bool only_replace) : child_((write_file(raced, genuine), ::fork())) {
        if (child_ == 0) write_forever(genuine, others, only_replace);
    }
    writer(const writer&) = delete;
    writer& operator=(const writer&) = delete;
    ~writer() {
        ::kill(child_, SIGKILL);
        ::waitpid(child_, nullptr, 0);
    }
    /// Whether it is still at work.
    [[nodiscard]] bool works() const { return ::waitpid(child_, nullptr, WNOHANG) == 0; }
};

struct outcome {
    int status = -1;         // exit status; 128 and the signal
    std::string said{};      // on standard error
};
inline outcome run_insmod(const char* module) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return {};
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(ends[1], STDERR_FILENO);
        ::execl("/insmod", "insmod", "--trust", kernel_certificates, module, nullptr);
        ::_exit(127);
    }
    ::close(ends[1]);
    outcome seen;
    std::array<char, 1024> piece{};
    for (ssize_t got; (got = ::read(ends[0], piece.data(), piece.size())) > 0;) seen.said.append(piece.data(), static_cast<std::size_t>(got));
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    seen.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return seen;
}

/// "E": loaded without a signature.
inline std::string taint_of(const std::string& name) { return text_of(("/sys/module/" + name + "/taint").c_str()); }
inline bool is_tainted() { return text_of("/proc/sys/kernel/tainted") != "0\n"; }

/// race  loaded  refused  unreadable  wrong: `wrong` counts an unverified module, anything that got as far as the kernel
/// and was refused there, and any other end.
inline void race(const std::string& name, const bytes& genuine, const std::vector<bytes>& others, int seconds) {
    int loaded = 0, refused = 0, unreadable = 0, wrong = 0;
    const bool tainted_before = is_tainted();
    std::string first_wrong = "-";
    {
        const writer attacker(genuine, others, false);
        for (const auto end = clock::now() + std::chrono::seconds(seconds); clock::now() < end;) {
            const outcome seen = run_insmod(raced);
            const bool kernel_refused = seen.said.find("but the kernel") != std::string::npos;
            bool good = true;
            if (seen.status == 0) {
                ++loaded;
                good = taint_of(name) == "\n" && remove_module(name.c_str()) == 0;
            } else if (!kernel_refused && (seen.status == 1 || seen.status == 3 || seen.status == 6)) {
                ++refused;
            } else if (!kernel_refused && seen.status == 7) {
                ++unreadable;
            } else {
                good = false;
            }
            if (good) continue;
            if (wrong++ == 0) first_wrong = std::to_string(seen.status) + " " + seen.said.substr(0, seen.said.find('\n'));
        }
        if (!attacker.works()) first_wrong = "the writer has ended", ++wrong;
    }
    if (tainted_before || is_tainted()) ++wrong;
    std::printf("race\t%d\t%d\t%d\t%d\t%s\n", loaded, refused, unreadable, wrong, first_wrong.c_str());
}

/// A loader that verifies a path and then loads the path is caught, so the writer is quick enough: how many tries that took.
inline void race_careless_loader(const std::string& name, const bytes& genuine, const std::vector<bytes>& others) {
    const writer attacker(genuine, others, true);
    int tries = 0, loaded = 0;
    bool caught = false;
    const auto end = clock::now() + std::chrono::seconds(60);
    for (; !caught && clock::now() < end; ++tries) {
        const auto file = sealed_file::open(raced);
        if (!file || !verify<modsig::policy::strict>(*file)) continue;
        const modsig::os::descriptor again(::open(raced, O_RDONLY | O_CLOEXEC));
        if (modsig::load::running_kernel::finit_module(again.get(), "", 0) != 0) continue;
        ++loaded;
        caught = taint_of(name) == "E\n";
        remove_module(name.c_str());
    }
    std::printf("careless\t%s\t%d\t%d\n", caught ? "caught" : "not caught", tries, loaded);
}

}  // namespace guest

#endif  // MODSIG_TESTS_VM_RACE_HPP
