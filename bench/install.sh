#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# Signs and installs the modules of this system's kernel package on two cores: `modsig install` beside the kernel's
# scripts/sign-file in a loop (xargs -P2), in turn, in one run; the best of each counts.
#   bench/install.sh             the whole tree
#   bench/install.sh 500         so many of its modules
# Rows: modules a second, processor seconds, wall seconds. `sign-file` gets modules that somebody else has taken the old
# signatures off; `strip + sign-file` does as modules_install with INSTALL_MOD_STRIP=1. Everything is in memory ($SPACE,
# default /dev/shm). BUILD names the build folder (default: build-bench-tool), ROUNDS how often (default: 3).
set -eu
cd "$(dirname "$0")/.."
. tests/setup.sh
# shellcheck disable=SC2086,SC2046
install_packages $build_packages $(kbuild_package) binutils openssl util-linux time
limit=${1:-0} rounds=${ROUNDS:-3} build=${BUILD:-build-bench-tool}
sign_file=$(ls /usr/lib/linux-kbuild-*/scripts/sign-file | tail -n 1)
kernel_for_tests
kernel=build-packages/kernel
if [ ! -d "$kernel" ]; then
  echo "No kernel package in this system's archive." >&2
  exit 77
fi
if [ -z "${TOOL:-}" ]; then
  [ -f "$build/build.ninja" ] || meson setup "$build" --buildtype=release -Dtests=false
  meson compile -C "$build" modsig
  TOOL=$build/examples/modsig/modsig
fi
tool=$(realpath "$TOOL")

space=$(mktemp -d "${SPACE:-/dev/shm}/modsig-bench.XXXXXX")
trap 'rm -rf "$space"' EXIT
mkdir "$space/from" "$space/plain" "$space/out"
(cd "$kernel/lib/modules" && find . -name '*.ko' | sort) >"$space/all"
count=$(wc -l <"$space/all")
[ "$limit" -gt 0 ] && [ "$limit" -lt "$count" ] || limit=$count
awk -v step=$((count / limit)) -v limit="$limit" 'NR % step == 0 && n < limit { n++; print }' "$space/all" >"$space/list"
(cd "$kernel/lib/modules" && tar cf - -T "$space/list") | tar xf - -C "$space/from"
# What sign-file starts from: the same without Debian's signatures.
cp -r "$space/from/." "$space/plain/"
(cd "$space/plain" && xargs -a "$space/list" -n 1 "$tool" strip)
for type in rsa2048 rsa4096 ecdsa-p256; do "$tool" genkey --type $type --out "$space/$type.pem"; done
cd "$space/plain"
find . -type d -exec mkdir -p "$space/out/{}" ';'

cpus=$(taskset -cp $$ | sed 's/.*: //' | tr ',' '\n' | awk -F- '{ for (i = $1; i <= ($2 == "" ? $1 : $2); i++) print i }' | head -n 2 | paste -sd,)
# timed NAME COMMAND...: appends "NAME WALL CPU" to the results
timed() {
  name=$1; shift
  taskset -c "$cpus" /usr/bin/time -o "$space/time" -f '%e %U %S' "$@" >"$space/said" 2>&1 || { cat "$space/said"; exit 1; }
  awk -v name="$name" '{ print name, $1, $2 + $3 }' "$space/time" >>"$space/results"
}
loop() { timed "$1" xargs -a "$space/list" -P 2 -I '{}' sh -c "$2" _ '{}'; }
# The public half goes to nowhere: it is no part of what is compared. The key is made beforehand, as for sign-file.
install() {
  rm -rf "$space/to"
  name=$1 type=$2; shift 2
  timed "$name" "$tool" install --from "$space/from" --to "$space/to" -j 2 --key "$space/$type.pem" "$@"
}
for _ in $(seq "$rounds"); do
  for type in rsa2048 rsa4096 ecdsa-p256; do
    loop "sign-file,$type" "exec $sign_file sha256 $space/$type.pem $space/$type.pem \"\$1\" $space/out/\$1"
    install "modsig-install,$type" $type
  done
  loop "strip+sign-file,rsa2048" "strip --strip-debug -o $space/out/\$1 \"\$1\" && exec $sign_file sha256 $space/rsa2048.pem $space/rsa2048.pem $space/out/\$1"
  install "modsig-install--strip,rsa2048" rsa2048 --strip
  rm -rf "$space/to"
  timed "modsig-install,ephemeral-rsa2048" "$tool" install --from "$space/from" --to "$space/to" -j 2 --type rsa2048
done

echo "$(wc -l <"$space/list") modules, $(du -sm --apparent-size "$space/plain" | cut -f 1) MB, CPUs $cpus, best of $rounds; load $(cut -d ' ' -f 1 /proc/loadavg)"
awk -v n="$(wc -l <"$space/list")" '
  !($1 in wall) { order[++rows] = $1; wall[$1] = $2; cpu[$1] = $3 }
  { if ($2 < wall[$1]) wall[$1] = $2; if ($3 < cpu[$1]) cpu[$1] = $3 }
  END {
    printf "%-36s %10s %10s %10s %18s\n", "", "modules/s", "wall s", "CPU s", "modules/CPU s"
    for (i = 1; i <= rows; i++) { r = order[i]; printf "%-36s %10.0f %10.2f %10.2f %18.0f\n", r, n / wall[r], wall[r], cpu[r], n / cpu[r] }
    split("rsa2048 rsa4096 ecdsa-p256", types, " ")
    for (i = 1; i <= 3; i++) { a = "modsig-install," types[i]; b = "sign-file," types[i]; printf "modsig install / sign-file, %s: %.1f (CPU time: %.1f)\n", types[i], wall[b] / wall[a], cpu[b] / cpu[a] }
    a = "modsig-install--strip,rsa2048"; b = "strip+sign-file,rsa2048"; printf "modsig install --strip / strip + sign-file, rsa2048: %.1f (CPU time: %.1f)\n", wall[b] / wall[a], cpu[b] / cpu[a]
    a = "modsig-install,rsa2048"; printf "modsig install (strips nothing) / strip + sign-file, rsa2048: %.1f (CPU time: %.1f)\n", wall[b] / wall[a], cpu[b] / cpu[a]
  }' "$space/results"
echo "Signatures alone, a core and second (openssl speed, for comparison):"
taskset -c "${cpus%%,*}" openssl speed -seconds 1 rsa2048 rsa4096 ecdsap256 2>/dev/null | grep -E '^rsa|ecdsa'
