// SPDX-License-Identifier: BSL-1.0
//
// Every tag byte and every length byte of the corpus' CMS messages at every value. Nothing is read beyond the message (a
// sanitizer says so), every answer comes in time, and what is accepted rests on the signatures, keys and digests of the
// message as it was signed; which changes that can be is written down here. Meant to run under sanitizers too.
// One message of each form; MODSIG_TORTURE=all: all of them.
#include "messages.hpp"

#include <doctest/doctest.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <map>
#include <mutex>

using namespace torture;

namespace {

/// A change that was accepted.
struct change {
    const place& at;
    std::uint8_t right, value;
    const sample& in;
    bool was_accepted;  // the message as it was
    std::size_t proofs_lost;
    bool linux_reads;
    bool is_strict;     // the judge wants all signers proven and all certificates needed
};

struct rule {
    const char* name;
    const char* why;
    bool (*fits)(const change&);
    std::size_t times = 0;
};

bool is_tag_of(const change& c, std::uint8_t tag) { return c.at.is_tag && c.right == tag; }

/// The first that fits says why it is harmless.
std::vector<rule> rules() {
    return {
        {"repair", "a message of the corpus that was broken on purpose, whole again", [](const change& c) { return !c.was_accepted; }},
        {"unknown_signer", "one of several signers now goes by an unknown name, and is passed over",
         [](const change& c) { return c.at.where == part::identifier && c.proofs_lost != 0; }},
        {"unneeded", "a certificate that the judge lets be there without need",
         [](const change& c) { return !c.is_strict && !c.linux_reads && c.at.where == part::certificates && c.proofs_lost == 0; }},
        {"beside the proven one", "what another signer writes, whom the judge lets be unknown; the proven one's value is proven as before",
         [](const change& c) {
             const part where = c.at.where;
             const bool is_signers = where == part::identifier || where == part::signature || where == part::signer || where == part::digest_algorithm ||
                                     where == part::signature_algorithm;
             return !c.is_strict && is_signers && c.proofs_lost == 0 && signers_of(c.in) > 1;
         }},
        // From here on, as Linux reads.
        {"certificate", "nobody has signed all of a certificate, and where its key is trusted by itself nobody asks for it",
         [](const change& c) { return c.linux_reads && c.at.where == part::certificates && !c.at.whole_part; }},
        {"constructed bit", "lib/asn1_decoder.c takes a constructed element without its bit",
         [](const change& c) { return c.linux_reads && c.at.is_tag && (c.right & 0x20) != 0 && c.value == (c.right & 0xdf); }},
        {"SEQUENCE OF for SET OF", "pkcs7.asn1 has digestAlgorithms and signerInfos in both forms",
         [](const change& c) {
             const bool is_list = (c.at.where == part::digest_algorithms && c.at.whole_part) || c.at.where == part::envelope;
             return c.linux_reads && is_list && is_tag_of(c, 0x31) && (c.value == 0x30 || c.value == 0x10);
         }},
        {"[2] for [0]", "pkcs7.asn1 has certificates in both forms",
         [](const change& c) {
             return c.linux_reads && c.at.where == part::certificates && is_tag_of(c, 0xa0) && (c.value == 0xa2 || c.value == 0x82);
         }},
        {"digestAlgorithms", "Linux does not look at what is announced there",
         [](const change& c) { return c.linux_reads && c.at.where == part::digest_algorithms && !c.at.whole_part; }},
        {"parameters", "Linux does not look at the parameters of an algorithm",
         [](const change& c) {
             const bool is_algorithm = c.at.where == part::digest_algorithm || c.at.where == part::signature_algorithm;
             return c.linux_reads && is_algorithm && c.at.behind_oid;
         }},
        {"behind the end", "Linux ignores what follows the outermost element",
         [](const change& c) {
             const std::size_t end = outermost_size(c.in.bytes);
             return c.linux_reads && end != 0 && c.at.offset >= end;
         }},
    };
}

/// What a message proves to a judge.
struct proven {
    bool accepted = false;
    std::set<std::string> all, of_signers;
};

template <class Reading>
std::set<std::string> values_of_claims(const sample& m) {
    std::set<std::string> values;
    const subject s = m.beside();
    const auto where = grammar<Reading>::template layout<layout::modsign>::find(s);
    if (!where) return values;
    auto claims = grammar<Reading>::template layout<layout::modsign>::open(s, *where);
    if (!claims) return values;
    while (!claims->done()) {
        const auto said = claims->next();
        if (!said) break;
        for (const auto curve : {key_algorithm::ecdsa_p256, key_algorithm::ecdsa_p384, key_algorithm::ecdsa_p521})
            values.insert(value_of(said->scheme, curve, said->signature));
    }
    return values;
}

proven prove(const trust& keys, judge by, const sample& m) {
    proven found;
    found.accepted = keys.accepts(by, m.beside());
    if (!found.accepted) return found;
    found.all = witness::proofs();
    const auto values = by == judge::linux_modsign ? values_of_claims<linux_reading>(m) : values_of_claims<strict_reading>(m);
    for (const std::string& proof : found.all)
        if (std::ranges::any_of(values, [&](const std::string& value) { return proof.ends_with(value); })) found.of_signers.insert(proof);
    return found;
}

/// What all messages together prove to each judge.
std::array<proven, 3> prove_all(const std::vector<sample>& all) {
    std::array<proven, 3> honest;
    for (const sample& m : all) {
        witness::begin(m.content);
        const trust keys(m);
        for (const judge by : judges) {
            const proven found = prove(keys, by, m);
            auto& sum = honest[static_cast<std::size_t>(by)];
            sum.all.insert(found.all.begin(), found.all.end());
            sum.of_signers.insert(found.of_signers.begin(), found.of_signers.end());
        }
    }
    return honest;
}

struct outcome {
    std::size_t messages = 0, mutations = 0, judged = 0, calculated = 0, unexplained = 0, unproven = 0, unsound = 0, wider = 0;
    std::size_t most_questions = 0;
    double slowest = 0;
    std::array<std::size_t, 3> accepted{};
    std::array<std::vector<rule>, 3> explained{rules(), rules(), rules()};
    std::vector<std::string> shown;

