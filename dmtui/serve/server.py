"""The web server: the page, its files, and a websocket for each visitor (server's process, event loop).

Whoever can open the page can use it, so by default only this machine can.  A page of another site that is open in the
same browser can reach this machine too: it is told apart by the Host and Origin it cannot choose, and refused.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from importlib.resources import files
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler
from jinja2 import Environment, PackageLoader, select_autoescape
from textual_serve.server import Server, to_int

from dmtui.out import complain, say
from dmtui.serve.visitor import Visitor, sweep_visitors

HEARTBEAT_S = 60.0
"""Between two questions to a browser whether it is still there; silence for half as long ends its visit.  A browser
that is short of processor time takes what it was sent first, and was seen to be silent for more than 5 seconds."""
MESSAGE_BYTES_MAX = 1 << 18
"""Of one message of a page: keys, a pasted text, a size."""
SHUTDOWN_S = 12.0
"""For all visitors to leave when the server ends: longer than the ladder of one."""
AGAIN = "This page tries again every second."
"""A visit that ends leaves its place within a second; loading the page anew ends the visit only after it asked."""


class DashboardServer(Server):
    """textual-serve's server with a limit, a page that needs no other host, and visitors that leave nothing behind."""

    def __init__(self, title: str, words: tuple[str, ...], host: str, port: int, limit: int) -> None:
        super().__init__(title, host, port, title=title)
        self.words = words
        self.limit = limit
        self._visitors: dict[Visitor, web.WebSocketResponse] = {}
        """Each until the last of its processes has gone."""
        self._pages = Environment(loader=PackageLoader("dmtui.serve"), autoescape=select_autoescape())

    # -- pages -----------------------------------------------------------------------------------------------

    async def _make_app(self) -> web.Application:
        app = web.Application(middlewares=[self._guard])
        app.add_routes([
            web.get("/", self.handle_index, name="index"),
            web.get("/ws", self.handle_websocket, name="websocket"),
            web.get("/download/{key}", self.handle_download, name="download"),
            web.static("/static", str(files("textual_serve") / "static"), name="static"),
        ])
        app.on_shutdown.append(self.on_shutdown)
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse what a page of another site sent."""
        refusal = refused(request.headers, self.host)
        if refusal:
            raise web.HTTPForbidden(text=f"dmtui: {refusal}\n")
        return await handler(request)

    async def handle_index(self, request: web.Request) -> web.Response:
        """The page with the terminal, or the one that says that every place is taken."""
        full = len(self._visitors) >= self.limit
        context: Mapping[str, object] = {
            "title": self.title, "font_size": min(max(to_int(request.query.get("fontsize", ""), 14), 6), 40),
            "full": _full(self.limit), "again": AGAIN,
        }
        page = self._pages.get_template("full.html" if full else "dashboard.html").render(context)
        headers = {"Cache-Control": "no-store", "Content-Security-Policy": _policy(request.host)}
        if full:
            headers["Retry-After"] = "1"
        return web.Response(text=page, content_type="text/html", headers=headers)

    # -- visitors --------------------------------------------------------------------------------------------

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """A visit, from its first byte until its processes are gone."""
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT_S, max_msg_size=MESSAGE_BYTES_MAX)
        await socket.prepare(request)
        if len(self._visitors) >= self.limit:
            await socket.send_bytes(f"\r\n  {_full(self.limit)}\r\n".encode())
            await socket.close()
            return socket
        visitor = Visitor(
            "", write_bytes=socket.send_bytes, write_str=socket.send_str, close=partial(_close, socket),
            download_manager=self.download_manager,
        )
        visitor.words = self.words
        self._visitors[visitor] = socket
        try:
            await visitor.start(to_int(request.query.get("width", ""), 80), to_int(request.query.get("height", ""), 24))
            await self._listen(socket, visitor)
        finally:
            # Shielded: the server's own end must not leave this half done.
            await asyncio.shield(self._leave(visitor))
        return socket

    async def _listen(self, socket: web.WebSocketResponse, visitor: Visitor) -> None:
        try:
            await self._process_messages(socket, visitor)
        except (AssertionError, AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
            # Not from our page: its visit ends, the others' go on.
            complain(f"dmtui serve: a page sent what is no message ({type(error).__name__}); its visit ends")
            await socket.close()

    async def _leave(self, visitor: Visitor) -> None:
        try:
            await visitor.stop()
        finally:
            self._visitors.pop(visitor, None)

    async def on_shutdown(self, app: web.Application) -> None:
        """Ask all visitors' dashboards to leave, at once, and wait for them."""
        visitors = dict(self._visitors)
        await asyncio.gather(*(visitor.stop() for visitor in visitors))
        for socket in visitors.values():
            with suppress(ConnectionError, RuntimeError):
                await socket.close()

    # -- life ------------------------------------------------------------------------------------------------

    async def play(self) -> None:
        """Serve until SIGINT or SIGTERM.  Raises OSError when the address cannot be used."""
        sweep_visitors()
        end = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, end.set)
        runner = web.AppRunner(await self._make_app(), shutdown_timeout=SHUTDOWN_S)
        await runner.setup()
        try:
            await web.TCPSite(runner, self.host, self.port).start()
            port: int = runner.addresses[0][1]
            host = f"[{self.host}]" if ":" in self.host else self.host
            say(f"dmtui serve: {self.title} at http://{host}:{port}/ for {_visitors(self.limit)} (Ctrl-C ends it)")
            await end.wait()
        finally:
            await runner.cleanup()


async def _close(socket: web.WebSocketResponse) -> None:
    await socket.close()


def _full(limit: int) -> str:
    taken = "The one place is taken" if limit == 1 else f"All {limit} places are taken"
    return f"{taken}: each visitor has an emulator of their own."


def _visitors(limit: int) -> str:
    return "one visitor" if limit == 1 else f"up to {limit} visitors at once"


def _policy(host: str) -> str:
    """The page may load nothing but what this server has."""
    return (
        "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
        f"img-src 'self' data:; connect-src 'self' ws://{host} wss://{host}; frame-ancestors 'none'; base-uri 'self'"
    )


def on_loopback(host: str) -> bool:
    """Whether only this machine can reach *host*."""
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"


def refused(headers: Mapping[str, str], bound: str) -> str:
    """Why a request is not one of our own page's, "" if it may be."""
    host = headers.get("Host", "")
    name = urlsplit(f"//{host}").hostname or ""
    if on_loopback(bound) and name != bound and not on_loopback(name):
        return f"found Host {host!r}, expected the address that it was started with"
    origin = headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != host:
        return f"found Origin {origin!r}, expected this server's own page"
    return ""


__all__ = ["DashboardServer", "on_loopback", "refused"]
