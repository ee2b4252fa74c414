// SPDX-License-Identifier: BSL-1.0
//
// One module by the Botan engine.
#include "cold_modsig.hpp"

#include <modsig/engine/botan.hpp>

int main(int argc, char** argv) { return bench::verify_one_with<modsig::engine::botan>(argc, argv); }
