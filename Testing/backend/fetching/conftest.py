"""A server on this computer that gives the publishers' replies, their faults included."""

import dataclasses
import gzip
import http.server
import os
import re
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import numpy as np
import pytest

from radiogenomics.fetching import find_source
from radiogenomics.fetching.transfer import fetch_file


@dataclass
class Reply:
    """How one request is answered; the default is as a server in order does."""

    status: int | None = None  # in place of the file
    headers: dict = field(default_factory=dict)
    cut_after: int | None = None  # bytes of the body
    ranges: bool = True
    shifted: int = 0  # how far off a part begins
    chunk: int = 1 << 16
    pause: float = 0.0  # after each chunk
    length: bool = True  # announced, or unknown until the end


class Server(http.server.ThreadingHTTPServer):
    """Serves `content`; `replies` are used up in turn, then all is in order."""

    daemon_threads = True

    def __init__(self, content):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.content = content
        self.etag = '"first"'
        self.extra = {}
        self.replies = []
        self.asked = []  # (path, headers) of every request

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}/file"

    def handle_error(self, *_):
        """Clients that hang up are part of the play."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        server = self.server
        server.asked.append((self.path, dict(self.headers)))
        reply = server.replies.pop(0) if server.replies else Reply()
        if reply.status is not None:
            self.send_response_only(reply.status)
            for name, value in {"Content-Length": "0", **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            return
        content, start = server.content, 0
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if wanted and reply.ranges and self.headers.get("If-Range") == server.etag:
            start = int(wanted[1]) + reply.shifted
            self.send_response_only(206)
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        else:
            self.send_response_only(200)
        body = content[start:]
        if reply.length:
            self.send_header("Content-Length", str(len(body)))
        for name, value in {"ETag": server.etag, **server.extra, **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        end = len(body) if reply.cut_after is None else reply.cut_after
        for at in range(0, end, reply.chunk):
            self.wfile.write(body[at : min(at + reply.chunk, end)])
            time.sleep(reply.pause)
        self.close_connection = True

    def log_message(self, *_):
        pass


@contextmanager
def serving(content):
    """A server that runs as long as the block."""
    server = Server(content)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def serve():
    """Start a server for some content."""
    with ExitStack() as running:
        yield lambda content: running.enter_context(serving(content))


@pytest.fixture(scope="session")
def server_for_many(xena):
    """One server for many examples of one test."""
    with serving(xena) as server:
        yield server


@pytest.fixture(scope="session")
def reply():
    """How a request is answered, see `Reply`."""
    return Reply


@pytest.fixture
def reply_headers_of_s3():
    """What Amazon's store adds to a reply."""
    return {"Server": "AmazonS3", "x-amz-server-side-encryption": "AES256"}


@pytest.fixture(scope="session")
def xena_text():
    """A matrix as Xena's: genes in rows, TCGA samples in columns, log2 values, tabs."""
    generator = np.random.default_rng(7)
    values = generator.uniform(3.5, 14.0, size=(400, 60))
    samples = [f"TCGA-02-{number:04d}-01" for number in range(1, 61)]
    rows = ["\t".join(["sample", *samples])]
    rows += ["\t".join([f"GENE{g}", *map("{:.4f}".format, row)]) for g, row in enumerate(values)]
    return "\n".join(rows) + "\n"


@pytest.fixture(scope="session")
def xena(xena_text):
    """The same, as it is served: about 70 kB of gzip."""
    return gzip.compress(xena_text.encode(), mtime=0)


@pytest.fixture(scope="session")
def expression():
    """The source of the gene expression, without the addresses of the real one."""
    return dataclasses.replace(find_source("expression"), addresses=())


@pytest.fixture
def pauses():
    """The waits that were asked for; none is waited."""
    return []


@pytest.fixture
def fetch(expression, tmp_path, pauses):
    """Fetch the expression from a server into ``out``."""

    def run(server, source=expression, **options):
        return fetch_file(
            source,
            tmp_path / "out",
            addresses=options.pop("addresses", [server.address]),
            pause=pauses.append,
            **options,
        )

    return run


@pytest.fixture
def left(tmp_path):
    """Names of what a fetch left in ``out``, but for its lock."""

    def names():
        return sorted(path.name for path in (tmp_path / "out").iterdir() if path.name != ".lock")

    return names


@pytest.fixture(scope="session")
def command():
    """Start the command as a user types it, without a terminal; returns the running process."""

    def start(*arguments, **options):
        return subprocess.Popen(
            [sys.executable, "-m", "radiogenomics.cli.main", *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "COLUMNS": "100", "NO_COLOR": "1"},
            **options,
        )

    return start
