// SPDX-License-Identifier: BSL-1.0
//
// The one table of algorithms: each digest, key algorithm and signature scheme with its name, number and object
// identifier in every format.
//   Linux numbers and names: include/uapi/linux/hash_info.h, crypto/hash_info.c; fs-verity: include/uapi/linux/fsverity.h
//   PKCS#1 DigestInfo: RFC 8017, section 9.2, note 1; crypto/rsa-pkcs1pad.c lists the digests for which Linux has one
//   OIDs: include/linux/oid_registry.h; RFC 3279, 5754, 5758, 8410, 9688, 9881
#ifndef MODSIG_ALGORITHM_HPP
#define MODSIG_ALGORITHM_HPP

#include <modsig/bytes.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace modsig {

/// Content octets of a DER OBJECT IDENTIFIER.
struct object_identifier {
    std::array<std::uint8_t, 10> bytes{};
    std::uint8_t size = 0;

    constexpr object_identifier() = default;
    template <class... Byte>
    static constexpr object_identifier of(Byte... byte) {
        object_identifier oid;
        ((oid.bytes[oid.size++] = static_cast<std::uint8_t>(byte)), ...);
        return oid;
    }
    [[nodiscard]] constexpr byte_view view() const { return byte_view(bytes).first(size); }
    [[nodiscard]] constexpr bool empty() const { return size == 0; }
};

// ---- digests ---------------------------------------------------------------------------------------------------------

/// `none` stands for no digest: schemes that sign the message itself (Ed25519, ML-DSA).
enum class digest_id : std::uint8_t {
    none, md4, md5, sha1, rmd160, sha224, sha256, sha384, sha512, sm3, streebog256, streebog512, sha3_256, sha3_384, sha3_512,
};

inline constexpr std::size_t max_digest_size = 64;
inline constexpr std::uint8_t no_number = 0xff;

struct digest_algorithm {
    digest_id id;
    std::string_view name;           // Linux
    std::string_view openssl_name;
    std::uint8_t size;               // bytes
    std::uint8_t block_size;         // bytes
    std::uint8_t linux_number;       // enum hash_algo: IMA v2 and v3, MODSIGN of 3.7
    std::uint8_t digsig_v1_number;   // include/linux/digsig.h
    std::uint8_t fsverity_number;
    bool linux_has_digest_info;      // Linux verifies RSA PKCS#1 v1.5 with it
    bool weak;                       // collisions are known or feasible
    object_identifier oid;
};

// clang-format off
inline constexpr digest_algorithm digest_table[] = {
    {digest_id::none,        "none",        "",               0,   1, no_number, no_number, no_number, false, false, {}},
    {digest_id::md4,         "md4",         "md4",            16,  64, 0,  no_number, no_number, false, true,  object_identifier::of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x04)},
    {digest_id::md5,         "md5",         "md5",            16,  64, 1,  no_number, no_number, true,  true,  object_identifier::of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05)},
    {digest_id::sha1,        "sha1",        "sha1",           20,  64, 2,  0,         no_number, true,  true,  object_identifier::of(0x2b, 0x0e, 0x03, 0x02, 0x1a)},
    {digest_id::rmd160,      "rmd160",      "ripemd160",      20,  64, 3,  no_number, no_number, true,  true,  object_identifier::of(0x2b, 0x24, 0x03, 0x02, 0x01)},
    {digest_id::sha224,      "sha224",      "sha224",         28,  64, 7,  no_number, no_number, true,  false, object_identifier::of(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x04)},
    {digest_id::sha256,      "sha256",      "sha256",         32,  64, 4,  1,         1,         true,  false, object_identifier::of(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01)},
    {digest_id::sha384,      "sha384",      "sha384",         48, 128, 5,  no_number, no_number, true,  false, object_identifier::of(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02)},
    {digest_id::sha512,      "sha512",      "sha512",         64, 128, 6,  no_number, 2,         true,  false, object_identifier::of(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03)},
    {digest_id::sm3,         "sm3",         "sm3",            32,  64, 17, no_number, no_number, false, false, object_identifier::of(0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x83, 0x11)},
    {digest_id::streebog256, "streebog256", "md_gost12_256",  32,  64, 18, no_number, no_number, false, false, object_identifier::of(0x2a, 0x85, 0x03, 0x07, 0x01, 0x01, 0x02, 0x02)},
    {digest_id::streebog512, "streebog512", "md_gost12_512",  64,  64, 19, no_number, no_number, false, false, object_identifier::of(0x2a, 0x85, 0x03, 0x07, 0x01, 0x01, 0x02, 0x03)},
    {digest_id::sha3_256,    "sha3-256",    "sha3-256",       32, 136, 20, no_number, no_number, true,  false, object_identifier::of(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x08)},
    {digest_id::sha3_384,    "sha3-384",    "sha3-384",       48, 104, 21, no_number, no_number, true,  false, object_identifier::of(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x09)},
    {digest_id::sha3_512,    "sha3-512",    "sha3-512",       64,  72, 22, no_number, no_number, true,  false, object_identifier::of(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x0a)},
};
// clang-format on

