#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# Makes the images of this folder with MCUboot's imgtool 2.4.0, which verifies each of them, and the keys of the corpus:
#   IMGTOOL="python3 scripts/imgtool.py" make.sh FOLDER
# Signatures by RSA and ECDSA come out differently each time.
set -eu
keys=$(cd "$(dirname "$0")/../corpus/keys" && pwd)
cd "$1"
printf 'modsig example firmware\n' >body
{ head -c 400 /dev/zero | tr '\0' a; cat body; } >long-body
image() {
    name=$1 key=$2 body=$3
    shift 3
    $IMGTOOL sign --version 1.2.3+4 --header-size 64 --pad-header --security-counter 7 --slot-size 1024 --max-sectors 8 --key "$keys/$key.key.pem" \
        "$@" "$body" "$name.bin"
    $IMGTOOL verify --key "$keys/$key.key.pem" "$name.bin"
}
# name                key       body       options
image pad             p256      body       --align 4 --pad
image test            ed25519   body       --align 16 --test
image confirm         p256      body       --align 4 --confirm
image confirm-32      rsa2048   body       --align 32 --max-sectors 4 --confirm
image confirm-zero    ed25519   body       --align 8 --confirm --erased-val 0
image overwrite-only  ed25519   body       --align 4 --overwrite-only --pad
for key in rsa2048 rsa3072 p256 p384 ed25519; do
    image full-$key   $key      body       --public-key-format full
done
image pure            ed25519   body       --pure
image pure-full       ed25519   body       --pure --public-key-format full --confirm --align 4
image sha512          ed25519   body       --sha 512
for key in rsa2048 p256 p384 ed25519; do
    image lzma2-$key  $key      long-body  --compression lzma2
done
image thumb           ed25519   long-body  --compression lzma2armthumb --confirm --align 4
image pure-lzma2      ed25519   long-body  --compression lzma2 --pure
$IMGTOOL sign --version 1.2.3+4 --header-size 64 --pad-header --slot-size 1024 --hex-addr 0x8000 --key "$keys/p256.key.pem" body image.hex
rm body long-body
