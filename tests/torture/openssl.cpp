// SPDX-License-Identifier: BSL-1.0
//
// The same changes judged by OpenSSL: what both read they answer alike, and where they do not, the reason is written down
// here. OpenSSL is asked as openssl-cms(1) is, with the content detached and the row's keys as the only trusted ones; dates
// and usage are not looked at, so that `legacy` and `linux_modsign` are whom it is compared with.
// One message of each form, and few values in its certificates, half of them elsewhere; MODSIG_TORTURE=all: all of them.
#include "messages.hpp"

#include <doctest/doctest.h>

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <array>
#include <cstdio>
#include <memory>
#include <mutex>

using namespace torture;

namespace {

struct release {
    void operator()(BIO* p) const { BIO_free_all(p); }
    void operator()(CMS_ContentInfo* p) const { CMS_ContentInfo_free(p); }
    void operator()(X509* p) const { X509_free(p); }
    void operator()(X509_STORE* p) const { X509_STORE_free(p); }
    void operator()(STACK_OF(X509)* p) const { sk_X509_free(p); }
};
template <class T>
using owner = std::unique_ptr<T, release>;

/// OpenSSL with the keys of a row.
class openssl {
    std::vector<owner<X509>> certificates_;
    owner<STACK_OF(X509)> list_{sk_X509_new_null()};
    owner<X509_STORE> store_{X509_STORE_new()};

public:
    explicit openssl(const sample& m) {
        for (const std::string& name : m.keys) {
            const octets blob = corpus::file(name);
            const unsigned char* at = blob.data();
            owner<X509> certificate{d2i_X509(nullptr, &at, static_cast<long>(blob.size()))};
            if (!certificate) continue;
            sk_X509_push(list_.get(), certificate.get());
            X509_STORE_add_cert(store_.get(), certificate.get());
            certificates_.push_back(std::move(certificate));
        }
        X509_STORE_set_flags(store_.get(), X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME);
        X509_STORE_set_purpose(store_.get(), X509_PURPOSE_ANY);
    }

    /// What is behind the message does not count: d2i_CMS_ContentInfo() says how much it has read, and nobody asks.
    [[nodiscard]] bool accepts(const sample& m) const {
        const unsigned char* at = m.bytes.data();
        const owner<CMS_ContentInfo> message{d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(m.bytes.size()))};
        bool good = false;
        if (message && OBJ_obj2nid(CMS_get0_type(message.get())) == NID_pkcs7_signed) {
            // Of a BIO of memory CMS_verify() of 3.0 makes a copy, which it leaks in some refusals: it gets another kind.
            const void* bytes = m.content.empty() ? static_cast<const void*>("") : m.content.data();
            const owner<BIO> content{BIO_push(BIO_new(BIO_f_buffer()), BIO_new_mem_buf(bytes, static_cast<int>(m.content.size())))};
            good = CMS_verify(message.get(), list_.get(), store_.get(), content.get(), nullptr, CMS_BINARY) == 1;
        }
        ERR_clear_error();
        return good;
    }
};

/// Where one accepts and the other does not.
struct disagreement {
    const sample& in;
    judge by;
    errc why;          // ours, if we refuse
    bool we_accept;
    const place* at;   // what was changed; null: the message of the corpus itself
    std::uint8_t right = 0, value = 0;
    bool as_before = false;  // the message itself was judged like this

    [[nodiscard]] bool is_in(std::initializer_list<part> parts) const {
        return at != nullptr && std::ranges::find(parts, at->where) != parts.end();
    }
    [[nodiscard]] bool loses_constructed_bit() const {
        return at != nullptr && at->is_tag && (right & 0x20) != 0 && value == (right & 0xdf);
    }
};

struct rule {
    const char* name;
    const char* why;
    bool (*fits)(const disagreement&);
    std::size_t times = 0;
};

