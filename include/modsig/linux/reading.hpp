// SPDX-License-Identifier: BSL-1.0
//
// All of linux_reading: its grammar, its rules for keyrings, its search for keys. The policies of Linux include this header.
#ifndef MODSIG_LINUX_READING_HPP
#define MODSIG_LINUX_READING_HPP

#include <modsig/linux/grammar.hpp>
#include <modsig/linux/keyring/entry_rules.hpp>
#include <modsig/linux/verifier/appraiser.hpp>

#endif  // MODSIG_LINUX_READING_HPP
