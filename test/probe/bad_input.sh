#!/usr/bin/env bash
# Wrong input is one sentence and an exit code, never a crash.
set -uo pipefail
probe=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failures=0

expect() { # CODE PATTERN ARGUMENTS...
  local code=$1 pattern=$2 got=0 text
  shift 2
  text=$("$probe" "$@" 2>&1) || got=$?
  if [ $got -ne "$code" ] || ! grep -qE -- "$pattern" <<<"$text"; then
    printf 'cobra-probe %s\n  ended with %d, not %d, or did not say /%s/:\n%s\n' "$*" $got "$code" "$pattern" "$text" >&2
    failures=$((failures + 1))
  fi
}

printf 'no records\n' >"$folder/text.jsonl"
printf '\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03garbage' >"$folder/broken.jsonl.gz"
printf '{"schema":"cobra.graph/1"' >"$folder/cut.json"
mkdir "$folder/folder.jsonl"

expect 2 "name a command"
expect 2 "there is no command 'dance'" dance
expect 2 "there is no option --jump" run --jump 'aten::relu(self=f32[2])'
expect 2 "--minutes takes a number above 0, not 'soon'" layers --minutes soon
expect 2 "--threads takes a count from 1 to 1024, not '-3'" layers --threads -3
expect 2 "--seed takes a count, not '99999999999999999999999'" layers --seed 99999999999999999999999
expect 2 "--dtype takes .*, not 'int64'" layers --dtype int64
expect 2 "--space takes 'default'" layers --space everything
expect 2 "--out takes a value" layers --out
expect 2 "layers needs --out" layers --minutes 1
expect 2 "layers needs --minutes M or --rows N" layers --out "$folder/x.jsonl"
expect 2 "the registry has no operator aten::nothing" layers --rows 1 --out "$folder/x.jsonl" --operators aten::nothing
expect 1 "No such file" layers --rows 1 --out "$folder/missing/x.jsonl" --operators aten::relu
expect 1 "No space left on device" layers --rows 1 --out /dev/full --operators aten::relu
expect 1 "is no header|is no JSON" layers --rows 1 --out "$folder/text.jsonl" --operators aten::relu
expect 2 "byte 0: " run 'nonsense'
expect 2 "aten::no_such_thing" run 'aten::no_such_thing(self=f32[2])'
expect 1 "refused: " run 'aten::linear(input=f32[5,4],weight=f32[3,7],bias=None)'
expect 1 "memory: inputs and outputs take" run 'aten::relu(self=f32[1000000,1000000])'
expect 2 "'tpu' is no device|Expected one of|is no device" run 'aten::relu(self=f32[2])' --device tpu
expect 2 "not on xpu" run 'aten::relu(self=f32[2])' --device xpu
expect 1 "cannot be read" graph "$folder/missing.json"
expect 1 "cut.json: " graph "$folder/cut.json"
expect 1 "is no file" show "$folder/folder.jsonl"
expect 1 "text.jsonl:1: " show "$folder/text.jsonl"
expect 1 "broken.jsonl.gz" show "$folder/broken.jsonl.gz"
expect 1 "missing.jsonl: cannot be read" noise "$folder/missing.jsonl"
expect 2 "noise takes FILE" noise

# Without a GPU, --device cuda is a sentence; with one it measures.
if "$probe" run 'aten::relu(self=f32[2])' --device cuda >"$folder/log" 2>&1; then
  grep -q " ms " "$folder/log" || failures=$((failures + 1))
else
  expect 2 "there is no device cuda" run 'aten::relu(self=f32[2])' --device cuda
fi

exit $((failures > 0))
