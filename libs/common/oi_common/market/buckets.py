"""The official 3-minute bucket: which one a moment belongs to."""

from datetime import UTC, datetime, timedelta, timezone

IST = timezone(timedelta(hours=5, minutes=30), "IST")
BUCKET_WIDTH = timedelta(minutes=3)

_WIDTH_MINUTES = 3


def floor_to_3min(at: datetime) -> datetime:
    """Return the start of the 3-minute bucket that holds `at`, counted from local midnight in IST.

    An aware moment comes back aware and in IST; a naive one is taken as IST wall time and comes back naive.
    """
    local = at if at.tzinfo is None else at.astimezone(IST)
    minute = (local.hour * 60 + local.minute) // _WIDTH_MINUTES * _WIDTH_MINUTES
    return local.replace(hour=minute // 60, minute=minute % 60, second=0, microsecond=0)


def wall_time(at: datetime) -> datetime:
    """Return the IST wall time of an aware moment, without zone: what `time` columns hold."""
    return at.astimezone(IST).replace(tzinfo=None)


def from_wall_time(time: datetime) -> datetime:
    """Return the aware IST moment that a `time` column's value stands for."""
    return time.replace(tzinfo=IST)


def utc_naive(at: datetime) -> datetime:
    """Return an aware moment in UTC without zone: what moment columns hold."""
    return at.astimezone(UTC).replace(tzinfo=None)


def from_utc_naive(at: datetime) -> datetime:
    """Return the aware IST moment that a moment column's value stands for."""
    return at.replace(tzinfo=UTC).astimezone(IST)
