"""Entries of a scorecard, each in a half hour of its own."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from oi_cli.score.cases import Case, Cost, Scores

NINE = datetime(2026, 11, 2, 9, 30)  # noqa: DTZ001 - wall time as the tables hold it
DAY = NINE.date()


def case(number: int = 0, net: str | None = "100.00", *, minutes: int | None = None, **changes: Any) -> Case:
    """Return an entry; each in a half hour of its own unless `minutes` says when."""
    at = NINE + timedelta(minutes=30 * number if minutes is None else minutes)
    money = None if net is None else Decimal(net)
    whole = Case(
        event_id=f"decisions:{number}:{at}", loop="minimal", engine="llm", horizon="path", time=at, index_name="NIFTY",
        days_to_expiry=1, confidence=Decimal(60), exit_reason="target", gross=money and money + 60,
        charges=Decimal(60), net=money, hit=None if money is None else money > 0,
    )  # fmt: skip
    return replace(whole, **changes)


def cases(hits: int, misses: int) -> list[Case]:
    nets = ["100.00"] * hits + ["-60.00"] * misses
    return [case(number, net) for number, net in enumerate(nets)]


def scores(
    *entries: Case, passed: dict[tuple[str, str], int] | None = None, costs: tuple[Cost, ...] = ()
) -> Scores:
    return Scores(DAY, DAY, entries, passed or {}, costs)
