// SPDX-License-Identifier: BSL-1.0
//
// DER as a tree that can be changed anywhere: lengths are made anew when it is encoded.
#ifndef MODSIG_TESTS_SUPPORT_DER_TREE_HPP
#define MODSIG_TESTS_SUPPORT_DER_TREE_HPP

#include "../key/forge.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace der_tree {

struct node {
    std::uint8_t tag = 0;
    octets content{};              // of a primitive; of a BIT STRING around others, its count of unused bits
    std::vector<node> children{};
    bool has_children = false;     // what an OCTET STRING or a BIT STRING holds counts, too
    bool is_raw = false;           // no element: bytes as they are

    [[nodiscard]] octets encoded() const {
        if (is_raw) return content;
        octets inside = content;
        for (const node& each : children) inside = inside + each.encoded();
        return tlv(tag, inside);
    }
};

/// Elements one behind the other; none where the bytes are anything else.
inline std::optional<std::vector<node>> parse_all(modsig::byte_view bytes) {
    std::vector<node> all;
    while (!bytes.empty()) {
        if (bytes.size() < 2) return std::nullopt;
        std::size_t head = 2, length = bytes[1];
        if (length > 0x80) {
            head += length & 0x7f;
            if (head > 5 || head > bytes.size()) return std::nullopt;
            length = 0;
            for (std::size_t i = 2; i != head; ++i) length = length << 8 | bytes[i];
        }
        if (length > bytes.size() - head) return std::nullopt;
        const modsig::byte_view inside = bytes.subspan(head, length);
        node one{.tag = bytes[0]};
        const bool is_bits = one.tag == 3 && !inside.empty() && inside[0] == 0;
        const bool may_hold = (one.tag & 0x20) != 0 || is_bits || one.tag == 4;
        auto children = may_hold ? parse_all(inside.subspan(is_bits ? 1 : 0)) : std::nullopt;
        const bool is_inner = children && ((one.tag & 0x20) != 0 || (children->size() == 1 && children->front().tag == 0x30));
        if ((one.tag & 0x20) != 0 && !children) return std::nullopt;
        if (is_inner) {
            one.children = *std::move(children);
            one.has_children = true;
            if (is_bits) one.content = {0};
        } else {
            one.content.assign(inside.begin(), inside.end());
        }
        all.push_back(std::move(one));
        bytes = bytes.subspan(head + length);
    }
    return all;
}
inline std::optional<node> parse(modsig::byte_view bytes) {
    auto all = parse_all(bytes);
    if (!all || all->size() != 1) return std::nullopt;
    return std::move(all->front());
}

/// Calls changed(encoding) for everything that is one insertion or doubling away from the tree.
template <class Changed>
void each_change(node& root, node& at, const Changed& changed) {
    const auto tell = [&] { changed(root.encoded()); };
    if (!at.has_children) {
        for (std::size_t i = 0; i <= at.content.size(); ++i) {
            const auto place = static_cast<std::ptrdiff_t>(i);
            const std::uint8_t neighbour = i < at.content.size() ? at.content[i] : std::uint8_t{0x30};
            for (const std::uint8_t byte : {std::uint8_t{0}, neighbour}) {
                at.content.insert(at.content.begin() + place, byte);
                tell();
                at.content.erase(at.content.begin() + place);
            }
        }
        return;
    }
    const auto inserted = [&](std::size_t i, node extra) {
        const auto place = static_cast<std::ptrdiff_t>(i);
        at.children.insert(at.children.begin() + place, std::move(extra));
        tell();
        at.children.erase(at.children.begin() + place);
    };
    for (std::size_t i = 0; i <= at.children.size(); ++i) {
        for (const char* extra : {"0500", "040141", "3000", "3100", "a000", "a1020500", "06012a"})
            inserted(i, *parse(hex(extra)));
        for (const std::uint8_t byte : {std::uint8_t{0}, std::uint8_t{0x30}}) inserted(i, {.content = {byte}, .is_raw = true});
    }
    for (std::size_t i = 0; i != at.children.size(); ++i) {
        inserted(i, at.children[i]);
        each_change(root, at.children[i], changed);
    }
}

}  // namespace der_tree

#endif  // MODSIG_TESTS_SUPPORT_DER_TREE_HPP
