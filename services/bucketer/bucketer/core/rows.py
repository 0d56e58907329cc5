"""The rows of a snapshot: one per strike, both sides, against the previous snapshot and the previous day."""

from collections.abc import Mapping
from typing import Any

from bucketer.core.analytics import Analysis
from bucketer.core.greeks import Greeks, greeks_columns
from bucketer.core.state import ChainState, Leg, Quote, Saved, contract_of, key_of
from oi_common.events import ChainPolled
from oi_common.market.buckets import floor_to_3min, utc_naive, wall_time
from oi_common.market.chain import Side

SnapshotRow = dict[str, Any]

_LIMIT = 999_999.9999  # what a DECIMAL(10,4) column holds


def snapshot_rows(
    state: ChainState,
    base: Saved | None,
    poll: ChainPolled,
    analysis: Analysis,
    greeks: Mapping[str, Greeks],
) -> tuple[SnapshotRow, ...]:
    """Return the rows of `option_snapshots` for the chain as it stands, by strike.

    Changes are against `base`, the chain's previous snapshot of the day; None on the baseline. `greeks` are those
    that somebody has told; the model fills the rest.
    """
    strikes = sorted({contract_of(key).strike for key in state.quotes})
    told = {**analysis.greeks, **greeks}
    return tuple(
        {
            **_row(strike, state, base, poll),
            **analysis.columns.get(strike, {}),
            **greeks_columns(strike, told),
        }
        for strike in strikes
    )


def _row(strike: int, state: ChainState, base: Saved | None, poll: ChainPolled) -> SnapshotRow:
    call = state.quotes.get(key_of(strike, "CE"), Quote())
    put = state.quotes.get(key_of(strike, "PE"), Quote())
    return {
        "time": wall_time(floor_to_3min(poll.feed_time)),
        "index_name": poll.index_name,
        "expiry": poll.expiry,
        "strike": strike,
        **_side(strike, "CE", call, state, base),
        "ce_vs_pe_oi_bar": _ratio(call.oi, put.oi),
        **_side(strike, "PE", put, state, base),
        "pe_vs_ce_oi_bar": _ratio(put.oi, call.oi),
        "spot": poll.spot,
        "feed_time": utc_naive(poll.feed_time),
        "source": poll.source,
    }


def _side(strike: int, side: Side, quote: Quote, state: ChainState, base: Saved | None) -> SnapshotRow:
    key = key_of(strike, side)
    before = base.legs.get(key, Leg()) if base is not None else Leg()
    yesterday = state.yesterday.get(key)
    name = side.lower()
    return {
        f"{name}_oi": quote.oi,
        f"{name}_oi_change": _difference(quote.oi, before.oi),
        f"{name}_oi_percent_change": _percent(quote.oi, before.oi),
        f"{name}_oi_day_change": _difference(quote.oi, yesterday),
        f"{name}_ltp": quote.ltp,
        f"{name}_ltp_change": _price_difference(quote.ltp, before.ltp),
        f"{name}_ltp_percent_change": _percent(quote.ltp, before.ltp),
        f"{name}_volume": quote.volume,
        f"{name}_bid": quote.bid,
        f"{name}_ask": quote.ask,
    }


def _difference(value: int | None, before: int | None) -> int | None:
    return None if value is None or before is None else value - before


def _price_difference(value: float | None, before: float | None) -> float | None:
    return None if value is None or before is None else round(value - before, 2)


def _percent(value: float | None, before: float | None) -> float | None:
    """Return the change in percent; None from nothing, cut at what the column holds."""
    if value is None or not before:
        return None
    return _cut(100 * (value - before) / before)


def _ratio(value: int | None, other: int | None) -> float | None:
    return None if value is None or not other else _cut(value / other)


def _cut(value: float) -> float:
    return round(max(-_LIMIT, min(_LIMIT, value)), 4)
