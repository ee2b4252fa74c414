#!/bin/sh
# Installs what is missing, builds, runs every test; the last line is `N passed, N failed`.
#   tests/run.sh                the whole suite
#   tests/run.sh --quick        for work in between: the unit tests, in a build folder of their own
#   tests/run.sh --sanitize     the whole suite under ASan and UBSan, with g++ and with clang++
#   --werror: warnings stop the build, as in CI; --compilers: installs all that the headers are to compile with and the archive has
# BUILD names the build folder (default: build-test, build-quick).
set -eu
cd "$(dirname "$0")/.."
. tests/setup.sh

mode=all werror='' compilers=''
for option; do
  case $option in
    --quick | --sanitize) mode=${option#--} ;;
    --werror) werror=--werror ;;
    --compilers) compilers=$more_compilers ;;
    *) sed -n '2,7s/^# \{0,1\}//p' tests/run.sh >&2; exit 2 ;;
  esac
done

run() { # folder, meson options...
  folder=$1; shift
  [ -f "$folder/build.ninja" ] || meson setup "$folder" $werror "$@" || return 1
  # shellcheck disable=SC2086
  meson compile -C "$folder" $target || return 1
  # shellcheck disable=SC2086
  # One more than there are processors: many a test waits. Limits are against hangs; a busy machine is none.
  meson test -C "$folder" --no-rebuild --num-processes $(($(nproc) + 1)) --timeout-multiplier 3 --print-errorlogs $suite || return 1
}

status=0 target='' suite=''
# shellcheck disable=SC2046,SC2086
case $mode in
  quick)
    install_packages $build_packages doctest-dev
    build=${BUILD:-build-quick} target=quick suite='--suite quick'
    run "$build" -Ddebug=false -Doptimization=0 || status=1
    set -- "$build"
    ;;
  sanitize)
    install_packages $build_packages $test_packages $(kbuild_package) $compilers
    kernel_for_tests
    build=${BUILD:-build-test}
    CXX=g++ CC=gcc run "$build-asan-g++" -Db_sanitize=address,undefined || status=1
    CXX=clang++ CC=clang run "$build-asan-clang++" -Db_sanitize=address,undefined -Db_lundef=false || status=1
    set -- "$build-asan-g++" "$build-asan-clang++"
    ;;
  *)
    install_packages $build_packages $test_packages $(kbuild_package) $compilers
    kernel_for_tests
    sh tests/vm/stock.sh build-packages/stock
    build=${BUILD:-build-test}
    run "$build" -Ddebug=false -Doptimization=1 || status=1  # it compiles sooner; the arithmetic's own tests are at 2, the unit tests at g
    set -- "$build"
    ;;
esac
python3 tests/count.py "$@" || status=1
exit $status
