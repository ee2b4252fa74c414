// SPDX-License-Identifier: BSL-1.0
// Files of any size: the verdict is that of the whole file, and memory is bounded whatever it is.
#include <modsig/batch/windowed_file.hpp>

#include "forge.hpp"

#include <modsig/batch.hpp>
#include <modsig/engine/best.hpp>
#include <modsig/keyring/store.hpp>
#include <modsig/layout/digsig.hpp>
#include <modsig/layout/ima.hpp>
#include <modsig/layout/mcuboot.hpp>
#include <modsig/layout/modsign.hpp>
#include <modsig/policy/linux_ima.hpp>
#include <modsig/policy/linux_modsign.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/sign/layout/ima.hpp>

#include <sys/resource.h>

#include <atomic>
#include <fstream>
#include <string>
#include <thread>

using namespace modsig;
using batch::windowed_file;
using batch_test::folder;
using batch_test::octets;
using batch_test::random_bytes;
using batch_test::signing_key;

namespace {

constexpr context at{.now = 1790000000};  // within the validity of the corpus' certificates

bool same(const appraisal& a, const appraisal& b) {
    const bool fault = a.why.code == b.why.code && a.why.offset == b.why.offset && a.why.linux_errno() == b.why.linux_errno() && a.why.layout == b.why.layout;
    const bool claim = a.claim.scheme == b.claim.scheme && a.claim.content_digest == b.claim.content_digest && a.claim.signed_digest == b.claim.signed_digest;
    return a.outcome == b.outcome && fault && claim && a.content == b.content && a.covers_image == b.covers_image && a.layout == b.layout &&
           equal(a.key.view(), b.key.view()) && a.digest.id == b.digest.id && a.digest.bytes == b.digest.bytes && a.anchor == b.anchor;
}

/// A module of a few hundred KB in each of the states that verdicts tell apart, with contents that end at every part of a file.
std::vector<octets> forged_modules() {
    const signing_key known("rsa2048"), curve("p256"), unknown("rsa3072");
    const auto ends = static_cast<std::ptrdiff_t>(windowed_file::end_size), window = static_cast<std::ptrdiff_t>(windowed_file::window_size);
    std::vector<octets> images;
    unsigned seed = 1;
    for (const std::ptrdiff_t edge : {2 * ends, 2 * ends + window, 2 * ends + 2 * window})
        for (const std::ptrdiff_t by : {-1000, -700, -128, -1, 0, 1, 64, 900}) {
            const octets content = random_bytes(static_cast<std::size_t>(edge + by), seed);
            const octets good = (seed % 5 == 0 ? curve : known).sign(content, seed % 3 == 0 ? digest_id::sha512 : digest_id::sha256);
            images.push_back(good);
            images.push_back(content);
            for (const std::size_t place : {std::size_t{3}, good.size() / 2, good.size() - 700, good.size() - 50}) {
                images.push_back(good);
                images.back()[place] ^= 1;
            }
            images.push_back(unknown.sign(content, digest_id::sha256));
            images.push_back(known.sign(good, digest_id::sha256));
            images.emplace_back(good.begin(), good.end() - 1);
            images.push_back(good);  // a size that reaches into what is not held, and one beyond the file
            images.back()[good.size() - 28 - 3] = 2;
            images.push_back(good);
            images.back()[good.size() - 28 - 4] = 0x7f;
            ++seed;
        }
    for (const std::uint8_t first : octets{0x31, 0x1f, 0xfd, 0x28}) {  // a set of attributes; gzip, xz and zstd
        octets content = random_bytes(400000, seed++);
        constexpr std::uint8_t rest[] = {0x8b, '7', 'z', 'X', 'Z', 0, 0xb5, 0x2f, 0xfd};
        content[0] = first;
        if (first == 0x1f) content[1] = rest[0];
        if (first == 0xfd) std::copy(rest + 1, rest + 6, content.begin() + 1);
        if (first == 0x28) std::copy(rest + 6, rest + 9, content.begin() + 1);
        images.push_back(content);
        images.push_back(known.sign(content, digest_id::sha256));
    }
    images.push_back({});
    images.push_back(known.sign(random_bytes(1000, seed), digest_id::sha256));
    return images;
}

struct tally {
    std::size_t verified = 0, windowed = 0;
};

template <class Policy, class Engine>
tally compare(const std::vector<octets>& images, const folder& files, std::span<const digest_value> revoked = {}) {
    keyring::store<Engine> ring;
    for (const char* const name : {"rsa2048", "p256"}) (void)ring.template add<typename Policy::reading>(signing_key(name).certificate());
    for (const digest_value& each : revoked) REQUIRE(ring.revoke_digest({revoked_kind::binary, each}));
    const verifier<layouts<layout::modsign, layout::digsig>, Engine, Policy> verifier{ring};
    tally seen;
    std::vector<appraisal> expected;
    for (std::size_t i = 0; i != images.size(); ++i) {
        context context = at;
        context.name = files.files()[i];
        subject whole;
        whole.image = images[i];
        expected.push_back(verifier.appraise(whole, context));
        auto file = windowed_file::open(files.files()[i].c_str());
        REQUIRE(file);
        const appraisal found = batch::appraise(verifier, *file, subject{}, context);
        CHECK_MESSAGE(same(found, expected[i]), i << ": " << name(found.why.code) << " at " << found.why.offset << ", not " << name(expected[i].why.code) << " at "
                                                  << expected[i].why.offset);
        seen.verified += found.outcome == verdict::verified;
        seen.windowed += !file->is_whole();
    }
    batch::options options;
    options.at = at;
    std::size_t different = 0;
    batch::appraise(verifier, files.files(), [&](std::size_t i, const appraisal& found) { different += !same(found, expected[i]); }, options);
    CHECK(different == 0);
    return seen;
}

void write_sparse(const std::string& path, std::uint64_t size, const octets& end = {}) {
    std::ofstream(path, std::ios::binary | std::ios::trunc).flush();
    REQUIRE(::truncate(path.c_str(), static_cast<::off_t>(size)) == 0);
    std::ofstream(path, std::ios::binary | std::ios::app).write(reinterpret_cast<const char*>(end.data()), static_cast<std::streamsize>(end.size()));
}

/// Writable memory of this process is held to what it has now and so much more, while this lives.
class memory_limit {
    ::rlimit before_{};

public:
    explicit memory_limit(std::uint64_t more) {
        std::uint64_t now = 0;
        std::ifstream status("/proc/self/status");
        for (std::string line; std::getline(status, line);)
            if (line.starts_with("VmData:")) now = std::stoull(line.substr(7)) * 1024;
        REQUIRE(now != 0);
        REQUIRE(::getrlimit(RLIMIT_DATA, &before_) == 0);
        const ::rlimit held{now + more, before_.rlim_max};
        REQUIRE(::setrlimit(RLIMIT_DATA, &held) == 0);
    }
    memory_limit(const memory_limit&) = delete;
    memory_limit& operator=(const memory_limit&) = delete;
    ~memory_limit() { (void)::setrlimit(RLIMIT_DATA, &before_); }
};

}  // namespace

