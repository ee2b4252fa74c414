// SPDX-License-Identifier: BSL-1.0
//
// Where a signature is and what it claims: the concept of a layout, and the values that layouts exchange.
#ifndef MODSIG_LAYOUT_HPP
#define MODSIG_LAYOUT_HPP

#include <modsig/algorithm.hpp>
#include <modsig/bytes.hpp>
#include <modsig/digest.hpp>
#include <modsig/digest/verity_options.hpp>
#include <modsig/key_identifier.hpp>
#include <modsig/reading.hpp>
#include <modsig/result.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace modsig {

/// Where the signature of a subject was found.
enum class signature_source : std::uint8_t {
    image,     ///< appended to the content, in the image itself
    detached,  ///< in a file of its own: .sig (with its xattr type byte), .p7s
    xattr,     ///< an extended attribute: the value of security.ima or security.evm
};

/// The signature of a subject; `bytes` is empty where it is in the image.
struct subject_signature {
    signature_source source = signature_source::image;  ///< where it is
    byte_view bytes{};                                  ///< in a separate file or an attribute; else empty
};

/// What some layouts need besides the image and its signature.
struct subject_companions {
    byte_view metadata{};                          ///< EVM: the bytes made of a file's attributes; empty: no signature is of EVM
    std::optional<verity_options> verity{};        ///< fs-verity: the options of its digest; none: no signature is of fs-verity
    digest_value measured{};                       ///< fs-verity: the digest that the kernel measured; the caller guarantees it
    digest_id ima_hash = digest_id::none;          ///< Linux's reading: the kernel's ima_hash=; none: the signature's own
    bool is_bpf = false;                           ///< BPF: the image is the content of such a signature; false: no signature is of BPF
};

/// The input of a verification. Its views must outlive the call.
struct subject {
    byte_view image{};              ///< the content, with an appended signature
    subject_signature signature{};  ///< of the image where it is not in it
    subject_companions beside{};    ///< for EVM, fs-verity, IMA and BPF

    /// The bytes that hold the signature; offsets of blobs and failures count from their start.
    [[nodiscard]] constexpr byte_view signature_bytes() const { return signature.source == signature_source::image ? image : signature.bytes; }
};

/// The ranges of content and signature blob. Nothing is verified yet.
struct located {
    range content{};            ///< in the image
    bool covers_image = true;   ///< false: the signature is over something else (EVM's metadata), and proves no byte of the image
    range blob{};               ///< in subject::signature_bytes()
};

/// What a signature is over: the content (its digest, or what the layout makes of it), or a set of signed attributes of CMS,
/// which holds the content's digest.
enum class signature_form : std::uint8_t {
    content,     ///< the content, or what a layout makes of its digest
    attributes,  ///< signed attributes of CMS, RFC 5652, section 5.4
};

/// The part of a claim that policies decide about.
struct claim_facts {
    std::string_view layout{};                      ///< name of the layout, static storage
    scheme_id scheme = scheme_id::none;             ///< none: determined by the key
    digest_id content_digest = digest_id::none;     ///< none: the scheme signs the message itself
    digest_id signed_digest = digest_id::none;      ///< what the signature is over, where the layout makes a second digest
    signature_form form = signature_form::content;  ///< what is signed
};

/// RSA-PSS: a salt of any size, which the signature determines.
inline constexpr std::uint16_t any_salt_size = 0xffff;

/// What one signer claims; nothing is verified. Views alias the signature bytes.
struct claim : claim_facts {
    located where{};                             ///< where content and signature are
    key_identifier key{};                        ///< the key that the signer names
    byte_view signature{};                       ///< raw: RSA as long as the modulus, ECDSA in DER
    byte_view authenticated{};                   ///< signed together with the content: digsig v1's header, the attributes of CMS
    byte_view message_digest{};                  ///< CMS attribute, MCUboot's hash: what the content's digest must be
    std::optional<std::int64_t> signing_time{};  ///< CMS attribute: seconds since 1970
    bool lenient = false;                        ///< the value is read as Linux reads it: BER, or lib/mpi's modulo n
    bool signs_content = false;                  ///< the scheme signs the content itself; a digest is only compared
    std::uint16_t salt_size = any_salt_size;     ///< RSA-PSS: of the salt, in bytes
    std::uint64_t offset = 0;                    ///< of the SignerInfo or header in the blob
};

