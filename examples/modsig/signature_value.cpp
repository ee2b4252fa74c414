// SPDX-License-Identifier: BSL-1.0
#include "signature_value.hpp"

#include "text.hpp"

#include <modsig/digest/fsverity.hpp>
#include <modsig/engine/best.hpp>
#include <modsig/engine/native_extern.hpp>
#include <modsig/key/ecdsa_group.hpp>
#include <modsig/key/identify.hpp>
#include <modsig/layout/digsig.hpp>
#include <modsig/layout/evm.hpp>
#include <modsig/layout/formatted_digest.hpp>
#include <modsig/layout/bpf.hpp>
#include <modsig/layout/fsverity.hpp>
#include <modsig/layout/ima.hpp>
#include <modsig/layout/modsign.hpp>
#include <modsig/der/writer.hpp>

#include <algorithm>
#include <exception>
#include <optional>

namespace tool {
namespace {

using engine = modsig::engine::best;
using modsig::byte_view;
using modsig::digest_id;
using modsig::digest_value;
using modsig::scheme_id;
using bytes = std::vector<std::uint8_t>;

constexpr digest_id common_digests[] = {digest_id::sha256, digest_id::sha512, digest_id::sha384, digest_id::sha1, digest_id::sha224,
                                        digest_id::md5,    digest_id::sha3_256, digest_id::sha3_384, digest_id::sha3_512};

std::optional<digest_value> digest(digest_id id, byte_view content) {
    if (!engine::has(id)) return std::nullopt;
    const auto value = engine{}.digest(id, {&content, 1});
    if (!value) return std::nullopt;
    return *value;
}

template <class Layout>
bool read_as(const modsig::subject& s, read_signature& read) {
    const auto where = Layout::find(s);
    if (!where) return false;
    auto cursor = Layout::open(s, *where);
    if (!cursor) return false;
    while (!cursor->done()) {
        const auto claim = cursor->next();
        if (!claim) return true;
        read_claim one;
        one.claim = *claim;
        one.content_digest = [](const modsig::subject& subject, const modsig::claim& of) -> modsig::result<digest_value> {
            if constexpr (Layout::traits.digests_content) return Layout::content_digest(subject, of, engine{});
            const auto content = modsig::slice(subject.image, of.where.content);
            if (!content) return modsig::errc::truncated;
            if (of.content_digest == digest_id::none) return digest_value{};
            return engine{}.digest(of.content_digest, {&*content, 1});
        };
        one.finish = [](const modsig::claim& of, const digest_value& content) { return Layout::finish(of, content, engine{}); };
        if constexpr (Layout::traits.signs_messages)
            one.message = [](const modsig::claim& of, byte_view content, const digest_value& digest) { return Layout::message(of, content, digest, engine{}); };
        if constexpr (Layout::traits.scheme_by_key) one.scheme_of = &Layout::scheme_of;
        read.claims.push_back(one);
    }
    if constexpr (Layout::traits.brings_certificates)
        for (auto each = cursor->certificates(); !each.done();) {
            const auto certificate = each.next();
            if (!certificate) break;
            read.certificates.push_back(modsig::key::identified(*certificate));
            read.certificates.back().certificate = certificate->whole;
        }
    return true;
}

/// The block that the owner of the key has signed, as long as the modulus; empty where the value is none.
bytes rsa_block(const modsig::public_key& key, byte_view value) {
    try {
        const Botan::BigInt modulus(key.material.data(), key.material.size()), exponent(key.exponent.data(), key.exponent.size());
        const Botan::BigInt base(value.data(), value.size());
        if (modulus.is_zero() || base >= modulus) return {};
        bytes block(key.material.size());
        const Botan::BigInt power = Botan::power_mod(base, exponent, modulus);
        if (power.bytes() > block.size()) return {};
        for (std::size_t i = 0; i != block.size(); ++i) block[block.size() - 1 - i] = power.byte_at(i);
        return block;
    } catch (const std::exception&) {
        return {};
    }
}

/// What stands behind 00 01 FF..FF 00; nothing where the block is not so.
std::optional<byte_view> behind_padding(byte_view block, std::size_t least) {
    if (block.size() < 3 || block[0] != 0 || block[1] != 1) return std::nullopt;
    std::size_t offset = 2;
    while (offset != block.size() && block[offset] == 0xff) ++offset;
    if (offset < 2 + least || offset == block.size() || block[offset] != 0) return std::nullopt;
    return block.subspan(offset + 1);
}

/// DigestInfo and digest.
std::optional<digest_value> embedded_digest(byte_view content) {
    for (const digest_id id : common_digests) {
        const modsig::digest_info_prefix prefix(id);
        if (content.size() != prefix.size + modsig::size_of(id) || !modsig::starts_with(content, prefix.view())) continue;
        digest_value found{id};
        std::ranges::copy(content.subspan(prefix.size), found.bytes.begin());
        return found;
    }
    return std::nullopt;
}

bytes der_of_raw_ecdsa(byte_view value) {
    const std::size_t half = value.size() / 2;
    bytes out;
    modsig::der::writer write(out);
    const auto number = [&](byte_view part) {
        part = modsig::without_leading_zeros(part);
        bytes content;
        if (part.empty() || part[0] >= 0x80) content.push_back(0);
        content.insert(content.end(), part.begin(), part.end());
        write.element(modsig::der::tag_integer, content);
    };
    write.sequence([&] { number(value.first(half)), number(value.subspan(half)); });
    return out;
}

/// One value, one key.
class examination {
    const read_claim& read_;
    const modsig::subject& s_;
    const modsig::public_key& key_;
    std::span<const other_content> others_;
    modsig::result<engine::prepared_key> prepared_;
    scheme_id scheme_;
    std::optional<digest_value> content_{};  // the subject's
    std::optional<digest_value> signed_{};   // what the value should be over

public:
    examination(const read_claim& read, const modsig::public_key& key, const modsig::subject& s, std::span<const other_content> others)
        : read_(read), s_(s), key_(key), others_(others), prepared_(engine::prepare(key)),
          scheme_(read.scheme_of != nullptr ? read.scheme_of(key.algorithm) : read.claim.scheme) {
        if (const auto content = read.content_digest(s, read.claim)) content_ = *content;
        if (content_) signed_ = finished(*content_);
    }

