# Tests of the binaries. %cobra, %clang, %plugin, %mock (flags for the mock LibTorch), %torch (flags for the real one).
import os
import sys

import lit.formats

config.name = "cobra"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".cpp", ".test"]
config.excludes = ["Inputs"]
config.test_source_root = config.cobra_source
config.test_exec_root = os.path.join(config.cobra_work, "Output")

cache = os.path.join(config.cobra_work, "cache")
config.environment["XDG_CACHE_HOME"] = cache
config.environment["XDG_DATA_HOME"] = os.path.join(config.cobra_work, "data")
config.environment["LIBTORCH_DIR"] = config.cobra_libtorch
for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "HOME", "LSAN_OPTIONS"):
    if name in os.environ:
        config.environment[name] = os.environ[name]

inputs = os.path.join(config.cobra_source, "Inputs")
config.substitutions += [
    ("%cobra", os.path.join(config.cobra_binaries, "cobra")),
    ("%clang", config.cobra_clang),
    ("%python", sys.executable),
    ("%plugin", config.cobra_plugin),
    ("%mock", "-std=c++20 -isystem " + os.path.join(inputs, "mock")),
    ("%torch", "-std=c++20 -isystem {0}/include -isystem {0}/include/torch/csrc/api/include".format(config.cobra_libtorch)),
    ("%inputs", inputs),
    ("%examples", os.path.join(config.cobra_source, "../../examples")),
    ("FileCheck", config.cobra_filecheck),
]

if config.cobra_libtorch and os.path.isdir(config.cobra_libtorch):
    config.available_features.add("libtorch")
older = os.path.join(config.cobra_source, "../../.deps/libtorch-1.13.1/usr")
if os.path.isdir(os.path.join(older, "include/torch")):
    config.available_features.add("libtorch-1.13")
    config.substitutions.append(("%older", older))
if not config.cobra_sanitize:
    config.available_features.add("plugin")  # a sanitized plugin cannot be loaded into a plain clang
