#!/bin/sh
# Installs what is missing, builds, measures modsig beside its peers, and writes bench/out/: the JSON of every program,
# table.md and plots. Pinned to one core; every ratio is between two that ran in turn in one process.
#   bench/run.sh            about ten minutes; before the first time modules are packed, which takes five
#   bench/run.sh --quick    fewer rounds, about four
#   bench/run.sh --publish  the whole, and the sizes of firmware; writes the tables of README.md and bench/README.md
# BUILD names the build folder (default: build-bench), CORE the core (default: the last).
set -eu
cd "$(dirname "$0")/.."
. tests/setup.sh
rounds=11 tree_rounds=7 starts=150 turn=4 publish=
case ${1:-} in
  '') ;;
  --quick) rounds=5 tree_rounds=3 starts=40 turn=1 ;;
  --publish) publish=1 ;;
  *) sed -n '2,7s/^# \{0,1\}//p' bench/run.sh >&2; exit 2 ;;
esac
# shellcheck disable=SC2086
install_packages $build_packages libbenchmark-dev libssl-dev openssl util-linux python3-matplotlib xz-utils

build=${BUILD:-build-bench} out=bench/out
if [ ! -f "$build/build.ninja" ]; then
  meson setup "$build" --buildtype=release -Dbench=true -Dtests=false -Dexamples=false
fi
meson compile -C "$build"
rm -rf "$out" && mkdir -p "$out"

core=${CORE:-$(taskset -cp $$ | sed 's/.*[^0-9]//')}
# measure NAME ROUNDS COMMAND...: on that core; what it prints goes to the terminal and into NAME.txt
measure() {
  name=$1 count=$2; shift 2
  printf '\n== %s\n' "$name"
  taskset -c "$core" "$@" "--benchmark_repetitions=$count" "--turn=$turn" "--benchmark_out=$out/$name.json" >"$out/$name.txt" || {
    cat "$out/$name.txt"; exit 1; }
  cat "$out/$name.txt"
}

measure digest $rounds "$build/bench/micro_digest"
measure signature $rounds "$build/bench/micro_signature"
measure parse $rounds "$build/bench/micro_parse"
measure worst-case $rounds "$build/bench/worst_case"
kernel_for_tests
kernel=build-packages/kernel
if [ -d "$kernel" ]; then
  python3 bench/cold_modules.py "$kernel/lib/modules" "$build/bench/cold_key.pem" "$build/bench/cold_key.crt" "$build/bench/modules"
  measure cold $starts "$build/bench/cold" "$build/bench" "$build/bench/modules/small.ko" "$build/bench/modules/large.ko" "$build/bench/modules/damaged.ko"
  measure tree $tree_rounds "$build/bench/tree" "$kernel" --benchmark_filter=tree/one
  packed=$build/bench/packed
  python3 bench/packed_modules.py "$kernel/lib/modules" "$packed"
  measure packed-tree $tree_rounds "$build/bench/packed_tree" "$packed/tree" "$packed/cert.der" --benchmark_filter=tree/one
  core=$(taskset -cp $$ | sed 's/.*: //')  # all that there are
  measure threads $tree_rounds "$build/bench/tree" "$kernel" --benchmark_filter=tree/two
  measure packed-threads $tree_rounds "$build/bench/packed_tree" "$packed/tree" "$packed/cert.der" --benchmark_filter=tree/two
else
  echo "No kernel package in this system's archive: no tree, no cold starts." >&2
fi
if [ -n "$publish" ]; then
  # shellcheck disable=SC2086
  install_packages $test_packages
  python3 tests/firmware/run.py . >"$out/firmware.txt" || { cat "$out/firmware.txt"; exit 1; }
  python3 bench/publish.py "$out" .
fi
/usr/bin/python3 bench/report.py "$out"  # that of the packages: another one may come first, without matplotlib
