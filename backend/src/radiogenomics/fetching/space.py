"""Whether a disk has room for what is to come. Standard library only."""

from __future__ import annotations

import shutil
from pathlib import Path

from radiogenomics.fetching.errors import FetchError


def check_space(folder: Path, needed: int) -> None:
    """Raise `FetchError`, saying how much is missing, if a folder's disk has fewer bytes free."""
    if needed > shutil.disk_usage(folder).free:
        raise no_space(folder, needed)


def no_space(folder: Path, needed: int | None) -> FetchError:
    """Return the error for a full disk; ``needed`` is None where it is not known how much comes."""
    free = shutil.disk_usage(folder).free
    if needed is None:
        how_much = f"{megabytes(free)} are free, and more must come"
    else:
        how_much = (
            f"{megabytes(needed)} must come yet and {megabytes(free)} are free, so "
            f"{megabytes(max(needed - free, 0))} are missing"
        )
    return FetchError(
        f"The disk of {folder} is too full: {how_much}. Free some space and run the same again to "
        "go on, or choose another --out."
    )


def megabytes(size: int) -> str:
    """Return a number of bytes for a person."""
    return f"{size / 1e6:.1f} MB"
