"""Where a situation stands in its session and its expiry: by the rulebook, not by the wall clock."""

from dataclasses import replace
from datetime import date, timedelta

from oi_common.advice.situation import Situation
from oi_common.market.buckets import IST
from oi_common.market.rulebook.contracts import lot_size
from oi_common.market.rulebook.tables import NotInRulebook
from oi_common.market.sessions import session_on
from oi_common.market.underlyings import segment_of

_MINUTE = timedelta(minutes=1)


def in_its_hours(it: Situation) -> Situation:
    """Return the situation with the minutes of its session, the days to its expiry, and its lot where that is missing.

    Before the open and after the close the minutes count as 0: then nothing is entered.
    """
    day = it.at.astimezone(IST).date()
    session = session_on(segment_of(it.index_name), day)
    since = max(it.at - session.opens, timedelta(0)) / _MINUTE if session else 0.0
    left = max(session.closes - it.at, timedelta(0)) / _MINUTE if session else 0.0
    return replace(
        it,
        minutes_since_open=since,
        minutes_to_close=left,
        days_to_expiry=(it.expiry - day).days if it.expiry else None,
        lot_size=it.lot_size or _lot_size(it.index_name, it.expiry),
    )


def _lot_size(index_name: str, expiry: date | None) -> int | None:
    try:
        return lot_size(index_name, expiry) if expiry else None
    except NotInRulebook:
        return None
