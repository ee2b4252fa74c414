// SPDX-License-Identifier: BSL-1.0
//
// The whole verifier with every layout, under strict and legacy:
//   what strict accepts, legacy accepts
//   neither the order of the keyring nor that of layouts decides
//   a revocation makes no refusal an acceptance, a trusted key makes no acceptance a refusal
//   what strict has verified, with nothing but the signatures that this took, is verified no more when a byte of it is moved,
//   inserted, doubled or changed
//   checks are limited, reports are sound
#include "judge.hpp"
#include "mutator.hpp"

#include <modsig/layout/mcuboot/padding.hpp>
#include <modsig/limits.hpp>

#include <random>

using namespace fuzz;

namespace {

[[nodiscard]] bool is_verified(const appraisal& report) { return report.outcome == verdict::verified; }

/// With keys of its own.
[[nodiscard]] bool verifies(const fuzz_case& of, bool is_strict, signatures which = signatures::every) {
    const ring<strict_reading> keys(of, scope_of(of));
    return is_verified(appraise(of, keys, is_strict, which));
}

void require_soundness(const fuzz_case& of, const appraisal& report, const ring<strict_reading>& keys) {
    require(issuer::checks() <= strict_limits.checks, "no more signatures are checked than the limits say");
    require(report.outcome != verdict::tolerated, "strict and legacy tolerate nothing");
    require(is_verified(report) == (report.why.code == errc::none), "a refusal has a reason, and nothing else has");
    require(report.why.code != errc::not_checked, "every reason is a reason");
    require(report.why.offset <= std::max(of.image.size(), of.signature.size()), "a fault is where there are bytes");
    require(report.content.offset <= of.image.size() && report.content.size <= of.image.size() - report.content.offset, "the content is in the image");
    if (!is_verified(report)) return require(report.anchor == nullptr, "a refusal has no trust anchor");
    const auto is_anchor = [&](const trusted_key<issuer>& key) { return &key.info == report.anchor; };
    require(std::ranges::any_of(keys.view.keys, is_anchor), "the trust anchor is in the keyring");
    require(!keys.revocations.holds(report.anchor->key), "a revoked key is no anchor");
    require((of.bad == 0) || issuer::checks() != 0, "something was checked");
}

/// How many signers a message in the image or beside it has; 1 for other formats.
[[nodiscard]] std::size_t signers_of(const fuzz_case& of) {
    const auto where = layout::modsign::find(of.subject());
    if (!where) return 1;
    const auto message = layout::modsign::read_message(of.subject(), *where, layout::cms::attribute_use::allowed);
    return message ? message->signer_count : 1;
}

/// An AlgorithmIdentifier of a digest may have NULL for its parameters, or none.
void drop_digest_parameters(node& of) {
    if (of.tag == 0x30 && of.inside.size() == 2 && of.inside[0].tag == 0x06 && of.inside[1].tag == 0x05 && of.inside[1].bytes.empty() &&
        digest_of_oid(of.inside[0].bytes) != digest_id::none)
        of.inside.pop_back();
    for (node& each : of.inside) drop_digest_parameters(each);
}
[[nodiscard]] octets without_digest_parameters(const octets& message) {
    auto elements = node::list(message);
    if (!elements) return message;
    octets out;
    for (node& each : *elements) {
        drop_digest_parameters(each);
        each.write(out);
    }
    return out;
}
/// What may differ left out: these parameters, and how much flash is erased behind an MCUboot image in its slot.
[[nodiscard]] octets without_freedom(const fuzz_case& of) {
    fuzz_case plain = of;
    if (of.source != 0) {
        plain.signature = without_digest_parameters(of.signature);
    } else if (auto parts = appended::read(of.image)) {
        parts->message = without_digest_parameters(parts->message);
        plain.image = parts->written();
    } else if (auto entries = mcuboot_entries::read(of.image)) {
        if (layout::is_slot_filling(entries->rest)) entries->rest.clear();
        plain.image = entries->written();
    }
    return plain.written();
}

/// One byte or element of DER moved, inserted, doubled or changed, lengths repaired; false where there is no DER.
bool change_element(octets& message, std::mt19937& random) {
    auto elements = node::list(message);
    if (!elements) return false;
    node root{.inside = std::move(*elements)};
    std::vector<linux_differential::place> places;
    linux_differential::list_places(root, places);
    if (places.empty()) return false;
    const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random()) % limit; };
    const auto at = places[below(places.size())];
    node& element = at.element();
    auto& siblings = at.parent->inside;
    const auto here = siblings.begin() + static_cast<std::ptrdiff_t>(at.index);
    const auto byte = static_cast<std::uint8_t>(below(256));
    octets& bytes = element.bytes;
    switch (below(7)) {
        case 0: siblings.insert(here, node(element)); break;
        case 1: siblings.insert(here, node(places[below(places.size())].element())); break;
        case 2: std::swap(element, siblings[below(siblings.size())]); break;
        case 3: bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(below(bytes.size() + 1)), byte); break;
        case 4:
            if (!bytes.empty()) bytes[below(bytes.size())] = byte;
            break;
        case 5: element.tag = byte; break;
        default: siblings.insert(here, node{.tag = byte});
    }
    message.clear();
    for (const node& each : root.inside) each.write(message);
    return true;
}

