"""A made-up trading day whose prices, open interest, candles and Greeks agree with each other."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np

from oi_common.market import black76
from simulator.core.book import quotes as book_quotes
from simulator.core.candles import buckets_of, gather
from simulator.core.carry import RATE
from simulator.core.chain import ModelChain
from simulator.core.floor import Floor, Place
from simulator.core.listing import SIDES
from simulator.core.market import Candle, Exchange, GreekRow, Instrument, Quote
from simulator.core.scenarios import Scenario
from simulator.core.sessions import is_trading_day
from simulator.core.traded import Asked, Traded
from simulator.core.underlyings import UNDERLYINGS, Underlying


class ModelMarket:
    """One day of the model exchanges, a pure function of `seed` and `day`, and of the `scenario` that is planted.

    Listed are the nearest `expiries` weekly expiries and three monthly ones of each underlying, with
    `strikes_around` strikes to either side of yesterday's close.
    """

    def __init__(
        self,
        day: date,
        seed: int,
        underlyings: tuple[Underlying, ...] = UNDERLYINGS,
        *,
        expiries: int = 4,
        strikes_around: int = 60,
        scenario: Scenario | None = None,
    ) -> None:
        if not any(is_trading_day(day, each.hours) for each in underlyings):
            raise ValueError(f"day must be a trading day, was {day:%a %d %b %Y}")
        self._day = day
        self._seed = seed
        self._floor = Floor(
            day, seed, underlyings, expiries=expiries, strikes_around=strikes_around, scenario=scenario
        )

    @property
    def day(self) -> date:
        return self._day

    def instruments(self) -> Sequence[Instrument]:
        return self._floor.rows

    def quote(self, exchange: Exchange, token: str, at: datetime) -> Quote | None:
        return self.quotes([(exchange, token)], at)[0]

    def quotes(self, wanted: Sequence[tuple[Exchange, str]], at: datetime) -> list[Quote | None]:
        answers: list[Quote | None] = [None] * len(wanted)
        together: dict[Traded, list[tuple[int, Place]]] = defaultdict(list)
        for position, key in enumerate(wanted):
            place = self._floor.places.get(key)
            if place is not None:
                together[place.find()].append((position, place))
        for traded, placed in together.items():
            for (position, _), quote in zip(placed, self._quotes_of(traded, placed, at), strict=True):
                answers[position] = quote
        return answers

    def candles(
        self,
        exchange: Exchange,
        token: str,
        start: datetime,
        end: datetime,
        width: timedelta,
        *,
        until: datetime | None = None,
    ) -> list[Candle] | None:
        place = self._floor.places.get((exchange, token))
        return None if place is None else gather(place.find(), place.leg, start, end, width, until=until)

    def oi_history(
        self,
        exchange: Exchange,
        token: str,
        start: datetime,
        end: datetime,
        width: timedelta,
        *,
        until: datetime | None = None,
    ) -> list[tuple[datetime, int]] | None:
        place = self._floor.places.get((exchange, token))
        if place is None:
            return None
        traded = place.find()
        buckets = buckets_of(traded.session, start, end, width, until=until)
        held = traded.open_interest(place.leg, buckets.edges[1:] - 1).tolist()
        return list(zip(buckets.starts, held, strict=True))

    def greeks(self, name: str, expiry: date, at: datetime) -> list[GreekRow]:
        legs = self._floor.chain(name, expiry)
        if legs is None or legs.chain.underlying.derivatives != "NFO":
            return []
        second = max(0, legs.session.second(at))
        volumes = [
            int(legs.volumes(leg, np.array([second]))[0]) for leg in range(2 * len(legs.chain.strikes))
        ]
        return _greek_rows(legs.chain, second, volumes)

    def _quotes_of(self, traded: Traded, placed: list[tuple[int, Place]], at: datetime) -> list[Quote]:
        session = traded.session
        asked = Asked(at, session, session.previous.closes_at, session.second(at))
        legs = np.array([place.leg for _, place in placed])
        ids = np.array([place.id for _, place in placed])
        quotes = book_quotes(traded.columns(legs, ids, asked), seed=self._seed, second=asked.second)
        return [
            quote if place.has_book else _without_book(quote)
            for (_, place), quote in zip(placed, quotes, strict=True)
        ]


def _without_book(quote: Quote) -> Quote:
    return replace(quote, buy=(), sell=(), total_buy=0, total_sell=0, average_price=0.0)


def _greek_rows(chain: ModelChain, second: int, volumes: list[int]) -> list[GreekRow]:
    seconds = np.array([second])
    strikes = np.repeat(chain.strikes, 2)
    sigma = chain.volatility(seconds, strikes)[0]
    is_call = np.tile([True, False], len(chain.strikes))
    found = black76.greeks(
        float(chain.forward(seconds)[0]),
        strikes,
        float(chain.years(seconds)[0]),
        sigma,
        is_call=is_call,
        rate=RATE,
    )
    columns = (sigma * 100.0, found.delta, found.gamma, found.theta, found.vega)
    rows = zip(strikes.tolist(), np.stack(columns, axis=1).tolist(), volumes, strict=True)
    return [
        GreekRow(strike, SIDES[leg % 2], iv, delta, gamma, theta, vega, volume)
        for leg, (strike, (iv, delta, gamma, theta, vega), volume) in enumerate(rows)
    ]
