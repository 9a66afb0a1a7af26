#!/usr/bin/env bash
# models.sh TRAINER ROWS: what docs/accuracy.md says of the models read from source is what the command prints; bad input is one sentence.
set -euo pipefail
train=$1
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$root"
measured=runtime-probe/datasets/cpu-epyc-avx512-examples.json.gz
"$train" bench models "$measured" >"$work/now"
python3 -B - "$work/now" docs/accuracy.md <<'PY'
import re
import sys

def rows(path, start):
    """Model, operators, measured and predicted milliseconds of each line of the first table after `start`."""
    text = open(path).read()
    text = text[text.index(start):]
    found = re.findall(r"^\| ([^|]+) \| ([^|]+) \| (\d+) \| ([\d.]+) \| ([\d.]+) \|", text, re.MULTILINE)
    return [(name, shape, int(count), float(measured), float(predicted)) for name, shape, count, measured, predicted in found]

now, said = rows(sys.argv[1], ""), rows(sys.argv[2], "## Models read from source")
if len(now) < 10 or len(now) != len(said):
    sys.exit(f"the command prints {len(now)} models, docs/accuracy.md has {len(said)}")
for a, b in zip(now, said):
    # Processors round differently: half a percent, and half of the last digit.
    if a[:4] != b[:4] or abs(a[4] - b[4]) > 0.005 * b[4] + 0.0005:
        sys.exit(f"docs/accuracy.md says {b}, the command {a}")
PY

refused() { # SENTENCE ARGUMENT...
  local sentence=$1 status=0
  shift
  "$train" bench models "$@" >/dev/null 2>"$work/log" || status=$?
  if [ "$status" != 2 ] || ! grep -qF "$sentence" "$work/log" || [ "$(wc -l <"$work/log")" != 1 ]; then
    echo "models.sh: status $status, expected one sentence with '$sentence': $(cat "$work/log")" >&2
    exit 1
  fi
}
echo '{"schema":"cobra.graphs/1","graphs":[]}' >"$work/none.json"
refused 'no measured graph' "$work/none.json"
refused "no profile for the device 'h900'" "$measured" --device h900
refused 'missing.json' "$work/missing.json"
head -c 3000 "$measured" >"$work/cut.json.gz"
refused 'cut.json.gz' "$work/cut.json.gz"
