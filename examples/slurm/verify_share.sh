#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# One share of the list, as a task of a job array: verify_packages.sh starts it. A result appears whole or not at all, so a task that is
# killed leaves none.
#   verify_share.sh RESULTS SHARES MODSIG [OPTION...]
set -u
results=$1 shares=$2 modsig=$3
shift 3
i=$SLURM_ARRAY_TASK_ID
echo "$SLURMD_NODENAME" >"$results/$i.node"
"$modsig" verify --json --files-from "$results/list" --shard "$i/$shares" "$@" >"$results/$i.part" 2>"$results/$i.errors"
# Whatever the verdicts are: what ends with the summary is a result.
tail -n 1 "$results/$i.part" | grep -q '^{"summary":true,' && mv "$results/$i.part" "$results/$i.json"
