// SPDX-License-Identifier: BSL-1.0
//
// Which cause of cause.hpp a refusal has. A verifier says at which step it stopped; here the file is looked at once more, with what a
// verifier must not try: other keys, other digests, other forms of the file. It says something only where it holds; nothing of it
// decides.
#ifndef MODSIG_TOOL_DIAGNOSIS_HPP
#define MODSIG_TOOL_DIAGNOSIS_HPP

#include "cause.hpp"
#include "image.hpp"
#include "trust.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tool {

/// What was verified.
struct examined_file {
    std::string_view path{};
    modsig::byte_view stored{};   // as it lies on disk
    modsig::byte_view image{};    // the same, or the module in it
    modsig::subject subject{};    // as the verifier had it
    modsig::byte_view other_bpf{}; // a BPF program, as other kernels verify it
};

/// The cause of a refusal, or of a toleration; `none` for what is verified.
[[nodiscard]] diagnosis diagnose(const trust_settings& settings, const judgement& judged, const examined_file& file);

/// What else is remarkable about a file, verified or not.
struct remark {
    std::string_view name;
    std::string text;
};
[[nodiscard]] std::vector<remark> remarks_about(const judgement& judged, const examined_file& file);

/// The owner of the key that has signed, of a verified file: the trust anchor, or who has a certificate of it. Empty for a bare key.
[[nodiscard]] std::string signer_of(const judgement& judged, const modsig::subject& s);

}  // namespace tool

#endif  // MODSIG_TOOL_DIAGNOSIS_HPP
