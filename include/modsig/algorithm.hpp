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
    std::array<std::uint8_t, 10> bytes{};  ///< the first `size` are used
    std::uint8_t size = 0;                 ///< bytes

    constexpr object_identifier() = default;
    /// An identifier of at most ten content octets, such as of(0x2b, 0x65, 0x70).
    template <class... Byte>
    static constexpr object_identifier of(Byte... byte) {
        object_identifier oid;
        ((oid.bytes[oid.size++] = static_cast<std::uint8_t>(byte)), ...);
        return oid;
    }
    /// The content octets; the view aliases this object.
    [[nodiscard]] constexpr byte_view view() const { return byte_view(bytes).first(size); }
    /// Whether no algorithm has this identifier in the formats.
    [[nodiscard]] constexpr bool empty() const { return size == 0; }
};

// ---- digests ---------------------------------------------------------------------------------------------------------

/// `none` stands for no digest: schemes that sign the message itself (Ed25519, ML-DSA).
enum class digest_id : std::uint8_t {
    none,         ///< no digest
    md4,          ///< RFC 1320
    md5,          ///< RFC 1321
    sha1,         ///< FIPS 180-4
    rmd160,       ///< RIPEMD-160, ISO/IEC 10118-3
    sha224,       ///< FIPS 180-4
    sha256,       ///< FIPS 180-4
    sha384,       ///< FIPS 180-4
    sha512,       ///< FIPS 180-4
    sm3,          ///< GB/T 32905
    streebog256,  ///< GOST R 34.11-2012, RFC 6986
    streebog512,  ///< GOST R 34.11-2012, RFC 6986
    sha3_256,     ///< FIPS 202
    sha3_384,     ///< FIPS 202
    sha3_512,     ///< FIPS 202
};

inline constexpr std::size_t max_digest_size = 64;  ///< Bytes of the longest digest: SHA-512.
inline constexpr std::uint8_t no_number = 0xff;     ///< A format has no number for the digest.

/// A row of digest_table: one digest in every format.
struct digest_algorithm {
    digest_id id;                   ///< the row's index, too
    std::string_view name;          ///< Linux, crypto/hash_info.c, hash_algo_name[]
    std::string_view openssl_name;  ///< of OpenSSL's objects, as `openssl dgst -list` has it
    std::uint8_t size;              ///< bytes
    std::uint8_t block_size;        ///< bytes
    std::uint8_t linux_number;      ///< include/uapi/linux/hash_info.h, enum hash_algo: IMA v2 and v3, MODSIGN of 3.7; or no_number
    std::uint8_t digsig_v1_number;  ///< include/linux/digsig.h, enum digest_algo; or no_number
    std::uint8_t fsverity_number;   ///< include/uapi/linux/fsverity.h, FS_VERITY_HASH_ALG_*; or no_number
    bool linux_has_digest_info;     ///< Linux verifies RSA PKCS#1 v1.5 with it
    bool weak;                      ///< collisions are known or feasible
    object_identifier oid;          ///< of the digest alone; empty for `none`
};

// clang-format off
/// One row a digest_id, in its order.
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

/// Rows of digest_table, `none` included.
inline constexpr std::size_t digest_count = sizeof(digest_table) / sizeof(digest_table[0]);

namespace detail {
consteval bool digest_table_is_in_order() {
    for (std::size_t i = 0; i != digest_count; ++i)
        if (static_cast<std::size_t>(digest_table[i].id) != i) return false;
    return true;
}
}  // namespace detail
static_assert(detail::digest_table_is_in_order());

/// The row of a digest; static storage. `id` is an enumerator: no other value is checked for.
[[nodiscard]] constexpr const digest_algorithm& entry_of(digest_id id) { return digest_table[static_cast<std::size_t>(id)]; }
/// Linux's name, such as "sha256"; "none" for no digest.
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

