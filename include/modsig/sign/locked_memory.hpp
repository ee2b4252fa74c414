// SPDX-License-Identifier: BSL-1.0
//
// Memory that is never swapped out (mlock(2)). A child process does not inherit its parent's locks, and what Botan locks is
// its pages for secrets of up to 256 bytes: the private exponent of RSA-4096 is not there. For Linux.
#ifndef MODSIG_SIGN_LOCKED_MEMORY_HPP
#define MODSIG_SIGN_LOCKED_MEMORY_HPP

#include <malloc.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace modsig::sign::detail {

struct mapping {
    std::uintptr_t begin = 0;
    std::size_t size = 0;
};

/// From a line of /proc/self/maps (proc(5)), "55d0c0e00000-55d0c0e21000 rw-p 00000000 ..."; no size: not a private one that
/// can be written.
inline mapping writable_mapping(std::string_view line) {
    mapping found;
    std::uintptr_t end = 0;
    const char* const last = line.data() + line.size();
    const auto first = std::from_chars(line.data(), last, found.begin, 16);
    if (first.ec != std::errc{} || first.ptr == last) return {};
    const auto second = std::from_chars(first.ptr + 1, last, end, 16);
    if (second.ec != std::errc{} || !std::string_view(second.ptr, last).starts_with(" rw-p")) return {};
    found.size = end - found.begin;
    return found;
}

/// From here on whatever is allocated, in any thread, comes from the heap that there is, while this much is enough.
inline void reserve_heap([[maybe_unused]] std::size_t size) {
#ifdef __GLIBC__
    constexpr int largest = 32 << 20;  // that M_MMAP_THRESHOLD may be
    (void)::mallopt(M_ARENA_MAX, 1);
    (void)::mallopt(M_MMAP_THRESHOLD, largest);
    (void)::mallopt(M_TRIM_THRESHOLD, largest);
    void* volatile reserved = std::malloc(size);
    std::free(reserved);
#endif
}

/// Of this process, which has one thread: all that there is and will be; or, within a limit that cannot be raised, what
/// there is that can be written, with a heap of a mebibyte more than is in use, the smallest mappings first (Botan's pages
/// for secrets are one page each). Without /proc, then, nothing.
inline void lock_memory() {
    constexpr ::rlimit all{RLIM_INFINITY, RLIM_INFINITY};
    // Within a limit, locking whatever will be mapped would make mapping fail.
    if (::setrlimit(RLIMIT_MEMLOCK, &all) == 0 && ::mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0) return;
    if (::rlimit limit{}; ::getrlimit(RLIMIT_MEMLOCK, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)::setrlimit(RLIMIT_MEMLOCK, &limit);
    }
    reserve_heap(1 << 20);
    std::vector<mapping> mappings;
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);)
        if (const mapping found = writable_mapping(line); found.size != 0) mappings.push_back(found);
    std::ranges::sort(mappings, {}, &mapping::size);
    for (const mapping& each : mappings) (void)::mlock(reinterpret_cast<const void*>(each.begin), each.size);
}

}  // namespace modsig::sign::detail

#endif  // MODSIG_SIGN_LOCKED_MEMORY_HPP