/// Whether bytes follow the SEQUENCE in a signer's value.
bool ends_with_more_than_a_value(const sample& m) {
    const subject s = m.beside();
    const auto where = grammar<linux_reading>::layout<layout::modsign>::find(s);
    if (!where) return false;
    auto claims = grammar<linux_reading>::layout<layout::modsign>::open(s, *where);
    while (claims && !claims->done()) {
        const auto said = claims->next();
        if (!said) return false;
        if (said->scheme == scheme_id::ecdsa && outermost_size(said->signature) < said->signature.size()) return true;
    }
    return false;
}

/// The first that fits is the reason.
std::vector<rule> rules() {
    return {
        // OpenSSL refuses.
        {"a signer unknown", "OpenSSL wants to know all signers, we one of them",
         [](const disagreement& d) { return d.we_accept && signers_of(d.in) > 1 && (d.at == nullptr || d.is_in({part::identifier})); }},
        {"behind an ECDSA value", "Linux ignores what follows r and s (crypto/ecdsa.c)",
         [](const disagreement& d) {
             return d.we_accept && d.by == judge::linux_modsign && d.at == nullptr && ends_with_more_than_a_value(d.in);
         }},
        {"refused before", "OpenSSL refuses the message itself, and the change changed neither answer",
         [](const disagreement& d) { return d.we_accept && d.as_before; }},
        {"constructed bit", "Linux does not ask for it, OpenSSL does of a SEQUENCE and of what is tagged [0]",
         [](const disagreement& d) { return d.we_accept && d.by == judge::linux_modsign && d.loses_constructed_bit(); }},
        {"other form of a list", "pkcs7.asn1 has SEQUENCE OF for SET OF, [2] for [0]; CMS has not",
         [](const disagreement& d) {
             return d.we_accept && d.by == judge::linux_modsign && d.at != nullptr && d.at->is_tag && (d.right == 0x31 || d.right == 0xa0) &&
                    d.is_in({part::envelope, part::digest_algorithms, part::certificates});
         }},
        {"digestAlgorithms", "OpenSSL has to find the digest there, Linux does not look",
         [](const disagreement& d) { return d.we_accept && d.by == judge::linux_modsign && d.is_in({part::digest_algorithms}); }},
        {"parameters not encoded", "Linux steps over parameters by their length, OpenSSL reads them",
         [](const disagreement& d) {
             return d.we_accept && d.by == judge::linux_modsign && d.is_in({part::digest_algorithm, part::signature_algorithm}) && d.at->behind_oid;
         }},
        {"strings in a certificate", "OpenSSL wants the types of strings to be right in certificates that nobody asks for",
         [](const disagreement& d) { return d.we_accept && d.is_in({part::certificates}) && (d.by == judge::legacy || d.at->behind_oid); }},
        {"ambiguous content", "OpenSSL signs and verifies content that is what another signature signs",
         [](const disagreement& d) { return !d.we_accept && d.at == nullptr && d.why == errc::ambiguous_content; }},
        // We refuse.
        {"content within", "OpenSSL verifies content in the message or beside it; here it is beside it, always",
         [](const disagreement& d) { return !d.we_accept && d.at == nullptr && d.why == errc::content_present; }},
        {"content of another type", "OpenSSL signs and verifies any; and does not compare it with the attribute",
         [](const disagreement& d) {
             return !d.we_accept && d.at == nullptr &&
                    (d.why == errc::unsupported_content_type || d.why == errc::content_type_mismatch || d.why == errc::missing_element);
         }},
        {"another algorithm", "MD5, PSS, EdDSA and what OpenSSL reads as the OID of a key or digest; modules are not signed with these",
         [](const disagreement& d) {
             return !d.we_accept && d.at == nullptr && (d.why == errc::unsupported_hash || d.why == errc::unsupported_algorithm);
         }},
        {"another digest", "the OID of the signature names another digest than digestAlgorithm: OpenSSL takes the latter, RFC 5754 wants them to agree",
         [](const disagreement& d) { return !d.we_accept && d.at == nullptr && d.why == errc::inconsistent_algorithms; }},
        {"attributes", "modules must not sign attributes (pkcs7_verify(), VERIFYING_MODULE_SIGNATURE)",
         [](const disagreement& d) {
             return !d.we_accept && d.by == judge::linux_modsign && d.at == nullptr && d.why == errc::attributes_present;
         }},
        {"weak keys", "OpenSSL looks at sizes in TLS only; of RSA Linux reads 64, 128, 192 bytes and so on",
         [](const disagreement& d) { return !d.we_accept && d.at == nullptr && (d.why == errc::weak_key || d.why == errc::key_not_found); }},
        {"versions", "OpenSSL does not look at them",
         [](const disagreement& d) {
             const bool says_so = d.why == errc::unsupported_version || d.why == errc::version_mismatch;
             const bool is_version = d.at == nullptr || (d.is_in({part::envelope, part::signer}) && d.at->tag == 0x02);
             return !d.we_accept && says_so && is_version;
         }},
        {"BER", "OpenSSL reads BER: long lengths, indefinite ones, strings in pieces, numbers without bytes",
         [](const disagreement& d) {
             return !d.we_accept && d.at == nullptr && (d.why == errc::non_minimal_der || d.why == errc::bad_der);
         }},
        {"behind the end", "OpenSSL leaves what follows the message to its caller",
         [](const disagreement& d) { return !d.we_accept && d.why == errc::trailing_garbage && !d.is_in({part::certificates}); }},
        {"accepted before", "OpenSSL accepts the message itself, and the change changed neither answer",
         [](const disagreement& d) { return !d.we_accept && d.as_before; }},
        {"SET without its bit", "OpenSSL does not ask for the constructed bit of a SET, nor of a SEQUENCE that it keeps encoded",
         [](const disagreement& d) { return !d.we_accept && d.loses_constructed_bit(); }},
        {"parameters", "OpenSSL does not look at those of digests and of PKCS#1",
         [](const disagreement& d) {
             return !d.we_accept && d.is_in({part::digest_algorithms, part::digest_algorithm, part::signature_algorithm}) && d.at->behind_oid;
         }},
        {"names", "OpenSSL compares names without the types of their strings, we byte for byte",
         [](const disagreement& d) { return !d.we_accept && d.why == errc::key_not_found && d.is_in({part::identifier}) && d.at->behind_oid; }},
        {"a digest unknown", "in OpenSSL 3 one that it does not know is any that the message announces: "
                             "ossl_cms_DigestAlgorithm_find_ctx() compares its NID, 0, with the pkey_type of fetched digests, 0",
         [](const disagreement& d) { return !d.we_accept && d.why == errc::unsupported_hash && d.is_in({part::digest_algorithm}); }},
        {"certificates", "we read all of a certificate beside the message, OpenSSL its outline until it needs it",
         [](const disagreement& d) { return !d.we_accept && d.is_in({part::certificates}); }},
    };
}

