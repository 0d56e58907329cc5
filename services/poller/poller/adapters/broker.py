"""The broker as the poller asks it: within the limits, with one re-login, in threads."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from oi_common.broker.contracts import Instrument
from oi_common.broker.errors import BrokerError, BrokerUnavailable, SessionExpired, Throttled
from oi_common.broker.session import BrokerSession
from oi_common.broker.smart_connect import SmartConnect
from oi_common.broker.tokens import Tokens
from oi_common.clock import Clock
from oi_common.limiter import SharedLimiter
from oi_common.market.buckets import IST
from poller.adapters.replies import read_candles, read_greeks, read_oi, read_quotes
from poller.core.reading import CandleRead, GreeksRead, Key, QuoteRead, QuotesRead
from poller.metrics import REQUESTS

_MOST_TOKENS: Final = 50  # of one quote request, over all exchanges
_MINUTES: Final = "%Y-%m-%d %H:%M"  # the only form of a date the broker documents
_SHORTLY: Final = timedelta(seconds=3)
_COOL_DOWN: Final = timedelta(seconds=5)

Call = Callable[..., dict[str, Any]]


class TooLate(BrokerUnavailable):
    """The limiter's turn came after the moment the answer was wanted for."""


class AngelBroker:
    """Asks one thing at a time; it belongs to the poller's one task."""

    def __init__(
        self, client: SmartConnect, session: BrokerSession, limiter: SharedLimiter, clock: Clock
    ) -> None:
        self._client = client
        self._session = session
        self._limiter = limiter
        self._clock = clock

    async def quotes(self, keys: Sequence[Key], before: datetime) -> QuotesRead:
        quotes: dict[Key, QuoteRead] = {}
        asked_at: datetime | None = None
        for start in range(0, len(keys), _MOST_TOKENS):
            tokens = defaultdict(list)
            for exchange, token in keys[start : start + _MOST_TOKENS]:
                tokens[exchange].append(token)
            answer, at = await self._ask(
                "quote", self._client.getMarketData, "FULL", dict(tokens), before=before
            )
            asked_at = asked_at or at
            quotes |= read_quotes(answer)
        return QuotesRead(asked_at or self._clock.now(), quotes)

    async def candles(self, row: Instrument, first: datetime, last: datetime) -> tuple[CandleRead, ...]:
        question = _history(row, first, last)
        answer, _ = await self._ask("history", self._client.getCandleData, question)
        return read_candles(answer)

    async def oi_history(self, row: Instrument, first: datetime, last: datetime) -> dict[datetime, int]:
        answer, _ = await self._ask("history", self._client.getOIData, _history(row, first, last))
        return read_oi(answer)

    async def greeks(self, underlying: str, expiry: date) -> tuple[GreeksRead, ...]:
        question = {"name": underlying, "expirydate": expiry.strftime("%d%b%Y").upper()}
        answer, _ = await self._ask("greeks", self._client.optionGreek, question)
        return read_greeks(answer)

    async def _ask(
        self, category: str, call: Call, *question: Any, before: datetime | None = None
    ) -> tuple[Any, datetime]:
        """Return the answer's data and when it was asked; an expired session is renewed once."""
        tokens = await self._session.tokens()
        try:
            return await self._send(category, tokens, call, question, before)
        except SessionExpired:
            fresh = await self._session.renew(tokens)
            return await self._send(category, fresh, call, question, before)

    async def _send(
        self, category: str, tokens: Tokens, call: Call, question: tuple[Any, ...], before: datetime | None
    ) -> tuple[Any, datetime]:
        # What can be asked again later must not hold the polls up: the history's hour may be used up.
        await self._limiter.acquire(category, within=_SHORTLY if category == "history" else None)
        asked_at = self._clock.now()
        if before is not None and asked_at >= before:
            raise TooLate(f"{category}: the limiter's turn came at {asked_at:%H:%M:%S}, too late")
        self._client.setAccessToken(tokens.jwt)
        try:
            envelope = await asyncio.to_thread(call, *question)
        except BrokerError as e:
            REQUESTS.labels(category, type(e).__name__).inc()
            if isinstance(e, Throttled):
                await self._limiter.cool_down(category, _COOL_DOWN)
            raise
        REQUESTS.labels(category, "answered").inc()
        return envelope["data"], asked_at


def _history(row: Instrument, first: datetime, last: datetime) -> dict[str, str]:
    return {
        "exchange": row.exchange,
        "symboltoken": row.token,
        "interval": "THREE_MINUTE",
        "fromdate": first.astimezone(IST).strftime(_MINUTES),
        "todate": last.astimezone(IST).strftime(_MINUTES),
    }
