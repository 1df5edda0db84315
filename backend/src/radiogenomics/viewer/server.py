"""The server behind the page: what it serves, where, and how it ends. trame, aiohttp."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import trame_client
from aiohttp import web

from radiogenomics.errors import InputError
from radiogenomics.viewer.access import HOST, Access, Handler
from radiogenomics.viewer.seat import Seat

_PAGE = resources.files(__package__) / "page"
_FILES = {
    "": ("index.html", "text/html"),
    "style.css": ("style.css", "text/css"),
    "page.js": ("page.js", "text/javascript"),
    "icon.svg": ("icon.svg", "image/svg+xml"),
}
# The client's own page and picture are replaced by ours.
_CLIENT = Path(trame_client.__file__).parent / "module" / "vue3-www"
_CLIENT_SCRIPT = "index-*.js"


class PageServer:
    """Serves one page on this computer until it is told to stop.

    Parameters
    ----------
    trame_server
        Holds the page's state and triggers.
    occupant, left
        As for `Seat`.
    """

    def __init__(
        self, trame_server: Any, occupant: Callable[[], str], left: Callable[[], None]
    ) -> None:
        self._server = trame_server
        self._access = Access()
        self._seat = Seat(occupant, left)
        self._stop = asyncio.Event()
        self._trouble: BaseException | None = None

    async def run(self, port: int, ready: Callable[[str], None]) -> None:
        """Serve until SIGINT, SIGTERM or `stop`.

        Parameters
        ----------
        port
            0 for any that is free.
        ready
            Called with the address once it answers.

        Raises
        ------
        InputError
            If the port cannot be used.
        """
        self._configure(port)
        self._server.controller.on_server_bind.add(self._add_routes)
        loop = asyncio.get_running_loop()
        before = {
            number: signal.signal(number, lambda *_: loop.call_soon_threadsafe(self._stop.set))
            for number in (signal.SIGINT, signal.SIGTERM)
        }
        serving = asyncio.ensure_future(
            self._server.start(
                exec_mode="coroutine",
                backend="aiohttp",  # whatever TRAME_BACKEND says
                host=HOST,
                port=port,
                thread=True,  # the signals are ours
                open_browser=False,
                show_connection_info=False,
                disable_logging=True,
                timeout=0,
            )
        )
        serving.add_done_callback(lambda _: self._stop.set())
        try:
            await self._until_ready(serving, port)
            ready(self._access.address(self._server.port))
            await self._stop.wait()
        finally:
            if not serving.done():
                await self._server.stop()
                await serving
            for number, handler in before.items():
                signal.signal(number, handler)

    def stop(self) -> None:
        """End `run`."""
        self._stop.set()

    async def _until_ready(self, serving: asyncio.Future[Any], port: int) -> None:
        await asyncio.wait(
            {serving, asyncio.ensure_future(self._server.ready)},
            return_when=asyncio.FIRST_COMPLETED,
        )
        if not serving.done():
            return
        error = serving.exception()
        if isinstance(error, OSError):
            raise InputError(
                f"The port {port} cannot be used: {error.strerror or error}. Choose another with "
                "--port, or leave it out to take any that is free."
            ) from error
        if error is not None:
            raise error

    def _configure(self, port: int) -> None:
        # Else it would read this program's own command line.
        os.environ["TRAME_ARGS"] = ""
        self._server.cli.set_defaults(
            authKey=self._access.key,
            host=HOST,
            port=port,
            # Nothing is served but what `_add_routes` lists.
            no_http=True,
            ws=f"{self._access.key}/ws",
        )

    def _add_routes(self, ws_server: Any) -> None:
        app: web.Application = ws_server.app
        app.middlewares.extend([self._access.middleware, self._sitting])
        app.on_response_prepare.append(self._access.add_headers)
        prefix = self._access.prefix
        for name, (file, kind) in _FILES.items():
            app.router.add_get(f"{prefix}/{name}", _serving(file, kind))
        app.router.add_get(f"{prefix}/seat", self._seat.ask)
        app.router.add_post(f"{prefix}/seat", self._seat.take_over)
        # The scripts and styles of the packages that draw the page; no symbolic link leads out.
        for name, folder in self._server.serve.items():
            app.router.add_static(f"{prefix}/{name}", folder, follow_symlinks=False)
        app.router.add_get(f"{prefix}/vue.global.js", _client_file("vue.global.js"))
        app.router.add_get(f"{prefix}/client.js", _client_file(_client_script()))

    @property
    def _sitting(self) -> Any:
        socket = f"{self._access.prefix}/ws"

        async def sit(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.path == socket:
                return await self._seat.sit(request, handler)
            return await handler(request)

        return web.middleware(sit)


def _serving(file: str, kind: str) -> Handler:
    async def handle(_request: web.Request) -> web.StreamResponse:
        text = (_PAGE / file).read_text(encoding="utf-8")
        return web.Response(text=text, content_type=kind)

    return handle


def _client_file(name: str) -> Handler:
    async def handle(_request: web.Request) -> web.StreamResponse:
        return web.FileResponse(_CLIENT / name)

    return handle


def _client_script() -> str:
    found = sorted((_CLIENT / "assets").glob(_CLIENT_SCRIPT))
    return f"assets/{found[0].name}"
