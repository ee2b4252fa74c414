// SPDX-License-Identifier: BSL-1.0
//
// A constructor with the first priority, in an object that knows nothing of modsig, calls the hook before main and before the
// hook's own object is initialised. hook.cpp checks the results.
#include "hook_under_test.h"
#include "signed_text.hpp"

int answer_before_main = 1;
int answer_to_half_before_main = 1;
size_t payload_size_before_main = 0;

namespace {
[[gnu::constructor(101)]] void early() {
    answer_before_main = hook_under_test(signed_text, sizeof signed_text, &payload_size_before_main);
    answer_to_half_before_main = hook_under_test(signed_text + 1, sizeof signed_text - 1, &payload_size_before_main);
}
}  // namespace
