"""MR series out of an S3 store: the real s5cmd against a store on this computer."""

import hashlib
import http.server
import json
import os
import re
import signal
import threading
import time
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from radiogenomics.errors import InputError
from radiogenomics.fetching import FetchError, find_source
from radiogenomics.fetching.idc import IndexedSeries, Selection
from radiogenomics.fetching.s5cmd import program
from radiogenomics.fetching.scans import fetch_scans


class Store(http.server.ThreadingHTTPServer):
    """Replies to what s5cmd asks of S3: the region, a list, an object or a part of it."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects = {}  # key -> bytes
        self.spoilt = {}  # key -> how many times the bytes come damaged
        self.broken = {}  # key -> how many times the connection is cut
        self.one_by_one = 0.0  # seconds for each object, one after the other
        self.turn = threading.Lock()
        self.fetched = []  # keys of objects, each time their bytes are asked for
        self.listed = []
        self.generated = None  # makes the objects of a prefix that is asked for

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_):
        """Clients that hang up are part of the play."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_HEAD(self):
        self._answer(body=False)

    def do_GET(self):
        self._answer(body=True)

    def _answer(self, body):
        store, asked = self.server, urlsplit(self.path)
        _, _, key = unquote(asked.path).lstrip("/").partition("/")
        if not key:
            self._send(200, self._list(parse_qs(asked.query).get("prefix", [""])[0]), body)
        elif key not in store.objects:
            self._send(404, b"", body)
        elif not body:
            self._send(200, store.objects[key], body)
        else:
            self._send_object(key)

    def _send_object(self, key):
        store = self.server
        content = store.objects[key]
        store.fetched.append(key)
        with store.turn:
            time.sleep(store.one_by_one)
        if store.broken.get(key, 0) > 0:
            store.broken[key] -= 1
            self.close_connection = True
            return
        if store.spoilt.get(key, 0) > 0:
            store.spoilt[key] -= 1
            content = content[::-1]
        wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if not wanted:
            self._send(200, content, True)
            return
        first, last = int(wanted[1]), min(int(wanted[2]), len(content) - 1)
        ranged = {"Content-Range": f"bytes {first}-{last}/{len(content)}"}
        self._send(206, content[first : last + 1], True, ranged)

    def _list(self, prefix):
        store = self.server
        if prefix:
            store.listed.append(prefix)
        if store.generated is not None and prefix:
            store.objects.update(store.generated(prefix))
        entries = "".join(
            f"<Contents><Key>{key}</Key><LastModified>2020-01-01T00:00:00.000Z</LastModified>"
            f"<ETag>&quot;{hashlib.md5(content).hexdigest()}&quot;</ETag>"
            f"<Size>{len(content)}</Size><StorageClass>STANDARD</StorageClass></Contents>"
            for key, content in store.objects.items()
            if key.startswith(prefix)
        )
        return (
            '<?xml version="1.0"?><ListBucketResult>'
            f"<IsTruncated>false</IsTruncated>{entries}</ListBucketResult>"
        ).encode()

    def _send(self, status, content, body, headers=None):
        self.send_response_only(status)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Last-Modified", "Wed, 01 Jan 2020 00:00:00 GMT")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if body:
            self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture
