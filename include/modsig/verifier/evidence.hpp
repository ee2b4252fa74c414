// SPDX-License-Identifier: BSL-1.0
//
// What is gathered while one message is judged: who has proved to have signed, and the content's digests.
#ifndef MODSIG_VERIFIER_EVIDENCE_HPP
#define MODSIG_VERIFIER_EVIDENCE_HPP

#include <modsig/engine.hpp>
#include <modsig/layout.hpp>
#include <modsig/policy.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace modsig::detail {

/// The keys that have signed, each once.
template <std::size_t Capacity>
class proven_signers {
    std::array<signer, Capacity> signers_{};
    std::array<key_info, Capacity> embedded_{};  // of signers whose key is in no keyring
    std::size_t count_ = 0;

public:
    std::uint64_t embedded_used = 0;  // the certificates of the message that vouched for somebody, a bit each

    /// False where there is no room for another key. `own`: the signer's key where `by` only vouches for it.
    constexpr bool add(const claim_facts& said, const key_info& by, const key_info* own = nullptr) {
        const key_info& key = own != nullptr ? *own : by;
        for (std::size_t i = 0; i != count_; ++i)
            if (signers_[i].key->key == key.key) return true;
        if (count_ == Capacity) return false;
        if (own != nullptr) embedded_[count_] = *own;
        signers_[count_] = signer{said, own != nullptr ? &embedded_[count_] : &by};
        ++count_;
        return true;
    }
    [[nodiscard]] constexpr std::span<const signer> view() const { return std::span<const signer>(signers_.data(), count_); }
};

/// The content's digest, calculated once an algorithm however many have signed it.
template <class Layout, crypto_engine Engine>
class content_digests {
    std::array<digest_value, digest_count> known_{};  // `none`: not yet

public:
    template <digests_parts Arithmetic>
    constexpr result<digest_value> get(const Arithmetic& arithmetic, const subject& s, const claim& said) {
        if (said.content_digest == digest_id::none) return digest_value{};
        digest_value& known = known_[static_cast<std::size_t>(said.content_digest)];
        if (known.id != digest_id::none) return known;
        const result<digest_value> digest = calculate(arithmetic, s, said);
        if (digest) known = *digest;
        return digest;
    }

private:
    template <class Arithmetic>
    static constexpr result<digest_value> calculate(const Arithmetic& arithmetic, const subject& s, const claim& said) {
        // The engine itself: a batch's arithmetic would collect each block of a tree as a question.
        if constexpr (digests_content<Layout>) return Layout::content_digest(s, said, Engine{});
        else return arithmetic.digest(said.content_digest, parts_list(s.image, said.where.content).view());
    }
};

}  // namespace modsig::detail

#endif  // MODSIG_VERIFIER_EVIDENCE_HPP
