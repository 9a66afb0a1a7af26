#!/usr/bin/env bash
# Kills a training several times without warning and lets it go on each time: the profile that comes out is the one of a training
# that was left alone, bit for bit. Also: Ctrl-C keeps the state, and a checkpoint of another training is refused.
set -euo pipefail
train=$1 rows=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export SOURCE_DATE_EPOCH=0
steps=400

fit() { # OUT [OPTION...]; exec, so that a kill meets the trainer and not a shell around it
  local out=$1
  shift
  exec "$train" fit --data "$rows" --steps $steps --rows 16 --groups 2 --width 16 --heads 2 --layers 1 --inner 16 --hidden 16 \
    --validate 0.1 --validate-every 40 --patience 100 --out "$out" "$@"
}
fail() {
  echo "resume.sh: $1" >&2
  exit 1
}

(fit "$folder/alone.safetensors") >"$folder/log" 2>&1 || fail "$(cat "$folder/log")"
grep -q 'validation [0-9.]* %' "$folder/log" || fail "the progress tells no validation error"

state=$folder/state
kills=0
for _ in $(seq 60); do
  [ $kills -lt 5 ] || break
  before=$(stat -c %Y.%i "$state" 2>/dev/null || echo none)
  fit "$folder/killed.safetensors" --checkpoint "$state" --checkpoint-steps 7 >"$folder/log" 2>&1 &
  process=$!
  # Until it has got further than the run before.
  for _ in $(seq 400); do
    [ "$(stat -c %Y.%i "$state" 2>/dev/null || echo none)" = "$before" ] || break
    sleep 0.02
  done
  sleep "0.0$((RANDOM % 9))"
  kill -9 $process 2>/dev/null || break # it was done before
  wait $process 2>/dev/null || true
  kills=$((kills + 1))
done
[ $kills -ge 2 ] || fail "the training ended before it could be killed twice"
[ ! -e "$folder/killed.safetensors" ] || fail "a killed training wrote a profile"

# Another training must not go on from this state.
if (fit "$folder/other.safetensors" --checkpoint "$state" --seed 1) >"$folder/log" 2>&1; then fail "a foreign checkpoint was taken"; fi
grep -q 'is of another training' "$folder/log" || fail "$(cat "$folder/log")"
[ ! -e "$folder/other.safetensors" ] || fail "a refused training wrote a profile"
# Nor from half of it.
head -c 1000 "$state" >"$folder/half"
if (fit "$folder/other.safetensors" --checkpoint "$folder/half") >"$folder/log" 2>&1; then fail "half a checkpoint was taken"; fi
[ "$(wc -l <"$folder/log")" -le 4 ] && grep -q "'$folder/half'" "$folder/log" || fail "$(cat "$folder/log")"

(fit "$folder/killed.safetensors" --checkpoint "$state" --checkpoint-steps 7) >"$folder/log" 2>&1 || fail "$(cat "$folder/log")"
cmp "$folder/alone.safetensors" "$folder/killed.safetensors" || fail "the profiles differ after $kills kills"
[ ! -e "$state" ] || fail "a finished training left its checkpoint"

# SIGTERM ends it with the state kept.
steps=100000
fit "$folder/stopped.safetensors" --checkpoint "$state" --checkpoint-steps 7 >"$folder/log" 2>&1 &
process=$!
for _ in $(seq 400); do
  [ ! -e "$state" ] || break
  sleep 0.05
done
kill -TERM $process
status=0
wait $process || status=$?
[ $status -eq 130 ] || fail "a training that was told to end gave the status $status"
grep -q "goes on from '$state'" "$folder/log" && [ -s "$state" ] || fail "$(cat "$folder/log")"
echo "the same profile after $kills kills"
