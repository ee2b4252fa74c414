// SPDX-License-Identifier: BSL-1.0
//
// A key that a command signs with: for build services and for what has no other interface. /bin/sh -c runs it, once a
// signature:
//   standard input   RSA: what PKCS#1 type 1 padding goes around, DigestInfo and digest (RFC 8017, section 9.2), for digsig
//                    v1 the digest alone; ECDSA: the digest; Ed25519: the message
//   MODSIG_SCHEME    rsa-pkcs1, rsa-pkcs1-raw (no DigestInfo), ecdsa, ed25519
//   MODSIG_HASH      the digest's algorithm, as Linux calls it
//   MODSIG_DIGEST    the digest, in hexadecimal: for services that add the DigestInfo themselves
//   MODSIG_LAYOUT    what it is for, as the caller says
//   standard output  the signature: RSA as long as the modulus, ECDSA in DER (RFC 3279, section 2.2.3)
//   exit status      0
// So `openssl rsautl -sign -inkey key.pem` is a signer with an RSA key, `openssl pkeyutl -sign -inkey key.pem` one with a curve. It
// has a session of its own, without a terminal: it cannot ask, and it ends with all that it has started. For Linux.
#ifndef MODSIG_SIGN_SIGNER_EXTERNAL_HPP
#define MODSIG_SIGN_SIGNER_EXTERNAL_HPP

#include <modsig/engine/rsa_block.hpp>
#include <modsig/os.hpp>
#include <modsig/sign/key/public_half.hpp>

#include <array>
#include <chrono>
#include <csignal>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace modsig::sign {

struct external_options {
    std::string command{};                                  // for /bin/sh
    std::string layout{};
    std::chrono::milliseconds timeout{60'000};              // of one signature
    std::function<void(std::string_view)> report{};         // told why there is none, where an errc does not say it; on any thread
};

namespace detail {
/// A child process with all that it starts, which ends no later than it: what is left is killed.
class command_process {
    ::pid_t pid_ = -1;

public:
    explicit command_process(::pid_t pid) : pid_(pid) {}
    command_process(const command_process&) = delete;
    command_process& operator=(const command_process&) = delete;
    ~command_process() { (void)end(); }

    /// False while it runs. Its number stays its own until end().
    [[nodiscard]] bool has_ended() const {
        ::siginfo_t about{};
        return os::uninterrupted([&] { return ::waitid(P_PID, static_cast<::id_t>(pid_), &about, WEXITED | WNOHANG | WNOWAIT); }) == 0 &&
               about.si_pid == pid_;
    }
    /// The wait status.
    int end() {
        int status = 0;
        if (pid_ <= 0) return status;
        (void)::kill(-pid_, SIGKILL);  // it leads a group of its own: POSIX_SPAWN_SETSID
        (void)os::uninterrupted([&] { return ::waitpid(pid_, &status, 0); });
        pid_ = -1;
        return status;
    }
};

/// This process's environment with some of it replaced.
class changed_environment {
    std::vector<std::string> own_;
    std::vector<char*> all_{};

public:
    explicit changed_environment(std::vector<std::string> own) : own_(std::move(own)) {
        for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
            const std::string_view old(*entry);
            bool replaced = false;
            for (const std::string& one : own_) replaced = replaced || old.starts_with(std::string_view(one).substr(0, one.find('=') + 1));
            if (!replaced) all_.push_back(*entry);
        }
        for (std::string& one : own_) all_.push_back(one.data());
        all_.push_back(nullptr);
    }
    changed_environment(const changed_environment&) = delete;
    changed_environment& operator=(const changed_environment&) = delete;

    [[nodiscard]] char** get() { return all_.data(); }
};

/// A file in memory that is read from its start: a command that does not read it all blocks nobody.
[[nodiscard]] inline os::descriptor file_of(std::span<const byte_view> parts) {
    os::descriptor file(::memfd_create("to be signed", MFD_CLOEXEC));
    for (byte_view part : parts)
        while (!part.empty()) {
            const auto done = os::uninterrupted([&] { return ::write(file.get(), part.data(), part.size()); });
            if (done <= 0) return {};
            part = part.subspan(static_cast<std::size_t>(done));
        }
    if (::lseek(file.get(), 0, SEEK_SET) != 0) return {};
    return file;
}
}  // namespace detail

/// Models `signer`. Safe to share between threads: each signature has a process of its own.
class external_signer {
    using clock = std::chrono::steady_clock;
    static constexpr std::size_t max_output = 64 * 1024;  // bytes; no signature is longer

    public_half key_;
    external_options how_;

public:
    /// `key`: whose signatures they are; what the command answers is not verified here, but by sign/signer/proven.hpp.
    external_signer(public_half key, external_options how) : key_(std::move(key)), how_(std::move(how)) {}

    [[nodiscard]] const key_info& info() const { return key_.info(); }

