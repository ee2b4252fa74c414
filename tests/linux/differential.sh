#!/bin/sh
# Compares the Linux reading with Linux: compiles the kernel's own parsers of certificates, PKCS#7 messages, RSA keys and
# ECDSA signatures in user space and gives them and the library the same mutations of the corpus; and strict, which accepts nothing that they call malformed.
# Prints counts and what differs; the last line is `N passed, N failed`. Not part of tests/run.sh.
#   tests/linux/differential.sh [CASES [SEED]]    default: 1000000 cases, seed 1
# BUILD names the build folder (default: build-linux), LINUX_SOURCE the package (default: linux-source-6.12; its version is printed).
# The package is downloaded once; of the kernel's code nothing but this folder ever holds a copy.
set -eu
cd "$(dirname "$0")/../.."
. tests/setup.sh

build=${BUILD:-build-linux} origin=${LINUX_SOURCE:-linux-source-6.12}
kernel=$build/$origin
install_packages gcc g++ python3 perl xz-utils

# ---- the kernel's files ----

parsers="crypto/asymmetric_keys/x509_cert_parser.c crypto/asymmetric_keys/x509_public_key.c crypto/asymmetric_keys/pkcs7_parser.c
  crypto/asymmetric_keys/pkcs7_verify.c crypto/rsa_helper.c lib/asn1_decoder.c lib/oid_registry.c"
grammars="crypto/asymmetric_keys/x509.asn1 crypto/asymmetric_keys/x509_akid.asn1 crypto/asymmetric_keys/pkcs7.asn1 crypto/rsapubkey.asn1
  crypto/rsaprivkey.asn1 crypto/ecdsasignature.asn1"
headers="include/linux/asn1.h include/linux/asn1_decoder.h include/linux/asn1_ber_bytecode.h include/linux/oid_registry.h
  include/linux/verification.h include/crypto/public_key.h include/crypto/pkcs7.h include/crypto/internal/rsa.h
  include/crypto/internal/ecc.h include/crypto/ecc_curve.h crypto/ecc_curve_defs.h
  include/keys/asymmetric-type.h include/keys/asymmetric-subtype.h include/keys/asymmetric-parser.h
  crypto/asymmetric_keys/asymmetric_keys.h crypto/asymmetric_keys/x509_parser.h crypto/asymmetric_keys/pkcs7_parser.h"
tools="scripts/asn1_compiler.c lib/build_OID_registry"
others="crypto/asymmetric_keys/asymmetric_type.c crypto/ecdsa.c crypto/ecc.c"

if [ ! -f "$kernel/version" ]; then
  rm -rf "$kernel"
  mkdir -p "$kernel"
  (cd "$kernel" && apt_get download "$origin") || { apt_get update -q && (cd "$kernel" && apt_get download "$origin"); }
  # shellcheck disable=SC2046,SC2086
  # tar stops once it has all, which dpkg-deb would complain about.
  dpkg-deb --fsys-tarfile "$kernel"/*.deb 2>/dev/null | tar -xO "./usr/src/$origin.tar.xz" | tar -xJ -C "$kernel" --strip-components=1 --occurrence=1 \
    $(printf "$origin/%s\n" $parsers $grammars $headers $tools $others)
  dpkg-deb -f "$kernel"/*.deb Version >"$kernel/version"
  rm "$kernel"/*.deb
fi
echo "$origin $(cat "$kernel/version")"

# ---- its parsers, compiled ----

# Every header that is not taken from the package is kernel_headers.h.
stubs=$build/stubs
for header in linux/types.h linux/errno.h linux/kernel.h linux/module.h linux/export.h linux/slab.h linux/err.h linux/bug.h linux/string.h \
  linux/cleanup.h linux/time.h linux/fips.h linux/keyctl.h linux/key-type.h linux/seq_file.h linux/hash_info.h linux/unaligned.h crypto/hash.h \
  crypto/hash_info.h keys/system_keyring.h; do
  mkdir -p "$stubs/${header%/*}"
  echo '#include "kernel_headers.h"' >"$stubs/$header"
done
gcc -O1 -w -I "$kernel/include" -o "$build/asn1_compiler" "$kernel/scripts/asn1_compiler.c"
generated=$build/generated
mkdir -p "$generated"
for grammar in $grammars; do
  name=$(basename "$grammar" .asn1)
  "$build/asn1_compiler" "$kernel/$grammar" "$generated/$name.asn1.c" "$generated/$name.asn1.h" >/dev/null
  parsers="$parsers $generated/$name.asn1.c"
done
srctree=$kernel perl "$kernel/lib/build_OID_registry" "$kernel/include/linux/oid_registry.h" "$generated/oid_registry_data.c"
# Of some files only what parses is needed: take FILE FUNCTION... prints these functions and structures.
take() {
  from=$kernel/$1
  shift
  for name; do sed -n "/^\(struct $name {\|[a-z].*[ *]$name(\)/,/^}/p" "$from"; done
}
{
  printf '#include <linux/slab.h>\n#include <linux/err.h>\n#include <keys/asymmetric-type.h>\n'
  take crypto/asymmetric_keys/asymmetric_type.c asymmetric_key_generate_id asymmetric_key_id_same
} >"$generated/asymmetric_key_id.c"
{
  printf '#include <crypto/internal/ecc.h>\n#include <linux/asn1_decoder.h>\n#include "ecdsasignature.asn1.h"\n#include "ecc_curve_defs.h"\n'
  take crypto/ecc.c vli_is_zero vli_cmp ecc_digits_from_bytes
  take crypto/ecdsa.c ecc_ctx ecdsa_signature_ctx ecdsa_get_signature_rs ecdsa_get_signature_r ecdsa_get_signature_s
  # What is checked of the numbers, without what is calculated with them.
  sed -n '/^static int _ecdsa_verify(/,/return -EBADMSG;/p' "$kernel/crypto/ecdsa.c"
  printf '\treturn 0;\n}\n'
} >"$generated/ecdsa_signature.c"
objects=
for source in $parsers "$generated/asymmetric_key_id.c" tests/linux/kernel_parsers.c; do
  [ -f "$source" ] || source=$kernel/$source
  object=$build/$(basename "$source").o
  gcc -std=gnu11 -O1 -g -w -D__KERNEL__ -I tests/linux -I "$stubs" -I "$kernel/include" -I "$generated" -I "$kernel/crypto/asymmetric_keys" \
    -I "$kernel/crypto" \
    -c "$source" -o "$object"
  objects="$objects $object"
done

# ---- the comparison ----

# shellcheck disable=SC2086
g++ -std=c++20 -O1 -g -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -I include -o "$build/differential" \
  tests/linux/differential.cpp $objects
rm -rf "$build/corpus"
python3 tests/data/corpus.py unpack tests/data/corpus "$build/corpus" >/dev/null
"$build/differential" "$build/corpus" "${1:-1000000}" "${2:-1}"
