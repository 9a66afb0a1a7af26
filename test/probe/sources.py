#!/usr/bin/env python3
"""sources.py COBRA_PROBE COBRA: draws networks of every space and checks that `cobra graph --executed` reads from the C++ source
the very graph that the sampler drew: operators, shapes, costs, learned numbers, data flow."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

SPACES = {"cobra-2022": 12, "nas-bench-201": 6, "fbnet": 6, "modern": 15}
SEED = "17"


def content(graph):
    nodes = [{key: node.get(key) for key in ("op", "snippet", "inputs", "outputs", "flops", "bytes", "parameters")}
             for node in graph["nodes"]]
    return {"nodes": nodes, **{key: graph[key] for key in ("edges", "parameters", "executed", "open")},
            "inputs": [(i["shape"], i["dtype"]) for i in graph["inputs"]]}


def difference(drawn, read):
    for number, (one, other) in enumerate(zip(drawn["nodes"], read["nodes"])):
        if one != other:
            return f"node {number}:\n    drawn {one}\n    read  {other}"
    return next((f"{key}:\n    drawn {str(drawn[key])[:400]}\n    read  {str(read[key])[:400]}" for key in drawn
                 if drawn[key] != read[key]), "")


def main():
    probe, cobra = sys.argv[1:]
    failures = compared = 0
    with tempfile.TemporaryDirectory() as folder:
        for space, count in SPACES.items():
            subprocess.run([probe, "sample", "--space", space, "--rows", str(count), "--seed", SEED, "--image", "64",
                            "--batch", "1,3", "--out", folder], check=True)
        sources = sorted(Path(folder).glob("*.cpp"))
        assert len(sources) == sum(SPACES.values()), f"{len(sources)} sources were written"
        run = subprocess.run([cobra, "graph", "--executed", "--quiet", *map(str, sources), "--"], text=True,
                             capture_output=True)
        read = {Path(graph["model"]["file"]).name: graph for graph in json.loads(run.stdout)["graphs"]}
        for source in sources:
            drawn = content(json.loads(source.with_suffix(".json").read_text())["graphs"][0])
            if source.name not in read:
                what = f"nothing was read\n{run.stderr[-1000:]}"
            else:
                what = difference(drawn, content(read[source.name]))
            compared += 1
            if what:
                failures += 1
                print(f"{source.name}: {what}")
    print(f"{compared} sources compared, {failures} differ")
    return 1 if failures else 0


sys.exit(main())
