#!/usr/bin/env bash
# The ways to a GPU from the command line, through the stand-ins of fake/: libraries that the loader finds, a LibTorch that knows no
# GPU and one that does, no driver, graphs replayed.
set -uo pipefail
probe=$1
fake=$2
collect=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failures=0
fail() {
  echo "gpu.sh: $1" >&2
  failures=$((failures + 1))
}

runtime=$fake/libcudart.so.12
device="$runtime $fake/libfake_device.so"
with() { # PRELOAD ARGUMENTS... of cobra-probe
  local preload=$1
  shift
  LD_PRELOAD=$preload LD_LIBRARY_PATH=$fake "$probe" "$@"
}
expect() { # CODE PATTERN PRELOAD ARGUMENTS...
  local code=$1 pattern=$2 got=0 text
  shift 2
  for _ in 1 2 3 4 5 6 7 8; do # on a busy machine a call can lack an undisturbed sample
    got=0
    text=$(with "$@" 2>&1) || got=$?
    grep -q "gave the core to another thread" <<<"$text" || break
  done
  if [ $got -ne "$code" ] || ! grep -qE -- "$pattern" <<<"$text"; then
    fail "$* ended with $got, not $code, or did not say /$pattern/: $text"
  fi
}
has() { grep -q -- "$1" "$folder/$2" || fail "$2 has no $1: $(head -c 600 "$folder/$2")"; }
good() { # on a busy machine a row can lack an undisturbed sample
  ! grep '"error"' "$folder/$1" | grep -qv '"error":"preempted"' || fail "$1: $(grep '"error"' "$folder/$1")"
}
hasNot() { ! grep -q -- "$1" "$folder/$2" || fail "$2 has $1: $(grep -- "$1" "$folder/$2" | head -c 600)"; }

relu='aten::relu(self=f32[64])'
convolution="cudnn::convolution_forward(input=f32[2,4,8,8],weight=f32[6,4,3,3],padding=[1,1],stride=[1,1],dilation=[1,1],groups=1,mode='cross_correlation')"
soon="--row-seconds 0.5"

# cuDNN needs its own libraries and no LibTorch with CUDA.
expect 0 " ms .* cudnn::convolution_forward" "$runtime" run "$convolution" --device cuda $soon
expect 0 " ms .* cudnn::convolution_forward" "$runtime" run "$convolution" --device cuda:1 --replay $soon
expect 2 "there is no device cuda:7: CUDA sees 2 GPUs" "$runtime" run "$convolution" --device cuda:7
expect 1 "unknown operator: cudnn::convolution_forward runs on a GPU: --device cuda" "$runtime" run "$convolution"
expect 1 "unknown operator: the probe cannot run cudnn::dropout_forward through cuDNN" "$runtime" run 'cudnn::dropout_forward(input=f32[2,3],p=0.5)' --device cuda
expect 2 "this LibTorch was built without CUDA: there is no device cuda" "$runtime" run "$convolution" "$relu" --device cuda
COBRA_FAKE_FAIL=cudnnCreate:*:1001 expect 1 "refused: cudnnCreate: CUDNN_STATUS_NOT_INITIALIZED" "$runtime" run "$convolution" --device cuda
expect 0 " ms .* cublas::gemm" "$runtime" run 'cublas::gemm(self=f32[3,5],mat2=f32[5,7],transa=False,transb=False)' --device cuda $soon
if ! ldconfig -p 2>/dev/null | grep -q libcudnn; then
  text=$(LD_PRELOAD=$runtime "$probe" run "$convolution" --device cuda 2>&1)
  [ $? -eq 2 ] && grep -q "cuDNN cannot be loaded: none of libcudnn.so.9, libcudnn.so.8, libcudnn.so can be opened" <<<"$text" || fail "no cuDNN: $text"
fi

# A GPU without its driver.
for preload in "$runtime" "$device"; do
  COBRA_FAKE_FAIL=cudaGetDeviceCount:*:35 expect 2 "there is no device cuda: cudaGetDeviceCount: CUDA driver version is insufficient for CUDA runtime version" \
    "$preload" run "$([ "$preload" = "$runtime" ] && echo "$convolution" || echo "$relu")" --device cuda
done

# Files: drawn calls of cuDNN, repeated for the noise floor.
with "$runtime" layers --operators cudnn::activation_forward,cudnn::pooling_forward --device cuda --rows 4 --memory 1 --out "$folder/cudnn.jsonl" $soon >/dev/null 2>&1 ||
  fail "layers of cuDNN"
