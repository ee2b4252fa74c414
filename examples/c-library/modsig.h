/* SPDX-License-Identifier: BSL-1.0
 *
 * modsig for C: may these bytes be loaded? Verifies signed kernel modules, plugins and firmware.
 *
 *     modsig_trust *trust = modsig_trust_new();
 *     modsig_verifier *verifier = NULL;
 *     modsig_result *result = NULL;
 *     if (modsig_trust_add_path(trust, "vendor.pem", NULL) == MODSIG_OK && modsig_verifier_new(trust, NULL, &verifier) == MODSIG_OK &&
 *         modsig_verify_file(verifier, "plugin.so", NULL, &result) == MODSIG_VERIFIED)
 *             handle = dlopen(modsig_result_library_path(result), RTLD_NOW);
 *
 * Verdicts    modsig_verify_* return the verdict itself, and zero is refusal: whatever goes wrong is MODSIG_REJECTED. Compare with
 *             MODSIG_VERIFIED.
 * Ownership   What a function with `_new` in its name gives, and every result, belongs to the caller, who ends it with the function
 *             that has `_free` in its name. NULL may be freed. Handles are independent: a trust may be freed when its verifiers are
 *             made, a verifier when its results are.
 * Lifetime    Texts and bytes that a handle gives belong to the handle. Arguments are only read, and only during the call.
 * NULL        Every function is defined for every NULL: as a handle it is refused, or it is what the function says below. A
 *             pointer with a size may be NULL where the size is 0.
 * Threads     A verifier and a result never change: any number of threads may use one at once. A trust locks itself. A handle must
 *             not be freed while another thread uses it. No function keeps anything in a global or thread-local variable that
 *             a caller could see; errno is as it was before the call. A thread is not cancelled inside of a call.
 * Exceptions  None leaves the library. Where memory runs out, the status or the reason says so.
 * Texts       UTF-8. Names that somebody else chose (files, owners of keys) have control characters as \xNN.
 * ABI         Functions, numbers and meanings stay while the library is called libmodsig.so.0. A number is never given a new
 *             meaning and never renumbered; new ones may come. A new member of a struct is added at the end, and its zero does
 *             what was done before.
 * Not checked What a verified program does, or which libraries it loads itself (DT_NEEDED). Whether the key's owner meant this
 *             kind of file, or this machine: a key is trusted for layouts (`layouts` below), no finer.
 */
