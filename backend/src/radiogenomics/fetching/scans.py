"""Fetching chosen MR series into a folder a patient, which ``radiogenomics prepare`` takes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from radiogenomics.fetching.brats import PROVENANCE
from radiogenomics.fetching.errors import FetchError
from radiogenomics.fetching.idc import IndexedSeries, Selection, folder_of
from radiogenomics.fetching.partial import alone_in
from radiogenomics.fetching.provenance import about
from radiogenomics.fetching.s5cmd import StoredFile, copy_files, list_files
from radiogenomics.fetching.sources import Source
from radiogenomics.fetching.space import check_space
from radiogenomics.study.atomic import write_json
from radiogenomics.study.progress import Progress, silent

_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\.dcm")
_PART = ".part"


@dataclass(frozen=True)
class FetchedScans:
    """What is there now: the folder, how many files, and how many of them are new."""

    folder: Path
    files: int
    new: int


def fetch_scans(
    selection: Selection,
    folder: Path,
    source: Source,
    *,
    endpoint: str,
    progress: Progress = silent,
) -> FetchedScans:
    """Fetch series, or the files of them that are absent yet.

    A file gets its name once its MD5 is that of the store; so a series is whole when it has as many
    files as the index says.

    Parameters
    ----------
    selection
        Which series.
    folder
        Where they go, as ``<patient>/<series>/<file>.dcm``; created if need be.
    source
        For the record.
    endpoint
        The store's address.
    progress
        Told the files that have arrived.

    Raises
    ------
    FetchError
        If the store cannot be reached, a file is damaged, or the disk is too small.
    """
    total = sum(one.files for one in selection.series)
    with alone_in(folder):
        absent = [one for one in selection.series if _count(folder_of(one, folder)) < one.files]
        there = total - sum(one.files for one in absent)
        progress("listing MR", 0, len(absent), "")
        planned = _plan(absent, folder, endpoint)
        there += sum(path.exists() for path in planned)
        planned = {path: file for path, file in planned.items() if not path.exists()}
        check_space(folder, sum(file.size for file in planned.values()))
        new = _copy(planned, endpoint, there, total, progress)
        record = {
            **about(source),
            "checked": ["number of files of the index", "MD5 of the publisher's store"],
            "chosen": "the first day of imaging of every patient",
            "left_out": dict(selection.left_out),
            "patients_without": list(selection.without),
            "series": [asdict(one) for one in selection.series],
        }
        write_json(folder / PROVENANCE, record)
    return FetchedScans(folder, total, new)


def _count(folder: Path) -> int:
    return sum(1 for _ in folder.glob("*.dcm"))


def _plan(absent: Sequence[IndexedSeries], root: Path, endpoint: str) -> dict[Path, StoredFile]:
    """Return where every file of the absent series goes."""
    by_prefix = {one.address.removesuffix("*"): one for one in absent}
    planned: dict[Path, StoredFile] = {}
    counts = dict.fromkeys(by_prefix, 0)
    with closing(list_files([one.address for one in absent], endpoint)) as listed:
        for file in listed:
            prefix, _, name = file.address.rpartition("/")
            series = by_prefix.get(f"{prefix}/")
            if series is None or not _FILE_NAME.fullmatch(name) or ".." in name:
                raise FetchError(
                    f"The store lists {file.address!r}, which is no file of a series that was "
                    "asked for. Nothing was fetched."
                )
            counts[f"{prefix}/"] += 1
            planned[folder_of(series, root) / name] = file
    for prefix, series in by_prefix.items():
        if counts[prefix] != series.files:
            raise FetchError(
                f"Series {series.uid} of {series.patient_id} has {counts[prefix]} files in the "
                f"store and {series.files} in the index. Update the index with: pip install "
                "--upgrade idc-index-data"
            )
    return planned


def _copy(
    planned: dict[Path, StoredFile], endpoint: str, there: int, total: int, progress: Progress
) -> int:
    parts = {path.with_name(path.name + _PART): path for path in planned}
    for folder in {path.parent for path in planned}:
        folder.mkdir(parents=True, exist_ok=True)
    damaged = []
    new = 0
    pairs = [(planned[path], part) for part, path in parts.items()]
    # Closed in any case: after Ctrl-C s5cmd must not go on alone.
    with closing(copy_files(pairs, endpoint)) as copied:
        for part in copied:
            path = parts[part]
            if not _is_whole(part, planned[path]):
                part.unlink()
                damaged.append(planned[path].address)
                continue
            part.replace(path)
            new += 1
            progress("fetching MR (files)", there + new, total, path.parts[-3])
    if damaged:
        raise FetchError(
            f"{len(damaged)} files came damaged, such as {damaged[0]}; they were removed and the "
            "others are kept. Run the same again to go on."
        )
    if new < len(planned):
        raise FetchError(
            f"{len(planned) - new} of {len(planned)} files did not come. Run the same again to go "
            "on."
        )
    return new


def _is_whole(part: Path, file: StoredFile) -> bool:
    """Whether a copy has the size and, where the store tells it, the MD5 of its original."""
    content = part.read_bytes()
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    return len(content) == file.size and file.md5 in {"", md5}
