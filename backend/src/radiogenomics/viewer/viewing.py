"""Begins the viewer: looks for a way to draw while the rest is loaded. Nothing heavy itself."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from radiogenomics.errors import InputError
from radiogenomics.study import Role, Study
from radiogenomics.viewer.browser import open_page, private_folder
from radiogenomics.viewer.rendering import Search


@dataclass(frozen=True)
class Opening:
    """What is open when the page appears.

    Attributes
    ----------
    study
        The study's folder.
    rater, role
        Who works, and as what: None for the role that the study knows, or reader. An empty name
        to ask in the page.
    case
        The patient whose case is opened; empty for none.
    run
        The run whose predictions are shown; empty for none.
    """

    study: Path
    rater: str = ""
    role: Role | None = None
    case: str = ""
    run: str = ""


@dataclass(frozen=True)
class Tell:
    """Who is told what.

    Attributes
    ----------
    ready
        Called with the address once it answers.
    ended
        Called at the end with what the rater should know of unsaved work, if there is anything.
    """

    ready: Callable[[str], None]
    ended: Callable[[str], None]


def view(opening: Opening, port: int, tell: Tell, *, opens_browser: bool) -> None:
    """Serve a study until SIGINT or SIGTERM.

    Parameters
    ----------
    opening
        What to open first.
    port
        0 for any that is free.
    tell
        Who is told the address once it answers, and of unsaved work at the end.
    opens_browser
        Whether to open the page in the system's browser then.

    Raises
    ------
    RadiogenomicsError
        If the extra ``viewer`` is not installed, nothing can draw, the study cannot be opened, the
        rater not signed in, or the port not used.
    """
    if importlib.util.find_spec("trame_slicer") is None:
        raise InputError(
            "The viewer is not installed. Install it with: pip install 'radiogenomics[viewer]'"
        )
    if opening.case and not opening.rater:
        raise InputError("A case is opened by a rater: give --rater with --case.")
    # Before anything slow: a wrong folder is told at once.
    Study.open(opening.study)
    search = Search()
    try:
        from radiogenomics.viewer.app import serve  # noqa: PLC0415  (loads Slicer's core)

        rendering = search.finish()
    finally:
        search.stop()
    with private_folder() as folder:

        def answer(address: str) -> None:
            tell.ready(address)
            if opens_browser:
                open_page(address, Path(folder))

        try:
            rendering.use()
            asyncio.run(serve(opening, port, replace(tell, ready=answer)))
        finally:
            rendering.end()
