#!/usr/bin/env bash
# join.sh TRAINER ROWS: two small trainings become the members of one profile; trainings of different rows do not.
set -euo pipefail
train=$1 rows=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
wrong() {
  echo "join.sh: $1" >&2
  exit 1
}

fit=("$train" fit --device v100-pytorch21 --steps 20 --rows 16 --width 32)
"${fit[@]}" --data "$rows" --seed 1 --out one.safetensors >/dev/null 2>log
"${fit[@]}" --data "$rows" --seed 2 --out two.safetensors >/dev/null 2>log
"$train" join one.safetensors two.safetensors --data "$rows" --device v100-pytorch21 --out both.safetensors >errors 2>log
grep -q '2 members' log || wrong "join does not say how many members there are: $(cat log)"
grep -q 'aten::relu' errors || wrong "join prints no error table"
grep -aqF '\"format\":2' both.safetensors || wrong "a profile of two members must be of format 2"
"$train" eval --profile both.safetensors --data "$rows" --device v100-pytorch21 | diff - errors || wrong "eval and join disagree"

"$train" parity --profile both.safetensors --data "$rows" --device v100-pytorch21 >log || wrong "a member is not what LibTorch computes: $(cat log)"

"$train" fit --device v100-pytorch21 --steps 20 --rows 16 --width 48 --data "$rows" --seed 3 --out wide.safetensors >/dev/null 2>log
status=0
"$train" join one.safetensors wide.safetensors --data "$rows" --out bad.safetensors >/dev/null 2>log || status=$?
[ "$status" = 2 ] && grep -q 'the models differ in the architecture' log || wrong "other architectures are joined: $(cat log)"
[ ! -e bad.safetensors ] || wrong "a refused join writes a file"
