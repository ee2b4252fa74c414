// SPDX-License-Identifier: BSL-1.0
//
// What does not depend on the machine, asked on this one: digests, RSA and ML-DSA by the native engine, every layout and policy
// over the corpus, keyrings, fs-verity's trees, a batch, and a verification by the compiler. Byte order and width of words are what can go wrong.
// Without Botan, so that it is compiled for machines that the archive has no libraries for. tests/arch.sh runs it.
#include <modsig/batch.hpp>
#include <modsig/engine/native.hpp>
#include <modsig/key/spki.hpp>
#include <modsig/keyring/builtin.hpp>
#include <modsig/keyring/store.hpp>
#include <modsig/layout/digsig.hpp>
#include <modsig/layout/evm.hpp>
#include <modsig/layout/fsverity.hpp>
#include <modsig/layout/ima.hpp>
#include <modsig/layout/mcuboot.hpp>
#include <modsig/layout/modsign.hpp>
#include <modsig/policy/linux_digsig.hpp>
#include <modsig/policy/linux_modsign.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/verifier.hpp>

#include "../support/corpus.hpp"
#include "../support/hex.hpp"

#include "vendor_key.hpp"

#include <bit>
#include <cstdio>
#include <map>
#include <optional>
#include <sstream>
#include <string>

using namespace modsig;

namespace {

using engine::native;
using octets = std::vector<std::uint8_t>;

std::size_t passed = 0, failed = 0;

void check(bool good, const std::string& what) {
    ++(good ? passed : failed);
    if (!good) std::printf("FAIL  %s\n", what.c_str());
}

using every_layout = layouts<layout::modsign, layout::evm, layout::fsverity, layout::ima, layout::digsig, layout::mcuboot>;

/// None where the native engine lacks a key: all that is no RSA.
template <class Reading>
const keyring::store<native>* ring_of(const std::string& keys) {
    static std::map<std::string, std::optional<keyring::store<native>>> rings;
    const auto [at, is_new] = rings.try_emplace(keys);
    if (is_new && keys != "-") {
        keyring::store<native> ring;
        bool has_all = true;
        for (const std::string& name : corpus::split(keys, ',')) has_all = ring.add<Reading>(corpus::file(name), every_layout{}).has_value() && has_all;
        if (has_all) at->second.emplace(std::move(ring));
    }
    return at->second ? &*at->second : nullptr;
}

void digests() {
    const char* folder = std::getenv("MODSIG_TEST_VECTORS");
    for (const digest_id id : {digest_id::sha1, digest_id::sha224, digest_id::sha256, digest_id::sha384, digest_id::sha512}) {
        std::ifstream file(std::string(folder != nullptr ? folder : "tests/data") + "/nist/" + std::string(name(id)) + ".txt");
        std::size_t count = 0;
        bool good = true;
        for (std::string first, second; file >> first >> second;) {
            if (first == "lines" || first == "chain") continue;
            const octets message = first == "-" ? octets{} : hex(first);
            const byte_view parts[] = {message};
            const auto digest = native{}.digest(id, parts);
            good = good && digest && equal(digest->view(), hex(second));
            ++count;
        }
        check(good && count > 60, std::string(name(id)) + ": NIST's vectors");
    }
}

/// With Wycheproof's form: keys and cases.
void signatures(const std::string& file, scheme_id scheme) {
    const char* folder = std::getenv("MODSIG_TEST_VECTORS");
    std::ifstream lines(std::string(folder != nullptr ? folder : "tests/data") + "/wycheproof/" + file + ".txt");
    std::optional<native::prepared_key> key;
    std::size_t good = 0, bad = 0;
    octets spki, message;
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string kind, first, second, flags;
        words >> kind >> first >> second >> flags;
        const bool is_plain = first.find_first_of("*+") == std::string::npos && second.find_first_of("*+") == std::string::npos;
        if (kind == "key") {
            spki = hex(first);
            const auto parsed = key::spki::parse(spki);
            key.reset();
            if (parsed)
                if (auto prepared = native::prepare(parsed->key)) key.emplace(*prepared);
        }
        if (kind != "valid" && kind != "invalid") continue;
        if (!is_plain) {
            message.clear();
            continue;
        }
        if (first != "=") message = first == "-" ? octets{} : hex(first);
        if (!key) continue;
        const octets signature = second == "-" ? octets{} : hex(second);
        to_check what;
        what.scheme = scheme;
        what.signature = signature;
        const byte_view parts[] = {message};
        if (scheme == scheme_id::rsa_pkcs1_v15) what.digest = *native{}.digest(digest_id::sha256, parts);
        else what.message = message;
        const bool is_good = native{}.check(*key, what).has_value();
        if (is_good != (kind == "valid")) check(false, file + ": " + second.substr(0, 40));
        ++(is_good ? good : bad);
    }
    check(good >= 3 && bad >= 10, file + ": " + std::to_string(good) + " good, " + std::to_string(bad) + " bad");
}

/// The subject of a row; what it views is in here.
struct whole {
    octets image, value;
    subject s;

