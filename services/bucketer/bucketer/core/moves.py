"""What each contract did since the snapshot before and since yesterday: on its premium, and beyond what explains it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from bucketer.core.model import Picture
from bucketer.core.state import ChainState, Leg, Quote, Saved, contract_of, key_of
from oi_common.market.buildup import (
    EarlierGreeks,
    Labels,
    MarketMove,
    adjusted_build_up,
    build_up,
)
from oi_common.market.chain import Side
from oi_common.market.chain_greeks import SideGreeks, chain_greeks
from oi_common.market.forward import Forward, years_to_expiry
from oi_common.market.leg_views import LegMoves
from oi_common.market.option_chain import Floats, OptionChain, option_chain
from oi_common.market.premiums import premiums

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, eq=False)
class SideMoves:
    """One side of the chain, one element per strike.

    Verdicts are made of `plain`: where the index drives the premiums, what it does not explain is mostly noise.
    """

    since: LegMoves  # since the snapshot before, by the last prices
    plain: Labels
    adjusted: Labels  # None where the move of the market, or the contract's part in it, is not known
    day: Labels  # since yesterday's close

    @property
    def oi_change(self) -> Floats:
        return np.asarray(self.since.oi_now - self.since.oi_before)


@dataclass(frozen=True, slots=True, eq=False)
class Before:
    """The snapshot before, seen by the strikes of the chain as it is now."""

    legs: dict[Side, list[Leg]]
    greeks: dict[Side, EarlierGreeks]
    move: MarketMove | None  # None where it is not known


def before(now: Picture, base: Saved | None, state: ChainState, segment: str) -> Before:
    """Return what the chain compares itself with; nothing is known before the day's first snapshot."""
    sides: tuple[Side, Side] = ("CE", "PE")
    chain = now.chain
    legs = {side: [_leg(base, key) for key in _keys(chain, side)] for side in sides}
    if base is None or base.feed_time is None or base.forward is None or now.forward is None:
        return Before(legs, {}, None)
    then = option_chain(
        (contract_of(key_of(int(strike), side)), Quote(oi=leg.oi, ltp=leg.ltp))
        for side in sides
        for strike, leg in zip(chain.strikes, legs[side], strict=True)
    )
    years = years_to_expiry(base.feed_time, state.expiry, segment)
    forward = Forward(base.forward, base.forward)
    found = chain_greeks(then, premiums(then.calls), premiums(then.puts), forward, years)
    greeks: dict[Side, EarlierGreeks] = {"CE": _earlier(found.calls), "PE": _earlier(found.puts)}
    return Before(legs, greeks, _market_move(now, now.forward, base.forward, base, base.feed_time))


def side_moves(side: Side, chain: OptionChain, state: ChainState, earlier: Before) -> SideMoves:
    """Return the moves of one side."""
    now, legs = chain.side(side), earlier.legs[side]
    since = LegMoves.of(now.ltp, _floats(leg.ltp for leg in legs), now.oi, _floats(leg.oi for leg in legs))
    keys = _keys(chain, side)
    closes = _floats(state.quotes.get(key, Quote()).prev_close for key in keys)
    held = _floats(state.yesterday.get(key) for key in keys)
    day = _build_up(LegMoves.of(now.ltp, closes, now.oi, held))
    adjusted = _adjusted(side, since, earlier, spread=now.ask - now.bid)
    return SideMoves(since, _build_up(since), adjusted, day)


def _adjusted(side: Side, since: LegMoves, earlier: Before, *, spread: Floats) -> Labels:
    if earlier.move is None:
        return np.full(len(since.oi_now), None, dtype=np.object_)
    return adjusted_build_up(
        since.premium_now,
        since.premium_before,
        since.oi_now,
        since.oi_before,
        greeks=earlier.greeks[side],
        move=earlier.move,
        spread=spread,
    )


def _build_up(moves: LegMoves) -> Labels:
    return build_up(moves.premium_now, moves.premium_before, moves.oi_now, moves.oi_before)


def _market_move(
    now: Picture, forward: Forward, forward_then: float, base: Saved, then: datetime
) -> MarketMove:
    # Without both volatilities, that they stayed is the best that can be said.
    iv = now.atm_iv - base.atm_iv if now.atm_iv is not None and base.atm_iv is not None else 0.0
    return MarketMove(forward.value - forward_then, iv, (now.at - then) / _DAY)


def _earlier(of: SideGreeks) -> EarlierGreeks:
    return EarlierGreeks(of.delta, of.gamma, of.vega, of.theta)


def _leg(base: Saved | None, key: str) -> Leg:
    return base.legs.get(key, Leg()) if base is not None else Leg()


def _keys(chain: OptionChain, side: Side) -> Sequence[str]:
    return [key_of(int(strike), side) for strike in chain.strikes]


def _floats(values: Iterable[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