inline constexpr std::size_t digest_count = sizeof(digest_table) / sizeof(digest_table[0]);

namespace detail {
consteval bool digest_table_is_in_order() {
    for (std::size_t i = 0; i != digest_count; ++i)
        if (static_cast<std::size_t>(digest_table[i].id) != i) return false;
    return true;
}
}  // namespace detail
static_assert(detail::digest_table_is_in_order());

[[nodiscard]] constexpr const digest_algorithm& entry_of(digest_id id) { return digest_table[static_cast<std::size_t>(id)]; }
[[nodiscard]] constexpr std::string_view name(digest_id id) { return entry_of(id).name; }

namespace detail {
/// A single column of the table, for small programs, which need no names and object identifiers.
template <auto Column>
inline constexpr auto digest_column = [] {
    std::array<std::uint8_t, digest_count> column{};
    for (std::size_t i = 0; i != digest_count; ++i) column[i] = digest_table[i].*Column;
    return column;
}();
}  // namespace detail

[[nodiscard]] constexpr std::size_t size_of(digest_id id) { return detail::digest_column<&digest_algorithm::size>[static_cast<std::size_t>(id)]; }
/// Whether collisions of the digest are known or feasible.
[[nodiscard]] constexpr bool is_weak(digest_id id) { return detail::digest_column<&digest_algorithm::weak>[static_cast<std::size_t>(id)] != 0; }

namespace detail {
template <class Matches>
constexpr digest_id find_digest(Matches matches) {
    for (const digest_algorithm& row : digest_table)
        if (row.id != digest_id::none && matches(row)) return row.id;
    return digest_id::none;
}
}  // namespace detail

// Each of these returns `none` for an unknown value.
[[nodiscard]] constexpr digest_id digest_of_oid(byte_view oid) {
    return detail::find_digest([&](const digest_algorithm& row) { return equal(row.oid.view(), oid); });
}
[[nodiscard]] constexpr digest_id digest_of_linux_number(std::uint8_t number) {
    return number == no_number ? digest_id::none
                               : detail::find_digest([&](const digest_algorithm& row) { return row.linux_number == number; });
}
[[nodiscard]] constexpr digest_id digest_of_digsig_v1_number(std::uint8_t number) {
    constexpr auto& numbers = detail::digest_column<&digest_algorithm::digsig_v1_number>;
    for (std::size_t i = 1; i != digest_count; ++i)
        if (numbers[i] == number && number != no_number) return static_cast<digest_id>(i);
    return digest_id::none;
}
[[nodiscard]] constexpr digest_id digest_of_fsverity_number(std::uint8_t number) {
    return number == no_number ? digest_id::none
                               : detail::find_digest([&](const digest_algorithm& row) { return row.fsverity_number == number; });
}
/// By the name that Linux or OpenSSL has for the digest.
[[nodiscard]] constexpr digest_id digest_of_name(std::string_view name) {
    return detail::find_digest([&](const digest_algorithm& row) { return row.name == name || row.openssl_name == name; });
}

/// The DER before the digest in a PKCS#1 v1.5 block: SEQUENCE { SEQUENCE { OID, NULL }, OCTET STRING }.
struct digest_info_prefix {
    std::array<std::uint8_t, 20> bytes{};
    std::uint8_t size = 0;

    constexpr explicit digest_info_prefix(digest_id id) {
        const digest_algorithm& digest = entry_of(id);
        const auto put = [&](std::size_t byte) { bytes[size++] = static_cast<std::uint8_t>(byte); };
        put(0x30), put(8u + digest.oid.size + digest.size);
        put(0x30), put(4u + digest.oid.size);
        put(0x06), put(digest.oid.size);
        for (const std::uint8_t byte : digest.oid.view()) put(byte);
        put(0x05), put(0);
        put(0x04), put(digest.size);
    }
    [[nodiscard]] constexpr byte_view view() const { return byte_view(bytes).first(size); }
};
static_assert(digest_info_prefix(digest_id::sha512).bytes[1] == 0x51 && digest_info_prefix(digest_id::sha1).size == 15);

