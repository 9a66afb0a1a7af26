#!/usr/bin/env python3
"""Writes random small model programs: C++ constructs that compute sizes, layers built from them, tensor operators on the result.

    generate.py --seed 7 --programs 40 --batch 40 --out FOLDER

writes FOLDER/random_7_0.cpp ... with a `// cobra:` comment for each program, and FOLDER/manifest.jsonl for scripts/fidelity. The same
seed writes the same programs. Every program is valid whatever its numbers come to: divisors are made positive, products are
kept small, and widths are brought into 1..13 before layers are made of them.
"""

import argparse
import json
from pathlib import Path
import random

from constructs import CONSTRUCTS
from expressions import Scope, integer
from layers import BUILDERS, OPERATIONS

PRELUDE = """// Written by test/random/generate.py --seed {seed}: do not edit.
#include <torch/torch.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>

using torch::Tensor;
using torch::nn::Linear;

inline int64_t bounded(int64_t n, int64_t most = 13) { return 1 + (n % most + most) % most; }
inline Tensor fit(Tensor x, int64_t n) {
  if (x.size(1) >= n) return x.narrow(1, 0, n);
  return torch::cat({x, x.new_zeros({x.size(0), n - x.size(1)})}, 1);
}
inline Tensor limited(Tensor x) {
  if (x.size(0) > 24) x = x.slice(0, 0, 24);
  return x.size(1) > 48 ? x.slice(1, 0, 48) : x;
}
"""


def program(rng, name):
    """One model: its helpers, its class, its entry."""
    scope = Scope(rng, name)
    plan = [f"int64_t a = {rng.randint(-20, 60)}, b = {rng.randint(-9, 30)}, c = seed;", "std::vector<int64_t> w;"]
    for construct in rng.choices(CONSTRUCTS, k=rng.randint(5, 10)):
        plan += construct(scope)
    plan.append(f"w.push_back({integer(scope)});")
    plan += ["if (w.size() > 5) w.resize(5);", "for (auto& v : w) v = bounded(v);"]
    fields, construction, run = rng.choice(BUILDERS)(scope)
    forward = [line for operation in rng.choices(OPERATIONS, k=rng.randint(2, 6)) for line in operation(scope)]
    half = rng.randint(0, len(forward))

    def body(lines, indent):
        return "\n".join(" " * indent + line for line in lines)

    return f"""
{chr(10).join(scope.helpers)}
namespace {name.lower()} {{
std::vector<int64_t> plan(int64_t seed) {{
{body(plan, 2)}
  return w;
}}
}} // namespace {name.lower()}
struct {name} : torch::nn::Module {{
  std::vector<int64_t> widths;
{body(fields, 2)}
  explicit {name}(int64_t seed) : widths({name.lower()}::plan(seed)) {{
{body(construction, 4)}
  }}
  Tensor forward(Tensor x) {{
    int64_t a = x.size(0), b = x.size(1), c = static_cast<int64_t>(widths.size());
{body(forward[:half], 4)}
{body(run, 4)}
{body(forward[half:], 4)}
    return x * static_cast<double>(a + b + c);
  }}
}};
// cobra: {name} net({rng.randint(-5, 40)}); net.eval(); auto x = torch::randn({{{rng.randint(1, 5)}, {rng.randint(2, 9)}}}); net.forward(x);
"""


def write(seed, programs, batch, out):
    """Writes the batches and their manifest; gives the manifest's path."""
    out.mkdir(parents=True, exist_ok=True)
    rows = []
    for first in range(0, programs, batch):
        text = PRELUDE.replace("{seed}", str(seed))
        for index in range(first, min(first + batch, programs)):
            text += program(random.Random(f"{seed}/{index}"), f"R{index}")
        file = out / f"random_{seed}_{first // batch}.cpp"
        file.write_text(text)
        rows.append(json.dumps({"name": file.stem, "file": file.name}))
    manifest = out / "manifest.jsonl"
    manifest.write_text("\n".join(rows) + "\n")
    return manifest


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--programs", type=int, default=40)
    parser.add_argument("--batch", type=int, default=40, help="programs in one source file")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    print(write(options.seed, options.programs, options.batch, options.out))


if __name__ == "__main__":
    main()
