// SPDX-License-Identifier: BSL-1.0
// Every row of the corpus that is a signature or a key goes through the C interface: verdict and reason under strict and under
// legacy, from memory, and from a file where the signature is in it. Descriptors and digests of fs-verity are no signatures: the
// C interface does not read them.
#include "modsig.h"

#include "../support/corpus.hpp"
#include "../support/hex.hpp"

#include <modsig/algorithm.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>

namespace {

struct ends {
    void operator()(modsig_trust* trust) const { modsig_trust_free(trust); }
    void operator()(modsig_verifier* verifier) const { modsig_verifier_free(verifier); }
    void operator()(modsig_result* result) const { modsig_result_free(result); }
};
using trust_handle = std::unique_ptr<modsig_trust, ends>;
using verifier_handle = std::unique_ptr<modsig_verifier, ends>;
using result_handle = std::unique_ptr<modsig_result, ends>;

/// none for a reason that is "none", as corpus::allows() wants it.
modsig::errc errc_of(const modsig_result* result) {
    const std::string reason = modsig_result_reason(result);
    for (const modsig::errc_entry& entry : modsig::errc_table)
        if (entry.name == reason) return entry.code;
    FAIL("no such reason: " << reason);
    return modsig::errc::not_checked;
}

struct format {
    const char *name, *layout;
    const char* trusted_for = nullptr;  // null: the default
};
constexpr format formats[] = {
    {"modsign", "modsign"}, {"pkcs7-detached", "modsign"}, {"digsig-v1-modsig", "digsig"}, {"digsig-v1", "digsig"},
    {"ima-v2", "ima"},      {"ima-v3", "ima"},             {"evm-v2", "evm", "evm"},       {"fsverity-sig", "fsverity", "fsverity"},
};

trust_handle trust_of(const std::string& keys, const char* layouts) {
    trust_handle trust(modsig_trust_new());
    REQUIRE(trust != nullptr);
    if (keys == "-") return trust;
    for (const std::string& key : corpus::split(keys, ',')) CHECK_MESSAGE(modsig_trust_add_path(trust.get(), corpus::path(key).c_str(), layouts) == MODSIG_OK, key);
    return trust;
}

verifier_handle verifier_of(const modsig_trust* trust, const char* policy, const char* layouts) {
    modsig_options options{};
    options.size = sizeof options;
    options.policy = policy;
    options.layouts = layouts;
    options.time = 1790000000;  // within the validity of the corpus' certificates that are not expired
    modsig_verifier* made = nullptr;
    REQUIRE(modsig_verifier_new(trust, &options, &made) == MODSIG_OK);
    return verifier_handle(made);
}

/// The column `options`: --hash sha256 --block-size 4096 --salt aabb.
struct verity {
    std::string digest{};
    std::uint32_t block_size = 0;
    std::vector<std::uint8_t> salt{};

    explicit verity(const std::string& column) {
        const auto words = corpus::split(column, ' ');
        for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
            if (words[i] == "--hash") digest = words[i + 1];
            else if (words[i] == "--block-size") block_size = static_cast<std::uint32_t>(std::stoul(words[i + 1]));
            else if (words[i] == "--salt") salt = hex(words[i + 1]);
        }
    }
};

/// The corpus names families where the library has finer classes: tests/layout/ima_corpus.cpp, fsverity_corpus.cpp.
bool allows(const std::string& column, modsig::errc code) {
    using modsig::errc;
    const bool is_field = code == errc::unsupported_block_size || code == errc::length_mismatch;
    return corpus::allows(column, code) || (code == errc::length_overflow && corpus::allows(column, errc::truncated)) || (is_field && corpus::allows(column, errc::bad_header));
}

/// A row's files, and what modsig.h is told of them.
class row_files {
    std::string path_, signature_path_;
    std::vector<std::uint8_t> content_, signature_;
    verity verity_;
    bool is_appended_, is_evm_;

    [[nodiscard]] modsig_input common() const {
        modsig_input input{};
        input.size = sizeof input;
        if (verity_.digest.empty()) return input;
        input.fsverity_digest = verity_.digest.c_str();
        input.fsverity_block_size = verity_.block_size;
        input.fsverity_salt = verity_.salt.data();
        input.fsverity_salt_size = verity_.salt.size();
        return input;
    }

public:
    explicit row_files(const corpus::row& row)
        : path_(corpus::path(row.payload == "-" ? row.file : row.payload).native()), signature_path_(corpus::path(row.file).native()), content_(read_file(path_)),
          signature_(read_file(signature_path_)), verity_(row.options), is_appended_(row.payload == "-"), is_evm_(row.format == "evm-v2") {}

