#!/usr/bin/env bash
# Kills a run twenty times without warning, once at every stage it happens to be in, and lets it go on each time: the rows that
# come out are those of a run that was left alone.
set -euo pipefail
probe=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
operators=aten::relu,aten::add.Tensor,aten::linear

measure() { # FILE ROWS; exec, so that a kill meets the probe and not a shell around it
  exec "$probe" layers --out "$1" --rows "$2" --operators $operators --row-seconds 0.002 --memory 8 --seed 3
}
rows() { # FILE: "number snippet", a line each; the last kill may have cut the tail, which the next run would mend
  case $1 in *.gz) gzip -dc "$1" 2>/dev/null || true ;; *) cat "$1" ;; esac | sed -n 's/^{"row":\([0-9]*\),"snippet":"\([^"]*\)".*/\1 \2/p'
}
fail() {
  echo "resume.sh: $1" >&2
  exit 1
}

wanted=200
(measure "$folder/" $wanted) >"$folder/log" 2>&1
file=$(sed -n 's/.* added to \([^;]*\).*/\1/p' "$folder/log")
[ -n "$file" ] || fail "no file was made: $(cat "$folder/log")"
killed=$folder/killed.${file##*-layers.}

kills=0
while [ $kills -lt 20 ]; do
  before=$(stat -c %s "$killed" 2>/dev/null || echo 0)
  measure "$killed" $wanted >"$folder/log" 2>&1 &
  process=$!
  # Now and then before it touches the file, else soon after.
  for _ in $(seq $((RANDOM % 40))); do
    [ "$(stat -c %s "$killed" 2>/dev/null || echo 0)" = "$before" ] || break
    sleep 0.02
  done
  sleep "0.$((RANDOM % 20 + 10))"
  kill -9 $process 2>/dev/null || true
  wait $process 2>/dev/null || true
  kills=$((kills + 1))
done
there=$("$probe" show "$killed" | sed -n 's/^\([0-9]*\) rows of .*/\1/p')
more=$((wanted - ${there:-0}))
(measure "$killed" $((more > 0 ? more : 1))) >"$folder/log" 2>&1 || fail "$(cat "$folder/log")"

rows "$file" | sed -n "1,${wanted}p" >"$folder/alone"
rows "$killed" | sed -n "1,${wanted}p" >"$folder/interrupted"
[ "$(wc -l <"$folder/alone")" -eq $wanted ] || fail "the run that was left alone has $(wc -l <"$folder/alone") rows"
cmp "$folder/alone" "$folder/interrupted" || fail "the rows differ after $kills kills"

# Ctrl-C ends a run between two rows and says so.
"$probe" layers --out "$folder/stopped.${file##*-layers.}" --minutes 1 --operators aten::relu --row-seconds 0.002 >"$folder/log" 2>&1 &
process=$!
# A background process of a script ignores SIGINT until it looks for it: wait for its file.
for _ in $(seq 200); do
  [ ! -s "$folder/stopped.${file##*-layers.}" ] || break
  sleep 0.1
done
sleep 0.3
kill -INT $process
code=0
wait $process || code=$?
[ $code -eq 130 ] || fail "the interrupted run ended with $code: $(cat "$folder/log")"
grep -q "interrupted, the same command goes on" "$folder/log" || fail "$(cat "$folder/log")"
! "$probe" show "$folder/stopped.${file##*-layers.}" | grep -q "ends in the middle" || fail "Ctrl-C left a torn file"
