"""NiceGUI's server in this process's own event loop, ended by our own stop."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
import uvicorn
from fastapi import FastAPI
from nicegui import ui

from dashboard.adapters.guard import Guard
from dashboard.core.access import Access
from oi_common.errors import Misconfigured

_ENDS_WITHIN = 2  # seconds that open pages get to finish
_RECONNECT_WITHIN = 8.0  # seconds that a browser's state is kept when its connection breaks


class _Server(uvicorn.Server):
    """Signals are the service's affair, not the server's."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listening(host: str, port: int) -> socket.socket:
    """Take the address before anything else is begun. Raises Misconfigured when it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host.strip("[]"), port), family=family, backlog=128)
    except OSError as e:
        raise Misconfigured(f"DASHBOARD_PORT: {host}:{port} cannot be listened on ({e.strerror})") from e


async def serve_pages(listener: socket.socket, access: Access, stop: asyncio.Event) -> None:
    """Serve the pages that are registered with NiceGUI until `stop`."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    ui.run_with(
        app,
        title="OI Monitor",
        dark=None,
        tailwind=False,
        favicon="📈",
        reconnect_timeout=_RECONNECT_WITHIN,
        message_history_length=100,
        show_welcome_message=False,
        viewport="width=device-width, initial-scale=1, viewport-fit=cover",
    )
    config = uvicorn.Config(
        Guard(app, access),
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_ENDS_WITHIN,
        ws_max_size=1_000_000,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    stopping = asyncio.create_task(stop.wait())
    structlog.get_logger().info("page.listening", address=_address(listener))
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    server.should_exit = True
    await serving


def _address(listener: socket.socket) -> str:
    host, port, *_ = listener.getsockname()
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
