// SPDX-License-Identifier: BSL-1.0
//
// What a process that loads one module does: reads it, verifies it with a key that is part of the program, ends. Status 0:
// verified, 1: not, 7: unreadable.
#ifndef MODSIG_BENCH_COLD_VERIFY_HPP
#define MODSIG_BENCH_COLD_VERIFY_HPP

#include <cstddef>
#include <cstdint>

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

namespace bench {

/// Nothing is paid for what a module does not need: untouched pages are none.
inline std::uint8_t module_bytes[std::size_t{32} << 20];

/// `verifies` is asked about the bytes and their number.
template <class Verifies>
int verify_one(int argc, char** argv, Verifies verifies) {
    const int file = argc == 2 ? ::open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
    struct stat status {};
    if (file < 0 || ::fstat(file, &status) != 0) return 7;
    const auto size = static_cast<std::size_t>(status.st_size);
    if (size > sizeof module_bytes || ::read(file, module_bytes, size) != status.st_size) return 7;
    return verifies(module_bytes, size) ? 0 : 1;
}

}  // namespace bench

#endif  // MODSIG_BENCH_COLD_VERIFY_HPP
