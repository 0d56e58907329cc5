"""The simulated exchange as a server: one port for REST and control, one for the market socket."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from simulator.adapters.chat import PATH as CHAT_PATH
from simulator.adapters.chat import ChatDoor
from simulator.adapters.control import ControlDoor
from simulator.adapters.rest import RestDoor
from simulator.adapters.stream import StreamDoor
from simulator.adapters.telegram import PATH as TELEGRAM_PATH
from simulator.adapters.telegram import TelegramDoor
from simulator.adapters.times import wall_now
from simulator.core.bot_chats import BOT_TOKEN, CHAT_ID
from simulator.core.endpoints import MASTER_PATH, SOCKET_PATH
from simulator.core.market import Market
from simulator.handlers import Clock, Exchange, Rules


@dataclass(frozen=True, slots=True)
class Ports:
    """Where to listen; port 0 takes any free one. `advertised_host` is what clients are told, if not what they used."""

    host: str = "127.0.0.1"
    rest: int = 0
    stream: int = 0
    advertised_host: str | None = None


@dataclass(frozen=True, slots=True)
class Serving:
    """What the exchange serves beside its market, and what is wrong with it from the start.

    The model server is always there; with `offers_llm` services are told of it.
    """

    master_filler: int = 0
    idle_close_seconds: float | None = None
    faults: Mapping[str, Any] = field(default_factory=dict)
    offers_llm: bool = False


class SimulatedExchange:
    """An exchange that answers while its `async with` runs (or between `start` and `stop`)."""

    def __init__(
        self,
        market: Market,
        clock: Clock,
        rules: Rules | None = None,
        ports: Ports | None = None,
        serving: Serving | None = None,
    ) -> None:
        rules = Rules() if rules is None else rules
        self.account = rules.account
        self.exchange = Exchange(market, clock, wall_now, rules)
        self._ports = Ports() if ports is None else ports
        self._serving = Serving() if serving is None else serving
        self._runners: list[web.AppRunner] = []
        self._bound: list[int] = []
        self._pump: asyncio.Task[None] | None = None
        self._stream: StreamDoor | None = None

    @property
    def rest_url(self) -> str:
        return f"http://{self._ports.host}:{self._bound[0]}"

    @property
    def ws_url(self) -> str:
        return f"ws://{self._ports.host}:{self._bound[1]}{SOCKET_PATH}"

    def environment(self, host: str) -> dict[str, str]:
        """Return the settings of a service that is to use this exchange, reached at `host`."""
        name = self._ports.advertised_host or host
        rest = f"http://{name}:{self._bound[0]}"
        return {
            "ANGEL_API_KEY": self.account.api_key,
            "ANGEL_CLIENT_CODE": self.account.client,
            "ANGEL_PIN": self.account.pin,
            "ANGEL_TOTP_SECRET": self.account.totp_secret,
            "ANGEL_REST_URL": rest,
            "ANGEL_WS_URL": f"ws://{name}:{self._bound[1]}{SOCKET_PATH}",
            "ANGEL_MASTER_URL": f"{rest}{MASTER_PATH}",
            "CLOCK": "simulated",
            "TELEGRAM_BOT_TOKEN": BOT_TOKEN,
            "TELEGRAM_CHAT_IDS": str(CHAT_ID),
            "TELEGRAM_BASE_URL": f"{rest}{TELEGRAM_PATH}/bot",
            # Only when asked for: the demo is to show what the system does with no model at all.
            **({"LLM_BASE_URL": f"{rest}{CHAT_PATH}"} if self._serving.offers_llm else {}),
        }

    async def start(self) -> None:
        exchange, serving = self.exchange, self._serving
        exchange.faults.turn(serving.faults, exchange.clock.now())
        self._stream = StreamDoor(exchange, idle_close_seconds=serving.idle_close_seconds)
        control = ControlDoor(exchange, self.environment)
        rest = RestDoor(exchange, master_filler=serving.master_filler)
        telegram = TelegramDoor(exchange.faults, exchange.clock)
        doors = (control, telegram, ChatDoor(exchange), rest)
        await self._listen([route for door in doors for route in door.routes()], self._ports.rest)
        await self._listen([web.get(SOCKET_PATH, self._stream.handle)], self._ports.stream)
        self._pump = asyncio.create_task(self._stream.pump())

    async def watch(self) -> None:
        """Wait for ever; raises what ended the market's feed, should it end by itself."""
        if self._pump is not None:
            await asyncio.shield(self._pump)

    async def stop(self) -> None:
        """Close all sockets and ports; raises what ended the market's feed, if it had ended by itself."""
        if self._pump is not None:
            self._pump.cancel()
        if self._stream is not None:
            await self._stream.close()
        for runner in self._runners:
            await runner.cleanup()
        if self._pump is not None:
            with suppress(asyncio.CancelledError):
                await self._pump

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _listen(self, routes: list[web.RouteDef], port: int) -> None:
        app = web.Application()
        app.add_routes(routes)
        runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
        await runner.setup()
        self._runners.append(runner)
        await web.TCPSite(runner, self._ports.host, port).start()
        self._bound.append(runner.addresses[0][1])
