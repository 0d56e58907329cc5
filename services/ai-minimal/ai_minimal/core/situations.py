"""The situation of one second, made of ticks, snapshots and the open position."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np

from ai_minimal.core.chains import SIDES, Chain, Chains
from ai_minimal.core.held import Held
from ai_minimal.core.market import TickCache, listed_option
from ai_minimal.core.ticks import Listed, Tick
from oi_common.advice.situation import Leg, Situation, number
from oi_common.market.chain import Contract, Side, at_the_money
from oi_common.market.ratios import put_call_ratio
from oi_common.market.rulebook.contracts import lot_size
from oi_common.market.rulebook.tables import NotInRulebook
from oi_common.market.sessions import TradingSession

MOMENTUM: Final = (5, 12, 30, 60)
_AROUND: Final = 5  # strikes on each side of the money whose legs are told
_MOVES_AROUND: Final = 1  # and whose premiums' moves are
_OLDEST_BOOK: Final = 60.0  # seconds; an older one is no book


@dataclass(frozen=True, slots=True)
class Seen:
    """All that is known of one underlying.

    `lag` is how far a fast simulated clock runs ahead of its ticks while they are under way: so much makes none old,
    and moves are counted up to the index's newest tick, not up to a moment of which no price can have come yet.
    """

    index_name: str
    ticks: TickCache
    chains: Chains
    held: Held | None = None
    lag: timedelta = timedelta()

    def age(self, tick: Tick, at: datetime) -> float:
        return _seconds(at - tick.at - self.lag)

    def moves(self, listed: Listed, at: datetime) -> dict[int, float]:
        """Return by how much a price moved, by seconds."""
        spot = self.ticks.spot()
        behind = min(self.lag, max(at - spot.at, timedelta(0))) if spot else timedelta(0)
        return self.ticks.moves(listed, at - behind, MOMENTUM)


def situation(seen: Seen, session: TradingSession, at: datetime) -> Situation:
    """Return the situation at a moment of a session; it is about the held chain, else about the nearest."""
    expiry, spot = _expiry(seen, session.day), seen.ticks.spot()
    chain = seen.chains.of(expiry)
    strikes = tuple(sorted({*chain.rows, *(seen.ticks.strikes(expiry) if expiry else ())}))
    return Situation(
        index_name=seen.index_name,
        at=at,
        expiry=expiry,
        spot=spot.ltp if spot else None,
        spot_age=seen.age(spot, at) if spot else None,
        momentum=seen.moves(spot.listed, at) if spot else {},
        legs=_legs(seen, chain, expiry, strikes, at) if expiry else (),
        strikes=strikes,
        pcr_live=_pcr(seen.ticks, chain, expiry, strikes) if expiry else None,
        measures=chain.measures,
        snapshot_age=_seconds(at - chain.measured_at) if chain.measured_at else None,
        position=seen.held.at(at) if seen.held else None,
        minutes_since_open=(at - session.opens).total_seconds() / 60,
        minutes_to_close=(session.closes - at).total_seconds() / 60,
        days_to_expiry=(expiry - session.day).days if expiry else None,
        lot_size=_lot(seen.index_name, expiry),
    )


def _expiry(seen: Seen, today: date) -> date | None:
    if seen.held is not None:
        return seen.held.expiry
    return min((day for day in {*seen.chains, *seen.ticks.expiries()} if day >= today), default=None)


def _legs(seen: Seen, chain: Chain, expiry: date, strikes: tuple[int, ...], at: datetime) -> tuple[Leg, ...]:
    spot, held = seen.ticks.spot(), seen.held.contract if seen.held else None
    money = at_the_money(strikes, spot.ltp if spot else None)
    place = strikes.index(money) if money is not None else None
    near = {} if place is None else {strike: abs(n - place) for n, strike in enumerate(strikes)}
    contracts = [Contract(s, side) for s, steps in near.items() if steps <= _AROUND for side in SIDES]
    if held is not None and held not in contracts:
        contracts.append(held)
    return tuple(
        _leg(seen, chain, expiry, contract, at, moves=near.get(contract.strike, 0) <= _MOVES_AROUND)
        for contract in contracts
    )


def _leg(seen: Seen, chain: Chain, expiry: date, contract: Contract, at: datetime, *, moves: bool) -> Leg:
    tick = seen.ticks.option(expiry, contract)
    age = seen.age(tick, at) if tick else None
    current = tick if age is not None and age <= _OLDEST_BOOK else None
    return Leg(
        contract,
        bid=current.bid if current else None,
        ask=current.ask if current else None,
        ltp=current.ltp if current else None,
        age=age,
        moves=seen.moves(listed_option(expiry, contract), at) if moves else {},
        oi=_oi(tick, chain, contract),
        iv=number(chain.said(contract, "iv")),
        delta=number(chain.said(contract, "delta")),
    )


def _pcr(ticks: TickCache, chain: Chain, expiry: date, strikes: tuple[int, ...]) -> float | None:
    """Return put by call OI of the whole chain, each contract's as it was told last."""

    def side_of(side: Side) -> list[float]:
        told = (_oi(ticks.option(expiry, each), chain, each) for each in (Contract(s, side) for s in strikes))
        return [np.nan if oi is None else float(oi) for oi in told]

    ratio = put_call_ratio(np.array(side_of("PE")), np.array(side_of("CE"))).ratio
    return None if ratio is None else round(ratio, 4)


def _oi(tick: Tick | None, chain: Chain, contract: Contract) -> int | None:
    """Return the OI that was told last: by a tick, or by the snapshot."""
    told = number(chain.said(contract, "oi"))
    of_snapshot = None if told is None else int(told)
    if tick is None or tick.oi is None:
        return of_snapshot
    is_older = of_snapshot is not None and chain.rows_at is not None and tick.at < chain.rows_at
    return of_snapshot if is_older else tick.oi


def _lot(index_name: str, expiry: date | None) -> int | None:
    try:
        return lot_size(index_name, expiry) if expiry else None
    except NotInRulebook:
        return None


def _seconds(age: timedelta) -> float:
    """Return an age; a stamp a little ahead of our clock is no older than now."""
    return max(0.0, age.total_seconds())
