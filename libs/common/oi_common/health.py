"""/healthz, /readyz and /metrics of every service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from oi_common.errors import Misconfigured


class Health:
    """What the service says of itself. `not_ready_because` is None once it can do its work."""

    def __init__(self) -> None:
        self.not_ready_because: str | None = "starting"
        self._remarks: dict[str, str] = {}

    def ready(self) -> None:
        self.not_ready_because = None

    def waiting_for(self, what: str) -> None:
        self.not_ready_because = what

    def remark(self, about: str, said: str) -> None:
        """Say something beside the status, of what the service can do without."""
        self._remarks[about] = said

    @property
    def status(self) -> str:
        remarks = "".join(f"; {about}: {said}" for about, said in self._remarks.items())
        return (self.not_ready_because or "ready") + remarks


@asynccontextmanager
async def serve_health(health: Health, host: str, port: int) -> AsyncIterator[None]:
    """Answer health checks while the body runs. Port 0 takes any free one and logs it."""

    async def live(_request: web.Request) -> web.Response:
        return web.Response(text="alive\n")

    async def ready(_request: web.Request) -> web.Response:
        reason = health.not_ready_because
        return web.Response(text=f"{reason or 'ready'}\n", status=503 if reason else 200)

    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.add_routes([web.get("/healthz", live), web.get("/readyz", ready), web.get("/metrics", metrics)])
    runner = web.AppRunner(app, access_log=None, handle_signals=False)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError as e:
            raise Misconfigured(f"HEALTH_PORT: {host}:{port} cannot be listened on ({e.strerror})") from e
        structlog.get_logger().info("health.listening", address=site.name, bound=list(runner.addresses))
        yield
    finally:
        await runner.cleanup()
