// SPDX-License-Identifier: BSL-1.0
//
// One thread's part of a batch: images in slots, each appraised until it asks for a digest or a signature check, which wait in
// lanes and passes with those of other slots.
#ifndef MODSIG_BATCH_WORKER_HPP
#define MODSIG_BATCH_WORKER_HPP

#include <modsig/batch/questions.hpp>
#include <modsig/batch/signature_passes.hpp>
#include <modsig/engine/native/lane_group.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>

namespace modsig::batch {

/// What became of an image that was to be opened; the only image is never `later`.
enum class opening : std::uint8_t {
    done,        ///< the image is in its slot
    impossible,  ///< it cannot be read: a verdict like another
    later,       ///< there is no room beside the images that are open
};

/// A job says what is in the slots and how it is appraised:
///   item                             kept in a slot, used for one image after the other
///   answer                           what comes out
///   prepare(item, slot, slots)       once
///   has_room()                       whether another may be opened while some are
///   open(i, item) -> opening         unless it is opened: answer by alone(i, item), or when others are done
///   close(item)                      when it is answered, opened or not
///   appraise(i, item, questions)     an answer, or none with a question open
///   alone(i, item)                   the answer without any company
///   start(item, bytes) -> size       begins to give the bytes whose digest is asked for
///   next_piece(item, piece)          the next of them; false at the end
///   has_failed(item)                 whether that was not the end
template <class Engine, class Job>
class worker;

/// An engine that has nothing for several images: one after the other.
template <class Engine, class Job>
    requires(!batch_engine<Engine>)
class worker<Engine, Job> {
    Job& job_;
    typename Job::item item_{};

public:
    /// A worker of a job that outlives it.
    explicit worker(Job& job) : job_(job) { job_.prepare(item_, 0, 1); }

    /// Works until `claim(wait)` has no item more; `put(i, result)` takes each result, in any order.
    template <class Claim, class Put>
    void run(const Claim& claim, const Put& put) {
        while (const auto i = claim(true)) {
            questions<Engine> questions;
            std::optional<typename Job::answer> answer;
            if (job_.open(*i, item_) == opening::done) answer = job_.appraise(*i, item_, questions);
            if (!answer) answer.emplace(job_.alone(*i, item_));
            job_.close(item_);
            put(*i, *std::move(answer));
        }
    }
};

template <class Engine, class Job>
    requires batch_engine<Engine>
class worker<Engine, Job> {
    // As many as there are lanes at most, and some that wait for a pass of signatures.
    static constexpr std::size_t waiting_for_passes = 16, slot_count = engine::max_lanes + waiting_for_passes;

    struct slot {
        std::size_t index = 0;
        typename Job::item item{};
        batch::questions<Engine> questions{};
        engine::block_runs runs{};
    };

    template <digest_id Id>
    using group = engine::lane_group<Id, slot_count>;

    Job& job_;
    std::unique_ptr<slot[]> slots_ = std::make_unique<slot[]>(slot_count);
    std::array<std::uint8_t, slot_count> free_{}, ready_{};  // ready: to be appraised again
    std::size_t free_count_ = 0, ready_count_ = 0;
    std::tuple<group<digest_id::sha1>, group<digest_id::sha224>, group<digest_id::sha256>, group<digest_id::sha384>, group<digest_id::sha512>> groups_;
    std::unique_ptr<signature_passes<typename Engine::pass_key>> passes_ = std::make_unique<signature_passes<typename Engine::pass_key>>();

    /// Calls action(group) for the group of a digest.
    template <class Action>
    void with_group(digest_id id, const Action& action) {
        std::apply([&](auto&... each) { (void)((id_of(each) == id && (action(each), true)) || ...); }, groups_);
    }
    template <digest_id Id>
    static constexpr digest_id id_of(const group<Id>&) { return Id; }

    [[nodiscard]] digest_id most_streams() {
        digest_id most = digest_id::none;
        std::size_t count = 0;
        std::apply([&](auto&... each) { ((each.size() > count ? (void)(count = each.size(), most = id_of(each)) : void()), ...); }, groups_);
        return most;
    }

    /// What a message's pieces are asked of, as block_runs does.
    struct pieces {
        Job& job;
        typename Job::item& item;
        [[nodiscard]] bool operator()(byte_view& piece) const { return job.next_piece(item, piece); }
    };

    void make_ready(std::size_t s) { ready_[ready_count_++] = static_cast<std::uint8_t>(s); }