def store():
    try:
        program()
    except InputError:
        pytest.skip("s5cmd is not installed")
    started = Store()
    thread = threading.Thread(target=started.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield started
    started.shutdown()
    started.server_close()
    thread.join()


def content_of(key):
    return (key * 40).encode()


@pytest.fixture
def selection(store):
    """Two patients with two series of five files each."""
    series = []
    for patient, uid in (("P1", "1.1"), ("P1", "1.2"), ("P2", "2.1"), ("P2", "2.2")):
        series.append(
            IndexedSeries(patient, uid, f"s3://bucket/{uid}/*", 5, 0.1, "CC BY 4.0", "10.1/x")
        )
        for number in range(5):
            key = f"{uid}/{number}.dcm"
            store.objects[key] = content_of(key)
    return Selection(tuple(series), {"of a later day": 3}, ("P3",))


def fetch(selection, store, folder, **options):
    return fetch_scans(selection, folder, find_source("idc"), endpoint=store.address, **options)


def files_in(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in {".lock", "provenance.json"}
    }


def expected(store):
    return {f"P{key[0]}/{key}": content for key, content in store.objects.items()}


def test_every_file_lies_in_its_patients_and_series_folder(store, selection, tmp_path):
    told = []
    folder = tmp_path / "a folder with spaces, \"quotes\" and 'more'"
    fetched = fetch(selection, store, folder, progress=lambda *values: told.append(values))
    assert (fetched.files, fetched.new) == (20, 20)
    assert files_in(folder) == expected(store)
    assert told[-1][:3] == ("fetching MR (files)", 20, 20)
    record = json.loads((folder / "provenance.json").read_text())
    assert record["left_out"] == {"of a later day": 3}
    assert record["patients_without"] == ["P3"]
    assert record["series"][0]["doi"] == "10.1/x"


def test_whole_series_are_not_asked_for_again(store, selection, tmp_path):
    fetch(selection, store, tmp_path)
    (tmp_path / "P2" / "2.1" / "3.dcm").unlink()
    store.fetched.clear()
    store.listed.clear()
    assert fetch(selection, store, tmp_path).new == 1
    assert store.fetched == ["2.1/3.dcm"]
    assert store.listed == ["2.1/"]
    assert files_in(tmp_path) == expected(store)


def test_a_damaged_file_never_gets_its_name(store, selection, tmp_path):
    store.spoilt["1.2/3.dcm"] = 1
    with pytest.raises(FetchError, match=r"1 files came damaged, such as s3://bucket/1.2/3.dcm"):
        fetch(selection, store, tmp_path)
    left = files_in(tmp_path)
    assert len(left) == 19
    assert "P1/1.2/3.dcm" not in left
    assert fetch(selection, store, tmp_path).new == 1
    assert files_in(tmp_path) == expected(store)


def test_cut_connections_are_tried_again(store, selection, tmp_path):
    store.broken = dict.fromkeys(store.objects, 1)
    assert fetch(selection, store, tmp_path).new == 20
    assert files_in(tmp_path) == expected(store)


def test_a_series_that_is_not_what_the_index_says_is_refused(store, selection, tmp_path):
    del store.objects["2.2/4.dcm"]
    with pytest.raises(FetchError, match=r"Series 2.2 of P2 has 4 files .* and 5 in the index"):
        fetch(selection, store, tmp_path)
    assert files_in(tmp_path) == {}


def test_a_name_that_leads_out_of_the_folder_is_refused(store, selection, tmp_path):
    store.objects["2.2/..dcm"] = store.objects.pop("2.2/4.dcm")
    with pytest.raises(FetchError, match="no file of a series that was asked for"):
        fetch(selection, store, tmp_path / "mr")
    assert files_in(tmp_path / "mr") == {}


def test_a_store_without_the_series_is_said(store, selection, tmp_path):
    store.objects.clear()
    with pytest.raises(FetchError, match=r"no object found.*run the same again"):
        fetch(selection, store, tmp_path)


@pytest.mark.slow
def test_a_store_out_of_reach_is_said(store, selection, tmp_path):
    endpoint = store.address
    store.server_close()
    with pytest.raises(FetchError, match=r"connection refused.*check the network") as failed:
        fetch_scans(selection, tmp_path, find_source("idc"), endpoint=endpoint)
    assert len(str(failed.value)) < 300


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="sends POSIX signals")
def test_the_command_goes_on_after_it_was_stopped_and_killed(store, command, tmp_path):
    pytest.importorskip("idc_index_data", reason="idc-index-data is not installed")
    from radiogenomics.fetching.idc import choose_series, read_index

    patient = "UPENN-GBM-00544"  # one with few files
    chosen = choose_series(read_index("upenn_gbm"), "upenn_gbm", [patient])
    counts = {one.address.split("/")[3]: one.files for one in chosen.series}

    def generated(prefix):
        keys = [f"{prefix}{number:03d}.dcm" for number in range(counts[prefix.rstrip("/")])]
        return {key: content_of(key) for key in keys}

    def arrived():
        return len(list(tmp_path.rglob("*.dcm")))

    def start_and_wait(more_than):
        process = command(
            "fetch", "mr", "--collection", "upenn_gbm", "--patients", patient,
            "--out", tmp_path, "--accept", "--from", store.address,
        )  # fmt: skip
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and process.poll() is None and arrived() <= more_than:
            time.sleep(0.02)
        return process

    store.generated, store.one_by_one = generated, 0.05
    process = start_and_wait(0)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    said, complained = process.communicate(timeout=30)
    assert time.monotonic() - began < 2.0
    assert "cite doi:10.7937/tcia.709x-dn49" in said
    assert process.returncode == 130
    assert complained == "Interrupted. What has come is kept; run the same again to go on.\n"

    first = arrived()
    process = start_and_wait(first)
    process.kill()
    process.communicate(timeout=30)
    time.sleep(1.0)  # until s5cmd, alone now, has ended
    asked = len(store.fetched)
    time.sleep(0.5)
    assert len(store.fetched) == asked

    second = arrived()
    total = sum(counts.values())
    assert 0 < first < second < total
    store.one_by_one = 0.0
    process = start_and_wait(total)
    said, complained = process.communicate(timeout=120)
    assert process.returncode == 0, complained
    assert f"mr: 1 patients, {total} files, {total - second} new." in said
    written = sorted(path.read_bytes() for path in tmp_path.rglob("*.dcm"))
    assert written == sorted(store.objects.values())
