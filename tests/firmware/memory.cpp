// SPDX-License-Identifier: BSL-1.0
//
// The three functions that a freestanding program may ask for, and the names that the Arm EABI (RTABI, section 4.3.4) has
// for them. Counted as part of the programs. To be compiled so that the loops do not become calls of themselves.
#include <cstddef>

extern "C" {

void* memcpy(void* to, const void* from, std::size_t size) {
    auto* out = static_cast<unsigned char*>(to);
    const auto* in = static_cast<const unsigned char*>(from);
    while (size-- != 0) *out++ = *in++;
    return to;
}

void* memset(void* to, int byte, std::size_t size) {
    auto* out = static_cast<unsigned char*>(to);
    while (size-- != 0) *out++ = static_cast<unsigned char>(byte);
    return to;
}

int memcmp(const void* a, const void* b, std::size_t size) {
    const auto* left = static_cast<const unsigned char*>(a);
    const auto* right = static_cast<const unsigned char*>(b);
    for (; size != 0; --size, ++left, ++right)
        if (*left != *right) return *left - *right;
    return 0;
}

#ifdef __arm__
void __aeabi_memcpy(void* to, const void* from, std::size_t size);
void __aeabi_memcpy4(void* to, const void* from, std::size_t size);
void __aeabi_memcpy8(void* to, const void* from, std::size_t size);
void __aeabi_memclr(void* to, std::size_t size);
void __aeabi_memclr4(void* to, std::size_t size);
void __aeabi_memclr8(void* to, std::size_t size);
void __aeabi_memcpy(void* to, const void* from, std::size_t size) { memcpy(to, from, size); }
[[gnu::alias("__aeabi_memcpy")]] void __aeabi_memcpy4(void* to, const void* from, std::size_t size);
[[gnu::alias("__aeabi_memcpy")]] void __aeabi_memcpy8(void* to, const void* from, std::size_t size);
void __aeabi_memclr(void* to, std::size_t size) { memset(to, 0, size); }
[[gnu::alias("__aeabi_memclr")]] void __aeabi_memclr4(void* to, std::size_t size);
[[gnu::alias("__aeabi_memclr")]] void __aeabi_memclr8(void* to, std::size_t size);
#endif

}  // extern "C"