    [[nodiscard]] bool next_run(std::size_t s) {
        pieces next{job_, slots_[s].item};
        return slots_[s].runs.next(next);
    }

    void step(digest_id id) {
        with_group(id, [&](auto& its) {
            its.step(0, [&](std::size_t s) -> engine::block_runs& { return slots_[s].runs; },
                       [&](std::size_t s) { return next_run(s); },
                       [&](std::size_t s, const digest_value& digest) {
                           slots_[s].questions.add(slots_[s].questions.open, errc::none, digest);
                           make_ready(s);
                       });
        });
    }

    /// Why a signature does not hold is found out by itself: that is rare.
    void signature_checked(std::size_t s, bool holds) {
        batch::questions<Engine>& questions = slots_[s].questions;
        const auto answer = holds ? result<void>::success() : Engine{}.check(*questions.open.key, questions.open.input);
        questions.add(questions.open, answer ? failure{errc::none} : answer.error());
        make_ready(s);
    }

    [[nodiscard]] auto when_checked() {
        return [this](std::size_t s, bool holds) { signature_checked(s, holds); };
    }

    template <class Put>
    void finish(std::size_t s, typename Job::answer&& answer, const Put& put) {
        free_[free_count_++] = static_cast<std::uint8_t>(s);
        job_.close(slots_[s].item);
        put(slots_[s].index, std::move(answer));
    }

    /// Up to the next question, or the end.
    template <class Put>
    void appraise(std::size_t s, const Put& put) {
        slot& at = slots_[s];
        if (job_.has_failed(at.item)) return finish(s, job_.alone(at.index, at.item), put);
        auto answer = job_.appraise(at.index, at.item, at.questions);
        if (answer) return finish(s, *std::move(answer), put);
        const question<Engine>& open = at.questions.open;
        switch (open.kind) {
            case question_kind::digest: {
                const std::uint64_t size = job_.start(at.item, open.bytes);
                with_group(open.digest, [&](auto& its) {
                    pieces next{job_, at.item};
                    at.runs.start(its.block_size, size, next);
                    its.begin(s);
                });
                return;
            }
            case question_kind::signature: return passes_->add(s, *Engine::for_pass(*open.key, open.input), open.input, when_checked());
            default: return finish(s, job_.alone(at.index, at.item), put);
        }
    }

    template <class Put>
    void appraise_ready(const Put& put) {
        while (ready_count_ != 0) appraise(ready_[--ready_count_], put);
    }

public:
    /// A worker of a job that outlives it.
    explicit worker(Job& job) : job_(job), groups_{lanes(), lanes(), lanes(), lanes(), lanes()} {
        for (; free_count_ != slot_count; ++free_count_) {
            free_[free_count_] = static_cast<std::uint8_t>(slot_count - 1 - free_count_);
            job_.prepare(slots_[free_count_].item, free_count_, slot_count);
        }
    }

    /// Works until `claim(wait)` has no item more; `put(i, result)` takes each result, in any order.
    template <class Claim, class Put>
    void run(const Claim& claim, const Put& put) {
        std::optional<std::size_t> postponed;  // claimed, and not opened yet
        for (;;) {
            while (free_count_ != 0) {
                const bool idle = free_count_ == slot_count;
                if (!idle && !job_.has_room()) break;
                const auto i = postponed ? std::exchange(postponed, std::nullopt) : claim(idle);
                if (!i && idle) return;
                if (!i) break;
                const std::size_t s = free_[free_count_ - 1];
                const opening opened = job_.open(*i, slots_[s].item);
                if (opened == opening::later) {
                    postponed = i;
                    break;
                }
                --free_count_;
                slots_[s].index = *i;
                slots_[s].questions.clear();
                if (opened == opening::done) appraise(s, put);
                else finish(s, job_.alone(*i, slots_[s].item), put);
                appraise_ready(put);
            }
            const digest_id id = most_streams();
            if (id == digest_id::none || passes_->waiting() > waiting_for_passes) passes_->run_fullest(when_checked());
            else step(id);
            appraise_ready(put);
        }
    }

private:
    /// Windows lie in the cache, just read.
    struct lanes {
        template <digest_id Id>
        operator group<Id>() const { return group<Id>(Engine::isa::features(), true); }  // NOLINT: implicit on purpose
    };
};

}  // namespace modsig::batch

#endif  // MODSIG_BATCH_WORKER_HPP
