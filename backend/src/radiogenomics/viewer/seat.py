"""One browser at a time: a scene has one rater, so a second page is told and may take over.

aiohttp.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from aiohttp import web

from radiogenomics.viewer.access import Handler

# A page that is loaded anew asks for its place a moment before the old one has left it.
_LEAVING_S = 1.5
_STEP_S = 0.05


class Seat:
    """Keeps the place of the one browser that is at work.

    Parameters
    ----------
    occupant
        Returns the name of the rater who is signed in; empty for nobody.
    left
        Called after the browser has gone, however it went.
    """

    def __init__(self, occupant: Callable[[], str], left: Callable[[], None]) -> None:
        self._occupant, self._left = occupant, left
        self._holder: asyncio.Task[Any] | None = None

    async def is_taken(self) -> bool:
        """Whether another browser is at work, and stays."""
        waited = 0.0
        while self._holder is not None and waited < _LEAVING_S:
            await asyncio.sleep(_STEP_S)
            waited += _STEP_S
        return self._holder is not None

    async def ask(self, _request: web.Request) -> web.Response:
        """Tell a page whether it may work: ``{"taken": ..., "rater": ...}``."""
        return web.json_response({"taken": await self.is_taken(), "rater": self._occupant()})

    async def take_over(self, _request: web.Request) -> web.Response:
        """Send away the browser that is at work; its unsaved work stays in the scene."""
        if self._holder is not None:
            self._holder.cancel()
        return web.json_response({"taken": await self.is_taken(), "rater": self._occupant()})

    async def sit(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Handle a connection of a page while the seat is free; refuse a second one."""
        if await self.is_taken():
            return web.json_response({"taken": True, "rater": self._occupant()}, status=409)
        self._holder = asyncio.current_task()
        try:
            return await handler(request)
        finally:
            self._holder = None
            self._left()
