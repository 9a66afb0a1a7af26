#!/usr/bin/env bash
# Data, settings and profiles that are wrong: one sentence and the status 2 each, and no file is written over.
set -euo pipefail
train=$1 rows=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
tiny=(--rows 4 --groups 1 --width 16 --layers 1 --inner 16 --hidden 16 --steps 2)
failures=0

refused() { # SENTENCE [ARGUMENT...]: `fit` with these must say so and leave what is there alone
  local sentence=$1 status=0
  shift
  echo kept >"$folder/out"
  "$train" fit --out "$folder/out" "${tiny[@]}" "$@" >"$folder/log" 2>&1 || status=$?
  if [ $status -ne 2 ] || ! grep '^cobra-train: ' "$folder/log" | grep -qF -- "$sentence" || [ "$(cat "$folder/out")" != kept ]; then
    echo "bad_input.sh: fit $* gave the status $status and not '$sentence':"
    cat "$folder/log"
    failures=$((failures + 1))
  fi
}

header='{"schema":"cobra.rows/1","title":"t","source":"public","origin":"o","devices":["a"]}'
row() { echo "{\"calls\":[\"aten::relu(self=f32[$1])\"],\"ms\":[$2]}"; }

: >"$folder/empty.jsonl"
refused "empty.jsonl" --data "$folder/empty.jsonl"
echo "$header" >"$folder/header.jsonl"
refused 'no row is left to train on' --data "$folder/header.jsonl"
for bad in NaN 0 -1 null; do
  { echo "$header"; row 4 1; row 5 $bad; } >"$folder/bad.jsonl"
  [ $bad = null ] || refused 'line 3: ' --data "$folder/bad.jsonl"
done
{ echo "$header"; row 4 1e999; } >"$folder/infinite.jsonl"
refused 'line 2: ' --data "$folder/infinite.jsonl"
{ echo "$header"; echo '{"calls":["aten::from_the_future(self=f32[4])"],"ms":[1]}'; } >"$folder/future.jsonl"
refused 'no row is left to train on' --data "$folder/future.jsonl"
refused 'nowhere.jsonl' --data "$folder/nowhere.jsonl"
refused 'no rows are named' # neither --data nor "data"
refused '--heads 3' --data "$rows" --heads 3
refused 'nothing to train on' --data "$rows" --test 0.9 --calibrate 0.1
refused '--patience needs' --data "$rows" --patience 2 --validate 0
refused 'no row is about' --data "$rows" --operator aten::nonsense
refused 'no launcher' --data "$rows" --together
# A place that cannot be written to is known before hours of training.
refused "nowhere" --data "$rows" --card "$folder/nowhere/card.md"

config() { # SENTENCE JSON
  echo "$2" >"$folder/config.json"
  refused "$1" --data "$rows" --config "$folder/config.json"
}
config "'raet', which is no setting" '{"raet": 0.1}'
config 'it must be a number from 0 to 1' '{"rate": "fast"}'
config 'it must be a whole number' '{"patience": 1.5}'
config 'it must be a list of texts' '{"focus": "aten::relu"}'
config "'family', 'shape', 'size'" '{"split": "colour"}'
config 'is not one JSON object' '[1'

# One row is enough to train on, where the split leaves it there; what was never validated has no validation error.
{ echo "$header"; row 4 1; } >"$folder/one.jsonl"
"$train" fit --data "$folder/one.jsonl" --out "$folder/one.safetensors" "${tiny[@]}" --test 0 --calibrate 0 --validate 0 >"$folder/log" 2>&1 ||
  { cat "$folder/log"; failures=$((failures + 1)); }
refused 'leaves none of the 1 rows' --data "$folder/one.jsonl" --test 0.99 --calibrate 0 --validate 0.009

# The settings of a card train the same profile again, and the command line goes before them.
export SOURCE_DATE_EPOCH=0
"$train" fit --data "$rows" --out "$folder/a.safetensors" --card "$folder/a.md" "${tiny[@]}" --seed 5 --focus aten::relu >"$folder/log" 2>&1
sed -n '/^```json$/,/^```$/p' "$folder/a.md" | sed '1d;$d' >"$folder/a.json"
"$train" fit --config "$folder/a.json" --out "$folder/b.safetensors" >"$folder/log" 2>&1
cmp "$folder/a.safetensors" "$folder/b.safetensors" || failures=$((failures + 1))
"$train" card "$folder/b.safetensors" | cmp - "$folder/a.md" || failures=$((failures + 1))
"$train" fit --config "$folder/a.json" --seed 6 --out "$folder/c.safetensors" --card "$folder/c.md" >"$folder/log" 2>&1
grep -q '"seed": 6' "$folder/c.md" || { echo "bad_input.sh: --seed did not go before the file"; failures=$((failures + 1)); }


# What scripts/train-default --check does: the same settings give the same errors, others don't go through as the same.
table=$(dirname "${BASH_SOURCE[0]}")/../../scripts/lib/error_table.py
python3 -B "$table" compare "$folder/a.safetensors" "$folder/b.safetensors" | grep -q 'are equal' || failures=$((failures + 1))
"$train" fit --config "$folder/a.json" --test 0.1 --out "$folder/c.safetensors" >"$folder/log" 2>&1
if python3 -B "$table" compare "$folder/a.safetensors" "$folder/c.safetensors" >"$folder/log"; then
  echo "bad_input.sh: error tables of other rows went through as the same"
  failures=$((failures + 1))
fi

[ $failures -eq 0 ] || exit 1
