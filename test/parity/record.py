"""Compiles a model with LibTorch, runs one entry of it, and hands back what the recorder saw."""

from dataclasses import dataclass, field
import fcntl
import hashlib
import json
import os
from pathlib import Path
import re
import shutil
import subprocess
import threading

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


class Failure(Exception):
    """One sentence, and what the compiler or the program printed."""


@dataclass(frozen=True)
class Subject:
    """One line of a manifest."""

    name: str
    file: Path
    flags: tuple = ()
    entry: str = ""  # as the manifest has it; empty: the file's own `// cobra:` comment
    sources: tuple = ()  # further files that hold definitions

    def statements(self):
        """The entry's statements; the last is the one that is recorded."""
        return split_statements(self.entry or comment_entry(self.file))


def read_manifest(path):
    """Subjects of a file of JSON lines; files are relative to it."""
    path = Path(path)
    subjects = []
    for number, line in enumerate(_read(path).splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            folder = path.resolve().parent
            subjects.append(Subject(row.get("name") or row["file"], folder / row["file"],
                                    tuple(_flag(flag, folder) for flag in row.get("flags", [])), row.get("entry", ""),
                                    tuple(folder / source for source in row.get("sources", []))))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Failure(f"{path}:{number}: not a JSON object with a \"file\" ({error})") from error
    return subjects


def comment_entry(file):
    """The first `// cobra:` comment of a source file."""
    found = re.search(r"^\s*//\s*cobra:\s*(.+)$", _read(file), re.MULTILINE)
    if not found:
        raise Failure(f"{file} has no '// cobra:' comment and its line in the manifest has no entry")
    return found[1]


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


def program_text(subject):
    """The user's files with `main` renamed, and a main that runs the entry."""
    *before, last = subject.statements()
    includes = "\n".join(f'#include "{path.resolve()}"' for path in (subject.file, *subject.sources))
    setup = "\n  ".join(before)
    return f"""#include <torch/torch.h>
#include "recorder.h"
#include <exception>
#include <fstream>
#include <iostream>

#define main cobra_user_main
{includes}
#undef main

static std::string cobra_record() {{
  {setup}
  cobra::parity::Recorder cobra_recorder;
  {last}
  return cobra_recorder.finish();
}}

int main(int, char** argv) try {{
  torch::NoGradGuard no_grad;
  torch::set_num_threads(1);
  torch::manual_seed(0);
  std::ofstream file(argv[1]);
  file << cobra_record() << std::endl;
  return file ? 0 : 1;
}} catch (const std::exception& error) {{
  std::cerr << error.what() << std::endl;
  return 1;
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

    def record(self, subject):
        """The recorder's document for one subject."""
        stem = self.folder / re.sub(r"\W+", "_", subject.name)
        source, program, recording = (stem.with_suffix(end) for end in (".cpp", ".run", ".json"))
        text = program_text(subject)
        source.write_text(text)
        recording.unlink(missing_ok=True)
        own, shared = _own_flags(subject.flags)
        header = self._header(shared)
        self._run([*self.launcher, *self._command(shared), *own, "-include-pch", header, "-w", "-c", source, "-o", f"{stem}.o"],
                  f"{subject.name} does not compile")
        self._run([self.compiler, f"{stem}.o", self._recorder(), "-o", program, *self._libraries()], f"{subject.name} does not link")
        self._run([program, recording], f"{subject.name} fails while it runs")
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
            self._run([*self.launcher, *command, "-x", "c++-header", "-fpch-instantiate-templates", source, "-o", target],
                      "torch/torch.h does not compile")

        return self._once(compiled, build)

    def _recorder(self):
        def build(target):
            self._run([*self.launcher, *self._command(()), "-c", HERE / "recorder.cpp", "-o", target], "the recorder does not compile")

        return self._once(self.headers / "recorder.o", build)

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
