// SPDX-License-Identifier: BSL-1.0
// Signatures of BPF programs: what bpftool of 7.2 and 7.3 made, and what stands in its light skeletons.
#include <modsig/layout/bpf.hpp>
#include <modsig/layout/light_skeleton.hpp>

#include <modsig/engine/botan.hpp>
#include <modsig/engine/native.hpp>
#include <modsig/keyring/store.hpp>
#include <modsig/layout/fsverity.hpp>
#include <modsig/policy/linux_modsign.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/verifier.hpp>

#include "../support/bpf.hpp"
#include "../support/corpus.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <utility>

using namespace modsig;
using bpf_example::octets;
using bpf_example::program;
using layout::light_skeleton;

namespace {

constexpr context today{.now = 1795500000};  // November 2026

constexpr std::pair<const char*, bpf_form> releases[] = {{"7.2", bpf_form::instructions}, {"7.3", bpf_form::instructions_and_maps}};

template <class Policy, class Layouts = layouts<layout::modsign, layout::fsverity, layout::bpf>>
using program_verifier = verifier<Layouts, engine::botan, Policy>;

template <class Reading = strict_reading>
keyring::store<engine::botan> ring_of(const std::string& key) {
    keyring::store<engine::botan> ring;
    REQUIRE(ring.add(corpus::file("keys/" + key + ".cert.der"), layouts<layout::bpf>{}, Reading{}));
    return ring;
}

subject beside(const octets& image, const octets& signature) {
    subject s{image};
    s.signature = {signature_source::detached, signature};
    s.beside.is_bpf = true;
    return s;
}

constexpr byte_view as_bytes(const std::array<std::uint8_t, 12>& text, std::size_t size) { return byte_view(text).first(size); }

}  // namespace

TEST_CASE("bpf: each bpftool signs what its kernel verifies, by RSA and ECDSA, in both readings") {
    for (const std::string key : {"rsa2048", "p256"})
        for (const auto& [release, form] : releases) {
            const program made(key + "-" + release);
            const auto ring = ring_of(key);
            const octets image = made.signed_by(form);
            const appraisal good = program_verifier<policy::strict>{ring}.appraise(beside(image, made.signature), today);
            CHECK_MESSAGE(good.outcome == verdict::verified, key, release, name(good.why.code));
            CHECK(good.layout == "bpf");
            CHECK(good.key.kind == key_id_kind::skid);
            CHECK(good.content.size == image.size());
            CHECK(good.covers_image);
            const auto kernel_ring = ring_of<linux_reading>(key);
            CHECK(program_verifier<policy::linux_modsign>{kernel_ring}.appraise(beside(image, made.signature), today).outcome == verdict::verified);

            // The other kernel takes other bytes for those that are signed.
            const octets other = made.signed_by(form == bpf_form::instructions ? bpf_form::instructions_and_maps : bpf_form::instructions);
            CHECK(program_verifier<policy::strict>{ring}.appraise(beside(other, made.signature), today).why.code == errc::signature_mismatch);
            const appraisal refused = program_verifier<policy::linux_modsign>{kernel_ring}.appraise(beside(other, made.signature), today);
            CHECK(refused.why.code == errc::signature_mismatch);
            CHECK(refused.why.linux_errno() == linux_error::ekeyrejected);
        }
}

TEST_CASE("bpf: the releases say which form they verify") {
    CHECK(find_linux_release("6.1")->signed_bpf == bpf_form::none);
    CHECK(find_linux_release("6.12")->signed_bpf == bpf_form::none);
    for (const auto& [release, form] : releases) CHECK(find_linux_release(release)->signed_bpf == form);
}

TEST_CASE("bpf: the loader of 7.2 checks its map itself, that of 7.3 has nothing of it") {
    const program old("rsa2048-7.2"), made("rsa2048-7.3"), bare("unsigned");
    CHECK(bare.signature.empty());
    CHECK(old.map == made.map);
    CHECK(bare.map == made.map);
    CHECK(bare.instructions == made.instructions);
    CHECK(old.instructions.size() > made.instructions.size());
}

TEST_CASE("bpf: every bit of program, map and signature counts") {
    const program made("p256-7.3");
    const auto ring = ring_of("p256");
    const octets image = made.signed_by(bpf_form::instructions_and_maps);
    for (std::size_t at = 0; at < image.size(); at += 97) {
        octets changed = image;
        changed[at] ^= 1;
        CHECK(program_verifier<policy::legacy>{ring}.appraise(beside(changed, made.signature), today).why.code == errc::signature_mismatch);
    }
    for (std::size_t at = 0; at != made.signature.size(); ++at) {
        octets changed = made.signature;
        changed[at] ^= 1;
        CHECK(program_verifier<policy::strict>{ring}.appraise(beside(image, changed), today).outcome == verdict::rejected);
    }
}

