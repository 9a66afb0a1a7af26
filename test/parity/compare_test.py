"""The comparison says equal for equal executions only: every change below must be seen and told."""

import copy
import json
from pathlib import Path
import random
import tempfile
import unittest

from compare import compare, from_graph, from_recording
from record import Failure, Subject, batches, model_name, of_comments, program_text, read_manifest, split_statements


def tensor(*shape, dtype="float32"):
    return {"shape": list(shape), "dtype": dtype}


X = tensor(2, 8)


def op(name, *sources, inputs=None, outputs=None):
    """One recorded operator; sources are the operators that made its inputs."""
    return {"op": f"aten::{name}", "overload": "", "inputs": inputs or [X for _ in sources], "outputs": outputs or [X],
            "from": list(sources)}


# x -> relu -> { tanh, sigmoid } -> sub -> mul with tanh -> cat of mul and sigmoid
MODEL = {"operators": [
    op("relu", -1),
    op("tanh", 0),
    op("sigmoid", 0),
    op("sub", 1, 2),
    op("mul", 3, 1),
    op("cat", 4, 2, inputs=[[X, X]], outputs=[tensor(4, 8)]),
]}


def graph_of(recording):
    """The graph that says the same, as `cobra graph --executed` writes it."""
    nodes = [{"id": i, "op": o["op"], "inputs": o["inputs"], "outputs": o["outputs"],
              "at": {"file": "/home/a/net.cpp", "line": 10 + i, "column": 5}} for i, o in enumerate(recording["operators"])]
    edges = sorted({(p, i) for i, o in enumerate(recording["operators"]) for p in o["from"] if p >= 0})
    return {"nodes": nodes, "edges": [list(edge) for edge in edges]}


def shuffled(recording, seed):
    """The same data flow in another order of execution that the data allows."""
    operators, order, rng = recording["operators"], [], random.Random(seed)
    while len(order) < len(operators):
        ready = [i for i, o in enumerate(operators) if i not in order and all(p in order for p in o["from"] if p >= 0)]
        order.append(rng.choice(ready))
    place = {old: new for new, old in enumerate(order)} | {-1: -1}
    return {"operators": [operators[i] | {"from": [place[p] for p in operators[i]["from"]]} for i in order]}


