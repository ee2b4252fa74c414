// SPDX-License-Identifier: BSL-1.0
//
// A distribution's kernel package: every module of it verified with the keys in its own vmlinuz and nothing else, and refused
// with one bit changed.
//   modules FOLDER [SEED [MODULES [THREADS]]]      0: all of them, as many as there are processors
// Exit status 77: FOLDER is not there.
#include "mutate.hpp"

#include <modsig/engine/botan.hpp>
#include <modsig/keyring/kernel_image.hpp>
#include <modsig/layout/modsign.hpp>
#include <modsig/policy/linux_modsign.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/verifier.hpp>

#include "../support/files.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace modsig;

namespace {

using engine::botan;
using octets = std::vector<std::uint8_t>;

/// splitmix64 (Steele, Lea, Flood 2014): the same numbers everywhere, whichever thread asks.
class numbers {
    std::uint64_t state_;

public:
    explicit numbers(std::uint64_t seed) : state_(seed) {}
    std::uint64_t below(std::uint64_t bound) {
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
        z = (z ^ z >> 27) * 0x94d049bb133111eb;
        return (z ^ z >> 31) % bound;
    }
};

/// Trusts an image's keys, once as Linux reads them and once as strict does.
struct trust {
    keyring::store<botan> as_linux{keyring::builtin_trusted_keys}, as_strict{keyring::builtin_trusted_keys};
    context at{};  // a time when the first key is good

    template <class Policy>
    [[nodiscard]] appraisal judged(byte_view image) const {
        const auto& ring = std::is_same_v<typename Policy::reading, strict_reading> ? as_strict : as_linux;
        return verifier<layouts<layout::modsign>, botan, Policy>{ring}.appraise(subject{image}, at);
    }
    template <class Policy>
    [[nodiscard]] bool accepts(byte_view image) const {
        return judged<Policy>(image).outcome == verdict::verified;
    }
};

std::optional<trust> trust_of(const std::filesystem::path& folder) {
    trust found;
    for (const auto& entry : std::filesystem::directory_iterator(folder / "boot")) {
        if (!entry.path().filename().string().starts_with("vmlinuz-")) continue;
        const octets image = read_file(entry.path());
        const auto report = [](std::size_t index, const failure& why) {
            std::printf("certificate %zu: %s\n", index, std::string(why.message()).c_str());
        };
        const auto as_linux = keyring::load_kernel_image(found.as_linux, image, report);
        const auto as_strict = keyring::load_kernel_image<strict_reading>(found.as_strict, image, report);
        if (!as_linux || !as_strict || *as_linux == 0 || *as_strict == 0) return std::nullopt;
        std::printf("%s: %zu keys\n", entry.path().filename().c_str(), *as_linux);
        const validity_period& validity = found.as_strict.keys()[0].info.validity;
        found.at.now = validity.not_before + (validity.not_after - validity.not_before) / 2;
    }
    if (found.as_linux.keys().empty()) return std::nullopt;
    return found;
}

/// The bytes of the first signer's value.
std::optional<range> value_of(byte_view image) {
    const subject s{image};
    const auto where = layout::modsign::find(s);
    if (!where) return std::nullopt;
    auto claims = layout::modsign::open(s, *where);
    if (!claims || claims->done()) return std::nullopt;
    const auto said = claims->next();
    if (!said) return std::nullopt;
    return range{static_cast<std::uint64_t>(said->signature.data() - image.data()), said->signature.size()};
}

void flip(octets& image, std::uint64_t bit) { image[static_cast<std::size_t>(bit / 8)] ^= static_cast<std::uint8_t>(1u << bit % 8); }

template <class Work>
void in_threads(unsigned count, Work work) {
    std::vector<std::thread> threads;
    for (unsigned i = 0; i != count; ++i) threads.emplace_back(work);
    for (std::thread& each : threads) each.join();
}

/// How often something was asked, and how often the answer was wrong.
struct tally {
    const char* what;
    std::size_t asked = 0, wrong = 0;
    std::array<std::string, 5> named{};