/// Bytes of a digest; 0 for `none`.
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
/// The digest with this object identifier, as content octets; `none`: unknown.
[[nodiscard]] constexpr digest_id digest_of_oid(byte_view oid) {
    return detail::find_digest([&](const digest_algorithm& row) { return equal(row.oid.view(), oid); });
}
/// The digest with this number in enum hash_algo; `none`: unknown.
[[nodiscard]] constexpr digest_id digest_of_linux_number(std::uint8_t number) {
    return number == no_number ? digest_id::none
                               : detail::find_digest([&](const digest_algorithm& row) { return row.linux_number == number; });
}
/// The digest with this number in digsig v1's header: 0 or 1; `none`: unknown.
[[nodiscard]] constexpr digest_id digest_of_digsig_v1_number(std::uint8_t number) {
    constexpr auto& numbers = detail::digest_column<&digest_algorithm::digsig_v1_number>;
    for (std::size_t i = 1; i != digest_count; ++i)
        if (numbers[i] == number && number != no_number) return static_cast<digest_id>(i);
    return digest_id::none;
}
/// The digest with this number in fs-verity's descriptor: 1 or 2; `none`: unknown.
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
    std::array<std::uint8_t, 20> bytes{};  ///< the first `size` are used
    std::uint8_t size = 0;                 ///< bytes

    /// The prefix for a digest that has an object identifier; whether Linux verifies with it,
    /// digest_algorithm::linux_has_digest_info says.
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
    /// The DER; the view aliases this object.
    [[nodiscard]] constexpr byte_view view() const { return byte_view(bytes).first(size); }
};
static_assert(digest_info_prefix(digest_id::sha512).bytes[1] == 0x51 && digest_info_prefix(digest_id::sha1).size == 15);

/// A digest with its algorithm.
struct digest_value {
    digest_id id = digest_id::none;                     ///< `none`: the digest is empty
    std::array<std::uint8_t, max_digest_size> bytes{};  ///< the first size_of(id) are the digest

    /// The digest's bytes; the view aliases this object. Empty for `none`.
    [[nodiscard]] constexpr byte_view view() const { return byte_view(bytes).first(size_of(id)); }
};

/// A digest as a type: policy::digests<sha256, sha512>, engine::basic_botan<digest_list<sha256>>.
template <digest_id Id>
struct digest_tag {
    static constexpr digest_id id = Id;               ///< the algorithm
    static constexpr std::size_t size = size_of(Id);  ///< bytes of the digest
};
using md5 = digest_tag<digest_id::md5>;                  ///< MD5, RFC 1321; weak.
using sha1 = digest_tag<digest_id::sha1>;                ///< SHA-1, FIPS 180-4; weak.
using rmd160 = digest_tag<digest_id::rmd160>;            ///< RIPEMD-160; weak.
using sha224 = digest_tag<digest_id::sha224>;            ///< SHA-224, FIPS 180-4.
using sha256 = digest_tag<digest_id::sha256>;            ///< SHA-256, FIPS 180-4.
using sha384 = digest_tag<digest_id::sha384>;            ///< SHA-384, FIPS 180-4.
using sha512 = digest_tag<digest_id::sha512>;            ///< SHA-512, FIPS 180-4.
using sm3 = digest_tag<digest_id::sm3>;                  ///< SM3, GB/T 32905.
using streebog256 = digest_tag<digest_id::streebog256>;  ///< Streebog of 256 bits, RFC 6986.
using streebog512 = digest_tag<digest_id::streebog512>;  ///< Streebog of 512 bits, RFC 6986.
using sha3_256 = digest_tag<digest_id::sha3_256>;        ///< SHA3-256, FIPS 202.
using sha3_384 = digest_tag<digest_id::sha3_384>;        ///< SHA3-384, FIPS 202.
using sha3_512 = digest_tag<digest_id::sha3_512>;        ///< SHA3-512, FIPS 202.

/// What a list of digests is made of: digest_tag, or what has its members.
template <class T>
concept digest_name = requires {
    { T::id } -> std::convertible_to<digest_id>;
    { T::size } -> std::convertible_to<std::size_t>;
};

/// The digests that a program has.
template <digest_name... Digest>
struct digest_list {
    /// Whether the list has the digest; never for `none`.
    [[nodiscard]] static constexpr bool has([[maybe_unused]] digest_id id) { return ((Digest::id == id) || ...); }
};

// ---- keys and signature schemes --------------------------------------------------------------------------------------