    [[nodiscard]] bool verifies() const { return verifies(read_.claim.signature); }

    [[nodiscard]] value_finding result() const {
        if (!modsig::fits(key_.algorithm, scheme_)) return {cause::wrong_key_type, "key", std::string(name(key_.algorithm)), "scheme", std::string(name(scheme_))};
        const byte_view value = read_.claim.signature;
        if (std::ranges::all_of(value, [](std::uint8_t byte) { return byte == 0; })) return {cause::zero_value};
        if (const auto over = other_attributes()) return *over;
        if (verifies(value)) return {};
        if (modsig::signs_message(scheme_)) return message(value);
        return is_rsa() ? rsa(value) : modsig::is_ecdsa(key_.algorithm) ? ecdsa(value) : value_finding{cause::mismatch, "scheme", std::string(name(scheme_))};
    }

private:
    [[nodiscard]] bool is_rsa() const { return key_.algorithm == modsig::key_algorithm::rsa; }
    [[nodiscard]] std::optional<digest_value> finished(const digest_value& content) const {
        const auto done = read_.finish(read_.claim, content);
        if (!done) return std::nullopt;
        return *done;
    }
    [[nodiscard]] bool verifies(byte_view value, const std::optional<digest_value>& over, scheme_id scheme) const {
        return prepared_ && over && engine{}.check(*prepared_, {scheme, *over, {}, value, false, modsig::any_salt_size}).has_value();
    }
    [[nodiscard]] bool verifies(byte_view value) const {
        const auto content = modsig::slice(s_.image, read_.claim.where.content);
        return modsig::signs_message(scheme_) ? content && signs(value, *content) : verifies(value, signed_, scheme_);
    }
    /// Of a scheme that takes the message itself.
    [[nodiscard]] bool signs(byte_view value, byte_view content) const {
        if (read_.message == nullptr || !prepared_ || !content_) return false;
        const auto message = read_.message(read_.claim, content, *content_);
        return message && engine{}.check(*prepared_, {scheme_, {}, message->tail, value, false, modsig::any_salt_size, message->head()}).has_value();
    }
    [[nodiscard]] value_finding message(byte_view value) const {
        for (const other_content& other : others_)
            if (signs(value, other.bytes)) return {other.meaning};
        return {cause::mismatch, "scheme", std::string(name(scheme_))};
    }

