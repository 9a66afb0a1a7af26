#!/usr/bin/env bash
# Two trials by two workers on one study: both are in the database, and the settings that came out train a profile.
set -euo pipefail
train=$1 rows=$2 tune=$3
python=${PYTHON:-python3}
if ! "$python" -c 'import optuna' 2>/dev/null; then
  echo "tune.sh: skipped, Optuna is not installed (python3 -m pip install -r scripts/requirements-tune.txt)"
  exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
fail() {
  echo "tune.sh: $1" >&2
  exit 1
}
cat >"$folder/small.json" <<'JSON'
{"steps": 40, "rows": 16, "groups": 2, "width": 16, "heads": 2, "layers": 1, "inner": 16, "hidden": 16, "validate_every": 20}
JSON
echo '{"rate": {"low": 0.001, "high": 0.01, "log": true}, "groups": {"choices": [1, 2]}}' >"$folder/search.json"
search() {
  "$python" "$tune" --train "$train" --data "$rows" --config "$folder/small.json" --search "$folder/search.json" \
    --storage "sqlite:///$folder/study.db" --best "$folder/best.json" "$@"
}
search --trials 2 --workers 2 >"$folder/log" 2>&1 || fail "$(cat "$folder/log")"
grep -q '% on the validation rows' "$folder/log" || fail "$(cat "$folder/log")"
[ "$("$python" - "$folder/study.db" <<'PYTHON'
import sqlite3, sys
print(sqlite3.connect(sys.argv[1]).execute("select count(*) from trials").fetchone()[0])
PYTHON
)" = 2 ] || fail "the study does not hold two trials"
"$train" fit --config "$folder/best.json" --out "$folder/best.safetensors" >"$folder/log" 2>&1 || fail "$(cat "$folder/log")"
echo '{"raet": {"choices": [1]}}' >"$folder/search.json"
if search --trials 1 >"$folder/log" 2>&1; then fail "an unknown setting was searched"; fi
grep -q "'raet', which is no setting" "$folder/log" || fail "$(cat "$folder/log")"
