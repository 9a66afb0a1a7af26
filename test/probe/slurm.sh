#!/usr/bin/env bash
# scripts/collect.sbatch under a real slurmctld and slurmd on this machine: an array of four shards, merged, is the run. Everything
# the daemons need lies in a folder of their own; an installation of Slurm that is there already is left alone.
set -euo pipefail
probe=$(realpath "$1")
root=$(cd "$(dirname "$0")/../.." && pwd)
for program in slurmctld slurmd sbatch munged mungekey; do
  if ! PATH=$PATH:/usr/sbin command -v $program >/dev/null; then
    echo "slurm.sh: skipped, there is no $program here (Debian: apt install slurm-wlm munge)"
    exit 77
  fi
done
if [ "$(id -u)" -ne 0 ]; then
  echo "slurm.sh: skipped, slurmd runs jobs only as root"
  exit 77
fi
PATH=$PATH:/usr/sbin
folder=$(mktemp -d /tmp/cobra-slurm.XXXXXX)
chmod 755 "$folder"
pids=()
finish() {
  local code=$?
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  [ $code -eq 0 ] || tail -n 20 "$folder"/*.log "$folder"/out/*.log 2>/dev/null >&2 || true
  rm -rf "$folder"
}
trap finish EXIT
fail() {
  echo "slurm.sh: $1" >&2
  exit 1
}

# Credentials between the daemons.
mkdir -m 755 "$folder/munge"
mungekey --create --keyfile "$folder/munge/key"
munged --foreground --force --socket="$folder/munge/socket" --key-file="$folder/munge/key" --pid-file="$folder/munge/pid" \
  --log-file="$folder/munge/log" --seed-file="$folder/munge/seed" >"$folder/munged.log" 2>&1 &
pids+=($!)

host=$(hostname -s)
base=$((20000 + RANDOM % 20000))
mkdir "$folder/state" "$folder/spool" "$folder/out"
cat >"$folder/slurm.conf" <<CONF
ClusterName=cobra
SlurmctldHost=$host(127.0.0.1)
AuthType=auth/munge
AuthInfo=socket=$folder/munge/socket
CryptoType=crypto/munge
SlurmctldPort=$base
SlurmdPort=$((base + 1))
SlurmUser=root
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/builtin
ReturnToService=2
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF=$folder/slurm.conf
slurmctld -D -i >"$folder/slurmctld-out.log" 2>&1 &
pids+=($!)
slurmd -D >"$folder/slurmd-out.log" 2>&1 &
pids+=($!)
for _ in $(seq 60); do
  sinfo -h -o %t 2>/dev/null | grep -q idle && break
  sleep 0.5
done
sinfo -h -o %t | grep -q idle || fail "the node did not come up: $(sinfo 2>&1)"

options=(--space networks --image 32 --gflop 0.2 --row-seconds 0.002)
cd "$folder"
COBRA_PROBE=$probe sbatch --parsable --wait --array=2-8:2 --output="$folder/out/task-%a.log" "$root/scripts/collect.sbatch" \
  "$folder/out" graph "${options[@]}" --rows 3 >job.log || fail "the job failed: $(cat "$folder"/out/*.log)"

shopt -s nullglob
shards=("$folder"/out/*-networks-*of4.jsonl*)
[ ${#shards[@]} -eq 4 ] || fail "${#shards[@]} files, not 4: $(ls "$folder/out")"
"$probe" merge "${shards[@]}" --out "$folder/merged.jsonl" >/dev/null
"$probe" graph "${options[@]}" --rows 12 --out "$folder/whole.jsonl" >/dev/null 2>&1
names() { sed -n 's/^{"row":\([0-9]*\),"network":"\([^"]*\)".*/\1 \2/p' "$1"; }
[ "$(names whole.jsonl | wc -l)" -eq 12 ] || fail "the run has not 12 rows"
cmp <(names whole.jsonl) <(names merged.jsonl) || fail "the array's rows are not those of one run"

# Without an array it says what to do.
if text=$(bash "$root/scripts/collect.sbatch" "$folder/out" graph 2>&1); then fail "it ran without an array"; fi
grep -q "submit it with: sbatch --array" <<<"$text" || fail "$text"
