#!/usr/bin/env bash
# The second phase of a training with networks: ended in its middle it goes on to the same profile, bit for bit, and the losses of both
# phases are kept.
set -euo pipefail
train=$1 rows=$2 networks=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export SOURCE_DATE_EPOCH=0

fit() { # OUT [OPTION...]
  local out=$1
  shift
  exec "$train" fit --data "$rows" --networks "$networks" --operator aten::relu aten::conv2d --steps 20 --rows 8 --groups 2 --width 16 \
    --heads 2 --layers 1 --inner 16 --hidden 16 --validate-every 0 --sums-groups 2 --sums-rows 4 --out "$out" "$@"
}
fail() {
  echo "sums.sh: $1" >&2
  exit 1
}

(fit "$folder/alone.safetensors" --sums-steps 400 --losses "$folder/losses") >"$folder/log" 2>&1 || fail "$(cat "$folder/log")"
[ "$(wc -l <"$folder/losses")" -eq 420 ] || fail "$(wc -l <"$folder/losses") losses of 420 steps"
(fit "$folder/without.safetensors" --sums-steps 0) >"$folder/log" 2>&1 || fail "$(cat "$folder/log")"
! cmp -s "$folder/alone.safetensors" "$folder/without.safetensors" || fail "the second phase changes nothing"

state=$folder/state
fit "$folder/stopped.safetensors" --sums-steps 400 --checkpoint "$state" --checkpoint-steps 5 >"$folder/log" 2>&1 &
process=$!
for _ in $(seq 2000); do
  [ ! -e "$state.sums" ] || break
  sleep 0.02
done
kill -TERM $process || fail "it was done before it could be ended"
status=0
wait $process || status=$?
[ $status -eq 130 ] || fail "a training that was told to end gave the status $status"
grep -q "goes on from '$state.sums'" "$folder/log" || fail "$(cat "$folder/log")"
[ ! -e "$folder/stopped.safetensors" ] || fail "an interrupted training wrote a profile"
(fit "$folder/stopped.safetensors" --sums-steps 400 --checkpoint "$state" --checkpoint-steps 5) >"$folder/log" 2>&1 || fail "$(cat "$folder/log")"
cmp "$folder/alone.safetensors" "$folder/stopped.safetensors" || fail "the profiles differ"
[ ! -e "$state" ] && [ ! -e "$state.sums" ] || fail "a finished training left its checkpoints"
