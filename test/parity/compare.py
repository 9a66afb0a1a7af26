"""Compares what LibTorch executed (recorder.h) with the executed view of a graph (docs/graph.md).

Two executions are equal when they hold the same operators, each with the same input and output shapes, and when the data flows
the same way between them. The order does not count: compilers evaluate arguments in different orders. So both are labelled
graphs, and equal means: every operator has a partner with the same name, the same shapes, partners as producers and partners as
consumers, down to the first and the last operator. Of an operator that handed its argument back unchanged nobody can see from
outside whether a later reader means its result or its argument; on both sides its readers count as readers of the argument.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
import hashlib
import json


@dataclass(frozen=True)
class Operator:
    """One executed operator; `producers` are indices of the operators whose results it reads, each once."""

    name: str
    inputs: str  # JSON of the tensor arguments in schema order
    outputs: str
    producers: tuple = ()
    where: str = ""
    passes: bool = False  # handed its first tensor argument back unchanged
    first: int = -1  # the producer of that argument; -1: none was recorded

    def kind(self):
        return self.name, self.inputs, self.outputs

    def shapes(self):
        return f"{_short(self.inputs)} -> {_short(self.outputs)}"


def from_recording(document):
    """Operators of a recorder's document."""
    return [
        Operator(op["op"], _canonical(op["inputs"]), _canonical(op["outputs"]), tuple(sorted({p for p in op["from"] if p >= 0})),
                 passes=op.get("passes", False), first=next(iter(op["from"]), -1))
        for op in document["operators"]
    ]


def from_graph(graph):
    """Operators of one cobra.graph/1."""
    producers = {}
    for source, target in graph["edges"]:
        producers.setdefault(target, set()).add(source)
    return [
        Operator(node["op"], _canonical(node["inputs"]), _canonical(node["outputs"]),
                 tuple(sorted(producers.get(index, ()))), _place(node))
        for index, node in enumerate(graph["nodes"])
    ]


@dataclass
class Comparison:
    recorded: int  # operators that LibTorch executed
    found: int = 0  # of those, in the graph by name
    exact: int = 0  # of those, in the graph by name and shapes
    extra: int = 0  # in the graph, never executed
    flow: bool = False  # the same data flow
    undecided: bool = False  # data decides parts, and the source says so: the graph may hold what this run did not execute
    lines: list = field(default_factory=list)  # what differs, for a person

    @property
    def equal(self):
        return self.found == self.exact == self.recorded and (self.undecided or (self.extra == 0 and self.flow))


def compare(recorded, graph, most=8):
    """Compares two lists of operators; `most` limits the lines of each kind of difference."""
    graph = _read_through(graph, _passing(recorded))
    result = Comparison(len(recorded))
    _names(recorded, graph, result, most)
    _shapes(recorded, graph, result, most)
    _flow(recorded, graph, result, most)
    return result


def _names(recorded, graph, result, most):
    want, have = Counter(op.name for op in recorded), Counter(op.name for op in graph)
    result.found = (want & have).total()
    result.extra = (have - want).total()
    rows = [f"executed but not in the graph: {name} x{count}" for name, count in (want - have).items()]
    rows += [f"in the graph but never executed: {name} x{count}{_places(graph, name)}" for name, count in (have - want).items()]
    _extend(result.lines, rows, most)


def _passing(recorded):
    """The kinds of operators that handed their argument back, each with the names of what produced those arguments."""
    kinds = {}
    for op in recorded:
        if op.passes:
            kinds.setdefault(op.kind(), set()).add(recorded[op.first].name if op.first >= 0 else "")
    return kinds


def _read_through(graph, passing):
    """The same graph, with what reads an operator of a passing kind reading that operator's argument.

    A graph does not say which argument an edge belongs to. Where an operator reads several tensors and gives one (type_as), its first
    one is told by the name of its producer in the recording.
    """
    through, result = {}, []
    for index, op in enumerate(graph):
        producers = set().union(*(through.get(p, {p}) for p in op.producers))
        if op.kind() in passing:
            first = {p for p in producers if graph[p].name in passing[op.kind()]}
            through[index] = first if first and len(json.loads(op.outputs)) == 1 else producers
        result.append(replace(op, producers=tuple(sorted(producers))))
    return result


def _shapes(recorded, graph, result, most):
    key = Operator.kind
    want, have = Counter(map(key, recorded)), Counter(map(key, graph))
    result.exact = (want & have).total()
    missing, extra = _leftover(recorded, have, key), _leftover(graph, want, key)
    rows = []
    for op in missing:
        partner = next((other for other in extra if other.name == op.name), None)
        if partner is None:
            continue  # already told by name
        extra.remove(partner)
        rows.append(f"{op.name} has other shapes: executed {op.shapes()}, in the graph {partner.shapes()}{partner.where}")
    _extend(result.lines, rows, most)


def _flow(recorded, graph, result, most):
    up_recorded, up_graph = _upward(recorded), _upward(graph)
    full = [Counter(zip(ups, _downward(ops, ups))) for ops, ups in ((recorded, up_recorded), (graph, up_graph))]
    result.flow = full[0] == full[1]
    if result.flow or result.exact < result.recorded or result.extra:
        return  # where operators or shapes differ the flow cannot be the same; those lines say why
    rows = [f"executed: {line}" for line in _first_breaks(recorded, up_recorded, up_graph)]
    rows += [f"in the graph: {line}" for line in _first_breaks(graph, up_graph, up_recorded)]
    _extend(result.lines, rows or ["the same operators, but other readers of their results"], most)


def _upward(operators):
    """A label per operator that stands for it and everything it was computed from."""
    labels = []
    for op in operators:
        labels.append(_digest(op.name, op.inputs, op.outputs, *sorted(labels[p] for p in op.producers)))
    return labels


def _downward(operators, ups):
    """A label per operator that stands for everything that is computed from it."""
    readers = [[] for _ in operators]
    labels = [""] * len(operators)
    for index in reversed(range(len(operators))):
        labels[index] = _digest(ups[index], *sorted(readers[index]))
        for producer in operators[index].producers:
            readers[producer].append(labels[index])
    return labels


def _first_breaks(operators, own, other):
    """The operators without a partner whose producers all have one."""
    left = Counter(own) - Counter(other)
    for index, op in enumerate(operators):
        if left[own[index]] and not any(left[own[p]] for p in op.producers):
            sources = ", ".join(f"{operators[p].name} #{p}" for p in op.producers) or "nothing recorded"
            yield f"{op.name} #{index} {op.shapes()} reads {sources}{op.where}"


def _leftover(operators, partners, key):
    partners = Counter(partners)
    rest = []
    for op in operators:
        if partners[key(op)] > 0:
            partners[key(op)] -= 1
        else:
            rest.append(op)
    return rest


def _extend(lines, rows, most):
    lines += rows[:most]
    if len(rows) > most:
        lines.append(f"... and {len(rows) - most} more")


def _places(operators, name):
    places = sorted({op.where for op in operators if op.name == name and op.where})
    return places[0] if places else ""


def _place(node):
    at = node.get("at")
    return f" ({at['file'].rsplit('/', 1)[-1]}:{at.get('line', 0)}:{at.get('column', 0)})" if at else ""


def _canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _short(text):
    """float32[1,64,56,56] instead of JSON."""

    def show(value):
        if isinstance(value, list):
            return "[" + ", ".join(map(show, value)) + "]"
        if isinstance(value, dict):
            return f"{value['dtype']}{_canonical(value['shape'])}"
        return "none" if value is None else str(value)

    return ", ".join(map(show, json.loads(text))) or "()"


def _digest(*parts):
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
