// SPDX-License-Identifier: BSL-1.0
//
// Runs a program with a fault in it: one of its system calls fails, or is the last that its process makes. Calls are counted
// from 0, those of all its processes and threads together, in the order in which they begin.
//   fault list -- PROGRAM...            writes the numbers of the calls (asm/unistd.h), one a line
//   fault fail N ROUND -- PROGRAM...    the N-th call fails, with an errno that fits it: another one each round, as long as there are some
//   fault kill N -- PROGRAM...          who makes the N-th call is killed (SIGKILL) before it is made
// The list, or what was failed and how ("openat EMFILE"), goes to the file that the environment's FAULT_REPORT names. Exit status: the program's;
// 128 and the signal that ended it; 125 for what is not understood; 124 where the N-th call cannot fail so. All that the
// program has started has ended then.
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <string>
#include <string_view>

namespace {

struct faults_of_call {
    long call;
    const char* name;
    int errors[3];  // 0: no more
};

// What open(2) and the others may answer on a machine that is short of something. EINTR only where a signal may come.
constexpr faults_of_call table[] = {
    {SYS_openat, "openat", {EMFILE, ENOMEM, EIO}},   {SYS_read, "read", {EIO, EINTR}},
    {SYS_pread64, "pread64", {EIO, EINTR}},          {SYS_preadv, "preadv", {EIO, EINTR}},
    {SYS_write, "write", {ENOSPC, EINTR, EIO}},      {SYS_pwrite64, "pwrite64", {ENOSPC, EINTR}},
    {SYS_writev, "writev", {ENOSPC, EINTR}},         {SYS_copy_file_range, "copy_file_range", {ENOSPC, EIO}},
    {SYS_sendfile, "sendfile", {ENOSPC, EINTR}},     {SYS_fsync, "fsync", {EIO, ENOSPC}},
    {SYS_fdatasync, "fdatasync", {EIO, ENOSPC}},     {SYS_ftruncate, "ftruncate", {ENOSPC, EIO}},
    {SYS_linkat, "linkat", {ENOSPC, EIO}},           {SYS_rename, "rename", {ENOSPC, EIO}},
    {SYS_renameat, "renameat", {ENOSPC, EIO}},       {SYS_renameat2, "renameat2", {ENOSPC, EIO}},
    {SYS_symlinkat, "symlinkat", {ENOSPC, EIO}},     {SYS_mkdirat, "mkdirat", {ENOSPC, EIO}},
    {SYS_mkdir, "mkdir", {ENOSPC, EIO}},             {SYS_unlinkat, "unlinkat", {EIO}},
    {SYS_fstat, "fstat", {EIO}},                     {SYS_newfstatat, "newfstatat", {EIO, ENOMEM}},
    {SYS_statx, "statx", {EIO}},                     {SYS_getdents64, "getdents64", {EIO}},
    {SYS_fchmod, "fchmod", {EIO}},                   {SYS_fchown, "fchown", {EPERM}},
    {SYS_utimensat, "utimensat", {EIO}},             {SYS_fsetxattr, "fsetxattr", {ENOSPC}},
    {SYS_mmap, "mmap", {ENOMEM}},                    {SYS_mremap, "mremap", {ENOMEM}},
    {SYS_mprotect, "mprotect", {ENOMEM}},            {SYS_mlock, "mlock", {ENOMEM}},
    {SYS_memfd_create, "memfd_create", {EMFILE}},    {SYS_pipe2, "pipe2", {EMFILE}},
    {SYS_socketpair, "socketpair", {EMFILE}},        {SYS_sendto, "sendto", {EINTR, EPIPE}},
    {SYS_recvfrom, "recvfrom", {EINTR, EIO}},        {SYS_poll, "poll", {EINTR, ENOMEM}},
    {SYS_clone, "clone", {EAGAIN, ENOMEM}},          {SYS_clone3, "clone3", {EAGAIN, ENOMEM}},
    {SYS_wait4, "wait4", {EINTR}},                   {SYS_waitid, "waitid", {EINTR}},
    {SYS_getrandom, "getrandom", {EINTR}},           {SYS_fcntl, "fcntl", {EMFILE}},
    {SYS_lseek, "lseek", {EIO}},                     {SYS_execve, "execve", {ENOMEM, EIO}},
};

const faults_of_call* find_faults(long call) {
    for (const faults_of_call& each : table)
        if (each.call == call) return &each;
    return nullptr;
}

[[noreturn]] void not_understood() {
    std::fputs("fault: usage is at the head of its source\n", stderr);
    std::exit(125);
}

unsigned long number_of(const char* text) {
    char* end = nullptr;
    const unsigned long number = std::strtoul(text, &end, 10);
    if (end == text || *end != '\0') not_understood();
    return number;
}

class tracer {
    std::string_view action_;
    unsigned long wanted_ = 0, round_ = 0, calls_ = 0;
    std::map<::pid_t, int> pending_{};  // errno that a call returns when it ends
    std::ofstream report_{std::getenv("FAULT_REPORT") != nullptr ? std::getenv("FAULT_REPORT") : "/dev/null"};
    bool impossible_ = false;

