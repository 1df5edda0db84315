"""Who may speak to the server: whoever has this run's key, from a page of this server. aiohttp.

The address is ``http://127.0.0.1:PORT/KEY/``. Without the key there is nothing to see; a page of
another origin, or a name that was made to point at this computer, is refused before that.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Awaitable, Callable
from importlib import resources
from typing import Any

from aiohttp import web

HOST = "127.0.0.1"
_NAMES = (HOST, "localhost")

_HEADERS = {
    # The key is in the address: it goes to nobody, and nobody frames the page.
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
# Vue compiles the page in the browser, and the views' script makes its worker from a blob.
_POLICY = (
    "default-src 'none'",
    "script-src 'self' 'unsafe-eval'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' blob: data:",
    "font-src 'self'",
    "worker-src 'self' blob:",
    "base-uri 'self'",
    "form-action 'none'",
    "frame-ancestors 'none'",
)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Access:
    """The key of one run, and the check of every request.

    Attributes
    ----------
    key
        Random, from the system's own source.
    """

    def __init__(self) -> None:
        # The client turns addresses into small letters.
        self.key = secrets.token_hex(24)
        self._port = 0

    @property
    def prefix(self) -> str:
        """What the path of every address begins with."""
        return f"/{self.key}"

    def address(self, port: int) -> str:
        """Return the address to open, for a server that listens on ``port``."""
        self._port = port
        return f"http://{HOST}:{port}{self.prefix}/"

    @property
    def middleware(self) -> Any:
        """The check, for an ``aiohttp`` application."""

        async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
            refusal = self._refusal(request)
            if refusal is not None:
                return refusal
            return await handler(request)

        return web.middleware(check)

    async def add_headers(self, _request: web.Request, response: web.StreamResponse) -> None:
        """Add the headers that keep the page to itself; a signal of the application."""
        sockets = " ".join(f"ws://{host}" for host in self._hosts)
        policy = (*_POLICY, f"connect-src 'self' blob: {sockets}")
        response.headers.update({**_HEADERS, "Content-Security-Policy": "; ".join(policy)})

    @property
    def _hosts(self) -> list[str]:
        return [f"{name}:{self._port}" for name in _NAMES]

    def _refusal(self, request: web.Request) -> web.Response | None:
        hosts = self._hosts
        # Another name may be made to point here (DNS rebinding).
        if request.headers.get("Host", "").lower() not in hosts:
            return _page(403, "This server answers on 127.0.0.1 only.")
        origin = request.headers.get("Origin")
        if origin is not None and origin.lower() not in [f"http://{host}" for host in hosts]:
            return _page(403, "A page of another site may not speak to this server.")
        first = request.path.split("/", 2)[1]
        if not hmac.compare_digest(first.encode(), self.key.encode()):
            return _page(
                403,
                "This address has no valid key. Copy the whole address that "
                "<code>radiogenomics view</code> printed; it changes with every start.",
            )
        return None


def _page(status: int, words: str) -> web.Response:
    text = (resources.files(__package__) / "page" / "refused.html").read_text(encoding="utf-8")
    return web.Response(
        status=status, text=text.replace("{{words}}", words), content_type="text/html"
    )
