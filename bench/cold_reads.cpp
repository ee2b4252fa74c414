// SPDX-License-Identifier: BSL-1.0
//
// Reads one module and verifies nothing: what any process costs. It believes that a module is good.
#include "cold_verify.hpp"

int main(int argc, char** argv) {
    return bench::verify_one(argc, argv, [](const std::uint8_t*, std::size_t size) { return size != 0; });
}