/// A digest with its algorithm.
struct digest_value {
    digest_id id = digest_id::none;
    std::array<std::uint8_t, max_digest_size> bytes{};

    [[nodiscard]] constexpr byte_view view() const { return byte_view(bytes).first(size_of(id)); }
};

// Digests as types: policy::digests<sha256, sha512>, engine::basic_botan<digest_list<sha256>>.
template <digest_id Id>
struct digest_tag {
    static constexpr digest_id id = Id;
    static constexpr std::size_t size = size_of(Id);
};
using md5 = digest_tag<digest_id::md5>;
using sha1 = digest_tag<digest_id::sha1>;
using rmd160 = digest_tag<digest_id::rmd160>;
using sha224 = digest_tag<digest_id::sha224>;
using sha256 = digest_tag<digest_id::sha256>;
using sha384 = digest_tag<digest_id::sha384>;
using sha512 = digest_tag<digest_id::sha512>;
using sm3 = digest_tag<digest_id::sm3>;
using streebog256 = digest_tag<digest_id::streebog256>;
using streebog512 = digest_tag<digest_id::streebog512>;
using sha3_256 = digest_tag<digest_id::sha3_256>;
using sha3_384 = digest_tag<digest_id::sha3_384>;
using sha3_512 = digest_tag<digest_id::sha3_512>;

template <class T>
concept digest_name = requires {
    { T::id } -> std::convertible_to<digest_id>;
    { T::size } -> std::convertible_to<std::size_t>;
};

/// The digests that a program has.
template <digest_name... Digest>
struct digest_list {
    [[nodiscard]] static constexpr bool has([[maybe_unused]] digest_id id) { return ((Digest::id == id) || ...); }
};

// ---- keys and signature schemes --------------------------------------------------------------------------------------

enum class key_algorithm : std::uint8_t {
    none, rsa, ecdsa_p192, ecdsa_p256, ecdsa_p384, ecdsa_p521, ed25519, ml_dsa_44, ml_dsa_65, ml_dsa_87, ecrdsa, sm2,
};

enum class scheme_id : std::uint8_t {
    none,
    rsa_pkcs1_raw,  // 00 01 FF.. 00 and the bare digest (digsig v1)
    rsa_pkcs1_v15,  // as rsa_pkcs1_raw, with DigestInfo
    rsa_pss,
    ecdsa,          // DER SEQUENCE { r, s }
    ed25519,        // of the message itself, as ML-DSA
    ml_dsa_44,      // pure, with the empty context
    ml_dsa_65,
    ml_dsa_87,
    ecrdsa,
    sm2,
};

struct signature_scheme {
    scheme_id id;
    std::string_view name;
};

inline constexpr signature_scheme scheme_table[] = {
    {scheme_id::none, "-"},          {scheme_id::rsa_pkcs1_raw, "rsa-pkcs1-raw"}, {scheme_id::rsa_pkcs1_v15, "rsa-pkcs1"},
    {scheme_id::rsa_pss, "rsa-pss"}, {scheme_id::ecdsa, "ecdsa"},                 {scheme_id::ed25519, "ed25519"},
    {scheme_id::ml_dsa_44, "ml-dsa-44"}, {scheme_id::ml_dsa_65, "ml-dsa-65"},     {scheme_id::ml_dsa_87, "ml-dsa-87"},
    {scheme_id::ecrdsa, "ecrdsa"},   {scheme_id::sm2, "sm2"},
};

namespace detail {
consteval bool scheme_table_is_in_order() {
    for (std::size_t i = 0; i != sizeof(scheme_table) / sizeof(scheme_table[0]); ++i)
        if (static_cast<std::size_t>(scheme_table[i].id) != i) return false;
    return true;
}
}  // namespace detail
static_assert(detail::scheme_table_is_in_order());

[[nodiscard]] constexpr std::string_view name(scheme_id id) { return scheme_table[static_cast<std::size_t>(id)].name; }

struct key_algorithm_entry {
    key_algorithm id;
    std::string_view name;
    std::uint16_t bits;         // of the field or parameter set; 0: bits of the modulus
    std::uint16_t key_size;     // bytes of the public key as stored in its BIT STRING; 0: it varies
    object_identifier oid;      // SubjectPublicKeyInfo algorithm
    object_identifier curve;    // its parameter, for id-ecPublicKey
};

