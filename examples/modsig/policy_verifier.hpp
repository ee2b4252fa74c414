// SPDX-License-Identifier: BSL-1.0
//
// Policies and layouts by name. In the library they are types; the tool is told them on the command line, so here each
// policy's verifier stands behind an interface. A new policy or layout is one line in policy_verifier.cpp.
#ifndef MODSIG_TOOL_POLICY_VERIFIER_HPP
#define MODSIG_TOOL_POLICY_VERIFIER_HPP

#include "cause.hpp"

#include <modsig/batch/windowed_file.hpp>
#include <modsig/decompress/output.hpp>
#include <modsig/engine/best.hpp>
#include <modsig/engine/native_extern.hpp>
#include <modsig/keyring/store.hpp>
#include <modsig/linux/kernel.hpp>
#include <modsig/policy.hpp>
#include <modsig/policy/signer_class.hpp>
#include <modsig/verified.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace modsig::batch {
enum class opening : std::uint8_t;
class module_unpacker;
class unpacked_images;
}  // namespace modsig::batch

namespace tool {

using engine = modsig::engine::best;
using key_store = modsig::keyring::store<engine>;

/// What a file's attribute holds in a signature's place.
enum class held_value : std::uint8_t { none, digest, hmac };

/// A verdict and where its signature was.
struct judgement {
    modsig::appraisal answer{};
    modsig::signature_source source = modsig::signature_source::image;
    std::string signed_by{};      // as the signature says, where the key is not known: believe nothing of it
    std::string signer{};         // of a verified file: whose key has signed
    std::string remark{};         // more about a failure
    int error = 0;                // errno, where the file could not be read
    held_value attribute = held_value::none;
    tool::diagnosis diagnosis{};  // of what is not verified, where somebody wants to know
};

/// Files that are judged together (modsig/batch.hpp). All but `take` is called on any thread.
class file_batch {
public:
    virtual ~file_batch() = default;

    [[nodiscard]] virtual std::size_t size() const = 0;
    [[nodiscard]] virtual const std::string& path(std::size_t i) const = 0;
    /// Whether the file's own bytes are the image.
    [[nodiscard]] virtual bool is_plain(std::size_t i) const = 0;
    /// Whether they hold it, compressed; unpack() makes it; where that is impossible the file is judged alone.
    [[nodiscard]] virtual bool is_packed(std::size_t i) const = 0;
    [[nodiscard]] virtual modsig::batch::opening unpack(std::size_t i, modsig::batch::module_unpacker& unpacker, modsig::batch::unpacked_images& images,
                                                        std::optional<modsig::decompression_output>& module) const = 0;
    [[nodiscard]] virtual judgement settled(std::size_t i, const modsig::subject& s, const modsig::appraisal& answer) const = 0;
    [[nodiscard]] virtual judgement alone(std::size_t i) const = 0;
    virtual void take(std::size_t i, judgement&& judged) = 0;
};

/// Safe to use from several threads at once.
class policy_verifier {
public:
    virtual ~policy_verifier() = default;

    [[nodiscard]] virtual modsig::appraisal appraise(const modsig::subject& s, const modsig::context& context) const = 0;
    /// The same with this file as the subject's image: modsig/batch/windowed_file.hpp.
    [[nodiscard]] virtual modsig::appraisal appraise(modsig::batch::windowed_file& file, const modsig::subject& s, const modsig::context& context,
                                                     std::uint64_t limit) const = 0;
    /// All of them, taken in their order.
    virtual void appraise_all(file_batch& files, std::size_t threads, std::int64_t now) const = 0;
    /// Whether the policy's keyring takes anything of this kind.
    [[nodiscard]] virtual modsig::result<void> admits(modsig::byte_view key) const = 0;
    /// Whether the policy would take this key for a signature.
    [[nodiscard]] virtual modsig::result<void> judge_key(const modsig::key_info& key, const modsig::context& context) const = 0;
    /// A fault found outside of the verifier, with the errno that the policy's kernel has for it.
    [[nodiscard]] virtual modsig::failure completed(modsig::failure why) const = 0;
    /// The errno to show: of the system call, or of the verification inside.
    [[nodiscard]] virtual modsig::linux_error errno_of(const modsig::failure& why) const = 0;
};

struct verifier_options {
    std::vector<std::string> layouts{};  // none: all that the policy knows
    std::size_t threshold = 1;           // distinct keys and trust anchors
    bool allow_other_signers = false;    // beside those that are proven
    bool require_all_signers = false;    // none may be unproven, whatever the policy permits
    std::vector<modsig::policy::signers_of> required{};
    modsig::linux_kernel kernel{};       // that the policies of Linux speak for
};

/// Adds what `--require` says: all, CLASS or CLASS=K. False for another word.
[[nodiscard]] bool add_requirement(verifier_options& options, std::string_view text);

struct policy_entry {
    std::string_view name;
    bool linux_reading;  // keys are read as Linux reads them
    bool has_kernel;     // its answers depend on the kernel
    std::unique_ptr<policy_verifier> (*make)(const key_store& trust, const verifier_options& options);  // null: no such layout in it
};

[[nodiscard]] std::span<const policy_entry> policies();
[[nodiscard]] const policy_entry* find_policy(std::string_view name);

}  // namespace tool

#endif  // MODSIG_TOOL_POLICY_VERIFIER_HPP
