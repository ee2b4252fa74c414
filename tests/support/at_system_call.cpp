// SPDX-License-Identifier: BSL-1.0
//
// Runs a program, follows the processes that it forks, and does something at one of their system calls, as each begins.
//   at_system_call count -- PROGRAM...             prints how many there are, of all processes together, from the first socketpair(2)
//                                                  on: what comes before is starting up
//   at_system_call kill N SIGNAL WHOM -- PROGRAM...  at the N-th of these sends SIGNAL to WHOM: caller, first (the program itself), all
//   at_system_call hold WHO CALL N -- PROGRAM...   at the N-th CALL (a name below) of WHO, first or child, prints the process ids of the program
//                                                  and of its children, all of them stopped, and goes on when standard input ends;
//                                                what the program prints goes to standard error
// With --no-unnamed-files in front of --, open(2) knows no O_TMPFILE. Exit status: the program's; 128 and the signal that ended it; 125 for
// what this program does not understand; 124 when the N-th call never came. Processes that outlive the program are waited for.
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace {

struct named_call { std::string_view name; long number; };
constexpr named_call named_calls[] = {{"exit_group", SYS_exit_group}, {"sendto", SYS_sendto}, {"recvfrom", SYS_recvfrom}, {"fsync", SYS_fsync}};

struct request {
    std::string_view what;
    unsigned long number = 0;
    int signal = 0;
    std::string_view whom;
    long call = -1;
};

[[noreturn]] void not_understood() {
    std::fputs("at_system_call: usage is at the head of its source\n", stderr);
    std::exit(125);
}

void refuse_unnamed_files() {
    constexpr std::uint32_t flags_offset = offsetof(seccomp_data, args) + 2 * sizeof(std::uint64_t), unnamed = O_TMPFILE & ~O_DIRECTORY;
    sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, flags_offset),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, unnamed, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EOPNOTSUPP),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog program{sizeof filter / sizeof filter[0], filter};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) ::_exit(125);
}

class tracer {
    request asked_;
    ::pid_t first_;
    std::map<::pid_t, unsigned long> processes_{};  // and threads; of a process the number of its calls that are asked for
    unsigned long count_ = 0;
    bool counting_ = false, done_ = false;
    int status_ = 125;

    void signal_whom(::pid_t caller) {
        for (const auto& [id, calls] : processes_)
            if (asked_.whom == "all" || id == (asked_.whom == "first" ? first_ : caller)) (void)::kill(id, asked_.signal);
        done_ = true;
    }
    /// The process that a thread belongs to.
    static ::pid_t process_of(::pid_t thread) {
        std::ifstream status("/proc/" + std::to_string(thread) + "/status");
        for (std::string line; std::getline(status, line);)
            if (line.starts_with("Tgid:")) return static_cast<::pid_t>(std::atoi(line.c_str() + 5));
        return thread;
    }
    void hold(::pid_t caller) {
        done_ = true;
        // The other processes stop too, wherever they are. Threads beside the caller may go on: whoever forks here has no others that matter.
        std::vector<::pid_t> others;
        for (const auto& [id, calls] : processes_)
            if (process_of(id) == id && id != process_of(caller)) others.push_back(id);
        for (const ::pid_t id : others) (void)::kill(id, SIGSTOP);
        for (const ::pid_t id : others) {
            int status = 0;
            (void)::waitpid(id, &status, __WALL);
        }
        std::printf("%d", static_cast<int>(first_));
        if (process_of(caller) != first_) std::printf(" %d", static_cast<int>(process_of(caller)));
        for (const ::pid_t id : others)
            if (id != first_) std::printf(" %d", static_cast<int>(id));
        std::puts("");
        std::fflush(stdout);
        char ignored = 0;
        while (::read(STDIN_FILENO, &ignored, 1) > 0) {
        }
        for (const ::pid_t id : others) (void)::ptrace(PTRACE_SYSCALL, id, 0, 0);  // its SIGSTOP, if it is still to come, is held back below
    }
    void begins(::pid_t caller, long call) {
        counting_ = counting_ || call == SYS_socketpair;
        if (counting_) ++count_;
        if (asked_.what == "kill" && !done_ && counting_ && count_ == asked_.number) signal_whom(caller);
        if (asked_.what != "hold" || done_ || call != asked_.call || (process_of(caller) == first_) != (asked_.whom == "first")) return;
        if (++processes_[process_of(caller)] == asked_.number) hold(caller);
    }

public:
    tracer(const request& asked, ::pid_t first) : asked_(asked), first_(first) { processes_[first]; }

