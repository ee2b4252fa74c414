// SPDX-License-Identifier: BSL-1.0
#include <modsig/keyring/kernel_image.hpp>

#include <modsig/engine/botan.hpp>

#include "../support/compress.hpp"
#include "../support/corpus.hpp"
#include "../support/hex.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

using namespace modsig;
using compressing::octets;
using keyring::list_evidence;

namespace {
using ring = keyring::store<engine::botan>;

/// Where one may be; looked at when the test runs.
std::filesystem::path kernel_package() {
    const char* folder = std::getenv("MODSIG_TEST_KERNEL");
    return folder != nullptr ? folder : "build-packages/kernel";
}

octets certificate(const char* name) { return corpus::file(std::string("keys/") + name + ".cert.der"); }

octets text(std::string_view chars) { return {chars.begin(), chars.end()}; }

octets operator+(octets a, const octets& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

octets aligned(octets a, std::size_t to = 8) {
    while (a.size() % to != 0) a.push_back(0);
    return a;
}

octets word(std::size_t value, std::size_t size = 8, bool big_endian = false) {
    octets made(size);
    for (std::size_t i = 0; i != size; ++i)
        made[big_endian ? size - 1 - i : i] = static_cast<std::uint8_t>(i < 8 ? std::uint64_t{value} >> (8 * i) : 0);
    return made;
}

void put(octets& at, std::size_t offset, const octets& what) {
    for (std::size_t i = 0; i != what.size(); ++i) at.at(offset + i) = what[i];
}

/// certs/system_certificates.S
octets builtin_list(const octets& module_key, const octets& trusted = {}, std::size_t word_size = 8, bool big_endian = false, std::size_t align = 8) {
    return aligned(module_key + trusted, align) + word(module_key.size() + trusted.size(), word_size, big_endian) +
           word(module_key.size(), word_size, big_endian);
}

/// certs/revocation_certificates.S, and what may come after it.
octets revocation_list(const octets& revoked, const octets& after) { return aligned(revoked) + word(revoked.size()) + after; }

const octets filler = text("param=0 param=1\0"), banner = aligned(text("Linux version 6.1.0-56-amd64 (debian-kernel@lists.debian.org) "));

octets kernel_of(const octets& list) { return aligned(filler + banner + filler, 256) + list + filler; }

struct outcome {
    errc why = errc::none;
    std::vector<octets> taken;
    std::vector<errc> reported;
};

outcome look_at(const octets& image) {
    outcome seen;
    const auto use = [&](byte_view blob) {
        const result<key_info> parsed = grammar<linux_reading>::parse_key(blob);
        if (parsed) seen.taken.emplace_back(blob.begin(), blob.end());
        return parsed;
    };
    const auto count = keyring::for_each_kernel_certificate(image, use, [&](std::size_t, const failure& why) { seen.reported.push_back(why.code); });
    if (!count) seen.why = count.error().code;
    else CHECK(*count == seen.taken.size());
    return seen;
}

void check_takes(const octets& image, const std::vector<octets>& certificates) {
    const outcome seen = look_at(image);
    CHECK(seen.why == errc::none);
    CHECK(seen.reported.empty());
    CHECK(seen.taken == certificates);
}

void check_refuses(const octets& image, errc why) {
    const outcome seen = look_at(image);
    CHECK(seen.why == why);
    CHECK(seen.taken.empty());
}

/// Documentation/arch/x86/boot.rst
octets bz_image(const octets& payload, std::uint8_t setup_sectors = 39) {
    constexpr std::size_t stub_size = 1164;
    octets image(512 * (std::size_t{setup_sectors == 0 ? 4u : setup_sectors} + 1) + stub_size, 0xcc);
    put(image, 0, text("MZ"));
    put(image, 0x3c, word(image.size(), 4));
    image[0x1f1] = setup_sectors;
    put(image, 0x202, text("HdrS") + word(0x20f, 2));
    put(image, 0x248, word(stub_size, 4) + word(payload.size(), 4));
    return image + payload + octets(100, 0x90);
}

/// drivers/firmware/efi/libstub/zboot-header.S
octets zboot(const octets& payload) {
    octets image(4096, 0xcc);
    put(image, 0, text("MZ") + octets{0, 0} + text("zimg") + word(4096, 4) + word(payload.size(), 4));
    put(image, 0x3c, word(4000, 4));
    return image + payload;
}

/// scripts/Makefile.lib, size_append; gzip has the size of its own.
octets packed_payload(compression how, const octets& kernel) {
    const octets packed = compressing::compress(how, kernel);
    return how == compression::gzip ? packed : packed + word(kernel.size(), 4);
}

struct symbol {
    std::string name;
    std::size_t offset;
};

/// A vmlinux of one section with symbols.
octets elf_of(const octets& content, const std::vector<symbol>& symbols, bool is_64 = true, bool big = false, std::size_t address = 0x81000000) {
    const auto half = [&](std::size_t v) { return word(v, 2, big); };
    const auto four = [&](std::size_t v) { return word(v, 4, big); };
    const auto native = [&](std::size_t v) { return word(v, is_64 ? 8 : 4, big); };
    octets names(1), table(is_64 ? 24u : 16u);
    for (const symbol& s : symbols) {
        const octets name = four(names.size()), value = native(address + s.offset), home = half(1);
        table = table + (is_64 ? name + octets(2) + home + value + native(0) : name + value + four(0) + octets(2) + home);
        names = names + text(s.name) + octets(1);
    }
    const std::size_t header_size = is_64 ? 64 : 52, content_at = 256, table_at = content_at + aligned(content).size(),
                      names_at = table_at + table.size(), sections_at = names_at + aligned(names).size();
    const auto section = [&](std::size_t type, std::size_t at, std::size_t offset, std::size_t size, std::size_t link) {
        return four(0) + four(type) + native(0) + native(at) + native(offset) + native(size) + four(link) + four(0) + native(8) + native(0);
    };
    octets file = text("\x7f" "ELF") + octets{std::uint8_t(is_64 ? 2 : 1), std::uint8_t(big ? 2 : 1), 1} + octets(9);
    file = file + half(2) + half(62) + four(1) + native(address) + native(0) + native(sections_at) + four(0) + half(header_size) + half(0) + half(0) +
           half(is_64 ? 64 : 40) + half(4) + half(0);
    REQUIRE(file.size() == header_size);
    file.resize(content_at);
    return file + aligned(content) + table + aligned(names) + section(0, 0, 0, 0, 0) + section(1, address, content_at, content.size(), 0) +
           section(2, 0, table_at, table.size(), 3) + section(3, 0, names_at, names.size(), 0);
}

const list_evidence by_symbols = list_evidence::symbols, by_size = list_evidence::own_size;

list_evidence evidence_of(const octets& image) {
    const auto found = keyring::find_kernel_certificates(image);
    REQUIRE(found);
    return found->list.evidence;
}
}  // namespace

TEST_CASE("the certificates built into a kernel are found in every wrapping and compression") {
    const std::vector<octets> certificates{certificate("rsa4096"), certificate("ca"), certificate("p256")};
    const octets kernel = kernel_of(builtin_list(certificates[0], certificates[1] + certificates[2])), elf = elf_of(kernel, {});
    check_takes(kernel, certificates);
    check_takes(elf, certificates);
    check_takes(bz_image(elf), certificates);
    for (const compression how : compressing::all) {
        CAPTURE(std::string(name(how)));
        for (const octets& inside : {kernel, elf}) {
            const octets payload = packed_payload(how, inside);
            check_takes(bz_image(payload), certificates);
            check_takes(bz_image(payload, 0), certificates);
            check_takes(zboot(payload), certificates);
            check_takes(payload, certificates);
            check_takes(octets(5000, 0x90) + payload, certificates);
            CHECK(keyring::find_kernel_certificates(bz_image(payload))->kernel.packed == how);
        }
    }
}

TEST_CASE("a scan skips streams without a kernel") {
    const std::vector<octets> certificates{certificate("rsa2048")};
    const octets image = octets(100, 0x90) + hex("1f8b0800") + compressing::xz(certificate("unknown")) + compressing::gzip(builtin_list(certificate("unknown"))) +
                        compressing::zstd(kernel_of(builtin_list(certificates[0])));
    check_takes(image, certificates);
}

TEST_CASE("an image that cannot be unpacked is refused with its reason") {
    const octets kernel = kernel_of(builtin_list(certificate("rsa2048"))), payload = compressing::xz(kernel);
    check_refuses(bz_image(text("BZh91AY&SY and so on")), errc::unsupported_algorithm);
    check_refuses(bz_image(hex("894c5a4f000d0a1a0a") + octets(20)), errc::unsupported_algorithm);
    octets damaged = payload;
    damaged[payload.size() / 2] ^= 1;
    check_refuses(bz_image(damaged), errc::decompression_failed);
    const octets cut(payload.begin(), payload.end() - 20);
    check_refuses(bz_image(cut), errc::decompression_failed);
    const auto answer = keyring::unpack_kernel(bz_image(cut));
    REQUIRE_FALSE(answer);
    CHECK(answer.error().offset == bz_image({}).size() - 100 + cut.size());
    check_refuses({}, errc::missing_element);
    check_refuses(text("MZ"), errc::missing_element);
    check_refuses(octets(10000, 0x90), errc::missing_element);
}

TEST_CASE("every prefix of an image is refused or gives the same list, and none crashes") {
    const std::vector<octets> certificates{certificate("p256")};
    for (const octets& image : {bz_image(compressing::xz(kernel_of(builtin_list(certificates[0]))), 1), elf_of(kernel_of(builtin_list(certificates[0])), {})}) {
        for (std::size_t size = 0; size < image.size(); size += size < 1024 ? 1 : 7) {
            const outcome seen = look_at(octets(image.begin(), image.begin() + static_cast<std::ptrdiff_t>(size)));
            if (seen.why == errc::none) CHECK(seen.taken == certificates);
        }
    }
}

TEST_CASE("the list is found by symbols where there are any") {
    const octets first = certificate("rsa2048"), second = certificate("p384"), other = certificate("unknown");
    for (const bool is_64 : {true, false}) {
        for (const bool big : {true, false}) {
            CAPTURE(is_64);
            CAPTURE(big);
            const std::size_t width = is_64 ? 8 : 4;
            const octets before = kernel_of(builtin_list(other, {}, width, big)), list = aligned(first + second);
            const octets content = aligned(before) + list + word(first.size() + second.size(), width, big) + word(7, width, big);
            const std::size_t at = aligned(before).size();
            const std::vector<symbol> symbols{{"system_certificate", 0}, {"system_certificate_list", at}, {"system_certificate_list_size", at + list.size()}};
            const octets elf = elf_of(content, symbols, is_64, big);
            check_takes(elf, {first, second});
            CHECK(evidence_of(elf) == by_symbols);
            check_takes(bz_image(compressing::zstd(elf)), {first, second});
        }
    }
}

TEST_CASE("symbols that lead out of the file are refused") {
    const octets list = builtin_list(certificate("rsa2048"));
    const auto with = [&](std::size_t list_at, std::size_t size_at, const octets& content) {
        return elf_of(content, {{"system_certificate_list", list_at}, {"system_certificate_list_size", size_at}});
    };
    check_takes(with(0, list.size() - 16, list), {certificate("rsa2048")});
    check_refuses(with(0, list.size(), list + word(list.size() + 9)), errc::length_overflow);
    check_refuses(with(0, list.size(), list + word(SIZE_MAX)), errc::length_overflow);
    check_refuses(with(0, list.size(), list + word(0)), errc::missing_element);
    // Out of their section: as if there were none.
    CHECK(evidence_of(with(list.size() + 1, 0, list)) == by_size);
}

TEST_CASE("without symbols the list is found by the sizes that follow it") {
    const octets key = certificate("rsa2048"), trusted = certificate("ca");
    for (const std::size_t width : {std::size_t{4}, std::size_t{8}})
        for (const bool big : {false, true})
            for (const std::size_t align : {std::size_t{8}, std::size_t{256}}) {  // .align 8 means 256 on ARM
                check_takes(kernel_of(builtin_list(key, trusted, width, big, align)), {key, trusted});
                check_takes(kernel_of(builtin_list(key, {}, width, big, align)), {key});
                CHECK(evidence_of(kernel_of(builtin_list(key, {}, width, big, align))) == by_size);
            }
}

TEST_CASE("an extra certificate inserted after the build belongs to the list") {
    const octets key = certificate("rsa2048"), extra = certificate("p521");
    octets room = extra;
    room.resize(4096);
    const octets kernel = kernel_of(aligned(key + room + word(extra.size(), 4)) + word(key.size() + extra.size()) + word(key.size()));
    check_takes(kernel, {key, extra});
    const octets unused = kernel_of(aligned(key + octets(4096) + word(0, 4)) + word(key.size()) + word(key.size()));
    check_takes(unused, {key});
}

TEST_CASE("certificates for other purposes are never taken for the list") {
    const octets key = certificate("rsa2048"), revoked = certificate("unknown"), regulatory = certificate("expired");
    const octets list = builtin_list(key);
    for (const octets& after : {word(0), word(1324), octets(64), text("blacklist")}) {
        const octets revocation = revocation_list(revoked, after);
        check_takes(kernel_of(list + revocation), {key});
        check_takes(kernel_of(aligned(regulatory + word(regulatory.size(), 4)) + octets(16) + list + revocation), {key});
        check_takes(kernel_of(list + aligned(regulatory) + word(regulatory.size() + 1)), {key});
    }
    SUBCASE("alone in a kernel, such certificates are no list") {
        check_refuses(kernel_of(regulatory), errc::missing_element);
        check_refuses(kernel_of(revocation_list(revoked, text("blacklist"))), errc::missing_element);
        check_refuses(kernel_of(word(0) + word(0) + revocation_list(revoked, word(0))), errc::missing_element);
    }
    SUBCASE("a list without a module signing key that may be the revocation list is refused") {
        const octets trusted_only = aligned(key) + word(key.size()) + word(0);
        check_takes(kernel_of(text("no zeros") + text("no zeros") + trusted_only), {key});
        check_takes(kernel_of(text("no zeros") + text("no zeros") + trusted_only + revocation_list(revoked, text("blacklist"))), {key});
        check_refuses(kernel_of(octets(16) + trusted_only), errc::missing_element);
        check_refuses(kernel_of(aligned(regulatory) + text("no zeros") + text("no zeros") + trusted_only), errc::repeated_element);
    }
}

TEST_CASE("two lists are refused") {
    const octets list = builtin_list(certificate("rsa2048"));
    check_refuses(kernel_of(list + list), errc::repeated_element);
    check_refuses(kernel_of(list + filler + builtin_list(certificate("ca"))), errc::repeated_element);
    check_refuses(certificate("rsa2048") + octets(8) + certificate("ca"), errc::repeated_element);
}

TEST_CASE("kernels before 5.13 have one size and no revocation list") {
    const octets key = certificate("rsa2048"), trusted = certificate("ca");
    const octets list = aligned(key + trusted) + word(key.size() + trusted.size()) + text("something else");
    const auto kernel = [&](std::string_view version) { return aligned(text("Linux version ") + text(version) + text(" (gcc)")) + list; };
    for (const char* old : {"4.18.0-553.el8", "5.10.0-34-amd64", "5.12.19", "3.16.0"}) check_takes(kernel(old), {key, trusted});
    for (const char* recent : {"5.13.0", "6.1.0-56-amd64", "10.0.0", "5", "5.", "99999999999999.1.0"}) check_refuses(kernel(recent), errc::missing_element);
    check_refuses(kernel("5.4.0-150-generic") + aligned(octets(2)) + list, errc::repeated_element);
}

TEST_CASE("a list that was taken out of a kernel is a list") {
    const octets key = certificate("rsa2048"), trusted = certificate("ca");
    check_takes(key + trusted, {key, trusted});
    CHECK(evidence_of(key + trusted) == list_evidence::only_run);
    check_takes(octets(100) + key + trusted + octets(100), {key, trusted});
}

TEST_CASE("signatures of secure boot are ignored") {
    const octets key = certificate("rsa2048"), signer = certificate("unknown");
    // A PE image that is not compressed, as Debian's for arm64.
    octets image = kernel_of(builtin_list(key));
    const std::size_t pe = 0x80, directories = pe + 24 + 112;
    octets head(512);
    put(head, 0, text("MZ"));
    put(head, 56, text("ARM\x64"));
    put(head, 0x3c, word(pe, 4));
    put(head, pe, text("PE") + octets(2));
    put(head, pe + 24, word(0x20b, 2));
    put(head, directories - 4, word(6, 4));
    put(head, directories + 32, word(head.size() + aligned(image).size(), 4) + word(2000, 4));
    image = head + aligned(image);
    check_takes(image + builtin_list(signer), {key});
    check_takes(image + compressing::gzip(kernel_of(builtin_list(signer))), {key});
}

TEST_CASE("bytes that are no certificate end the list, and certificates that are no key are skipped; both are reported") {
    const octets key = certificate("rsa2048"), trusted = certificate("ca");
    octets broken = key;
    broken[8] = 0xa5;  // [0] version
    const auto listed = [&](const octets& content) {
        const octets list = aligned(content);
        return elf_of(list + word(content.size()), {{"system_certificate_list", 0}, {"system_certificate_list_size", list.size()}});
    };
    outcome seen = look_at(listed(key + broken + trusted));
    CHECK(seen.taken == std::vector<octets>{key, trusted});
    CHECK(seen.reported.size() == 1);
    seen = look_at(listed(key + text("garbage") + trusted));
    CHECK(seen.taken == std::vector<octets>{key});
    CHECK(seen.reported == std::vector<errc>{errc::bad_structure});
    seen = look_at(listed(text("garbage")));
    CHECK(seen.taken.empty());
    CHECK(seen.reported == std::vector<errc>{errc::bad_structure});
}

TEST_CASE("the keys of an image are copied into a keyring and outlive the image") {
    ring keys(keyring::builtin_trusted_keys);
    {
        const octets image = bz_image(packed_payload(compression::xz, kernel_of(builtin_list(certificate("rsa2048"), certificate("p256")))));
        const auto count = keyring::load_kernel_image(keys, image, [](std::size_t, const failure&) { FAIL("nothing to report"); });
        REQUIRE(count);
        CHECK(*count == 2);
    }
    REQUIRE(keys.keys().size() == 2);
    CHECK(keys.name() == ".builtin_trusted_keys");
    CHECK(keys.keys()[0].prepared);
    CHECK(equal(keys.keys()[0].info.certificate, certificate("rsa2048")));
    CHECK(equal(keys.keys()[1].info.certificate, certificate("p256")));
}

TEST_CASE("an image full of beginnings of certificates is refused in bounded time") {
    octets image(std::size_t{1} << 20);
    for (std::size_t at = 0; at + 16 <= image.size(); at += 13) put(image, at, hex("3082ffff3082fffba003020102"));
    const outcome seen = look_at(image);
    CHECK(seen.why != errc::none);
    octets many;
    for (int i = 0; i != 100; ++i) many = many + builtin_list(certificate("p256"));
    check_refuses(many, errc::too_large);
}

TEST_CASE("Debian's kernel has the key of its build" *
          doctest::description("no Debian kernel package here (tests/run.sh fetches one)") * doctest::skip(!std::filesystem::is_directory(kernel_package()))) {
    std::size_t images = 0;
    for (const auto& entry : std::filesystem::directory_iterator(kernel_package() / "boot")) {
        if (!entry.path().filename().string().starts_with("vmlinuz-")) continue;
        ++images;
        const octets image = read_file(entry.path());
        ring keys(keyring::builtin_trusted_keys);
        const auto count = keyring::load_kernel_image(keys, image, [](std::size_t, const failure&) { FAIL("nothing to report"); });
        REQUIRE(count);
        CHECK(evidence_of(image) == by_size);
        // Once; the other keys that a kernel trusts depend on its build.
        CHECK(std::ranges::count_if(keys.keys(), [](const auto& key) {
                  const std::string subject(key.info.subject.begin(), key.info.subject.end());
                  return subject.find("Build time autogenerated kernel key") != std::string::npos;
              }) == 1);
    }
    CHECK(images == 1);
}
