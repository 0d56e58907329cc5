"""What fires on a day: each market rule is a step from one bucket to the next, so that the day's rows alone decide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from notifier.core.finding import Finding, State, Step
from notifier.core.measure_rules import direction_flip, pcr_cross, straddle_break
from notifier.core.observed import Observed
from notifier.core.oi_rules import buildup_cluster, oi_spike, wall_shift
from notifier.core.rules import RULES, Rule

_STEPS: Final[Mapping[str, Step]] = {
    "oi_spike": oi_spike,
    "wall_shift": wall_shift,
    "pcr_cross": pcr_cross,
    "buildup_cluster": buildup_cluster,
    "straddle_break": straddle_break,
    "direction_flip": direction_flip,
}


@dataclass(frozen=True, slots=True)
class Firing:
    """A finding that is outside its rule's cooldown."""

    rule: Rule
    time: datetime
    spot: float | None
    finding: Finding


MARKET: Final = tuple(_STEPS)
_USUAL: Final = tuple(RULES[name] for name in MARKET)


def firings(day: Sequence[Observed], rules: Sequence[Rule] = _USUAL) -> tuple[Firing, ...]:
    """Return every firing of a chain's day, in order. The same rows and rules give the same firings, whoever asks when."""
    ordered = sorted(day, key=lambda each: each.time)
    found = [firing for rule in rules for firing in _of_rule(rule, ordered)]
    return tuple(sorted(found, key=lambda firing: firing.time))


def _of_rule(rule: Rule, day: Sequence[Observed]) -> list[Firing]:
    state: State = None
    found: list[Firing] = []
    for place, now in enumerate(day):
        after, finding = _STEPS[rule.name](state, day[: place + 1], rule.numbers)
        cools = bool(found) and now.time - found[-1].time < rule.cooldown
        if finding is not None and cools:
            continue  # nobody was told, so the rule goes on from what was: it is told later if it is still so
        state = after
        if finding is not None:
            found.append(Firing(rule, now.time, now.spot, finding))
    return found
