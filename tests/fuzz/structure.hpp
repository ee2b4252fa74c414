// SPDX-License-Identifier: BSL-1.0
//
// Changes that leave an input's outline whole: DER as a tree whose lengths are made anew, MCUboot's entries as a list, an appended
// message with its trailer; else libFuzzer's own changes of bytes. A target that includes mutator.hpp has these as its mutator.
#ifndef MODSIG_TESTS_FUZZ_STRUCTURE_HPP
#define MODSIG_TESTS_FUZZ_STRUCTURE_HPP

#include "case.hpp"

#include "../linux/seeds.hpp"

#include <modsig/layout/mcuboot/header.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace fuzz {

using linux_differential::node;

/// A message behind a module, cut out and put back.
struct appended {
    octets content, message, fields;

    [[nodiscard]] static std::optional<appended> read(const octets& image) {
        const auto trailer = layout::module_trailer::find(image);
        if (!trailer || trailer->signature_size > trailer->offset) return std::nullopt;
        const auto end = image.begin() + static_cast<std::ptrdiff_t>(trailer->offset), begin = end - static_cast<std::ptrdiff_t>(trailer->signature_size);
        return appended{octets(image.begin(), begin), octets(begin, end), octets(trailer->fields.begin(), trailer->fields.end())};
    }
    [[nodiscard]] octets written() const {
        octets out = content;
        out.insert(out.end(), message.begin(), message.end());
        const auto size = store_be<4>(static_cast<std::uint32_t>(message.size()));
        octets whole_fields = fields;
        std::copy(size.begin(), size.end(), whole_fields.begin() + 8);
        out.insert(out.end(), whole_fields.begin(), whole_fields.end());
        out.insert(out.end(), layout::module_trailer::marker.begin(), layout::module_trailer::marker.end());
        return out;
    }
};

/// What stands behind MCUboot's body: areas of entries, each with its magic number.
struct mcuboot_entries {
    struct area {
        std::uint16_t magic = 0;
        std::vector<std::pair<std::uint16_t, octets>> entries{};
    };
    octets body{}, rest{};
    std::vector<area> areas{};

    [[nodiscard]] static std::optional<mcuboot_entries> read(byte_view image) {
        if (image.size() < 32 || load_le<std::uint32_t>(image.first(4)) != 0x96f3b83d) return std::nullopt;
        const std::uint64_t end = std::uint64_t{load_le<std::uint16_t>(image.subspan(8, 2))} + load_le<std::uint32_t>(image.subspan(12, 4));
        if (end > image.size()) return std::nullopt;
        mcuboot_entries found;
        found.body.assign(image.begin(), image.begin() + static_cast<std::ptrdiff_t>(end));
        byte_view left = image.subspan(static_cast<std::size_t>(end));
        while (left.size() >= 4) {
            area one{load_le<std::uint16_t>(left.first(2))};
            const std::size_t size = load_le<std::uint16_t>(left.subspan(2, 2));
            if (size < 4 || size > left.size()) break;
            byte_view inside = left.subspan(4, size - 4);
            while (inside.size() >= 4) {
                const std::size_t length = load_le<std::uint16_t>(inside.subspan(2, 2));
                if (length > inside.size() - 4) break;
                const byte_view value = inside.subspan(4, length);
                one.entries.emplace_back(load_le<std::uint16_t>(inside.first(2)), octets(value.begin(), value.end()));
                inside = inside.subspan(4 + length);
            }
            found.areas.push_back(std::move(one));
            left = left.subspan(size);
        }
        found.rest.assign(left.begin(), left.end());
        return found;
    }
    [[nodiscard]] octets written() const {
        octets out = body;
        const auto put = [](octets& to, std::size_t value) { to.push_back(static_cast<std::uint8_t>(value)), to.push_back(static_cast<std::uint8_t>(value >> 8)); };
        for (const area& one : areas) {
            octets inside;
            for (const auto& [type, value] : one.entries) {
                put(inside, type), put(inside, value.size());
                inside.insert(inside.end(), value.begin(), value.end());
            }
            put(out, one.magic), put(out, inside.size() + 4);
            out.insert(out.end(), inside.begin(), inside.end());
        }
        out.insert(out.end(), rest.begin(), rest.end());
        return out;
    }
};

