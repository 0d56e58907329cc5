"""A web server of one file, as a broker's: gzipped, on connections that stay open, and now and then broken."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Reply:
    """What is answered from now on, `missing` bytes short; and the connections that asked so far."""

    body: bytes
    status: int = 200
    missing: int = 0
    connections: set[tuple[str, int]] = field(default_factory=set)


@contextmanager
def serving(reply: Reply) -> Iterator[str]:
    """Serve the reply, whatever it is at the time, and lend its URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            assert "gzip" in self.headers["Accept-Encoding"]
            reply.connections.add(self.client_address)
            body = _packed(reply.body)
            self.send_response(reply.status)
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) - reply.missing])
            self.close_connection = bool(reply.missing)

        def log_message(self, *_facts: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/master.json"
        server.shutdown()


@cache
def _packed(body: bytes) -> bytes:
    return gzip.compress(body)
