// SPDX-License-Identifier: BSL-1.0
#include "../printable.hpp"
#include "boundary.hpp"
#include "engine.hpp"
#include "policies.hpp"
#include "result.hpp"
#include "trust.hpp"

#include <modsig/digest/fsverity.hpp>
#include <modsig/keyring/files.hpp>
#include <modsig/linux/kernel_config.hpp>
#include <modsig/linux/reading.hpp>
#include <modsig/load/sealed_file.hpp>
#include <modsig/version.hpp>

#include <ctime>
#include <deque>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

struct modsig_verifier {
    std::deque<c_library::layout_names> scopes{};  // the keys of the ring view these
    c_library::key_store ring{};
    std::unique_ptr<c_library::policy_verifier> policy{};
    std::deque<std::string> notes{};
    std::int64_t time = 0;  // 0: the system's
};

namespace c_library {
namespace {

using modsig::byte_view;
using modsig::load::sealed_file;

/// A revocation counts however its key is read: it is never left out.
void revoke(key_store& ring, byte_view key) {
    if (!ring.revoke(key)) (void)ring.revoke<modsig::linux_reading>(key);
}

template <class Reading>
void fill(modsig_verifier& verifier, const modsig_trust& trust, const Reading& reading) {
    for (const stored_key& key : trust.keys) {
        const layout_names& layouts = verifier.scopes.emplace_back(key.layouts);
        modsig::result<void> admitted = verifier.policy->admits(key.bytes);
        if (admitted)
            if (const auto taken = verifier.ring.add(key.bytes, modsig::key_scope{layouts, {}}, reading); !taken) admitted = taken.error();
        if (!admitted) verifier.notes.push_back(note_of(key.place, admitted.error()));
    }
    for (const auto& key : trust.revoked.keys) revoke(verifier.ring, key);
    for (const modsig::revoked_digest& digest : trust.revoked.digests) (void)verifier.ring.revoke_digest(digest);  // trust.cpp has looked at its size
}

modsig_status make_verifier(const modsig_trust& trust, const modsig_options* given, modsig_verifier*& made) {
    modsig_options options;
    if (!read_struct(given, options)) return MODSIG_INVALID_ARGUMENT;
    const policy_entry* const policy = find_policy(options.policy != nullptr ? options.policy : "strict");
    const auto layouts = parse_layout_names(options.layouts);
    if (policy == nullptr || !layouts) return MODSIG_UNKNOWN_NAME;
    modsig::linux_kernel kernel;
    if (options.kernel != nullptr) {
        if (!policy->has_kernel) return MODSIG_INVALID_ARGUMENT;
        const auto* const release = modsig::closest_linux_release(options.kernel);
        if (release == nullptr) return MODSIG_UNKNOWN_NAME;
        kernel.release = *release;
    }
    auto verifier = std::make_unique<modsig_verifier>();
    verifier->time = options.time;
    verifier->policy = policy->make(verifier->ring, *layouts, kernel);
    if (verifier->policy == nullptr) return MODSIG_UNKNOWN_NAME;
    const std::lock_guard held(trust.lock);
    if (policy->is_linux) fill(*verifier, trust, modsig::linux_reading{kernel});
    else fill(*verifier, trust, modsig::strict_reading{});
    made = verifier.release();
    return MODSIG_OK;
}

modsig::verity_options verity_of(const modsig_input& input) {
    modsig::verity_options options{.hash = modsig::digest_of_name(input.fsverity_digest), .salt = view(input.fsverity_salt, input.fsverity_salt_size)};
    if (input.fsverity_block_size != 0) options.block_size = input.fsverity_block_size;
    return options;
}

bool has_signature(const modsig_input& input) { return input.signature != nullptr || input.signature_path != nullptr; }

/// `read_input` reads what the caller says there is besides the image. False where it makes no sense.
[[nodiscard]] bool read_input(const modsig_input* given, modsig_input& input) {
    if (!read_struct(given, input)) return false;
    const auto is_whole = [](const void* data, std::size_t size) { return data != nullptr || size == 0; };
    const bool is_of_verity = input.fsverity_digest != nullptr;
    return is_whole(input.signature, input.signature_size) && is_whole(input.fsverity_salt, input.fsverity_salt_size) &&
           is_whole(input.evm_metadata, input.evm_metadata_size) && (input.signature == nullptr || input.signature_path == nullptr) &&
           (input.signature_source == MODSIG_DETACHED || (input.signature_source == MODSIG_ATTRIBUTE && has_signature(input))) &&
           (is_of_verity ? modsig::digest::check_options(verity_of(input)).has_value() : input.fsverity_salt_size == 0 && input.fsverity_block_size == 0);
}

/// What there is besides the image, as the library has it. Holds what the subject views.
struct companions {
    std::vector<std::uint8_t> signature{};  // of a file
    modsig::subject subject{};
};

/// Failures: the file of a detached signature cannot be read.
[[nodiscard]] modsig::result<companions> read_companions(const modsig_input& input) {
    companions read;
    if (has_signature(input)) {
        read.subject.signature.source = input.signature_source == MODSIG_DETACHED ? modsig::signature_source::detached : modsig::signature_source::xattr;
        read.subject.signature.bytes = view(input.signature, input.signature_size);
    }
    if (input.fsverity_digest != nullptr) read.subject.beside.verity = verity_of(input);
    read.subject.beside.metadata = view(input.evm_metadata, input.evm_metadata_size);
    if (input.signature_path == nullptr) return read;
    const auto bytes = modsig::keyring::read_key_file(input.signature_path);
    if (!bytes) return bytes.error();
    read.signature.assign(bytes->view().begin(), bytes->view().end());
    read.subject.signature.bytes = read.signature;
    return read;
}

finding unreadable(const modsig::failure& reason, const std::string& prefix = {}) {
    finding found;
    found.report.why = reason;
    found.error = reason.code == modsig::errc::io_error && errno != 0 ? errno : static_cast<int>(reason.linux_errno());
    found.message = prefix + (reason.code == modsig::errc::io_error ? std::generic_category().message(found.error) : std::string(reason.message()));
    return found;
}

finding appraise(const modsig_verifier& verifier, companions& more, byte_view image) {
    more.subject.image = image;
    finding found;
    found.report = verifier.policy->appraise(more.subject, {.now = verifier.time != 0 ? verifier.time : std::time(nullptr)});
    found.error = found.report.outcome == modsig::verdict::verified ? 0 : static_cast<int>(verifier.policy->errno_of(found.report.why));
    return found;
}

/// `open` makes a sealed copy of a file.
template <class Open>
finding appraise_copy(const modsig_verifier& verifier, const modsig_input& input, const Open& open) {
    auto more = read_companions(input);
    if (!more) return unreadable(more.error(), "its signature: ");
    auto copy = open();
    if (!copy) return unreadable(copy.error());
    finding found = appraise(verifier, *more, *copy);
    found.copy = std::move(*copy);
    return found;
}

/// `verify` returns a finding; it is called where the arguments make sense.
template <class Verify>
modsig_verdict answer(modsig_result** result, bool is_valid, const Verify& verify) noexcept {
    modsig_result* made = &result_of_invalid_argument;
    if (is_valid) {
        const auto verified = [&] {
            errno = 0;
            return new_result(verify());
        };
        made = guarded(verified, &result_of_no_memory, &result_of_internal_error);
    }
    const modsig_verdict verdict = made->verdict;
    if (result != nullptr) *result = made;
    else modsig_result_free(made);
    return verdict;
}

}  // namespace
}  // namespace c_library

