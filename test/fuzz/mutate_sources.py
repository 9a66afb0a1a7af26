#!/usr/bin/env python3
"""Damaged programs: does reading them ever crash or hang? Tokens of the example programs are swapped, deleted and doubled, and literals driven to
extremes; `cobra coverage` reads each mutant in a process of its own.

    test/fuzz/mutate_sources.py build/default/bin/cobra --count 300
    test/fuzz/mutate_sources.py build/asan/bin/cobra --count 20000 --seed today --keep faults/   # the nightly run
"""

import argparse
from datetime import date
import json
import os
from pathlib import Path
import random
import re
import subprocess
import sys
import tempfile
import time

ROOT = Path(__file__).resolve().parent.parent.parent
TOKEN = re.compile(r"""(?P<keep>\s+|//[^\n]*|/\*.*?\*/|^\#[^\n]*$)|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|[A-Za-z_]\w*|\d[\w.']*|::|->|<<|>>|&&|\|\||[-+*/%&|^=!<>]=|\+\+|--|.""",
                   re.DOTALL | re.MULTILINE)
NUMBERS = ["0", "-1", "1", "2", "2147483647", "-2147483648", "4294967296", "1099511627776", "9223372036854775807", "(-9223372036854775807 - 1)",
           "18446744073709551615u", "0.0", "1e308", "-1e-308", "0x7fffffff"]
WORDS = ["int", "auto", "this", "return", "x", "torch", "nullptr", "const", "&", "*", "{}", "()", "[]", "...", "true", "while (true)", "throw", "template", "static",
         "forward", "std::move", "if (x.sum().item<float>() > 0)", "for (;;)"]


def tokens(text):
    """Tokens, and which of them may be touched: no blanks, comments or directives."""
    parts, open_to_change = [], []
    for match in TOKEN.finditer(text):
        if not match["keep"]:
            open_to_change.append(len(parts))
        parts.append(match[0])
    return parts, open_to_change


def mutate(text, draw):
    parts, places = tokens(text)
    for _ in range(draw.choice((1, 1, 1, 2, 3, 8))):
        at, other = draw.choice(places), draw.choice(places)
        kind = draw.randrange(8)
        literals = [p for p in places if parts[p][:1].isdigit()]
        names = [p for p in places if re.match(r"[A-Za-z_]", parts[p])]
        if kind <= 2 and literals:  # such mutants still compile, and go deepest
            parts[draw.choice(literals)] = draw.choice(NUMBERS)
        elif kind == 3 and names:
            parts[draw.choice(names)] = parts[draw.choice(names)]
        elif kind == 4:
            parts[at], parts[other] = parts[other], parts[at]
        elif kind == 5:
            parts[at] = ""
        elif kind == 6:
            parts[at] += " " + parts[at]
        else:
            parts[at] = draw.choice(WORDS) if draw.random() < 0.5 else parts[other]
    return "".join(parts)


def seeds():
    return [path for folder in ("examples", "test/interp") for path in sorted((ROOT / folder).rglob("*.c*")) if path.suffix in (".cpp", ".cu")]


def mutated(sources, draw, folder, number):
    path, text = draw.choice(sources)
    (Path(folder) / f"mutant{number:06}{path.suffix}").write_text(mutate(text, draw), encoding="utf-8")


def read(options, folder, environment):
    command = [options.cobra, "coverage", "--format", "json", "--timeout", str(options.timeout), f"-j{options.jobs}", str(folder), "--"]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, errors="replace", check=False, env=environment)
    try:
        return json.loads(done.stdout)["perFile"], done.stderr
    except ValueError:
        sys.exit(f"cobra coverage itself broke (status {done.returncode}): {done.stderr[-3000:]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cobra", type=Path)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", default="1", help="a number: the same seed gives the same mutants; 'today' for others every day")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--timeout", type=float, default=60, help="seconds for one mutant, its parsing included")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after this time, at least 100 mutants")
    parser.add_argument("--keep", type=Path, help="folder for the mutants that failed")
    options = parser.parse_args()
    seed = date.today().toordinal() if options.seed == "today" else int(options.seed)
    draw, begun, states, failures, slowest, total = random.Random(seed), time.monotonic(), {}, [], 0.0, 0
    sources = [(path, path.read_text(encoding="utf-8")) for path in seeds()]
    environment = os.environ | {"UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1", "ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1"}
    while total < options.count and (total < 100 or time.monotonic() - begun < options.seconds):
        with tempfile.TemporaryDirectory() as folder:
            for index in range(min(100, options.count - total)):
                mutated(sources, draw, folder, total + index)
            rows, said = read(options, folder, environment)
            for row in rows:
                total += 1
                states[row["state"]] = states.get(row["state"], 0) + 1
                slowest = max(slowest, row["seconds"])
                if row["state"] == "failed":
                    name = Path(row["file"]).name
                    failures.append(f"{name}: {row['failure']}")
                    if options.keep:
                        options.keep.mkdir(parents=True, exist_ok=True)
                        (options.keep / f"seed{seed}-{name}").write_bytes(Path(row["file"]).read_bytes())
            if "ERROR: AddressSanitizer" in said or "runtime error:" in said:
                failures.append(said[-3000:])
        print(f"{total} mutants, {len(failures)} failed, {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    if total and states.get("complete", 0) + states.get("partly open", 0) < total / 4:
        failures.append("most mutants hold no model any more: the mutations are too rough to reach the interpreter")
    print(f"{total} mutants of {len(sources)} programs with seed {seed} in {time.monotonic() - begun:.0f} s:",
          ", ".join(f"{count} {state}" for state, count in sorted(states.items())), f"; the slowest took {slowest:.1f} s")
    print(*failures, sep="\n")
    return 1 if failures or total < min(100, options.count) else 0


if __name__ == "__main__":
    sys.exit(main())
