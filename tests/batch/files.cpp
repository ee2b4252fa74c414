// SPDX-License-Identifier: BSL-1.0
// A batch says of every file what the verifier says of it alone, in the order of the files.
#include <modsig/batch.hpp>
#include <modsig/engine/best.hpp>
#include <modsig/keyring/store.hpp>
#include <modsig/layout/digsig.hpp>
#include <modsig/layout/modsign.hpp>
#include <modsig/policy/combine.hpp>
#include <modsig/policy/linux_modsign.hpp>
#include <modsig/policy/profiles.hpp>

#include "forge.hpp"

#include <sys/stat.h>

#include <atomic>
#include <stdexcept>

using namespace modsig;
using batch_test::folder;
using batch_test::octets;
using batch_test::random_bytes;
using batch_test::signing_key;

namespace {

constexpr std::int64_t now = 1790000000;  // within the validity of the corpus' certificates
constexpr std::size_t window = 16384;     // smaller than the default, so that small files are large ones

bool same(const appraisal& a, const appraisal& b) {
    const bool fault = a.why.code == b.why.code && a.why.offset == b.why.offset && a.why.linux_errno() == b.why.linux_errno() && a.why.layout == b.why.layout;
    const bool content = a.content == b.content && a.covers_image == b.covers_image;
    const bool claim = a.claim.scheme == b.claim.scheme && a.claim.content_digest == b.claim.content_digest && a.claim.signed_digest == b.claim.signed_digest;
    return a.outcome == b.outcome && fault && content && claim && a.layout == b.layout && equal(a.key.view(), b.key.view()) &&
           a.digest.id == b.digest.id && a.digest.bytes == b.digest.bytes && a.anchor == b.anchor;
}

/// The whole file, judged alone.
template <class Verifier>
appraisal alone(const Verifier& verifier, const std::string& path) {
    struct ::stat about {};
    if (::stat(path.c_str(), &about) != 0 || !S_ISREG(about.st_mode)) {
        appraisal unread;
        unread.why = failure{errc::io_error, 0, S_ISDIR(about.st_mode) ? linux_error::none : linux_error::enoent};
        return unread;
    }
    const octets bytes = read_file(path);
    context at{now};
    at.name = path;
    return verifier.appraise(subject{bytes}, at);
}

struct tally {
    std::size_t files = 0, verified = 0;
};

template <class Verifier>
tally compare(const Verifier& verifier, const std::vector<std::string>& files, std::size_t threads, std::size_t size_of_window) {
    tally seen;
    batch::options how;
    how.threads = threads;
    how.window = size_of_window;
    how.at.now = now;
    batch::appraise(verifier, files, [&](std::size_t i, const appraisal& found) {
        REQUIRE(i == seen.files++);
        const appraisal expected = alone(verifier, files[i]);
        CHECK_MESSAGE(same(found, expected), files[i] << ": " << name(found.why.code) << " at " << found.why.offset << ", not " << name(expected.why.code) << " at "
                                                      << expected.why.offset << "; " << threads << " threads");
        if (found.outcome == verdict::verified) ++seen.verified;
    }, how);
    CHECK(seen.files == files.size());
    return seen;
}

template <class Policy, class Engine>
tally compare_with(const std::vector<octets>& keys, const std::vector<std::string>& files, std::size_t threads = 1, std::size_t size_of_window = window) {
    keyring::store<Engine> ring;
    for (const octets& key : keys) (void)ring.template add<typename Policy::reading>(key);
    return compare(verifier<layouts<layout::modsign, layout::digsig>, Engine, Policy>{ring}, files, threads, size_of_window);
}

std::vector<std::string> corpus_files() {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(corpus::path("")))
        if (entry.is_regular_file()) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

std::vector<octets> corpus_keys() {
    std::vector<octets> keys;
    for (const char* name : {"rsa1024", "rsa2048", "rsa3072", "rsa4096", "p256", "p384", "ed25519", "ca"}) {
        const auto file = corpus::path("keys/" + std::string(name) + ".cert.der");
        if (std::filesystem::exists(file)) keys.push_back(read_file(file));
    }
    keys.push_back(corpus::file("keys/rsa2048.digsig-v1.bin"));
    return keys;
}

/// Good and bad modules of sizes around those at which something changes, by three keys and three digests.
void forge_modules(folder& into, std::vector<octets>& keys) {
    const signing_key rsa2048("rsa2048"), rsa4096("rsa4096"), p256("p256");
    keys = {rsa2048.certificate(), rsa4096.certificate(), p256.certificate()};
    unsigned seed = 1;
    for (const std::size_t edge : {std::size_t{0}, std::size_t{64}, std::size_t{512}, std::size_t{4096}, window, 2 * window, 5 * window})
        for (const int by : {-700, -129, -128, -64, -1, 0, 1, 55, 56, 64, 119, 128}) {
            const auto size = static_cast<std::ptrdiff_t>(edge) + by;
            if (size < 0) continue;
            const signing_key& key = seed % 7 == 0 ? p256 : seed % 3 == 0 ? rsa4096 : rsa2048;
            const digest_id id = seed % 5 == 0 ? digest_id::sha512 : seed % 11 == 0 ? digest_id::sha384 : digest_id::sha256;
            const octets good = key.sign(random_bytes(static_cast<std::size_t>(size), seed), id);
            into.add(good);
            octets bad = good;  // a bit of the content, of the signature or of the trailer
            bad[static_cast<std::size_t>(seed) * 7919 % bad.size()] ^= static_cast<std::uint8_t>(1u << seed % 8);
            into.add(bad);
            if (seed % 4 == 0) into.add(octets(good.begin(), good.end() - 1));
            if (seed % 4 == 1) into.add(octets(good.begin() + 1, good.end()));
            if (seed % 4 == 2) into.add(rsa2048.sign(good, digest_id::sha256));  // signed twice
            if (seed % 4 == 3) into.add(octets(good.begin(), good.begin() + size));
            ++seed;
        }
    into.add({});
    into.add(signing_key("rsa3072").sign(random_bytes(100000, seed), digest_id::sha256));  // nobody knows this key
}

}  // namespace

