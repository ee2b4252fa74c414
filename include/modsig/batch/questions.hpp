// SPDX-License-Identifier: BSL-1.0
//
// What one appraisal asks of the engine. A verifier that is given `deferred_arithmetic` stops at the first question that is
// worth collecting; when the batch has the answer it is asked again from the start, and so decides as it always does: there
// is no second copy of its rules. Reading a signature twice more costs far less than what is saved.
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

enum class open_question : std::uint8_t {
    none,
    digest,     // of digest_parts
    signature,  // with key
    hopeless,   // about bytes that are not in memory: the file is to be judged by itself
};

/// Of one image. Answers are known by their order: what is asked depends on the image, the keyring and the answers before.
template <class Engine>
class questions {
    struct answer {
        failure why{errc::none};
        digest_value digest{};
    };
    std::array<answer, 8> answers_{};
    std::size_t known_ = 0, asked_ = 0;

public:
    open_question open = open_question::none;
    digest_id digest = digest_id::none;
    parts_list digest_parts{};
    const typename Engine::prepared_key* key = nullptr;
    to_check signature{};  // aliases the image

    /// For another image.
    constexpr void clear() { known_ = 0; }
    /// For another appraisal of the same.
    constexpr void restart() {
        asked_ = 0;
        open = open_question::none;
    }
    [[nodiscard]] constexpr bool is_first() const { return asked_ == 0; }
    [[nodiscard]] constexpr bool has_room() const { return asked_ < answers_.size(); }

    /// The answer to the question that is asked now; null: not known yet.
    [[nodiscard]] constexpr const answer* next() {
        if (asked_ == known_) return nullptr;
        return &answers_[asked_++];
    }
    /// Answers the open question, or the one that is asked now.
    constexpr void add(const failure& why, const digest_value& digest_of_parts = {}) {
        if (known_ == answers_.size()) return;  // it will be asked, and answered by the engine, again
        answers_[known_++] = answer{why, digest_of_parts};
    }
    constexpr void was_asked() { asked_ = known_; }
};

/// In an engine's place: it knows some answers, collects one question, and lets the engine answer the others.
template <class Engine>
class deferred_arithmetic {
    // Below, a message is not worth a lane: it is a few blocks.
    static constexpr std::uint64_t least_size = 512;

    Engine engine_{};
    questions<Engine>& asked_;
    std::span<const trusted_key<Engine>> keys_;
    const std::uint8_t* front_missing_;  // where the image begins, if what it begins with is not in memory

public:
    /// `partial`: `image` is only the end of what is judged.
    constexpr deferred_arithmetic(questions<Engine>& asked, std::span<const trusted_key<Engine>> keys, byte_view image, bool partial)
        : asked_(asked), keys_(keys), front_missing_(partial ? image.data() : nullptr) {
        asked_.restart();
    }

    [[nodiscard]] constexpr result<digest_value> digest(digest_id id, std::span<const byte_view> parts) const {
        if (asked_.open != open_question::none) return errc::not_checked;
        if (const auto* known = asked_.next()) return known->why.code == errc::none ? result<digest_value>(known->digest) : result<digest_value>(known->why);
        const bool missing = misses_front(parts);
        if constexpr (batch_engine<Engine>) {
            const bool fits = parts.size() <= parts_list::capacity && asked_.has_room() && Engine::hashes_in_lanes(id);
            // What is not in memory is read once: read twice, it might differ.
            if (fits && (missing ? parts.size() == 1 && asked_.is_first() : engine::size_of_message(parts) >= least_size)) {
                asked_.open = open_question::digest;
                asked_.digest = id;
                asked_.digest_parts = {};
                for (const byte_view part : parts) (void)asked_.digest_parts.add(part);
                return errc::not_checked;
            }
        }
        if (missing) {
            asked_.open = open_question::hopeless;
            return errc::not_checked;
        }
        const auto answer = engine_.digest(id, parts);
        asked_.add(answer ? failure{errc::none} : answer.error(), answer ? *answer : digest_value{});
        asked_.was_asked();
        return answer;
    }

    [[nodiscard]] constexpr result<void> check(const typename Engine::prepared_key& key, const to_check& what) const {
        if (asked_.open != open_question::none) return errc::not_checked;
        if (const auto* known = asked_.next()) return known->why.code == errc::none ? result<void>::success() : result<void>(known->why);
        if constexpr (batch_engine<Engine>) {
            // A key that the message brought is gone when the appraisal is.
            if (asked_.has_room() && is_kept(key) && Engine::for_pass(key, what) != nullptr) {
                asked_.open = open_question::signature;
                asked_.key = &key;
                asked_.signature = what;
                return errc::not_checked;
            }
        }
        const auto answer = engine_.check(key, what);
        asked_.add(answer ? failure{errc::none} : answer.error());
        asked_.was_asked();
        return answer;
    }

private:
    [[nodiscard]] constexpr bool misses_front(std::span<const byte_view> parts) const {
        if (front_missing_ == nullptr) return false;
        for (const byte_view part : parts)
            if (part.data() == front_missing_) return true;
        return false;
    }
    [[nodiscard]] constexpr bool is_kept(const typename Engine::prepared_key& key) const {
        const std::less<const void*> before;
        return !before(&key, keys_.data()) && before(&key, keys_.data() + keys_.size());
    }
};

}  // namespace modsig::batch

#endif  // MODSIG_BATCH_QUESTIONS_HPP