/// One generator for all changes; seeded anew by each.
class changer {
    linux_differential::mutator der_;

    static std::vector<node> pool() {
        std::vector<node> all = linux_differential::rare_elements();
        return all;
    }

    void bytes(octets& of) {
        const std::size_t size = of.size();
        of.resize(size + 64);
        of.resize(LLVMFuzzerMutate(of.data(), size, of.size()));
    }

public:
    changer() : der_(1, pool()) {}

    void reseed(std::uint64_t seed) { der_.reseed(seed); }
    [[nodiscard]] std::size_t below(std::size_t limit) { return der_.below(limit); }

    /// As a tree where it is one.
    void der(octets& of) {
        auto elements = node::list(of);
        if (!elements || below(8) == 0) return bytes(of);
        node root{.inside = std::move(*elements)};
        for (std::size_t count = 1 + below(3); count != 0; --count) der_.change(root);
        of.clear();
        for (const node& each : root.inside) each.write(of);
        if (below(16) == 0) der_.change(of);
    }

    void mcuboot(octets& image) {
        auto parts = mcuboot_entries::read(image);
        if (!parts || parts->areas.empty() || below(8) == 0) return bytes(image);
        auto& area = parts->areas[below(parts->areas.size())];
        auto& entries = area.entries;
        const std::size_t at = entries.empty() ? 0 : below(entries.size());
        const auto here = entries.begin() + static_cast<std::ptrdiff_t>(at);
        constexpr std::uint16_t types[] = {0x01, 0x02, 0x10, 0x11, 0x12, 0x20, 0x22, 0x23, 0x24, 0x25, 0x30, 0x40, 0x50, 0x60, 0x70, 0x71, 0x72, 0x73, 0xa0};
        const std::uint16_t type = types[below(std::size(types))];
        if (entries.empty()) entries.emplace_back(type, octets(below(80)));
        else switch (below(7)) {
            case 0: entries.erase(here); break;
            case 1: entries.insert(here, std::pair(*here)); break;
            case 2: std::swap(*here, entries[below(entries.size())]); break;
            case 3: here->first = type; break;
            case 4: entries.insert(here, {type, octets(below(80))}); break;
            case 5: parts->areas.insert(parts->areas.begin(), parts->areas[below(parts->areas.size())]); break;
            default: below(2) == 0 ? der(here->second) : bytes(here->second);
        }
        image = parts->written();
    }

    /// A byte more, the trailer and the sizes as they have to be then.
    void image(octets& of) {
        if (auto parts = appended::read(of)) {
            switch (below(12)) {
                case 0: bytes(parts->content); break;
                case 1: parts->fields[below(parts->fields.size())] = static_cast<std::uint8_t>(below(256)); break;
                default: der(parts->message);
            }
            of = parts->written();
        } else if (mcuboot_entries::read(of)) {
            mcuboot(of);
        } else {
            bytes(of);
        }
    }

    void any(fuzz_case& of) {
        const std::uint16_t key = static_cast<std::uint16_t>(1u << below(16));
        switch (below(16)) {
            case 0: of.trusted ^= key; return;
            case 1: of.revoked ^= key; return;
            case 2: of.bad ^= key; return;
            case 3: of.clock = static_cast<std::uint8_t>(below(3)), of.scope = static_cast<std::uint8_t>(below(4)); return;
            case 4: of.beside = static_cast<std::uint8_t>(below(5)), of.source = static_cast<std::uint8_t>(below(3)); return;
            default: break;
        }
        if (of.source == 0) return image(of.image);
        if (!of.signature.empty() && of.signature[0] == 0x30) return der(of.signature);
        bytes(below(4) == 0 ? of.image : of.signature);
    }
};

}  // namespace fuzz

#endif  // MODSIG_TESTS_FUZZ_STRUCTURE_HPP
