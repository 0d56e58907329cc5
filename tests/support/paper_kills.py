"""The paper trader at every line between a fill and its acknowledgement: what a kill there would leave behind."""

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import oi_common.effects
import paper_trader
from oi_common.connections import connect_redis
from oi_common.database import Database
from oi_common.effects import EffectsWriter
from oi_common.events import DecisionMade, TickReceived, stream_of
from oi_common.fences import Fence, claim_partition
from oi_common.leases import Lease, LeasePolicy, Leases
from oi_common.subscriber import Route
from paper_trader.adapters.journal import Journal, state_key
from paper_trader.adapters.merged import MergedSubscriber, TickSide
from paper_trader.adapters.store import PaperStore
from paper_trader.adapters.ticks import TickReader
from paper_trader.core.rules import Rules
from paper_trader.desk import Desk
from paper_trader.handlers import PaperTrader
from support.durable import Disk, Durable
from support.ledger import is_drained
from support.paper_running import DECISIONS, GROUP, TICKS, StillClock

_OURS = (str(Path(paper_trader.__file__).parent), oi_common.effects.__file__)
_BEGINS = "fill"
_FIRST_INSTRUCTIONS = 8  # later calls go on with a coroutine that has waited
_WATCHED = LeasePolicy(lasts=timedelta(minutes=5))  # nobody renews it, and a watched trader is slow


class Killed(BaseException):
    """What no handler and no loop catches, as nothing catches SIGKILL."""


class Line(NamedTuple):
    """A line of ours that is about to be run, after the n-th fill began."""

    file: str
    number: int
    fill: int


class Witness:
    """Watches every thread from the first line of `Desk.fill` on, and notes before each line what a kill would leave.

    A process that is killed leaves nothing but what lies on the disks of Redis and the database: lines that find the
    same there are the same kill. `left` holds each such state once, with the first line that found it.
    """

    def __init__(self, disk: Disk) -> None:
        self.lines: set[Line] = set()
        self.left: dict[str, tuple[Line, Durable]] = {}
        self._disk = disk
        self._stamp: tuple[object, ...] = ()
        self._fills = 0
        self._one_at_a_time = threading.Lock()

    def __call__(self, frame: FrameType, event: str, _: Any) -> Callable[..., Any] | None:
        code = frame.f_code
        if not code.co_filename.startswith(_OURS):
            return None
        if event == "call" and code.co_name == _BEGINS and frame.f_lasti <= _FIRST_INSTRUCTIONS:
            self._fills += 1
        if event == "line" and self._fills:
            self._note(Line(code.co_filename, frame.f_lineno, self._fills))
        return self

    def _note(self, line: Line) -> None:
        with self._one_at_a_time:
            self.lines.add(line)
            if (stamp := self._disk.stamp()) != self._stamp:
                durable = self._disk.taken()
                self.left.setdefault(durable.told, (line, durable))
                self._stamp = stamp

    @contextmanager
    def at_work(self) -> Iterator[None]:
        threading.settrace(self)
        sys.settrace(self)
        try:
            yield
        finally:
            sys.settrace(None)
            threading.settrace(None)


def traded(redis_url: str, database_url: str, rules: Rules, witness: Witness | None = None) -> None:
    """Work until all is handled, or until something kills."""
    with witness.at_work() if witness else nullcontext(), suppress(Killed):
        asyncio.run(_trade(redis_url, database_url, rules))


async def _trade(redis_url: str, database_url: str, rules: Rules) -> None:
    redis, database, stop = connect_redis(redis_url), Database(database_url), asyncio.Event()
    lease = await Leases(redis, GROUP, "tester", _WATCHED).acquire("NIFTY")
    assert lease is not None
    store = PaperStore(database, Fence(lease))
    desk = Desk("NIFTY", store, Journal(redis, GROUP, lease), rules.capital)
    trader = PaperTrader("NIFTY", "NFO", desk, store, rules)
    try:
        work = asyncio.create_task(_work(redis, database, trader, lease, stop))
        watch = asyncio.create_task(_until_drained(redis, trader, stop))
        await asyncio.wait({work, watch}, return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        await asyncio.gather(watch, return_exceptions=True)
        await work
    finally:
        await redis.aclose()
        database.close()


async def _until_drained(redis: Any, trader: PaperTrader, stop: asyncio.Event) -> None:
    [(newest, _)] = await redis.xrevrange(TICKS, count=1)
    while not stop.is_set():
        if trader.cursor == newest and await is_drained(redis, DECISIONS, GROUP):
            stop.set()  # it writes how far it has read, and ends
        await asyncio.sleep(0.005)


async def _work(
    redis: Any, database: Database, trader: PaperTrader, lease: Lease, stop: asyncio.Event
) -> None:
    await claim_partition(database, Leases(redis, GROUP, "tester"), Fence(lease), stop)
    reader = TickReader(redis, stream_of(TickReceived, "NIFTY"), GROUP)
    await MergedSubscriber(
        TickSide(reader, trader, StillClock(), timedelta(seconds=15)),
        redis,
        {DECISIONS: Route(DecisionMade, trader.on_decision)},
        group=GROUP,
        consumer="NIFTY",
        writer=EffectsWriter(redis, GROUP, state_key=state_key("NIFTY"), underlying="NIFTY", lease=lease),
        lease=lease,
        restore=trader.restore,
    ).run(stop)