    int run() {
        while (!processes_.empty()) {
            int status = 0;
            const ::pid_t id = ::waitpid(-1, &status, __WALL);
            if (id < 0) break;
            if (WIFEXITED(status) || WIFSIGNALED(status)) {
                if (id == first_) status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
                processes_.erase(id);
                continue;
            }
            (void)processes_[id];
            const int stop = WSTOPSIG(status);
            int deliver = 0;
            if (stop == (SIGTRAP | 0x80)) {
                __ptrace_syscall_info about{};
                if (::ptrace(PTRACE_GET_SYSCALL_INFO, id, sizeof about, &about) > 0 && about.op == PTRACE_SYSCALL_INFO_ENTRY)
                    begins(id, static_cast<long>(about.entry.nr));
            } else if (status >> 16 == 0 && stop != SIGSTOP && stop != SIGTRAP) {
                deliver = stop;
            }
            (void)::ptrace(PTRACE_SYSCALL, id, 0, deliver);
        }
        if (asked_.what == "count") std::printf("%lu\n", count_);
        return asked_.what == "count" || done_ ? status_ : 124;
    }
};

}  // namespace

int main(int argc, char** argv) {
    std::vector<std::string_view> words(argv + 1, argv + argc);
    std::size_t end = 0;
    bool no_unnamed = false;
    while (end != words.size() && words[end] != "--") ++end;
    if (end + 1 >= words.size()) not_understood();
    char** const program = argv + 1 + end + 1;
    words.resize(end);
    if (!words.empty() && words.back() == "--no-unnamed-files") no_unnamed = true, words.pop_back();
    if (words.empty()) not_understood();
    request asked;
    asked.what = words[0];
    const auto number = [](std::string_view word) { return std::strtoul(std::string(word).c_str(), nullptr, 10); };
    if (asked.what == "kill" && words.size() == 4) {
        asked.number = number(words[1]), asked.signal = static_cast<int>(number(words[2])), asked.whom = words[3];
    } else if (asked.what == "hold" && words.size() == 4) {
        asked.whom = words[1], asked.number = number(words[3]);
        for (const named_call& each : named_calls)
            if (each.name == words[2]) asked.call = each.number;
        if (asked.call < 0) not_understood();
    } else if (asked.what != "count" || words.size() != 1) {
        not_understood();
    }

    const ::pid_t first = ::fork();
    if (first < 0) return 125;
    if (first == 0) {
        (void)::setpgid(0, 0);
        for (const int each : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) (void)::signal(each, SIG_DFL);
        if (asked.what == "hold") (void)::dup2(STDERR_FILENO, STDOUT_FILENO);
        if (no_unnamed) refuse_unnamed_files();
        if (::ptrace(PTRACE_TRACEME, 0, 0, 0) != 0) ::_exit(125);
        (void)::raise(SIGSTOP);
        ::execv(program[0], program);
        ::_exit(125);
    }
    int status = 0;
    if (::waitpid(first, &status, __WALL) != first || !WIFSTOPPED(status)) return 125;
    constexpr long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
    if (::ptrace(PTRACE_SETOPTIONS, first, 0, options) != 0 || ::ptrace(PTRACE_SYSCALL, first, 0, 0) != 0) return 125;
    return tracer(asked, first).run();
}
