"""Serves a built site on loopback as static hosting does: compressed, with 404.html for what there is not."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache, partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass
class Server:
    """What is known of a site that is served: its address, and each (path, bytes of the body as sent) so far."""

    origin: str
    sent: list[tuple[str, int]] = field(default_factory=list)
    build_log: str = ""


@cache
def compressed(file: Path) -> bytes:
    return gzip.compress(file.read_bytes(), 6, mtime=0)


class Handler(SimpleHTTPRequestHandler):
    """Answers GET with the file of the path, compressed."""

    extensions_map = SimpleHTTPRequestHandler.extensions_map | {".js": "text/javascript", ".svg": "image/svg+xml"}

    def __init__(self, *args, server_record: Server, **kwargs) -> None:
        self.record = server_record
        super().__init__(*args, **kwargs)

    def do_GET(self) -> None:
        file = Path(self.translate_path(self.path))
        if file.is_dir():
            file = file / "index.html"
        found = file.is_file()
        file = file if found else Path(self.directory) / "404.html"
        body = compressed(file)
        self.record.sent.append((self.path, len(body)))
        self.send_response(HTTPStatus.OK if found else HTTPStatus.NOT_FOUND)
        self.send_header("Content-Type", self.guess_type(str(file)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        # A tab that is closed does not wait for the rest.
        with suppress(ConnectionError):
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keeps the tests' output to the tests'."""


@contextmanager
def listening() -> Iterator[tuple[ThreadingHTTPServer, Server]]:
    """A server that has its address, but no folder yet: the address is needed to build the site."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        yield server, Server(f"http://127.0.0.1:{server.server_port}/")


@contextmanager
def serving(server: ThreadingHTTPServer, record: Server, site: Path) -> Iterator[Server]:
    """Serves the folder `site` until the block ends."""
    server.RequestHandlerClass = partial(Handler, directory=str(site), server_record=record)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield record
    finally:
        server.shutdown()
        thread.join()
