"""Fetching a file: what is damaged never gets the name, and what a full disk leaves."""

import dataclasses
import hashlib
import json
import os
import subprocess

import pytest

from radiogenomics.fetching import FetchError
from radiogenomics.fetching.transfer import fetch_file


def test_a_wrong_checksum_of_the_store_leaves_nothing_under_the_name(
    serve, fetch, xena, reply_headers_of_s3, left
):
    server = serve(xena)
    server.extra, server.etag = reply_headers_of_s3, f'"{"0" * 32}"'
    with pytest.raises(FetchError, match=r"damaged: its MD5 is .*, and that of the .* store 0000"):
        fetch(server)
    assert left() == []


@pytest.mark.parametrize(
    "header",
    [
        {"x-amz-server-side-encryption": "aws:kms"},
        {"x-amz-server-side-encryption-customer-algorithm": "AES256"},
        {"Server": "other"},
    ],
)
def test_an_etag_that_is_no_md5_is_not_taken_for_one(
    serve, fetch, xena, reply_headers_of_s3, header
):
    server = serve(xena)
    server.extra, server.etag = {**reply_headers_of_s3, **header}, f'"{"0" * 32}"'
    assert fetch(server).path.read_bytes() == xena


def test_a_wrong_checksum_of_the_publisher_leaves_nothing_under_the_name(
    serve, fetch, xena, expression, left
):
    server = serve(xena)
    right = dataclasses.replace(expression, sha256=hashlib.sha256(xena).hexdigest())
    wrong = dataclasses.replace(expression, sha256=hashlib.sha256(b"").hexdigest())
    with pytest.raises(FetchError, match="damaged: its SHA-256 is"):
        fetch(server, wrong)
    assert left() == []
    assert fetch(server, right).path.read_bytes() == xena


@pytest.mark.parametrize("announced", [True, False])
def test_a_truncated_gzip_file_is_refused(serve, fetch, xena, reply, announced, left):
    server = serve(xena[:-20])
    server.replies = [reply(length=announced)]
    with pytest.raises(FetchError, match="damaged: it is no whole gzip file"):
        fetch(server)
    assert left() == []


def test_a_page_in_place_of_the_file_is_refused(serve, fetch, left):
    server = serve(b"<html>Please sign in to the hotel's network</html>")
    with pytest.raises(FetchError, match="no whole gzip file"):
        fetch(server)
    assert left() == []


def test_an_empty_file_is_refused(serve, fetch, left):
    server = serve(b"")
    with pytest.raises(FetchError, match="empty file"):
        fetch(server)
    assert left() == []


def test_a_damaged_part_is_found_and_fetched_anew(serve, fetch, xena, reply, tmp_path):
    server = serve(xena)
    server.replies = [reply(cut_after=30_000), reply(status=404)]
    with pytest.raises(FetchError):
        fetch(server)
    part = tmp_path / "out" / "HT_HG-U133A.gz.part"
    # As after a power failure: the size is right, the bytes never reached the disk.
    part.write_bytes(bytes(part.stat().st_size))
    with pytest.raises(FetchError, match="damaged"):
        fetch(server)
    assert fetch(server).path.read_bytes() == xena


def test_a_file_stopped_before_its_checks_is_not_fetched_again(serve, fetch, xena, tmp_path):
    server = serve(xena)
    server.etag = '"first"'
    fetched = fetch(server)
    state = {"address": server.address, "etag": '"first"', "last_modified": "", "total": len(xena)}
    fetched.path.rename(tmp_path / "out" / "HT_HG-U133A.gz.part")
    (tmp_path / "out" / "HT_HG-U133A.gz.part.json").write_text(json.dumps(state))
    assert fetch(server).path.read_bytes() == xena
    assert len(server.asked) == 1


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 64 kB mounted as ``out``."""
    if os.name != "posix" or os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    folder = tmp_path / "out"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_disk_too_small_is_noticed_before_and_what_is_missing_is_said(serve, fetch, small_disk):
    server = serve(os.urandom(3_000_000))
    with pytest.raises(FetchError, match=r"too full: 3.0 MB must come yet.*so 2.9 MB are missing"):
        fetch(server)
    assert not (small_disk / "HT_HG-U133A.gz").exists()


def test_a_disk_that_fills_on_the_way_keeps_the_part_and_goes_on_later(
    serve, fetch, small_disk, xena, reply
):
    server = serve(xena)
    (small_disk / "others").write_bytes(bytes(30_000))
    server.replies = [reply(length=False)]  # nothing could be known before
    with pytest.raises(FetchError, match=r"too full.*run the same again to go on"):
        fetch(server)
    (small_disk / "others").unlink()
    kept = (small_disk / "HT_HG-U133A.gz.part").stat().st_size
    assert kept > 10_000
    subprocess.run(["mount", "-o", "remount,size=1m", small_disk], check=True)
    assert fetch(server).path.read_bytes() == xena
    assert server.asked[1][1]["Range"] == f"bytes={kept}-"


def test_a_folder_that_cannot_be_written_to_is_said(serve, expression, xena, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FetchError, match=r"Cannot write into .*out \(Not a directory\)"):
        fetch_file(expression, tmp_path / "file" / "out", addresses=[serve(xena).address])