/// The input of an engine's signature check: a digest, or a message where the scheme signs one.
struct to_check {
    scheme_id scheme = scheme_id::none;       ///< how to verify
    digest_value digest{};                    ///< what is signed, where the scheme signs a digest
    byte_view message{};                      ///< what is signed, where the scheme signs a message
    byte_view signature{};                    ///< raw: RSA as long as the modulus, ECDSA in DER
    bool lenient = false;                     ///< as claim::lenient
    std::uint16_t salt_size = any_salt_size;  ///< as claim::salt_size
    byte_view message_head{};                 ///< stands before the message
};

/// A message that a scheme signs itself: a head that the layout makes, then bytes that are viewed.
class signed_message {
    std::array<std::uint8_t, 80> head_{};
    std::size_t head_size_ = 0;

public:
    byte_view tail{};  ///< follows the head; outlives this object

    constexpr signed_message() = default;
    /// A message that is all in one piece, which is not copied.
    constexpr explicit signed_message(byte_view viewed) : tail(viewed) {}

    /// Appends to the head, whose size the formats limit: the longest is fs-verity's, 76 bytes.
    constexpr void add_to_head(byte_view bytes) {
        for (const std::uint8_t byte : bytes) head_[head_size_++] = byte;
    }
    /// The head; the view aliases this object.
    [[nodiscard]] constexpr byte_view head() const { return byte_view(head_).first(head_size_); }
};

/// A second signature in the signed part, over the digest of another image: the one that a compressed image unpacks to.
struct inner_signature {
    digest_value digest{};  ///< of the unpacked image, as the signer says it
    byte_view signature{};  ///< over that digest, by the same key
};

/// What a layout has beyond find, open and finish. A hook must be there if and only if it is named here: explain_blob_layout().
struct layout_traits {
    std::size_t max_signers = 1;       ///< claims that a message may have
    bool found_from_end = false;       ///< appended signatures are found from the image's end, and the content is only digested
    bool needs_named_trust = false;    ///< a key is used only where it was added for this layout by name
    bool brings_certificates = false;  ///< cursor.certificates(): certificates of the message, which no trusted key vouches for yet
    bool names_keys = false;           ///< names(key_identifier, key_info): whether the identifier names this key
    bool digests_keys = false;         ///< key_digest(public_key, digest_id): keys are named by their digest
    bool scheme_by_key = false;        ///< scheme_of(key_algorithm): the key determines the scheme
    bool signs_messages = false;       ///< message(claim, content, digest, engine): the input of a scheme that signs the message itself
    bool signs_within = false;         ///< inner(subject, claim): a second signature by the same key, which must be good, too
    bool digests_content = false;      ///< content_digest(subject, claim, engine): replaces the digest of the content
    bool reads_directly = false;       ///< read(subject, located, claim&): the only claim, without a cursor (verifier/firmware.hpp)
};

namespace detail {
struct any_engine {
    result<digest_value> digest(digest_id, std::span<const byte_view>) const;
};
template <class L>
using cursor_of = typename decltype(L::open(std::declval<const subject&>(), std::declval<const located&>()))::value_type;

template <class L>
concept has_certificates = requires(const cursor_of<L>& cursor) { cursor.certificates(); };
template <class L>
concept has_names = requires { &L::names; };
template <class L>
concept has_key_digest = requires { &L::key_digest; };
template <class L>
concept has_scheme_of = requires(key_algorithm key) { { L::scheme_of(key) } -> std::same_as<scheme_id>; };
template <class L>
concept has_inner = requires(const subject& s, const claim& claim) {
    { L::inner(s, claim) } -> std::same_as<result<std::optional<inner_signature>>>;
};
template <class L>
concept has_content_digest = requires(const subject& s, const claim& claim, const any_engine& engine) {
    { L::content_digest(s, claim, engine) } -> std::same_as<result<digest_value>>;
};
template <class L>
concept has_message = requires(const claim& claim, byte_view content, const digest_value& digest, const any_engine& engine) {
    { L::message(claim, content, digest, engine) } -> std::same_as<result<signed_message>>;
};
template <class L>
concept has_read = requires(const subject& s, const located& location, claim& claim) {
    { L::read(s, location, claim) } -> std::same_as<result<void>>;
};
}  // namespace detail

