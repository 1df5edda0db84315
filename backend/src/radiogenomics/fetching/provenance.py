"""What is recorded beside a fetched file, and whether the file is still that one."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from radiogenomics import __version__
from radiogenomics.errors import InputError
from radiogenomics.fetching.sources import Source
from radiogenomics.study.atomic import write_json
from radiogenomics.study.case import sha256_of


@dataclass(frozen=True)
class Origin:
    """Where a file came from.

    Attributes
    ----------
    address
        Where it was asked for.
    served_by
        Where it came from in the end, after redirects.
    etag, last_modified
        The server's marks of this version.
    """

    address: str
    served_by: str
    etag: str
    last_modified: str


def now() -> str:
    """Return the time in UTC, to the second, as ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def about(source: Source) -> dict[str, object]:
    """Return what a record says of its source: title, page, licence, what to cite."""
    return {
        "title": source.title,
        "publisher": source.publisher,
        "page": source.page,
        "licence": source.licence,
        "licence_page": source.licence_page,
        "cite": list(source.citations),
        "fetched_at": now(),
        "fetched_with": f"radiogenomics {__version__}",
    }


def provenance_of(target: Path) -> Path:
    """Return where the record of a fetched file lies."""
    return target.with_name(f"{target.name}.provenance.json")


def write_provenance(
    target: Path, source: Source, origin: Origin, *, size: int, sha256: str, checked: list[str]
) -> None:
    """Write the record of one file, before the file gets its name."""
    record = {
        **about(source),
        "file": target.name,
        "bytes": size,
        "sha256": sha256,
        "checked": checked,
        **asdict(origin),
    }
    write_json(provenance_of(target), record)


def is_there(target: Path) -> bool:
    """Whether a file was fetched before and has not changed since.

    Raises
    ------
    InputError
        If something else lies there under its name.
    """
    if not target.exists():
        return False
    try:
        record = json.loads(provenance_of(target).read_text(encoding="utf-8"))
        recorded = record.get("sha256")
    except (OSError, ValueError, AttributeError):
        recorded = None
    if recorded is None or sha256_of(target) != recorded:
        raise InputError(
            f"{target} is there already and is not what was fetched. Move it away, or choose "
            "another --out."
        )
    return True
