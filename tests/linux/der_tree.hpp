// SPDX-License-Identifier: BSL-1.0
//
// DER as a tree that can be changed: every element with its tag, the form of its length, and what is inside; strings that hold
// elements themselves (an extension, a key) are opened, too. What comes of a change is encoded anew, lengths and all.
#ifndef MODSIG_TESTS_LINUX_DER_TREE_HPP
#define MODSIG_TESTS_LINUX_DER_TREE_HPP

#include <modsig/bytes.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <random>
#include <utility>
#include <vector>

namespace linux_differential {

using octets = std::vector<std::uint8_t>;
using modsig::byte_view;

/// How an element says how long it is. `wrong`: by `error` too long.
enum class length_form : std::uint8_t { shortest, one_byte, two_bytes, three_bytes, indefinite, wrong };

struct node {
    std::uint8_t tag = 0;
    length_form form = length_form::shortest;
    int error = 0;
    octets bytes{};  // content; of a string that is opened, what stands before the elements
    std::vector<node> inside{};

    /// `opens_strings`: whether strings whose content is elements are opened.
    [[nodiscard]] static std::optional<std::vector<node>> list(byte_view in, bool opens_strings = true);
    void write(octets& out) const;
};

inline std::optional<std::vector<node>> node::list(byte_view in, bool opens_strings) {
    std::vector<node> found;
    while (!in.empty()) {
        if (in.size() < 2 || (in[0] & 0x1f) == 0x1f) return std::nullopt;
        std::size_t head = 2, length = in[1];
        if (length > 0x80) {
            head += length & 0x7f;
            if (head > 4 || in.size() < head) return std::nullopt;
            length = modsig::load_be<std::size_t>(in.subspan(2, head - 2));
        } else if (length == 0x80) {
            return std::nullopt;
        }
        if (length > in.size() - head) return std::nullopt;
        const byte_view content = in.subspan(head, length);
        node each{.tag = in[0]};
        const std::size_t before = each.tag == 0x03 ? 1 : 0;  // unused bits
        const bool may_be_open = (each.tag & 0x20) != 0 || (opens_strings && (each.tag == 0x03 || each.tag == 0x04) && content.size() > before + 2);
        auto inside = may_be_open ? list(content.subspan(before), opens_strings) : std::nullopt;
        if (inside) each.bytes.assign(content.begin(), content.begin() + static_cast<std::ptrdiff_t>(before)), each.inside = std::move(*inside);
        else each.bytes.assign(content.begin(), content.end());
        found.push_back(std::move(each));
        in = in.subspan(head + length);
    }
    return found;
}

inline void node::write(octets& out) const {
    octets content = bytes;
    for (const node& each : inside) each.write(content);
    out.push_back(tag);
    const std::size_t size = form == length_form::wrong ? content.size() + static_cast<std::size_t>(error) : content.size();
    if (form == length_form::indefinite) {
        out.push_back(0x80);
        content.insert(content.end(), {0, 0});
    } else {
        unsigned count = size < 0x80 ? 0 : size < 0x100 ? 1 : 2;
        if (form == length_form::one_byte && size < 0x100) count = 1;
        if (form == length_form::two_bytes) count = 2;
        if (form == length_form::three_bytes) count = 3;
        if (count == 0) out.push_back(static_cast<std::uint8_t>(size));
        else out.push_back(static_cast<std::uint8_t>(0x80 | count));
        for (unsigned i = count; i-- != 0;) out.push_back(static_cast<std::uint8_t>(size >> (8 * i)));
    }
    out.insert(out.end(), content.begin(), content.end());
}

/// An element within another.
struct place {
    node* parent;
    std::size_t index;
    [[nodiscard]] node& element() const { return parent->inside[index]; }
};

inline void list_places(node& outer, std::vector<place>& found) {
    for (std::size_t i = 0; i != outer.inside.size(); ++i) {
        found.push_back({&outer, i});
        list_places(outer.inside[i], found);
    }
}

/// All that can be of indefinite length.
inline void make_indefinite(node& element) {
    if ((element.tag & 0x20) != 0) element.form = length_form::indefinite;
    for (node& each : element.inside) make_indefinite(each);
}

/// Changes trees. `pool`: elements to put in; not empty.
class mutator {
    std::mt19937_64 random_;
    std::vector<node> pool_;

public:
    mutator(std::uint64_t seed, std::vector<node> pool) : random_(seed), pool_(std::move(pool)) {}