namespace detail {
inline constexpr auto ec_public_key = object_identifier::of(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01);
}

// clang-format off
inline constexpr key_algorithm_entry key_algorithm_table[] = {
    {key_algorithm::none,       "none",       0,    0,    {}, {}},
    {key_algorithm::rsa,        "rsa",        0,    0,    object_identifier::of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01), {}},
    {key_algorithm::ecdsa_p192, "ecdsa-p192", 192,  49,   detail::ec_public_key, object_identifier::of(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x01)},
    {key_algorithm::ecdsa_p256, "ecdsa-p256", 256,  65,   detail::ec_public_key, object_identifier::of(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07)},
    {key_algorithm::ecdsa_p384, "ecdsa-p384", 384,  97,   detail::ec_public_key, object_identifier::of(0x2b, 0x81, 0x04, 0x00, 0x22)},
    {key_algorithm::ecdsa_p521, "ecdsa-p521", 521,  133,  detail::ec_public_key, object_identifier::of(0x2b, 0x81, 0x04, 0x00, 0x23)},
    {key_algorithm::ed25519,    "ed25519",    255,  32,   object_identifier::of(0x2b, 0x65, 0x70), {}},
    {key_algorithm::ml_dsa_44,  "ml-dsa-44",  0,    1312, object_identifier::of(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x11), {}},
    {key_algorithm::ml_dsa_65,  "ml-dsa-65",  0,    1952, object_identifier::of(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x12), {}},
    {key_algorithm::ml_dsa_87,  "ml-dsa-87",  0,    2592, object_identifier::of(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x13), {}},
    {key_algorithm::ecrdsa,     "ecrdsa",     0,    0,    object_identifier::of(0x2a, 0x85, 0x03, 0x07, 0x01, 0x01, 0x01, 0x01), {}},
    {key_algorithm::sm2,        "sm2",        256,  65,   object_identifier::of(0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x82, 0x2d), {}},
};
// clang-format on

[[nodiscard]] constexpr const key_algorithm_entry& entry_of(key_algorithm id) { return key_algorithm_table[static_cast<std::size_t>(id)]; }
[[nodiscard]] constexpr std::string_view name(key_algorithm id) { return entry_of(id).name; }

[[nodiscard]] constexpr bool is_ecdsa(key_algorithm id) {
    return id == key_algorithm::ecdsa_p192 || id == key_algorithm::ecdsa_p256 || id == key_algorithm::ecdsa_p384 ||
           id == key_algorithm::ecdsa_p521;
}

[[nodiscard]] constexpr bool is_ml_dsa(key_algorithm id) {
    return id == key_algorithm::ml_dsa_44 || id == key_algorithm::ml_dsa_65 || id == key_algorithm::ml_dsa_87;
}
[[nodiscard]] constexpr bool is_ml_dsa(scheme_id id) { return id == scheme_id::ml_dsa_44 || id == scheme_id::ml_dsa_65 || id == scheme_id::ml_dsa_87; }

/// Whether a scheme signs the message itself, not a digest.
[[nodiscard]] constexpr bool signs_message(scheme_id id) { return id == scheme_id::ed25519 || is_ml_dsa(id); }

/// The scheme of ML-DSA keys with these parameters; `none` for other keys.
[[nodiscard]] constexpr scheme_id ml_dsa_scheme_of(key_algorithm key) {
    switch (key) {
        case key_algorithm::ml_dsa_44: return scheme_id::ml_dsa_44;
        case key_algorithm::ml_dsa_65: return scheme_id::ml_dsa_65;
        case key_algorithm::ml_dsa_87: return scheme_id::ml_dsa_87;
        default: return scheme_id::none;
    }
}

/// Whether a key of this algorithm can make signatures of this scheme.
[[nodiscard]] constexpr bool fits(key_algorithm key, scheme_id scheme) {
    switch (scheme) {
        case scheme_id::rsa_pkcs1_raw:
        case scheme_id::rsa_pkcs1_v15:
        case scheme_id::rsa_pss: return key == key_algorithm::rsa;
        case scheme_id::ecdsa: return is_ecdsa(key);
        case scheme_id::ed25519: return key == key_algorithm::ed25519;
        case scheme_id::ml_dsa_44:
        case scheme_id::ml_dsa_65:
        case scheme_id::ml_dsa_87: return scheme == ml_dsa_scheme_of(key);
        case scheme_id::ecrdsa: return key == key_algorithm::ecrdsa;
        case scheme_id::sm2: return key == key_algorithm::sm2;
        case scheme_id::none: return false;
    }
    return false;
}

