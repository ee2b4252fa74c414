#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# Verifies the packages (.deb, .rpm) and modules in a folder by a job array of Slurm, a share of the list a task, and prints what one run
# of `modsig verify --json` would. A share without a result, since its task was killed or its node was lost, is run again.
#   verify_packages.sh RESULTS SHARES FOLDER MODSIG [OPTION...]     MODSIG: the tool; options as of verify: --trust vendor.pem
# RESULTS, a new folder, and FOLDER are shared by all nodes under the same names. Exit status: as of modsig verify.
set -eu
results=$1 shares=$2 folder=$3
shift 3
here=$(cd "$(dirname "$0")" && pwd)
case $shares in '' | 0* | *[!0-9]*) echo "verify_packages.sh: $shares is no number of shares" >&2; exit 2 ;; esac
mkdir "$results"
results=$(cd "$results" && pwd)
find "$folder" -type f \( -name '*.deb' -o -name '*.rpm' -o -name '*.ko' -o -name '*.ko.xz' -o -name '*.ko.zst' -o -name '*.ko.gz' -o -name '*.so' \) -print0 |
  LC_ALL=C sort -z >"$results/list"
modsig=$1
shift

missing() { i=1; while [ "$i" -le "$shares" ]; do [ -e "$results/$i.json" ] || echo "$i"; i=$((i + 1)); done | paste -s -d ,; }

for round in 1 2 3; do
  left=$(missing)
  [ -n "$left" ] || break
  [ "$round" = 1 ] || echo "verify_packages.sh: no result of the shares $left: they are run again" >&2
  # Its own status tells whether a task has failed, which is seen by what is missing.
  sbatch --quiet --wait --no-requeue --array="$left" --job-name=modsig --output=/dev/null --chdir="$PWD" "$here/verify_share.sh" "$results" "$shares" "$modsig" "$@" || :
done
for i in $(seq "$shares"); do [ ! -s "$results/$i.errors" ] || cat "$results/$i.errors" >&2; done
set --
for i in $(seq "$shares"); do set -- "$@" "$results/$i.json"; done
exec python3 "$here/merge.py" "$@"
