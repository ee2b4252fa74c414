#!/bin/sh
# Changes the library in one place at a time, and asks whether a test notices: conditions, bounds, constants, error codes, loops,
# statements, early returns of everything between bytes and `verified`, and of the system calls. Fails where less than 97 % are
# noticed. Not part of tests/run.sh: it takes an hour.
#   tests/mutants.sh MINUTES [--count N] [--seed N] [FOLDER...]    FOLDER: below include/modsig, as der or linux/key
# BUILD names the build folder (default: build-mutants).
set -eu
cd "$(dirname "$0")/.."
. tests/setup.sh

case ${1-} in '' | *[!0-9]*) sed -n '2,6s/^# \{0,1\}//p' tests/mutants.sh >&2; exit 2 ;; esac
# shellcheck disable=SC2086
install_packages $build_packages clang doctest-dev libssl-dev binutils python3-clang
exec nice -n 15 /usr/bin/python3 tests/mutants/run.py --build "${BUILD:-build-mutants}" "$@"  # python3-clang is for Debian's Python
