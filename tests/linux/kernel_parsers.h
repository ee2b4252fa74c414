/* SPDX-License-Identifier: BSL-1.0
 *
 * The kernel's parsers, as differential.cpp calls them: what they answer, in plain C. Everything points into the input or into
 * memory that the next call empties.
 */
#ifndef MODSIG_TESTS_LINUX_KERNEL_PARSERS_H
#define MODSIG_TESTS_LINUX_KERNEL_PARSERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct kernel_bytes {
	const uint8_t *data; /* null: there is none */
	size_t size;
};

/* struct x509_certificate */
struct kernel_certificate {
	struct kernel_bytes tbs, serial, issuer, subject, skid, key, signature;
	struct kernel_bytes authority_name, authority_key_id; /* as asymmetric_key_generate_id() joins them */
	const char *key_algorithm, *signature_algorithm, *digest;
	int64_t valid_from, valid_to;
	bool is_ca, digital_signature, cert_sign, self_signed;
};

/* struct pkcs7_signed_info */
struct kernel_signer {
	struct kernel_bytes id; /* as asymmetric_key_generate_id() joins it */
	struct kernel_bytes signature, attributes /* without the tag */, message_digest;
	const char *algorithm, *digest;
	bool has_signing_time;
	int64_t signing_time;
};

enum { kernel_most = 64 };

struct kernel_message {
	size_t certificate_count, signer_count;
	struct kernel_certificate certificates[kernel_most];
	struct kernel_signer signers[kernel_most];
};

struct kernel_rsa_key {
	struct kernel_bytes modulus, exponent;
};

struct kernel_ecdsa_signature {
	struct kernel_bytes r, s; /* words, the least significant first, each as this machine has it */
};
enum kernel_curve { kernel_p192, kernel_p256, kernel_p384, kernel_p521 };

/* What pkcs7_verify() is asked about. */
enum kernel_usage { kernel_module_signature, kernel_unspecified_signature };

/* Each answers 0 or a negative errno. */
int kernel_parse_certificate(struct kernel_bytes der, struct kernel_certificate *found);
int kernel_parse_rsa_key(struct kernel_bytes der, struct kernel_rsa_key *found);
/* ecdsa_verify() up to the arithmetic. */
int kernel_parse_ecdsa_signature(struct kernel_bytes der, enum kernel_curve on, struct kernel_ecdsa_signature *found);
/* verify_pkcs7_message_sig() for detached data, up to the first signer. */
int kernel_parse_message(struct kernel_bytes der, enum kernel_usage usage, struct kernel_message *found);

#ifdef __cplusplus
}
#endif

#endif
