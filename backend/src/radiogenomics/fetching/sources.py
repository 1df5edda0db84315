"""What can be fetched: the table in ``sources.toml`` as immutable values."""

from __future__ import annotations

import importlib.resources
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a file is, and so how its integrity is checked."""

    GZIP = "gzip"
    ZIP = "zip"
    S3 = "s3"


@dataclass(frozen=True)
class Source:
    """A public data set.

    Attributes
    ----------
    name
        Its key in ``sources.toml``.
    title, publisher, page
        What it is, who publishes it, and where a person reads about it.
    licence, licence_page
        Under which terms, and where they are written.
    citations
        What to cite; each with its DOI.
    file
        The name under which it is kept; empty where it is no single file.
    kind
        How its integrity is checked.
    addresses
        Where it lies, in the order to try.
    sha256
        The publisher's checksum in hexadecimal; empty where the publisher gives none.
    """

    name: str
    title: str
    publisher: str
    page: str
    licence: str
    licence_page: str
    citations: tuple[str, ...]
    file: str
    kind: Kind
    addresses: tuple[str, ...]
    sha256: str = ""


def find_source(name: str) -> Source:
    """Return the source ``expression``, ``brats`` or ``idc``."""
    text = importlib.resources.files("radiogenomics.fetching") / "sources.toml"
    values = tomllib.loads(text.read_text(encoding="utf-8"))[name]
    return Source(
        name=name,
        **{
            **values,
            "kind": Kind(values["kind"]),
            "citations": tuple(values["citations"]),
            "addresses": tuple(values["addresses"]),
        },
    )


def terms(source: Source, extra: Sequence[str] = ()) -> str:
    """Return title, publisher, licence and citations as text for a person, before a download."""
    cite = "\n".join(f"  - {citation}" for citation in source.citations)
    more = "".join(f"{line}\n" for line in extra)
    return (
        f"{source.title}\n"
        f"From:    {source.publisher}, {source.page}\n"
        f"Licence: {source.licence}\n"
        f"         {source.licence_page}\n"
        f"{more}"
        f"Cite:\n{cite}"
    )
