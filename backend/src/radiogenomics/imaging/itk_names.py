"""Names under which ITK can open files: it ends the whole program on one that is no Unicode.

Such names come from old discs and archives, whose bytes are of another encoding.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def is_unicode(path: Path) -> bool:
    """Whether ITK may be given the name."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def not_unicode(path: Path) -> str:
    """Say what is wrong with such a name, and what to do."""
    return (
        f"{path} cannot be used: its name or that of a folder above it is in an old encoding and "
        "no Unicode. Rename it."
    )


@contextmanager
def itk_name(path: Path) -> Iterator[str]:
    """Yield a name for ITK to open a file; for one that is no Unicode, that of a link to it."""
    if is_unicode(path):
        yield str(path)
        return
    with tempfile.TemporaryDirectory() as folder:
        link = Path(folder, "image")
        link.symlink_to(path.absolute())
        yield str(link)
