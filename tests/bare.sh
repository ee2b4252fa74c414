#!/bin/sh
# The README's two commands in a new minbase root of a Debian suite, where nothing is installed: bare.sh SUITE [--main-only]
# SUITE: bookworm, trixie (the main archive), trixie-security (with security and updates), forky. --main-only: bookworm without
# security and updates. As root. Prints the time and the last line of each; the root is made below $TMPDIR and is gone afterwards
# (KEEP=1: it stays).
set -eu
cd "$(dirname "$0")/.."
. tests/setup.sh
. tests/roots.sh
case " $suites " in *" ${1:-none} "*) ;; *) sed -n '2,5s/^# \{0,1\}//p' tests/bare.sh >&2; exit 2 ;; esac
[ "${2:---main-only}" = --main-only ] || { echo "no option $2" >&2; exit 2; }
place=$(mktemp -d "${TMPDIR:-/var/tmp}/modsig-bare.XXXXXX")
[ "${KEEP:-0}" = 1 ] || trap 'rm -rf --one-file-system "$place"' EXIT
trap 'exit 130' INT TERM
root=$place/root
make_root "$1" "$root" "${2:-}"
put_tree "$root" modsig

status=0
# timed COMMAND LAST-LINE: LAST-LINE is a pattern
timed() {
  begun=$(date +%s) result=0
  in_root "$root" sh -c "cd /modsig && $1" >"$place/out" 2>&1 || result=$?
  last=$(tail -n 1 "$place/out")
  grep '^skipped: ' "$place/out" || :
  echo "$suite: $1: exit status $result, $((($(date +%s) - begun) / 60)) min $((($(date +%s) - begun) % 60)) s: $last"
  [ "$result" = 0 ] && echo "$last" | grep -q -x "$2" || { status=1; tail -n 100 "$place/out"; }
}
suite="$1${2:+ $2}"
timed examples/quickstart.sh '== All as it should be'
timed tests/run.sh '[0-9]* passed, 0 failed'
exit $status