TEST_CASE("windowed file: the appraisal is that of the whole file, whatever it is") {
    const std::vector<octets> images = forged_modules();
    folder files;
    for (const octets& image : images) files.add(image);
    const tally strict = compare<policy::strict, engine::best>(images, files);
    CHECK(strict.verified > 20);
    CHECK(strict.windowed > images.size() * 3 / 4);  // what is signed by nobody that the trailer names has to be whole
    CHECK(compare<policy::strict, engine::native>(images, files).verified > 20);
    CHECK(compare<policy::strict, engine::botan>(images, files).verified > 20);
    CHECK(compare<policy::permissive, engine::best>(images, files).verified == strict.verified);
    CHECK(compare<policy::linux_modsign, engine::best>(images, files).verified > 20);
    MESSAGE(images.size() << " files, " << strict.windowed << " never whole in memory, " << strict.verified << " verified");
}

TEST_CASE("windowed file: revoked digests of content and file are found in windows") {
    const signing_key key("rsa2048");
    folder files;
    std::vector<octets> images;
    for (unsigned i = 0; i != 4; ++i) {
        images.push_back(key.sign(random_bytes(500000, i), digest_id::sha512));
        files.add(images.back());
    }
    const auto digest_of = [](digest_id id, byte_view bytes) { return *engine::botan{}.digest(id, {&bytes, 1}); };
    const digest_value revoked[] = {digest_of(digest_id::sha256, images[1]), digest_of(digest_id::sha256, byte_view(images[2]).first(500000))};
    const tally seen = compare<policy::strict, engine::best>(images, files, revoked);
    CHECK(seen.verified == 2);
    CHECK(seen.windowed == 4);
    CHECK(compare<policy::linux_modsign, engine::botan>(images, files, revoked).verified == 3);
}

TEST_CASE("windowed file: a signature in an attribute is over all of it") {
    const signing_key key("rsa2048");
    const octets content = random_bytes(700000, 9);
    folder files;
    files.add(content);
    keyring::store<engine::best> ring;
    REQUIRE(ring.add<linux_reading>(key.certificate()));
    const verifier<layouts<layout::ima>, engine::best, policy::linux_ima> verifier{ring};
    const byte_view parts[] = {content};
    const auto header = sign::ima::header(ring.keys()[0].info, digest_id::sha256);
    REQUIRE(header);
    const auto value = sign::ima::write(key.key(), *header, *engine::botan{}.digest(digest_id::sha256, parts), engine::botan{});
    REQUIRE(value);
    for (const bool is_changed : {false, true}) {
        if (is_changed) std::fstream(files.files()[0], std::ios::in | std::ios::out | std::ios::binary).seekp(350000).put('x').put('y');
        auto file = windowed_file::open(files.files()[0].c_str());
        REQUIRE(file);
        subject subject;
        subject.signature.source = signature_source::xattr;
        subject.signature.bytes = *value;
        const appraisal found = batch::appraise(verifier, *file, subject, at);
        CHECK((found.outcome == verdict::verified) == !is_changed);
        CHECK(found.layout == "ima");
        CHECK_FALSE(file->is_whole());
    }
}

