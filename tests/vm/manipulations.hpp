// SPDX-License-Identifier: BSL-1.0
//
// What is done to a signed module: each has a name, and makes of the genuine bytes others.
// The end of a module: payload, CMS message, struct module_signature (12 bytes), marker (28 bytes).
#ifndef MODSIG_TESTS_VM_MANIPULATIONS_HPP
#define MODSIG_TESTS_VM_MANIPULATIONS_HPP

#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

namespace guest {

using bytes = std::vector<std::uint8_t>;

inline constexpr std::string_view marker = "~Module signature appended~\n";
inline constexpr std::size_t info_size = 12, key_id_size_at = 4, message_size_at = 8;

struct parts {
    std::size_t payload, message;  // sizes
    [[nodiscard]] std::size_t info_at() const { return payload + message; }
};

inline parts parts_of(const bytes& module) {
    const std::size_t end = info_size + marker.size();
    if (module.size() < end) std::abort();
    const std::size_t info = module.size() - end;
    std::size_t message = 0;
    for (std::size_t i = 0; i != 4; ++i) message = message << 8 | module[info + message_size_at + i];
    if (message > info) std::abort();
    return {info - message, message};
}

inline void set_message_size(bytes& module, std::size_t info_at, std::size_t size) {
    for (std::size_t i = 0; i != 4; ++i) module[info_at + message_size_at + i] = static_cast<std::uint8_t>(size >> (24 - 8 * i));
}

inline bytes without_signature(const bytes& module) {
    return {module.begin(), module.begin() + static_cast<std::ptrdiff_t>(parts_of(module).payload)};
}

/// Every manipulation of a module; `unknown_signer` is the message that somebody else has signed for the same payload.
inline std::vector<std::pair<std::string_view, bytes>> manipulations(const bytes& good, const bytes& unknown_signer) {
    const parts at = parts_of(good);
    std::vector<std::pair<std::string_view, bytes>> all;
    const auto changed = [&](std::string_view name, auto change) {
        bytes module = good;
        change(module);
        all.emplace_back(name, std::move(module));
    };
    changed("good", [](bytes&) {});
    changed("payload_bit", [&](bytes& m) { m[at.payload / 2] ^= 1; });
    changed("signature_bit", [&](bytes& m) { m[at.info_at() - 1] ^= 1; });
    changed("key_id_size", [&](bytes& m) { m[at.info_at() + key_id_size_at] = 1; });
    changed("message_size_less", [&](bytes& m) { set_message_size(m, at.info_at(), at.message - 1); });
    changed("message_size_more", [&](bytes& m) { set_message_size(m, at.info_at(), at.message + 1); });
    all.emplace_back("unsigned", without_signature(good));

    bytes foreign = without_signature(good);
    foreign.insert(foreign.end(), unknown_signer.begin(), unknown_signer.end());
    foreign.insert(foreign.end(), good.begin() + static_cast<std::ptrdiff_t>(at.info_at()), good.end());
    set_message_size(foreign, at.payload + unknown_signer.size(), unknown_signer.size());
    all.emplace_back("unknown_signer", std::move(foreign));
    return all;
}

}  // namespace guest

#endif  // MODSIG_TESTS_VM_MANIPULATIONS_HPP
