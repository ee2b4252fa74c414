// SPDX-License-Identifier: BSL-1.0
//
// Where a signature sits and what it says: the concept of a layout, and the values it deals in.
#ifndef MODSIG_LAYOUT_HPP
#define MODSIG_LAYOUT_HPP

#include <modsig/algorithm.hpp>
#include <modsig/bytes.hpp>
#include <modsig/digest.hpp>
#include <modsig/digest/verity_options.hpp>
#include <modsig/key_identifier.hpp>
#include <modsig/reading.hpp>
#include <modsig/result.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace modsig {

/// Where the signature of a subject was found.
enum class signature_source : std::uint8_t {
    image,     // behind the content, in the image itself
    detached,  // in a file of its own: .sig (with its xattr type byte), .p7s
    xattr,     // value of security.ima or security.evm
};

/// What is judged: the image, and beside it what a layout may need.
struct subject {
    byte_view image{};
    signature_source source = signature_source::image;
    byte_view detached{};                          // signature bytes, unless they are in the image
    byte_view metadata{};                          // EVM: the bytes made of a file's attributes
    digest_value measured{};                       // fs-verity: the digest that the kernel measured
    verity_options verity{};
    digest_id content_digest = digest_id::none;    // Linux readings: the kernel's ima_hash=; none: as the signature says

    /// The bytes that hold the signature; offsets of blobs and failures count from their start.
    [[nodiscard]] constexpr byte_view signature_bytes() const { return source == signature_source::image ? image : detached; }
};

/// A short, fixed list of ranges of the image.
class range_list {
public:
    static constexpr std::size_t capacity = 4;

    constexpr range_list() = default;
    constexpr range_list(range only) : size_(1) { ranges_[0] = only; }  // NOLINT: implicit on purpose

    /// False when the list is full.
    [[nodiscard]] constexpr bool add(range r) {
        if (size_ == capacity) return false;
        ranges_[size_++] = r;
        return true;
    }
    [[nodiscard]] constexpr std::size_t size() const { return size_; }
    [[nodiscard]] constexpr const range* begin() const { return ranges_.data(); }
    [[nodiscard]] constexpr const range* end() const { return ranges_.data() + size_; }
    [[nodiscard]] constexpr const range& operator[](std::size_t i) const { return ranges_[i]; }

private:
    std::array<range, capacity> ranges_{};
    std::uint8_t size_ = 0;
};

/// Bytes in several pieces, in order.
class parts_list {
public:
    static constexpr std::size_t capacity = range_list::capacity + 1;

    constexpr parts_list() = default;
    constexpr parts_list(byte_view whole, const range_list& ranges) {
        for (const range& r : ranges)
            if (const auto part = slice(whole, r)) parts_[size_++] = *part;
    }
    [[nodiscard]] constexpr bool add(byte_view part) {
        if (size_ == capacity) return false;
        parts_[size_++] = part;
        return true;
    }
    [[nodiscard]] constexpr std::span<const byte_view> view() const { return std::span<const byte_view>(parts_.data(), size_); }

private:
    std::array<byte_view, capacity> parts_{};
    std::size_t size_ = 0;
};

/// Where content and signature blob are. Nothing is believed yet.
struct located {
    range_list content{};
    range blob{};  // in subject::signature_bytes()
};

/// The part of a claim that policies judge.
struct claim_facts {
    std::string_view layout{};
    scheme_id scheme = scheme_id::none;
    digest_id content_digest = digest_id::none;  // none: the scheme signs the message itself
    digest_id signed_digest = digest_id::none;   // what the signature is over, where a second digest is made
};

/// What one signer says. Views alias the signature bytes.
struct claim : claim_facts {
    located where{};
    key_identifier key{};
    byte_view signature{};
    byte_view authenticated{};    // what is signed beside the content: digsig v1's header, the attributes of CMS
    byte_view message_digest{};   // CMS attribute: what the content's digest has to be
    std::optional<std::int64_t> signing_time{};  // CMS attribute: seconds since 1970
    bool lenient = false;          // the value is read as Linux does: BER, or lib/mpi's modulo n
    std::uint64_t offset = 0;     // of the signer's own part of the blob
};

