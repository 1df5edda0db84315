"""Puts session, views, page and server together. trame, trame_slicer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from importlib import resources
from typing import Any

from trame.app import get_server
from trame_slicer.core import SlicerApp

from radiogenomics.study import Role
from radiogenomics.viewer.actions import Actions
from radiogenomics.viewer.server import PageServer
from radiogenomics.viewer.state import PageState
from radiogenomics.viewer.viewing import Opening, Tell
from radiogenomics.viewer.workplace import Workplace

_LOG = logging.getLogger(__name__)


async def serve(opening: Opening, port: int, tell: Tell) -> None:
    """Serve a study until SIGINT or SIGTERM.

    Parameters
    ----------
    opening
        What to open first.
    port
        0 for any that is free.
    tell
        What is told: the address once it answers, and what became of unsaved work at the end.

    Raises
    ------
    RadiogenomicsError
        If the study cannot be opened, the rater not signed in, or the port not used.
    """
    loop = asyncio.get_running_loop()
    trame_server = get_server("radiogenomics", client_type="vue3")

    def schedule(milliseconds: int, function: Callable[[], None]) -> None:
        loop.call_later(milliseconds / 1000, _run, trame_server, function)

    page = PageState(trame_server.state, loop)
    workplace = Workplace(trame_server, SlicerApp(), schedule, page.mark)
    page.use(workplace)
    Actions(trame_server, workplace, page)
    _set_templates(trame_server.state)
    try:
        page.tell(_open(workplace, opening))
        server = PageServer(trame_server, lambda: workplace.rater, workplace.leave)
        await server.run(port, tell.ready)
    finally:
        if words := workplace.end():
            tell.ended(words)


def _open(workplace: Workplace, opening: Opening) -> str:
    """Open what is to be open; return what the rater should know."""
    session = workplace.session
    session.open_study(opening.study)
    if opening.run:
        workplace.use_run(opening.run)
    if not opening.rater or session.study is None:
        return ""
    known = session.study.settings.raters.get(opening.rater, Role.READER)
    session.sign_in(opening.rater, opening.role or known)
    return workplace.open_case(opening.case) if opening.case else ""


def _set_templates(state: Any) -> None:
    page = resources.files(__package__) / "page"
    state.trame__title = "Radiogenomics"
    state.trame__favicon = "icon.svg"
    state.trame__template_main = (page / "page.html").read_text(encoding="utf-8")
    state.trame__template_error = (page / "ended.html").read_text(encoding="utf-8")


def _run(trame_server: Any, function: Callable[[], None]) -> None:
    with trame_server.state:
        try:
            function()
        except Exception:
            _LOG.exception("What was scheduled has failed.")
            raise