    /// Which call it is; none of them is made when its number is replaced.
    void begins(::pid_t process) {
        ::user_regs_struct registers{};
        if (::ptrace(PTRACE_GETREGS, process, nullptr, &registers) != 0) return;
        const long call = static_cast<long>(registers.orig_rax);
        if (action_ == "list") report_ << call << '\n';
        if (calls_++ != wanted_ || action_ == "list") return;
        if (action_ == "kill") {
            report_ << call << '\n';
            (void)::kill(process, SIGKILL);
            return;
        }
        const faults_of_call* const faults = find_faults(call);
        if (faults == nullptr || round_ >= 3 || faults->errors[round_] == 0) {
            impossible_ = true;
            return;
        }
        report_ << faults->name << ' ' << ::strerrorname_np(faults->errors[round_]) << '\n';
        registers.orig_rax = static_cast<unsigned long long>(-1);
        if (::ptrace(PTRACE_SETREGS, process, nullptr, &registers) == 0) pending_[process] = faults->errors[round_];
    }
    void ends(::pid_t process) {
        const auto found = pending_.find(process);
        if (found == pending_.end()) return;
        ::user_regs_struct registers{};
        (void)::ptrace(PTRACE_GETREGS, process, nullptr, &registers);
        registers.rax = static_cast<unsigned long long>(-static_cast<long long>(found->second));
        (void)::ptrace(PTRACE_SETREGS, process, nullptr, &registers);
        pending_.erase(found);
    }

public:
    tracer(std::string_view action, unsigned long wanted, unsigned long round) : action_(action), wanted_(wanted), round_(round) {}

    int follow(::pid_t program) {
        constexpr long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
        int status = 0, outcome = 125;
        (void)::waitpid(program, &status, 0);
        (void)::ptrace(PTRACE_SETOPTIONS, program, nullptr, options);
        (void)::ptrace(PTRACE_SYSCALL, program, nullptr, nullptr);
        for (::pid_t process = 0; (process = ::waitpid(-1, &status, __WALL)) > 0 || errno == EINTR;) {
            if (process <= 0) continue;
            if (!WIFSTOPPED(status)) {
                if (process == program) outcome = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
                pending_.erase(process);
                continue;
            }
            long signal = 0;
            const int stop = WSTOPSIG(status), event = status >> 16;
            if (stop == (SIGTRAP | 0x80)) {
                ::__ptrace_syscall_info about{};
                (void)::ptrace(PTRACE_GET_SYSCALL_INFO, process, sizeof about, &about);
                if (about.op == PTRACE_SYSCALL_INFO_ENTRY) begins(process);
                if (about.op == PTRACE_SYSCALL_INFO_EXIT) ends(process);
            } else if (event == 0 && stop != SIGSTOP) {
                signal = stop;
            }
            (void)::ptrace(PTRACE_SYSCALL, process, nullptr, signal);
        }
        return impossible_ || (action_ != "list" && calls_ <= wanted_) ? 124 : outcome;
    }
};

}  // namespace

int main(int count, char** words) {
    int at = 1;
    const std::string_view action = at < count ? words[at++] : "";
    if (action != "list" && action != "fail" && action != "kill") not_understood();
    const unsigned long wanted = action == "list" ? 0 : number_of(at < count ? words[at++] : "");
    const unsigned long round = action == "fail" ? number_of(at < count ? words[at++] : "") : 0;
    if (at + 1 >= count || std::string_view(words[at++]) != "--") not_understood();
    (void)::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);  // who outlives the program is waited for, too
    const ::pid_t program = ::fork();
    if (program == 0) {
        (void)::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
        (void)::raise(SIGSTOP);
        ::execvp(words[at], words + at);
        ::_exit(127);
    }
    return tracer(action, wanted, round).follow(program);
}
