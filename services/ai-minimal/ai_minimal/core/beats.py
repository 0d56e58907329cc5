"""The beats: one for each second of the session, and never one for a second that is over."""

from datetime import datetime, timedelta
from typing import NamedTuple

from oi_common.market.sessions import next_session, session_at

SECOND = timedelta(seconds=1)


class Beat(NamedTuple):
    """The second that is decided upon, and how many before it went by undecided."""

    at: datetime
    skipped: int


def second_of(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


def beat_at(now: datetime, due: datetime) -> Beat:
    """Return the beat of a moment when the one at `due` was awaited: the present second's."""
    at = max(second_of(now), due)
    return Beat(at, int((at - due) / SECOND))


def due_after(segment: str, at: datetime) -> datetime:
    """Return when the beat after a moment is due: the next second, or the next session's first."""
    following = second_of(at) + SECOND
    if session_at(segment, following) is not None:
        return following
    session = next_session(segment, following)
    resumed = [resumed for begins, resumed in session.pauses if begins <= following < resumed]
    return max([session.opens, following, *resumed])
