#!/usr/bin/env bash
# Two processes on this machine train one model: the losses they print and the errors that come out are those of one process. A process
# that is killed ends the other with a sentence.
set -euo pipefail
train=$1 rows=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export SOURCE_DATE_EPOCH=0 MASTER_ADDR=127.0.0.1
fail() {
  echo "together.sh: $1" >&2
  exit 1
}
MASTER_PORT=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export MASTER_PORT

fit() { # NAME STEPS [OPTION...]
  local name=$1 steps=$2
  shift 2
  exec "$train" fit --data "$rows" --steps "$steps" --rows 16 --groups 2 --width 16 --heads 2 --layers 1 --inner 16 --hidden 16 \
    --validate 0.1 --validate-every 20 --losses "$folder/$name.losses" --out "$folder/$name.safetensors" "$@"
}

(fit one 60) >"$folder/log" 2>&1 || fail "$(cat "$folder/log")"
(RANK=1 WORLD_SIZE=2 fit second 60 --together) >"$folder/second.log" 2>&1 &
second=$!
(RANK=0 WORLD_SIZE=2 fit first 60 --together) >"$folder/first.log" 2>&1 || fail "$(cat "$folder/first.log" "$folder/second.log")"
wait $second || fail "$(cat "$folder/second.log")"
[ ! -e "$folder/second.safetensors" ] || fail "the second process wrote a profile too"
[ -s "$folder/first.safetensors" ] || fail "the first process wrote no profile"
python3 - "$folder/one.losses" "$folder/first.losses" <<'PYTHON'
import sys
one, two = ([float(line) for line in open(name)] for name in sys.argv[1:])
if len(one) != 60 or len(two) != 60:
    sys.exit(f"together.sh: {len(one)} and {len(two)} losses, not 60")
worst = max(abs(a - b) for a, b in zip(one, two))
print(f"largest difference of the losses of one process and of two: {worst:.1e}")
if not worst <= 1e-4:
    sys.exit("together.sh: they differ by more than 1e-4")
PYTHON

(RANK=1 WORLD_SIZE=2 fit second 1000000 --together) >"$folder/second.log" 2>&1 &
second=$!
(RANK=0 WORLD_SIZE=2 fit first 1000000 --together) >"$folder/first.log" 2>&1 &
first=$!
for _ in $(seq 300); do
  [ ! -s "$folder/first.losses" ] || [ "$(wc -l <"$folder/first.losses")" -eq 60 ] || break
  sleep 0.1
done
kill -9 $second
status=0
wait $first || status=$?
[ $status -eq 2 ] && grep -q 'a process that trains with this one is gone' "$folder/first.log" ||
  fail "after the other was killed the first gave the status $status: $(cat "$folder/first.log")"
