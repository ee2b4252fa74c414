// SPDX-License-Identifier: BSL-1.0
//
// The accelerated hashes of an Arm CPU beside the portable ones. Needs no library, so that it cross-compiles anywhere.
//   armv8 sha | armv8 none      what the CPU is to have; the program fails on one that has it otherwise
#include <modsig/engine/native/digest_many.hpp>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <random>
#include <string_view>
#include <vector>

using namespace modsig;
using namespace modsig::engine;

namespace {

std::mt19937_64 random_source(20120601);
unsigned long compared = 0, wrong = 0;

std::vector<std::uint8_t> random_bytes(std::size_t size) {
    std::vector<std::uint8_t> bytes(size);
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random_source());
    return bytes;
}

void same(byte_view got, byte_view wanted, const char* what, std::size_t n) {
    ++compared;
    if (equal(got, wanted)) return;
    if (wrong++ < 10) std::printf("differs: %s, %zu\n", what, n);
}

template <class Check>
void each_digest(const Check& check) {
    for (const digest_id id : {digest_id::sha1, digest_id::sha224, digest_id::sha256, digest_id::sha384, digest_id::sha512})
        with_digest(native_digest_list{}, id, check);
}

// FIPS 180-2, appendices A.1, A.2 and B.1, B.2; the change notice for SHA-224.
void known_answers() {
    const auto starts = [](digest_id id, std::string_view text, std::uint32_t first) {
        const std::vector<std::uint8_t> message(text.begin(), text.end());
        const byte_view parts[] = {message};
        const auto digest = native_digest<isa::best>(id, parts);
        same(digest->view().first(4), store_be<4>(first), "known answer", static_cast<std::size_t>(id));
    };
    constexpr std::string_view two_blocks = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    starts(digest_id::sha1, "abc", 0xa9993e36);
    starts(digest_id::sha1, two_blocks, 0x84983e44);
    starts(digest_id::sha224, "abc", 0x23097d22);
    starts(digest_id::sha256, "abc", 0xba7816bf);
    starts(digest_id::sha256, two_blocks, 0x248d6a61);
    starts(digest_id::sha512, "abc", 0xddaf35a1);
}

void every_length() {
    each_digest([]<digest_id Id>() {
        for (std::size_t size = 0; size != 700; ++size) {
            const std::vector<std::uint8_t> data = random_bytes(size + size % 4);
            const byte_view message = byte_view(data).subspan(size % 4);  // every alignment
            same(digest_of<native_hash<Id, isa::best>>(message).view(), digest_of<native_hash<Id, isa::portable>>(message).view(), "length", size);
        }
    });
}

/// Every kernel, every lane: each of its own data, the state going on from call to call.
void every_lane(cpu_features cpu) {
    each_digest([&]<digest_id Id>() {
        using states = lane_states<Id>;
        using word = typename states::word;
        for (const auto& kernel : kernels_for<Id>()) {
            if ((kernel.needs & cpu) != kernel.needs) continue;
            std::printf("  %s, %u lanes\n", std::string(name(Id)).c_str(), unsigned{kernel.lanes});
            for (std::size_t count = 1; count != 9; ++count) {
                states all(kernel);
                std::vector<std::vector<std::uint8_t>> data;
                std::array<const std::uint8_t*, max_lanes> blocks{};
                for (std::size_t lane = 0; lane != kernel.lanes; ++lane) {
                    data.push_back(random_bytes(count * states::block_size + lane));
                    blocks[lane] = data[lane].data() + lane;
                    all.start(lane);
                }
                for (int times = 0; times != 2; ++times) all.compress(blocks.data(), count);
                std::array<std::uint8_t, 2 * states::block_size> padding{};
                (void)digest::pad<word>(padding.data(), 0, 2 * count * states::block_size);
                blocks.fill(padding.data());
                all.compress(blocks.data(), 1);
                for (std::size_t lane = 0; lane != kernel.lanes; ++lane) {
                    const byte_view once = byte_view(data[lane]).subspan(lane);
                    same(all.digest(lane).view(), digest_of<native_hash<Id, isa::portable>>(once, once).view(), "lane", lane);
                }
            }
        }
    });
}

void many_messages() {
    each_digest([]<digest_id Id>() {
        for (const std::size_t batch : {1u, 2u, 3u, 4u, 5u, 40u}) {
            std::vector<std::vector<std::uint8_t>> data;
            for (std::size_t i = 0; i != batch; ++i) data.push_back(random_bytes(random_source() % 3000));
            std::vector<byte_view> views(data.begin(), data.end());
            std::vector<message_parts> messages;
            for (const byte_view& view : views) messages.emplace_back(&view, 1u);
            std::vector<digest_value> digests(batch);
            if (!digest_many<isa::best>(Id, messages, digests)) ++wrong;
            for (std::size_t i = 0; i != batch; ++i)
                same(digests[i].view(), digest_of<native_hash<Id, isa::portable>>(views[i]).view(), "batch", batch);
        }
    });
}

}  // namespace

int main(int argc, char** argv) {
#ifdef MODSIG_NATIVE_ARM
    const bool wanted = argc == 2 && std::strcmp(argv[1], "sha") == 0;
    if (cpu().has(feature::sha) != wanted) {
        std::printf("this CPU is not one with: %s\n", argc == 2 ? argv[1] : "?");
        return 1;
    }
    known_answers();
    every_length();
    every_lane(cpu());
    many_messages();
    std::printf("%lu digests compared, %lu wrong\n", compared, wrong);
    return wrong == 0 && compared > 3000 ? 0 : 1;
#else
    std::printf("compiled without accelerated code (%d, %s)\n", argc, argv[0]);
    return 1;
#endif
}
