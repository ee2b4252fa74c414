// SPDX-License-Identifier: BSL-1.0
// The same checks in a program of this machine.
#include "check.hpp"

#include <cstdio>

int main() {
    const outcome seen = check_image(1);
    std::printf("accepted %u refused %u of %u\n", seen.accepted, seen.refused, seen.changes);
    return seen.accepted == 1 && seen.refused == seen.changes ? 0 : 1;
}
