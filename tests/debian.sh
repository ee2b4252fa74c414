#!/bin/sh
# Builds and tests this tree in a root of another Debian suite, with warnings as errors and with all compilers that the suite has for
# the headers: debian.sh SUITE [ROOT]
# SUITE: bookworm, trixie (the main archive), trixie-security (with security and updates), forky. As root. ROOT (default:
# build-roots/SUITE) is made once and kept, and what is built in it too; a folder that this script has not made is not touched.
set -eu
cd "$(dirname "$0")/.."
. tests/setup.sh
. tests/roots.sh
case " $suites " in *" ${1:-none} "*) ;; *) sed -n '2,5s/^# \{0,1\}//p' tests/debian.sh >&2; exit 2 ;; esac
root=${2:-$PWD/build-roots/$1}
make_root "$1" "$root"
put_tree "$root" src
in_root "$root" sh -c 'cd /src && tests/run.sh --werror --compilers'
