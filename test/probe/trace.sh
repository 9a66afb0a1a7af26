#!/usr/bin/env bash
# cobra-probe trace on a program of a user's: operators, data flow, times and source lines; and on what is no such program.
set -euo pipefail
probe=$1
program=$2
source=$(cd "$(dirname "$0")" && pwd)/traced.cpp
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
fail() {
  echo "trace.sh: $1" >&2
  exit 1
}
line() { grep -n "// $1\$" "$source" | cut -d: -f1; }

"$probe" trace --out "$folder/trace.json" -- "$program" >"$folder/table" 2>"$folder/log" || fail "$(cat "$folder/log")"
count() { grep -c "\"op\": \"$1\"" "$folder/trace.json" || true; }
for expected in aten::relu:5 aten::matmul:5 aten::add:5 aten::randn:2 aten::sort:1; do
  [ "$(count "${expected%:*}")" -eq "${expected##*:}" ] || fail "${expected%:*} ran ${expected##*:} times, not $(count "${expected%:*}")"
done
if command -v llvm-addr2line llvm-addr2line-19 addr2line >/dev/null; then
  grep -Eq " 10  .*traced.cpp:$(line hidden)  aten::matmul x5, aten::relu x5" "$folder/table" || fail "lines: $(cat "$folder/table")"
  grep -Eq " 5  .*traced.cpp:$(line loop)  aten::add x5" "$folder/table" || fail "lines: $(cat "$folder/table")"
  grep -Eq "traced.cpp:$(line sort)  .*aten::sort" "$folder/table" || fail "lines: $(cat "$folder/table")"
fi
# The trace is a graph file: the reader checks ids, shapes and edges, and the probe measures it again.
"$probe" graph "$folder/trace.json" --out "$folder/again.json" 2>"$folder/log" || fail "$(cat "$folder/log")"

# A recording that is too long ends, and says so.
"$probe" trace --rows 4 --out "$folder/short.json" -- "$program" >/dev/null 2>"$folder/log" || fail "$(cat "$folder/log")"
grep -q "recording ended after 4 operators" "$folder/log" || fail "$(cat "$folder/log")"

expect() { # PATTERN WORDS...
  local pattern=$1
  shift
  if "$probe" trace -- "$@" >"$folder/log" 2>&1; then fail "$* was traced"; fi
  grep -q "$pattern" "$folder/log" || fail "$*: $(cat "$folder/log")"
}
expect "is no LibTorch program" /bin/true
expect "missing cannot be run: No such file" "$folder/missing"
echo "no program" >"$folder/text"
expect "text cannot be run: Permission denied" "$folder/text"
