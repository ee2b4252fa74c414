// SPDX-License-Identifier: BSL-1.0
#include <modsig/os/process.hpp>

#include <modsig/os/file.hpp>

#include "../support/denied_calls.hpp"
#include "../support/scratch_folder.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

using namespace modsig;
using namespace std::chrono_literals;
using end_reason = os::child_end::reason;

namespace {

os::child_options shell(const std::string& command) {
    os::child_options options;
    options.arguments = {"/bin/sh", "-c", command};
    options.environment = os::environment_with({});
    options.timeout = 20s;
    return options;
}
std::string text_of(const os::child_end& end) { return {end.output.begin(), end.output.end()}; }

/// Whether a process with this number is there, and no zombie.
bool runs(::pid_t process) {
    std::ifstream file("/proc/" + std::to_string(process) + "/stat");
    std::string text;
    std::getline(file, text);
    const std::size_t end = text.rfind(") ");
    return end != std::string::npos && text[end + 2] != 'Z' && text[end + 2] != 'X';
}
bool ends_soon(::pid_t process) {
    for (int i = 0; i != 500 && runs(process); ++i) std::this_thread::sleep_for(10ms);
    return !runs(process);
}
::pid_t number_in(const std::string& path) {
    for (int i = 0; i != 500; ++i) {
        ::pid_t number = 0;
        if (std::ifstream(path) >> number && number > 0) return number;
        std::this_thread::sleep_for(10ms);
    }
    return -1;
}
std::size_t open_files() {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace

TEST_CASE("process: output and exit status are returned, and no descriptor is left open") {
    const std::size_t before = open_files();
    auto end = os::run_child(shell("printf hello; exit 3"));
    CHECK(end.why == end_reason::exited);
    CHECK(end.value == 3);
    CHECK(text_of(end) == "hello");
    CHECK_FALSE(end.is_success());
    CHECK(os::run_child(shell("true")).is_success());
    end = os::run_child(shell("kill -9 $$"));
    CHECK(end.why == end_reason::signalled);
    CHECK(end.value == SIGKILL);
    CHECK(open_files() == before);
}

TEST_CASE("process: without a timeout there is none") {
    os::child_options options = shell("sleep 0.1; echo done");
    options.timeout = 0s;
    CHECK(text_of(os::run_child(options)) == "done\n");
}

TEST_CASE("process: a caller without descriptors 0, 1 and 2 runs programs like any other") {
    CHECK(holds_without({}, [] {
        for (const int each : {0, 1, 2}) (void)::close(each);
        os::child_options options = shell("cat; test -t 0 || echo out");
        options.takes_errors = true;
        const os::child_end late = os::run_child(shell("(sleep 0.2; echo late) & exit 0"));
        return text_of(os::run_child(options)) == "out\n" && late.is_success() && text_of(late) == "late\n";
    }));
}

TEST_CASE("process: an interrupted call of the caller's is none of the program's") {
    errno = EINTR;
    CHECK(os::run_child(shell("true")).is_success());
}

TEST_CASE("process: a program blocks no signals") {
    const auto end = os::run_child(shell("kill -TERM $$; echo blocked"));
    CHECK(end.why == end_reason::signalled);
    CHECK(end.value == SIGTERM);
    CHECK(end.output.empty());
}

TEST_CASE("process: a program that cannot be started gives its errno") {
    os::child_options options = shell("");
    options.arguments = {"/no/such/program"};
    auto end = os::run_child(options);
    CHECK(end.why == end_reason::not_started);
    CHECK(end.value == ENOENT);
    options.arguments = {"/etc/passwd"};
    CHECK(os::run_child(options).value == EACCES);
    options.arguments = {"true"};
    CHECK(os::run_child(options).is_success());
}

TEST_CASE("process: a program has its input, its environment, no other descriptor and a session of its own") {
    const byte_view text(reinterpret_cast<const std::uint8_t*>("input"), 5);
    const os::descriptor input = os::memory_file({&text, 1});
    const os::descriptor inherited(::open("/dev/null", O_RDONLY));  // without O_CLOEXEC
    os::child_options options = shell("cat; echo \" $A $B\"; ls /proc/self/fd | wc -l; ps -o sid= -p $$ 2>/dev/null || true; test -t 0 || echo no");
    options.environment = {"A=1", "PATH=/usr/bin:/bin"};
    options.input = input.get();
    const auto end = os::run_child(options);
    CHECK(text_of(end).starts_with("input 1 \n4\n"));  // 0, 1, 2 and the folder
    options = shell("read x || echo end");
    CHECK(text_of(os::run_child(options)) == "end\n");
}

TEST_CASE("process: the environment is this process's, with changes") {
    ::setenv("MODSIG_TEST_PIN", "1234", 1);
    ::setenv("MODSIG_TEST_OTHER", "old", 1);
    os::child_options options = shell("echo ${MODSIG_TEST_PIN-none} $MODSIG_TEST_OTHER");
    constexpr std::string_view secrets[] = {"MODSIG_TEST_PIN"};
    options.environment = os::environment_with({"MODSIG_TEST_OTHER=new"}, secrets);
    CHECK(text_of(os::run_child(options)) == "none new\n");
}

TEST_CASE("process: standard error is part of the output where requested") {
    os::child_options options = shell("echo out; echo err >&2");
    options.takes_errors = true;
    CHECK(text_of(os::run_child(options)) == "out\nerr\n");
}

TEST_CASE("process: a program without output ends, with and without its standard error") {
    for (const bool takes_errors : {false, true})
        for (const char* command : {"true", "false", "exec true", "kill -9 $$"}) {
            os::child_options options = shell(command);
            options.takes_errors = takes_errors;
            options.timeout = std::chrono::seconds(20);
            const os::child_end end = os::run_child(options);
            CHECK_MESSAGE(end.why != os::child_end::reason::too_slow, command);
            CHECK(end.output.empty());
        }
}

TEST_CASE("process: a program that is too slow, or writes too much, is killed with its descendants") {
    const scratch_folder folder;
    const std::string file = folder.file("pid");
    os::child_options options = shell("sleep 1000 & echo $! > " + file + "; wait");
    options.timeout = 1s;
    CHECK(os::run_child(options).why == end_reason::too_slow);
    CHECK(ends_soon(number_in(file)));
    options = shell("yes");
    options.output_limit = 1000;
    const auto end = os::run_child(options);
    CHECK(end.why == end_reason::too_much);
    CHECK(end.output.size() <= 1000);
}

TEST_CASE("process: when a program ends, the rest of its process group is killed") {
    const scratch_folder folder;
    const std::string file = folder.file("pid");
    const auto end = os::run_child(shell("sleep 1000 & echo $! > " + file + "; echo done"));
    CHECK(end.is_success());
    CHECK(text_of(end) == "done\n");
    CHECK(ends_soon(number_in(file)));
}

TEST_CASE("process: output after a program's end is waited for only where there is none yet") {
    CHECK(text_of(os::run_child(shell("(sleep 0.2; echo late) & exit 0"))) == "late\n");
    CHECK(text_of(os::run_child(shell("echo soon; (sleep 5; echo late) & exit 0"))) == "soon\n");
    os::child_options options = shell("sleep 1000 & exit 0");
    options.timeout = 100ms;
    CHECK(os::run_child(options).why == end_reason::too_slow);
    CHECK(os::run_child(shell("sleep 1000 & exit 3")).value == 3);
}

TEST_CASE("process: a daemon that keeps the output is not waited for") {
    const scratch_folder folder;
    const std::string file = folder.file("pid");
    const auto begun = std::chrono::steady_clock::now();
    const auto end = os::run_child(shell("setsid sh -c 'echo $$ > " + file + "; exec sleep 1000' & while ! test -s " + file + "; do sleep 0.01; done; echo signature"));
    CHECK(end.is_success());
    CHECK(text_of(end) == "signature\n");
    CHECK(std::chrono::steady_clock::now() - begun < 10s);
    const ::pid_t daemon = number_in(file);
    CHECK(runs(daemon));
    ::kill(daemon, SIGKILL);
}

TEST_CASE("process: when this process ends, however it ends, the program and its descendants are killed") {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGKILL}) {
        const scratch_folder folder;
        const std::string file = folder.file("pid"), own = folder.file("own");
        const ::pid_t caller = ::fork();
        REQUIRE(caller >= 0);
        if (caller == 0) {
            (void)std::signal(signal, SIG_DFL);  // doctest has handlers
            (void)os::run_child(shell("echo $$ > " + own + "; sleep 1000 & echo $! > " + file + "; wait"));
            ::_exit(0);
        }
        const ::pid_t shell_id = number_in(own), sleeping = number_in(file);
        REQUIRE(sleeping > 0);
        CHECK(runs(sleeping));
        REQUIRE(::kill(caller, signal) == 0);
        REQUIRE(::waitpid(caller, nullptr, 0) == caller);
        CHECK(ends_soon(shell_id));
        CHECK(ends_soon(sleeping));
    }
}

TEST_CASE("process: several threads run programs at once") {
    std::vector<std::thread> threads;
    std::atomic<int> good{0};
    for (int i = 0; i != 4; ++i)
        threads.emplace_back([&, i] {
            for (int k = 0; k != 10; ++k) {
                const std::string word = std::to_string(i * 100 + k);
                if (text_of(os::run_child(shell("sleep 0.01; echo " + word))) == word + "\n") ++good;
            }
        });
    for (std::thread& each : threads) each.join();
    CHECK(good == 40);
}