TEST_CASE("windowed file: what needs a file whole gets it up to the limit") {
    folder files;
    files.add(random_bytes(300000, 1));
    const keyring::store<engine::best> ring;
    const verifier<layouts<layout::mcuboot>, engine::best, policy::strict> verifier{ring};
    for (const std::uint64_t limit : {299999u, 300000u}) {
        auto file = windowed_file::open(files.files()[0].c_str());
        REQUIRE(file);
        const appraisal found = batch::appraise(verifier, *file, subject{}, at, limit);
        CHECK(found.why.code == (limit < 300000 ? errc::too_large : errc::no_signature));
        batch::options options;
        options.limit = limit;
        batch::appraise(verifier, files.files(), [&](std::size_t, const appraisal& each) { CHECK(each.why.code == found.why.code); }, options);
    }
}

TEST_CASE("windowed file: a file of terabytes needs no memory, and those after it are judged") {
    const signing_key key("rsa2048");
    folder files;
    const octets good = key.sign(random_bytes(5000, 1), digest_id::sha256);
    for (int i = 0; i != 2; ++i) {
        files.add({});
        write_sparse(files.files().back(), std::uint64_t{1} << 40);
    }
    files.add(good);
    files.add({});
    write_sparse(files.files().back(), std::uint64_t{1} << 40, octets(good.end() - 40, good.end()));  // of another size
    files.add(good);
    keyring::store<engine::best> ring;
    REQUIRE(ring.add(key.certificate()));
    const verifier<layouts<layout::modsign, layout::digsig>, engine::best, policy::strict> verifier{ring};
    std::vector<errc> codes;
    const auto judge = [&] {
        const memory_limit limit(std::uint64_t{32} << 20);
        batch::options options;
        options.at = at;
        batch::appraise(verifier, files.files(), [&](std::size_t, const appraisal& found) { codes.push_back(found.why.code); }, options);
    };
    judge();
    REQUIRE(codes.size() == 5);
    CHECK(codes[0] == errc::no_signature);
    CHECK(codes[1] == errc::no_signature);
    CHECK(codes[2] == errc::none);
    CHECK(codes[3] != errc::none);
    CHECK(codes[4] == errc::none);
}

TEST_CASE("windowed file: a bad signature over 256 MiB is found in little memory, with either engine") {
    const signing_key key("rsa2048");
    folder files;
    files.add({});
    const octets other = key.sign(random_bytes(5000, 1), digest_id::sha256);
    write_sparse(files.files()[0], std::uint64_t{256} << 20, octets(other.begin() + 5000, other.end()));
    const auto judge = [&]<class Engine>() {
        keyring::store<Engine> ring;
        REQUIRE(ring.add(key.certificate()));
        const verifier<layouts<layout::modsign>, Engine, policy::strict> verifier{ring};
        batch::options options;
        options.at = at;
        const memory_limit limit(std::uint64_t{32} << 20);
        batch::appraise(verifier, files.files(), [&](std::size_t, const appraisal& found) { CHECK(found.why.code == errc::signature_mismatch); }, options);
    };
    judge.operator()<engine::best>();
    judge.operator()<engine::botan>();
}

TEST_CASE("windowed file: one that is changed between two digests is refused") {
    folder files;
    const octets first = random_bytes(1 << 20, 1), second = random_bytes(1 << 20, 2);
    files.add(first);
    auto file = windowed_file::open(files.files()[0].c_str());
    REQUIRE(file);
    const byte_view parts[] = {file->image()};
    const batch::windowed_arithmetic<engine::best> arithmetic(*file);
    REQUIRE(arithmetic.digest(digest_id::sha256, parts));
    CHECK(arithmetic.digest(digest_id::sha512, parts));
    CHECK(arithmetic.digest(digest_id::sha384, parts));
    CHECK_FALSE(arithmetic.fault());
    std::ofstream(files.files()[0], std::ios::binary).write(reinterpret_cast<const char*>(second.data()), static_cast<std::streamsize>(second.size()));
    CHECK_FALSE(arithmetic.digest(digest_id::sha1, parts));
    REQUIRE(arithmetic.fault());
    CHECK(arithmetic.fault()->code == errc::io_error);

    const batch::windowed_arithmetic<engine::best> fresh(*file);
    REQUIRE(fresh.digest(digest_id::sha256, parts));
    std::ofstream(files.files()[0], std::ios::binary).write(reinterpret_cast<const char*>(first.data()), static_cast<std::streamsize>(first.size()));
    CHECK_FALSE(fresh.digest(digest_id::sha512, parts));  // the second digest already has to be of the same bytes
    CHECK(fresh.fault());
    REQUIRE(::truncate(files.files()[0].c_str(), 5000) == 0);
    const batch::windowed_arithmetic<engine::best> cut(*file);
    CHECK_FALSE(cut.digest(digest_id::sha256, parts));
    CHECK(cut.fault());
}
