"""Fetching a file: every fault of a network and a server, and what is left on the disk."""

import hashlib
import json
import shutil
import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from radiogenomics.errors import InputError
from radiogenomics.fetching import FetchError
from radiogenomics.fetching.transfer import Patience


def test_a_fetched_file_is_the_served_one_and_its_record_says_where_it_came_from(
    serve, fetch, xena, reply_headers_of_s3, left
):
    server = serve(xena)
    server.extra, server.etag = reply_headers_of_s3, f'"{hashlib.md5(xena).hexdigest()}"'
    fetched = fetch(server)
    assert fetched.new
    assert fetched.path.read_bytes() == xena
    record = json.loads((fetched.path.parent / "HT_HG-U133A.gz.provenance.json").read_text())
    assert record["sha256"] == hashlib.sha256(xena).hexdigest()
    assert record["bytes"] == len(xena)
    assert record["address"] == server.address
    assert record["etag"] == server.etag
    assert server.asked[0][1]["Accept-Encoding"] == "identity"
    assert "Goldman" in record["cite"][0]
    assert "TCGA" in record["licence"]
    assert [check.split(" (")[0] for check in record["checked"]] == [
        "size",
        "MD5 of the publisher's store",
        "gzip's own checksum",
    ]
    assert left() == ["HT_HG-U133A.gz", "HT_HG-U133A.gz.provenance.json"]


def test_a_file_that_is_there_is_not_fetched_again(serve, fetch, xena):
    server = serve(xena)
    fetch(server)
    again = fetch(server)
    assert not again.new
    assert len(server.asked) == 1


def test_another_file_under_the_name_is_never_replaced(serve, fetch, xena):
    server = serve(xena)
    fetched = fetch(server)
    fetched.path.write_bytes(b"my own")
    with pytest.raises(InputError, match="is not what was fetched"):
        fetch(server)
    assert fetched.path.read_bytes() == b"my own"
    assert len(server.asked) == 1


@pytest.mark.parametrize("cut", [1, 1000, 60_000])
def test_a_cut_connection_is_continued_byte_for_byte(serve, fetch, xena, reply, cut, pauses):
    server = serve(xena)
    server.replies = [reply(cut_after=cut)]
    assert fetch(server).path.read_bytes() == xena
    _, headers = server.asked[1]
    assert headers["Range"] == f"bytes={cut}-"
    assert headers["If-Range"] == '"first"'
    assert pauses == [1.0]


def test_a_server_that_cuts_again_and_again_is_continued_as_long_as_something_comes(
    serve, fetch, xena, reply, pauses
):
    server = serve(xena)
    server.replies = [reply(cut_after=5000) for _ in range(10)]
    assert fetch(server).path.read_bytes() == xena
    assert pauses == [1.0] * 10  # each brought something, so the waits do not grow


def test_a_server_that_ignores_ranges_is_read_from_the_beginning(serve, fetch, xena, reply):
    server = serve(xena)
    server.replies = [reply(cut_after=20_000), reply(ranges=False)]
    assert fetch(server).path.read_bytes() == xena
    assert "Range" in server.asked[1][1]


def test_a_file_that_changed_in_between_is_read_from_the_beginning(serve, fetch, xena, reply):
    server = serve(xena[::-1])
    server.replies = [reply(cut_after=20_000), reply(status=503)] * 3
    with pytest.raises(FetchError, match="kept"):
        fetch(server, patience=Patience(tries=1))
    server.content, server.etag, server.replies = xena, '"second"', []
    assert fetch(server).path.read_bytes() == xena
    assert server.asked[-1][1]["If-Range"] == '"first"'


def test_a_part_of_another_version_is_not_joined_to_ours(serve, fetch, xena, reply):
    server = serve(xena)
    # This server takes no notice of If-Range, and sends the end of what it has now.
    server.replies = [reply(cut_after=20_000), reply(headers={"ETag": '"second"'})]
    assert fetch(server).path.read_bytes() == xena
    assert ["Range" in headers for _, headers in server.asked] == [False, True, False]


