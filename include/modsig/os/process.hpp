// SPDX-License-Identifier: BSL-1.0
//
// Runs another program to its end, with a deadline and a limit on its output. The program never outlives this process, however
// this process ends. Between them stands a supervisor, a process that does nothing else:
//   this process --(socket)-- supervisor -- program and its descendants
// When the socket is closed, or this process has ended (by SIGKILL, too), the supervisor kills the program and its process
// group, and ends. Background processes that the program leaves are not waited for, unless there is no output yet, which may
// then still come. A daemon in a session of its own lives on. For hosted programs: this allocates before it forks. Linux only,
// 5.3 or later (pidfd_open(2)).
#ifndef MODSIG_OS_PROCESS_HPP
#define MODSIG_OS_PROCESS_HPP

#include <modsig/os/descriptor.hpp>
#include <modsig/os/error.hpp>
#include <modsig/os/file.hpp>
#include <modsig/os/wait.hpp>

#include <array>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace modsig::os {

/// What is run, and within which limits.
struct child_options {
    std::vector<std::string> arguments{};    ///< the program first, searched in PATH where it has no slash
    std::vector<std::string> environment{};  ///< the whole environment, NAME=VALUE
    int input = -1;                          ///< standard input, from the descriptor's position on; -1: /dev/null
    bool takes_errors = false;               ///< standard error goes to standard output
    /// A session of its own, without a terminal: the program can ask no user, and gets no signal of the terminal.
    bool own_session = true;
    std::size_t output_limit = std::size_t{64} << 10;  ///< bytes
    std::chrono::milliseconds timeout{0};              ///< 0: none
};

/// How the program ended.
struct child_end {
    /// What ended it.
    enum class reason : std::uint8_t {
        not_started,  ///< value: errno
        exited,       ///< value: exit status
        signalled,    ///< value: signal
        too_slow,     ///< the timeout
        too_much,     ///< output
        lost,         ///< the supervisor was ended by another process, or a system call failed: value is errno
    };
    reason why = reason::lost;           ///< which of the ends
    int value = 0;                       ///< as `reason` says; else 0
    std::vector<std::uint8_t> output{};  ///< up to output_limit

    /// Whether the program ended by itself, with exit status 0.
    [[nodiscard]] bool is_success() const { return why == reason::exited && value == 0; }
};

/// `environment_with` returns this process's environment with the entries of `own` replaced or added, and the names in
/// `without` left out.
[[nodiscard]] inline std::vector<std::string> environment_with(std::vector<std::string> entries, std::span<const std::string_view> without = {}) {
    const auto name_of = [](std::string_view entry) { return entry.substr(0, entry.find('=')); };
    for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
        bool replaced = false;
        for (const std::string& each : entries) replaced = replaced || name_of(each) == name_of(*entry);
        for (const std::string_view each : without) replaced = replaced || each == name_of(*entry);
        if (!replaced) entries.emplace_back(*entry);
    }
    return entries;
}

/// `memory_file` returns an unnamed file in memory, positioned at its start. Unlike a pipe it blocks no writer. Not open on
/// failure, with errno.
[[nodiscard]] inline descriptor memory_file(std::span<const byte_view> parts) {
    descriptor file(::memfd_create("input", MFD_CLOEXEC));
    for (const byte_view part : parts)
        if (!write_all(file.get(), part)) return {};
    if (::lseek(file.get(), 0, SEEK_SET) != 0) return {};
    return file;
}

namespace detail {
struct child_report {
    child_end::reason why;
    int value;
};

/// The code of the supervisor's and the program's process. It neither allocates nor locks, since the forking process may have
/// threads.
class supervisor {
    static constexpr int channel = 3, parent = 4, first_other = 5;
    const child_options& options_;
    char* const* arguments_;
    char* const* environment_;

