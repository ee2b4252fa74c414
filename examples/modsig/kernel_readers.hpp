// SPDX-License-Identifier: BSL-1.0
//
// Which kernels read a signature that has just been made: Linux's own policies are asked, before anything is written.
#ifndef MODSIG_TOOL_KERNEL_READERS_HPP
#define MODSIG_TOOL_KERNEL_READERS_HPP

#include "signing.hpp"

#include <modsig/linux/kernel.hpp>

#include <string>
#include <vector>

namespace tool {

/// A finished signature with what it is over. Views.
struct finished_signature {
    const writer_entry& writer;
    modsig::byte_view content{};   // of modules; of IMA the file
    modsig::byte_view metadata{};  // of EVM
    modsig::byte_view blob{};
    std::vector<modsig::key_info> signers{};  // certificates
};

/// Whether kernels read signatures of this layout at all, as far as their policies are known here.
[[nodiscard]] bool is_for_kernels(const writer_entry& writer);

/// Why this kernel refuses it, with signers whose certificates it was asked to trust; `none` where it accepts it.
[[nodiscard]] modsig::failure refusal_by(const modsig::linux_kernel& kernel, const finished_signature& made);

/// A kernel of the table: what its configuration needs at least, or why it refuses whatever it has.
struct kernel_answer {
    std::string words{};  // "7.3,mldsa"
    modsig::failure refusal{modsig::errc::none};
};
[[nodiscard]] std::vector<kernel_answer> answers_of_kernels(const finished_signature& made);

/// "Linux 7.2,mldsa and 7.3,mldsa accept it; 6.1 and 6.12 refuse it (ENOPKG)"
[[nodiscard]] std::string in_words(const std::vector<kernel_answer>& answers);

/// "key_not_found, ENOKEY: the signer's key is ..."
[[nodiscard]] std::string in_words(const modsig::failure& refusal);

}  // namespace tool

#endif  // MODSIG_TOOL_KERNEL_READERS_HPP
