"""MkDocs' own server, which reloads browsers, and what it leaves to be wished for."""

from __future__ import annotations

import errno
import socket
import sys
from typing import TYPE_CHECKING, Any, override
from urllib.parse import urlsplit

from mkdocs.livereload import LiveReloadServer

from .files import BuildError, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

HOST = "127.0.0.1"
POLL = 0.2  # seconds between two looks at what may have been edited
PATIENCE = 30  # seconds that a browser may take to say what it wants


class Server(LiveReloadServer):
    """Serves a folder below the path of its address, with its own page for what there is not."""

    def __init__(self, builder: Callable[[], None], folder: Path, port: int, address: str) -> None:
        path = urlsplit(address).path or "/"
        super().__init__(builder, HOST, port, str(folder), path, polling_interval=POLL)
        self.error_handler = lambda code: (folder / f"{code}.html").read_bytes()

    @override
    def serve_forever(self, poll_interval: float = 0.5) -> None:
        """Say so first: from here on edits are seen and browsers answered."""
        say(f"The site is at {self.url} (Ctrl-C stops it).")
        super().serve_forever(poll_interval)

    @override
    def get_request(self) -> tuple[socket.socket, Any]:
        """Wait for no browser that says nothing."""
        request, address = super().get_request()
        request.settimeout(PATIENCE)
        return request, address

    @override
    def serve_request(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Look for no file whose name cannot be one, and let browsers ask again each time."""
        if "\0" in environ["PATH_INFO"]:
            environ["PATH_INFO"] = "/no-such-file"

        def start(status: str, headers: list[tuple[str, str]]) -> Any:
            return start_response(status, [*headers, ("Cache-Control", "no-cache")])

        return super().serve_request(environ, start)

    @override
    def handle_error(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: Any
    ) -> None:
        """Report errors, unless the browser hung up or said nothing."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


def free(port: int) -> None:
    """Raise BuildError if a server could not listen on this port."""
    if not 0 < port < 2**16:
        raise BuildError(f"PORT must be from 1 to 65535, not {port}.")
    try:
        socket.create_server((HOST, port)).close()
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        why = "is in use" if taken else f"cannot be opened: {error.strerror}"
        raise BuildError(
            f"Port {port} {why}; `make site PORT={port % 65535 + 1}` takes another."
        ) from None