/// Tags and forms of lengths.
constexpr std::array<std::uint8_t, 16> telling{0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0c, 0x10, 0x30, 0x31, 0x80, 0x81, 0x82, 0xa0, 0xff};

constexpr judge compared[] = {judge::legacy, judge::linux_modsign};

struct outcome {
    std::size_t messages = 0, mutations = 0, both = 0, neither = 0, ours = 0, theirs = 0, unexplained = 0;
    std::vector<rule> explained = rules();
    std::vector<std::string> shown;

    void note(const disagreement& d) {
        const auto fitting = std::ranges::find_if(explained, [&](const rule& each) { return each.fits(d); });
        if (fitting != explained.end()) {
            ++fitting->times;
            return;
        }
        ++unexplained;
        if (shown.size() == 40) return;
        std::array<char, 256> line{};
        std::snprintf(line.data(), line.size(), "unexplained: %s, %s, %s accepts, %s", name(d.by), d.in.file.c_str(),
                      d.we_accept ? "modsig" : "OpenSSL", std::string(modsig::name(d.why)).c_str());
        shown.emplace_back(line.data());
        if (d.at == nullptr) return;
        std::snprintf(line.data(), line.size(), ", byte %zu (%s of %02x in %s): %02x to %02x", d.at->offset, d.at->is_tag ? "tag" : "length",
                      d.at->tag, name(d.at->where), d.right, d.value);
        shown.back() += line.data();
    }

