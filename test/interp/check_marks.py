#!/usr/bin/env python3
"""Checks the marks in the programs of this folder against what cobra reads, without running them.

    x = torch::relu(conv(x)); // [[2 8 18 18]] [[2 16 16 16]]

The marks of a line are shapes that the operators written on it give, in order; the last mark is the last operator's. Others may
stand between unmarked. [[]] is a scalar.
"""

import json
from pathlib import Path
import re
import subprocess
import sys

MARK = re.compile(r"\[\[([\d ]*)\]\]")


def marks_of(text):
    for number, line in enumerate(text.splitlines(), 1):
        code, comment, marks = line.partition("// [[")
        if comment:
            yield number, [[int(size) for size in mark.split()] for mark in MARK.findall("[[" + marks)]


def shapes_by_line(cobra, program):
    done = subprocess.run([cobra, "graph", "--executed", "--format", "json", program], capture_output=True, text=True, check=False)
    graphs = json.loads(done.stdout)["graphs"]
    if len(graphs) != 1:
        raise ValueError(f"{len(graphs)} models instead of one")
    if graphs[0]["open"]:
        raise ValueError(f"open: {graphs[0]['open'][0]['why']} (line {graphs[0]['open'][0]['at']['line']})")
    lines = {}
    for node in graphs[0]["nodes"]:
        lines.setdefault(node["at"]["line"], []).extend(output["shape"] for output in node["outputs"][:1])
    return lines


def agrees(wanted, found):
    rest = iter(found)
    return bool(found) and found[-1] == wanted[-1] and all(mark in rest for mark in wanted)


def main():
    cobra, programs = sys.argv[1], [Path(argument) for argument in sys.argv[2:]]
    checked = failed = 0
    for program in programs:
        try:
            found = shapes_by_line(cobra, program)
        except (ValueError, KeyError, IndexError) as error:
            print(f"{program.name}: {error}")
            failed += 1
            continue
        for line, wanted in marks_of(program.read_text()):
            checked += 1
            if not agrees(wanted, found.get(line, [])):
                print(f"{program.name}:{line}: marked {wanted}, read {found.get(line, [])}")
                failed += 1
    print(f"{checked} marks in {len(programs)} programs, {failed} wrong")
    return 1 if failed or not checked else 0


if __name__ == "__main__":
    sys.exit(main())
