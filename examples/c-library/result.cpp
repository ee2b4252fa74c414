// SPDX-License-Identifier: BSL-1.0
#include "result.hpp"

#include "../modsig/exit_status.hpp"
#include "../modsig/text.hpp"
#include "boundary.hpp"

#include <modsig/algorithm.hpp>
#include <modsig/load/payload.hpp>
#include <modsig/load/plugin.hpp>

#include <memory>
#include <utility>

namespace c_library {

constinit modsig_result result_of_nothing{};
constinit modsig_result result_of_invalid_argument{.kind = MODSIG_KIND_UNREADABLE, .error = EINVAL, .reason = "invalid_argument", .message = text_of(MODSIG_INVALID_ARGUMENT)};
constinit modsig_result result_of_no_memory{.kind = MODSIG_KIND_UNREADABLE, .error = ENOMEM, .reason = "out_of_memory", .message = text_of(MODSIG_OUT_OF_MEMORY)};
constinit modsig_result result_of_internal_error{.kind = MODSIG_KIND_UNREADABLE, .error = EIO, .reason = "internal_error", .message = text_of(MODSIG_INTERNAL_ERROR)};

namespace {

// modsig.h promises the numbers of the tool.
using tool::exit_status;
static_assert(static_cast<int>(exit_status::good) == MODSIG_KIND_NONE && static_cast<int>(exit_status::bad_signature) == MODSIG_KIND_BAD_SIGNATURE &&
              static_cast<int>(exit_status::not_signed) == MODSIG_KIND_NOT_SIGNED && static_cast<int>(exit_status::unknown_key) == MODSIG_KIND_UNKNOWN_KEY &&
              static_cast<int>(exit_status::refused) == MODSIG_KIND_REFUSED && static_cast<int>(exit_status::malformed) == MODSIG_KIND_MALFORMED &&
              static_cast<int>(exit_status::unreadable) == MODSIG_KIND_UNREADABLE);
static_assert(static_cast<int>(modsig::verdict::rejected) == MODSIG_REJECTED && static_cast<int>(modsig::verdict::tolerated) == MODSIG_TOLERATED &&
              static_cast<int>(modsig::verdict::verified) == MODSIG_VERIFIED);

/// A result that owns its texts and the copy of the image.
struct owning_result final : modsig_result {
    std::string own_reason, own_message, own_layout, own_digest, own_scheme, own_key_id, own_signer, own_path{};
    std::optional<modsig::load::sealed_file> own_copy;

    explicit owning_result(finding&& found)
        : own_reason(name(found.report.why.code)), own_message(found.message.empty() ? std::string(found.report.why.message()) : std::move(found.message)),
          own_layout(found.report.layout),
          own_digest(found.report.claim.content_digest != modsig::digest_id::none ? name(found.report.claim.content_digest) : ""),
          own_scheme(found.report.claim.scheme != modsig::scheme_id::none ? name(found.report.claim.scheme) : ""),
          own_key_id(tool::key_id_text(found.report.key)),
          own_signer(found.report.anchor != nullptr ? tool::printable(tool::owner(found.report.anchor->subject)) : ""), own_copy(std::move(found.copy)) {
        const modsig::appraisal& report = found.report;
        verdict = static_cast<modsig_verdict>(report.outcome);
        kind = static_cast<modsig_kind>(tool::status_of(report.why.code));
        error = found.error;
        is_allocated = true;
        reason = own_reason.c_str(), message = own_message.c_str(), layout = own_layout.c_str(), digest = own_digest.c_str();
        scheme = own_scheme.c_str(), key_id = own_key_id.c_str(), signer = own_signer.c_str();
        offset = report.why.code == modsig::errc::none ? 0 : report.why.offset;
        content = report.content;
        if (!own_copy) return;
        copy = &*own_copy;
        if (report.outcome != modsig::verdict::verified || !is_loadable()) return;
        own_path = modsig::load::library_path(copy->descriptor()).c_str();
        library_path = own_path.c_str();
    }
    owning_result(const owning_result&) = delete;
    owning_result& operator=(const owning_result&) = delete;

    /// A loader reads from the first byte of memory that nobody can change.
    [[nodiscard]] bool is_loadable() const { return copy->is_sealed() && modsig::load::payload_size(content).has_value(); }
};

const modsig_result& of(const modsig_result* result) { return result != nullptr ? *result : result_of_nothing; }

int loadable_descriptor(const modsig_result* result, modsig_verdict needed) {
    const modsig_result& found = of(result);
    if (found.copy == nullptr || found.verdict != needed || !static_cast<const owning_result&>(found).is_loadable()) return -1;
    return found.copy->descriptor();
}

}  // namespace

modsig_result* new_result(finding&& found) { return std::make_unique<owning_result>(std::move(found)).release(); }

}  // namespace c_library

using namespace c_library;

void modsig_result_free(modsig_result* result) noexcept {
    if (result == nullptr || !result->is_allocated) return;
    const call entered;
    delete static_cast<owning_result*>(result);
}
modsig_verdict modsig_result_verdict(const modsig_result* result) noexcept { return of(result).verdict; }
const char* modsig_result_reason(const modsig_result* result) noexcept { return of(result).reason; }
modsig_kind modsig_result_kind(const modsig_result* result) noexcept { return of(result).kind; }
const char* modsig_result_message(const modsig_result* result) noexcept { return of(result).message; }
int modsig_result_errno(const modsig_result* result) noexcept { return of(result).error; }
uint64_t modsig_result_offset(const modsig_result* result) noexcept { return of(result).offset; }
const char* modsig_result_layout(const modsig_result* result) noexcept { return of(result).layout; }
const char* modsig_result_digest(const modsig_result* result) noexcept { return of(result).digest; }
const char* modsig_result_scheme(const modsig_result* result) noexcept { return of(result).scheme; }
const char* modsig_result_key_id(const modsig_result* result) noexcept { return of(result).key_id; }
const char* modsig_result_signer(const modsig_result* result) noexcept { return of(result).signer; }
uint64_t modsig_result_content_offset(const modsig_result* result) noexcept { return of(result).content.offset; }
uint64_t modsig_result_content_size(const modsig_result* result) noexcept { return of(result).content.size; }

const void* modsig_result_content(const modsig_result* result, size_t* size) noexcept {
    const modsig_result& found = of(result);
    const bool is_proven = found.copy != nullptr && found.verdict == MODSIG_VERIFIED;
    const auto bytes = is_proven ? slice(*found.copy, found.content) : std::nullopt;
    if (size != nullptr) *size = bytes ? bytes->size() : 0;
    if (!bytes) return nullptr;
    return bytes->empty() ? static_cast<const void*>("") : bytes->data();  // nothing that is verified is something
}
int modsig_result_descriptor(const modsig_result* result) noexcept { return loadable_descriptor(result, MODSIG_VERIFIED); }
int modsig_result_tolerated_descriptor(const modsig_result* result) noexcept { return loadable_descriptor(result, MODSIG_TOLERATED); }
const char* modsig_result_library_path(const modsig_result* result) noexcept { return of(result).library_path; }
