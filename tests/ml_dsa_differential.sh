#!/bin/sh
# Compares ML-DSA with OpenSSL 3.5 or later and Botan 3.7 or later, where this machine has them, as Debian 13 and later do:
#   tests/ml_dsa_differential.sh [CASES [SEED]]      100000 cases take about ten minutes
# In a root made by tests/debian.sh: chroot ROOT sh FOLDER/tests/ml_dsa_differential.sh
set -eu
here=$(cd "$(dirname "$0")" && pwd)
program=$(mktemp)
trap 'rm -f "$program"' EXIT
flags=$(pkg-config --cflags --libs botan-3 2>/dev/null || true)
# shellcheck disable=SC2086
"${CXX:-g++}" -std=c++20 -O2 -I"$here/../include" "$here/engine/ml_dsa_differential.cpp" -o "$program" $flags -lcrypto
"$program" "$@"
