// SPDX-License-Identifier: BSL-1.0
//
// What the most expensive signatures of 64 KB cost, under strict and legacy with the native engine: each is made so that one part of
// an answer has as much to do as may be. The content is 64 bytes, so that its digest costs nothing. The peer is an honest signature.
// Trusted: one certificate of RSA-4096 with exponent 65537.
#include "environment.hpp"
#include "rounds.hpp"
#include "signatures.hpp"

#include "../tests/key/forge.hpp"

#include <modsig/engine/native.hpp>
#include <modsig/keyring/store.hpp>
#include <modsig/layout/modsign.hpp>
#include <modsig/policy/profiles.hpp>
#include <modsig/verifier.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace modsig;

namespace {

using ring = keyring::store<engine::native>;
constexpr double limit_ms = 5;
constexpr std::size_t size_limit = 65535;

const octets content(64, 0x5a);
const octets sha256_oid = hex("0609608648016503040201"), id_data = hex("06092a864886f70d010701");

octets set_of(std::uint8_t tag, std::vector<octets> elements) {
    std::ranges::sort(elements, [](const octets& a, const octets& b) { return !(a == b) && der::ascend(a, b); });
    octets all;
    for (const octets& each : elements) all = all + each;
    return tlv(tag, all);
}

/// PKCS#1 v1.5 with SHA-256.
octets sign(EVP_PKEY* pair, const octets& bytes) {
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    std::size_t size = static_cast<std::size_t>(EVP_PKEY_get_size(pair));
    octets value(size);
    bench::must(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, pair) == 1);
    bench::must(EVP_DigestSign(context.get(), value.data(), &size, bytes.data(), bytes.size()) == 1);
    return value;
}

struct certificate {
    octets subject, issuer;      // Names
    octets serial{1};
    octets key_id{1}, issuer_id{1};
    octets extra{};              // more extensions
    bool is_ca = true;
};

class maker {
    bench::pair_of_keys pair_;
    octets spki_;

public:
    maker() : pair_(EVP_RSA_gen(4096), EVP_PKEY_free), spki_(static_cast<std::size_t>(i2d_PUBKEY(pair_.get(), nullptr))) {
        std::uint8_t* to = spki_.data();
        bench::must(i2d_PUBKEY(pair_.get(), &to) > 0);
    }

    /// Of our key, and signed by it, or by nobody.
    [[nodiscard]] octets issued(const certificate& of, bool is_signed = true, const octets& other_key = {}) const {
        forge it;
        it.serial = tlv(2, of.serial);
        it.subject = of.subject, it.issuer = of.issuer;
        it.validity = tlv(0x30, utc("200101000000Z") + utc("491231235959Z"));
        it.spki = other_key.empty() ? spki_ : other_key;
        it.inner_algorithm = it.outer_algorithm = algorithm(sha256_with_rsa + asn1_null);
        it.extensions = extension(19, of.is_ca ? hex("30030101ff") : hex("3000"), true) + extension(15, of.is_ca ? hex("03020204") : hex("03020780")) +
                        extension(14, tlv(4, of.key_id)) + extension(35, tlv(0x30, tlv(0x80, of.issuer_id))) + of.extra;
        it.signature = bit_string(is_signed ? sign(pair_.get(), it.tbs()) : octets(512, 1));
        return it;
    }
    [[nodiscard]] octets signature() const { return sign(pair_.get(), content); }
};

octets signer(const octets& issuer, const octets& serial, const octets& value, const octets& attributes = {}) {
    return tlv(0x30, hex("020101") + tlv(0x30, issuer + tlv(2, serial)) + algorithm(sha256_oid) + attributes + algorithm(rsa_encryption + asn1_null) + tlv(4, value));
}
octets message(const std::vector<octets>& signers, const std::vector<octets>& certificates = {}, const octets& digests = tlv(0x31, algorithm(sha256_oid))) {
    const octets brought = certificates.empty() ? octets{} : set_of(0xa0, certificates);
    return tlv(0x30, hex("06092a864886f70d010702") + tlv(0xa0, tlv(0x30, hex("020101") + digests + tlv(0x30, id_data) + brought + set_of(0x31, signers))));
}
octets filled(std::size_t count, const octets& element) {
    octets all;
    while (count-- != 0) all.insert(all.end(), element.begin(), element.end());
    return all;
}
octets serial_of(std::size_t i) { return {1, static_cast<std::uint8_t>(i >> 8 & 0x7f), static_cast<std::uint8_t>(i)}; }

