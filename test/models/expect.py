#!/usr/bin/env python3
"""Models of whole programs against what LibTorch ran of them.

    expect.py check COBRA FOLDER...    what `cobra graph --executed` says, against FOLDER/expected.jsonl; no LibTorch library, no compiler
    expect.py record FOLDER [--work DIR] [--headers DIR] [--only TEXT]    compiles and runs FOLDER/manifest.jsonl, writes expected.jsonl

A line of expected.jsonl holds, for one entry, how often LibTorch ran each operator, and a digest of all operators with their input and
output shapes. That says that a graph is wrong, and by which operators; `scripts/fidelity FOLDER/manifest.jsonl` says where. An entry
whose open points its source marks (`// open: sentence`) has to hold all operators that were run, and may hold more.
"""

import argparse
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
import hashlib
import json
import os
from pathlib import Path
import subprocess
import sys

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "parity"))

from compare import from_graph, from_recording  # noqa: E402
from record import Failure, Workshop, batches, is_marked_open, read_manifest  # noqa: E402


def summary(operators):
    kinds = sorted(json.dumps(op.kind()) for op in operators)
    return {"operators": len(operators), "digest": hashlib.sha256("\n".join(kinds).encode()).hexdigest()[:16],
            "names": dict(sorted(Counter(op.name for op in operators).items()))}


def read_expected(folder):
    path = folder / "expected.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    return {row["name"]: row for row in rows}


def record(options):
    folder = options.folder[0].resolve()
    subjects = [subject for subject in read_manifest(folder / "manifest.jsonl") if options.only in subject.name]
    workshop = Workshop(options.work or folder / "build", options.headers)
    expected, failed = read_expected(folder) if options.only else {}, 0
    for batch in batches(subjects):
        for subject, document in zip(batch, workshop.record(batch)):
            if isinstance(document, Failure):
                failed += 1
                print(f"{subject.name}: {document}", file=sys.stderr)
            else:
                expected[subject.name] = {"name": subject.name, **summary(from_recording(document))}
    lines = [json.dumps(expected[name]) for name in sorted(expected)]
    (folder / "expected.jsonl").write_text("".join(line + "\n" for line in lines))
    print(f"{len(lines)} entries expected, {failed} failed")
    return 1 if failed else 0


def differences(cobra, subject, wanted):
    """Sentences; none if the graph is what LibTorch ran."""
    if not wanted:
        return ["is not in expected.jsonl: record it"]
    command = [cobra, "graph", "--executed", "--format", "json", "--entry", subject.entry, subject.file, "--", *subject.flags]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, errors="replace", check=False)
    try:
        graphs = json.loads(done.stdout)["graphs"]
    except (ValueError, KeyError):
        return [f"no graph (exit status {done.returncode}): {done.stderr.strip()[-500:]}"]
    if not graphs:
        return ["no run was found"]
    graph = graphs[-1]
    undecided = is_marked_open(graph, subject.file)
    said = [] if undecided else [f"open: {point.get('at', {}).get('line', 0)}: {point['why']}" for point in graph["open"]]
    found = summary(from_graph(graph))
    for sign, more in ((1, "missing"),) if undecided else ((1, "missing"), (-1, "too many")):
        for name in {**wanted["names"], **found["names"]}:
            count = sign * (wanted["names"].get(name, 0) - found["names"].get(name, 0))
            said += [f"{more}: {name} x{count}"] if count > 0 else []
    if not said and not undecided and found["digest"] != wanted["digest"]:
        said.append("the same operators, other shapes")
    return said


def check(options):
    failed = total = 0
    for folder in options.folder:
        subjects, expected = read_manifest(folder / "manifest.jsonl"), read_expected(folder)
        for name in expected.keys() - {subject.name for subject in subjects}:
            failed += 1
            print(f"FAIL {name}: is expected but not in the manifest")
        with ThreadPoolExecutor(min(os.cpu_count() or 1, 4)) as pool:
            answers = list(pool.map(lambda subject: differences(options.cobra, subject, expected.get(subject.name)), subjects))
        for subject, said in zip(subjects, answers):
            total += 1
            failed += bool(said)
            print("\n     ".join([f"{'FAIL' if said else 'ok  '} {folder.name}/{subject.name}", *said[:12]]))
    print(f"{total - failed} of {total} entries are what LibTorch ran")
    return 1 if failed or not total else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True)
    checking = verbs.add_parser("check")
    checking.add_argument("cobra", type=Path)
    checking.add_argument("folder", type=Path, nargs="+")
    checking.set_defaults(run=check)
    recording = verbs.add_parser("record")
    recording.add_argument("folder", type=Path, nargs=1)
    recording.add_argument("--work", type=Path)
    recording.add_argument("--headers", type=Path)
    recording.add_argument("--only", default="")
    recording.set_defaults(run=record)
    options = parser.parse_args()
    try:
        return options.run(options)
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
