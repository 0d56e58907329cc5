"""Which days are unlike others: holidays, special sessions, and where that knowledge ends."""

from dataclasses import dataclass
from datetime import date, time
from functools import cache
from itertools import pairwise
from typing import Final, Literal

from oi_common.market.rulebook.tables import Row, day_of, maybe, name, one_of, rows, text_of, time_of

Calendar = Literal["equity", "commodity"]
Kind = Literal[
    "holiday", "muhurat", "full_session", "half_session", "special_session", "morning_only", "evening_only"
]

FILE: Final = "days.csv"
_KINDS: Final = (
    "holiday",  # closed
    "muhurat",  # an hour at Diwali, otherwise closed; closed where its hours are not known
    "full_session",  # the usual hours on a weekend
    "half_session",  # parts of a day, one row each
    "special_session",  # hours of its own
    "morning_only",  # from the usual open until `closes`
    "evening_only",  # from `opens` until the usual close
)
_REGULAR: Final = "full_session"


@dataclass(frozen=True, slots=True)
class UnusualDay:
    """A day that is unlike its weekday. `parts` are its hours as far as the table says them."""

    kind: Kind
    name: str
    parts: tuple[tuple[time | None, time | None], ...]

    @property
    def is_regular(self) -> bool:
        return self.kind == _REGULAR

    @property
    def has_unknown_hours(self) -> bool:
        return self.kind == "muhurat" and self.parts == ((None, None),)


def unusual_day(calendar: Calendar, day: date) -> UnusualDay | None:
    """Return what is unusual about a day, None for a day like any other of its weekday."""
    return _days()[calendar].get(day)


def last_known_day() -> date:
    """Return the end of the last year whose holidays are in the rulebook."""
    return min(date(max(of_calendar).year, 12, 31) for of_calendar in _days().values())


def horizon_warning(day: date) -> str | None:
    """Say what is not known about a day past the last known year; None while the holidays are known."""
    known_until = last_known_day()
    if day <= known_until:
        return None
    return (
        f"the rulebook knows holidays and special sessions until {known_until}; on {day} every weekday counts as a "
        f"trading day and every weekend as closed: add the exchanges' lists of {day.year} to {FILE}"
    )


@cache
def _days() -> dict[Calendar, dict[date, UnusualDay]]:
    return read(text_of(FILE))


def read(text: str) -> dict[Calendar, dict[date, UnusualDay]]:
    """Read the table of days; raises BadRulebook."""
    columns = {
        "calendar": one_of("equity", "commodity"),
        "date": day_of,
        "kind": one_of(*_KINDS),
        "name": name,
        "opens": maybe(time_of),
        "closes": maybe(time_of),
    }
    found = list(rows(FILE, columns, text))
    for row in found:
        _check(row)
    for before, row in pairwise(found):
        _check_order(before, row)
    days: dict[Calendar, dict[date, UnusualDay]] = {"equity": {}, "commodity": {}}
    for row in found:
        earlier = days[row["calendar"]].get(row["date"])
        parts = (*(earlier.parts if earlier else ()), (row["opens"], row["closes"]))
        days[row["calendar"]][row["date"]] = UnusualDay(row["kind"], row["name"], parts)
    return days


def _check(row: Row) -> None:
    opens, closes = row["opens"], row["closes"]
    has = {
        "holiday": not opens and not closes,
        "full_session": not opens and not closes,
        "morning_only": not opens and closes,
        "evening_only": opens and not closes,
        "muhurat": bool(opens) == bool(closes),
    }
    if not has.get(row["kind"], opens and closes):
        raise row.wrong("opens", f"these are not the hours of a {row['kind']}")
    if opens and closes and opens >= closes:
        raise row.wrong("closes", f"{closes} is not after {opens}")


def _check_order(before: Row, row: Row) -> None:
    if before["calendar"] != row["calendar"]:
        if row["calendar"] == "equity":
            raise row.wrong("calendar", "the rows of equity come first")
    elif row["date"] < before["date"]:
        raise row.wrong("date", f"{row['date']} stands after {before['date']}")
    elif row["date"] == before["date"]:
        is_part = before["kind"] == row["kind"] == "half_session"
        if not is_part or row["opens"] < before["closes"]:
            raise row.wrong("date", f"{row['date']} stands there twice")
