// SPDX-License-Identifier: BSL-1.0
//
// Signed BPF programs: what of a file a kernel holds the signature to.
#ifndef MODSIG_TOOL_BPF_HPP
#define MODSIG_TOOL_BPF_HPP

#include "report.hpp"

#include <modsig/bytes.hpp>
#include <modsig/linux/kernel.hpp>
#include <modsig/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tool {

/// A program in a file: a light skeleton, or the bytes that are signed as they are. Views alias the file and `room`; it may move.
struct bpf_program {
    std::vector<std::uint8_t> room{};       // instructions and map of a skeleton
    std::vector<std::uint8_t> signature{};  // of a skeleton; empty: it has none
    modsig::byte_view content{};            // what the kernel verifies
    modsig::byte_view other{};              // of a skeleton: what kernels of the other form verify
    std::size_t instructions_size = 0;      // of a skeleton
    bool is_skeleton = false;
};

/// bad_magic: an ELF file; bad_text, missing_element, repeated_element: a text that is no light skeleton; length_mismatch: no whole
/// instructions; truncated: less than one.
[[nodiscard]] modsig::result<bpf_program> read_bpf_program(modsig::byte_view file, modsig::bpf_form form);

/// What people take for a program, in words; empty for others.
[[nodiscard]] std::string_view remark_about_program(const modsig::failure& why);

/// What stands in a light skeleton.
void describe_program(const bpf_program& program, modsig::bpf_form form, record& fields);

/// The newest release whose kernels verify this form.
[[nodiscard]] std::string_view release_of(modsig::bpf_form form);

}  // namespace tool

#endif  // MODSIG_TOOL_BPF_HPP
