#!/bin/sh
# A run on a real Slurm of this machine's own: three slurmd, an array of at least four tasks, one task and one slurmd
# killed in the middle, resubmitted, merged, and compared with a run without a cluster. Root, Debian; loopback only.
#   sh scripts/test-slurm.sh [claims …]         PROGRAM, CLAIMS (folder), PROFILE and WORK may be set
set -eu
cd "$(dirname "$0")/.."
program=$(realpath "${PROGRAM:-target/release/claimcheck}")
claims=$(realpath "${CLAIMS:-claims}")
profile=${PROFILE:-quick}
[ $# -gt 0 ] || set -- 'arpit2019/*'

if ! command -v slurmctld >/dev/null || ! command -v munged >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends slurm-wlm munge >/dev/null
fi

work=${WORK:-$(mktemp -d /tmp/claimcheck-slurm.XXXXXX)}
mkdir -p "$work/state" "$work/log" "$work/munge"
host=$(hostname -s)
export SLURM_CONF="$work/slurm.conf"
cat > "$SLURM_CONF" <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmctldPort=17100
AuthType=auth/munge
AuthInfo=socket=$work/munge/socket
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
ReturnToService=2
SlurmdTimeout=10
KillWait=5
JobRequeue=1
StateSaveLocation=$work/state
SlurmctldPidFile=$work/slurmctld.pid
SlurmctldLogFile=$work/log/slurmctld
SlurmdPidFile=$work/slurmd.%n.pid
SlurmdSpoolDir=$work/spool.%n
SlurmdLogFile=$work/log/slurmd.%n
SlurmdParameters=config_overrides
JobCompType=jobcomp/filetxt
JobCompLoc=$work/log/jobs
NodeName=n[1-3] NodeHostname=$host NodeAddr=127.0.0.1 Port=[17101-17103] CPUs=1 RealMemory=8000
PartitionName=all Nodes=ALL Default=YES State=UP
CONF

say() { echo "[$(date +%T)] $*"; }
pid() { cat "$1" 2>/dev/null || true; }
stop() {
    scancel --user=root 2>/dev/null || true
    for file in "$work"/slurmd.*.pid "$work/slurmctld.pid" "$work/munge/pid"; do
        [ -z "$(pid "$file")" ] || kill "$(pid "$file")" 2>/dev/null || true
    done
}
trap stop EXIT
die() {
    say "FAILED: $*"
    tail -n 5 "$work"/log/* 2>/dev/null || true
    exit 1
}
# until_true SECONDS WHAT COMMAND…
until_true() {
    left=$1 what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        left=$((left - 1))
        [ "$left" -gt 0 ] || die "$what"
        sleep 1
    done
}

dd if=/dev/urandom of="$work/munge/key" bs=1024 count=1 2>/dev/null
chmod 400 "$work/munge/key"
munged --force --key-file="$work/munge/key" --socket="$work/munge/socket" --pid-file="$work/munge/pid" \
    --log-file="$work/munge/log" --seed-file="$work/munge/seed"
slurmctld
for node in n1 n2 n3; do
    mkdir -p "$work/spool.$node"
    slurmd -N "$node"
done
idle() { [ "$(sinfo --noheader --Node --states=idle --format=%N | wc -l)" -eq 3 ]; }
until_true 60 "the nodes do not come up" idle
say "$(sinfo --version): slurmctld, 3 slurmd"

start=$(date +%s)
"$program" --claims "$claims" verify --profile "$profile" --threads 2 --quiet --out "$work/whole" "$@" >"$work/log/whole" || [ $? -le 1 ]
say "without a cluster, 2 threads: $(($(date +%s) - start)) s"

run="$work/run"
submitted=$(date +%s)
"$program" --claims "$claims" slurm --profile "$profile" --threads 1 --tasks 6 --out "$run" --submit "$@"
waiting() { squeue --noheader --array --format='%i %T %N' | grep -v finish; }
empty() { [ -z "$(squeue --noheader)" ]; }

# A task in its middle: its journal has lines, and its process is there.
victim() {
    for journal in "$run"/work/1-*/journal.jsonl; do
        folder=$(dirname "$journal")
        [ "$(wc -l < "$journal")" -ge 3 ] && [ -e "$folder/.lock" ] || continue
        process=$(sed -n 's/^process \([0-9]*\) .*/\1/p' "$folder/.lock")
        [ -n "$process" ] && kill -0 "$process" 2>/dev/null || continue
        echo "$process $folder"
        return 0
    done
    return 1
}
until_true 300 "no task begins" victim
set -- $(victim)
kill -KILL "$1"
say "killed a task: process $1 of $(basename "$2") after $(($(wc -l < "$2/journal.jsonl") - 1)) measurements"

# A node that dies: slurmd, its steps, and what they run.
busy() { squeue --noheader --states=RUNNING --nodelist=n2 --format=%N | grep -q n2; }
until_true 300 "no task runs on n2" busy
sleep 1
lost=$(squeue --noheader --array --states=RUNNING --nodelist=n2 --format='%K' | head -n 1)
kill -KILL "$(pid "$work/slurmd.n2.pid")"
for step in $(pgrep -f "slurmstepd: \[.*\]" || true); do
    # Steps of n2 only: each knows its spool folder.
    if ls -l "/proc/$step/fd" 2>/dev/null | grep -q "slurmd.n2"; then
        children=$(pgrep -P "$step" || true)
        kill -KILL "$step" $children 2>/dev/null || true
    fi
done
say "killed the slurmd of n2 with its task $lost"
down() { sinfo --noheader --Node --nodes=n2 --format=%T | grep -q -i down; }
until_true 120 "the controller does not miss n2" down
say "the controller has missed n2 and queued its task again"
slurmd -N n2
until_true 1800 "the arrays do not end" empty
cat "$run"/round-1/finish.log
grep -q "shard is missing" "$run/round-1/finish.log" || die "the lost task was not missed"

"$program" --claims "$claims" slurm --resubmit --threads 1 --out "$run" --submit
until_true 1800 "the second round does not end" empty
tail -n 3 "$run/round-2/finish.log"
ended=$(date +%s)
python3 scripts/compare-runs.py "$work/whole" "$run" "$work/log/jobs" || die "the results differ"
say "from submission to merged report, kills and resubmission included: $((ended - submitted)) s"
