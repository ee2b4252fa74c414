// SPDX-License-Identifier: BSL-1.0
//
// Results of the C interface.
#ifndef MODSIG_C_RESULT_HPP
#define MODSIG_C_RESULT_HPP

#include "modsig.h"

#include <modsig/bytes.hpp>
#include <modsig/load/sealed_file.hpp>
#include <modsig/verified.hpp>

#include <cstdint>
#include <optional>
#include <string>

/// The default refuses.
struct modsig_result {
    modsig_verdict verdict = MODSIG_REJECTED;
    modsig_kind kind = MODSIG_KIND_BAD_SIGNATURE;
    int error = 0;  // errno
    bool is_allocated = false;
    const char *reason = "not_checked", *message = "nothing was checked", *layout = "", *digest = "", *scheme = "", *key_id = "", *signer = "";
    std::uint64_t offset = 0;
    modsig::range content{};
    const modsig::load::sealed_file* copy = nullptr;  // of the file; null of memory, and where it could not be read
    const char* library_path = nullptr;
};

namespace c_library {

/// Results for which nothing is allocated. They are not changed: modsig_result_free() leaves them alone.
extern constinit modsig_result result_of_nothing, result_of_invalid_argument, result_of_no_memory, result_of_internal_error;

/// What a verification has found.
struct finding {
    modsig::appraisal report{};
    int error = 0;                                    // errno
    std::string message{};                            // empty: the reason's own
    std::optional<modsig::load::sealed_file> copy{};  // of the image, if one was made
};

[[nodiscard]] modsig_result* new_result(finding&& found);

}  // namespace c_library

#endif  // MODSIG_C_RESULT_HPP