/// An OID in a signatureAlgorithm field: the scheme, and the digest where the OID names one.
struct signature_oid {
    scheme_id scheme;
    digest_id digest;
    object_identifier oid;
};

// clang-format off
inline constexpr signature_oid signature_oid_table[] = {
    {scheme_id::rsa_pkcs1_v15, digest_id::none,     object_identifier::of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01)},  // rsaEncryption
    {scheme_id::rsa_pkcs1_v15, digest_id::md4,      object_identifier::of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x03)},
    {scheme_id::rsa_pkcs1_v15, digest_id::md5,      object_identifier::of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x04)},
    {scheme_id::rsa_pkcs1_v15, digest_id::sha1,     object_identifier::of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05)},
    {scheme_id::rsa_pss,       digest_id::none,     object_identifier::of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a)},
    {scheme_id::rsa_pkcs1_v15, digest_id::sha256,   object_identifier::of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b)},
    {scheme_id::rsa_pkcs1_v15, digest_id::sha384,   object_identifier::of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0c)},
    {scheme_id::rsa_pkcs1_v15, digest_id::sha512,   object_identifier::of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0d)},
    {scheme_id::rsa_pkcs1_v15, digest_id::sha224,   object_identifier::of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0e)},
    {scheme_id::rsa_pkcs1_v15, digest_id::sha3_256, object_identifier::of(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x0e)},
    {scheme_id::rsa_pkcs1_v15, digest_id::sha3_384, object_identifier::of(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x0f)},
    {scheme_id::rsa_pkcs1_v15, digest_id::sha3_512, object_identifier::of(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x10)},
    {scheme_id::ecdsa,         digest_id::sha1,     object_identifier::of(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01)},
    {scheme_id::ecdsa,         digest_id::sha224,   object_identifier::of(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x01)},
    {scheme_id::ecdsa,         digest_id::sha256,   object_identifier::of(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02)},
    {scheme_id::ecdsa,         digest_id::sha384,   object_identifier::of(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03)},
    {scheme_id::ecdsa,         digest_id::sha512,   object_identifier::of(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04)},
    {scheme_id::ecdsa,         digest_id::sha3_256, object_identifier::of(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x0a)},
    {scheme_id::ecdsa,         digest_id::sha3_384, object_identifier::of(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x0b)},
    {scheme_id::ecdsa,         digest_id::sha3_512, object_identifier::of(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x0c)},
    {scheme_id::ed25519,       digest_id::none,     object_identifier::of(0x2b, 0x65, 0x70)},
    {scheme_id::ml_dsa_44,     digest_id::none,     object_identifier::of(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x11)},
    {scheme_id::ml_dsa_65,     digest_id::none,     object_identifier::of(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x12)},
    {scheme_id::ml_dsa_87,     digest_id::none,     object_identifier::of(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x13)},
    {scheme_id::ecrdsa,        digest_id::streebog256, object_identifier::of(0x2a, 0x85, 0x03, 0x07, 0x01, 0x01, 0x03, 0x02)},
    {scheme_id::ecrdsa,        digest_id::streebog512, object_identifier::of(0x2a, 0x85, 0x03, 0x07, 0x01, 0x01, 0x03, 0x03)},
    {scheme_id::sm2,           digest_id::sm3,      object_identifier::of(0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x83, 0x75)},
};
// clang-format on

/// `signature_of_oid` returns the row of an OID; null for an unknown OID.
[[nodiscard]] constexpr const signature_oid* signature_of_oid(byte_view oid) {
    for (const signature_oid& row : signature_oid_table)
        if (equal(row.oid.view(), oid)) return &row;
    return nullptr;
}

/// The key algorithm of a SubjectPublicKeyInfo; `curve` is its parameter where that is an OID, else empty.
[[nodiscard]] constexpr key_algorithm key_algorithm_of_oid(byte_view oid, byte_view curve) {
    for (const key_algorithm_entry& row : key_algorithm_table)
        if (row.id != key_algorithm::none && equal(row.oid.view(), oid) && (row.curve.empty() || equal(row.curve.view(), curve)))
            return row.id;
    return key_algorithm::none;
}

}  // namespace modsig

#endif  // MODSIG_ALGORITHM_HPP