    void note(bool right, const std::string& name) {
        ++asked;
        if (right) return;
        if (wrong < named.size()) named[wrong] = name;
        ++wrong;
    }
};

enum question : std::size_t { by_strict, by_legacy, by_linux, file_strict, payload_linux, value_linux, questions };

struct result_of_all {
    std::array<tally, questions> answers{{
        {"verified under strict"},
        {"verified under legacy"},
        {"verified under linux_modsign"},
        {"one bit of the file changed: refused under strict"},
        {"one bit of the payload changed: refused under linux_modsign"},
        {"one bit of the signature value changed: refused under linux_modsign"},
    }};
    std::uint64_t bytes = 0;
};

void ask(const trust& keys, const std::filesystem::path& path, numbers random, result_of_all& all, std::mutex& mutex) {
    octets image = read_file(path);
    const std::uint64_t bits = std::uint64_t{image.size()} * 8;
    const auto value = value_of(image);
    const auto where = layout::modsign::find(subject{image});
    std::array<bool, questions> right{};
    right[by_strict] = keys.accepts<policy::strict>(image);
    right[by_legacy] = keys.accepts<policy::legacy>(image);
    right[by_linux] = keys.accepts<policy::linux_modsign>(image);
    std::array<std::uint64_t, questions> flipped{};
    if (value && where) {
        flipped[file_strict] = random.below(bits);
        flipped[payload_linux] = random.below(where->content[0].size * 8);
        flipped[value_linux] = value->offset * 8 + random.below(value->size * 8);
        for (const question each : {file_strict, payload_linux, value_linux}) {
            flip(image, flipped[each]);
            right[each] = each == file_strict ? !keys.accepts<policy::strict>(image) : !keys.accepts<policy::linux_modsign>(image);
            flip(image, flipped[each]);
        }
    }
    const std::lock_guard lock(mutex);
    all.bytes += image.size();
    for (std::size_t i = 0; i != questions; ++i)
        all.answers[i].note(right[i], path.string() + (i >= file_strict ? ", bit " + std::to_string(flipped[i]) : ""));
}

/// Every bit of what is behind the payload, under both.
struct trailer_bits {
    tally strict{"every bit behind the payload of one module: refused under strict"};
    tally as_linux{"those that linux_modsign lets be what they like: known ones"};
};

/// What Linux does not look at: tests/torture/der.cpp.
bool is_free_in_linux(byte_view message, std::uint64_t offset, std::uint8_t mask) {
    using torture::part;
    for (const torture::place& at : torture::places(message)) {
        const bool list = at.where == part::envelope || (at.where == part::digest_algorithms && at.whole_part);
        if (at.offset == offset && at.is_tag && (at.tag & 0x20) != 0 && mask == 0x20) return true;
        if (at.offset == offset && at.is_tag && at.tag == 0x31 && list && mask == 0x01) return true;
    }
    // Otherwise the byte belongs to digestAlgorithms or to the parameters of an algorithm: the element that is last to begin
    // before it says so.
    std::optional<torture::place> in;
    for (const torture::place& at : torture::places(message))
        if (at.offset <= offset) in = at;
    const bool algorithm = in->where == part::digest_algorithm || in->where == part::signature_algorithm;
    return (in->where == part::digest_algorithms && !in->whole_part) || (algorithm && in->behind_oid);
}

trailer_bits ask_every_bit(const trust& keys, const std::filesystem::path& path, unsigned threads) {
    trailer_bits seen;
    const octets image = read_file(path);
    const auto where = layout::modsign::find(subject{image});
    if (!where) return seen;
    const byte_view message = *slice(image, where->blob);
    std::mutex mutex;
    std::atomic<std::uint64_t> next{where->blob.offset};
    in_threads(threads, [&] {
        octets changed = image;
        for (std::uint64_t byte; (byte = next++) < image.size();)
            for (unsigned bit = 0; bit != 8; ++bit) {
                flip(changed, byte * 8 + bit);
                const bool strict = keys.accepts<policy::strict>(changed), as_linux = keys.accepts<policy::linux_modsign>(changed);
                flip(changed, byte * 8 + bit);
                const bool known = as_linux && byte < where->blob.offset + where->blob.size &&
                                   is_free_in_linux(message, byte - where->blob.offset, static_cast<std::uint8_t>(1u << bit));
                const std::string name = path.string() + ", bit " + std::to_string(byte * 8 + bit);
                const std::lock_guard lock(mutex);
                seen.strict.note(!strict, name);
                if (as_linux) seen.as_linux.note(known, name);
            }
    });
    return seen;
}

bool report(const tally& each, std::size_t expected) {
    const bool good = each.wrong == 0 && each.asked == expected && expected != 0;
    std::printf("%s  %6zu of %6zu  %s\n", good ? "ok  " : "FAIL", each.asked - each.wrong, expected, each.what);
    for (const std::string& name : each.named)
        if (!name.empty()) std::printf("      not %s\n", name.c_str());
    return good;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) return std::fprintf(stderr, "usage: %s FOLDER [SEED [MODULES [THREADS]]]\n", argv[0]), 2;
    const std::filesystem::path folder = argv[1];
    const auto number = [&](int index, unsigned long long otherwise) { return argc > index ? std::strtoull(argv[index], nullptr, 0) : otherwise; };
    const std::uint64_t seed = number(2, 20121);
    const std::uint64_t limit = number(3, 0);
    const auto wanted = static_cast<unsigned>(number(4, 0));
    const unsigned threads = wanted != 0 ? wanted : std::max(1u, std::thread::hardware_concurrency());

