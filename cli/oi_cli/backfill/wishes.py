"""What may be asked for: which indices, and which days."""

from dataclasses import dataclass
from datetime import date, timedelta

from oi_common.market.sessions import session_on
from oi_common.market.underlyings import segment_of


@dataclass(frozen=True, slots=True)
class Wishes:
    """The trading days of each index, and the days on which none of them trades."""

    days: dict[str, tuple[date, ...]]
    closed: tuple[date, ...]


class Refused(ValueError):
    """This cannot be asked for. `option` is the one to change."""

    def __init__(self, option: str, said: str) -> None:
        super().__init__(said)
        self.option = option


def span(day: date | None, first: date | None, last: date | None) -> tuple[date, date]:
    """Return the first and the last day that was meant. Raises Refused when that cannot be said."""
    if day is not None:
        if first is not None or last is not None:
            raise Refused("--day", "is for one day: give either --day, or --from and --to")
        return day, day
    if first is None:
        raise Refused("--from", "say which day: --day 2026-11-18, or --from 2026-11-16 --to 2026-11-20")
    if last is not None and last < first:
        raise Refused("--to", f"{last} is before {first}")
    return first, last or first


def wishes(indices: tuple[str, ...], first: date, last: date, today: date) -> Wishes:
    """Return the trading days between both, which are included. Raises Refused for days that are yet to come."""
    if last > today:
        raise Refused("--to" if last > first else "--from", f"{last} is yet to come: today is {today}")
    every = tuple(first + timedelta(days=number) for number in range((last - first).days + 1))
    days = {name: tuple(day for day in every if trades(name, day)) for name in indices}
    traded = {day for of_index in days.values() for day in of_index}
    if not traded:
        raise Refused("--from", f"the market was closed from {first} to {last}")
    return Wishes(
        {name: of_index for name, of_index in days.items() if of_index},
        tuple(day for day in every if day not in traded),
    )


def trades(name: str, day: date) -> bool:
    return session_on(segment_of(name), day) is not None
