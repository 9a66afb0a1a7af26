#!/usr/bin/env python3
"""Do the documents that cobra prints hold what their schemas under docs/ promise? Every kind of finding and of file is among them."""

import json
from pathlib import Path
import subprocess
import sys
import tempfile
import unittest

from schema import faults

ROOT = Path(__file__).resolve().parent.parent.parent
COBRA, INCLUDES = sys.argv[1], [ROOT / "test/lit/Inputs", ROOT / "test/lit/Inputs/mock"]
FLAGS = ["--", "-std=c++20", "-I", str(INCLUDES[0]), "-isystem", str(INCLUDES[1])]

SOURCES = {
    "known.cpp": '#include "net.h"\n// cobra: Net net; net->forward(torch::randn({2, 16}));\n',
    "open.cpp": '#include "net.h"\nint unknown();\n// cobra: Net net(unknown()); net->forward(torch::randn({2, 16}));\n',
    "wrong.cpp": '#include "net.h"\n// cobra: Net net; net->forward(torch::randn({2, 17}));\n',
    "unrun.cpp": '#include <torch/torch.h>\nstruct AImpl : torch::nn::Module {\n  AImpl(int n) : n(n) {}\n  int n;\n'
                 "  torch::Tensor forward(torch::Tensor x) { return x.relu(); }\n};\nTORCH_MODULE(A);\n",
    "broken.cpp": '#include "net.h"\nint f( { return 1 }\n// cobra: Net net; net->forward(torch::randn({2, 16}));\n',
    "plain.cpp": "int main() {}\n",
    "gr\u00fc\u00df.cpp": '#include "net.h"\n// cobra: Net net; net->forward(torch::randn({2, 16})); // \u00e4\n',
}


class Documents(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.files = []
        for name, text in SOURCES.items():
            path = Path(cls.folder.name) / name
            path.write_text(text, encoding="utf-8")
            cls.files.append(str(path))
        cls.files.append(str(Path(cls.folder.name) / "missing.cpp"))

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def document(self, command, schema, *options):
        done = subprocess.run([COBRA, command, "--format", "json", *options, *self.files, *FLAGS], capture_output=True, check=False)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        document = json.loads(done.stdout.decode("utf-8"))
        promised = json.loads((ROOT / "docs" / schema).read_text(encoding="utf-8"))
        self.assertEqual(list(faults(document, promised)), [])
        return document

    def test_findings(self):
        for options in ((), ("--lower-bound",), ("--device", "k80")):
            document = self.document("check", "findings.schema.json", *options)
            kinds = {finding["kind"] for file in document["files"] for finding in file["findings"]}
            self.assertEqual(kinds, {"op", "model", "open", "wrong", "unrun"})
            self.assertEqual(len(document["files"]), len(self.files))
            self.assertTrue(any("failure" in file for file in document["files"]))
            self.assertTrue(any(file["errors"] for file in document["files"]))

    def test_coverage(self):
        document = self.document("coverage", "coverage.schema.json")
        states = {file["state"] for file in document["perFile"]}
        self.assertEqual(states, {"failed", "other", "complete", "partly open"})
        self.assertEqual([file["file"] for file in document["perFile"]], self.files)
        self.assertGreaterEqual(len(document["reasons"]), 3)

    def test_the_schemas_refuse(self):
        """A validator that lets everything through would pass the tests above."""
        document = self.document("check", "findings.schema.json")
        promised = json.loads((ROOT / "docs/findings.schema.json").read_text(encoding="utf-8"))
        finding = document["files"][0]["findings"][0]
        for key, value in (("kind", "other"), ("line", -1), ("line", 1.5), ("latency", "1"), ("extrapolated", 1), ("why", [1]), ("share", 2)):
            kept = finding.get(key)
            finding[key] = value
            self.assertEqual(len(list(faults(document, promised))), 1, key)
            finding[key] = kept
        del finding["id"]
        self.assertEqual(len(list(faults(document, promised))), 1)
        with self.assertRaises(ValueError):
            list(faults(1, {"oneOf": []}))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