    static void report(child_end::reason why, int value) {
        const child_report message{why, value};
        (void)!::send(channel, &message, sizeof message, MSG_NOSIGNAL);
    }
    [[noreturn]] static void not_started(int error) {
        report(child_end::reason::not_started, error);
        ::_exit(0);
    }
    static ::siginfo_t wait_for(::pid_t program, int flags) {
        ::siginfo_t about{};
        while (::waitid(P_PID, static_cast<::id_t>(program), &about, WEXITED | flags) != 0 && errno == EINTR) {
        }
        return about;
    }
    static void close_others() {
        if (::syscall(SYS_close_range, first_other, ~0U, 0) == 0) return;
        for (int fd = first_other; fd != 65536; ++fd) (void)::close(fd);
    }
    /// Moves the descriptors to their fixed numbers.
    [[nodiscard]] bool place(int input, int output, int socket, int parent_fd) const {
        std::array<int, 4> from{input, output, socket, parent_fd};
        for (int& fd : from) {
            fd = ::fcntl(fd, F_DUPFD_CLOEXEC, 16);
            if (fd < 0) return false;
        }
        // Where the caller has no standard error, a descriptor of run_child()'s own has its number: the output or the socket, which
        // would not end. The program does not get it either way.
        if ((::fcntl(2, F_GETFD) & FD_CLOEXEC) != 0) (void)::close(2);
        return ::dup2(from[0], 0) == 0 && ::dup2(from[1], 1) == 1 && (!options_.takes_errors || ::dup2(1, 2) == 2) &&
               ::dup3(from[2], channel, O_CLOEXEC) == channel && ::dup3(from[3], parent, O_CLOEXEC) == parent;
    }
    [[noreturn]] void become_program(::pid_t supervisor_id, int errors) const {
        (void)::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        if (::getppid() != supervisor_id) ::_exit(127);
        if (options_.own_session) (void)::setpgid(0, 0);
        (void)std::signal(SIGPIPE, SIG_DFL);
        ::sigset_t none;
        ::sigemptyset(&none);
        (void)::sigprocmask(SIG_SETMASK, &none, nullptr);
        ::execvpe(arguments_[0], arguments_, environment_);
        const int error = errno;
        (void)!::write(errors, &error, sizeof error);
        ::_exit(127);
    }
    [[noreturn]] void watch(::pid_t program) const {
        const int ended = static_cast<int>(::syscall(SYS_pidfd_open, program, 0));
        std::array<::pollfd, 3> watched{{{channel, POLLIN, 0}, {parent, POLLIN, 0}, {ended, POLLIN, 0}}};
        while (ended >= 0 && ::poll(watched.data(), watched.size(), -1) < 0) {
        }
        if (ended >= 0 && watched[2].revents != 0) {
            const ::siginfo_t about = wait_for(program, WNOWAIT);
            report(about.si_code == CLD_EXITED ? child_end::reason::exited : child_end::reason::signalled, about.si_status);
            while (::poll(watched.data(), 2, -1) < 0) {
            }
        }
        // The process and group numbers stay reserved until the program is waited for.
        (void)::kill(options_.own_session ? -program : program, SIGKILL);
        (void)wait_for(program, 0);
        ::_exit(0);
    }

public:
    supervisor(const child_options& options, char* const* arguments, char* const* environment)
        : options_(options), arguments_(arguments), environment_(environment) {}

    [[noreturn]] void run(int input, int output, int socket, int parent_fd) const {
        if (!place(input, output, socket, parent_fd)) ::_exit(1);
        close_others();
        if (options_.own_session) (void)::setsid();
        std::array<int, 2> errors{};
        if (::pipe2(errors.data(), O_CLOEXEC) != 0) not_started(errno);
        const ::pid_t own = ::getpid();
        const ::pid_t program = ::_Fork();
        if (program < 0) not_started(errno);
        if (program == 0) become_program(own, errors[1]);
        if (options_.own_session) (void)::setpgid(program, program);  // in both processes, whichever runs first
        (void)::close(errors[1]);
        (void)::close(0);
        (void)::close(1);
        if (options_.takes_errors) (void)::close(2);  // else the output would not end with the program
        int error = 0;
        ::ssize_t got = 0;
        do got = ::read(errors[0], &error, sizeof error);
        while (got < 0 && errno == EINTR);
        (void)::close(errors[0]);
        if (got == static_cast<::ssize_t>(sizeof error)) not_started(error);
        watch(program);
    }
};

/// The pointers that execve(2) takes, which does not write through them.
[[nodiscard]] inline std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (const std::string& each : texts) pointers.push_back(const_cast<char*>(each.c_str()));
    pointers.push_back(nullptr);
    return pointers;
}

enum class taken : std::uint8_t { all_there_is, to_the_end, too_much };