/// `claim_cursor` yields the claims in turn. `next` is called until `done`; a failure of `next` is that of one signer.
template <class C>
concept claim_cursor = requires(C cursor, const C& fixed) {
    { fixed.done() } -> std::same_as<bool>;
    { cursor.next() } -> std::same_as<result<claim>>;
};

/// find    where the signature is; errc::no_signature means "not this layout", any other failure "this layout, but malformed"
/// open    a cursor over the claims; faults of the whole message are found here
/// finish  the digest that was signed, from the content's; an empty digest where the claim signs the content itself. The content's
///         digest is calculated outside, so that batches can put many files in lanes
template <class L>
concept blob_layout = requires(const subject& s, const located& location, const claim& claim, const digest_value& content,
                               const detail::any_engine& engine) {
    { L::name } -> std::convertible_to<std::string_view>;
    { L::traits } -> std::convertible_to<layout_traits>;
    { L::find(s) } -> std::same_as<result<located>>;
    requires claim_cursor<detail::cursor_of<L>>;
    { L::finish(claim, content, engine) } -> std::same_as<result<digest_value>>;
};

/// States with `static_assert` what a type lacks for blob_layout.
template <class L>
consteval bool explain_blob_layout() {
    static_assert(requires { { L::name } -> std::convertible_to<std::string_view>; },
                  "modsig: a blob_layout needs a name: static constexpr std::string_view name = \"...\";");
    static_assert(requires { { L::traits } -> std::convertible_to<layout_traits>; },
                  "modsig: a blob_layout needs traits: static constexpr layout_traits traits{};");
    static_assert(requires(const subject& s) { { L::find(s) } -> std::same_as<result<located>>; },
                  "modsig: a blob_layout needs find: static constexpr result<located> find(const subject&);");
    static_assert(requires(const subject& s, const located& location) { L::open(s, location); },
                  "modsig: a blob_layout needs open: static constexpr result<cursor> open(const subject&, const located&);");
    static_assert(requires(const claim& claim, const digest_value& content, const detail::any_engine& engine) {
                      { L::finish(claim, content, engine) } -> std::same_as<result<digest_value>>;
                  },
                  "modsig: a blob_layout needs finish: template <digests_parts E> static constexpr result<digest_value> finish(const claim&, const digest_value&, const E&);");
    constexpr layout_traits traits = L::traits;
    static_assert(traits.max_signers != 0, "modsig: a blob_layout needs room for a signer: traits.max_signers is 1 or more");
    static_assert(traits.brings_certificates == detail::has_certificates<L>,
                  "modsig: traits.brings_certificates goes with a cursor that has certificates(), and only with one");
    static_assert(traits.names_keys == detail::has_names<L>,
                  "modsig: traits.names_keys goes with names: static constexpr bool names(const key_identifier&, const key_info&);");
    static_assert(traits.digests_keys == detail::has_key_digest<L>,
                  "modsig: traits.digests_keys goes with key_digest: static constexpr digest_value key_digest(const public_key&, digest_id);");
    static_assert(traits.scheme_by_key == detail::has_scheme_of<L>,
                  "modsig: traits.scheme_by_key goes with scheme_of: static constexpr scheme_id scheme_of(key_algorithm);");
    static_assert(traits.signs_messages == detail::has_message<L>,
                  "modsig: traits.signs_messages goes with message: template <digests_parts E> static constexpr result<signed_message> "
                  "message(const claim&, byte_view, const digest_value&, const E&);");
    static_assert(traits.signs_within == detail::has_inner<L>,
                  "modsig: traits.signs_within goes with inner: static constexpr result<std::optional<inner_signature>> inner(const subject&, const claim&);");
    static_assert(traits.digests_content == detail::has_content_digest<L>,
                  "modsig: traits.digests_content goes with content_digest: template <digests_parts E> static constexpr result<digest_value> "
                  "content_digest(const subject&, const claim&, const E&);");
    static_assert(traits.reads_directly == detail::has_read<L>,
                  "modsig: traits.reads_directly goes with read: static constexpr result<void> read(const subject&, const located&, claim&);");
    return true;
}

}  // namespace modsig

#endif  // MODSIG_LAYOUT_HPP