struct construction {
    std::string name;
    octets message;
};

std::vector<construction> constructions(const maker& make) {
    const octets root = common_name("root"), leaf = common_name("leaf"), x = common_name("x"), long_name = common_name(std::string(1600, 'x'));
    const octets value = make.signature(), zeros(512, 0);
    std::vector<construction> all;
    all.push_back({"an honest signature", message({signer(root, {1}, value)})});

    const auto tangle = [&](const octets& name, std::size_t count) {
        std::vector<octets> certificates;
        for (std::size_t i = 0; i != count; ++i) certificates.push_back(make.issued({name, name, serial_of(i)}, false));
        certificates.push_back(make.issued({leaf, name, {3}, {3}, {1}, {}, false}, false));
        return message({signer(name, {3}, zeros)}, certificates);
    };
    all.push_back({"certificates that may all have issued each other", tangle(x, 15)});
    all.push_back({"the same with names of 1600 bytes", tangle(long_name, 11)});
    {
        std::vector<octets> certificates;
        for (std::size_t i = 0; i != 16; ++i) certificates.push_back(make.issued({leaf, root, {3}, serial_of(i), {1}, {}, false}, false));
        all.push_back({"16 certificates of the signer's name, by the trusted one's", message({signer(root, {3}, zeros)}, certificates)});
    }
    {
        std::vector<octets> certificates;  // ways up that all hold, but for the one certificate that is on none of them
        for (std::size_t i = 0; i != 14; ++i) certificates.push_back(make.issued({x, root, serial_of(i), {2}, {1}}));
        certificates.push_back(make.issued({leaf, x, {3}, {3}, {2}, {}, false}));
        certificates.push_back(make.issued({common_name("nobody"), x, {4}, {4}, {2}, {}, false}, false));
        all.push_back({"as many good paths as there is room for, and a certificate on none", message({signer(x, {3}, value)}, certificates)});
    }
    {
        const octets huge = make_spki(rsa_encryption + asn1_null, rsa_public_key(octets{0} + octets(2048, 0xa5), octets{0} + octets(2047, 0xa5)));
        std::vector<octets> certificates;
        for (std::size_t i = 0; i != 13; ++i) certificates.push_back(make.issued({leaf, x, serial_of(i)}, false, huge));
        all.push_back({"unknown signers' keys, exponents of 16384 bits", message({signer(x, serial_of(1), zeros)}, certificates)});
        const octets widest = make_spki(rsa_encryption + asn1_null, rsa_public_key(octets{0} + octets(1024, 0xa5), hex("01ffffffff")));
        certificates.clear();
        for (std::size_t i = 0; i != 16; ++i) certificates.push_back(make.issued({x, x, serial_of(i)}, false, widest));
        all.push_back({"unknown signers' keys, 8192 bits", message({signer(x, serial_of(1), zeros)}, certificates)});
    }
    {
        std::vector<octets> certificates;
        octets more;
        for (std::size_t i = 0; i != 350; ++i)
            more = more + tlv(0x30, tlv(6, {42, static_cast<std::uint8_t>(0x81 + (i >> 7)), static_cast<std::uint8_t>(i & 0x7f)}) + tlv(4, {}));
        for (std::size_t i = 0; i != 10; ++i) certificates.push_back(make.issued({x, x, serial_of(i), {1}, {1}, more}, false));
        all.push_back({"certificates of many extensions", message({signer(root, {1}, value)}, certificates)});
        const octets purposes = extension(37, tlv(0x30, filled(1200, hex("06012a"))));
        certificates.clear();
        for (std::size_t i = 0; i != 12; ++i) certificates.push_back(make.issued({x, x, serial_of(i), {1}, {1}, purposes}, false));
        all.push_back({"certificates of many purposes", message({signer(root, {1}, value)}, certificates)});
        octets distinct;
        for (std::size_t i = 0; i != 5000; ++i) distinct = distinct + tlv(0x30, tlv(6, {42, static_cast<std::uint8_t>(0x81 + (i >> 7)), static_cast<std::uint8_t>(i & 0x7f)}) + tlv(4, {}));
        all.push_back({"a certificate of 5000 different extensions", message({signer(root, {1}, value)}, {make.issued({x, x, {1}, {1}, {1}, distinct}, false)})});
    }
    {
        octets parts;
        for (std::size_t i = 0; i != 4500; ++i) parts = parts + rdn(3, "x");
        all.push_back({"a name of 4500 parts", message({signer(tlv(0x30, parts), {1}, zeros)})});
        std::vector<octets> values;
        for (std::size_t i = 0; i != 4000; ++i) values.push_back(tlv(0x30, hex("0603550403") + tlv(0x0c, serial_of(i))));
        all.push_back({"a name of one part of 4000", message({signer(tlv(0x30, set_of(0x31, values)), {1}, zeros)})});
        std::vector<octets> signers{signer(root, {1}, value)};
        for (std::size_t i = 0; i != 13; ++i) signers.push_back(signer(common_name(std::string(20, 'x')), serial_of(i), octets(4600)));
        all.push_back({"signers whom nobody knows", message(signers)});
        signers.resize(1);
        for (std::size_t i = 0; i != 14; ++i) signers.push_back(signer(common_name(std::string(3900, 'x')), serial_of(i), zeros));
        all.push_back({"signers with long names", message(signers)});
    }
    {
        std::vector<octets> digests;
        for (std::size_t i = 0; i != 7000; ++i) digests.push_back(algorithm(tlv(6, {42, static_cast<std::uint8_t>(0x81 + (i >> 7)), static_cast<std::uint8_t>(i & 0x7f)})));
        all.push_back({"7000 digest algorithms", message({signer(root, {1}, value)}, {}, set_of(0x31, digests))});
        digests.push_back(algorithm(sha256_oid));
        all.push_back({"7000 digest algorithms beside SHA-256", message({signer(root, {1}, value)}, {}, set_of(0x31, digests))});
    }
    for (const construction& each : all) {
        if (each.message.size() > size_limit) std::fprintf(stderr, "%s: %zu bytes\n", each.name.c_str(), each.message.size());
        bench::must(each.message.size() <= size_limit);
    }
    return all;
}

