#!/bin/sh
# sign.sh MODSIG HEADER PLUGIN...: strips and signs the plugins, each into the header's folder, with a key that nobody keeps;
# its public half becomes the header.
set -eu
modsig=$1 header=$2 folder=$(dirname "$2")
shift 2
work=$(mktemp -d "$folder/signing.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/plain"
cp "$@" "$work/plain"
"$modsig" install --strip --from "$work/plain" --to "$work/signed" --public-key-out "$work/${header##*/}"
mv "$work/signed"/* "$work/${header##*/}" "$folder"
