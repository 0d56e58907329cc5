"""What the AI loops told and asked on a day, by loop: requests to models against the seconds there were."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import Connection, func, select

from oi_common.database import on_day
from oi_common.tables import ai_calls, ai_decisions

# What a loop that asks each second of a session makes of one index, as the predecessor's did.
ASKED_EACH_SECOND: Final = 22_500


@dataclass(frozen=True, slots=True)
class Advised:
    """One loop's day: `seconds` are market seconds of all indices, from each one's first decision to its last."""

    loop: str
    by_model: int
    by_rules: int
    seconds: int
    calls: int
    rupees: float

    @property
    def said(self) -> str:
        told = self.by_model + self.by_rules
        return (
            f"{self.loop}: {told} decisions told ({self.by_model} by a model, {self.by_rules} by rules); "
            f"{self.calls} requests to models in {self.seconds} market seconds{self._pace}, ₹{self.rupees:.2f}"
        )

    @property
    def _pace(self) -> str:
        """Say how many a day of one index would have, where there were any."""
        if not self.calls or not self.seconds:
            return ""
        a_day = round(self.calls / self.seconds * ASKED_EACH_SECOND)
        return f" ({a_day:,} a day for an index, where one each second makes {ASKED_EACH_SECOND:,})"


def read_advised(connection: Connection, day: date) -> tuple[Advised, ...]:
    """Return what each loop did on a day, nothing for one that told nothing."""
    told, asked = _told(connection, day), _asked(connection, day)
    return tuple(
        _advised(loop, [each for each in told if each.loop == loop], *asked.get(loop, (0, 0.0)))
        for loop in sorted({each.loop for each in told})
    )


class _Told(NamedTuple):
    """The decisions of one loop about one index by one engine."""

    loop: str
    index_name: str
    engine: str
    number: int
    first: datetime
    last: datetime


def _told(connection: Connection, day: date) -> list[_Told]:
    of = ai_decisions.c
    key = of.loop, of.index_name, of.engine
    query = select(*key, func.count(), func.min(of.time), func.max(of.time)).group_by(*key)
    return [_Told(*row) for row in connection.execute(query.where(*on_day(of.time, day)))]


def _asked(connection: Connection, day: date) -> dict[str, tuple[int, float]]:
    of, calls = ai_decisions.c, ai_calls.c
    query = (
        select(calls.loop, func.count(), func.sum(calls.cost_inr))
        .join(ai_decisions, of.event_id == calls.event_id)
        .where(*on_day(of.time, day))
        .group_by(calls.loop)
    )
    return {loop: (number, float(rupees or 0)) for loop, number, rupees in connection.execute(query)}


def _advised(loop: str, told: list[_Told], calls: int, rupees: float) -> Advised:
    spans = [
        [each for each in told if each.index_name == name] for name in {each.index_name for each in told}
    ]
    lengths = [max(each.last for each in span) - min(each.first for each in span) for span in spans]
    seconds = round(sum(lengths, timedelta()).total_seconds())
    by_model = sum(each.number for each in told if each.engine == "llm")
    by_rules = sum(each.number for each in told if each.engine == "rules")
    return Advised(loop, by_model, by_rules, seconds, calls, rupees)
