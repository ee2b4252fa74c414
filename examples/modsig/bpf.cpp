// SPDX-License-Identifier: BSL-1.0
#include "bpf.hpp"

#include <modsig/layout/bpf.hpp>
#include <modsig/layout/light_skeleton.hpp>

#include <algorithm>
#include <utility>

namespace tool {
namespace {

using modsig::bpf_form;
using modsig::byte_view;
using modsig::errc;
using modsig::failure;

constexpr std::uint8_t elf_magic[] = {0x7f, 'E', 'L', 'F'};

modsig::result<bpf_program> of_skeleton(const modsig::layout::light_skeleton& skeleton, bpf_form form) {
    bpf_program program;
    program.is_skeleton = true;
    program.room.resize(skeleton.max_signed_size());
    const auto whole = skeleton.decode_signed(bpf_form::instructions_and_maps, program.room);
    if (!whole) return whole.error();
    std::vector<std::uint8_t> instructions(skeleton.instructions.max_decoded_size());
    const auto alone = skeleton.instructions.decode(instructions);
    if (!alone) return alone.error();
    program.instructions_size = alone->size();
    if (program.instructions_size % modsig::layout::bpf::instruction_size != 0) return failure{errc::length_mismatch, skeleton.instructions.offset};
    program.signature.resize(skeleton.signature.max_decoded_size());
    const auto signature = skeleton.signature.decode(program.signature);
    if (!signature) return signature.error();
    program.signature.resize(signature->size());
    program.content = *whole, program.other = whole->first(program.instructions_size);
    if (form == bpf_form::instructions) std::swap(program.content, program.other);
    return program;
}

}  // namespace

modsig::result<bpf_program> read_bpf_program(byte_view file, bpf_form form) {
    using modsig::layout::light_skeleton;
    if (modsig::starts_with(file, elf_magic)) return errc::bad_magic;
    if (light_skeleton::recognises(file)) {
        const auto skeleton = light_skeleton::parse(file);
        if (!skeleton) return skeleton.error();
        return of_skeleton(*skeleton, form);
    }
    constexpr std::size_t size = modsig::layout::bpf::instruction_size;
    if (file.size() < size) return failure{errc::truncated, file.size()};
    if (form == bpf_form::instructions && file.size() % size != 0) return failure{errc::length_mismatch, file.size()};
    // The last of a program's instructions, which is an exit or a jump, has zeros.
    if (std::ranges::find(file, std::uint8_t{0}) == file.end()) return errc::bad_text;
    bpf_program program;
    program.content = file;
    return program;
}

std::string_view remark_about_program(const failure& why) {
    switch (why.code) {
        case errc::bad_magic: return "it is an ELF file; what is signed is the loader, which `bpftool gen skeleton -L` makes of it";
        case errc::bad_text:
        case errc::missing_element:
        case errc::repeated_element: return "it is neither instructions nor a light skeleton, as `bpftool gen skeleton -L` writes it";
        case errc::length_mismatch: return "instructions of BPF have 8 bytes each";
        default: return {};
    }
}

void describe_program(const bpf_program& program, bpf_form form, record& fields) {
    fields.emplace_back("signed_part", std::string(form == bpf_form::instructions ? "instructions" : "instructions and map"));
    if (!program.is_skeleton) return;
    fields.emplace_back("instructions_size", std::uint64_t{program.instructions_size});
    fields.emplace_back("map_size", std::uint64_t{std::max(program.content.size(), program.other.size()) - program.instructions_size});
}

std::string_view release_of(bpf_form form) {
    std::string_view name;
    for (const auto& row : modsig::linux_releases)
        if (row.signed_bpf == form) name = row.name;
    return name;
}

}  // namespace tool