#ifndef MODSIG_H
#define MODSIG_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define MODSIG_API __attribute__((visibility("default")))
#else
#define MODSIG_API
#endif
#ifdef __cplusplus
#define MODSIG_NOEXCEPT noexcept
extern "C" {
#else
#define MODSIG_NOEXCEPT
#endif

/* Whom to trust: keys and revocations. */
typedef struct modsig_trust modsig_trust;
/* Keys, a policy and layouts. */
typedef struct modsig_verifier modsig_verifier;
/* The report about one file, and the bytes that it is about. */
typedef struct modsig_result modsig_result;

typedef enum modsig_verdict {
	MODSIG_REJECTED = 0,
	MODSIG_TOLERATED = 1, /* not proven: no signature, or an unknown key or algorithm; the policy lets that in */
	MODSIG_VERIFIED = 2   /* proven */
} modsig_verdict;

/* What became of a call; says nothing about a signature. */
typedef enum modsig_status {
	MODSIG_OK = 0,
	MODSIG_INVALID_ARGUMENT = 1, /* NULL, or a struct's `size` or member that this library does not know */
	MODSIG_OUT_OF_MEMORY = 2,
	MODSIG_UNREADABLE = 3,   /* a file or folder; a note says which and why */
	MODSIG_NO_KEY = 4,       /* it has no key that can be used; notes say why */
	MODSIG_BAD_ENTRY = 5,    /* of revocations; a note says which and why */
	MODSIG_UNKNOWN_NAME = 6, /* of a policy, layout, digest or kernel */
	MODSIG_INTERNAL_ERROR = 7
} modsig_status;

/* The kind of a reason. The numbers are the exit statuses of `modsig verify`. */
typedef enum modsig_kind {
	MODSIG_KIND_NONE = 0,          /* verified */
	MODSIG_KIND_BAD_SIGNATURE = 1, /* and whatever has no kind of its own */
	MODSIG_KIND_NOT_SIGNED = 3,
	MODSIG_KIND_UNKNOWN_KEY = 4,
	MODSIG_KIND_REFUSED = 5, /* by the policy: weak, revoked, expired, for something else */
	MODSIG_KIND_MALFORMED = 6,
	MODSIG_KIND_UNREADABLE = 7 /* a file; also an argument or memory that was not there */
} modsig_kind;

/* The version of the library that runs: 10000 * major + 100 * minor + patch. */
MODSIG_API uint32_t modsig_version(void) MODSIG_NOEXCEPT;
/* "native", or "best" where the library was built with Botan for what the native engine does not have. */
MODSIG_API const char *modsig_engine(void) MODSIG_NOEXCEPT;
/* A status in words. Static; never NULL. */
MODSIG_API const char *modsig_status_text(modsig_status status) MODSIG_NOEXCEPT;

/* ---- Trust ----------------------------------------------------------------------------------------------------------------- */

/* An empty trust, or NULL where memory runs out. */
MODSIG_API modsig_trust *modsig_trust_new(void) MODSIG_NOEXCEPT;
MODSIG_API void modsig_trust_free(modsig_trust *trust) MODSIG_NOEXCEPT;

/* Trusts every key of a file, or of each file of a folder, or of `size` bytes: certificates and public keys in PEM (several are
 * one bundle) or DER, digsig blobs, EFI signature lists. A file has at most 16 MiB, and is a regular one, or a pipe among the
 * program's own descriptors (/dev/fd/N), which is read for at most 30 seconds.
 * `layouts`: for which layouts the keys are trusted, as names with commas between; NULL: digsig, modsign and ima. evm, fsverity
 * and mcuboot have to be named.
 * An entry that is no key is left out, and a note says why. MODSIG_OK: at least one key was added. Otherwise nothing was:
 * MODSIG_NO_KEY, MODSIG_UNREADABLE, MODSIG_UNKNOWN_NAME, MODSIG_INVALID_ARGUMENT, MODSIG_OUT_OF_MEMORY. */
MODSIG_API modsig_status modsig_trust_add_path(modsig_trust *trust, const char *path, const char *layouts) MODSIG_NOEXCEPT;
MODSIG_API modsig_status modsig_trust_add_memory(modsig_trust *trust, const void *data, size_t size, const char *layouts) MODSIG_NOEXCEPT;

/* Revokes keys and certificates, in the same forms, whose key never verifies again; and digests, as lines bin:HEX (of a file or
 * its content) and tbs:HEX (of a TBSCertificate). Everything that is there or nothing: MODSIG_BAD_ENTRY where one entry cannot be
 * understood, for leaving it out would let in what somebody wanted kept out; and as above. */
MODSIG_API modsig_status modsig_trust_revoke_path(modsig_trust *trust, const char *path) MODSIG_NOEXCEPT;
MODSIG_API modsig_status modsig_trust_revoke_memory(modsig_trust *trust, const void *data, size_t size) MODSIG_NOEXCEPT;

/* How many keys are trusted. 0 for NULL. */
MODSIG_API size_t modsig_trust_key_count(const modsig_trust *trust) MODSIG_NOEXCEPT;
/* What was left out or could not be read, in words, one note each. NULL where there is no such note. */
MODSIG_API size_t modsig_trust_note_count(const modsig_trust *trust) MODSIG_NOEXCEPT;
MODSIG_API const char *modsig_trust_note(const modsig_trust *trust, size_t index) MODSIG_NOEXCEPT;

/* ---- Verifier -------------------------------------------------------------------------------------------------------------- */

/* Zero is the default of every member but `size`: struct modsig_options o = {.size = sizeof o}. */
typedef struct modsig_options {
	size_t size;         /* sizeof(modsig_options) */
	const char *policy;  /* strict (NULL), legacy, permissive, linux-modsign, linux-modsign-relaxed, linux-digsig */
	const char *layouts; /* which are tried, with commas between: modsign, digsig, ima, evm, fsverity, mcuboot; NULL: all that the
				policy knows, but mcuboot */
	const char *kernel;  /* linux-modsign: answer as this one does, such as 6.12 or what `uname -r` prints; NULL: 6.12 */
	int64_t time;        /* at which certificates have to be valid, in seconds since 1970; 0: the system's at each verification */
} modsig_options;

/* Makes a verifier of the keys and revocations that the trust has now; what is added later needs a new verifier. `options` may be
 * NULL. On success *verifier is the new verifier, otherwise NULL. A policy may not take every key (linux-modsign takes
 * certificates alone): notes of the verifier name those that it left out.
 * MODSIG_UNKNOWN_NAME: of policy, layout or kernel, or the policy does not know the layout. MODSIG_INVALID_ARGUMENT: a kernel for a
 * policy that has none. */
MODSIG_API modsig_status modsig_verifier_new(const modsig_trust *trust, const modsig_options *options, modsig_verifier **verifier) MODSIG_NOEXCEPT;
MODSIG_API void modsig_verifier_free(modsig_verifier *verifier) MODSIG_NOEXCEPT;
MODSIG_API size_t modsig_verifier_key_count(const modsig_verifier *verifier) MODSIG_NOEXCEPT;
MODSIG_API size_t modsig_verifier_note_count(const modsig_verifier *verifier) MODSIG_NOEXCEPT;
MODSIG_API const char *modsig_verifier_note(const modsig_verifier *verifier, size_t index) MODSIG_NOEXCEPT;

/* ---- Verifying ------------------------------------------------------------------------------------------------------------- */

typedef enum modsig_signature_source {
	MODSIG_DETACHED = 0, /* a file of its own: .p7s, .sig */
	MODSIG_ATTRIBUTE = 1 /* the value of security.ima or security.evm, which has to be given */
} modsig_signature_source;

/* What there is besides the file. Zero is the default of every member but `size`: the signature is appended to the file. */
typedef struct modsig_input {
	size_t size;                /* sizeof(modsig_input) */
	const char *signature_path; /* the signature in a file, at most 16 MiB, or */
	const void *signature;      /* in memory */
	size_t signature_size;
	uint32_t signature_source;    /* modsig_signature_source */
	uint32_t fsverity_block_size; /* bytes; 0: 4096 */
	const char *fsverity_digest;  /* sha256 or sha512: the signature is one of fs-verity; NULL: it is not */
	const void *fsverity_salt;    /* salt and block size: with a digest alone */
	size_t fsverity_salt_size;
	const void *evm_metadata; /* what a signature of EVM is over, in the place of a file: modsig_verify_memory with size 0 */
	size_t evm_metadata_size;
} modsig_input;

/* Verify a file, an open file or memory. `input` may be NULL. *result, where `result` is not NULL, is the report and never NULL,
 * whatever happens; it need not be freed where memory has run out, but may be.
 * modsig_verify_file and modsig_verify_descriptor copy a regular file of at most 1 GiB into memory that nobody can change any
 * more, and verify the copy: load that, not the file. Of a descriptor all of the file is read, and its position stays. Anything
 * but a regular file is refused without waiting.
 * modsig_verify_memory makes no copy: nobody may write to the memory until it has been loaded. */
MODSIG_API modsig_verdict modsig_verify_file(const modsig_verifier *verifier, const char *path, const modsig_input *input, modsig_result **result) MODSIG_NOEXCEPT;
MODSIG_API modsig_verdict modsig_verify_descriptor(const modsig_verifier *verifier, int descriptor, const modsig_input *input, modsig_result **result) MODSIG_NOEXCEPT;
MODSIG_API modsig_verdict modsig_verify_memory(const modsig_verifier *verifier, const void *data, size_t size, const modsig_input *input, modsig_result **result) MODSIG_NOEXCEPT;

/* ---- Result ---------------------------------------------------------------------------------------------------------------- */

/* NULL is a result, too: MODSIG_REJECTED, "not_checked". Texts are never NULL unless it is said here, and empty for what is not
 * known. */
MODSIG_API void modsig_result_free(modsig_result *result) MODSIG_NOEXCEPT;
MODSIG_API modsig_verdict modsig_result_verdict(const modsig_result *result) MODSIG_NOEXCEPT;
/* Why it is not verified: a word that does not change, such as no_signature or signature_mismatch, those of `modsig verify
 * --tsv`; invalid_argument, out_of_memory and internal_error besides. "none": verified. */
MODSIG_API const char *modsig_result_reason(const modsig_result *result) MODSIG_NOEXCEPT;
MODSIG_API modsig_kind modsig_result_kind(const modsig_result *result) MODSIG_NOEXCEPT;
/* The reason for people. */
MODSIG_API const char *modsig_result_message(const modsig_result *result) MODSIG_NOEXCEPT;
/* The errno that Linux has for the reason, or that a file could not be read for; 0 where it is verified. Of linux-modsign it is the
 * errno of init_module(2) while signatures are enforced. */
MODSIG_API int modsig_result_errno(const modsig_result *result) MODSIG_NOEXCEPT;
/* Where in the image, or in the detached signature, the reason was found; bytes. */
MODSIG_API uint64_t modsig_result_offset(const modsig_result *result) MODSIG_NOEXCEPT;
/* modsign, digsig, ...; empty: none of the layouts has found a signature. */
MODSIG_API const char *modsig_result_layout(const modsig_result *result) MODSIG_NOEXCEPT;
/* Digest of the content, signature scheme and key identifier, as the signature says; proven where it is verified. The identifier
 * is 16 hexadecimal digits (digsig), 8 (ima), skid:HEX or serial:HEX (CMS). */
MODSIG_API const char *modsig_result_digest(const modsig_result *result) MODSIG_NOEXCEPT;
MODSIG_API const char *modsig_result_scheme(const modsig_result *result) MODSIG_NOEXCEPT;
MODSIG_API const char *modsig_result_key_id(const modsig_result *result) MODSIG_NOEXCEPT;
/* The owner's name in the trusted certificate that has signed, or that vouches for the key that has. Empty unless it is verified,
 * and for bare keys. For people: decide nothing by it. */
MODSIG_API const char *modsig_result_signer(const modsig_result *result) MODSIG_NOEXCEPT;
/* Where the content is in the image, without the signature; for an appended signature the first bytes. */
MODSIG_API uint64_t modsig_result_content_offset(const modsig_result *result) MODSIG_NOEXCEPT;
MODSIG_API uint64_t modsig_result_content_size(const modsig_result *result) MODSIG_NOEXCEPT;

/* The bytes that were verified; only where they are, and of a file or a descriptor. They belong to the result.
 *
 * modsig_result_content        the content in memory, without the signature; NULL otherwise. *size, where `size` is not NULL, is
 *                              its size in bytes, or 0.
 * modsig_result_descriptor     a sealed memfd of the whole image, for finit_module(2): no process can change it. -1 otherwise,
 *                              also where the system has no such memory or the content is not in front. Do not close it. Its
 *                              position is at the end: read it by pread(2), or open /proc/self/fd/N.
 * modsig_result_library_path   a path for dlopen(3) of the same memfd; NULL where there is none. Keep the result while the
 *                              library is loaded. Another path of the descriptor will not do: glibc takes two libraries of one
 *                              path for one.
 * modsig_result_tolerated_descriptor   the memfd where the file is tolerated, and -1 where it is verified or rejected: who
 *                              loads what is not proven has to say so. */
MODSIG_API const void *modsig_result_content(const modsig_result *result, size_t *size) MODSIG_NOEXCEPT;
MODSIG_API int modsig_result_descriptor(const modsig_result *result) MODSIG_NOEXCEPT;
MODSIG_API const char *modsig_result_library_path(const modsig_result *result) MODSIG_NOEXCEPT;
MODSIG_API int modsig_result_tolerated_descriptor(const modsig_result *result) MODSIG_NOEXCEPT;

#ifdef __cplusplus
}
#endif

#endif /* MODSIG_H */
