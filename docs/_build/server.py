"""Serves the finished site on this machine."""

from __future__ import annotations

import errno
import re
import sys
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, override
from urllib.parse import urlsplit

from .project import BuildError

if TYPE_CHECKING:
    import socket

HOST = "127.0.0.1"


class Handler(SimpleHTTPRequestHandler):
    """Files of the site, below its sub-path as well as at the root; quiet."""

    def __init__(self, *args: Any, base: str, **kwargs: Any) -> None:
        self.base = base
        super().__init__(*args, **kwargs)

    @override
    def translate_path(self, path: str) -> str:
        """Drop the sub-path: the 404 page links to `/sub-path/...`, whatever page it stands for."""
        if self.base and path.startswith(f"{self.base}/"):
            path = path.removeprefix(self.base)
        return super().translate_path(path)

    @override
    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer an unknown address with the site's own page."""
        page = f"{self.directory}/404.html"
        try:
            with open(page, "rb") as file:  # noqa: PTH123
                body = file.read() if code == HTTPStatus.NOT_FOUND else b""
        except OSError:
            body = b""
        if not body:
            super().send_error(code, message, explain)
            return
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    @override
    def end_headers(self) -> None:
        """Let the browser ask again each time: the next build may have changed the file."""
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """A server that does not report browsers which hang up."""

    daemon_threads = True

    @override
    def handle_error(
        self,
        request: socket.socket | tuple[bytes, socket.socket],
        client_address: Any,
    ) -> None:
        """Report errors, unless the other side closed the connection."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def base_of(site: Path) -> str:
    """Return the sub-path the site was built for, such as `/lrdecay`, or nothing."""
    page = site / "404.html"
    found = re.search(r'"base": ?"([^"]*)"', page.read_text("utf-8")) if page.is_file() else None
    return urlsplit(found[1]).path.rstrip("/") if found else ""


def free_port(port: int) -> None:
    """Raise BuildError if a server could not listen on this port."""
    open_server(Path(), port).server_close()


def open_server(site: Path, port: int) -> Server:
    """Return a server bound to the port.

    Raises:
        BuildError: if the port is taken or not allowed.
    """
    handler = partial(Handler, directory=str(site), base=base_of(site))
    try:
        return Server((HOST, port), handler)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise BuildError(f"Port {port} is in use; choose another with --port.") from None
        raise BuildError(f"Port {port} cannot be opened: {error.strerror}.") from None


def serve(site: Path, port: int) -> None:
    """Serve the site until Ctrl-C."""
    with open_server(site, port) as server:
        address = f"http://{HOST}:{server.server_address[1]}{base_of(site)}/"
        print(f"The site is at {address} (Ctrl-C stops it).", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()