/// The dearest that was measured, by the median of its rounds.
struct measured {
    std::string name;
    std::vector<double> seconds{};
    [[nodiscard]] double median() const {
        std::vector<double> sorted = seconds;
        std::ranges::sort(sorted);
        return sorted.empty() ? 0 : sorted[sorted.size() / 2];
    }
};

template <class Policy>
void add_work(const std::string& name, const std::vector<construction>& all, const ring& keys, std::vector<std::shared_ptr<measured>>& results) {
    const bench::work work("worst case, " + name, 1, "signatures");
    const auto tested = std::make_shared<verifier<layouts<layout::modsign>, engine::native, Policy>>(keys);
    for (const construction& each : all) {
        const auto result = std::make_shared<measured>(measured{each.name + ", " + name});
        const auto bytes = std::make_shared<octets>(each.message);
        bench::repeated turn(
            [=] {
                const subject s{content, {signature_source::detached, *bytes}};
                benchmark::DoNotOptimize(tested->appraise(s, context{.now = 1790000000}));
            },
            bench::clock_of::thread);
        const subject s{content, {signature_source::detached, *bytes}};
        const appraisal said = tested->appraise(s, context{.now = 1790000000});
        if (&each == &all.front()) bench::must(said.outcome == verdict::verified);
        std::printf("%-72s %6zu bytes: %s\n", result->name.c_str(), each.message.size(), std::string(modsig::name(said.why.code)).c_str());
        work.add_timed(each.name, [=]() mutable {
            const double took = turn();
            result->seconds.push_back(took);
            return took;
        });
        results.push_back(result);
    }
}

}  // namespace

int main(int argc, char** argv) {
    bench::describe();
    const maker make;
    ring keys;
    bench::must(keys.add(make.issued({common_name("root"), common_name("above"), {1}, {1}, {9}})).has_value());
    // The trust anchor signs, too: the honest signature names it.
    bench::must(keys.add(make.issued({common_name("signer"), common_name("root"), {1}, {5}, {1}, {}, false})).has_value());
    const auto all = constructions(make);
    std::vector<std::shared_ptr<measured>> results;
    add_work<policy::strict>("strict", all, keys, results);
    add_work<policy::legacy>("legacy", all, keys, results);
    const int outcome = bench::run_all(argc, argv);
    const auto worst = std::ranges::max_element(results, {}, [](const auto& each) { return each->median(); });
    const double milliseconds = 1e3 * (*worst)->median();
    std::printf("\nworst case: %.3f ms of CPU, %s\n", milliseconds, (*worst)->name.c_str());
    return outcome != 0 ? outcome : milliseconds > limit_ms;
}
