"""A chain's day, one cell for each bucket of its session: what became of it."""

from datetime import datetime, timedelta

from oi_cli.quality.ledger import Chain, Ledger
from oi_cli.quality.summary import lacks_candle
from oi_common.market import completeness
from oi_common.market.completeness import Cell
from oi_common.market.sessions import session_on
from oi_common.market.underlyings import segment_of

_TEN_MINUTES = timedelta(minutes=10)


def judged_until(ledger: Ledger, wall: datetime) -> datetime:
    """Return up to when the day is judged, IST without zone; `wall` is the present moment by the wall clock.

    A live day is judged by the wall clock, so that services which died at noon are seen. A simulated day is judged
    by the newest moment in its own tables: the wall clock knows nothing of it. Whose clock it was shows in the
    database's own stamps.
    """
    traces = ledger.traces
    if traces.skew is None or abs(traces.skew) <= _TEN_MINUTES or traces.newest is None:
        return wall
    if traces.has_later_day:
        return datetime.combine(ledger.day, datetime.max.time())
    return traces.newest


def cells(ledger: Ledger, chain: Chain, until: datetime) -> tuple[Cell, ...]:
    """Return a cell for each bucket of the day's session, as things stood at `until`."""
    return completeness.cells(
        session_on(segment_of(chain.index_name), ledger.day),
        {header.time: header for header in ledger.headers if header.chain == chain},
        until,
        is_saved=lambda header: ledger.saved_in(header) is not None,
        has_candle=lambda header: not lacks_candle(ledger, header),
    )
