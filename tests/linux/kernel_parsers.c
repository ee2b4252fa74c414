/* SPDX-License-Identifier: BSL-1.0 */
#include "kernel_headers.h"
#include "kernel_parsers.h"

#include <crypto/internal/rsa.h>
#include <crypto/pkcs7.h>
#include <keys/asymmetric-subtype.h>
#include "pkcs7_parser.h"

/* Parts of crypto/ecdsa.c and crypto/ecc.c, taken out by differential.sh. */
#include "ecdsa_signature.c"

#include <time.h>

/* ---- what kernel_headers.h declares ---- */

static _Alignas(16) unsigned char memory[64 << 20];
static size_t memory_used;

void *kernel_allocate(size_t size) {
	void *found = memory + memory_used;
	size_t room = (size + 15) & ~(size_t)15;
	if (room > sizeof memory - memory_used) __builtin_trap();
	memory_used += room;
	return found;
}

time64_t mktime64(unsigned year, unsigned month, unsigned day, unsigned hour, unsigned minute, unsigned second) {
	struct tm time = {.tm_year = (int)year - 1900, .tm_mon = (int)month - 1, .tm_mday = (int)day,
			  .tm_hour = (int)hour, .tm_min = (int)minute, .tm_sec = (int)second};
	return timegm(&time);
}

const char *const hash_algo_name[] = {"none"};

struct crypto_shash *crypto_alloc_shash(const char *name, u32 type, u32 mask) {
	static struct crypto_shash hash;
	(void)name, (void)type, (void)mask;
	return &hash;
}

struct asymmetric_key_subtype public_key_subtype;
int register_asymmetric_key_parser(struct asymmetric_key_parser *parser) { (void)parser; return 0; }
void unregister_asymmetric_key_parser(struct asymmetric_key_parser *parser) { (void)parser; }
void public_key_free(struct public_key *key) { (void)key; }
void public_key_signature_free(struct public_key_signature *sig) { (void)sig; }
int public_key_verify_signature(const struct public_key *key, const struct public_key_signature *sig) { (void)key, (void)sig; return 0; }

/* ---- what was parsed ---- */

static struct kernel_bytes bytes(const void *data, size_t size) { return (struct kernel_bytes){data, size}; }
static struct kernel_bytes id_bytes(const struct asymmetric_key_id *id) { return id ? bytes(id->data, id->len) : bytes(NULL, 0); }

static void show_certificate(const struct x509_certificate *cert, struct kernel_certificate *found) {
	*found = (struct kernel_certificate){
		.tbs = bytes(cert->tbs, cert->tbs_size),
		.serial = bytes(cert->raw_serial, cert->raw_serial_size),
		.issuer = bytes(cert->raw_issuer, cert->raw_issuer_size),
		.subject = bytes(cert->raw_subject, cert->raw_subject_size),
		.skid = bytes(cert->raw_skid, cert->raw_skid_size),
		.key = bytes(cert->pub->key, cert->pub->keylen),
		.signature = bytes(cert->sig->s, cert->sig->s_size),
		.authority_name = id_bytes(cert->sig->auth_ids[0]),
		.authority_key_id = id_bytes(cert->sig->auth_ids[1]),
		.key_algorithm = cert->pub->pkey_algo,
		.signature_algorithm = cert->sig->pkey_algo,
		.digest = cert->sig->hash_algo,
		.valid_from = cert->valid_from,
		.valid_to = cert->valid_to,
		.is_ca = test_bit(KEY_EFLAG_CA, &cert->pub->key_eflags),
		.digital_signature = test_bit(KEY_EFLAG_DIGITALSIG, &cert->pub->key_eflags),
		.cert_sign = test_bit(KEY_EFLAG_KEYCERTSIGN, &cert->pub->key_eflags),
		.self_signed = cert->self_signed,
	};
}

int kernel_parse_certificate(struct kernel_bytes der, struct kernel_certificate *found) {
	memory_used = 0;
	struct x509_certificate *cert = x509_cert_parse(der.data, der.size);
	if (IS_ERR(cert)) return (int)PTR_ERR(cert);
	show_certificate(cert, found);
	return 0;
}

int kernel_parse_rsa_key(struct kernel_bytes der, struct kernel_rsa_key *found) {
	struct rsa_key key = {0};
	int error = rsa_parse_pub_key(&key, der.data, (unsigned)der.size);
	if (error) return error;
	*found = (struct kernel_rsa_key){bytes(key.n, key.n_sz), bytes(key.e, key.e_sz)};
	return 0;
}

int kernel_parse_ecdsa_signature(struct kernel_bytes der, enum kernel_curve on, struct kernel_ecdsa_signature *found) {
	static const struct ecc_curve *const curves[] = {&nist_p192, &nist_p256, &nist_p384, &nist_p521};
	static struct ecdsa_signature_ctx signature;
	struct ecc_ctx key = {.curve = curves[on]};
	size_t size = key.curve->g.ndigits * sizeof(u64);
	signature.curve = key.curve;
	int error = asn1_ber_decoder(&ecdsasignature_decoder, &signature, der.data, der.size);
	if (error) return error;
	error = _ecdsa_verify(&key, NULL, signature.r, signature.s);
	if (error) return error;
	*found = (struct kernel_ecdsa_signature){bytes(signature.r, size), bytes(signature.s, size)};
	return 0;
}

int kernel_parse_message(struct kernel_bytes der, enum kernel_usage usage, struct kernel_message *found) {
	memory_used = 0;
	struct pkcs7_message *message = pkcs7_parse_message(der.data, der.size);
	if (IS_ERR(message)) return (int)PTR_ERR(message);
	if (pkcs7_supply_detached_data(message, "", 0)) return -EBADMSG; /* as verify_pkcs7_message_sig() says */
	struct pkcs7_signed_info *signers = message->signed_infos;
	message->signed_infos = NULL;
	int error = pkcs7_verify(message, usage == kernel_module_signature ? VERIFYING_MODULE_SIGNATURE : VERIFYING_UNSPECIFIED_SIGNATURE);
	if (error != -ENOPKG) return error; /* that is the answer where no signer is */

	found->certificate_count = found->signer_count = 0;
	for (const struct x509_certificate *cert = message->certs; cert; cert = cert->next) {
		if (found->certificate_count == kernel_most) __builtin_trap();
		show_certificate(cert, &found->certificates[found->certificate_count++]);
	}
	for (const struct pkcs7_signed_info *signer = signers; signer; signer = signer->next) {
		if (found->signer_count == kernel_most) __builtin_trap();
		found->signers[found->signer_count++] = (struct kernel_signer){
			.id = id_bytes(signer->sig->auth_ids[0]),
			.signature = bytes(signer->sig->s, signer->sig->s_size),
			.attributes = bytes(signer->authattrs, signer->authattrs_len),
			.message_digest = bytes(signer->msgdigest, signer->msgdigest_len),
			.algorithm = signer->sig->pkey_algo,
			.digest = signer->sig->hash_algo,
			.has_signing_time = test_bit(sinfo_has_signing_time, &signer->aa_set),
			.signing_time = signer->signing_time,
		};
	}
	return 0;
}
