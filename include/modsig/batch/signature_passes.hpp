// SPDX-License-Identifier: BSL-1.0
//
// Signatures that wait for others of their key, or of keys of the same size, until a pass is full.
#ifndef MODSIG_BATCH_SIGNATURE_PASSES_HPP
#define MODSIG_BATCH_SIGNATURE_PASSES_HPP

#include <modsig/engine/native/rsa_many.hpp>

#include <array>
#include <cstddef>

namespace modsig::batch {

/// A few passes side by side, for trees with several keys. Owners of signatures have numbers.
template <class Key>
class signature_passes {
    static constexpr std::size_t pass_count = 4, most = 8;

    struct entry {
        engine::rsa_claim<Key> claim{};
        errc answer = errc::not_checked;
        std::size_t owner = 0;
    };
    struct queue {
        engine::rsa_pass<Key> pass{};
        std::array<entry, most> entries{};
        std::size_t count = 0;
    };
    std::array<queue, pass_count> queues_{};

    template <class Done>
    static void run(queue& full, const Done& done) {
        full.pass.run();
        for (std::size_t i = 0; i != full.count; ++i) done(full.entries[i].owner, full.entries[i].answer == errc::none);
        full.count = 0;
    }

    [[nodiscard]] queue& fullest() {
        queue* best = &queues_[0];
        for (queue& each : queues_)
            if (each.count > best->count) best = &each;
        return *best;
    }

    /// Where others of its kind wait, else an empty one.
    [[nodiscard]] queue* place_for(const Key& key) {
        queue* empty = nullptr;
        for (queue& each : queues_) {
            if (each.count != 0 && each.pass.accepts(key)) return &each;
            if (each.count == 0 && empty == nullptr) empty = &each;
        }
        return empty;
    }

public:
    /// Signatures that have been added and not answered.
    [[nodiscard]] std::size_t waiting() const {
        std::size_t count = 0;
        for (const queue& each : queues_) count += each.count;
        return count;
    }

    /// The signature and its key must stay until done(owner, whether it holds) has been called, here or later; it adds none.
    template <class Done>
    void add(std::size_t owner, const Key& key, const to_check& input, const Done& done) {
        queue* place = place_for(key);
        if (place == nullptr) {
            place = &fullest();
            run(*place, done);
        }
        entry& added = place->entries[place->count++];
        added.claim = {&key, input.scheme, input.digest, input.signature, engine::pss_salt::of_claim(input.salt_size)};
        added.owner = owner;
        const std::size_t before = place->pass.size();
        place->pass.add(added.claim, added.answer);
        if (place->pass.size() == before) {  // answered at once
            --place->count;
            done(owner, added.answer == errc::none);
        } else if (place->count == place->pass.lane_count()) {
            run(*place, done);
        }
    }

    /// Runs the pass in which most wait.
    template <class Done>
    void run_fullest(const Done& done) {
        if (waiting() != 0) run(fullest(), done);
    }
};

}  // namespace modsig::batch

#endif  // MODSIG_BATCH_SIGNATURE_PASSES_HPP
