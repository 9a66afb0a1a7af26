#!/usr/bin/env python3
"""Checks the marks in the programs of this folder against what cobra reads, without running them.

    x = torch::relu(conv(x)); // [[2 8 18 18]] [[2 16 16 16]]

The marks of a line are shapes that the operators written on it give, in order; the last mark is the last operator's. Others may
stand between unmarked. [[]] is a scalar. A file may hold several `// cobra:` comments: the operators of a line are then those of all
entries, in the order of the comments, so a helper that several entries call is marked once for all. Every entry gives one graph and
runs at least one marked line or is open. A graph is complete but for lines that say what is not known there, and why:

    if (x.sum().item<float>() > 0) x = x.relu(); // open: which branch of the if is taken is not known
"""

import argparse
from concurrent.futures import ThreadPoolExecutor
import json
import os
from pathlib import Path
import re
import subprocess
import sys

MARK = re.compile(r"\[\[([\d ]*)\]\]")
COMMENT = re.compile(r"^\s*//\s*cobra:", re.MULTILINE)


def marks_of(text):
    for number, line in enumerate(text.splitlines(), 1):
        code, comment, marks = line.partition("// [[")
        if comment:
            yield number, [[int(size) for size in mark.split()] for mark in MARK.findall("[[" + marks)]


def open_points_of(text):
    for number, line in enumerate(text.splitlines(), 1):
        _, comment, sentence = line.partition("// open: ")
        if comment:
            yield number, sentence.strip()


def graphs_of(command, program):
    done = subprocess.run([*command[:1], "graph", "--executed", "--format", "json", program, *command[1:]], capture_output=True, text=True,
                          check=False)
    try:
        graphs = json.loads(done.stdout)["graphs"]
        # What no entry runs is tried on a likely input; that is no matter here.
        return [graph for graph in graphs if all(given["from"] == "comment" for given in graph["inputs"])]
    except (ValueError, KeyError):
        raise ValueError(f"no graph (exit status {done.returncode}): {done.stderr.strip()[-800:]}") from None


def agrees(wanted, found):
    rest = iter(found)
    return bool(found) and found[-1] == wanted[-1] and all(mark in rest for mark in wanted)


def compiles(command, program):
    done = subprocess.run([*command[:1], "check", "--format", "json", program, *command[1:]], capture_output=True, text=True, check=False)
    return not any(file["errors"] for file in json.loads(done.stdout)["files"])


def check(command, program):
    """How many marks the program has, and a sentence for everything that is wrong."""
    text = program.read_text()
    marks, entries, expected = dict(marks_of(text)), len(COMMENT.findall(text)), dict(open_points_of(text))
    told = set()
    try:
        graphs = graphs_of(command, program)
    except ValueError as error:
        return len(marks), [f"{program.name}: {error}"]
    wrong = []
    if len(graphs) != entries:
        wrong.append(f"{program.name}: {len(graphs)} graphs for {entries} entries: {[graph['model']['name'] for graph in graphs]}")
    lines = {}
    for graph in graphs:
        name = graph["model"]["name"]
        for point in graph["open"]:
            line = point.get("at", {}).get("line", 0)
            if expected.get(line) == point["why"]:
                told.add(line)
                continue
            wrong.append(f"{program.name}:{point.get('at', {}).get('line', 0)}: {name} is open: {point['why']}")
        for node in graph["nodes"]:
            lines.setdefault(node["at"]["line"], []).extend(output["shape"] for output in node["outputs"][:1])
        if not any(node["at"]["line"] in marks for node in graph["nodes"]) and not graph["open"]:
            wrong.append(f"{program.name}: {name} runs no marked line")
    for line, wanted in marks.items():
        if not agrees(wanted, lines.get(line, [])):
            wrong.append(f"{program.name}:{line}: marked {wanted}, read {lines.get(line, [])}")
    wrong += [f"{program.name}:{line}: nothing is open, marked: {expected[line]}" for line in sorted(expected.keys() - told)]
    return len(marks), wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cobra")
    parser.add_argument("programs", type=Path, nargs="+")
    parser.add_argument("--flags", default="", help="compile with these")
    parser.add_argument("--refused", action="append", default=[], help="a program that must not compile, for the LibTorch it is read with refuses it")
    options = parser.parse_args()
    command = [options.cobra, *(["--", *options.flags.split()] if options.flags else [])]
    programs = [program for program in options.programs if program.name not in options.refused]
    refused = [program for program in options.programs if program.name in options.refused]
    with ThreadPoolExecutor(min(os.cpu_count() or 1, 4)) as pool:
        results = list(pool.map(lambda program: check(command, program), programs))
        taken = [program for program, valid in zip(refused, pool.map(lambda program: compiles(command, program), refused)) if valid]
    wrong = [line for _, lines in results for line in lines] + [f"{program.name} compiles: check its marks too" for program in taken]
    checked = sum(count for count, _ in results)
    for line in wrong:
        print(line)
    print(f"{checked} marked lines in {len(programs)} files, {len(wrong)} faults")
    return 1 if wrong or not checked else 0


if __name__ == "__main__":
    sys.exit(main())
