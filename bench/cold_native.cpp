// SPDX-License-Identifier: BSL-1.0
//
// One module by the native engine; nothing of Botan is linked.
#include "cold_modsig.hpp"

#include <modsig/engine/native.hpp>

int main(int argc, char** argv) { return bench::verify_one_with<modsig::engine::native>(argc, argv); }
