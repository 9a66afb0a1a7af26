"""How long clangd takes from an edit to new inlay hints, over its own protocol (Language Server Protocol, JSON-RPC on pipes)."""

import json
import subprocess
import time
from pathlib import Path


class Clangd:
    def __init__(self, clangd, source, flags):
        self.uri = Path(source).resolve().as_uri()
        folder = Path(source).resolve().parent
        (folder / "compile_flags.txt").write_text("\n".join(flags) + "\n")
        self.child = subprocess.Popen([clangd, "--log=error", "--background-index=0", "--clang-tidy=0", "-j=1"], cwd=folder,
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.next, self.version = 0, 0
        self.ask("initialize", {"processId": None, "rootUri": folder.as_uri(), "capabilities": {}})
        self.tell("initialized", {})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.kill()
        self.child.wait()

    def send(self, message):
        text = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.child.stdin.write(b"Content-Length: %d\r\n\r\n" % len(text) + text)
        self.child.stdin.flush()

    def tell(self, method, parameters):
        self.send({"method": method, "params": parameters})

    def ask(self, method, parameters):
        self.next += 1
        self.send({"id": self.next, "method": method, "params": parameters})
        while True:
            size = 0
            while line := self.child.stdout.readline().strip():
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    size = int(value)
            if not size:
                raise RuntimeError("clangd ended")
            answer = json.loads(self.child.stdout.read(size))
            if answer.get("id") == self.next:
                return answer.get("result")

    def open(self, text):
        self.version += 1
        self.tell("textDocument/didOpen", {"textDocument": {"uri": self.uri, "languageId": "cpp", "version": self.version, "text": text}})

    def hints(self, lines):
        end = {"line": lines, "character": 0}
        return self.ask("textDocument/inlayHint", {"textDocument": {"uri": self.uri}, "range": {"start": {"line": 0, "character": 0}, "end": end}})

    def edit(self, text):
        """Seconds until the hints of the new text are there, and the hints."""
        self.version += 1
        start = time.perf_counter()
        self.tell("textDocument/didChange", {"textDocument": {"uri": self.uri, "version": self.version}, "contentChanges": [{"text": text}]})
        hints = self.hints(text.count("\n") + 1)
        return time.perf_counter() - start, hints
