#!/bin/sh
# Puts the stock kernels of Debian 12, 13 and 13's backports where tests/vm/stock.py looks for them, with a few of their modules:
#   stock.sh FOLDER [SUITE...]     FOLDER/SUITE/{vmlinuz,modules/,version}
# What this machine's mirror does not have is named and left out; what is there already stays. Nothing is installed, and apt's own
# lists are left alone.
set -eu
cd "$(dirname "$0")/../.."
. tests/setup.sh
. tests/roots.sh
folder=$(mkdir -p "$1" && cd "$1" && pwd)
shift
[ $# -gt 0 ] || set -- bookworm trixie trixie-backports
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

archive=$(mirror Debian)
[ -n "$archive" ] || { echo "no Debian mirror in this machine's apt configuration" >&2; exit 0; }

# suite_apt PROGRAM ARGUMENTS...: apt with this suite's lists alone.
suite_apt() {
  program=$1; shift
  LC_ALL=C "$program" -q -o Dir::Etc::sourcelist="$scratch/sources.list" -o Dir::Etc::sourceparts=/dev/null -o Dir::State="$scratch/state" \
    -o Dir::State::status=/dev/null -o Dir::Cache="$scratch/cache" -o APT::Sandbox::User=root -o APT::Architecture=amd64 -o APT::Architectures=amd64 \
    -o Acquire::Check-Valid-Until=false -o APT::Default-Release= "$@"
}
# needs PACKAGE PATTERN: on which packages of such names it depends.
needs() { suite_apt apt-cache show "$1" | sed -n '/^$/q; s/^Depends: //p' | tr ',' '\n' | sed 's/^ *//; s/ .*//' | grep -x "$2" || :; }

fetch() {
  suite=$1 target=$folder/$1
  rm -rf "$scratch/state" "$scratch/cache" "$scratch/packages"
  mkdir -p "$scratch/state/lists/partial" "$scratch/cache/archives/partial" "$scratch/packages"
  echo "deb $archive $suite main" >"$scratch/sources.list"
  suite_apt apt-get update >"$scratch/log" 2>&1 || { echo "$suite: this machine's mirror does not have it" >&2; return 0; }
  image=$(needs linux-image-amd64 'linux-image-[0-9].*')
  [ -n "$image" ] || { echo "$suite: no package linux-image-amd64" >&2; return 0; }
  version=${image#linux-image-}
  [ "$(cat "$target/version" 2>/dev/null)" != "$version" ] || return 0
  packages="$image $(needs "$image" 'linux-\(binary\|modules\)-[0-9].*')"
  # shellcheck disable=SC2086
  (cd "$scratch/packages" && suite_apt apt-get download $packages) >"$scratch/log" 2>&1 || { echo "$suite: $packages cannot be had" >&2; return 0; }
  rm -rf "$target"
  mkdir -p "$target/modules"
  for package in "$scratch/packages"/*.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar -C "$scratch/packages" -x --wildcards '*/vmlinu[xz]*' '*/kernel/lib/*' '*/kernel/crypto/*' 2>/dev/null || :
  done
  find "$scratch/packages" -name 'vmlinu[xz]*' -type f -exec cp {} "$target/vmlinuz" \;
  find "$scratch/packages" -name '*.ko*' -type f -exec cp {} "$target/modules" \;
  find "$target/modules" -name '*.xz' -exec xz -d {} +
  echo "$version" >"$target/version"
}
for suite; do fetch "$suite"; done
