"""Opens the page in the system's browser without telling other users of the computer its key.

What a program is started with can be read by everybody; a file of one's own cannot. The browser is
given such a file, which leads on to the address. Standard library only.
"""

from __future__ import annotations

import os
import sys
import tempfile
import webbrowser
from html import escape
from pathlib import Path

_NEEDED = ("DISPLAY", "WAYLAND_DISPLAY")


def open_page(address: str, folder: Path) -> bool:
    """Open an address in the browser; tell whether one was found.

    Without a screen none is started: it would be one of the terminal, which this program is using.

    Parameters
    ----------
    address
        With the key in it.
    folder
        Of the user's own, see `private_folder`; it is to stay while the browser starts.
    """
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in _NEEDED):
        return False
    file = folder / "open.html"
    file.write_text(
        '<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer">'
        f'<meta http-equiv="refresh" content="0;url={escape(address)}">'
        f'<title>Radiogenomics</title><a href="{escape(address)}">Open the page</a>',
        encoding="utf-8",
    )
    return webbrowser.open(file.as_uri())


def private_folder() -> tempfile.TemporaryDirectory[str]:
    """Return a folder that only the user may look into, to be removed after use."""
    return tempfile.TemporaryDirectory(prefix="radiogenomics-")
