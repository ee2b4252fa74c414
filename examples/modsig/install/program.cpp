// SPDX-License-Identifier: BSL-1.0
#include "program.hpp"

#include <modsig/os/process.hpp>
#include <modsig/sign/key/passphrase.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

namespace tool {

program_end run_program(const std::string& program, const std::vector<std::string>& arguments) {
    modsig::os::child_options options;
    options.arguments = {program};
    options.arguments.insert(options.arguments.end(), arguments.begin(), arguments.end());
    options.environment = modsig::os::environment_with({}, modsig::sign::passphrase_variables);
    options.takes_errors = true;
    options.own_session = false;
    options.output_limit = std::size_t{1} << 20;
    const modsig::os::child_end end = modsig::os::run_child(options);
    if (end.is_success()) return {program_result::good};
    if (end.why == modsig::os::child_end::reason::not_started) return errno = end.value, program_end{program_result::not_started};
    return {program_result::failed, {end.output.begin(), std::ranges::find(end.output, std::uint8_t{'\n'})}};
}

std::string program_named(const char* variable, const char* otherwise) {
    const char* named = std::getenv(variable);
    return named != nullptr && *named != '\0' ? named : otherwise;
}

}  // namespace tool
