// SPDX-License-Identifier: BSL-1.0
//
// The engine of tests that run with Botan's, and once more in a program that has nothing of Botan (MODSIG_TEST_WITHOUT_BOTAN).
#ifndef MODSIG_TESTS_SUPPORT_TESTED_ENGINE_HPP
#define MODSIG_TESTS_SUPPORT_TESTED_ENGINE_HPP

#ifdef MODSIG_TEST_WITHOUT_BOTAN
#include <modsig/core.hpp>
#include <modsig/engine/native.hpp>
using tested_engine = modsig::engine::native;
#else
#include <modsig/modsig.hpp>
using tested_engine = modsig::engine::botan;
#endif

#endif  // MODSIG_TESTS_SUPPORT_TESTED_ENGINE_HPP
