// SPDX-License-Identifier: BSL-1.0
//
// How Linux finds a certificate's key in a keyring: crypto/asymmetric_keys/asymmetric_type.c, find_asymmetric_key(). Keys
// without a certificate have no identifiers there.
#ifndef MODSIG_LINUX_KEYRING_LOOKUP_HPP
#define MODSIG_LINUX_KEYRING_LOOKUP_HPP

#include <modsig/linux/key/joined_id.hpp>
#include <modsig/linux/key/rsa_modulus.hpp>
#include <modsig/result.hpp>

#include <cstddef>
#include <optional>
#include <span>

namespace modsig::kernel {

/// request_asymmetric_key() of security/integrity/digsig_asymmetric.c searches for `id:` and four bytes;
/// asymmetric_key_id_partial() compares them with the end of the subjectKeyIdentifier, and of serial number and issuer. A bare
/// key, which Linux does not have, is found like the certificate that would hold it, unless it is an RSA key of a size that
/// keeps such a certificate out.
[[nodiscard]] constexpr bool is_found_by_end(const key_info& info, byte_view end) {
    if (info.certificate.empty()) {
        const bool kept_out = info.key.algorithm == key_algorithm::rsa && !linux_takes_rsa_modulus(info.key.material);
        return !kept_out && info.has_ima_id && equal(info.ima_id, end);
    }
    const auto skid = skid_of(info);
    return id_of(info).ends_with(end) || (skid && skid->ends_with(end));
}

/// find_asymmetric_key(): searches by `id`, or by `skid` where no `id` is given: the first key with this identifier of either kind.
/// Where both are given, `skid` must be that key's subjectKeyIdentifier (`key_name_mismatch`, EKEYREJECTED). Where none is given, the
/// first key whose subject is `name`. Else `key_not_found`; an empty identifier is `missing_element` (EINVAL). `Key` has an `info`.
template <class Key>
[[nodiscard]] constexpr result<const Key*> find_key(std::span<const Key> keys, std::optional<joined_id> id, std::optional<joined_id> skid,
                                                    byte_view name = {}) {
    const std::optional<joined_id>& wanted = id ? id : skid;
    if (wanted && wanted->size() == 0) return failure{errc::missing_element, 0, linux_error::einval};
    for (const Key& key : keys) {
        if (key.info.certificate.empty()) continue;
        if (!wanted && !name.empty() && equal(key.info.subject, name)) return &key;
        if (!wanted) continue;
        const auto own_skid = skid_of(key.info);
        if (!(id_of(key.info) == *wanted) && !(own_skid && *own_skid == *wanted)) continue;
        if (id && skid && !(own_skid && *own_skid == *skid)) return errc::key_name_mismatch;
        return &key;
    }
    return errc::key_not_found;
}

}  // namespace modsig::kernel

#endif  // MODSIG_LINUX_KEYRING_LOOKUP_HPP
