"""``radiogenomics fetch expression`` as a user types it."""

import os
import pty
import signal
import subprocess
import sys
import time

import pytest

from radiogenomics.expression import read_expression


def ended(process, timeout=60):
    """The exit code, and what was printed, of a process that ends."""
    said, complained = process.communicate(timeout=timeout)
    return process.returncode, said, complained


def wait_for(path, size, timeout=30):
    """Wait until a file has some bytes."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline and not (path.exists() and path.stat().st_size >= size):
        time.sleep(0.02)
    assert path.stat().st_size >= size


def test_the_file_is_what_the_expression_command_reads(serve, xena, command, tmp_path):
    out = tmp_path / "out"
    server = serve(xena)
    code, said, _ = ended(
        command("fetch", "expression", "--accept", "--out", out, "--from", server.address)
    )
    assert code == 0
    assert said.index("Licence:") < said.index("Fetched:")
    assert "doi:10.1038/s41587-020-0546-8" in said
    file = out / "HT_HG-U133A.gz"
    assert f"radiogenomics expression {file}" in said
    matrix = read_expression(file)
    assert matrix.values.shape == (60, 400)
    code, said, _ = ended(command("expression", file))
    assert code == 0
    assert "60 patients" in said


def test_without_a_terminal_nothing_is_fetched_before_the_licence_is_accepted(
    serve, xena, command, tmp_path
):
    server = serve(xena)
    code, said, complained = ended(
        command("fetch", "expression", "--out", tmp_path / "out", "--from", server.address)
    )
    assert code == 2
    assert "Licence:" in said
    assert "with: --accept" in complained
    assert server.asked == []
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such terminals")
@pytest.mark.parametrize(("answer", "fetched"), [(b"n\n", False), (b"y\n", True)])
def test_on_a_terminal_the_user_is_asked(serve, xena, tmp_path, answer, fetched):
    server = serve(xena)
    keyboard, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "radiogenomics.cli.main", "fetch", "expression", "--out",
         str(tmp_path / "out"), "--from", server.address],
        stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    os.write(keyboard, answer)
    code, said, _ = ended(process)
    os.close(keyboard)
    os.close(terminal)
    assert code == 0
    assert "Do you accept the licence" in said
    assert (tmp_path / "out" / "HT_HG-U133A.gz").exists() is fetched
    assert bool(server.asked) is fetched


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("http://example.org/x.gz", "begins with https://"),
        ("ftp://127.0.0.1/x.gz", "begins with https://"),
        ("file:///etc/passwd", "begins with https://"),
        ("https://me:secret@example.org/x.gz", "user name or password"),
        ("https://[broken/x.gz", "begins with https://"),
    ],
)
def test_addresses_that_are_not_safe_are_refused(command, tmp_path, address, why):
    code, _, complained = ended(
        command("fetch", "expression", "--accept", "--out", tmp_path / "out", "--from", address)
    )
    assert code == 2
    assert why in complained
    assert "secret" not in complained
    assert not (tmp_path / "out").exists()


def test_an_absent_file_ends_with_one_and_the_next_step(serve, xena, reply, command, tmp_path):
    server = serve(xena)
    server.replies = [reply(status=404)]
    code, _, complained = ended(
        command("fetch", "expression", "--accept", "--out", tmp_path, "--from", server.address)
    )
    assert code == 1
    assert complained.count("Error:") == 1
    assert "--from ADDRESS" in complained
    assert "Traceback" not in complained


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_stopped_or_killed_fetch_goes_on_where_it_was(serve, xena, reply, command, tmp_path, how):
    server = serve(xena)
    server.replies = [reply(chunk=1000, pause=0.15)]
    arguments = ("fetch", "expression", "--accept", "--out", tmp_path, "--from", server.address)
    process = command(*arguments)
    part = tmp_path / "HT_HG-U133A.gz.part"
    wait_for(part, 2000)
    began = time.monotonic()
    process.send_signal(how)
    code, _, complained = ended(process)
    assert time.monotonic() - began < 2.0
    if how is signal.SIGKILL:
        assert code == -signal.SIGKILL
    else:
        assert code == 130
        assert complained == ("Interrupted. What has come is kept; run the same again to go on.\n")
    kept = part.stat().st_size
    assert not (tmp_path / "HT_HG-U133A.gz").exists()
    assert ended(command(*arguments))[0] == 0
    assert (tmp_path / "HT_HG-U133A.gz").read_bytes() == xena
    assert server.asked[1][1]["Range"] == f"bytes={kept}-"
    assert not part.exists()


def test_without_the_package_requests_it_says_what_to_install(command, tmp_path, monkeypatch):
    (tmp_path / "requests.py").write_text("raise ImportError")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    code, _, complained = ended(command("fetch", "expression", "--accept", "--out", tmp_path))
    assert code == 2
    assert "pip install './backend[fetch]'" in complained


def test_help_shows_examples(command):
    for words in (["fetch"], ["fetch", "expression"], ["fetch", "masks"], ["fetch", "mr"]):
        code, said, _ = ended(command(*words, "--help"))
        assert code == 0
        assert words == ["fetch"] or "Example" in said
