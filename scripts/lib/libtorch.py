#!/usr/bin/env python3
"""libtorch.py CACHE: unpacks what is needed of LibTorch 2.11.0 under CACHE/libtorch-2.11.0, downloading the wheels it is in.

About 550 MB down and 0.6 GB kept. Does nothing if it is there. The wheels come from the package index that pip is set up for.
"""

from dataclasses import dataclass
from html.parser import HTMLParser
import os
from pathlib import Path
import platform
import shutil
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
import zipfile

from fetch import AGENT, Failure, download, verified

VERSION = "2.11.0"
NEEDED = ("torch/include/torch/csrc/api/include/torch/torch.h", "torch/lib/libtorch_cpu.so", "torch/lib/libc10.so",
          "nvidia/cu13/lib/libcudart.so.13", "nvidia/cu13/lib/libcupti.so.13")


@dataclass(frozen=True)
class Wheel:
    project: str
    version: str
    file: str
    sha256: str
    keep: tuple  # beginnings of the paths that are unpacked


# libtorch_cpu.so loads the CUDA run-time and CUPTI, and looks for them in ../../nvidia/cu13/lib.
WHEELS = (
    Wheel("torch", VERSION, "torch-2.11.0-cp311-cp311-manylinux_2_28_x86_64.whl",
          "7aa2f9bbc6d4595ba72138026b2074be1233186150e9292865e04b7a63b8c67a",
          ("torch/include/", "torch/lib/libtorch_cpu.so", "torch/lib/libc10.so", "torch/lib/libgomp.so", "torch/lib/libshm",
           "torch/lib/libtorch.so")),
    Wheel("nvidia-cuda-runtime", "13.0.96",
          "nvidia_cuda_runtime-13.0.96-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl",
          "7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548", ("nvidia/",)),
    Wheel("nvidia-cuda-cupti", "13.0.85", "nvidia_cuda_cupti-13.0.85-py3-none-manylinux_2_25_x86_64.whl",
          "4eb01c08e859bf924d222250d2e8f8b8ff6d3db4721288cf35d14252a4d933c8", ("nvidia/",)),
)


class Links(HTMLParser):
    """Every href of a page, by file name."""

    def __init__(self, base):
        super().__init__()
        self.base, self.urls = base, {}

    def handle_starttag(self, tag, attrs):
        href = dict(attrs).get("href")
        if tag == "a" and href:
            url = urllib.parse.urldefrag(urllib.parse.urljoin(self.base, href)).url
            self.urls[urllib.parse.unquote(url.rsplit("/", 1)[-1])] = url


def index_url():
    """The package index that pip would ask."""
    if given := os.environ.get("PIP_INDEX_URL"):
        return given
    asked = subprocess.run([sys.executable, "-m", "pip", "config", "get", "global.index-url"], capture_output=True, text=True,
                           check=False)
    if asked.returncode == 0 and asked.stdout.strip():
        return asked.stdout.strip()
    from pip._internal.models.index import PyPI  # pip's own default

    return PyPI.simple_url


def find_url(wheel):
    """Where the index keeps the wheel; None if the index cannot be read this way."""
    try:
        page = f"{index_url().rstrip('/')}/{wheel.project}/"
        with urllib.request.urlopen(urllib.request.Request(page, headers=AGENT | {"Accept": "text/html"}), timeout=60) as answer:
            links = Links(answer.url)
            links.feed(answer.read().decode())
        return links.urls.get(wheel.file)
    except (OSError, ValueError, ImportError):
        return None


def fetch(wheel, folder):
    target = folder / wheel.file
    if verified(target, wheel.sha256):
        return
    if url := find_url(wheel):
        download(url, target, wheel.sha256)
        return
    with_pip(wheel, folder)  # an index with a password, a folder of wheels: pip knows how
    if not verified(target, wheel.sha256):
        target.unlink()
        raise Failure(f"pip gave another {wheel.file} than the one that was asked for (its SHA-256 is wrong)")


def with_pip(wheel, folder):
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--python-version", "3.11",
               "--platform", wheel.file.removesuffix(".whl").split("-")[-1].split(".")[-1], "--dest", str(folder),
               f"{wheel.project}=={wheel.version}"]
    if subprocess.run(command, stdout=sys.stderr, check=False).returncode != 0 or not (folder / wheel.file).exists():
        raise Failure(f"pip cannot download {wheel.project}=={wheel.version} for Linux on x86-64")


def unpack(wheels, folder, target):
    """Everything or nothing: the target appears when it is whole."""
    scratch = Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=target.parent))
    try:
        for wheel in wheels:
            print(f"  unpacking {wheel.file}", file=sys.stderr, flush=True)
            with zipfile.ZipFile(folder / wheel.file) as archive:
                archive.extractall(scratch, [name for name in archive.namelist() if name.startswith(wheel.keep)])
        scratch.chmod(0o755)
        if target.exists():
            shutil.rmtree(target)  # incomplete
        os.replace(scratch, target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def obstacle(cache):
    """Why it cannot be had on this machine, however often one tries."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        return f"LibTorch {VERSION} is fetched for Linux on x86_64 alone, and this is {platform.system()} on {platform.machine()}"
    if shutil.disk_usage(cache).free < 1.5e9:
        return f"LibTorch needs 1.5 GB of free disk space under {cache}"
    return None


def main(cache):
    target = cache / f"libtorch-{VERSION}"
    if all((target / path).exists() for path in NEEDED):
        return 0
    if why := obstacle(cache):
        print(f"setup: {why}; you can name one of your own with LIBTORCH_DIR.", file=sys.stderr)
        return 1
    try:
        folder = cache / "downloads"
        folder.mkdir(parents=True, exist_ok=True)
        print(f"LibTorch {VERSION}: 550 MB to download, 0.6 GB to keep under {target}", file=sys.stderr)
        for wheel in WHEELS:
            fetch(wheel, folder)
        unpack(WHEELS, folder, target)
        shutil.rmtree(folder)
    except (Failure, OSError, zipfile.BadZipFile) as error:
        print(f"setup: {error}. Run it again to go on where it stopped, or name a LibTorch of your own with LIBTORCH_DIR.",
              file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