    void reseed(std::uint64_t seed) { random_.seed(seed); }

    [[nodiscard]] std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_() % limit); }

    /// One change, somewhere below `root`, whose `inside` is what is encoded in the end.
    void change(node& root) {
        std::vector<place> places;
        list_places(root, places);
        if (places.empty()) return;
        const place at = places[below(places.size())];
        node& element = at.element();
        auto& siblings = at.parent->inside;
        const auto here = siblings.begin() + static_cast<std::ptrdiff_t>(at.index);
        switch (below(16)) {
            case 0: element.tag = static_cast<std::uint8_t>(below(256)); break;
            case 1: element.tag ^= static_cast<std::uint8_t>(1u << below(8)); break;
            case 2: element.tag ^= 0x20; break;
            case 3: element.tag = likely_tag(); break;
            case 4: element.form = static_cast<length_form>(1 + below(3)); break;
            case 5: element.form = length_form::indefinite; break;
            case 6:
                if (below(4) != 0) return change(root);  // it hardly ever leaves anything to be read
                element.form = length_form::wrong;
                element.error = static_cast<int>(below(9)) - 4;
                break;
            case 7: siblings.erase(here); break;
            case 8: siblings.insert(here, node(element)); break;
            case 9: std::swap(element, siblings[below(siblings.size())]); break;
            case 10: siblings.insert(here + static_cast<std::ptrdiff_t>(below(2)), any_of(places)); break;
            case 11: element = any_of(places); break;
            case 12: change_bytes(element); break;
            case 13: take_bytes_of(element, any_of(places)); break;
            case 14: {  // one more around it
                node around{.tag = likely_tag(), .inside = {element}};
                element = std::move(around);
                break;
            }
            default: {  // nothing around what is inside
                std::vector<node> inside = std::move(element.inside);
                siblings.erase(here);
                siblings.insert(siblings.begin() + static_cast<std::ptrdiff_t>(at.index), inside.begin(), inside.end());
            }
        }
    }

    /// One change of what is encoded.
    void change(octets& encoded) {
        if (encoded.empty()) return;
        const std::size_t at = below(encoded.size());
        switch (below(4)) {
            case 0: encoded[at] = static_cast<std::uint8_t>(below(256)); break;
            case 1: encoded.resize(at); break;
            case 2: encoded.insert(encoded.end(), below(8), static_cast<std::uint8_t>(below(256))); break;
            default: encoded[at] ^= static_cast<std::uint8_t>(1u << below(8));
        }
    }

private:
    [[nodiscard]] std::uint8_t likely_tag() {
        constexpr std::uint8_t tags[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0c, 0x13, 0x17, 0x18, 0x30, 0x31, 0x10, 0x11, 0xa0, 0xa1,
                                         0xa2, 0xa3, 0xa4, 0xa5, 0xa8, 0x80, 0x81, 0x82, 0x83, 0x84, 0x86, 0x00, 0x24, 0x1f};
        return tags[below(sizeof tags)];
    }

    /// From the pool or from the tree itself.
    [[nodiscard]] node any_of(const std::vector<place>& places) {
        return below(3) == 0 ? node(places[below(places.size())].element()) : pool_[below(pool_.size())];
    }

    void change_bytes(node& element) {
        octets& bytes = element.bytes;
        const std::size_t at = bytes.empty() ? 0 : below(bytes.size());
        switch (below(6)) {
            case 0: bytes.clear(); break;
            case 1: bytes.resize(at); break;
            case 2: bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at), static_cast<std::uint8_t>(below(256))); break;
            case 3: bytes.insert(bytes.begin(), 0); break;
            case 4: bytes.insert(bytes.end(), below(200), static_cast<std::uint8_t>(below(256))); break;
            default:
                if (!bytes.empty()) bytes[at] = static_cast<std::uint8_t>(below(2) == 0 ? below(256) : bytes[at] ^ (1u << below(8)));
        }
    }

    static void take_bytes_of(node& element, node other) {
        element.bytes = std::move(other.bytes);
        element.inside = std::move(other.inside);
    }
};

}  // namespace linux_differential

#endif  // MODSIG_TESTS_LINUX_DER_TREE_HPP
