#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# A Slurm of one's own, to try things on: a controller and two nodes on this machine, with all their files in one folder. For root, in a
# container or a virtual machine; needs Debian's slurm-wlm and munge, and leaves the system's configuration of them alone.
#   cluster.sh run FOLDER COMMAND...   starts it in FOLDER, which is new, runs the command on it, and stops it; exit status: the command's
set -eu
[ "$1" = run ] || { echo "usage: cluster.sh run FOLDER COMMAND..." >&2; exit 2; }
folder=$2
shift 2
mkdir "$folder"
folder=$(cd "$folder" && pwd)
mkdir "$folder/state" "$folder/node1" "$folder/node2"
processes=

stop() {
  # In the order in which they need each other: nodes, controller, munge.
  for process in $processes; do kill "$process" 2>/dev/null || :; done
  for process in $processes; do wait "$process" 2>/dev/null || :; done
}
trap stop EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

free_ports() { python3 -c 'import socket; s = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]; print(*(each.getsockname()[1] for each in s))'; }
# shellcheck disable=SC2046
set -- $(free_ports) "$@"
host=$(hostname -s)
cat >"$folder/slurm.conf" <<END
ClusterName=modsig
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$1
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket
CredType=cred/munge
StateSaveLocation=$folder/state
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/%n/slurmd.pid
SlurmdSpoolDir=$folder/%n
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/%n/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1,batch_sched_delay=0
ReturnToService=2
NodeName=node1 NodeHostname=$host NodeAddr=127.0.0.1 Port=$2 CPUs=1 State=UNKNOWN
NodeName=node2 NodeHostname=$host NodeAddr=127.0.0.1 Port=$3 CPUs=1 State=UNKNOWN
PartitionName=all Nodes=node1,node2 Default=YES MaxTime=INFINITE State=UP
END
shift 3
export SLURM_CONF="$folder/slurm.conf"

(umask 077 && head -c 1024 /dev/urandom >"$folder/munge.key")
munged --foreground --force --key-file="$folder/munge.key" --socket="$folder/munge.socket" --pid-file="$folder/munged.pid" \
  --seed-file="$folder/munge.seed" --log-file="$folder/munged.log" >"$folder/munged.out" 2>&1 &
processes=$!
slurmctld -D >"$folder/slurmctld.out" 2>&1 &
processes="$! $processes"
for node in node1 node2; do
  slurmd -D -N "$node" >"$folder/$node.out" 2>&1 &
  processes="$! $processes"
done
tries=0
until [ "$(sinfo -h -N -t idle -o %N 2>/dev/null | sort | paste -s -d ,)" = node1,node2 ]; do
  tries=$((tries + 1))
  [ "$tries" -lt 60 ] || { echo "cluster.sh: it does not start; see the logs in $folder" >&2; sinfo >&2 || :; exit 7; }
  sleep 1
done
"$@"