/// Reads the available output without waiting.
[[nodiscard]] inline taken take_output(int fd, std::size_t limit, std::vector<std::uint8_t>& output) {
    std::array<std::uint8_t, 4096> room{};
    for (;;) {
        const ::ssize_t got = uninterrupted([&] { return ::read(fd, room.data(), room.size()); });
        if (got < 0) return taken::all_there_is;
        if (got == 0) return taken::to_the_end;
        if (static_cast<std::size_t>(got) > limit - output.size()) return taken::too_much;
        output.insert(output.end(), room.begin(), room.begin() + got);
    }
}
}  // namespace detail

/// `run_child` runs a program, and returns when the program has ended or was killed, together with its process group where it
/// has its own. Thread-safe. The input is not copied: each call needs an input of its own.
[[nodiscard]] inline child_end run_child(const child_options& options) {
    using reason = child_end::reason;
    const auto failed = [](reason why) { return child_end{why, errno, {}}; };
    const deadline until = options.timeout.count() > 0 ? deadline(steady_clock::now() + options.timeout) : std::nullopt;

    const std::vector<char*> arguments = detail::pointers_to(options.arguments), environment = detail::pointers_to(options.environment);
    const descriptor nothing(options.input < 0 ? ::open("/dev/null", O_RDONLY | O_CLOEXEC) : -1);
    std::array<int, 2> pipe_ends{}, socket_ends{};
    if (::pipe2(pipe_ends.data(), O_CLOEXEC) != 0) return failed(reason::not_started);
    const descriptor output(pipe_ends[0]);
    descriptor program_output(pipe_ends[1]);
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socket_ends.data()) != 0) return failed(reason::not_started);
    descriptor channel(socket_ends[0]), supervisor_channel(socket_ends[1]);
    const descriptor self(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0)));
    if (!self.is_open() || ::fcntl(output.get(), F_SETFL, O_NONBLOCK) != 0) return failed(reason::not_started);

    // All signals are blocked in the supervisor: no handler of this process runs there, and signals of the terminal reach the
    // program only. The supervisor ends when the socket is closed.
    ::sigset_t all, before;
    ::sigfillset(&all);
    (void)::pthread_sigmask(SIG_SETMASK, &all, &before);
    const ::pid_t supervisor = ::fork();
    if (supervisor == 0)
        detail::supervisor(options, arguments.data(), environment.data())
            .run(options.input < 0 ? nothing.get() : options.input, program_output.get(), supervisor_channel.get(), self.get());
    const int fork_error = errno;
    (void)::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (supervisor < 0) return errno = fork_error, failed(reason::not_started);
    program_output = {};
    supervisor_channel = {};

    child_end end;
    const auto finish = [&](reason why, int value) {
        channel = {};  // the supervisor ends
        (void)uninterrupted([&] { return ::waitpid(supervisor, nullptr, 0); });
        end.why = why;
        end.value = value;
        return std::move(end);
    };
    for (int open_output = output.get(), open_channel = channel.get();;) {
        const auto ready = wait_readable(std::array{open_output, open_channel}, until);
        if (!ready) return errno == ETIMEDOUT ? finish(reason::too_slow, 0) : finish(reason::lost, errno);
        const auto taken = (*ready)[0] ? detail::take_output(output.get(), options.output_limit, end.output) : detail::taken::all_there_is;
        if (taken == detail::taken::too_much) return finish(reason::too_much, 0);
        if (taken == detail::taken::to_the_end) open_output = -1;
        if (open_channel < 0 && open_output < 0) return finish(reason::exited, 0);
        if (!(*ready)[1]) continue;
        detail::child_report message{};
        const bool is_whole = uninterrupted([&] { return ::recv(channel.get(), &message, sizeof message, 0); }) == static_cast<::ssize_t>(sizeof message);
        if (!is_whole) return finish(reason::lost, EPIPE);
        const auto rest = detail::take_output(output.get(), options.output_limit, end.output);
        if (rest == detail::taken::too_much) return finish(reason::too_much, 0);
        const bool is_success = message.why == reason::exited && message.value == 0;
        if (!is_success || !end.output.empty() || rest == detail::taken::to_the_end) return finish(message.why, message.value);
        open_channel = -1;
    }
}

}  // namespace modsig::os

#endif  // MODSIG_OS_PROCESS_HPP