TEST_CASE("batch: the files of the corpus, every engine") {
    const auto files = corpus_files();
    const auto keys = corpus_keys();
    REQUIRE(files.size() > 1000);
    for (const std::size_t threads : {1u, 3u}) {
        const tally strict = compare_with<policy::strict, engine::native>(keys, files, threads);
        CHECK(strict.verified > 20);
        CHECK(compare_with<policy::legacy, engine::native>(keys, files, threads).verified > strict.verified);
        CHECK(compare_with<policy::legacy, engine::best>(keys, files, threads).verified > strict.verified);
        CHECK(compare_with<policy::linux_modsign, engine::native>(keys, files, threads).verified > 20);
        MESSAGE(files.size() << " files, " << strict.verified << " of them verified by strict, " << threads << " threads");
    }
    CHECK(compare_with<policy::legacy, engine::botan>(keys, files, 2).verified > 20);
    CHECK(compare_with<policy::permissive, engine::native>(keys, files, 1).verified > 20);
}

TEST_CASE("batch: modules of sizes around every edge, several keys and digests") {
    folder modules;
    std::vector<octets> keys;
    forge_modules(modules, keys);
    for (const std::size_t threads : {1u, 2u, 5u})
        for (const std::size_t size_of_window : {std::size_t{4096}, window, std::size_t{65536}}) {
            const tally seen = compare_with<policy::strict, engine::best>(keys, modules.files(), threads, size_of_window);
            CHECK(seen.verified > seen.files / 4);
            CHECK(seen.verified < seen.files * 2 / 3);
            MESSAGE(seen.files << " files, " << seen.verified << " verified, " << threads << " threads, window " << size_of_window);
        }
    CHECK(compare_with<policy::strict, engine::botan>(keys, modules.files(), 2).verified > 30);
    CHECK(compare_with<policy::linux_modsign, engine::native>(keys, modules.files(), 2).verified > 30);
}

TEST_CASE("batch: a bad one among good ones, in every place of a pass and of the lanes") {
    const signing_key key("rsa2048");
    folder modules;
    std::vector<octets> good;
    for (unsigned i = 0; i != 40; ++i) {
        good.push_back(key.sign(random_bytes(1000 + 3000 * (i % 13), i), digest_id::sha256));
        modules.add(good.back());
    }
    keyring::store<engine::native> ring;
    REQUIRE(ring.add(key.certificate()));
    const verifier<layouts<layout::modsign>, engine::native, policy::strict> verifier{ring};
    std::size_t runs = 0;
    for (std::size_t bad = 0; bad != good.size(); ++bad)
        for (const std::size_t back : {std::size_t{100}, good[bad].size() - 1}) {  // in the signature's value; in the content
            octets changed = good[bad];
            changed[changed.size() - 1 - back] ^= 0x10;
            const auto write = [&](const octets& bytes) {
                std::ofstream(modules.files()[bad], std::ios::binary).write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
            };
            write(changed);
            std::size_t next = 0;
            batch::options how;
            how.at.now = now;
            how.window = window;
            batch::appraise(verifier, modules.files(), [&](std::size_t i, const appraisal& found) {
                REQUIRE(i == next++);
                REQUIRE((found.outcome == verdict::verified) == (i != bad));
                if (i == bad) CHECK((found.why.code == errc::signature_mismatch || found.why.code == errc::bad_padding));
            }, how);
            write(good[bad]);
            ++runs;
        }
    MESSAGE(runs << " batches of " << good.size());
}

