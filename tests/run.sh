#!/bin/sh
# Installs what is missing, builds with warnings as errors, runs every test; the last line is `N passed, N failed`.
#   tests/run.sh              the whole suite
#   tests/run.sh --sanitize   the same under ASan and UBSan, with g++ and with clang++
# BUILD names the build folder (default: build-test).
set -eu
cd "$(dirname "$0")/.."
. tests/setup.sh
install_packages $build_packages $test_packages $(kbuild_package)
build=${BUILD:-build-test}
kernel_for_tests

run() { # folder, meson options...
  folder=$1; shift
  [ -f "$folder/build.ninja" ] || meson setup "$folder" --werror "$@" || return 1
  meson compile -C "$folder" || return 1
  meson test -C "$folder" --no-rebuild --print-errorlogs || return 1
}

status=0
if [ "${1:-}" = --sanitize ]; then
  CXX=g++ CC=gcc run "$build-asan-g++" -Db_sanitize=address,undefined || status=1
  CXX=clang++ CC=clang run "$build-asan-clang++" -Db_sanitize=address,undefined -Db_lundef=false || status=1
  set -- "$build-asan-g++" "$build-asan-clang++"
else
  run "$build" -Ddebug=false -Doptimization=1 || status=1  # it compiles sooner; the arithmetic's own tests are at 2, the unit tests at g
  set -- "$build"
fi
python3 tests/count.py "$@" || status=1
exit $status