def test_a_part_that_begins_elsewhere_is_not_joined_to_ours(serve, fetch, xena, reply):
    server = serve(xena)
    server.replies = [reply(cut_after=20_000), reply(shifted=512)]
    assert fetch(server).path.read_bytes() == xena
    assert ["Range" in headers for _, headers in server.asked] == [False, True, False]


def test_without_a_mark_of_the_version_a_part_is_not_continued(serve, fetch, xena, reply):
    server = serve(xena)
    server.etag = 'W/"weak"'
    server.replies = [reply(cut_after=20_000)]
    assert fetch(server).path.read_bytes() == xena
    assert "Range" not in server.asked[1][1]


def test_a_part_from_another_address_is_not_continued(serve, fetch, xena, reply):
    server, other = serve(xena), serve(xena)
    server.replies = [reply(cut_after=20_000), reply(status=503)]
    with pytest.raises(FetchError, match="kept"):
        fetch(server, patience=Patience(tries=1))
    assert fetch(other).path.read_bytes() == xena
    assert "Range" not in other.asked[0][1]


def test_a_part_holds_no_key_and_goes_on_with_a_new_one(serve, fetch, xena, reply, tmp_path):
    server = serve(xena)
    server.replies = [reply(cut_after=20_000), reply(status=503)]
    with pytest.raises(FetchError, match="kept"):
        fetch(server, addresses=[f"{server.address}?key=secret"], patience=Patience(tries=1))
    kept = (tmp_path / "out" / "HT_HG-U133A.gz.part.json").read_text()
    assert server.address in kept
    assert "secret" not in kept
    fetched = fetch(server, addresses=[f"{server.address}?key=renewed"])
    assert fetched.path.read_bytes() == xena
    assert server.asked[-1][1]["Range"] == "bytes=20000-"


def test_a_server_that_has_nothing_at_that_place_is_asked_from_the_beginning(
    serve, fetch, xena, reply
):
    server = serve(xena)
    server.replies = [reply(cut_after=20_000), reply(status=416)]
    assert fetch(server).path.read_bytes() == xena
    assert "Range" not in server.asked[2][1]


def test_waits_grow_while_nothing_comes_and_then_it_says_what_to_do(
    serve, fetch, xena, reply, pauses, left
):
    server = serve(xena)
    server.replies = [reply(cut_after=9000), *[reply(status=503) for _ in range(20)]]
    with pytest.raises(FetchError, match=r"503, 6 times in a row.*run the same again to go on"):
        fetch(server)
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0]
    assert left() == ["HT_HG-U133A.gz.part", "HT_HG-U133A.gz.part.json"]
    server.replies = []
    assert fetch(server).path.read_bytes() == xena
    assert server.asked[-1][1]["Range"] == "bytes=9000-"


@pytest.mark.parametrize("code", [500, 502, 503, 504, 408])
def test_a_server_out_of_order_is_asked_again(serve, fetch, xena, reply, code):
    server = serve(xena)
    server.replies = [reply(status=code)]
    assert fetch(server).path.read_bytes() == xena


def test_the_wait_that_a_busy_server_asks_for_is_kept(serve, fetch, xena, reply, pauses):
    server = serve(xena)
    then = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    server.replies = [
        reply(status=429, headers={"Retry-After": "17"}),
        reply(status=503, headers={"Retry-After": then}),
        reply(status=429, headers={"Retry-After": "soon"}),
    ]
    assert fetch(server).path.read_bytes() == xena
    assert pauses[0] == 17.0
    assert 27.0 < pauses[1] <= 30.0
    assert pauses[2] == 4.0  # not understood: ours, the third


def test_a_server_that_asks_for_an_hour_is_not_waited_for(serve, fetch, xena, reply, pauses):
    server = serve(xena)
    server.replies = [reply(status=429, headers={"Retry-After": "3600"})]
    with pytest.raises(FetchError, match="asks to come back in 60 minutes"):
        fetch(server)
    assert pauses == []


def test_an_absent_file_is_looked_for_at_the_next_address(serve, fetch, xena, reply):
    gone, there = serve(xena), serve(xena)
    gone.replies = [reply(status=404)]
    fetched = fetch(gone, addresses=[gone.address, there.address])
    assert fetched.path.read_bytes() == xena
    record = json.loads((fetched.path.parent / "HT_HG-U133A.gz.provenance.json").read_text())
    assert record["address"] == there.address