using namespace c_library;

uint32_t modsig_version(void) noexcept { return MODSIG_VERSION; }
const char* modsig_engine(void) noexcept { return engine_name; }

const char* modsig_status_text(modsig_status status) noexcept {
    return text_of(status);
}

modsig_status modsig_verifier_new(const modsig_trust* trust, const modsig_options* options, modsig_verifier** verifier) noexcept {
    if (verifier != nullptr) *verifier = nullptr;
    if (trust == nullptr || verifier == nullptr) return MODSIG_INVALID_ARGUMENT;
    return guarded([&] { return make_verifier(*trust, options, *verifier); });
}

void modsig_verifier_free(modsig_verifier* verifier) noexcept {
    const call entered;
    delete verifier;
}
size_t modsig_verifier_key_count(const modsig_verifier* verifier) noexcept { return verifier != nullptr ? verifier->ring.keys().size() : 0; }
size_t modsig_verifier_note_count(const modsig_verifier* verifier) noexcept { return verifier != nullptr ? verifier->notes.size() : 0; }
const char* modsig_verifier_note(const modsig_verifier* verifier, size_t index) noexcept {
    return verifier != nullptr && index < verifier->notes.size() ? verifier->notes[index].c_str() : nullptr;
}

modsig_verdict modsig_verify_file(const modsig_verifier* verifier, const char* path, const modsig_input* given, modsig_result** result) noexcept {
    modsig_input input;
    const bool is_valid = verifier != nullptr && path != nullptr && read_input(given, input) && input.evm_metadata == nullptr;
    return answer(result, is_valid, [&] { return appraise_copy(*verifier, input, [&] { return sealed_file::open(path); }); });
}

modsig_verdict modsig_verify_descriptor(const modsig_verifier* verifier, int descriptor, const modsig_input* given, modsig_result** result) noexcept {
    modsig_input input;
    const bool is_valid = verifier != nullptr && read_input(given, input) && input.evm_metadata == nullptr;
    return answer(result, is_valid, [&] { return appraise_copy(*verifier, input, [&] { return sealed_file::from_fd(descriptor); }); });
}

modsig_verdict modsig_verify_memory(const modsig_verifier* verifier, const void* data, size_t size, const modsig_input* given, modsig_result** result) noexcept {
    modsig_input input;
    const bool is_valid = verifier != nullptr && (data != nullptr || size == 0) && read_input(given, input) && (input.evm_metadata == nullptr || size == 0);
    return answer(result, is_valid, [&] {
        auto more = read_companions(input);
        return more ? appraise(*verifier, *more, view(data, size)) : unreadable(more.error(), "its signature: ");
    });
}
