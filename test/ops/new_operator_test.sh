#!/usr/bin/env bash
# new_operator_test.sh SOURCE BUILD COMPILER: the script adds an operator to a copy of the registry, and the copy compiles.
set -euo pipefail
source=$1 build=$2 compiler=$3
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
mkdir -p "$copy/scripts" "$copy/test/ops"
cp -rL "$source/predictor" "$copy/"
cp -rL "$source/test/ops/tables" "$copy/test/ops/"
cp "$source/scripts/new-operator" "$copy/scripts/"
export COBRA_BUILD=$build

fail() { echo "FAILED: $*" >&2; exit 1; }
compiles() { "$compiler" -std=c++20 -Wall -Wextra -Werror -fsyntax-only -I"$copy" "$copy/predictor/ops/$1" || fail "$1 does not compile"; }
refuses() { # arguments -- part of the sentence
  local sentence=${!#}
  if message=$("$copy/scripts/new-operator" "${@:1:$#-1}" 2>&1); then fail "accepts ${*:1:$#-1}"; fi
  [[ $message == *"$sentence"* ]] || fail "says '$message' instead of '$sentence'"
}

# Operators of one tensor that LibTorch has: the registry grows, so the first two that it does not hold yet.
absent=()
for name in t_copy isposinf detach_copy isneginf view_as_real_copy alias_copy view_as_complex_copy indices_copy values_copy crow_indices_copy; do
  grep -rqF "\"aten::$name(" "$copy/predictor/ops/families" || absent+=("$name")
done
[ "${#absent[@]}" -ge 2 ] || fail "the registry holds every operator that this test knows: name others"

# Into a family that exists.
"$copy/scripts/new-operator" "${absent[0]}" linear_algebra
grep -qF "\"aten::${absent[0]}(Tensor self) -> Tensor\"" "$copy/predictor/ops/families/linear_algebra.cpp" || fail "no entry"
grep -qx "${absent[0]} \[2,3\] -> \[2,3\]" "$copy/test/ops/tables/linear_algebra.txt" || fail "no table line"
compiles families/linear_algebra.cpp

# Into one that does not.
"$copy/scripts/new-operator" "${absent[1]}" novelty
compiles families/novelty.cpp
compiles families.cpp
grep -q 'families::novelty' "$copy/predictor/ops/families.cpp" || fail "the family is not registered"

refuses relu activation 'aten::relu is in the registry already'
refuses no_such_operator activation 'LibTorch has no operator aten::no_such_operator'
refuses bitwise_left_shift activation 'has several overloads, name one: aten::bitwise_left_shift.Scalar_Tensor'
echo "new-operator works"