/// The algorithm of a public key, its curve or parameter set included.
enum class key_algorithm : std::uint8_t {
    none,        ///< no key
    rsa,         ///< RFC 8017; any length
    ecdsa_p192,  ///< NIST P-192, secp192r1
    ecdsa_p256,  ///< NIST P-256, SP 800-186
    ecdsa_p384,  ///< NIST P-384, SP 800-186
    ecdsa_p521,  ///< NIST P-521, SP 800-186
    ed25519,     ///< RFC 8032
    ml_dsa_44,   ///< FIPS 204
    ml_dsa_65,   ///< FIPS 204
    ml_dsa_87,   ///< FIPS 204
    ecrdsa,      ///< GOST R 34.10-2012, of 256 bits; known by name, no engine has it
    sm2,         ///< GB/T 32918; known by name, no engine has it
};

/// How a signature is made with a key: the padding or the equation.
enum class scheme_id : std::uint8_t {
    none,           ///< determined by the key, or unknown
    rsa_pkcs1_raw,  ///< 00 01 FF.. 00 and the bare digest (digsig v1)
    rsa_pkcs1_v15,  ///< as rsa_pkcs1_raw, with DigestInfo
    rsa_pss,        ///< RFC 8017, section 8.1; MGF1 with the same digest
    ecdsa,          ///< DER SEQUENCE { r, s }
    ed25519,        ///< of the message itself, as ML-DSA
    ml_dsa_44,      ///< pure, with the empty context
    ml_dsa_65,      ///< as ml_dsa_44
    ml_dsa_87,      ///< as ml_dsa_44
    ecrdsa,         ///< known by name, no engine has it
    sm2,            ///< known by name, no engine has it
};

/// A row of scheme_table.
struct signature_scheme {
    scheme_id id;           ///< the row's index, too
    std::string_view name;  ///< for reports, such as "rsa-pss"
};

/// One row a scheme_id, in its order.
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

/// The name for reports, such as "rsa-pss"; "-" for `none`.
[[nodiscard]] constexpr std::string_view name(scheme_id id) { return scheme_table[static_cast<std::size_t>(id)].name; }

/// A row of key_algorithm_table: one key algorithm in SubjectPublicKeyInfo.
struct key_algorithm_entry {
    key_algorithm id;         ///< the row's index, too
    std::string_view name;    ///< for reports, such as "ecdsa-p256"
    std::uint16_t bits;       ///< of the field or parameter set; 0: bits of the modulus
    std::uint16_t key_size;   ///< bytes of the public key as stored in its BIT STRING; 0: it varies
    object_identifier oid;    ///< SubjectPublicKeyInfo algorithm
    object_identifier curve;  ///< its parameter, for id-ecPublicKey
};

namespace detail {
inline constexpr auto ec_public_key = object_identifier::of(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01);
}

// clang-format off
/// One row a key_algorithm, in its order.
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

/// The row of a key algorithm; static storage.
[[nodiscard]] constexpr const key_algorithm_entry& entry_of(key_algorithm id) { return key_algorithm_table[static_cast<std::size_t>(id)]; }
/// The name for reports, such as "ecdsa-p256".
[[nodiscard]] constexpr std::string_view name(key_algorithm id) { return entry_of(id).name; }

/// Whether the key is of ECDSA on one of the four NIST curves.
[[nodiscard]] constexpr bool is_ecdsa(key_algorithm id) {
    return id == key_algorithm::ecdsa_p192 || id == key_algorithm::ecdsa_p256 || id == key_algorithm::ecdsa_p384 ||
           id == key_algorithm::ecdsa_p521;
}

/// Whether the key is of one of the three parameter sets of ML-DSA.
[[nodiscard]] constexpr bool is_ml_dsa(key_algorithm id) {
    return id == key_algorithm::ml_dsa_44 || id == key_algorithm::ml_dsa_65 || id == key_algorithm::ml_dsa_87;
}
/// Whether the scheme is ML-DSA, with any of its three parameter sets.
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
    scheme_id scheme;       ///< what the signature is
    digest_id digest;       ///< `none`: named elsewhere, or no digest
    object_identifier oid;  ///< in AlgorithmIdentifier
};

// clang-format off
/// The identifiers that certificates and CMS messages have; another one is an unknown algorithm.
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