    /// Signed attributes hold the content's digest.
    [[nodiscard]] std::optional<value_finding> other_attributes() const {
        if (read_.claim.message_digest.empty() || !content_ || modsig::equal(read_.claim.message_digest, content_->view())) return std::nullopt;
        return over_others([&](const digest_value& other) { return modsig::equal(read_.claim.message_digest, other.view()); });
    }

    /// Whether what was signed is something else than the content, by `matches`, which is asked about a content's digest.
    template <class Matches>
    [[nodiscard]] value_finding over_others(const Matches& matches) const {
        const digest_id id = read_.claim.content_digest;
        for (const other_content& other : others_)
            if (const auto value = digest(id, other.bytes); value && matches(*value)) return {other.meaning};
        if (content_) {
            const std::string text = hex(content_->view());
            for (const byte_view form : {content_->view(), byte_view(reinterpret_cast<const std::uint8_t*>(text.data()), text.size())})
                if (const auto value = digest(id, form); value && matches(*value)) return {cause::signed_digest, "digest", std::string(name(id))};
        }
        if (read_.claim.layout == modsig::layout::modsign::name)
            for (const digest_id verity : {digest_id::sha256, digest_id::sha512}) {
                const auto root = modsig::digest::fsverity_digest(engine{}, modsig::verity_options{verity}, s_.image);
                if (!root) continue;
                if (const auto value = digest(id, modsig::layout::formatted_digest(*root).view()); value && matches(*value)) return {cause::fsverity_signature};
            }
        return {is_rsa() || !read_.claim.message_digest.empty() ? cause::changed : cause::mismatch, "scheme", std::string(name(scheme_))};
    }

    [[nodiscard]] value_finding rsa(byte_view value) const {
        const std::size_t size = key_.material.size();
        const byte_view significant = modsig::without_leading_zeros(value);
        bytes whole(size);
        if (significant.size() <= size) std::ranges::copy(significant, whole.end() - static_cast<std::ptrdiff_t>(significant.size()));
        if (value.size() < size && says_something(whole)) return verifies(whole) ? value_finding{cause::leading_zeros_lost} : of_block(rsa_block(key_, whole), whole);
        if (value.size() > size) {
            const byte_view tail = value.subspan(size);
            const std::string more = std::to_string(tail.size());
            if (significant.size() <= size && verifies(whole)) return {cause::zero_too_many, "count", more};
            if (std::ranges::all_of(tail, [](std::uint8_t byte) { return byte == 0; }) && verifies(value.first(size))) return {cause::zero_too_many, "count", more};
        }
        bytes turned(value.rbegin(), value.rend());
        turned.resize(size);  // one that has lost its zeros has lost them at the other end
        std::ranges::fill(whole, std::uint8_t{0});
        if (value.size() <= size) std::ranges::copy(value.rbegin(), value.rend(), whole.end() - static_cast<std::ptrdiff_t>(value.size()));
        for (const bytes& each : {turned, whole})
            if (value.size() <= size && verifies(each)) return {cause::little_endian_value};
        const bool is_integer = scheme_ == scheme_id::rsa_pkcs1_raw;
        if (is_integer ? value.size() > size : value.size() != size) return {cause::wrong_length, "size", std::to_string(value.size()), "wanted", std::to_string(size)};
        const bytes block = rsa_block(key_, value);
        if (block.empty()) return {cause::out_of_range};
        return of_block(block, value);
    }

    /// Whether the key has signed this, whatever it is over.
    [[nodiscard]] bool says_something(byte_view value) const { return behind_padding(rsa_block(key_, value), least_padding()).has_value(); }
    [[nodiscard]] std::size_t least_padding() const { return 8; }