    /// Besides what every signer answers: `unsupported_hash`, for RSA with a digest that has no DigestInfo; `no_signer` where
    /// the command does not start, fails, is too slow or gives nothing, or too much.
    [[nodiscard]] result<bytes> sign(const to_sign& what) const {
        if (!fits(info().key.algorithm, what.scheme)) return errc::key_type_mismatch;
        switch (what.scheme) {
            case scheme_id::rsa_pkcs1_raw:
            case scheme_id::rsa_pkcs1_v15: {
                const engine::rsa_block block(what.scheme, what.digest);
                if (block.empty()) return errc::unsupported_hash;
                const byte_view content = block.content();
                return run(what, {&content, 1});
            }
            case scheme_id::ecdsa: {
                const byte_view digest = what.digest.view();
                return run(what, {&digest, 1});
            }
            case scheme_id::ed25519: return run(what, what.message.view());
            default: return errc::unsupported_algorithm;
        }
    }

private:
    [[nodiscard]] failure failed(std::string_view why) const {
        if (how_.report) how_.report("the command that signs " + std::string(why));
        return errc::no_signer;
    }

    [[nodiscard]] detail::changed_environment environment_for(const to_sign& what) const {
        constexpr std::string_view digits = "0123456789abcdef";
        std::string digest;
        for (const std::uint8_t byte : what.digest.view()) digest.append({digits[byte >> 4], digits[byte & 15]});
        return detail::changed_environment({"MODSIG_SCHEME=" + std::string(name(what.scheme)), "MODSIG_HASH=" + std::string(name(what.digest.id)),
                                            "MODSIG_DIGEST=" + digest, "MODSIG_LAYOUT=" + how_.layout});
    }

    /// The process id; -1 with errno.
    [[nodiscard]] ::pid_t start(const to_sign& what, int input, int output) const {
        auto environment = environment_for(what);
        std::string shell = "/bin/sh", option = "-c", command = how_.command;
        std::array<char*, 4> arguments{shell.data(), option.data(), command.data(), nullptr};
        ::sigset_t none, ordinary;
        ::sigemptyset(&none);
        ::sigemptyset(&ordinary);
        ::sigaddset(&ordinary, SIGPIPE);
        ::posix_spawn_file_actions_t actions;
        ::posix_spawnattr_t attributes;
        if (const int error = ::posix_spawn_file_actions_init(&actions); error != 0) return errno = error, -1;
        if (const int error = ::posix_spawnattr_init(&attributes); error != 0) {
            ::posix_spawn_file_actions_destroy(&actions);
            return errno = error, -1;
        }
        ::pid_t pid = -1;
        int error = ::posix_spawn_file_actions_adddup2(&actions, input, 0);
        if (error == 0) error = ::posix_spawn_file_actions_adddup2(&actions, output, 1);
        if (error == 0) error = ::posix_spawnattr_setsigmask(&attributes, &none);
        if (error == 0) error = ::posix_spawnattr_setsigdefault(&attributes, &ordinary);
        if (error == 0) error = ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
        if (error == 0) error = ::posix_spawn(&pid, shell.c_str(), &actions, &attributes, arguments.data(), environment.get());
        ::posix_spawnattr_destroy(&attributes);
        ::posix_spawn_file_actions_destroy(&actions);
        if (error == 0) return pid;
        errno = error;
        return -1;
    }

    [[nodiscard]] result<bytes> run(const to_sign& what, std::span<const byte_view> input) const {
        const os::descriptor in = detail::file_of(input);
        std::array<int, 2> ends{};
        if (!in.is_open() || ::pipe2(ends.data(), O_CLOEXEC) != 0) return failed("cannot be given its input");
        const os::descriptor out(ends[0]);
        os::descriptor its_end(ends[1]);
        const clock::time_point deadline = clock::now() + how_.timeout;
        const ::pid_t pid = start(what, in.get(), its_end.get());
        if (pid < 0) return failed("cannot be started");
        detail::command_process process(pid);
        its_end = {};

        bytes answer;
        if (const result<void> read = read_all(out.get(), deadline, answer); !read) return read.error();
        while (!process.has_ended()) {
            if (clock::now() >= deadline) return too_slow();
            (void)::poll(nullptr, 0, 2);
        }
        const int status = process.end();
        if (WIFSIGNALED(status)) return failed("was ended by signal " + std::to_string(WTERMSIG(status)));
        if (WEXITSTATUS(status) != 0) return failed("has failed with exit status " + std::to_string(WEXITSTATUS(status)));
        if (answer.empty()) return failed("has written nothing");
        return answer;
    }

    [[nodiscard]] failure too_slow() const { return failed("has not signed within " + std::to_string(how_.timeout.count()) + " ms and was ended"); }

    [[nodiscard]] result<void> read_all(int fd, clock::time_point deadline, bytes& answer) const {
        std::array<std::uint8_t, 4096> room{};
        for (;;) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock::now()).count();
            if (left <= 0) return too_slow();
            ::pollfd watched{fd, POLLIN, 0};
            const int ready = ::poll(&watched, 1, left < 1000 ? static_cast<int>(left) : 1000);
            if (ready < 0 && errno != EINTR) return failed("cannot be waited for");
            if (ready <= 0) continue;
            const auto got = os::uninterrupted([&] { return ::read(fd, room.data(), room.size()); });
            if (got < 0) return failed("cannot be read from");
            if (got == 0) return result<void>::success();
            answer.insert(answer.end(), room.begin(), room.begin() + got);
            if (answer.size() > max_output) return failed("writes more than any signature has");
        }
    }
};
static_assert(explain_signer<external_signer>());

}  // namespace modsig::sign

#endif  // MODSIG_SIGN_SIGNER_EXTERNAL_HPP
