"""What ingest-ws does: keep a socket open for ever, and tell it what to follow."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import structlog

from ingest_ws import metrics
from ingest_ws.core.frames import Subscription, frames
from ingest_ws.core.patience import BackOff
from ingest_ws.core.subscriptions import Family, Reach, wanted
from ingest_ws.intake import Intake
from oi_common.errors import OiError, Unavailable
from oi_common.waiting import wait

UNAUTHORIZED = 401
TOO_MANY = 429

_LOOK_EVERY = timedelta(milliseconds=500)


class RefusedError(OiError):
    """The broker refused the handshake."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(f"market socket was refused with HTTP {status} {said}".strip())
        self.status = status


@dataclass(frozen=True, slots=True)
class Pass:
    """What the broker wants to see at the socket's door. Never logged."""

    jwt: str
    feed_token: str
    api_key: str
    client_code: str

    def __repr__(self) -> str:
        return "Pass(…)"


class Passes(Protocol):
    """Where passes come from; both raise Unavailable."""

    async def current(self) -> Pass: ...

    async def renewed(self, stale: Pass) -> Pass: ...


class OpenLine(Protocol):
    """An open socket; `listen` blocks until it ends and returns why."""

    @property
    def has_said_all(self) -> bool: ...

    def say(self, frames: list[str]) -> None: ...

    def hang_up(self) -> None: ...

    def listen(self) -> str: ...


Dial = Callable[[Pass], OpenLine]  # blocks; raises RefusedError, Unavailable
Families = Callable[[], Awaitable[tuple[Family, ...]]]


class Feed:
    """Keeps one socket slot fed: connects for ever, and follows the money of its underlyings.

    What is subscribed is known here, not by the socket: a new connection is told everything again. Another `edition`
    of the instruments is followed on a new connection.
    """

    def __init__(
        self,
        slot: str,
        families: Families,
        dial: Dial,
        passes: Passes,
        intake: Intake,
        *,
        reach: Reach,
        edition: Callable[[], object],
        chance: Callable[[], float],
        back_off: BackOff | None = None,
    ) -> None:
        self._slot = slot
        self._families_of_the_day = families
        self._dial = dial
        self._passes = passes
        self._intake = intake
        self._reach = reach
        self._edition = edition
        self._chance = chance
        self._back_off = back_off or BackOff()
        self._line: OpenLine | None = None
        self._families: tuple[Family, ...] = ()
        self._held: frozenset[Subscription] = frozenset()
        self._said = 0
        self._failures = 0
        self._stale: Pass | None = None
        self._has_renewed = False
        self._log = structlog.get_logger().bind(slot=slot)

    @property
    def is_connected(self) -> bool:
        return self._line is not None

    @property
    def is_subscribed(self) -> bool:
        """Everything that is to be followed was asked for; so the money of every chain is known."""
        line = self._line
        centred = all(self._intake.spot_of(family.name) for family in self._families if family.options)
        return line is not None and bool(self._held) and line.has_said_all and centred

    async def run(self, done: asyncio.Event) -> None:
        """Feed until `done`."""
        while not done.is_set():
            is_crowded = False
            try:
                await self._connect_and_follow(done)
            except RefusedError as e:
                is_crowded = e.status == TOO_MANY or (e.status == UNAUTHORIZED and self._stale is None)
                self._count_failure(_named(e.status), e)
            except Unavailable as e:
                self._count_failure("unavailable", e)
            if not done.is_set():
                delay = self._back_off.delay(self._failures, self._chance(), is_crowded=is_crowded)
                await wait(done, timedelta(seconds=delay))

    async def _connect_and_follow(self, done: asyncio.Event) -> None:
        self._families = await self._families_of_the_day()
        edition = self._edition()
        self._intake.follow(self._families)
        line = await self._open()
        self._line, self._held = line, frozenset()
        opened_at = asyncio.get_running_loop().time()
        metrics.CONNECTED.inc()
        self._log.info("socket.opened")
        listening = asyncio.create_task(asyncio.to_thread(line.listen))
        try:
            while not listening.done() and not done.is_set() and self._edition() == edition:
                self._follow(line)
                await _first_of(listening, done, _LOOK_EVERY)
        finally:
            self._line = None
            line.hang_up()
            ended = await asyncio.shield(listening)
            metrics.CONNECTED.dec()
            metrics.ENDED.labels(reason=ended).inc()
            lived = asyncio.get_running_loop().time() - opened_at
            self._failures = 1 if lived >= self._back_off.steady else self._failures + 1
            self._log.info("socket.ended", reason=ended)

    async def _open(self) -> OpenLine:
        entry = await self._entry()
        try:
            line = await asyncio.to_thread(self._dial, entry)
        except RefusedError as e:
            if e.status == UNAUTHORIZED and not self._has_renewed:
                self._stale = entry
            raise
        self._has_renewed = False
        return line

    async def _entry(self) -> Pass:
        """Return a pass; a refused one is renewed once, or a wrong account would be locked by our logins."""
        if self._stale is None:
            return await self._passes.current()
        entry = await self._passes.renewed(self._stale)
        self._stale, self._has_renewed = None, True
        return entry

    def _follow(self, line: OpenLine) -> None:
        """Tell the socket what has become wanted, and first what no longer is, so that the budget holds."""
        want: frozenset[Subscription] = frozenset()
        for family in self._families:
            want |= wanted(family, self._intake.spot_of(family.name), self._reach, self._held)
        gone, new = self._held - want, want - self._held
        if gone or new:
            said = frames("unsubscribe", gone, first=self._said)
            said += frames("subscribe", new, first=self._said + len(said))
            line.say(said)
            self._said += len(said)
            self._held = want
            metrics.SUBSCRIBED.labels(slot=self._slot).set(len(want))
            self._log.info("subscriptions.changed", new=len(new), gone=len(gone), held=len(want))

    def _count_failure(self, reason: str, error: OiError) -> None:
        self._failures += 1
        metrics.ENDED.labels(reason=reason).inc()
        self._log.warning("socket.not_opened", reason=reason, failures=self._failures, error=str(error))


def not_ready_because(feeds: Collection[Feed], *, trading: bool) -> str | None:
    """Return what keeps the service from being ready. Without a slot of its own it stands by, and is."""
    if not all(feed.is_connected for feed in feeds):
        return "market socket"
    if trading and not all(feed.is_subscribed for feed in feeds):
        return "subscriptions"
    return None


def _named(status: int) -> str:
    return {UNAUTHORIZED: "unauthorized", TOO_MANY: "too_many"}.get(status, "refused")


async def _first_of(listening: "asyncio.Task[str]", done: asyncio.Event, length: timedelta) -> None:
    """Wait until the connection ends, `done` is set, or the time is over."""
    finished = asyncio.create_task(done.wait())
    try:
        await asyncio.wait(
            {listening, finished}, timeout=length.total_seconds(), return_when=asyncio.FIRST_COMPLETED
        )
    finally:
        finished.cancel()
        with suppress(asyncio.CancelledError):
            await finished