class CompareTest(unittest.TestCase):
    def compared(self, change):
        graph = copy.deepcopy(graph_of(MODEL))
        change(graph)
        return compare(from_recording(MODEL), from_graph(graph))

    def test_same_is_equal(self):
        result = self.compared(lambda graph: None)
        self.assertTrue(result.equal)
        self.assertEqual((result.recorded, result.found, result.exact, result.lines), (6, 6, 6, []))

    def test_order_does_not_count(self):
        for seed in range(20):
            graph = graph_of(shuffled(MODEL, seed))
            self.assertTrue(compare(from_recording(MODEL), from_graph(graph)).equal, seed)

    def test_changed_shape(self):
        for part in ("inputs", "outputs"):
            with self.subTest(part):
                result = self.compared(lambda graph: graph["nodes"][3].update({part: [tensor(2, 9)] * 2}))
                self.assertFalse(result.equal)
                self.assertEqual((result.found, result.exact), (6, 5))
                self.assertIn("aten::sub has other shapes: executed float32[2,8], float32[2,8]", result.lines[0])
                self.assertIn("(net.cpp:13:5)", result.lines[0])

    def test_changed_dtype(self):
        result = self.compared(lambda graph: graph["nodes"][0].update(inputs=[tensor(2, 8, dtype="float16")]))
        self.assertEqual((result.equal, result.exact), (False, 5))

    def test_open_shape_is_not_equal(self):
        self.assertFalse(self.compared(lambda graph: graph["nodes"][0].update(inputs=["?"])).equal)

    def test_missing_operator(self):
        def drop_last(graph):
            graph["nodes"].pop()
            graph["edges"] = [edge for edge in graph["edges"] if 5 not in edge]

        result = self.compared(drop_last)
        self.assertEqual((result.equal, result.found, result.extra), (False, 5, 0))
        self.assertEqual(result.lines, ["executed but not in the graph: aten::cat x1"])

    def test_extra_operator(self):
        result = self.compared(lambda graph: graph["nodes"].append(graph["nodes"][0] | {"op": "aten::neg"}))
        self.assertEqual((result.equal, result.found, result.extra), (False, 6, 1))
        self.assertEqual(result.lines, ["in the graph but never executed: aten::neg x1 (net.cpp:10:5)"])

    def test_other_name(self):
        result = self.compared(lambda graph: graph["nodes"][1].update(op="aten::tanh_"))
        self.assertEqual((result.equal, result.found, result.extra), (False, 5, 1))

    def test_swapped_edge(self):
        def swap(graph):
            graph["edges"].remove([1, 4])
            graph["edges"].append([2, 4])

        result = self.compared(swap)
        self.assertEqual((result.equal, result.exact, result.flow), (False, 6, False))
        self.assertIn("executed: aten::mul #4 float32[2,8], float32[2,8] -> float32[2,8] reads aten::tanh #1, aten::sub #3",
                      result.lines)
        self.assertTrue(any(line.startswith("in the graph: aten::mul #4") and "sigmoid" in line for line in result.lines))

    def test_every_single_edge_counts(self):
        for edge in graph_of(MODEL)["edges"]:
            with self.subTest(edge):
                result = self.compared(lambda graph, edge=edge: graph["edges"].remove(edge))
                self.assertTrue(result.exact == 6 and not result.flow and result.lines)

    def test_readers_of_twins_count(self):
        # Two equal relus: once one of them feeds both readers, once each feeds one.
        def model(second):
            return {"operators": [op("relu", -1), op("relu", -1), op("tanh", 0), op("exp", second)]}

        result = compare(from_recording(model(1)), from_graph(graph_of(model(0))))
        self.assertEqual((result.exact, result.flow), (4, False))
        self.assertEqual(result.lines, ["the same operators, but other readers of their results"])

    def test_readers_of_what_was_handed_back(self):
        # relu, dropout hands it back, exp and neg read the one tensor that both are.
        recorded = {"operators": [op("relu", -1), op("dropout", 0) | {"passes": True}, op("exp", 0), op("neg", 0)]}

        def graph(exp, neg):
            return from_graph(graph_of({"operators": [op("relu", -1), op("dropout", 0), op("exp", exp), op("neg", neg)]}))

        for exp, neg in ((0, 0), (0, 1), (1, 0), (1, 1)):
            self.assertTrue(compare(from_recording(recorded), graph(exp, neg)).equal)
        self.assertFalse(compare(from_recording(recorded), graph(0, 2)).equal)
        recorded["operators"][1]["passes"] = False
        self.assertFalse(compare(from_recording(recorded), graph(0, 1)).equal)

    def test_of_two_arguments_the_first_is_handed_back(self):
        # softmax of relu, type_as(softmax, relu) hands softmax back, exp reads it.
        recorded = {"operators": [op("relu", -1), op("softmax", 0), op("type_as", 1, 0) | {"passes": True}, op("exp", 1)]}

        def graph(exp):
            return from_graph(graph_of({"operators": [op("relu", -1), op("softmax", 0), op("type_as", 1, 0), op("exp", exp)]}))

        self.assertTrue(compare(from_recording(recorded), graph(2)).equal)
        self.assertTrue(compare(from_recording(recorded), graph(1)).equal)
        self.assertFalse(compare(from_recording(recorded), graph(0)).equal)

    def test_one_tensor_read_twice_is_one_edge(self):
        model = {"operators": [op("relu", -1), op("add", 0, 0)]}
        self.assertTrue(compare(from_recording(model), from_graph(graph_of(model))).equal)

    def test_many_differences_are_cut(self):
        many = {"operators": [op(f"op{i}", -1) for i in range(50)]}
        result = compare(from_recording(many), [], most=8)
        self.assertEqual(len(result.lines), 9)
        self.assertEqual(result.lines[-1], "... and 42 more")


