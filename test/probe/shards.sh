#!/usr/bin/env bash
# Shards of a run, merged, are the run: the same rows for networks and for the paper's layers; for the default space as many, none
# twice. Networks resume after kill -9.
set -euo pipefail
probe=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
fail() {
  echo "shards.sh: $1" >&2
  exit 1
}
end=jsonl
"$probe" run 'aten::relu(self=f32[2])' >/dev/null # LibTorch is there
rows() { "$probe" show "$1" | sed -n 's/^\([0-9]*\) rows of .*/\1/p'; }
names() { sed -n 's/^{"row":\([0-9]*\),"\(network\|snippet\)":"\([^"]*\)".*/\1 \3/p' "$1"; }

compare() { # NAME COMMAND...
  local name=$1
  shift
  "$probe" "$@" --rows 9 --out "$folder/$name-whole.$end" >"$folder/log" 2>&1 || fail "$(cat "$folder/log")"
  for i in 0 1 2; do
    "$probe" "$@" --rows 3 --shard $i/3 --out "$folder/$name-$i.$end" >"$folder/log" 2>&1 || fail "$(cat "$folder/log")"
  done
  "$probe" merge "$folder/$name"-[012].$end --out "$folder/$name-merged.$end" >"$folder/log" || fail "$(cat "$folder/log")"
  cmp <(names "$folder/$name-whole.$end") <(names "$folder/$name-merged.$end") || fail "$name: the shards are not the run"
  [ "$(names "$folder/$name-merged.$end" | wc -l)" -eq 9 ] || fail "$name: not 9 rows"
}
compare networks graph --space networks --image 32 --gflop 0.2 --row-seconds 0.002
compare paper layers --space cobra-2022 --gflop 0.01 --memory 8 --row-seconds 0.002

# The default space balances operators inside each shard: other rows than one run has, but none twice.
for i in 0 1; do
  "$probe" layers --operators aten::relu,aten::linear --memory 8 --row-seconds 0.002 --rows 20 --shard $i/2 --out "$folder/calls-$i.$end" \
    >/dev/null
done
"$probe" merge "$folder"/calls-[01].$end --out "$folder/calls.$end" >"$folder/log"
twice=$(sed -n 's/.*; \([0-9]*\) were there twice.*/\1/p' "$folder/log")
[ "$(rows "$folder/calls.$end")" -eq $((40 - ${twice:-0})) ] || fail "calls: $(cat "$folder/log")"
[ -z "$(names "$folder/calls.$end" | cut -d' ' -f2 | sort | uniq -d)" ] || fail "calls: a snippet stands twice"

# Networks: killed at any moment, the same command goes on where it ended.
networks() { exec "$probe" graph --space modern --image 32 --gflop 0.2 --row-seconds 0.01 --seed 5 --rows "$2" --out "$1"; }
(networks "$folder/alone.$end" 25) >/dev/null 2>&1
for _ in $(seq 8); do
  networks "$folder/killed.$end" 25 >/dev/null 2>&1 &
  process=$!
  sleep "0.$((RANDOM % 40 + 40))"
  kill -9 $process 2>/dev/null || true
  wait $process 2>/dev/null || true
done
there=$(rows "$folder/killed.$end" || true)
more=$((25 - ${there:-0}))
[ "$more" -le 0 ] || (networks "$folder/killed.$end" "$more") >/dev/null 2>&1
cmp <(names "$folder/alone.$end" | head -25) <(names "$folder/killed.$end" | head -25) || fail "networks differ after kill -9"

# Noise repeats networks too, and says what a perfect predictor would score.
"$probe" noise "$folder/alone.$end" --share 0.3 --row-seconds 0.01 >"$folder/log" || fail "$(cat "$folder/log")"
measured=$(grep -c '"ms":.*"stop"' "$folder/alone.$end") # on a busy machine some rows are never undisturbed
twice=$(sed -n 's/^noise floor from \([0-9]*\) rows measured twice.*/\1/p' "$folder/log")
[ "${twice:-0}" -gt 0 ] && [ "$twice" -le $(((measured * 3 + 5) / 10)) ] || fail "noise: $(cat "$folder/log")"
