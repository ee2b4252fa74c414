// SPDX-License-Identifier: BSL-1.0
#include "path_list.hpp"

#include <modsig/os/pipe.hpp>

#include <string_view>

namespace tool {

modsig::result<std::vector<std::string>> read_path_list(const std::string& file) {
    namespace os = modsig::os;
    const auto bytes = file == "-" ? os::read_pipe(STDIN_FILENO, path_list_limit) : os::read_input(file.c_str(), path_list_limit);
    if (!bytes) return bytes.error();
    std::string_view rest(reinterpret_cast<const char*>(bytes->data()), bytes->size());
    const char end = rest.find('\0') == std::string_view::npos ? '\n' : '\0';
    std::vector<std::string> paths;
    while (!rest.empty()) {
        const std::string_view path = rest.substr(0, rest.find(end));
        if (!path.empty()) paths.emplace_back(path == "-" ? "./-" : path);
        rest.remove_prefix(path.size() == rest.size() ? path.size() : path.size() + 1);
    }
    return paths;
}

}  // namespace tool
