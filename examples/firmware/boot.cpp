// SPDX-License-Identifier: BSL-1.0
//
// A boot stage for a Cortex-M3: two slots in flash, each with an image in MCUboot's format, and one key that is built in. It
// starts the newer of the images that are verified, in place, and says on the UART why it does not start the other.
//   no heap, no C library but memcpy and memset, no exceptions, no run-time type information
//   no way back: images with a security counter below the stored one are refused, and a started image raises it
// How it is built: Makefile. How it is tried: tests/firmware/boot.py.
//
// The image is not copied: what is verified is what runs, as long as nothing but the boot stage writes to flash before it
// has started the image. Where flash is outside the chip, copy the image into memory first and verify it there.
//
// Not here, as they are the product's own: swapping slots, confirming an image that has started, several images that depend on
// each other (their dependencies are signed, but nobody asks for them), and defences against faults induced by force.
#include "board.hpp"
#include "vendor_key.hpp"  // made by embed.py

#include <modsig/engine/native/rsa_firmware_pss.hpp>
#include <modsig/errc.hpp>
#include <modsig/layout/mcuboot.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/verifier/firmware.hpp>

#include <array>

namespace {

using modsig::errc;
using modsig::layout::mcuboot_header;
using modsig::layout::mcuboot_image;
using image_verifier = modsig::firmware_verifier<modsig::layout::mcuboot, modsig::engine::firmware_pss<modsig::digest_list<modsig::sha256>, 2048>,
                                                 modsig::policy::strict, vendor_key>;
using uart = board::uart;

// The names of the reasons without their texts, which are three kilobytes.
constexpr auto reason_names = [] {
    std::array<const char*, modsig::errc_count> names{};
    for (std::size_t i = 0; i != names.size(); ++i) names[i] = modsig::errc_table[i].name.data();
    return names;
}();

/// What is known of a slot. Nothing of it is believed before its image is verified, but for which one is tried first.
struct candidate {
    const board::memory* slot = nullptr;
    char name = '?';
    errc why = errc::not_checked;
    mcuboot_image image{};
};

[[gnu::noinline]] void look_into(candidate& one) {
    const modsig::byte_view slot(reinterpret_cast<const std::uint8_t*>(one.slot->address), one.slot->size);
    const auto image = mcuboot_image::in(slot);
    one.why = image ? errc::none : image.error().code;
    if (image) one.image = *image;
}

void print(const candidate& one) {
    uart::print("slot "), uart::put(one.name), uart::print(": ");
    if (one.why != errc::none) return;
    const auto& version = one.image.header.version;
    uart::print("version "), uart::print(version.major), uart::put('.'), uart::print(version.minor), uart::put('.');
    uart::print(version.revision), uart::put('+'), uart::print(version.build), uart::print(": ");
}

void refuse(const candidate& one, const char* why) {
    print(one);
    uart::print("refused: "), uart::print(why), uart::print("\r\n");
}
void refuse(const candidate& one) { refuse(one, reason_names[static_cast<std::size_t>(one.why)]); }

[[nodiscard]] std::uint32_t vector_table_of(const candidate& one) { return one.slot->address + one.image.header.header_size; }

/// What the signature does not answer: whether the image is for this place. Null: it is.
[[nodiscard]] const char* misplaced(const candidate& one) {
    const mcuboot_header& header = one.image.header;
    if ((header.flags & mcuboot_header::non_bootable) != 0) return "not bootable";
    if ((header.flags & mcuboot_header::rom_fixed) == 0 || header.load_address != one.slot->address) return "built for another slot";
    if (vector_table_of(one) % board::vector_table_alignment != 0 || header.body_size < 8) return "no vector table";
    return nullptr;
}

/// Starts it, or says why not. The signature first: nothing else of the image counts before.
void try_to_start(candidate& one) {
    one.why = image_verifier::verify(one.image.bytes).why;
    if (one.why != errc::none) return refuse(one);
    if (const char* why = misplaced(one)) return refuse(one, why);
    const auto counter = one.image.security_counter;
    volatile std::uint32_t& least = board::word(board::least_security_counter);
    if (!counter) return refuse(one, "no security counter");
    if (*counter < least) return refuse(one, "rolled back: its security counter is below the stored one");

    print(one);
    uart::print("verified, security counter "), uart::print(*counter), uart::print(", starts\r\n");
    if (*counter > least) least = *counter;
    board::start(vector_table_of(one));
}

}  // namespace

[[noreturn]] void program() {
    uart::print("boot\r\n");
    candidate both[2] = {{&board::slots[0], 'A'}, {&board::slots[1], 'B'}};
    for (candidate& one : both) {
        look_into(one);
        if (one.why != errc::none) refuse(one);
    }
    // The newer one first; of two alike the one in slot A.
    const bool a = both[0].why == errc::none, b = both[1].why == errc::none;
    const bool b_first = a && b && both[1].image.header.version > both[0].image.header.version;
    if (b_first) try_to_start(both[1]);
    if (a) try_to_start(both[0]);
    if (b && !b_first) try_to_start(both[1]);
    uart::print("nothing to start\r\n");
    board::halt();
}
