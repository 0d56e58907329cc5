"""Which numbers of a rule a chat may choose: in the units that it reads, and how far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from notifier.core.rules import Rule

_AGAIN: Final = "_again"


@dataclass(frozen=True, slots=True)
class Dial:
    """One number of a rule, from `lowest` to `highest` in its unit. `worth` is what one unit is in the rule's numbers.

    `step` is what a press of a button adds.
    """

    word: str
    number: str
    unit: str
    lowest: float
    highest: float
    step: float
    worth: float = 1.0
    is_whole: bool = False

    def of(self, numbers: Mapping[str, float]) -> float:
        """Return the number in the dial's unit."""
        return round(numbers[self.number] / self.worth, 6)

    def said(self, value: float) -> str:
        return f"{value:g} {self.unit}".strip()


THRESHOLD: Final = "threshold"
AGAIN: Final = "again"
COOLDOWN: Final = Dial("cooldown", "", "min", 0, 720, step=15)

# The first of each is what a bare number means, unless it is not called the threshold.
DIALS: Final[Mapping[str, Sequence[Dial]]] = {
    "oi_spike": (
        Dial(THRESHOLD, "side_share", "%", 0.1, 50, 0.25, worth=0.01),
        Dial("own", "own_percent", "%", 0, 500, 5),
        Dial(AGAIN, "side_share_again", "%", 0, 50, 0.25, worth=0.01),
    ),
    "wall_shift": (Dial(THRESHOLD, "lead", "%", 0, 100, 1, worth=0.01),),
    "pcr_cross": (
        Dial("low", "low", "", 0.1, 5, 0.05),
        Dial("middle", "middle", "", 0.1, 5, 0.05),
        Dial("high", "high", "", 0.1, 5, 0.05),
        Dial(AGAIN, "beyond", "", 0, 0.5, 0.01),
    ),
    "buildup_cluster": (
        Dial(THRESHOLD, "share", "%", 55, 100, 5, worth=0.01),
        Dial(AGAIN, "share_again", "%", 51, 100, 5, worth=0.01),
        Dial("strikes", "strikes", "strikes", 1, 20, 1, is_whole=True),
        Dial("legs", "legs", "legs", 2, 82, 1, is_whole=True),
    ),
    "straddle_break": (
        Dial(THRESHOLD, "percent", "%", 0.5, 100, 1),
        Dial(AGAIN, "percent_again", "%", 0, 100, 0.5),
        Dial("buckets", "buckets", "buckets", 4, 125, 5, is_whole=True),
    ),
    "direction_flip": (
        Dial(THRESHOLD, "confidence", "", 0, 100, 5),
        Dial("buckets", "buckets", "buckets", 1, 20, 1, is_whole=True),
    ),
    "oi_jump": (
        Dial(THRESHOLD, "percent", "%", 1, 1000, 5),
        Dial("units", "units", "lakh", 0.1, 1000, 1, worth=100_000),
    ),
    "stale": (Dial(THRESHOLD, "minutes", "min", 2, 60, 1),),
    "gap": (Dial(THRESHOLD, "buckets", "buckets", 1, 125, 1, is_whole=True),),
    "budget": (Dial(THRESHOLD, "share", "%", 5, 99, 5, worth=0.01),),
    "service_down": (Dial(THRESHOLD, "seconds", "s", 20, 900, 10),),
}


def dial_of(rule: Rule, word: str) -> Dial | None:
    return next((dial for dial in DIALS[rule.name] if dial.word == word), None)


def turned(rule: Rule, chosen: Mapping[str, float]) -> dict[str, float]:
    """Return a rule's numbers with a chat's in them. What re-arms it follows its threshold, unless that is chosen, too."""
    numbers = {**rule.numbers, **{name: value for name, value in chosen.items() if name in rule.numbers}}
    for dial in DIALS[rule.name]:
        threshold = dial.number.removesuffix(_AGAIN)
        if dial.number.endswith(_AGAIN) and dial.number not in chosen:
            share = numbers[threshold] / rule.numbers[threshold]
            numbers[dial.number] = max(rule.numbers[dial.number] * share, dial.lowest * dial.worth)
    return numbers


def disorder(rule: Rule, numbers: Mapping[str, float]) -> str | None:
    """Return why a rule's numbers do not go together; None when they do."""
    for dial in DIALS[rule.name]:
        threshold = numbers[dial.number.removesuffix(_AGAIN)]
        if dial.number.endswith(_AGAIN) and numbers[dial.number] > threshold:
            most = dial.said(round(threshold / dial.worth, 6))
            return f"again {dial.said(dial.of(numbers))} is above the threshold: at most {most}"
    levels = [dial for dial in DIALS[rule.name] if dial.word in {"low", "middle", "high"}]
    for lower, higher in pairwise(levels):
        if numbers[lower.number] >= numbers[higher.number]:
            return f"{lower.word} {lower.of(numbers):g} is not below {higher.word} {higher.of(numbers):g}"
    if "legs" in numbers and numbers["legs"] > (most_legs := 2 * (2 * numbers["strikes"] + 1)):
        return f"legs {numbers['legs']:g} is more than {numbers['strikes']:g} strikes on each side have: at most {most_legs:g}"
    return None
