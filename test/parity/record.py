"""Compiles models with LibTorch, runs their entries, and hands back what the recorder saw.

Subjects that share file, sources and flags are compiled as one program, for compiling against LibTorch is what costs. Each entry runs
in a process of its own, so that neither an exception nor a static of one touches another.
"""

from dataclasses import dataclass, field, replace
import fcntl
import hashlib
import json
import os
from pathlib import Path
import re
import shutil
import subprocess
import sys
import threading

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


class Failure(Exception):
    """One sentence, and what the compiler or the program printed."""


@dataclass(frozen=True)
class Subject:
    """One entry of a file: a line of a manifest, or one of the `// cobra:` comments that such a line stands for."""

    name: str
    file: Path
    flags: tuple = ()
    entry: str = ""
    sources: tuple = ()  # further files that hold definitions
    comment: int = -1  # which of the file's comments; -1: the manifest has the entry

    def statements(self):
        """The entry's statements; the last is the one that is recorded."""
        return split_statements(self.entry)


def read_manifest(path):
    """Subjects of a file of JSON lines; files are relative to it. A line without an entry stands for all comments of its file."""
    path = Path(path)
    subjects = []
    for number, line in enumerate(_read(path).splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            folder = path.resolve().parent
            subject = Subject(row.get("name") or row["file"], folder / row["file"],
                              tuple(_flag(flag, folder) for flag in row.get("flags", [])), row.get("entry", ""),
                              tuple(folder / source for source in row.get("sources", [])))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Failure(f"{path}:{number}: not a JSON object with a \"file\" ({error})") from error
        subjects += [subject] if subject.entry else of_comments(subject)
    return subjects


def of_comments(subject):
    """A subject for every `// cobra:` comment; where there are several, each is named after the model that it runs."""
    entries = comment_entries(subject.file)
    if not entries:
        raise Failure(f"{subject.file} has no '// cobra:' comment and its line in the manifest has no entry")
    names = [subject.name] if len(entries) == 1 else [f"{subject.name}.{model_name(entry)}" for entry in entries]
    return [replace(subject, name=name if names.count(name) == 1 else f"{name}#{index + 1}", entry=entry, comment=index)
            for index, (name, entry) in enumerate(zip(names, entries))]


def comment_entries(file):
    """The code of the `// cobra:` comments of a source file, in order."""
    return re.findall(r"^\s*//\s*cobra:\s*(.+)$", _read(file), re.MULTILINE)


def open_marks(file):
    """What the marks `// open: sentence` of a source file say: (line, sentence)."""
    marks = (line.partition("// open: ") for line in _read(file).splitlines())
    return {(number, sentence.strip()) for number, (_, mark, sentence) in enumerate(marks, 1) if mark}


def is_marked_open(graph, file):
    """Whether data decides parts of the graph, and just those that the file marks."""
    points = {(point.get("at", {}).get("line", 0), point["why"]) for point in graph["open"]}
    return bool(points) and points <= open_marks(file)


def model_name(entry):
    """What the variable that the last statement calls is declared as: `Net` of `Net net(3); net.forward(x);`."""
    called = re.match(r"[^=;]*?=?\s*(\w+)\s*(?:->|\.|\()", split_statements(entry)[-1])
    variable = called[1] if called else "model"
    made = re.search(rf"\b{variable}\s*=\s*(?:std::make_\w+<|new\s+)?\s*(?:\w+::)*(\w+)", entry)
    declared = re.search(rf"(?:^|;)\s*(?:const\s+)?(?:\w+::)*(\w+)(?:<[^;=]*>)?[\s&*]+{variable}\b", entry)
    found = made or declared
    return found[1] if found else variable


def batches(subjects):
    """Lists of subjects that one program can hold, in order."""
    groups = {}
    for subject in subjects:
        groups.setdefault((subject.file, subject.sources, subject.flags), []).append(subject)
    return list(groups.values())


_TOKEN = re.compile(r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|.""", re.DOTALL)


def split_statements(code):
    """C++ statements, split at the semicolons that stand outside all brackets."""
    statements, current, depth = [], "", 0
    for token in _TOKEN.findall(code):
        depth += (token in "([{") - (token in ")]}")
        current += token
        if token == ";" and depth == 0:
            statements.append(current.strip())
            current = ""
    if current.strip():
        statements.append(current.strip() + ";")
    if not statements:
        raise Failure("the entry has no statement")
    return statements


def program_text(subjects):
    """The user's files with `main` renamed, a function for each entry, and the main that runs them (entries.h)."""
    first = subjects[0]
    includes = "\n".join(f'#include "{path.resolve()}"' for path in (first.file, *first.sources))
    functions = []
    for index, subject in enumerate(subjects):
        *before, last = subject.statements()
        lines = [*before, "cobra::parity::Recorder cobra_recorder;", last, "return cobra_recorder.finish();"]
        functions.append(f"static std::string cobra_record_{index}() {{\n  " + "\n  ".join(lines) + "\n}\n")
    table = ", ".join(f"cobra_record_{index}" for index in range(len(subjects)))
    return f"""#include <torch/torch.h>
#include "entries.h"
#include "recorder.h"

#define main cobra_user_main
{includes}
#undef main

{chr(10).join(functions)}
int main(int, char** argv) {{
  return cobra::parity::runEntries({{{table}}}, argv[1]);
}}
"""


@dataclass
class Workshop:
    """Compiles with clang++ 19 against one LibTorch: programs into one folder, what all of them need into another.

    Several threads may share a workshop, and several processes the folder of headers.
    """

    folder: Path
    headers: Path = None  # default: headers/ in the folder
    compiler: str = ""
    libtorch: Path = None
    _ready: set = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self):
        self.folder = Path(self.folder).resolve()
        self.headers = Path(self.headers or self.folder / "headers").resolve()
        for folder in (self.folder, self.headers):
            folder.mkdir(parents=True, exist_ok=True)
        self.compiler = self.compiler or shutil.which("clang++-19") or shutil.which("clang++")
        if not self.compiler:
            raise Failure("there is no clang++-19 here: run scripts/setup")
        given = os.environ.get("LIBTORCH_DIR")
        self.libtorch = Path(self.libtorch or given or ROOT / ".deps/libtorch-2.11.0/torch").resolve()
        if not (self.libtorch / "lib/libtorch_cpu.so").exists():
            raise Failure(f"there is no LibTorch at {self.libtorch}: run scripts/setup, or name one with LIBTORCH_DIR")
        self.launcher = [ccache] if (ccache := shutil.which("ccache")) else []
        self.environment = os.environ | {
            "CCACHE_SLOPPINESS": "pch_defines,time_macros,include_file_mtime,include_file_ctime",
            "CCACHE_COMPILERCHECK": "content"}

    def record(self, subjects):
        """The recorder's document, or a Failure, for each subject of one batch."""
        first = subjects[0]
        name = first.name if len(subjects) == 1 else f"{first.name} and {len(subjects) - 1} more of {first.file.name}"
        stem = self.folder / re.sub(r"\W+", "_", first.name)
        source, program, results = (stem.with_suffix(end) for end in (".cpp", ".run", ".results"))
        try:
            source.write_text(program_text(subjects))
            own, shared = _own_flags(first.flags)
            header = self._header(shared)
            self._compile([*self._command(shared), *own, "-include-pch", header, "-w", "-c", source, "-o", f"{stem}.o"],
                          f"{name} does not compile")
            self._run([self.compiler, f"{stem}.o", *self._parts(), "-o", program, *self._libraries()], f"{name} does not link")
            shutil.rmtree(results, ignore_errors=True)
            results.mkdir()
            self._run([program, results], f"{name} fails while it runs")
        except Failure as failure:
            return [failure] + [Failure(f"as {first.name}")] * (len(subjects) - 1)
        return [self._result(results, index, subject) for index, subject in enumerate(subjects)]

    @staticmethod
    def _result(folder, index, subject):
        recording, error = folder / f"{index}.json", folder / f"{index}.error"
        if error.exists():
            return Failure(f"{subject.name} fails while it runs:\n{_tail(error.read_text(errors='replace'))}")
        if not recording.exists():
            return Failure(f"{subject.name} ends the program before its entry is over")
        return json.loads(recording.read_text())

    def _command(self, flags):
        include = self.libtorch / "include"
        return [self.compiler, "-std=c++20", "-O0", "-Xclang", "-fno-pch-timestamp", "-isystem", include,
                "-isystem", include / "torch/csrc/api/include", "-I", HERE, *flags]

    def _libraries(self):
        # The file's own main may need libraries that the entry does not.
        lib = self.libtorch / "lib"
        mold = ["-fuse-ld=mold"] if shutil.which("mold") else []
        return [*mold, lib / "libtorch_cpu.so", lib / "libc10.so", f"-Wl,-rpath,{lib}", "-Wl,--unresolved-symbols=ignore-all"]

    def _header(self, flags):
        """torch/torch.h, precompiled once for every set of flags."""
        command = self._command(flags)
        key = hashlib.sha256(json.dumps([str(part) for part in command]).encode()).hexdigest()[:12]
        source, compiled = (self.headers / f"torch_{key}.{end}" for end in ("h", "pch"))

        def build(target):
            if compiled.exists():
                return
            source.write_text("#include <torch/torch.h>\n")
            self._compile([*command, "-x", "c++-header", "-fpch-instantiate-templates", source, "-o", target], "torch/torch.h does not compile")

        return self._once(compiled, build)

    def _parts(self):
        """The recorder and the runner of entries, compiled once."""

        def part(name):
            def build(target):
                self._compile([*self._command(()), "-c", HERE / f"{name}.cpp", "-o", target], f"the {name} does not compile")

            return self._once(self.headers / f"{name}.o", build)

        return [part("recorder"), part("entries")]

    def _once(self, compiled, build):
        """Has `build(target)` make a file for all threads and processes; it appears when it is whole."""
        with self._lock, open(f"{compiled}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if compiled not in self._ready:
                target = Path(f"{compiled}.new")
                build(target)
                if target.exists():
                    os.replace(target, compiled)
                self._ready.add(compiled)
        return compiled

    def _compile(self, command, sentence):
        """With ccache where there is one. A failure gets a second try without it: what a cache holds may be damaged, and a machine that
        was short of memory or space for a moment gets through."""
        try:
            self._run([*self.launcher, *command], sentence)
        except Failure as failure:
            if not self.launcher:
                raise
            print(f"{failure}\ntrying once more, without ccache", file=sys.stderr, flush=True)
            self._run(command, sentence)

    def _run(self, command, sentence):
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, errors="replace",
                              env=self.environment, cwd=self.folder, check=False)
        if done.returncode != 0:
            raise Failure(f"{sentence}:\n{_tail(done.stderr or done.stdout or f'exit status {done.returncode}')}")


def _own_flags(flags):
    """Include paths, which a precompiled header may not care about, and the rest, which it must share."""
    own, shared, rest = [], [], iter(flags)
    for flag in rest:
        target = own if flag.startswith(("-I", "-isystem")) else shared
        target.append(flag)
        if flag in ("-I", "-isystem"):
            target.append(next(rest, ""))
    return own, tuple(shared)


def _flag(flag, folder):
    """-Iinclude is relative to the manifest."""
    return f"-I{folder / flag[2:]}" if flag.startswith("-I") and len(flag) > 2 else flag


def _read(path):
    try:
        return Path(path).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"cannot read {path}: {error}") from error


def _tail(text, lines=12):
    kept = [line for line in text.strip().splitlines() if "error" in line.lower()][:lines] or text.strip().splitlines()[-lines:]
    return "\n".join(f"    {line}" for line in kept)