    explicit whole(const corpus::row& row) {
        const bool is_appended = row.format == "modsign" || row.format == "digsig-v1-modsig";
        image = corpus::file(is_appended ? row.file : row.payload);
        s.image = image;
        if (is_appended) return;
        value = corpus::file(row.file);
        s.signature = {row.format.starts_with("ima") || row.format.starts_with("evm") ? signature_source::xattr : signature_source::detached, value};
        if (row.format == "evm-v2") s.beside.metadata = image, s.image = {};
        if (row.format == "fsverity-sig" && row.options.find("--salt") == std::string::npos) {
            s.beside.verity = verity_options{};
            if (row.options.find("sha512") != std::string::npos) s.beside.verity->hash = digest_id::sha512;
            if (row.options.find("1024") != std::string::npos) s.beside.verity->block_size = 1024;
        }
    }
};

template <class Layout>
void rows(const char* format) {
    std::size_t compared = 0, verified = 0;
    for (const auto& row : corpus::rows({format})) {
        const auto* ring = ring_of<strict_reading>(row.key);
        if (ring == nullptr) continue;
        const whole of(row);
        if (row.format == "fsverity-sig" && !of.s.beside.verity) continue;
        const context at{.now = 1790000000};
        const appraisal strict = verifier<layouts<Layout>, native, policy::strict>{*ring}.appraise(of.s, at);
        const appraisal legacy = verifier<layouts<Layout>, native, policy::legacy>{*ring}.appraise(of.s, at);
        const auto is_right = [](const appraisal& report, const std::string& column) {
            return (report.outcome == verdict::verified) == corpus::allows(column, errc::none) || corpus::allows(column, report.why.code);
        };
        if (!is_right(strict, row.strict)) check(false, row.file + " strict: " + std::string(name(strict.why.code)) + ", not " + row.strict);
        if (!is_right(legacy, row.expected)) check(false, row.file + " legacy: " + std::string(name(legacy.why.code)) + ", not " + row.expected);
        ++compared, verified += legacy.outcome == verdict::verified;
    }
    check(compared > 5 && verified > 3, std::string(format) + ": rows of the corpus");
    std::printf("      %s: %zu rows, %zu verified\n", format, compared, verified);
}

void what_linux_said() {
    const auto answers = corpus::kernel("linux-6.12");
    std::size_t compared = 0;
    for (const auto& row : corpus::rows({"modsign"})) {
        const auto answer = answers.find(row.file);
        const auto* ring = ring_of<linux_reading>(row.key);
        if (answer == answers.end() || ring == nullptr) continue;
        const whole of(row);
        const appraisal report = verifier<layouts<layout::modsign>, native, policy::linux_modsign>{*ring}.appraise(of.s);
        const std::string ours = report.outcome == verdict::verified ? "accept" : std::string(name(report.why.linux_errno()));
        // Keys and digests that this engine lacks are another's.
        if (ours != answer->second && report.why.code != errc::unsupported_hash && report.why.code != errc::unsupported_algorithm)
            check(false, row.file + ": " + ours + ", Linux: " + answer->second);
        ++compared;
    }
    check(compared > 100, "what Linux 6.12 said: " + std::to_string(compared) + " rows");
}

void batch_of_files() {
    const auto* ring = ring_of<strict_reading>("keys/rsa2048.cert.der");
    const verifier<layouts<layout::modsign>, native, policy::legacy> verifier{*ring};
    std::vector<std::string> files;
    for (const auto& row : corpus::rows({"modsign"})) files.push_back(corpus::path(row.file).string());
    batch::options options;
    options.window = 4096;
    options.threads = 2;
    std::size_t same = 0, verified = 0;
    batch::appraise(verifier, files, [&](std::size_t i, const appraisal& report) {
        const octets image = read_file(files[i]);
        const appraisal alone = verifier.appraise(subject{image});
        same += alone.outcome == report.outcome && alone.why.code == report.why.code;
        verified += report.outcome == verdict::verified;
    }, options);
    check(same == files.size() && verified > 10, "a batch answers as one file after the other");
}

constexpr auto builtin = keyring::builtin<vendor_key>();

}  // namespace

int main() {
    std::printf("%zu bits, %s-endian\n", 8 * sizeof(void*), std::endian::native == std::endian::big ? "big" : "little");
    digests();
    signatures("rsa_signature_2048_sha256", scheme_id::rsa_pkcs1_v15);
    signatures("rsa_signature_4096_sha256", scheme_id::rsa_pkcs1_v15);
    signatures("mldsa_44_verify", scheme_id::ml_dsa_44);
    signatures("mldsa_87_verify", scheme_id::ml_dsa_87);
    rows<layout::digsig>("digsig-v1-modsig");
    rows<layout::digsig>("digsig-v1");
    rows<layout::modsign>("modsign");
    rows<layout::modsign>("pkcs7-detached");
    rows<layout::ima>("ima-v2");
    rows<layout::evm>("evm-v2");
    rows<layout::fsverity>("fsverity-sig");
    what_linux_said();
    batch_of_files();
    check(builtin.template view<native>().keys.size() == 1, "a builtin keyring");
    std::printf("%zu passed, %zu failed\n", passed, failed);
    return failed == 0 && passed > 15 ? 0 : 1;
}