    if (!std::filesystem::is_directory(folder)) return std::puts("no Debian kernel package here (tests/run.sh fetches one)"), 77;
    for (const char* part : {"boot", "lib/modules"})
        if (!std::filesystem::is_directory(folder / part)) return std::fprintf(stderr, "%s has no folder %s\n", argv[1], part), 2;
    const auto keys = trust_of(folder);
    if (!keys) return std::fprintf(stderr, "no kernel image with keys in %s\n", argv[1]), 2;
    std::vector<std::filesystem::path> modules;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder / "lib/modules"))
        if (entry.path().extension() == ".ko") modules.push_back(entry.path());
    std::ranges::sort(modules);
    if (modules.empty()) return std::fprintf(stderr, "no modules in %s\n", argv[1]), 2;
    const auto smallest = *std::ranges::min_element(modules, {}, [](const auto& path) { return std::filesystem::file_size(path); });
    const std::size_t found = modules.size();
    if (limit != 0 && limit < modules.size()) {
        // Some from everywhere.
        for (std::size_t i = 0; i != limit; ++i) modules[i] = modules[i * found / static_cast<std::size_t>(limit)];
        modules.resize(static_cast<std::size_t>(limit));
    }

    const auto start = std::chrono::steady_clock::now();
    const auto seconds = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); };
    result_of_all all;
    std::mutex mutex;
    std::atomic<std::size_t> next{0};
    in_threads(threads, [&] {
        for (std::size_t index; (index = next++) < modules.size();) ask(*keys, modules[index], numbers(seed + index), all, mutex);
    });
    std::printf("%zu of %zu modules, %.1f MB, seed %llu, %u threads, %.1f s\n", modules.size(), found, static_cast<double>(all.bytes) / 1e6,
                static_cast<unsigned long long>(seed), threads, seconds());
    std::size_t failed = 0;
    for (const tally& each : all.answers) failed += !report(each, modules.size());

    const trailer_bits bits = ask_every_bit(*keys, smallest, threads);
    failed += !report(bits.strict, bits.strict.asked);
    failed += !report(bits.as_linux, bits.as_linux.asked);
    std::printf("%.1f s\n%zu passed, %zu failed\n", seconds(), questions + 2 - failed, failed);
    return failed == 0 ? 0 : 1;
}
