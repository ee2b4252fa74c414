#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# Makes the light skeletons of this folder with clang, bpftool of Debian's packages 7.8.0+7.2.12-1 and 7.8.0+7.3.4-1~bpo13+1, and the
# keys of the corpus. bpftool puts them under LGPL-2.1 or BSD-2-Clause, as their first lines say. Signatures by ECDSA come out
# differently each time.
#   BPFTOOL_7_2=bpftool BPFTOOL_7_3=bpftool make.sh FOLDER
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$1"
clang -O2 -target bpf -c "$here/always.bpf.c" -o always.bpf.o
"$BPFTOOL_7_3" gen skeleton -L always.bpf.o name always >unsigned.h
for key in rsa2048 p256; do
    pair="-k $here/../corpus/keys/$key.key.pem -i $here/../corpus/keys/$key.cert.pem"
    # shellcheck disable=SC2086
    "$BPFTOOL_7_2" gen skeleton -L -S $pair always.bpf.o name always >$key-7.2.h
    # shellcheck disable=SC2086
    "$BPFTOOL_7_3" gen skeleton -L -S $pair always.bpf.o name always >$key-7.3.h
done
