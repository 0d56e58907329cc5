"""The control plane of the simulator, which no broker has: faults, counts, time, and how to use it."""

from collections.abc import Callable, Mapping

from aiohttp import web

from simulator.handlers import Exchange

EnvironmentOf = Callable[[str], Mapping[str, str]]


class ControlDoor:
    """`/simulator/...` and `/healthz`; `environment` is what a service needs, given the host it reached us by."""

    def __init__(self, exchange: Exchange, environment: EnvironmentOf) -> None:
        self._exchange = exchange
        self._environment = environment

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/healthz", self._health),
            web.get("/simulator/faults", self._faults),
            web.post("/simulator/faults", self._turn),
            web.delete("/simulator/faults", self._clear),
            web.get("/simulator/stats", self._stats),
            web.get("/simulator/clock", self._clock),
            web.get("/simulator/env", self._env),
        ]

    async def _health(self, _request: web.Request) -> web.Response:
        return web.Response(text="alive\n")

    async def _faults(self, _request: web.Request) -> web.Response:
        return web.json_response(self._exchange.faults.faults.as_json(self._exchange.clock.now()))

    async def _turn(self, request: web.Request) -> web.Response:
        try:
            changes = await request.json()
            if not isinstance(changes, dict):
                return _wrong("the body must be an object of switches")
            self._exchange.faults.turn(changes, self._exchange.clock.now())
        except ValueError as e:
            return _wrong(str(e))
        return await self._faults(request)

    async def _clear(self, request: web.Request) -> web.Response:
        self._exchange.faults.clear()
        return await self._faults(request)

    async def _stats(self, _request: web.Request) -> web.Response:
        return web.json_response(self._exchange.tally.as_json())

    async def _clock(self, _request: web.Request) -> web.Response:
        now = self._exchange.clock.now()
        return web.json_response(
            {"now": now.isoformat(), "epoch": now.timestamp(), "day": self._exchange.market.day.isoformat()}
        )

    async def _env(self, request: web.Request) -> web.Response:
        host = request.url.host or "127.0.0.1"
        return web.json_response(dict(self._environment(host)))


def _wrong(why: str) -> web.Response:
    return web.json_response({"error": why}, status=400)