[ "$(grep -c '"snippet":"cudnn::' "$folder/cudnn.jsonl")" -eq 4 ] || fail "not 4 rows: $(cat "$folder/cudnn.jsonl")"
good cudnn.jsonl
has 'CUDA 12.4, cuDNN 9.1.0"' cudnn.jsonl
hasNot '"launch"' cudnn.jsonl
expect 0 "noise floor from [1-4] rows" "$runtime" noise "$folder/cudnn.jsonl" --device cuda --share 1 $soon
expect 2 "this LibTorch was built without CUDA" "$runtime" layers --device cuda --rows 1 --out "$folder/x.jsonl"

# The calls of a graph's file, those that can run and those that cannot.
node() { # ID OP FLOPS ARGUMENTS
  echo "{\"id\":$1,\"op\":\"$2\",\"snippet\":\"$2($4)\",\"inputs\":[{\"shape\":[2,3],\"dtype\":\"float32\"}],\"outputs\":[{\"shape\":[2,3],\"dtype\":\"float32\"}],\"calls\":[],\"flops\":$3,\"bytes\":48,\"parameters\":0}"
}
echo '{"schema":"cobra.graph/1","model":{"name":"Net","entry":"main","file":""},"executed":true,"parameters":0,"inputs":[],"nodes":['"$(
  node 0 cudnn::activation_forward 6 "input=f32[2,3],mode='relu',coef=0"
),$(node 1 cudnn::dropout_forward 12 "input=f32[2,3],p=0.5")"'],"edges":[[0,1]],"open":[]}' >"$folder/net.json"
expect 0 "2 rows" "$runtime" layers --calls "$folder/net.json" --operators cudnn::activation_forward --device cuda --rows 2 --out "$folder/calls.jsonl" $soon
has 'activation_forward(input=f32\[2,3\],mode=.relu.,coef=0)"' calls.jsonl
has '"error":"unknown operator","reason":"the probe cannot run cudnn::dropout_forward through cuDNN"' calls.jsonl
expect 1 "Net: node 0 .cudnn::activation_forward.: networks are run through LibTorch" "$device" graph "$folder/net.json" --device cuda

# Calls and networks replayed, in LibTorch.
expect 0 " ms .* aten::relu" "$device" run "$relu" --device cuda --replay $soon
expect 1 "refused: it cannot be captured as a CUDA graph: CUDA error: operation not permitted" "$device" run 'aten::nonzero(self=f32[8])' --device cuda --replay
expect 2 "--replay launches CUDA graphs: it takes --device cuda" "$device" run "$relu" --replay
for dtype in float16 bfloat16; do
  with "$device" layers --operators aten::relu,aten::linear --device cuda --rows 4 --memory 1 --dtype $dtype --replay --out "$folder/" $soon >/dev/null 2>&1 || fail "layers replayed in $dtype"
  file=$(basename "$folder"/*-layers-$dtype-replay.jsonl*)
  gzip -dcf "$folder/$file" >"$folder/$dtype.jsonl"
  has '"launch":"replay"' $dtype.jsonl
  has '--replay' $dtype.jsonl
  has "\"dtype\":\"$dtype\"" $dtype.jsonl
  hasNot "=f32" $dtype.jsonl
  good $dtype.jsonl
done
expect 1 "was measured with launch 'replay', not 'eager'" "$device" layers --operators aten::relu --device cuda --rows 1 --dtype bfloat16 --out "$folder/bfloat16.jsonl"
expect 0 "noise floor from [1-4] rows" "$device" noise "$folder/bfloat16.jsonl" --device cuda --share 1 $soon
expect 0 "launches of CUDA graphs" "$device" show "$folder/bfloat16.jsonl"
with "$device" graph --space nas-bench-201 --gflop 0.05 --image 16 --device cuda --rows 1 --replay --out "$folder/networks.jsonl" --row-seconds 3 >/dev/null 2>&1 || fail "networks replayed"
has '"network":.*"ms":.*"nodes":' networks.jsonl
hasNot '"snippet":"[^"]*","ms"' networks.jsonl # the whole has a time, its operators have none
"$probe" sample --rows 1 --space nas-bench-201 --out "$folder/drawn" >/dev/null
with "$device" graph "$folder"/drawn/*.json --device cuda --replay --out "$folder/graph.json" --row-seconds 3 >/dev/null 2>"$folder/log" || fail "a graph replayed: $(cat "$folder/log")"
has 'replayed as a CUDA graph' graph.json
[ "$(grep -c latency_ms "$folder/graph.json")" -eq 1 ] || fail "a replayed graph has times of its operators"

# scripts/collect names the mode, and takes the GPU that is there.
LD_PRELOAD=$device COBRA_PROBE=$probe COLLECT_ARGS="--rows 2 --operators aten::relu --memory 1" "$collect" 1 "$folder/collected" layers-bf16-replay >"$folder/log" 2>&1 ||
  fail "collect: $(cat "$folder/log")"
[ -e "$(echo "$folder"/collected/*-layers-bfloat16-replay.jsonl*)" ] || fail "collect left $(ls "$folder/collected"): $(cat "$folder/log")"

exit $((failures > 0))