    void compare(const trust& keys, bool theirs_accept, disagreement d) {
        const appraisal answer = keys.judged(d.by, d.in.beside());
        d.we_accept = answer.outcome == verdict::verified;
        d.why = answer.why.code;
        if (d.we_accept == theirs_accept) {
            ++(theirs_accept ? both : neither);
            return;
        }
        ++(d.we_accept ? ours : theirs);
        note(d);
    }

    void add(const outcome& other) {
        messages += other.messages, mutations += other.mutations, both += other.both, neither += other.neither;
        ours += other.ours, theirs += other.theirs, unexplained += other.unexplained;
        for (std::size_t i = 0; i != explained.size(); ++i) explained[i].times += other.explained[i].times;
        shown.insert(shown.end(), other.shown.begin(), other.shown.end());
    }

    void report() const {
        std::printf("  both accept %zu, both refuse %zu, only modsig accepts %zu, only OpenSSL accepts %zu\n", both, neither, ours, theirs);
        for (const rule& each : explained)
            if (each.times != 0) std::printf("    %7zu  %s: %s\n", each.times, each.name, each.why);
        for (const std::string& line : shown) std::printf("  %s\n", line.c_str());
    }
};

}  // namespace

TEST_CASE("OpenSSL and modsig judge the messages of the corpus alike, but for known reasons") {
    outcome seen;
    for (const sample& m : all_messages()) {
        witness::begin(m.content);
        const trust keys(m);
        const bool theirs = openssl(m).accepts(m);
        ++seen.messages;
        for (const judge by : compared) seen.compare(keys, theirs, {.in = m, .by = by, .why = errc::none, .we_accept = false, .at = nullptr});
    }
    std::printf("%zu messages\n", seen.messages);
    seen.report();
    CHECK(seen.messages > 200);
    CHECK(seen.both > 200);
    CHECK(seen.neither > 100);
    CHECK(seen.unexplained == 0);
}

TEST_CASE("OpenSSL and modsig judge every tag and length byte at every value alike, but for known reasons") {
    const auto all = all_messages();
    auto chosen = is_thorough() ? all : without_repeats(all, true);
    outcome sum;
    std::mutex mutex;
    std::ranges::stable_sort(chosen, [](const sample& a, const sample& b) { return a.bytes.size() > b.bytes.size(); });
    in_parallel(chosen.size(), [&](std::size_t index) {
        sample m = chosen[index];
        witness::begin(m.content);
        const trust keys(m);
        const openssl other(m);
        const bool theirs_before = other.accepts(m);
        std::array<bool, std::size(judges)> ours_before{};
        for (const judge by : compared) ours_before[static_cast<std::size_t>(by)] = keys.accepts(by, m.beside());
        // What everybody refuses has little to say: der.cpp changes it, too.
        if (!is_thorough() && !theirs_before && std::ranges::count(ours_before, true) == 0) return;
        outcome seen;
        seen.messages = 1;
        each_mutation(m.bytes, [&](const place& at, std::uint8_t right, std::uint8_t value) {
            // OpenSSL makes keys of all certificates, which takes it longer than everything else.
            const bool is_telling = std::ranges::find(telling, value) != telling.end();
            if (!is_thorough() && !is_telling && (at.where == part::certificates || (value + index) % 2 == 0)) return;
            ++seen.mutations;
            const bool theirs = other.accepts(m);
            for (const judge by : compared) {
                const bool as_before = theirs == theirs_before && theirs_before != ours_before[static_cast<std::size_t>(by)];
                seen.compare(keys, theirs, {m, by, errc::none, false, &at, right, value, as_before});
            }
        });
        const std::lock_guard lock(mutex);
        sum.add(seen);
    });
    std::printf("%zu of %zu messages, %zu mutations\n", sum.messages, all.size(), sum.mutations);
    sum.report();
    CHECK(sum.messages > 20);
    CHECK(sum.mutations > 300'000);
    CHECK(sum.both != 0);
    CHECK(sum.unexplained == 0);
}
