#!/usr/bin/env bash
# The modes of measuring: what the header says of them, and that they change what they should.
set -euo pipefail
probe=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
fail() {
  echo "modes.sh: $1" >&2
  exit 1
}
milliseconds() { # SNIPPET OPTION...
  "$probe" run "$@" --row-seconds 0.3 | sed -n 's/^\([0-9.e+-]*\) ms .*/\1/p'
}

# Half a megabyte lies in a near cache, or has to come from memory.
relu='aten::relu(self=f32[65536])'
warm=$(milliseconds "$relu")
cold=$(milliseconds "$relu" --cache cold)
awk -v w="$warm" -v c="$cold" 'BEGIN { exit !(w > 0 && c > 1.3 * w) }' || fail "cold takes $cold ms, warm $warm ms"

header() { sed -n 1p "$folder/$1.jsonl"; }
collect() { # NAME OPTION...
  local name=$1
  shift
  "$probe" layers --operators aten::conv2d,aten::relu --memory 4 --gflop 0.01 --row-seconds 0.002 --rows 6 --out "$folder/$name.jsonl" "$@" \
    >/dev/null 2>&1 || fail "$name"
  [ "$(grep -c '"row"' "$folder/$name.jsonl")" -eq 6 ] || fail "$name has not 6 rows"
  if grep -q '"error":"refused"' "$folder/$name.jsonl"; then fail "$name: $(grep refused "$folder/$name.jsonl")"; fi
}
collect plain
! header plain | grep -qE '"layout"|"shard"|"tf32"' || fail "plain: $(header plain)"
collect last --layout channels-last
header last | grep -q '"layout":"channels-last"' || fail "last: $(header last)"
collect cold --cache cold
header cold | grep -q '"cache":"cold"' || fail "cold: $(header cold)"
! grep '"row"' "$folder/cold.jsonl" | grep -v '"batch":1,' | grep -q '"ms"' || fail "a cold sample is one run"
collect half --dtype bfloat16
grep '"row"' "$folder/half.jsonl" | grep -v bf16 | grep -q . && fail "half: not all in bfloat16"
collect single --dtype float16
grep '"row"' "$folder/single.jsonl" | grep -v f16 | grep -q . && fail "single: not all in float16"
# Graphs of files too.
"$probe" sample --rows 1 --space fbnet --image 32 --out "$folder/drawn" >/dev/null
if "$probe" graph "$folder"/drawn/*.json --dtype bfloat16 --row-seconds 0.01 --out "$folder/graph.json" >/dev/null 2>"$folder/log"; then :; else
  grep -q "gave the core to another thread" "$folder/log" || fail "graph in bfloat16: $(cat "$folder/log")"
fi
grep -q bf16 "$folder/graph.json" && ! grep -q f32 "$folder/graph.json" || fail "graph.json is not all in bfloat16"
# Files of different modes do not mix.
if text=$("$probe" layers --rows 1 --operators aten::relu --cache cold --out "$folder/plain.jsonl" 2>&1); then fail "mixed: $text"; fi
grep -q "was measured with cache 'warm', not 'cold'" <<<"$text" || fail "mixed: $text"

# quick: every rung of every ladder is a call that LibTorch runs, and two runs measure the same.
"$probe" quick --row-seconds 0.002 --out "$folder/quick.jsonl" >/dev/null 2>&1 || fail "quick"
[ "$(grep -c '"row"' "$folder/quick.jsonl")" -eq 100 ] || fail "quick has $(grep -c '"row"' "$folder/quick.jsonl") rows"
! grep -q '"error":"\(refused\|argument\|memory\|unknown operator\|crashed\)"' "$folder/quick.jsonl" || fail "quick: $(grep '"error"' "$folder/quick.jsonl")"
"$probe" quick --row-seconds 0.002 --out "$folder/quick.jsonl" 2>&1 | grep -q "^0 rows" || fail "quick measures again what is there"
