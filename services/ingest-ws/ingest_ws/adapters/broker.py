"""The broker's session and instrument master, as this service wants them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta

import structlog

from ingest_ws.core.subscriptions import Family
from ingest_ws.core.ticks import Instrument
from ingest_ws.handlers import Pass
from ingest_ws.settings import Settings
from oi_common.broker import contracts
from oi_common.broker.session import BrokerSession
from oi_common.broker.tokens import Tokens
from oi_common.errors import Misconfigured, Unavailable
from oi_common.market.underlyings import INDIA_VIX, segment_of
from oi_common.waiting import wait

# The broker writes the day's master in the morning, before the session.
_MASTER_IS_OUT = timedelta(hours=8, minutes=30)
_LOAD_AGAIN_AFTER = timedelta(minutes=10)  # of real time

Edition = tuple[date, datetime | None]
Load = Callable[[], Awaitable[contracts.Instruments]]


class BrokerPasses:
    """Passes made of the shared session's tokens."""

    def __init__(self, session: BrokerSession, settings: Settings) -> None:
        self._session = session
        self._api_key = settings.angel_api_key.get_secret_value()
        self._client_code = settings.angel_client_code
        self._tokens: Tokens | None = None

    async def current(self) -> Pass:
        """Return a pass that is good as far as we know. Raises Unavailable."""
        return self._made_of(await self._session.tokens())

    async def renewed(self, stale: Pass) -> Pass:
        """Return a pass of a new login, or of another's newer one. Raises Unavailable."""
        refused = self._tokens
        if refused is None or refused.jwt != stale.jwt:
            return await self.current()
        return self._made_of(await self._session.renew(refused))

    def _made_of(self, tokens: Tokens) -> Pass:
        self._tokens = tokens
        return Pass(tokens.jwt, tokens.feed, self._api_key, self._client_code)


class Catalogue:
    """The day's families, loaded once a day for all slots, and again where today's master could not be had."""

    def __init__(self, load: Load, now: Callable[[], datetime], *, expiries: int, with_chains: bool) -> None:
        self._load = load
        self._now = now
        self._expiries = expiries
        self._with_chains = with_chains
        self._instruments: contracts.Instruments | None = None
        self._loaded_for: date | None = None
        self._one_at_a_time = asyncio.Lock()
        self._log = structlog.get_logger()

    @property
    def edition(self) -> Edition:
        """What the families are of: the day whose master counts now, and when the one in use was downloaded."""
        return _day_of(self._now()), self._downloaded_at

    async def keep_fresh(self, stop: asyncio.Event, every: timedelta = _LOAD_AGAIN_AFTER) -> None:
        """Ask again and again for today's master while a kept, older one has to do."""
        while not stop.is_set():
            await wait(stop, every)
            if not stop.is_set() and self._is_outdated:
                await self._try_again()

    async def families(self, names: Iterable[str]) -> tuple[Family, ...]:
        """Return the families of today. Raises Unavailable without a master, Misconfigured for a missing index."""
        async with self._one_at_a_time:
            today = _day_of(self._now())
            if self._instruments is None or self._loaded_for != today:
                self._instruments, self._loaded_for = await self._load(), today
        instruments, today = self._instruments, self._now().date()
        return tuple(family for name in names if (family := self._family(instruments, name, today)))

    @property
    def _downloaded_at(self) -> datetime | None:
        return None if self._instruments is None else self._instruments.downloaded_at

    @property
    def _is_outdated(self) -> bool:
        return self._downloaded_at is not None and _day_of(self._downloaded_at) < _day_of(self._now())

    async def _try_again(self) -> None:
        async with self._one_at_a_time:
            try:
                self._instruments = await self._load()
            except (Unavailable, Misconfigured) as e:  # what is held goes on to serve
                self._log.warning("master.missing", error=str(e))

    def _family(self, instruments: contracts.Instruments, name: str, today: date) -> Family | None:
        if name == INDIA_VIX.name:
            with suppress(Misconfigured):
                return Family(name, _ours(instruments.spot(name), name))
            self._log.warning("vix.not_listed")
            return None
        spot = _ours(instruments.leading(name, today), name)
        if not self._with_chains:
            return Family(name, spot)
        expiries = instruments.expiries(name, today)[: self._expiries]
        future = _future(instruments, name, today, expiries)
        options = (
            _ours(option, name) for expiry in expiries for option in instruments.chain(name, expiry).values()
        )
        return Family(name, spot, None if future is None else _ours(future, name), tuple(options))


def _day_of(moment: datetime) -> date:
    """Return the day whose master counts at a moment: it changes in the morning, not at midnight."""
    return (moment - _MASTER_IS_OUT).date()


def _future(
    instruments: contracts.Instruments, name: str, today: date, expiries: Sequence[date]
) -> contracts.Instrument | None:
    """Return the nearest future; of a commodity, whose money the nearest measures, that of the last chain."""
    is_commodity = segment_of(name) == "MCX"
    return instruments.future(name, expiries[-1] if is_commodity and expiries else today)


def _ours(row: contracts.Instrument, underlying: str) -> Instrument:
    return Instrument(
        underlying,
        row.exchange,
        row.token,
        row.symbol,
        row.expiry,
        row.strike,
        row.side,
        is_share=row.kind == contracts.SHARE_KIND,
    )