    [[nodiscard]] bool is_about_a_file() const { return !is_evm_; }
    [[nodiscard]] result_handle verify_memory(const modsig_verifier* verifier) const {
        modsig_input input = common();
        if (!is_appended_) {
            input.signature = signature_.empty() ? "" : static_cast<const void*>(signature_.data());
            input.signature_size = signature_.size();
        }
        if (is_evm_) {
            input.evm_metadata = content_.data();
            input.evm_metadata_size = content_.size();
        }
        modsig_result* result = nullptr;
        (void)modsig_verify_memory(verifier, content_.data(), is_evm_ ? 0 : content_.size(), &input, &result);
        return result_handle(result);
    }
    [[nodiscard]] result_handle verify_file(const modsig_verifier* verifier) const {
        modsig_input input = common();
        if (!is_appended_) input.signature_path = signature_path_.c_str();
        modsig_result* result = nullptr;
        (void)modsig_verify_file(verifier, path_.c_str(), &input, &result);
        return result_handle(result);
    }
};

void check(const corpus::row& row, const format& format) {
    const auto trust = trust_of(row.key, format.trusted_for);
    const row_files files(row);
    for (const auto& [policy, column] : {std::pair{std::string("legacy"), &row.expected}, {std::string("strict"), &row.strict}}) {
        const auto verifier = verifier_of(trust.get(), policy.c_str(), format.layout);
        const result_handle result = files.verify_memory(verifier.get());
        const modsig::errc code = errc_of(result.get());
        // IMA and EVM: algorithms are checked before keys and arithmetic, and version 1 is another layout's.
        const modsig::digest_id digest = modsig::digest_of_name(modsig_result_digest(result.get()));
        const bool is_weak = code == modsig::errc::weak_digest && policy == "strict" && (modsig::is_weak(digest) || modsig::size_of(digest) < 32);
        const bool is_other = code == modsig::errc::no_signature && row.file.ends_with("version-1.sig");
        CHECK_MESSAGE((allows(*column, code) || is_weak || is_other), row.file << " " << policy << ": " << std::string(modsig_result_reason(result.get())) << ", not " << *column);
        const bool is_verified = modsig_result_verdict(result.get()) == MODSIG_VERIFIED;
        CHECK(is_verified == (code == modsig::errc::none));
        CHECK((modsig_result_errno(result.get()) == 0) == is_verified);
        if (!files.is_about_a_file()) continue;
        const result_handle of_file = files.verify_file(verifier.get());
        CHECK(modsig_result_verdict(of_file.get()) == modsig_result_verdict(result.get()));
        CHECK(std::strcmp(modsig_result_reason(of_file.get()), modsig_result_reason(result.get())) == 0);
        CHECK(modsig_result_offset(of_file.get()) == modsig_result_offset(result.get()));
        CHECK(modsig_result_content_size(of_file.get()) == modsig_result_content_size(result.get()));
        CHECK((modsig_result_content(of_file.get(), nullptr) != nullptr) == is_verified);
        CHECK((modsig_result_descriptor(of_file.get()) >= 0) == is_verified);
    }
}

}  // namespace

TEST_CASE("C: every signature of the corpus has the verdict and the reason of its row") {
    std::size_t count = 0;
    for (const format& each : formats) {
        const auto rows = corpus::rows({each.name});
        REQUIRE_FALSE(rows.empty());
        for (const corpus::row& row : rows) check(row, each);
        count += rows.size();
    }
    CHECK(count > 900);
    MESSAGE(count << " rows");
}

TEST_CASE("C: every key of the corpus is used by strict where its row says so") {
    std::size_t count = 0;
    for (const corpus::row& row : corpus::rows({"key-x509", "key-spki", "key-digsig-v1"})) {
        const trust_handle trust(modsig_trust_new());
        const modsig_status status = modsig_trust_add_path(trust.get(), corpus::path(row.file).c_str(), nullptr);
        const auto verifier = verifier_of(trust.get(), "strict", nullptr);
        const std::size_t used = modsig_verifier_key_count(verifier.get());
        CAPTURE(row.file);
        CHECK((status == MODSIG_OK) == (modsig_trust_key_count(trust.get()) == 1));
        CHECK((used == 1) == (status == MODSIG_OK && modsig_verifier_note_count(verifier.get()) == 0));
        ++count;
        // Rows are about one form, and all are read: PEM, and another form in the place of the one that is asked for.
        if (row.file.ends_with("cert-is-pem.der") || row.file.ends_with("blob-is-spki.bin")) continue;
        // What is too weak may be the policy's to refuse, or the parser's.
        const auto answers = corpus::split(row.expected, '|');
        const auto has = [&](const char* answer) { return std::ranges::find(answers, answer) != answers.end(); };
        if (answers.size() == 1 && has("valid")) CHECK(used == 1);
        if (!has("valid") && !has("weak_key")) CHECK(used == 0);
    }
    CHECK(count > 100);
    MESSAGE(count << " rows");
}