/// What the engine is asked to check: a digest, or a message where the scheme takes one.
struct to_check {
    scheme_id scheme = scheme_id::none;
    digest_value digest{};
    parts_list message{};
    byte_view signature{};
    bool lenient = false;
};

namespace detail {
struct any_engine {
    result<digest_value> digest(digest_id, std::span<const byte_view>) const;
};
template <class L, class Reading>
using cursor_of = typename decltype(L::template open<Reading>(std::declval<const subject&>(), std::declval<const located&>()))::value_type;
}  // namespace detail

/// One claim after the other. `next` is called until `done`; each answers for one signer only.
template <class C>
concept claim_cursor = requires(C cursor, const C& fixed) {
    { fixed.done() } -> std::same_as<bool>;
    { cursor.next() } -> std::same_as<result<claim>>;
};

/// Messages may bring certificates, as a cursor over them: nobody has vouched for these.
template <class C>
concept brings_certificates = requires(const C& fixed) { fixed.certificates(); };

/// A layout whose appended signature is found from the image's end, and of whose content's bytes nothing is asked but the
/// digest: the rest need not be in memory (batch.hpp). Says so by `found_from_end`.
template <class L>
concept found_from_end = requires { requires L::found_from_end; };

/// A layout that has a digest of its own in the place of the content's, from front to end: fs-verity's Merkle tree.
template <class L>
concept digests_content = requires(const subject& s, const claim& said, const detail::any_engine& engine) {
    { L::content_digest(s, said, engine) } -> std::same_as<result<digest_value>>;
};

/// A layout whose signatures do not say their scheme: the key does, once it is found. Until then a claim has none.
template <class L>
concept scheme_by_key = requires(key_algorithm key) {
    { L::scheme_of(key) } -> std::same_as<scheme_id>;
};

/// find    where the signature is: "not mine" is errc::no_signature, any other failure is "mine, but broken"
/// open    a cursor over the claims; a fault of the whole message comes from here
/// finish  what was signed, given the content's digest. The content's own digest stays outside, so that batches can
///         put many files in lanes
template <class L>
concept blob_layout = requires(const subject& s, const located& where, const claim& said, const digest_value& content,
                               const detail::any_engine& engine) {
    { L::name } -> std::convertible_to<std::string_view>;
    { L::max_signers } -> std::convertible_to<std::size_t>;
    { L::template find<strict_reading>(s) } -> std::same_as<result<located>>;
    requires claim_cursor<detail::cursor_of<L, strict_reading>>;
    { L::finish(s, said, content, engine) } -> std::same_as<result<to_check>>;
};

template <class L>
consteval bool explain_blob_layout() {
    static_assert(requires { { L::name } -> std::convertible_to<std::string_view>; },
                  "modsig: a blob_layout needs a name: static constexpr std::string_view name = \"...\";");
    static_assert(requires { { L::max_signers } -> std::convertible_to<std::size_t>; },
                  "modsig: a blob_layout needs max_signers: static constexpr std::size_t max_signers = 1;");
    static_assert(requires(const subject& s) { { L::template find<strict_reading>(s) } -> std::same_as<result<located>>; },
                  "modsig: a blob_layout needs find: template <class Reading> static constexpr result<located> find(const subject&);");
    static_assert(requires(const subject& s, const located& where) { L::template open<strict_reading>(s, where); },
                  "modsig: a blob_layout needs open: template <class Reading> static constexpr result<cursor> open(const subject&, const located&);");
    static_assert(requires(const subject& s, const claim& said, const digest_value& content, const detail::any_engine& engine) {
                      { L::finish(s, said, content, engine) } -> std::same_as<result<to_check>>;
                  },
                  "modsig: a blob_layout needs finish: template <digests_parts E> static constexpr result<to_check> finish(const subject&, const claim&, const digest_value&, const E&);");
    return true;
}

}  // namespace modsig

#endif  // MODSIG_LAYOUT_HPP
