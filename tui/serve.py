"""`codeask serve`: the same app in a browser, by textual-serve (extra `serve`).

There is no log-in: whoever reaches the port reads the repository. So it listens on the loopback
only unless told otherwise, and answers only its own page: another web page that is open in the same
browser can neither read from it nor type into it.
"""

from __future__ import annotations

import ipaddress
import shlex
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..executors.errors import UsageError
from ..executors.repository import find_root
from .parser import Parser

if TYPE_CHECKING:
    from aiohttp import web

PORT = 8765


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine alone."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def is_own(host: str, origin: str | None, served: str) -> bool:
    """Whether a request (`Host`, `Origin` headers) comes from the page that `served` serves.

    On the loopback the host must be the loopback too, else a name that an attacker lets point here
    would do.
    """
    name = urlsplit(f"//{host}").hostname or ""
    if is_loopback(served) and not is_loopback(name):
        return False
    return origin is None or urlsplit(origin).netloc == host


def command(root: Path, theme: str = "") -> str:
    """The command line that every browser tab starts."""
    program = "from codeask.tui.cli import codeask; codeask()"
    options = ["--theme", theme] if theme else []
    return shlex.join([sys.executable, "-c", program, "tui", "--repo", str(root), *options])


def run(argv: Sequence[str]) -> int:
    """Runs `codeask serve` until it is interrupted; gives the exit code."""
    parser = Parser(prog="codeask serve", description="Show the terminal app in a browser.")
    parser.add_argument("--repo", metavar="DIR", help="the repository (default: the checkout here)")
    parser.add_argument(
        "--host", default="localhost", help="address to listen on (default: localhost)"
    )
    parser.add_argument("--port", type=int, default=PORT, help=f"default: {PORT}")
    parser.add_argument("--theme", default="", help="a theme's name")
    options = parser.parse_args(list(argv))
    if not 0 < options.port < 65536:
        raise UsageError(f"--port is a number from 1 to 65535, not '{options.port}'.")
    root = find_root(Path(options.repo) if options.repo else Path.cwd())
    server = make_server(command(root, options.theme), options.host, options.port)
    if not is_loopback(options.host):
        print(
            f"Everybody who reaches {options.host}:{options.port} can read {root}.", file=sys.stderr
        )
    try:
        server.serve()
    except OSError as error:
        raise UsageError(
            f"Port {options.port} of {options.host} cannot be used: {error.strerror}; "
            "choose another with --port."
        ) from error
    return 0


def make_server(line: str, host: str, port: int) -> Any:
    """A textual-serve server that starts `line` for its own page only."""
    try:
        from textual_serve.server import Server
    except ModuleNotFoundError as error:
        raise UsageError(
            "'codeask serve' needs the package 'textual-serve'; run pip install 'codeask[serve]'"
        ) from error
    from aiohttp import web

    class OwnPage(Server):
        """Refuses what does not come from its own page."""

        def initialize_logging(self) -> None:
            """No line a request: one sentence when it starts is enough."""

        async def _make_app(self) -> web.Application:
            app = await super()._make_app()
            app.middlewares.append(self._guard)
            return app

        @web.middleware
        async def _guard(
            self,
            request: web.Request,
            handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
        ) -> web.StreamResponse:
            if not is_own(request.host, request.headers.get("Origin"), self.host):
                raise web.HTTPForbidden(text="This page may not talk to codeask.")
            self.public_url = f"http://{request.host}"  # however the browser reached it
            return await handler(request)

        async def on_startup(self, app: web.Application) -> None:
            print(f"codeask is at http://{self.host}:{self.port} (Ctrl+C ends it)", file=sys.stderr)

    return OwnPage(line, host=host, port=port, title="codeask")
