"""Everything that trades on one model day, each thing built when it is first asked for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from typing import Final, TypeVar

import numpy as np

from oi_common.market.black76 import Floats
from simulator.core import listing
from simulator.core.batches import BatchPlan, Legs, plan_batches
from simulator.core.chain import ModelChain
from simulator.core.expiries import Expiry, listed
from simulator.core.followers import share_line, vix_line
from simulator.core.lines import Line
from simulator.core.market import Exchange, Instrument
from simulator.core.outright import future_line, spot_line
from simulator.core.paths import DayPath, draw_day
from simulator.core.scenarios import Scenario
from simulator.core.seeds import generator, seed_of
from simulator.core.sessions import Session
from simulator.core.sessions import session as session_of
from simulator.core.traded import ChainLegs, Traded
from simulator.core.underlyings import BY_NAME, Activity, Underlying

_FUTURE_SHARE: Final = 0.06  # of the near chain's open total
_FUTURE_SIZE: Final = 0.15  # a batch changes a future's OI by about so much of what it changes a leg's
_ONE_LEG: Final = Legs(np.zeros(1), np.ones(1), np.array([True]), np.array([False]))
_Thing = TypeVar("_Thing")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a token trades: what builds its book, which leg of it, and a number for its luck."""

    find: Callable[[], Traded]
    leg: int
    id: int
    has_book: bool


class Floor:
    """The day's things by token; two floors of the same seed and day are the same."""

    def __init__(
        self,
        day: date,
        seed: int,
        underlyings: tuple[Underlying, ...],
        *,
        expiries: int,
        strikes_around: int,
        scenario: Scenario | None = None,
    ) -> None:
        self.expiries = {each.name: listed(each, day, expiries) for each in underlyings}
        self._day = day
        self._seed = seed
        self._underlyings = underlyings
        self._strikes_around = strikes_around
        self._scenario = scenario
        self._built: dict[tuple[object, ...], object] = {}

    @cached_property
    def rows(self) -> list[Instrument]:
        odd = [listing.blank_name_row(self._last_expiry()), *listing.ODD_ROWS]
        return [row for row, _ in self._listed] + odd

    @cached_property
    def places(self) -> dict[tuple[Exchange, str], Place]:
        return {(row.exchange, row.token): place for row, place in self._listed}

    def chain(self, name: str, expiry: date) -> ChainLegs | None:
        """Return a chain, None when that expiry is not listed."""
        for each in self.expiries.get(name, ()):
            if each.day == expiry:
                return self._chain(BY_NAME[name], each)
        return None

    @cached_property
    def _listed(self) -> list[tuple[Instrument, Place]]:
        return [*self._spots(), *self._shares(), *self._futures(), *self._options()]

    def _spots(self) -> Iterator[tuple[Instrument, Place]]:
        for underlying in self._underlyings:
            find = partial(self._spot, underlying)
            yield _placed(listing.spot_row(underlying), find, has_book=underlying.is_share)
        yield _placed(listing.vix_row(), self._vix, has_book=False)

    def _shares(self) -> Iterator[tuple[Instrument, Place]]:
        own = {underlying.token for underlying in self._underlyings if underlying.is_share}
        for share in listing.SHARES:
            if share.token not in own:
                yield _placed(listing.share_row(share), partial(self._share, share))

    def _futures(self) -> Iterator[tuple[Instrument, Place]]:
        for underlying in self._underlyings:
            for day in sorted({each.future_day for each in self.expiries[underlying.name]}):
                row = listing.future_row(underlying, day)
                yield _placed(row, partial(self._future, underlying, day))

    def _options(self) -> Iterator[tuple[Instrument, Place]]:
        for underlying in self._underlyings:
            strikes = self._strikes(underlying).tolist()
            for expiry in self.expiries[underlying.name]:
                find = partial(self._chain, underlying, expiry)
                for leg in range(2 * len(strikes)):
                    row = listing.option_row(underlying, expiry, strikes[leg // 2], leg % 2)
                    yield _placed(row, find, leg)

    def _strikes(self, underlying: Underlying) -> Floats:
        """Return the strikes around yesterday's close, as an exchange lists them before the open."""
        step = underlying.strike_step(self._day)
        middle = round(self._path(underlying).previous_close / 100.0 / step)
        steps = np.arange(middle - self._strikes_around, middle + self._strikes_around + 1)
        return np.asarray(steps * step, dtype=np.float64)

    def _session(self, underlying: Underlying) -> Session:
        return session_of(self._day, underlying.hours)

    def _path(self, underlying: Underlying) -> DayPath:
        return self._once(
            ("path", underlying.name),
            lambda: draw_day(underlying, self._day, self._seed, self._session(underlying), self._scenario),
        )

    def _spot(self, underlying: Underlying) -> Line:
        return self._once(("spot", underlying.name), lambda: self._make_spot(underlying))

    def _make_spot(self, underlying: Underlying) -> Line:
        path, session = self._path(underlying), self._session(underlying)
        plan = self._plan(f"share {underlying.name}", underlying) if underlying.is_share else None
        return spot_line(underlying, path, session, plan, seed=self._seed)

    def _vix(self) -> Line:
        nifty = BY_NAME["NIFTY"]
        return self._once(("vix",), lambda: vix_line(self._path(nifty), self._session(nifty), self._seed))

    def _share(self, share: listing.Share) -> Line:
        nifty = BY_NAME["NIFTY"]
        return self._once(
            ("share", share.name),
            lambda: share_line(
                share, self._path(nifty), self._session(nifty), self._plan(f"share {share.name}", nifty)
            ),
        )

    def _future(self, underlying: Underlying, day: date) -> Line:
        return self._once(
            ("future", underlying.name, day),
            lambda: future_line(
                underlying,
                day,
                self._path(underlying),
                self._session(underlying),
                self._plan(f"future {underlying.name} {day}", underlying),
                seed=self._seed,
            ),
        )

    def _plan(self, name: str, underlying: Underlying) -> BatchPlan:
        near = underlying.activity
        activity = Activity(near.open_total * _FUTURE_SHARE, near.typical_change * _FUTURE_SIZE, 0.0, 1.0)
        chances = generator(self._seed, self._day, "oi", name)
        seconds = self._session(underlying).seconds
        return plan_batches(chances, _ONE_LEG, activity, seconds=seconds, ends_today=False)

    def _chain(self, underlying: Underlying, expiry: Expiry) -> ChainLegs:
        return self._once(
            ("chain", underlying.name, expiry.day), lambda: self._make_chain(underlying, expiry)
        )

    def _make_chain(self, underlying: Underlying, expiry: Expiry) -> ChainLegs:
        session = self._session(underlying)
        chain = ModelChain(
            underlying,
            expiry,
            self._strikes(underlying),
            self._path(underlying),
            session,
            seed=self._seed,
            scenario=self._scenario,
        )
        return ChainLegs(chain, session, self._seed)

    def _once(self, name: tuple[object, ...], make: Callable[[], _Thing]) -> _Thing:
        if name not in self._built:
            self._built[name] = make()
        return self._built[name]  # type: ignore[return-value]  # a name always stands for one kind

    def _last_expiry(self) -> date:
        return max(each.day for expiries in self.expiries.values() for each in expiries)


def _placed(
    row: Instrument, find: Callable[[], Traded], leg: int = 0, *, has_book: bool = True
) -> tuple[Instrument, Place]:
    number = seed_of(row.exchange, row.token) >> 2  # a signed 64-bit integer holds it
    return row, Place(find, leg, number, has_book)
