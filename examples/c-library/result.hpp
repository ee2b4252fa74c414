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

[[nodiscard]] constexpr const char* text_of(modsig_status status) {
    switch (status) {
        case MODSIG_OK: return "done";
        case MODSIG_INVALID_ARGUMENT: return "an argument is missing or not known";
        case MODSIG_OUT_OF_MEMORY: return "memory has run out";
        case MODSIG_UNREADABLE: return "a file or folder cannot be read";
        case MODSIG_NO_KEY: return "there is no key that can be used";
        case MODSIG_BAD_ENTRY: return "an entry of revocations cannot be understood";
        case MODSIG_UNKNOWN_NAME: return "no policy, layout, digest or kernel has this name";
        case MODSIG_INTERNAL_ERROR: break;
    }
    return "a fault of modsig itself";
}

[[nodiscard]] modsig_result* new_result(finding&& found);

}  // namespace c_library

#endif  // MODSIG_C_RESULT_HPP
