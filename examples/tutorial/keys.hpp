// SPDX-License-Identifier: BSL-1.0
// The vendor's keys, which are part of the host. A file of their own: new keys compile nothing else again.
#ifndef TUTORIAL_KEYS_HPP
#define TUTORIAL_KEYS_HPP

#include <modsig/engine/native.hpp>
#include <modsig/keyring.hpp>

const modsig::keyring_view<modsig::engine::native>& vendor_keys();

#endif  // TUTORIAL_KEYS_HPP