TEST_CASE("bpf: a key serves programs only where that was said, and a program's signature is nothing else's") {
    const program made("rsa2048-7.3");
    const octets image = made.signed_by(bpf_form::instructions_and_maps);
    keyring::store<engine::botan> plain;
    REQUIRE(plain.add(corpus::file("keys/rsa2048.cert.der")));
    CHECK(program_verifier<policy::strict>{plain}.appraise(beside(image, made.signature), today).why.code == errc::key_not_for_layout);
    subject s = beside(image, made.signature);
    CHECK(program_verifier<policy::strict, layouts<layout::modsign>>{plain}.appraise(s, today).why.code == errc::no_signature);
    s.beside.verity = verity_options{};
    CHECK(program_verifier<policy::strict, layouts<layout::fsverity>>{plain}.appraise(s, today).why.code == errc::no_signature);
    const auto ring = ring_of("rsa2048");
    s = beside(image, made.signature);
    s.beside.is_bpf = false;
    CHECK(program_verifier<policy::strict, layouts<layout::bpf>>{ring}.appraise(s, today).why.code == errc::no_signature);
    CHECK(program_verifier<policy::strict, layouts<layout::modsign>>{ring}.appraise(s, today).why.code == errc::key_not_for_layout);
    s = beside(image, made.signature);
    s.signature.source = signature_source::xattr;
    CHECK(program_verifier<policy::strict>{ring}.appraise(s, today).why.code == errc::no_signature);
    CHECK(program_verifier<policy::strict>{ring}.appraise(subject{image}, today).why.code == errc::no_signature);

    const auto kernel_ring = ring_of<linux_reading>("rsa2048");
    CHECK(program_verifier<policy::linux_modsign, layouts<layout::modsign>>{kernel_ring}.appraise(beside(image, made.signature), today).why.code == errc::no_signature);
}

TEST_CASE("bpf: signed attributes are let in, as by the kernel") {
    const octets content = corpus::file("modules/small.ko"), signature = corpus::file("modsign/openssl/attrs-nocaps-skid.rsa2048.p7s");
    const auto ring = ring_of("rsa2048"), kernel_ring = ring_of<linux_reading>("rsa2048");
    const appraisal strict = program_verifier<policy::strict>{ring}.appraise(beside(content, signature), today);
    CHECK_MESSAGE(strict.outcome == verdict::verified, name(strict.why.code));
    CHECK(strict.claim.form == signature_form::attributes);
    CHECK(program_verifier<policy::linux_modsign>{kernel_ring}.appraise(beside(content, signature), today).outcome == verdict::verified);
}

TEST_CASE("bpf: sizes that bpf(2) does not take, with its errno") {
    const program made("rsa2048-7.3");
    const octets image = made.signed_by(bpf_form::instructions_and_maps), none;
    const auto ring = ring_of("rsa2048"), kernel_ring = ring_of<linux_reading>("rsa2048");
    const auto check = [&](const octets& content, const octets& signature, errc code, linux_error error) {
        const appraisal strict = program_verifier<policy::strict>{ring}.appraise(beside(content, signature), today);
        CHECK(strict.layout == "bpf");
        CHECK(strict.why.code == code);
        const appraisal kernel = program_verifier<policy::linux_modsign>{kernel_ring}.appraise(beside(content, signature), today);
        CHECK(kernel.why.code == code);
        CHECK(kernel.why.linux_errno() == error);
    };
    octets longest = made.signature;
    longest.resize(layout::bpf::max_signature_size);
    octets longer = longest;
    longer.push_back(0);
    check(image, none, errc::truncated, linux_error::einval);
    check(image, longer, errc::too_large, linux_error::einval);
    check({image.begin(), image.begin() + 7}, made.signature, errc::truncated, linux_error::e2big);
    check(octets(1 << 24), made.signature, errc::too_large, linux_error::e2big);
    // Linux reads no further than the outermost SEQUENCE.
    CHECK(program_verifier<policy::linux_modsign>{kernel_ring}.appraise(beside(image, longest), today).outcome == verdict::verified);
    CHECK(program_verifier<policy::strict>{ring}.appraise(beside(image, longest), today).why.code == errc::trailing_garbage);
    check(octets((1 << 24) - 1), made.signature, errc::signature_mismatch, linux_error::ekeyrejected);
}

TEST_CASE("bpf: content that other signatures are over is no program") {
    const program made("rsa2048-7.3");
    const auto ring = ring_of("rsa2048");
    octets file_id{6, 4};  // struct ima_file_id: fs-verity, SHA-256
    file_id.resize(34);
    CHECK(program_verifier<policy::strict>{ring}.appraise(beside(file_id, made.signature), today).why.code == errc::ambiguous_content);
}

