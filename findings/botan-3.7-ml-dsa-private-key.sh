#!/bin/sh
# Botan 3.7.1 (Debian 13) reads the ML-DSA private key that OpenSSL 3.5 writes by default (PKCS#8, the SEQUENCE of seed and
# expanded key) without an error and derives another public key from it; the same seed written alone ("bare-seed") gives
# OpenSSL's key. A program that signs with such a key gets signatures that verify under no certificate of that key.
# Versions: botan 3.7.1+dfsg-2, openssl 3.5.9-1~deb13u1. Seen: 2026-11-29.
set -eu
. "$(dirname "$0")/packages"
unpack trixie "$place/unpacked" botan=3.7.1+dfsg-2 openssl=3.5.9-1~deb13u1
cd "$place"
unpacked() { run_with "$place/unpacked" "$@"; }

unpacked openssl genpkey -algorithm ML-DSA-65 -out default.pem
unpacked openssl pkey -in default.pem -provparam ml-dsa.output_formats=bare-seed -out seed.pem
for form in default seed; do
  unpacked openssl pkey -in $form.pem -pubout -outform DER -out $form.openssl
  status=0
  unpacked botan pkcs8 --der-out --pub-out $form.pem >$form.botan 2>$form.errors || status=$?
  seen "exit status of 'botan pkcs8', $form" 0 $status
done
same() { cmp -s "$1" "$2" && echo same || echo different; }
seen "OpenSSL's public keys of both forms" same "$(same default.openssl seed.openssl)"
seen "public key of the bare seed, Botan and OpenSSL" same "$(same seed.botan seed.openssl)"
seen "public key of the default form, Botan and OpenSSL" different "$(same default.botan default.openssl)"
exit $changed
