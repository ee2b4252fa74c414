// SPDX-License-Identifier: BSL-1.0
//
// The trust of the C interface: keys and revocations in binary form. How keys are read depends on the policy (Linux reads BER), so
// that each verifier makes a keyring of its own.
#ifndef MODSIG_C_TRUST_HPP
#define MODSIG_C_TRUST_HPP

#include "engine.hpp"
#include "layout_names.hpp"
#include "modsig.h"

#include <modsig/revocation.hpp>

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

namespace c_library {

struct stored_key {
    std::string place{};  // "bundle.pem, entry 2", for notes
    std::vector<std::uint8_t> bytes{};
    layout_names layouts{};  // for which the key is trusted; none: the default
};

struct stored_revocations {
    std::vector<std::vector<std::uint8_t>> keys{};
    std::vector<modsig::revoked_digest> digests{};
};

/// "bundle.pem, entry 2: not used: the DER is not what the syntax requires (bad_der at offset 4)"
[[nodiscard]] std::string note_of(const std::string& place, const modsig::failure& reason);

}  // namespace c_library

struct modsig_trust {
    mutable std::mutex lock{};
    std::vector<c_library::stored_key> keys{};
    c_library::stored_revocations revoked{};
    std::deque<std::string> notes{};  // they stay in place: callers have pointers to them
};

#endif  // MODSIG_C_TRUST_HPP
