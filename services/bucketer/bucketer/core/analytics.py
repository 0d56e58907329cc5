"""What the analytics say of a chain as its quotes stand: the measures of its bucket, the columns of its rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from bucketer.core import limits
from bucketer.core.greeks import Greeks
from bucketer.core.model import Picture, model_greeks, picture
from bucketer.core.moves import SideMoves, before, side_moves
from bucketer.core.state import Added, ChainState, Measures, Saved
from oi_common.events import ChainPolled
from oi_common.market.direction import DirectionVote, market_direction
from oi_common.market.exposure import gamma_exposure, gamma_flip, net_exposure
from oi_common.market.leg_views import leg_views, reference_change
from oi_common.market.money import implied_move, nearest_strike, rolling_straddle
from oi_common.market.option_chain import Floats
from oi_common.market.pain import max_pain
from oi_common.market.ratios import pcr_by_oi, pcr_by_oi_change, pcr_by_volume, side_sum
from oi_common.market.rulebook.phases import is_in_auction
from oi_common.market.smile import risk_reversal_25
from oi_common.market.trade_signal import SignalFacts, TradeSignal, trade_signal
from oi_common.market.verdict import StrikeVerdicts, strike_verdicts
from oi_common.market.walls import Wall, Walls, walls


@dataclass(frozen=True, slots=True)
class Analysis:
    """`columns` are those of `option_snapshots` by strike; `greeks` are the model's, by contract."""

    measures: Measures
    columns: Mapping[int, Mapping[str, Any]]
    greeks: Mapping[str, Greeks]


@dataclass(frozen=True, slots=True, eq=False)
class _Reading:
    """All that is made of one chain; `level` is what stands for spot."""

    now: Picture
    level: float | None
    priced_on: Literal["spot", "forward"] | None
    calls: SideMoves
    puts: SideMoves
    verdicts: StrikeVerdicts
    vote: DirectionVote
    exposure: Floats


def analyse(state: ChainState, base: Saved | None, poll: ChainPolled, bucket: datetime) -> Analysis:
    """Return what the chain as it stands says, compared with `base`, its snapshot before (None on the baseline).

    While the closing auction keeps spot still, the forward from put-call parity stands in for it.
    """
    now = picture(state.quotes, poll.feed_time, state.expiry, poll.segment)
    earlier = before(now, base, state, poll.segment)
    calls, puts = side_moves("CE", now.chain, state, earlier), side_moves("PE", now.chain, state, earlier)
    reference = reference_change(calls.since, puts.since)
    views = (
        leg_views("CE", calls.plain, calls.since, reference),
        leg_views("PE", puts.plain, puts.since, reference),
    )
    level, priced_on = _level(now, poll.spot, is_auction=is_in_auction(poll.segment, bucket))
    exposure = gamma_exposure(now.chain, now.greeks.calls.gamma, now.greeks.puts.gamma, level)
    verdicts, vote = strike_verdicts(*views), market_direction(*views)
    reading = _Reading(now, level, priced_on, calls, puts, verdicts, vote, exposure)
    return Analysis(_measures(reading, poll.spot, state.added), _columns(reading), model_greeks(now))


def _level(
    now: Picture, spot: float | None, *, is_auction: bool
) -> tuple[float | None, Literal["spot", "forward"] | None]:
    if is_auction and now.forward is not None:
        return now.forward.value, "forward"
    return spot, None if spot is None else "spot"


def _measures(of: _Reading, spot: float | None, added: Added) -> Measures:
    chain, greeks, level = of.now.chain, of.now.greeks, of.level
    forward = of.now.forward.value if of.now.forward else None
    oi, volume = pcr_by_oi(chain), pcr_by_volume(chain)
    change = pcr_by_oi_change(of.calls.oi_change, of.puts.oi_change)
    pain, atm = max_pain(chain, level), nearest_strike(chain.strikes, level)
    straddle = rolling_straddle(chain.strikes, chain.calls.ltp, chain.puts.ltp, level)
    found = walls(chain, of.calls.oi_change, of.puts.oi_change, atm)
    signal = _signal(of, oi.ratio, pain, found)
    flip = gamma_flip(chain, greeks.calls.iv, greeks.puts.iv, spot=level, forward=forward, years=greeks.years)
    skew = risk_reversal_25(greeks.calls.iv, greeks.calls.delta, greeks.puts.iv, greeks.puts.delta)
    return Measures(
        spot=spot,
        forward=limits.price(forward),
        priced_on=of.priced_on,
        ce_oi=limits.whole(oi.calls),
        pe_oi=limits.whole(oi.puts),
        ce_oi_change=limits.whole(side_sum(of.calls.oi_change)),
        pe_oi_change=limits.whole(side_sum(of.puts.oi_change)),
        ce_oi_added=added.ce,
        pe_oi_added=added.pe,
        ce_volume=limits.whole(volume.calls),
        pe_volume=limits.whole(volume.puts),
        pcr_oi=limits.ratio(oi.ratio),
        pcr_volume=limits.ratio(volume.ratio),
        pcr_oi_change=limits.ratio(change.ratio),
        max_pain=pain,
        atm_strike=atm,
        atm_forward_strike=nearest_strike(chain.strikes, forward),
        atm_iv=limits.ratio(of.now.atm_iv),
        skew_25d=limits.ratio(skew),
        straddle=limits.price(straddle.premium) if straddle else None,
        implied_move=limits.ratio(implied_move(straddle, level)),
        net_gex=limits.crore(net_exposure(of.exposure)),
        gex_flip=limits.price(flip),
        support=[_wall(wall) for wall in found.support],
        resistance=[_wall(wall) for wall in found.resistance],
        direction=of.vote.direction,
        confidence=limits.ratio(of.vote.confidence),
        trade_signal=signal.action,
        signal_reasons=list(signal.reasons),
    )


def _signal(of: _Reading, pcr: float | None, pain: int | None, found: Walls) -> TradeSignal:
    return trade_signal(
        SignalFacts(
            of.vote,
            spot=of.level,
            pcr=pcr,
            max_pain=pain,
            supports=[wall.strike for wall in found.support],
            resistances=[wall.strike for wall in found.resistance],
        )
    )


def _wall(wall: Wall) -> dict[str, Any]:
    return {
        "strike": wall.strike,
        "oi": limits.whole(wall.oi),
        "strength": limits.ratio(wall.strength),
        "change": limits.whole(wall.change),
        "is_fresh": wall.is_fresh,
        "is_beyond": wall.is_beyond,
    }


def _columns(of: _Reading) -> dict[int, dict[str, Any]]:
    return {
        int(strike): {
            **_side_columns("ce", of.calls, row),
            **_side_columns("pe", of.puts, row),
            "verdict": _text(of.verdicts.verdicts[row]),
            "verdict_score": limits.ratio(float(of.verdicts.scores[row])),
            "gex": limits.crore(float(of.exposure[row])),
        }
        for row, strike in enumerate(of.now.chain.strikes)
    }


def _side_columns(name: str, moves: SideMoves, row: int) -> dict[str, Any]:
    return {
        f"{name}_buildup": _text(moves.plain[row]),
        f"{name}_buildup_adjusted": _text(moves.adjusted[row]),
        f"{name}_buildup_day": _text(moves.day[row]),
    }


def _text(label: object) -> str | None:
    return None if label is None else str(label)
