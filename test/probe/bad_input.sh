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
expect 2 "layers has the spaces 'default' and 'cobra-2022', not 'everything'" layers --rows 1 --out "$folder/x.jsonl" --space everything
expect 2 "there is no space of networks 'everything', but cobra-2022, " graph --rows 1 --out "$folder/x.jsonl" --space everything
expect 2 "there is no space of networks 'everything', but cobra-2022, " sample --rows 1 --out "$folder/x" --space everything
expect 2 "leave --operators and --calls out" layers --rows 1 --out "$folder/x.jsonl" --space cobra-2022 --operators aten::relu
expect 2 "--shard takes a shard like 0/4, not '4/4'" layers --shard 4/4
expect 2 "--shard takes a shard like 0/4, not '1'" layers --shard 1
expect 2 "--batch takes counts from 1 to 65536, not '1,0'" graph --batch 1,0
expect 2 "--cache takes warm or cold, not 'lukewarm'" layers --cache lukewarm
expect 2 "--layout takes contiguous or channels-last, not 'nhwc'" layers --layout nhwc
expect 2 "graph needs --out FILE, or GRAPH.json" graph --rows 1
expect 2 "graph needs --minutes M or --rows N" graph --out "$folder/x.jsonl"
expect 2 "not both" graph --space fbnet "$folder/cut.json"
expect 2 "networks go into records" graph --rows 1 --out "$folder/x.json"
expect 2 "sample needs --out FOLDER" sample --rows 1
expect 2 "sample needs --rows N" sample --out "$folder/x"
expect 1 "is used up after 0 networks" sample --rows 1 --out "$folder/x" --gflop 0.000001
expect 2 "quick needs --out FILE" quick
expect 2 "merge needs --out FILE" merge "$folder/text.jsonl"
expect 2 "merge takes FILE" merge
expect 1 "text.jsonl:1: " merge "$folder/text.jsonl" --out "$folder/x.jsonl"
expect 1 "missing.jsonl" merge "$folder/missing.jsonl" --out "$folder/x.jsonl"
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

# Published tables of networks.
cell='|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|avg_pool_3x3~1|skip_connect~2|'
printf 'arch,1080ti_32,gold_6240\n%s,1.5,2\n%s,,3\n' "$cell" "$cell" >"$folder/nets.csv"
printf 'arch,d\n%s,soon\n' "$cell" >"$folder/late.csv"
printf 'arch,d\n|none~0|,1\n' >"$folder/cell.csv"
printf 'arch,d\n%s\n' "$cell" >"$folder/short.csv"
expect 0 "1 networks of nas-bench-201 on 1080ti in" import "$folder/nets.csv" --name 1080ti_32 --out "$folder/nets.jsonl"
grep -q '"network":"nas-bench-201 .*, batch 32","ms":1.5' "$folder/nets.jsonl" && grep -q 'f32\[32,3,32,32\]' "$folder/nets.jsonl" ||
  failures=$((failures + 1))
expect 0 "2 networks of nas-bench-201 on gold_6240 in" import "$folder/nets.csv" --name gold_6240 --out "$folder/nets.jsonl"
expect 0 "2 rows of 1 families, 2 stopped by 'published'" show "$folder/nets.jsonl"
expect 1 "it has no column 'h200', but 1080ti_32, gold_6240" import "$folder/nets.csv" --name h200 --out "$folder/x.jsonl"
expect 1 "line 2: 'soon' is no time" import "$folder/late.csv" --name d --out "$folder/x.jsonl"
expect 1 "line 2: '.none~0.' is no network" import "$folder/cell.csv" --name d --out "$folder/x.jsonl"
expect 1 "line 2: it has too few fields" import "$folder/short.csv" --name d --out "$folder/x.jsonl"
expect 1 "it has no column 'arch'" import "$folder/text.jsonl" --name d --out "$folder/x.jsonl"
expect 2 "import needs --name COLUMN" import "$folder/nets.csv" --out "$folder/x.jsonl"

# Files of records that are damaged: what is whole is read, what is wrong is said with its place, nothing is lost.
"$probe" layers --rows 30 --operators aten::relu --memory 8 --row-seconds 0.002 --out "$folder/good.jsonl" >/dev/null 2>&1
sed 's/"device":"[^"]*"/"device":"another"/' "$folder/good.jsonl" >"$folder/other.jsonl"
cat "$folder/good.jsonl" "$folder/other.jsonl" >"$folder/two.jsonl"
head -c -20 "$folder/good.jsonl" >"$folder/truncated.jsonl"
gzip -c "$folder/good.jsonl" >"$folder/good.jsonl.gz"
size=$(stat -c %s "$folder/good.jsonl.gz")
head -c $((size / 2)) "$folder/good.jsonl.gz" >"$folder/halved.jsonl.gz"
sed '3s/aten::relu(/aten::no_such_thing(/' "$folder/good.jsonl" >"$folder/unknown.jsonl"
expect 0 "truncated.jsonl ends in the middle: 29 whole rows were read" show "$folder/truncated.jsonl"
expect 0 "halved.jsonl.gz ends in the middle: [1-9][0-9]* whole rows were read" show "$folder/halved.jsonl.gz"
expect 1 "two.jsonl:32: a second header has device 'another'" show "$folder/two.jsonl"
expect 1 "other.jsonl was measured with device 'another'" merge "$folder/good.jsonl" "$folder/other.jsonl" --out "$folder/x.jsonl"
expect 0 "29 rows of 1 files .*ends in the middle" merge "$folder/truncated.jsonl" --out "$folder/mended.jsonl"
expect 1 "No space left on device" merge "$folder/good.jsonl" --out /dev/full
[ -c /dev/full ] || failures=$((failures + 1))
full=$( (ulimit -f 1 && trap '' XFSZ && "$probe" merge "$folder/good.jsonl" --out "$folder/full.jsonl") 2>&1)
if ! grep -q "full.jsonl.*cannot be written: File too large" <<<"$full" || [ -e "$folder/full.jsonl" ]; then
  echo "merge where nothing more can be written: $full" >&2
  failures=$((failures + 1))
fi
expect 0 "noise floor" noise "$folder/unknown.jsonl" --share 1 --row-seconds 0.002
[ "$(grep -c '"error":"argument","reason":"the registry has no operator' "$folder/unknown.jsonl")" -eq 1 ] || failures=$((failures + 1))

# Standard output that cannot be written.
for arguments in "show $folder/good.jsonl" "run aten::relu(self=f32[2])" "noise $folder/good.jsonl --share 0" "--help"; do
  # shellcheck disable=SC2086
  text=$("$probe" $arguments 2>&1 >/dev/full)
  if [ $? -ne 1 ] || ! grep -q "standard output cannot be written: No space left on device" <<<"$text"; then
    echo "cobra-probe $arguments >/dev/full: $text" >&2
    failures=$((failures + 1))
  fi
done

# Without a GPU, --device cuda is a sentence; with one it measures.
if "$probe" run 'aten::relu(self=f32[2])' --device cuda >"$folder/log" 2>&1; then
  grep -q " ms " "$folder/log" || failures=$((failures + 1))
else
  expect 2 "there is no device cuda" run 'aten::relu(self=f32[2])' --device cuda
fi

exit $((failures > 0))
