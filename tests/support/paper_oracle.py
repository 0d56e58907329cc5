"""When a position must be closed, found out the slow way: by looking back over the whole path for every tick.

Prices are whole ticks of 0.05 rupees.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import floor
from typing import NamedTuple

from paper_trader.core.rules import Rules


class Step(NamedTuple):
    """One tick: of the index, or of the held option."""

    is_index: bool
    at: datetime
    ltp: int
    bid: int | None
    ask: int | None


@dataclass(frozen=True)
class Bought:
    """What was bought, when, at what price, and the levels that were decided."""

    at: datetime
    price: int
    last: int
    stop: int
    target: int
    opens: datetime
    closes: datetime


def first_exit(path: Sequence[Step], held: Bought, rules: Rules) -> tuple[int, str] | None:
    """Return the place and the reason of the first tick that must close the position."""
    for place, step in enumerate(path):
        if not held.opens <= step.at < held.closes or not counts(path[:place], step, held):
            continue
        reason = (None if step.is_index else by_price(path[:place], step, held, rules)) or by_clock(
            step, held, rules
        )
        if reason:
            return place, reason
    return None


def counts(before: Sequence[Step], step: Step, held: Bought) -> bool:
    """A tick of the option must not be older than its last, one of the index must be newer than all that counted."""
    if not step.is_index:
        return all(step.at >= each.at for each in of_option(before, held)) and step.at >= held.at
    counted = [
        each.at
        for place, each in enumerate(before)
        if each.is_index or each in of_option(before[: place + 1], held)
    ]
    return step.at > max([held.at, *counted])


def of_option(path: Sequence[Step], held: Bought) -> list[Step]:
    """Return the option's ticks that say something: inside the session, and not older than the one before."""
    found: list[Step] = []
    for step in path:
        newest = found[-1].at if found else held.at
        if not step.is_index and step.at >= newest and held.opens <= step.at < held.closes:
            found.append(step)
    return found


def by_price(before: Sequence[Step], step: Step, held: Bought, rules: Rules) -> str | None:
    stop = stop_after(of_option(before, held), held, rules)
    if step.ltp <= stop:
        return "stop" if stop == held.stop else "trailing_stop"
    return "target" if (step.ltp if step.bid is None else step.bid) >= held.target else None


def stop_after(ticks: Sequence[Step], held: Bought, rules: Rules) -> int:
    """Return the stop as all these ticks leave it: the highest that any of them set."""
    stops, risk = [held.stop], held.price - held.stop
    for upto in range(1, len(ticks) + 1):
        high = max(held.last, *(tick.ltp for tick in ticks[:upto]))
        if rules.trail_by is not None and high >= held.price + rules.trail_after * risk:
            stops.append(floor(high - rules.trail_by * risk))
    return max(stops)


def by_clock(step: Step, held: Bought, rules: Rules) -> str | None:
    if rules.square_off is not None and step.at >= held.closes - rules.square_off:
        return "square_off"
    return "time_exit" if rules.hold is not None and step.at - held.at >= rules.hold else None
