"""Puts session, views, page and server together. trame, trame_slicer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from trame.app import get_server
from trame_slicer.core import SlicerApp

from radiogenomics.study import Role
from radiogenomics.viewer.actions import Actions
from radiogenomics.viewer.server import PageServer
from radiogenomics.viewer.views import Views
from radiogenomics.viewer.workplace import Workplace

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Opening:
    """What is open when the page appears.

    Attributes
    ----------
    study
        The study's folder.
    rater, role
        Who works; empty to ask in the page.
    case
        The patient whose case is opened; empty for none.
    """

    study: Path
    rater: str = ""
    role: Role | None = None
    case: str = ""


async def serve(opening: Opening, port: int, ready: Callable[[str], None]) -> None:
    """Serve a study until SIGINT or SIGTERM.

    Parameters
    ----------
    opening
        What to open first.
    port
        0 for any that is free.
    ready
        Called with the address once it answers.

    Raises
    ------
    RadiogenomicsError
        If the study cannot be opened, the rater not signed in, or the port not used.
    """
    loop = asyncio.get_running_loop()
    trame_server = get_server("radiogenomics", client_type="vue3")

    def schedule(milliseconds: int, function: Callable[[], None]) -> None:
        loop.call_later(milliseconds / 1000, _run, trame_server, function)

    slicer_app = SlicerApp()
    actions: Actions | None = None

    def changed() -> None:
        if actions is not None:
            actions.show()

    views = Views(trame_server, slicer_app, changed)
    workplace = Workplace(slicer_app, views, schedule, changed)
    actions = Actions(trame_server, workplace)
    trame_server.state.trame__title = "Radiogenomics"
    trame_server.state.trame__favicon = "icon.svg"
    page = resources.files(__package__) / "page"
    trame_server.state.trame__template_main = (page / "page.html").read_text(encoding="utf-8")
    trame_server.state.trame__template_error = (page / "ended.html").read_text(encoding="utf-8")
    try:
        actions.open(opening)
        actions.show()
        session = workplace.session
        server = PageServer(trame_server, lambda: session.rater.name if session.rater else "")
        trame_server.controller.on_client_exited.add(actions.keep)
        await server.run(port, ready)
    finally:
        workplace.end()


def _run(trame_server: Any, function: Callable[[], None]) -> None:
    with trame_server.state:
        try:
            function()
        except Exception:
            _LOG.exception("What was scheduled has failed.")
            raise