void change_bytes(octets& of, std::mt19937& random) {
    const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random()) % limit; };
    const auto at = [&](std::size_t i) { return of.begin() + static_cast<std::ptrdiff_t>(i); };
    if (of.empty()) return of.push_back(0);
    const std::size_t place = below(of.size() + 1), first = below(of.size());
    switch (below(4)) {
        case 0: of.insert(at(place), static_cast<std::uint8_t>(below(256))); break;
        case 1: of.insert(at(first), of[first]); break;
        case 2: of[first] ^= static_cast<std::uint8_t>(1u << below(8)); break;
        default: {  // moved
            const std::size_t size = 1 + below(std::min<std::size_t>(of.size() - first, 40));
            const octets piece(at(first), at(first + size));
            of.erase(at(first), at(first + size));
            of.insert(at(below(of.size() + 1)), piece.begin(), piece.end());
        }
    }
}

void require_every_byte(const fuzz_case& of, byte_view seed_bytes) {
    if (!verifies(of, true)) return;
    std::uint32_t sum = 2166136261u;
    for (const std::uint8_t byte : seed_bytes) sum = (sum ^ byte) * 16777619u;
    std::mt19937 random(sum);
    const octets plain = without_freedom(of);
    for (int i = 0; i != 12; ++i) {
        fuzz_case changed = of;
        auto parts = of.source == 0 ? appended::read(of.image) : std::nullopt;
        octets& message = parts ? parts->message : changed.signature;
        if (i % 3 != 0 && change_element(message, random)) {
            if (parts) changed.image = parts->written();
        } else {
            change_bytes(of.source != 0 && i % 2 == 0 ? changed.signature : changed.image, random);
        }
        if (changed.source != 0 && changed.signature.size() > 0xffff) continue;
        if (changed.written() == of.written()) continue;
        if (!verifies(changed, true, signatures::issued) || without_freedom(changed) == plain) continue;
        const octets before = of.written(), after = changed.written();
        const auto from = std::ranges::mismatch(before, after).in1 - before.begin();
        std::fprintf(stderr, "\n%zu bytes were verified, and are as %zu bytes that differ from byte %td of the case on", before.size(), after.size(), from);
        require(false, "of what strict has verified nothing can be moved, inserted, doubled or changed");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const fuzz_case of = fuzz_case::read({data, size});
    bool accepted[2]{};
    for (const bool is_strict : {false, true}) {
        ring<strict_reading> keys(of, scope_of(of));
        const appraisal report = appraise(of, keys, is_strict);
        accepted[is_strict] = is_verified(report);
        require_soundness(of, report, keys);
        require(is_verified(appraise(of, keys, is_strict, signatures::every, layout_order::backward)) == accepted[is_strict], "the order of layouts decides nothing");
        keys.reverse();
        const appraisal reversed = appraise(of, keys, is_strict);
        require(is_verified(reversed) == accepted[is_strict] && reversed.why.code == report.why.code, "the order of keys decides nothing");
    }
    require(!accepted[1] || accepted[0], "what strict accepts, legacy accepts");

    const std::uint16_t key = static_cast<std::uint16_t>(1u << (size % 16));
    for (const bool is_strict : {false, true}) {
        fuzz_case other = of;
        other.revoked |= key;
        require(accepted[is_strict] || !verifies(other, is_strict), "a revocation makes no refusal an acceptance");
        // Of several signers one that was unknown may be refused once its key is known, and what was needed may be needed no more.
        other = of;
        other.trusted |= key;
        if (accepted[is_strict] && signers_of(of) == 1) require(verifies(other, is_strict), "a trusted key makes no acceptance a refusal");
    }
    require_every_byte(of, {data, size});
    return 0;
}
