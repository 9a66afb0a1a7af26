"""Downloads a file so that a broken download goes on where it stopped, and checks its hash."""

import hashlib
import http.client
import os
from pathlib import Path
import sys
import time
import urllib.error
import urllib.request

CHUNK = 1 << 20
AGENT = {"User-Agent": "cobra-setup"}


class Failure(Exception):
    """One sentence for the user."""


def download(url, target, sha256, tries=8, wait=2.0):
    """Fetches `url` to `target`. What a broken run left in `<target>.part` is kept and continued. Raises Failure."""
    target = Path(target)
    if verified(target, sha256):
        return
    part = Path(f"{target}.part")
    part.parent.mkdir(parents=True, exist_ok=True)
    reason = ""
    for attempt in range(tries):
        if attempt:
            time.sleep(min(wait * 2 ** (attempt - 1), 60))
        try:
            complete = _continue(url, part, target.name)
        except urllib.error.HTTPError as error:
            if error.code < 500 and error.code not in (408, 429):
                raise Failure(f"{target.name} cannot be downloaded: the server answers {error.code} {error.reason}") from error
            reason = f"{error.code} {error.reason}"
            continue
        except (OSError, http.client.HTTPException) as error:  # timeouts, resets, name lookup, cut answers
            reason = str(getattr(error, "reason", error))
            continue
        if not complete:
            reason = "the connection ended early"
            continue
        if verified(part, sha256):
            os.replace(part, target)
            return
        part.unlink()
        reason = "what arrived is not the file that was asked for (its SHA-256 is wrong)"
    raise Failure(f"{target.name} cannot be downloaded: {reason}")


def _continue(url, part, name):
    """Adds what is missing to `part`; True if the server says that it is whole."""
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers=AGENT | ({"Range": f"bytes={have}-"} if have else {}))
    try:
        answer = urllib.request.urlopen(request, timeout=60)
    except urllib.error.HTTPError as error:
        if error.code == 416:  # nothing is left to send
            return True
        raise
    with answer:
        if answer.status != 206:
            have = 0
        left = answer.headers.get("Content-Length")
        total = have + int(left) if left else None
        with open(part, "ab" if have else "wb") as file:
            progress = Progress(name, total)
            while chunk := answer.read(CHUNK):
                file.write(chunk)
                have += len(chunk)
                progress.show(have)
            progress.end()
    return total is None or have == total


class Progress:
    """One line that counts up on a terminal; a line for every tenth elsewhere."""

    def __init__(self, name, total, stream=sys.stderr):
        self.name, self.total, self.stream, self.last = name, total, stream, -1

    def show(self, have):
        percent = 100 * have // self.total if self.total else have // CHUNK
        step = 1 if self.stream.isatty() else 10
        if percent // step == self.last:
            return
        self.last = percent // step
        amount = f"{percent:3d} % of {self.total / 1e6:.0f} MB" if self.total else f"{percent} MB"
        start, end = ("\r", "") if self.stream.isatty() else ("", "\n")
        print(f"{start}  {amount}  {self.name}", end=end, file=self.stream, flush=True)

    def end(self):
        if self.stream.isatty():
            print(file=self.stream)


def verified(path, sha256):
    """Is the file there, and is it the right one?"""
    if not path.exists():
        return False
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest() == sha256
