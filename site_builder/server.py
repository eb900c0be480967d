"""MkDocs' own server, which reloads browsers, and what it leaves to be wished for."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, override

from mkdocs.livereload import LiveReloadServer

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterable
    from pathlib import Path

HOST = "127.0.0.1"
PATIENCE = 90  # seconds that a browser may be silent: more than the minute between its polls


class Server(LiveReloadServer):
    """Serves a folder below a sub-path, with its own page for what there is not."""

    def __init__(self, builder: Callable[[], None], folder: Path, port: int, base: str) -> None:
        super().__init__(builder, HOST, port, str(folder), base or "/")
        self.RequestHandlerClass = type("Handler", (self.RequestHandlerClass,), {"timeout": PATIENCE})
        self.error_handler = lambda code: (folder / f"{code}.html").read_bytes()

    @override
    def serve_request(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Look for no file whose name cannot be one; let the browser ask again each time."""
        if "\0" in environ["PATH_INFO"]:
            environ["PATH_INFO"] = "/no-such-file"
        fresh = ("Cache-Control", "no-cache")
        return super().serve_request(
            environ, lambda status, headers: start_response(status, [*headers, fresh])
        )

    @override
    def handle_error(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: Any
    ) -> None:
        """Report errors, unless the browser hung up or said nothing."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)
