// SPDX-License-Identifier: BSL-1.0
//
// The light skeletons of tests/data/bpf.
#ifndef MODSIG_TESTS_SUPPORT_BPF_HPP
#define MODSIG_TESTS_SUPPORT_BPF_HPP

#include <modsig/layout/light_skeleton.hpp>

#include "files.hpp"

#include <doctest/doctest.h>

#include <string>

namespace bpf_example {

using octets = std::vector<std::uint8_t>;

inline octets skeleton(const std::string& name) {
    const char* const folder = std::getenv("MODSIG_TEST_VECTORS");
    return read_file(std::filesystem::path(folder != nullptr ? folder : "tests/data") / "bpf" / (name + ".h"));
}

inline octets decoded(const modsig::layout::string_literal& literal) {
    octets bytes(literal.max_decoded_size());
    const auto read = literal.decode(bytes);
    REQUIRE(read);
    bytes.resize(read->size());
    return bytes;
}

/// A program, its map and its signature.
struct program {
    octets text, instructions, map, signature;

    explicit program(const std::string& name) : text(skeleton(name)) {
        const auto read = modsig::layout::light_skeleton::parse(text);
        REQUIRE(read);
        instructions = decoded(read->instructions), map = decoded(read->map), signature = decoded(read->signature);
    }
    [[nodiscard]] octets signed_by(modsig::bpf_form form) const {
        octets whole = instructions;
        if (form == modsig::bpf_form::instructions_and_maps) whole.insert(whole.end(), map.begin(), map.end());
        return whole;
    }
};

}  // namespace bpf_example

#endif  // MODSIG_TESTS_SUPPORT_BPF_HPP