class EntryTest(unittest.TestCase):
    def test_statements(self):
        for code, expected in {
            "Net net; net->forward(x)": ["Net net;", "net->forward(x);"],
            'Net net("a;b", \';\'); f([](int i) { g(i); return i; });': ['Net net("a;b", \';\');',
                                                                       "f([](int i) { g(i); return i; });"],
            "for (int i = 0; i < 3; ++i) f(i);": ["for (int i = 0; i < 3; ++i) f(i);"],
        }.items():
            self.assertEqual(split_statements(code), expected)

    def test_only_the_last_statement_is_recorded(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "net.cpp"
            file.write_text("struct Net {};\n// cobra: Net net; auto x = make(); net(x);\n")
            text = program_text(of_comments(Subject("net", file)))
        self.assertLess(text.index("auto x = make();"), text.index("Recorder cobra_recorder;"))
        self.assertLess(text.index("Recorder cobra_recorder;"), text.index("net(x);"))
        self.assertLess(text.index("#define main"), text.index(str(file)))

    def test_comments_of_a_file_are_one_program(self):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "nets.cpp").write_text("// cobra: A a; a->forward(x);\n// cobra: B b; b->forward(y);\n")
            (Path(folder) / "one.cpp").write_text("// cobra: A a; a->forward(x);\n")
            manifest = Path(folder) / "m.jsonl"
            manifest.write_text('{"name": "nets", "file": "nets.cpp"}\n{"name": "one", "file": "one.cpp"}\n')
            subjects = read_manifest(manifest)
        self.assertEqual([subject.name for subject in subjects], ["nets.A", "nets.B", "one"])
        self.assertEqual([len(batch) for batch in batches(subjects)], [2, 1])
        text = program_text(subjects[:2])
        self.assertEqual([text.count(part) for part in ("Recorder cobra_recorder;", "a->forward(x);", "b->forward(y);")], [2, 1, 1])
        self.assertEqual(text.count("nets.cpp"), 1)

    def test_models_of_entries(self):
        for entry, name in {
            "Net net(3); net->forward(x);": "Net",
            "auto net = std::make_shared<ns::NetImpl>(c); auto x = f(); auto y = net->forward(x);": "NetImpl",
            "Config c; zoo::Net<Block> net(c); net.forward(x);": "Net",
            "auto model = build(3); model(x);": "build",
        }.items():
            self.assertEqual(model_name(entry), name)

    def test_manifest(self):
        with tempfile.TemporaryDirectory() as folder:
            manifest = Path(folder) / "m.jsonl"
            manifest.write_text(json.dumps({"file": "a/net.cpp", "flags": ["-Ia/include", "-DN=3"], "entry": "f();"}) + "\n\n")
            subject, = read_manifest(manifest)
            self.assertEqual(subject.file, Path(folder).resolve() / "a/net.cpp")
            self.assertEqual(subject.flags, (f"-I{Path(folder).resolve() / 'a/include'}", "-DN=3"))

    def test_bad_input_is_a_sentence(self):
        with tempfile.TemporaryDirectory() as folder:
            bare = Path(folder) / "bare.cpp"
            bare.write_text("int main() {}\n")
            for name, text in {"json": "{", "list": "[1]", "no file": '{"name": "x"}'}.items():
                manifest = Path(folder) / "m.jsonl"
                manifest.write_text(text)
                with self.subTest(name), self.assertRaisesRegex(Failure, r"m.jsonl:1: not a JSON object"):
                    read_manifest(manifest)
            with self.assertRaisesRegex(Failure, "cannot read"):
                read_manifest(Path(folder) / "absent.jsonl")
            with self.assertRaisesRegex(Failure, "has no '// cobra:' comment"):
                of_comments(Subject("bare", bare))


if __name__ == "__main__":
    unittest.main()
