"""A folder served over HTTP on this machine, as the gallery's server would serve it."""

from __future__ import annotations

import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)


class _Handler(SimpleHTTPRequestHandler):
    """Answers for files only, keeps connections open, waits the server's latency before each answer."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave together
    server: _Server

    def do_GET(self) -> None:
        """Answer with a file, after the latency."""
        time.sleep(self.server.latency)
        super().do_GET()

    def list_directory(self, path: str | os.PathLike[str]) -> None:
        """Refuse: the gallery lists no folders."""
        self.send_error(404, "No such page")

    def log_message(self, format: str, *arguments: Any) -> None:
        """Log for those who look."""
        log.debug(format, *arguments)


class _Server(ThreadingHTTPServer):
    """A threaded server that closes its open connections when it stops."""

    request_queue_size = 128
    daemon_threads = True

    def __init__(self, folder: Path, latency: float, port: int) -> None:
        self.latency = latency
        self.connections: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), lambda *args: _Handler(*args, directory=str(folder)))

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection."""
        self.connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close and forget the connection."""
        self.connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log what went wrong with a connection; that the other side closed it early is no trouble."""
        error = sys.exception()
        if isinstance(error, ConnectionError | TimeoutError):
            log.debug("%s went away early: %s", client_address, error)
        else:
            log.warning("an answer to %s failed", client_address, exc_info=True)


@contextmanager
def serve(folder: str | Path, latency: float = 0.0, port: int = 0) -> Iterator[str]:
    """Serve a mirror over HTTP on 127.0.0.1 while the block runs; yields its URL, "http://127.0.0.1:…".

    ``latency`` is how many seconds every answer is held back; ``port`` 0 takes a free one.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no folder {folder} to serve")
    server = _Server(folder, latency, port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        for connection in list(server.connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        server.server_close()
        thread.join()
