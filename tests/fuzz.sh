#!/bin/sh
# Fuzzes for MINUTES, on all processors: every target of tests/fuzz, or those that are named. What is found goes on with the next time;
# an input that goes wrong stays in build-fuzz/tests/fuzz/found/ and belongs into tests/data/regressions/TARGET/ once it is mended.
#   tests/fuzz.sh MINUTES [TARGET...]
#   tests/fuzz.sh --afl TARGET    only builds that target for AFL++ (Debian: afl++), and says how it is run
# BUILD names the build folder (default: build-fuzz).
set -eu
cd "$(dirname "$0")/.."
. tests/setup.sh
build=${BUILD:-build-fuzz}
all=verify,linux,keys,text,packed,private_keys,openssl

prepare() {
  # shellcheck disable=SC2086
  install_packages $build_packages $test_packages
  [ -f "$build/build.ninja" ] || meson setup "$build" -Ddebug=false -Doptimization=1
  meson compile -C "$build" "$1"
}

case ${1-} in
  --afl)
    target=${2:?which target?}
    install_packages afl++ pkgconf libssl-dev
    prepare fuzz_seeds
    case $target in
      verify | linux) parts="tests/fuzz/judge.cpp tests/fuzz/issuer.cpp -lcrypto" ;;
      packed) parts="-llzma -lzstd -lz -llz4" ;;
      private_keys) parts=$(pkg-config --cflags --libs botan-3 2>/dev/null || pkg-config --cflags --libs botan-2) ;;
      openssl) parts=-lcrypto ;;
      *) parts= ;;
    esac
    # shellcheck disable=SC2086
    afl-clang-fast++ -std=c++20 -O1 -fsanitize=fuzzer -I include "tests/fuzz/$target.cpp" $parts -o "$build/afl_$target"
    echo "MODSIG_TEST_DATA=$build/tests/data afl-fuzz -i $build/tests/fuzz/seeds/$target -o $build/afl -- $build/afl_$target"
    ;;
  '' | *[!0-9]*) sed -n '2,7s/^# \{0,1\}//p' tests/fuzz.sh >&2; exit 2 ;;
  *)
    minutes=$1; shift
    targets=$(echo "$*" | tr ' ' ',')
    prepare fuzz
    MODSIG_TEST_DATA=$build/tests/data python3 tests/fuzz/run.py --minutes "$minutes" --data tests/data "$build/tests/fuzz" "${targets:-$all}"
    ;;
esac