    [[nodiscard]] value_finding of_block(byte_view block, byte_view value) const {
        const auto content = behind_padding(block, least_padding());
        if (!content) return unpadded(block, value);
        const auto embedded = embedded_digest(*content);
        if (scheme_ == scheme_id::rsa_pkcs1_raw) {
            if (embedded) return {cause::other_padding, "padding", "its block has a DigestInfo, which digsig does not have"};
            return over_others([&](const digest_value& other) { return is_signed(other, *content); });
        }
        if (!embedded) {
            const bool is_digest = std::ranges::any_of(common_digests, [&](digest_id id) { return modsig::size_of(id) == content->size(); });
            if (is_digest && ((*content)[0] != 0x30 || (signed_ && modsig::equal(signed_->view(), *content)))) return {cause::no_digest_info};
            return {cause::other_padding, "padding", "what it holds is no DigestInfo with a known digest"};
        }
        if (signed_ && embedded->id != signed_->id) return {cause::other_digest, "signed", std::string(name(embedded->id)), "named", std::string(name(signed_->id))};
        if (!read_.claim.message_digest.empty()) return {cause::changed};  // the attributes were
        return over_others([&](const digest_value& other) { return is_signed(other, embedded->view()); });
    }
    [[nodiscard]] bool is_signed(const digest_value& content, byte_view value) const {
        const auto over = finished(content);
        return over && modsig::equal(over->view(), value);
    }

    [[nodiscard]] value_finding unpadded(byte_view block, byte_view value) const {
        if (content_)
            for (const digest_id id : {read_.claim.content_digest, digest_id::sha256, digest_id::sha384, digest_id::sha512}) {
                const auto slice = modsig::slice(s_.image, read_.claim.where.content);
                if (slice && verifies(value, digest(id, *slice), scheme_id::rsa_pss)) return {cause::other_padding, "padding", "its padding is PSS"};
            }
        // A block of another key is as good as random: eight fixed bytes in it are no chance.
        const std::size_t zeros = static_cast<std::size_t>(std::ranges::find_if(block, [](std::uint8_t byte) { return byte != 0; }) - block.begin());
        if (zeros >= 8) return {cause::other_padding, "padding", "without any padding"};
        return {cause::wrong_key};
    }

    [[nodiscard]] value_finding ecdsa(byte_view value) const {
        const std::size_t half = (modsig::entry_of(key_.algorithm).bits + 7u) / 8;
        if (value.size() == 2 * half && verifies(der_of_raw_ecdsa(value))) return {cause::raw_ecdsa, "size", std::to_string(half)};
        const auto content = modsig::slice(s_.image, read_.claim.where.content);
        const bool is_over_content = read_.claim.form == modsig::signature_form::content && read_.claim.signed_digest == digest_id::none;
        if (content && is_over_content)
            for (const digest_id id : common_digests)
                if (id != read_.claim.content_digest && verifies(value, digest(id, *content), scheme_)) return {cause::other_digest, "signed", std::string(name(id)), "named", std::string(name(read_.claim.content_digest))};
        return over_others([&](const digest_value& other) { return verifies(value, finished(other), scheme_); });
    }
};

}  // namespace

read_signature read_again(std::string_view layout, const modsig::subject& s) {
    namespace of = modsig::layout;
    read_signature read;
    if (layout == of::modsign::name) read_as<of::modsign>(s, read);
    if (layout == of::fsverity::name) read_as<of::fsverity>(s, read);
    if (layout == of::bpf::name) read_as<of::bpf>(s, read);
    if (layout == of::ima::name) read_as<of::ima>(s, read);
    if (layout == of::evm::name) read_as<of::evm>(s, read);
    if (layout == of::digsig::name) read_as<of::digsig>(s, read);
    return read;
}

bool verifies(const read_claim& read, const modsig::public_key& key, const modsig::subject& s) { return examination(read, key, s, {}).verifies(); }

value_finding examine_value(const read_claim& read, const modsig::public_key& key, const modsig::subject& s, std::span<const other_content> others) {
    return examination(read, key, s, others).result();
}

}  // namespace tool
