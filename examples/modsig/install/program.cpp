// SPDX-License-Identifier: BSL-1.0
#include "program.hpp"

#include <modsig/os.hpp>

#include <fcntl.h>
#include <spawn.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>

namespace tool {

program_result run_program(const std::string& program, const std::vector<std::string>& arguments, const std::string& log) {
    std::vector<char*> words{const_cast<char*>(program.c_str())};  // which posix_spawn does not change
    for (const std::string& each : arguments) words.push_back(const_cast<char*>(each.c_str()));
    words.push_back(nullptr);
    ::posix_spawn_file_actions_t files;
    if (::posix_spawn_file_actions_init(&files) != 0) return errno = ENOMEM, program_result::not_started;
    int fault = ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (fault == 0)
        fault = ::posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fault == 0) fault = ::posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
    ::pid_t child = -1;
    if (fault == 0) fault = ::posix_spawnp(&child, program.c_str(), &files, nullptr, words.data(), environ);
    ::posix_spawn_file_actions_destroy(&files);
    if (fault != 0) return errno = fault, program_result::not_started;
    int status = 0;
    if (modsig::os::uninterrupted([&] { return ::waitpid(child, &status, 0); }) < 0) return program_result::not_started;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? program_result::good : program_result::failed;
}

std::string program_named(const char* variable, const char* otherwise) {
    const char* named = std::getenv(variable);
    return named != nullptr && *named != '\0' ? named : otherwise;
}

std::string first_line_of(const std::string& log) {
    std::string line;
    std::getline(std::ifstream(log), line);
    return line;
}

}  // namespace tool