TEST_CASE("bpf: the verified program is what was signed") {
    const program made("p256-7.3");
    const auto ring = ring_of("p256");
    octets image = made.signed_by(bpf_form::instructions_and_maps);
    subject s;
    s.signature = {signature_source::detached, made.signature};
    s.beside.is_bpf = true;
    const auto proof = verifier<layouts<layout::bpf>, engine::botan, policy::strict>{ring}.verify(octets(image), s, today);
    REQUIRE(proof);
    CHECK(equal(proof->content(), image));
    image[0] ^= 1;
    CHECK(verifier<layouts<layout::bpf>, engine::botan, policy::strict>{ring}.verify(octets(image), s, today).error().code == errc::signature_mismatch);
}

TEST_CASE("bpf: string literals, at compile time, too") {
    constexpr auto size_of = [](std::string_view text, errc expected) {
        octets bytes(text.begin(), text.end()), room(64);
        const layout::string_literal literal{bytes, 100};
        const auto read = literal.decode(room);
        return expected == errc::none ? read && read->size() <= literal.max_decoded_size() : !read && read.error().code == expected;
    };
    CHECK(size_of("", errc::none));
    CHECK(size_of("\\0\\xab\\\n\\x09\\0", errc::none));
    for (const char* bad : {"a", "\\", "\\x", "\\x1", "\\xAB", "\\xg0", "\\1", "\\n", "\\0a", "\\\\", "\\0\n", "\\\r\n"}) CHECK_MESSAGE(size_of(bad, errc::bad_text), bad);

    static constexpr std::array<std::uint8_t, 12> text{'\\', '0', '\\', '\n', '\\', 'x', 'a', '0', '\\', 'x', '1', 'f'};
    constexpr auto decoded = [](std::size_t size, std::size_t room) {
        std::array<std::uint8_t, 3> bytes{};
        return layout::string_literal{as_bytes(text, size), 7}.decode(std::span(bytes).first(room)) ? unsigned{bytes[0]} << 16 | unsigned{bytes[1]} << 8 | bytes[2] : 0xffffffffu;
    };
    static_assert(decoded(12, 3) == 0x00a01f);
    static_assert(decoded(8, 3) == 0x00a000);
    static_assert(decoded(11, 3) == 0xffffffff);
    std::array<std::uint8_t, 2> small{};
    const auto read = layout::string_literal{text, 7}.decode(small);
    REQUIRE(!read);
    CHECK(read.error().code == errc::too_large);
    CHECK(read.error().offset == 7 + 8);
}

TEST_CASE("bpf: a skeleton is read whole, or it is none") {
    const octets good = bpf_example::skeleton("rsa2048-7.3");
    CHECK(light_skeleton::recognises(good));
    CHECK(!light_skeleton::recognises(program("rsa2048-7.3").instructions));
    const std::string text(good.begin(), good.end());
    const auto fault = [](std::string changed) {
        const octets bytes(changed.begin(), changed.end());
        const auto read = light_skeleton::parse(bytes);
        return read ? errc::none : read.error().code;
    };
    const auto replaced = [&](std::string_view from, std::string_view to) {
        std::string changed = text;
        REQUIRE(changed.find(from) != std::string::npos);
        return changed.replace(changed.find(from), from.size(), to);
    };
    CHECK(fault(text) == errc::none);
    CHECK(fault(replaced("opts_insn[]", "others[]")) == errc::missing_element);
    CHECK(fault(replaced("opts_data[]", "others[]")) == errc::missing_element);
    CHECK(fault(replaced("opts_sig[]", "others[]")) == errc::none);  // unsigned
    CHECK(fault(text + "static const char opts_insn[] = \"\";") == errc::repeated_element);
    CHECK(fault(text + "opts_sig[]") == errc::repeated_element);
    CHECK(fault(replaced("opts_sig[] __attribute__((__aligned__(8))) = \"", "opts_sig[] = {1}; \"")) == errc::bad_text);
    CHECK(fault(text.substr(0, text.find("opts_excl_hash") + 20)) == errc::none);
    const std::size_t open = text.find('"', text.find("opts_sig[]")), close = text.find('"', open + 1);
    CHECK(fault(text.substr(0, open)) == errc::bad_text);
    CHECK(fault(text.substr(0, open + 10)) == errc::bad_text);
    CHECK(fault(text.substr(0, close + 1)) == errc::bad_text);
    CHECK(fault(text.substr(0, close + 1) + " \"\\0\";") == errc::bad_text);  // another literal goes on
    CHECK(fault(text.substr(0, close + 2)) == errc::none);
    octets with_zero = good;
    with_zero.push_back(0);
    CHECK(!light_skeleton::recognises(with_zero));
    CHECK(!light_skeleton::recognises(octets{}));

    const auto read = light_skeleton::parse(good);
    octets room(read->max_signed_size());
    CHECK(read->decode_signed(bpf_form::none, room).error().code == errc::missing_element);
    CHECK(read->decode_signed(bpf_form::instructions_and_maps, std::span(room).first(100)).error().code == errc::too_large);
    const program made("rsa2048-7.3");
    for (const auto& [release, form] : releases) CHECK(equal(*read->decode_signed(form, room), made.signed_by(form)));
}
