// SPDX-License-Identifier: BSL-1.0
//
// What one appraisal asks of the engine. A verifier that is given `deferred_arithmetic` stops at the first question that is
// worth collecting; when the batch has the answer the appraisal starts again, and so decides as it always does: there
// is no second copy of its rules. Reading a signature twice more costs far less than what is saved.
//
// An answer belongs to its question, the key and the bytes, not to its place in a sequence: a policy that answers otherwise the
// second time cannot get the answer to one question for another.
#ifndef MODSIG_BATCH_QUESTIONS_HPP
#define MODSIG_BATCH_QUESTIONS_HPP

#include <modsig/engine.hpp>
#include <modsig/engine/native/block_runs.hpp>
#include <modsig/keyring.hpp>
#include <modsig/layout.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

namespace modsig::batch {

/// What an appraisal waits for.
enum class question_kind : std::uint8_t {
    none,          ///< for nothing: it has its verdict
    digest,        ///< of `bytes`
    signature,     ///< `input`, with `key`
    unanswerable,  ///< about bytes that are not in memory: the file is to be verified by itself
};

/// Views alias the image.
template <class Engine>
struct question {
    question_kind kind = question_kind::none;            ///< which of the following members count
    digest_id digest = digest_id::none;                  ///< `digest`: the algorithm
    byte_view bytes{};                                   ///< `digest`: all of the content, in one part
    const typename Engine::prepared_key* key = nullptr;  ///< `signature`: of the verifier's keyring, which outlives it
    to_check input{};                                    ///< `signature`: what the engine is to check

    /// Whether the same result answers both: the same bytes in memory for a digest, equal digest and signature for a check.
    friend constexpr bool operator==(const question& a, const question& b) {
        if (a.kind != b.kind) return false;
        if (a.kind == question_kind::digest) return a.digest == b.digest && is_same(a.bytes, b.bytes);
        return a.key == b.key && a.input.scheme == b.input.scheme && a.input.lenient == b.input.lenient && a.input.salt_size == b.input.salt_size &&
               a.input.digest.id == b.input.digest.id && equal(a.input.digest.view(), b.input.digest.view()) &&
               is_same(a.input.message_head, b.input.message_head) && is_same(a.input.message, b.input.message) && is_same(a.input.signature, b.input.signature);
    }

private:
    static constexpr bool is_same(byte_view a, byte_view b) { return a.data() == b.data() && a.size() == b.size(); }
};

/// Of one image: what was asked and answered, and what is open.
template <class Engine>
class questions {
    struct answer {
        question<Engine> asked{};
        failure reason{errc::none};  // `none`: it holds, or `digest` is the digest
        digest_value digest{};
    };
    std::array<answer, 8> answers_{};
    std::size_t size_ = 0;

public:
    question<Engine> open{};  ///< what the last appraisal stopped at

    /// For another image.
    constexpr void clear() {
        size_ = 0;
        open = {};
    }
    /// Whether another result can be kept; eight fit.
    [[nodiscard]] constexpr bool has_room() const { return size_ != answers_.size(); }
    /// Whether a digest was calculated: what is not in memory is read once, for one digest.
    [[nodiscard]] constexpr bool is_empty() const { return size_ == 0; }

    /// Null: not known.
    [[nodiscard]] constexpr const answer* find(const question<Engine>& question) const {
        for (std::size_t i = 0; i != size_; ++i)
            if (answers_[i].asked == question) return &answers_[i];
        return nullptr;
    }
    /// What does not fit is calculated again when it is asked again.
    constexpr void add(const question<Engine>& question, const failure& reason, const digest_value& digest = {}) {
        if (has_room()) answers_[size_++] = answer{question, reason, digest};
    }
};

/// In an engine's place: it knows some answers, leaves one question open, and lets the engine answer the others.
template <class Engine>
class deferred_arithmetic {
    // Below, a message is not worth a lane: it is a few blocks.
    static constexpr std::uint64_t least_size = 512;

    Engine engine_{};
    questions<Engine>& questions_;
    std::span<const trusted_key<Engine>> keys_;
    const std::uint8_t* missing_front_;  // where the image begins, if what it begins with is not in memory

public:
    /// `is_partial`: `image` is only the end of what is verified.
    constexpr deferred_arithmetic(questions<Engine>& questions, std::span<const trusted_key<Engine>> keys, byte_view image, bool is_partial)
        : questions_(questions), keys_(keys), missing_front_(is_partial ? image.data() : nullptr) {
        questions_.open = {};
    }

    /// The digest where it is known, or not worth a lane; else `not_checked`, and a question is open.
    [[nodiscard]] constexpr result<digest_value> digest(digest_id id, std::span<const byte_view> parts) const {
        if (questions_.open.kind != question_kind::none) return errc::not_checked;
        if (parts.size() != 1) return engine_.digest(id, parts);
        question<Engine> question;
        question.kind = question_kind::digest;
        question.digest = id;
        question.bytes = parts[0];
        if (const auto* known = questions_.find(question))
            return known->reason.code == errc::none ? result<digest_value>(known->digest) : known->reason;
        const bool is_missing = missing_front_ != nullptr && question.bytes.data() == missing_front_;
        if constexpr (batch_engine<Engine>) {
            const bool is_worth_it = is_missing ? questions_.is_empty() : question.bytes.size() >= least_size;
            if (is_worth_it && questions_.has_room() && Engine::hashes_in_lanes(id)) {
                questions_.open = question;
                return errc::not_checked;
            }
        }
        if (is_missing) {
            questions_.open.kind = question_kind::unanswerable;
            return errc::not_checked;
        }
        return engine_.digest(id, parts);
    }

    /// The result where it is known, or not for a pass; else `not_checked`, and a question is open. Only keys of the keyring are
    /// for a pass.
    [[nodiscard]] constexpr result<void> check(const typename Engine::prepared_key& key, const to_check& input) const {
        if (questions_.open.kind != question_kind::none) return errc::not_checked;
        question<Engine> question;
        question.kind = question_kind::signature;
        question.key = &key;
        question.input = input;
        if (const auto* known = questions_.find(question)) return known->reason.code == errc::none ? result<void>::success() : known->reason;
        if (missing_front_ != nullptr && input.message.data() == missing_front_) {  // a message that is not in memory
            questions_.open.kind = question_kind::unanswerable;
            return errc::not_checked;
        }
        if constexpr (batch_engine<Engine>) {
            // A key that the message brought is gone when the appraisal is.
            if (questions_.has_room() && is_kept(key) && Engine::for_pass(key, input) != nullptr) {
                questions_.open = question;
                return errc::not_checked;
            }
        }
        return engine_.check(key, input);
    }

private:
    [[nodiscard]] constexpr bool is_kept(const typename Engine::prepared_key& key) const {
        const std::less<const void*> before;
        return !before(&key, keys_.data()) && before(&key, keys_.data() + keys_.size());
    }
};

}  // namespace modsig::batch

#endif  // MODSIG_BATCH_QUESTIONS_HPP