TEST_CASE("batch: what is no regular file, or none at all") {
    folder modules;
    const signing_key key("rsa2048");
    modules.add(key.sign(random_bytes(5000, 1), digest_id::sha256));
    modules.add_path(modules.path() / "missing");
    modules.add_path(modules.path());
    modules.add_path(modules.path() / "link");
    std::filesystem::create_symlink(modules.files()[0], modules.path() / "link");
    keyring::store<engine::native> ring;
    REQUIRE(ring.add(key.certificate()));
    const verifier<layouts<layout::modsign>, engine::native, policy::strict> verifier{ring};
    batch::options how;
    how.at.now = now;
    std::vector<errc> codes;
    batch::appraise(verifier, modules.files(), [&](std::size_t, const appraisal& found) { codes.push_back(found.why.code); }, how);
    CHECK(codes == std::vector<errc>{errc::none, errc::io_error, errc::io_error, errc::none});
    codes.clear();
    batch::appraise(verifier, std::vector<std::string>{}, [&](std::size_t, const appraisal& found) { codes.push_back(found.why.code); }, how);
    CHECK(codes.empty());
}

TEST_CASE("batch: a revoked file is refused, whether or not it fits into a window") {
    const signing_key key("rsa2048");
    folder modules;
    std::vector<octets> files;
    for (unsigned i = 0; i != 8; ++i) {
        files.push_back(key.sign(random_bytes(i % 2 == 0 ? 3000 : 90000, i), digest_id::sha256));
        modules.add(files.back());
    }
    for (const std::size_t revoked : {2u, 5u}) {
        keyring::store<engine::native> ring;
        REQUIRE(ring.add(key.certificate()));
        const byte_view whole[] = {files[revoked]};
        REQUIRE(ring.revoke_digest({revoked_kind::binary, *engine::native{}.digest(digest_id::sha256, whole)}));
        const tally seen = compare(verifier<layouts<layout::modsign>, engine::native, policy::strict>{ring}, modules.files(), 1, window);
        CHECK(seen.verified == files.size() - 1);
    }
}

TEST_CASE("batch: a policy's threshold is asked") {
    folder modules;
    const signing_key key("rsa2048");
    modules.add(key.sign(random_bytes(50000, 3), digest_id::sha256));
    std::vector<octets> keys{key.certificate()};
    using two_keys = policy::all_of<policy::strict, policy::threshold>;
    keyring::store<engine::native> ring;
    REQUIRE(ring.add(keys[0]));
    const two_keys wanted(policy::strict{}, policy::threshold(2));
    const tally seen = compare(verifier<layouts<layout::modsign>, engine::native, two_keys>{ring, wanted}, modules.files(), 1, window);
    CHECK(seen.verified == 0);
}

TEST_CASE("batch: what the taker throws arrives, and nothing is taken after it") {
    folder modules;
    const signing_key key("rsa2048");
    for (unsigned i = 0; i != 100; ++i) modules.add(key.sign(random_bytes(2000, i), digest_id::sha256));
    keyring::store<engine::native> ring;
    REQUIRE(ring.add(key.certificate()));
    const verifier<layouts<layout::modsign>, engine::native, policy::strict> verifier{ring};
    for (const std::size_t threads : {1u, 4u}) {
        std::size_t taken = 0;
        batch::options how;
        how.threads = threads;
        const auto run = [&] {
            batch::appraise(verifier, modules.files(), [&](std::size_t i, const appraisal&) {
                ++taken;
                if (i == 17) throw std::runtime_error("enough");
            }, how);
        };
        CHECK_THROWS_AS(run(), std::runtime_error);
        CHECK(taken == 18);
    }
}
