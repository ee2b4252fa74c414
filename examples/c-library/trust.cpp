// SPDX-License-Identifier: BSL-1.0
#include "trust.hpp"

#include "../printable.hpp"
#include "boundary.hpp"

#include <modsig/keyring/files.hpp>
#include <modsig/keyring/store.hpp>
#include <modsig/linux/reading.hpp>

#include <iterator>
#include <system_error>
#include <utility>

namespace c_library {

std::string note_of(const std::string& place, const modsig::failure& reason) {
    return place + ": not used: " + std::string(reason.message()) + " (" + std::string(name(reason.code)) + " at offset " + std::to_string(reason.offset) + ")";
}

namespace {

using bytes = std::vector<std::uint8_t>;
using modsig::byte_view;
namespace keyring = modsig::keyring;

constexpr const char* memory_name = "memory";

std::string place_of(const std::filesystem::path& path, std::size_t index) {
    return printable(path.native()) + (index == 0 ? "" : ", entry " + std::to_string(index + 1));
}
/// What one call adds: all of it when the call is done.
struct addition {
    std::vector<stored_key> keys{};
    stored_revocations revoked{};
    std::vector<std::string> notes{};

    auto reporter() {
        return [this](const std::filesystem::path& path, std::size_t index, const modsig::failure& reason) { notes.push_back(note_of(place_of(path, index), reason)); };
    }
};

template <class List>
void move_to(List& to, auto& from) {
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}
void move_to(modsig_trust& trust, addition& added) {
    trust.keys.reserve(trust.keys.size() + added.keys.size());
    trust.revoked.keys.reserve(trust.revoked.keys.size() + added.revoked.keys.size());
    trust.revoked.digests.reserve(trust.revoked.digests.size() + added.revoked.digests.size());
    move_to(trust.notes, added.notes);
    move_to(trust.keys, added.keys);
    move_to(trust.revoked.keys, added.revoked.keys);
    move_to(trust.revoked.digests, added.revoked.digests);
}

/// Takes each key that one of the two readings takes.
auto key_recorder(addition& added, const layout_names& layouts) {
    return [&added, &layouts](const std::filesystem::path& path, byte_view blob) {
        keyring::store<engine> trial;
        auto taken = trial.add(blob);
        if (!taken)
            if (auto as_linux = trial.add<modsig::linux_reading>(blob)) taken = std::move(as_linux);
        if (taken) added.keys.push_back({place_of(path, 0), bytes(blob.begin(), blob.end()), layouts});
        return taken;
    };
}

/// A list of revocations that keeps what it is given, as keyring::revoke_path() wants it.
struct revocation_recorder {
    stored_revocations& kept;

    modsig::result<modsig::key_info> revoke(byte_view blob, modsig::strict_reading = {}) {
        keyring::revocations<engine> trial;
        auto taken = trial.revoke(blob);
        if (!taken)
            if (auto as_linux = trial.revoke<modsig::linux_reading>(blob)) taken = std::move(as_linux);
        if (taken) kept.keys.emplace_back(blob.begin(), blob.end());
        return taken;
    }
    modsig::result<void> revoke_digest(const modsig::revoked_digest& digest) {
        kept.digests.push_back(digest);
        return modsig::result<void>::success();
    }
};

/// errno, where a file could not be read, stands in the note.
modsig_status unreadable(modsig_trust& trust, const char* path, const modsig::failure& reason) {
    const std::string words = reason.code == modsig::errc::io_error && errno != 0 ? std::generic_category().message(errno) : std::string(reason.message());
    trust.notes.push_back(printable(path) + ": " + words);
    return MODSIG_UNREADABLE;
}

template <class Read>
modsig_status add_keys(modsig_trust* trust, const char* path, const char* layouts, const Read& read) {
    const auto scope = parse_layout_names(layouts);
    if (!scope) return MODSIG_UNKNOWN_NAME;
    addition added;
    errno = 0;
    const modsig::result<std::size_t> found = read(key_recorder(added, *scope), added.reporter());
    const std::lock_guard held(trust->lock);
    if (!found) return unreadable(*trust, path, found.error());
    const bool has_key = !added.keys.empty();
    move_to(*trust, added);
    return has_key ? MODSIG_OK : MODSIG_NO_KEY;
}

template <class Read>
modsig_status add_revocations(modsig_trust* trust, const char* path, const Read& read) {
    addition added;
    errno = 0;
    const modsig::result<std::size_t> found = read(revocation_recorder{added.revoked}, added.reporter());
    const std::lock_guard held(trust->lock);
    if (!found) return unreadable(*trust, path, found.error());
    const bool is_whole = added.notes.empty();
    if (!is_whole) added.revoked = {};
    move_to(*trust, added);
    return is_whole ? MODSIG_OK : MODSIG_BAD_ENTRY;
}

}  // namespace
}  // namespace c_library

using namespace c_library;

modsig_trust* modsig_trust_new(void) noexcept {
    return guarded([] { return new modsig_trust; }, static_cast<modsig_trust*>(nullptr), static_cast<modsig_trust*>(nullptr));
}

void modsig_trust_free(modsig_trust* trust) noexcept {
    const call entered;
    delete trust;
}

modsig_status modsig_trust_add_path(modsig_trust* trust, const char* path, const char* layouts) noexcept {
    if (trust == nullptr || path == nullptr) return MODSIG_INVALID_ARGUMENT;
    return guarded([&] {
        return add_keys(trust, path, layouts, [&](const auto& use, const auto& report) { return keyring::for_each_key(path, use, report); });
    });
}

modsig_status modsig_trust_add_memory(modsig_trust* trust, const void* data, size_t size, const char* layouts) noexcept {
    if (trust == nullptr || (data == nullptr && size != 0)) return MODSIG_INVALID_ARGUMENT;
    return guarded([&] {
        return add_keys(trust, memory_name, layouts,
                        [&](const auto& use, const auto& report) -> modsig::result<std::size_t> { return keyring::for_each_key_in(view(data, size), memory_name, use, report); });
    });
}

modsig_status modsig_trust_revoke_path(modsig_trust* trust, const char* path) noexcept {
    if (trust == nullptr || path == nullptr) return MODSIG_INVALID_ARGUMENT;
    return guarded([&] { return add_revocations(trust, path, [&](auto&& list, const auto& report) { return keyring::revoke_path(list, path, report); }); });
}

modsig_status modsig_trust_revoke_memory(modsig_trust* trust, const void* data, size_t size) noexcept {
    if (trust == nullptr || (data == nullptr && size != 0)) return MODSIG_INVALID_ARGUMENT;
    return guarded([&] {
        return add_revocations(trust, memory_name, [&](auto&& list, const auto& report) -> modsig::result<std::size_t> { return keyring::revoke_in(list, view(data, size), memory_name, report); });
    });
}

size_t modsig_trust_key_count(const modsig_trust* trust) noexcept {
    if (trust == nullptr) return 0;
    const std::lock_guard held(trust->lock);
    return trust->keys.size();
}

size_t modsig_trust_note_count(const modsig_trust* trust) noexcept {
    if (trust == nullptr) return 0;
    const std::lock_guard held(trust->lock);
    return trust->notes.size();
}

const char* modsig_trust_note(const modsig_trust* trust, size_t index) noexcept {
    if (trust == nullptr) return nullptr;
    const std::lock_guard held(trust->lock);
    return index < trust->notes.size() ? trust->notes[index].c_str() : nullptr;
}
