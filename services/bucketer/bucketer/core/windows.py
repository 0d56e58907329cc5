"""What changed by window: the day's buckets of one chain, and yesterday's close."""

from datetime import datetime

from msgspec.structs import replace

from bucketer.core.state import Added, ChainState, Measures, contract_of
from oi_common.market.chain import Side
from oi_common.market.sessions import TradingSession, previous_trading_day, session_on
from oi_common.market.timeframes import BucketTotals, as_dicts, timeframes
from oi_common.market.underlyings import segment_of


def compared(
    state: ChainState, bucket: datetime, measures: Measures, session: TradingSession
) -> tuple[ChainState, Measures]:
    """Return the state with the bucket in its series, and the measures with what changed by window."""
    now = BucketTotals(
        bucket,
        "open",
        measures.spot,
        measures.ce_oi,
        measures.pe_oi,
        ce_oi_added=state.added.ce,
        pe_oi_added=state.added.pe,
    )
    series = (*(one for one in state.series if one.time < bucket), now)
    expected = [start for start in session.buckets() if start <= bucket]
    frames = as_dicts(timeframes(series, expected, _yesterday(state)))
    known = {window: {name: of[name] for name in of if of[name] is not None} for window, of in frames.items()}
    return replace(state, series=series), replace(measures, timeframes=known)


def _yesterday(state: ChainState) -> BucketTotals | None:
    """Return yesterday's close so that only contracts known on both days count as changed."""
    held = {
        key: state.yesterday[key]
        for key, quote in state.quotes.items()
        if quote.oi is not None and key in state.yesterday
    }
    if not held:
        return None
    segment = segment_of(state.index_name)
    session = session_on(segment, previous_trading_day(segment, state.day))
    if session is None:
        return None
    *_, last = session.buckets()
    moved = _moved(state, held)
    return BucketTotals(
        last,
        "sealed",
        ce_oi=_total(held, "CE"),
        pe_oi=_total(held, "PE"),
        ce_oi_added=state.added.ce - moved.ce,
        pe_oi_added=state.added.pe - moved.pe,
    )


def _moved(state: ChainState, held: dict[str, int]) -> Added:
    moved = {key: (state.quotes[key].oi or 0) - oi for key, oi in held.items()}
    return Added(_total(moved, "CE"), _total(moved, "PE"))


def _total(values: dict[str, int], side: Side) -> int:
    return sum(value for key, value in values.items() if contract_of(key).side == side)