    void show(const char* what, judge by, const sample& m, const place& at, std::uint8_t right, std::uint8_t value) {
        if (shown.size() == 40) return;
        std::array<char, 256> line{};
        std::snprintf(line.data(), line.size(), "%s: %s, %s, byte %zu (%s of %02x in %s): %02x to %02x", what, name(by), m.file.c_str(),
                      at.offset, at.is_tag ? "tag" : "length", at.tag, name(at.where), right, value);
        shown.emplace_back(line.data());
    }

    void add(const outcome& other) {
        messages += other.messages, mutations += other.mutations, judged += other.judged, calculated += other.calculated;
        unexplained += other.unexplained, unproven += other.unproven, unsound += other.unsound, wider += other.wider;
        most_questions = std::max(most_questions, other.most_questions);
        slowest = std::max(slowest, other.slowest);
        for (std::size_t i = 0; i != accepted.size(); ++i) {
            accepted[i] += other.accepted[i];
            for (std::size_t rule = 0; rule != explained[i].size(); ++rule) explained[i][rule].times += other.explained[i][rule].times;
        }
        shown.insert(shown.end(), other.shown.begin(), other.shown.end());
    }
};

/// An answer of the right kind, which points into the message.
bool is_sound(const appraisal& answer, const sample& m) {
    if (!(answer.content == range{0, m.content.size()})) return false;
    if (answer.outcome != verdict::verified)
        return answer.outcome == verdict::rejected && answer.anchor == nullptr && answer.why.code != errc::none &&
               answer.why.code != errc::not_checked && answer.why.offset <= std::max(m.bytes.size(), m.content.size());
    return answer.why.code == errc::none && answer.anchor != nullptr && answer.digest.id != digest_id::none &&
           answer.digest.id == answer.claim.content_digest;
}

outcome torture_message(const sample& original, const std::array<proven, 3>& honest) {
    outcome seen;
    seen.messages = 1;
    sample m = original;
    witness::begin(m.content);
    const trust keys(m);
    std::array<proven, 3> before;
    for (const judge by : judges) before[static_cast<std::size_t>(by)] = prove(keys, by, m);
    std::map<digest_id, digest_value> digests;

    each_mutation(m.bytes, [&](const place& at, std::uint8_t right, std::uint8_t value) {
        ++seen.mutations;
        std::array<bool, 3> taken{};
        for (const judge by : judges) {
            const auto index = static_cast<std::size_t>(by);
            const auto start = std::chrono::steady_clock::now();
            const appraisal answer = keys.judged(by, m.beside());
            seen.slowest = std::max(seen.slowest, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
            seen.most_questions = std::max(seen.most_questions, witness::questions());
            ++seen.judged;
            if (!is_sound(answer, m)) ++seen.unsound, seen.show("unsound", by, original, at, right, value);
            taken[index] = answer.outcome == verdict::verified;
            if (!taken[index]) continue;
            ++seen.accepted[index];

            // The same keys have signed the same digests with the same values, and one of them has signed the content.
            const std::set<std::string>& proofs = witness::proofs();
            const proven& known = before[index].accepted ? before[index] : honest[index];
            const bool same = std::ranges::includes(known.all, proofs);
            const bool signer = std::ranges::any_of(proofs, [&](const std::string& proof) { return known.of_signers.contains(proof); });
            if (digests.find(answer.digest.id) == digests.end()) {
                const std::array<byte_view, 1> parts{m.content};
                digests[answer.digest.id] = *engine::botan{}.digest(answer.digest.id, parts);
            }
            const bool digest = equal(answer.digest.view(), digests[answer.digest.id].view());
            if (!same || !signer || !digest) ++seen.unproven, seen.show("other proofs", by, original, at, right, value);

            const std::size_t lost = before[index].of_signers.size() -
                static_cast<std::size_t>(std::ranges::count_if(before[index].of_signers, [&](const auto& proof) { return proofs.contains(proof); }));
            const change made{at, right, value, original, before[index].accepted, lost, by == judge::linux_modsign, by == judge::strict};
            const auto fitting = std::ranges::find_if(seen.explained[index], [&](const rule& each) { return each.fits(made); });
            if (fitting != seen.explained[index].end()) ++fitting->times;
            else ++seen.unexplained, seen.show("unexplained", by, original, at, right, value);
        }
        // What strict takes legacy takes.
        if (taken[0] && !taken[1]) ++seen.wider, seen.show("not by legacy", judge::strict, original, at, right, value);
    });
    if (m.bytes != original.bytes) ++seen.unsound;
    seen.calculated = witness::calculated();
    return seen;
}

}  // namespace

TEST_CASE("every tag and length byte of a CMS message at every value") {
    const auto all = all_messages();
    REQUIRE_FALSE(all.empty());
    const auto honest = prove_all(all);
    for (const proven& each : honest) CHECK(each.of_signers.size() > 10);

    auto chosen = is_thorough() ? all : without_repeats(all);
    // Those that cost most first, so that no thread is left with one of them alone.
    const auto cost = [](const sample& m) { return m.bytes.size() * (has(m.bytes, part::signed_attributes) ? 16 : 1); };
    std::ranges::stable_sort(chosen, [&](const sample& a, const sample& b) { return cost(a) > cost(b); });

    outcome sum;
    std::mutex mutex;
    in_parallel(chosen.size(), [&](std::size_t index) {
        const outcome seen = torture_message(chosen[index], honest);
        const std::lock_guard lock(mutex);
        sum.add(seen);
    });
    std::printf("%zu of %zu messages, %zu mutations, judged %zu times with %zu verifications; at most %zu signatures asked for, %.3f s\n",
                sum.messages, all.size(), sum.mutations, sum.judged, sum.calculated, sum.most_questions, sum.slowest);
    for (const judge by : judges) {
        const auto index = static_cast<std::size_t>(by);
        std::printf("  %s accepted %zu\n", name(by), sum.accepted[index]);
        for (const rule& each : sum.explained[index])
            if (each.times != 0) std::printf("    %7zu  %s: %s\n", each.times, each.name, each.why);
    }
    for (const std::string& line : sum.shown) std::printf("  %s\n", line.c_str());

    CHECK(sum.messages == chosen.size());
    CHECK(sum.mutations > 1'000'000);
    CHECK(sum.unexplained == 0);
    CHECK(sum.unproven == 0);
    CHECK(sum.unsound == 0);
    CHECK(sum.wider == 0);
    CHECK(sum.most_questions <= 64);
    CHECK(sum.slowest < 10);
    // Each rule is met, so that none stands here for nothing.
    for (std::size_t i = 0; i != rules().size(); ++i)
        CHECK_MESSAGE(sum.explained[0][i].times + sum.explained[1][i].times + sum.explained[2][i].times != 0, std::string(rules()[i].name));
}
