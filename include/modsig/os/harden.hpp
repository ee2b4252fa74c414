// SPDX-License-Identifier: BSL-1.0
//
// Hardens a process that will hold secrets: none of its memory is swapped out (mlock(2)), it leaves no core dump, and its own
// user cannot trace it. A child process does not inherit the locks. Botan itself locks only its pages for secrets of up to 256
// bytes: the private exponent of RSA-4096 is not in them. Linux only.
#ifndef MODSIG_OS_HARDEN_HPP
#define MODSIG_OS_HARDEN_HPP

#include <modsig/os/file.hpp>
#include <modsig/os/mapping.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <system_error>
#include <vector>

#include <malloc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

namespace modsig::os {

namespace detail {

struct memory_area {
    std::uintptr_t begin = 0;
    std::size_t size = 0;
};

/// A line of /proc/self/maps (proc(5)), "55d0c0e00000-55d0c0e21000 rw-p 00000000 ..."; no size: not a private writable area.
inline memory_area writable_area(std::string_view line) {
    memory_area found;
    std::uintptr_t end = 0;
    const char* const last = line.data() + line.size();
    const auto first = std::from_chars(line.data(), last, found.begin, 16);
    if (first.ec != std::errc{} || first.ptr == last) return {};
    const auto second = std::from_chars(first.ptr + 1, last, end, 16);
    if (second.ec != std::errc{} || !std::string_view(second.ptr, last).starts_with(" rw-p")) return {};
    found.size = end - found.begin;
    return found;
}

/// Later allocations, in any thread, come from the present heap, up to `size` bytes.
inline void reserve_heap([[maybe_unused]] std::size_t size) {
#ifdef __GLIBC__
    constexpr int largest = 32 << 20;  // the largest value of M_MMAP_THRESHOLD
    (void)::mallopt(M_ARENA_MAX, 1);
    (void)::mallopt(M_MMAP_THRESHOLD, largest);
    (void)::mallopt(M_TRIM_THRESHOLD, largest);
    void* volatile reserved = std::malloc(size);
    std::free(reserved);
#endif
}

}  // namespace detail

/// `lock_memory` locks the memory of this process, which has one thread: all present and future memory; or, within a limit that
/// cannot be raised, the present writable memory, with a heap of one MiB more than is in use, the smallest mappings first
/// (Botan's pages for secrets are one page each). Within such a limit and without /proc, nothing is locked.
inline void lock_memory() {
    constexpr ::rlimit all{RLIM_INFINITY, RLIM_INFINITY};
    // Within a limit, locking future mappings would make mmap(2) fail.
    if (::setrlimit(RLIMIT_MEMLOCK, &all) == 0 && ::mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0) return;
    if (::rlimit limit{}; ::getrlimit(RLIMIT_MEMLOCK, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)::setrlimit(RLIMIT_MEMLOCK, &limit);
    }
    detail::reserve_heap(1 << 20);
    std::vector<detail::memory_area> areas;
    mapping room;  // not on the heap, which would grow
    if (!room.resize(std::size_t{1} << 20)) return;
    const auto maps = read_kernel_text("/proc/self/maps", {reinterpret_cast<char*>(room.data()), room.size()});
    if (!maps) return;
    std::string_view rest(maps->data(), maps->size());
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('\n'), rest.size() - 1);
        if (const auto found = detail::writable_area(rest.substr(0, end)); found.size != 0) areas.push_back(found);
        rest.remove_prefix(end + 1);
    }
    room = {};
    std::ranges::sort(areas, {}, &detail::memory_area::size);
    for (const auto& each : areas) (void)::mlock(reinterpret_cast<const void*>(each.begin), each.size);
}

/// Proof that this process was hardened, required by whatever has or makes a private key. Only harden_process() makes one.
class hardened_process {
    hardened_process() = default;
    friend hardened_process harden_process();
};

/// `harden_process` hardens this process for good; call it before there are threads. Steps that the system refuses are skipped.
inline hardened_process harden_process() {
    constexpr ::rlimit none{0, 0};
    (void)::setrlimit(RLIMIT_CORE, &none);
    // PR_SET_DUMPABLE: a core_pattern that is a pipe ignores the limit (core(5)).
    (void)::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    lock_memory();
    return {};
}

}  // namespace modsig::os

#endif  // MODSIG_OS_HARDEN_HPP