@pytest.mark.parametrize("code", [401, 403, 404, 410])
def test_a_file_that_is_nowhere_is_said_with_the_page_to_look_on(
    serve, fetch, xena, reply, code, pauses, left
):
    server = serve(xena)
    server.replies = [reply(status=code)]
    with pytest.raises(FetchError, match=rf"\({code}\).*xenabrowser.net.*--from ADDRESS"):
        fetch(server)
    assert pauses == []
    assert left() == []


def test_nobody_listening_is_said_after_the_tries(fetch, serve, xena, pauses):
    server = serve(xena)
    address = server.address
    server.server_close()
    with pytest.raises(FetchError, match=r"127.0.0.1: the connection failed.*Check the network"):
        fetch(server, addresses=[address])
    assert len(pauses) == 5


def test_a_server_that_falls_silent_is_given_up_in_time_and_continued(serve, fetch, xena, reply):
    server = serve(xena)
    server.replies = [reply(chunk=10_000, pause=1.5)]
    fetched = fetch(server, patience=Patience(read=0.4))
    assert fetched.path.read_bytes() == xena
    assert server.asked[1][1]["Range"] == "bytes=10000-"


def test_a_file_of_unknown_size_is_fetched(serve, fetch, xena, reply):
    server = serve(xena)
    server.replies = [reply(length=False)]
    assert fetch(server).path.read_bytes() == xena


def test_a_file_stored_as_packed_is_kept_as_it_is(serve, fetch, xena):
    server = serve(xena)
    server.extra = {"Content-Encoding": "gzip"}
    assert fetch(server).path.read_bytes() == xena


def test_redirects_are_followed_at_home_and_refused_to_plain_http_elsewhere(
    serve, fetch, xena, reply, tmp_path
):
    first, second = serve(xena), serve(xena)
    first.replies = [reply(status=302, headers={"Location": f"{second.address}?key=secret"})]
    fetched = fetch(first, addresses=[f"{first.address}?key=secret"])
    assert fetched.path.read_bytes() == xena
    record = (tmp_path / "out" / "HT_HG-U133A.gz.provenance.json").read_text()
    assert json.loads(record)["served_by"] == second.address
    assert "secret" not in record
    (tmp_path / "out" / "HT_HG-U133A.gz").unlink()
    first.replies = [reply(status=302, headers={"Location": "http://192.0.2.1/file?key=secret"})]
    with pytest.raises(FetchError, match=r"192.0.2.1/file, which is not https") as refused:
        fetch(first)
    assert "secret" not in str(refused.value)


def test_a_certificate_that_cannot_be_verified_is_not_accepted(serve, fetch, xena, tmp_path):
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl to make a certificate with")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    server = serve(xena)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    address = f"https://localhost:{server.server_port}/file"
    with pytest.raises(FetchError, match=r"certificate could not be verified.*REQUESTS_CA_BUNDLE"):
        fetch(server, addresses=[address])
    assert server.asked == []


def test_redirects_without_end_are_given_up(serve, fetch, xena, reply):
    server = serve(xena)
    server.replies = [reply(status=302, headers={"Location": "/again"}) for _ in range(30)]
    with pytest.raises(FetchError, match="from place to place"):
        fetch(server)
    assert len(server.asked) == 6


def test_two_fetches_into_one_folder_do_not_mix(serve, fetch, xena, tmp_path):
    from radiogenomics.study.lock import exclusive

    server = serve(xena)
    (tmp_path / "out").mkdir()
    with exclusive(tmp_path / "out"), pytest.raises(FetchError, match="Another program"):
        fetch(server)
    assert server.asked == []


def test_progress_tells_kilobytes_and_never_goes_back(serve, fetch, xena, reply):
    server = serve(xena)
    server.replies = [reply(chunk=4096, pause=0.02)]
    told = []
    fetch(server, progress=lambda *values: told.append(values))
    done = [values[1] for values in told if values[0] == "fetching HT_HG-U133A.gz (kB)"]
    assert len(done) > 2
    assert done == sorted(done)
    assert done[-1] == len(xena) // 1000
    assert {values[2] for values in told} == {len(xena) // 1000}
