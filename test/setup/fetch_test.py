"""Downloads that break go on where they stopped; what arrives wrong is never kept."""

import hashlib
import http.server
import io
from pathlib import Path
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts/lib"))

from fetch import Failure, Progress, download  # noqa: E402
from libtorch import Links  # noqa: E402

BODY = bytes(range(256)) * 8000  # 2 MB
SHA256 = hashlib.sha256(BODY).hexdigest()


class Server(http.server.BaseHTTPRequestHandler):
    """Serves BODY, and hangs up after `cut` bytes of each answer; `seen` are the ranges that were asked for."""

    cut, ranges, seen, status = len(BODY), True, [], 200

    def do_GET(self):
        asked = self.headers.get("Range")
        Server.seen.append(asked)
        if Server.status != 200:
            return self.send_error(Server.status)
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and Server.ranges else 0
        if start >= len(BODY):
            return self.send_error(416)
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(BODY) - start))
        self.end_headers()
        self.wfile.write(BODY[start:start + Server.cut])

    def log_message(self, *_):
        pass


class DownloadTest(unittest.TestCase):
    def setUp(self):
        Server.cut, Server.ranges, Server.seen, Server.status = len(BODY), True, [], 200
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        self.folder = tempfile.TemporaryDirectory()
        self.target = Path(self.folder.name) / "file.whl"
        self.part = Path(f"{self.target}.part")
        self.url = f"http://127.0.0.1:{self.server.server_port}/file.whl"

    def tearDown(self):
        self.server.shutdown()
        self.server.server_close()
        self.folder.cleanup()

    def fetch(self, sha256=SHA256, tries=8):
        download(self.url, self.target, sha256, tries, wait=0)

    def test_whole(self):
        self.fetch()
        self.assertEqual(self.target.read_bytes(), BODY)
        self.assertFalse(self.part.exists())

    def test_goes_on_where_it_broke(self):
        Server.cut = len(BODY) // 3
        self.fetch()
        self.assertEqual(self.target.read_bytes(), BODY)
        self.assertEqual(Server.seen, [None, f"bytes={len(BODY) // 3}-", f"bytes={len(BODY) // 3 * 2}-", f"bytes={len(BODY) // 3 * 3}-"]
                         [:len(Server.seen)])
        self.assertGreaterEqual(len(Server.seen), 3)

    def test_goes_on_with_what_an_earlier_run_left(self):
        self.part.write_bytes(BODY[:1000])
        self.fetch()
        self.assertEqual(Server.seen, ["bytes=1000-"])
        self.assertEqual(self.target.read_bytes(), BODY)

    def test_whole_part_of_an_earlier_run(self):
        self.part.write_bytes(BODY)
        self.fetch()
        self.assertEqual(self.target.read_bytes(), BODY)

    def test_server_without_ranges(self):
        Server.ranges = False
        self.part.write_bytes(b"x" * 1000)
        self.fetch()
        self.assertEqual(self.target.read_bytes(), BODY)

    def test_spoilt_part_is_thrown_away(self):
        self.part.write_bytes(b"x" * 1000)
        self.fetch()
        self.assertEqual(self.target.read_bytes(), BODY)
        self.assertEqual(Server.seen, ["bytes=1000-", None])

    def test_there_already(self):
        self.target.write_bytes(BODY)
        self.fetch()
        self.assertEqual(Server.seen, [])

    def test_wrong_file_is_refused(self):
        with self.assertRaisesRegex(Failure, r"file.whl cannot be downloaded: .*SHA-256 is wrong"):
            self.fetch("0" * 64, tries=2)
        self.assertFalse(self.target.exists() or self.part.exists())

    def test_always_broken(self):
        Server.cut = 10
        with self.assertRaisesRegex(Failure, "file.whl cannot be downloaded: the connection ended early"):
            self.fetch(tries=3)
        self.assertEqual(self.part.read_bytes(), BODY[:30])  # kept for the next run

    def test_not_there(self):
        Server.status = 404
        with self.assertRaisesRegex(Failure, "the server answers 404"):
            self.fetch()
        self.assertEqual(len(Server.seen), 1)  # no use in asking again

    def test_no_server(self):
        self.server.shutdown()
        self.server.server_close()
        with self.assertRaisesRegex(Failure, "file.whl cannot be downloaded: .*refused"):
            self.fetch(tries=2)


class PagesTest(unittest.TestCase):
    def test_links(self):
        links = Links("http://host/simple/torch/")
        links.feed('<a href="../../files/a%2Bb.whl#sha256=12">x</a><a name="y">y</a><a href="https://other/c.whl">c</a>')
        self.assertEqual(links.urls, {"a+b.whl": "http://host/files/a%2Bb.whl", "c.whl": "https://other/c.whl"})

    def test_progress_off_a_terminal_is_a_line_for_each_tenth(self):
        stream = io.StringIO()
        progress = Progress("f", 1000, stream)
        for have in range(0, 1001, 5):
            progress.show(have)
        self.assertEqual(len(stream.getvalue().splitlines()), 11)


if __name__ == "__main__":
    unittest.main()
