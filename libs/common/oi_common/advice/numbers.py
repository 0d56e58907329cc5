"""The numbers in a text, as Indian traders write them, and whether facts bear them out."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Final

from oi_common.advice.evidence import Evidence, Value

_UNITS: Final[Mapping[str, float]] = {
    "lakh": 1e5,
    "lakhs": 1e5,
    "lac": 1e5,
    "lacs": 1e5,
    "l": 1e5,
    "crore": 1e7,
    "crores": 1e7,
    "cr": 1e7,
    "k": 1e3,
    "thousand": 1e3,
    "mn": 1e6,
    "million": 1e6,
}
_PERCENT: Final = {"%", "percent", "pct"}
# Atomic, so that no number is taken for a part of itself.
_DIGITS: Final = r"(?>\d{1,3}(?:,\d{2,3})+(?:\.\d+)?|\d+(?:\.\d+)?|(?<!\w)\.\d+)"
_NUMBER: Final = re.compile(
    rf"(?P<digits>{_DIGITS})(?P<exponent>[eE][+-]?\d{{1,3}}(?!\w))?"
    r"\s?(?P<unit>lakhs?|lacs?|crores?|thousand|million|percent|per\scent|pct|mn|cr|%|l|k)?(?![A-Za-z])",
    re.IGNORECASE,
)
_BARE: Final = re.compile(_DIGITS)
_MOMENT: Final = re.compile(r"\b(?:\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?)?|\d{1,2}:\d{2}(?::\d{2})?)\b")
_LABEL: Final = re.compile(r"\b[A-Za-z]\d\b")  # R1, S2, T1
_WINDOW: Final = re.compile(r"[._](\d{1,3})[sm]\b")  # momentum.12s, oi_change.15m
_SLACK: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Quoted:
    """A number as it was written: its size, and by how much the writing may have rounded it."""

    text: str
    value: float
    rounding: float
    is_percent: bool = False


def numbers_in(text: str) -> Iterator[Quoted]:
    """Yield the numbers of a text, without signs: `12.3 lakh` is 1,230,000 give or take 5,000."""
    taken = 0
    while found := _BARE.search(text, taken):
        whole = _NUMBER.match(text, found.start()) or found
        taken = whole.end()
        yield _quoted(whole)


def _quoted(found: re.Match[str]) -> Quoted:
    parts = found.groupdict()
    digits = (parts.get("digits") or found.group()).replace(",", "")
    unit = (parts.get("unit") or "").lower().replace("per cent", "percent")
    scale = _UNITS.get(unit, 1.0) * float(f"1{parts.get('exponent') or ''}")
    decimals = len(digits.partition(".")[2])
    return Quoted(found.group(), float(digits) * scale, 0.5 * 10**-decimals * scale, unit in _PERCENT)


def unfounded(text: str, evidence: Evidence, also: Iterable[float] = ()) -> str | None:
    """Return the first number or time of a text that the evidence does not bear out; None when all are.

    `also` are numbers that are checked elsewhere, such as the answer's own prices. Windows named in ids, as the 12
    of `momentum.12s`, may be named.
    """
    for name in sorted(evidence.facts, key=len, reverse=True):
        if "." in name:
            text = text.replace(name, " ")
    for moment in _MOMENT.findall(text):
        if not any(moment in told for told in _moments(evidence)):
            return str(moment)
    known = sorted({abs(value) for value in (*_known(evidence), *also)})
    rest = _LABEL.sub(" ", _MOMENT.sub(" ", text))
    return next((quoted.text for quoted in numbers_in(rest) if not _is_borne_out(quoted, known)), None)


def _is_borne_out(quoted: Quoted, known: Sequence[float]) -> bool:
    if _is_near(quoted.value, quoted.rounding, known):
        return True
    # A share, such as a wall's strength, may be told in percent.
    return quoted.is_percent and _is_near(quoted.value / 100, quoted.rounding / 100, known)


def _is_near(value: float, rounding: float, known: Sequence[float]) -> bool:
    if not isfinite(value):
        return False
    slack = rounding + _SLACK * max(1.0, value)
    place = bisect_left(known, value - slack)
    return place < len(known) and known[place] <= value + slack


def _known(evidence: Evidence) -> Iterator[float]:
    for name, value in evidence.facts.items():
        yield from _values(value)
        yield from (float(window) for window in _WINDOW.findall(name))


def _values(value: Value) -> Iterator[float]:
    if isinstance(value, list):
        yield from (float(each) for each in value)
    elif not isinstance(value, str):
        yield float(value)


def _moments(evidence: Evidence) -> Iterator[str]:
    yield evidence.as_of
    yield from (value for value in evidence.facts.values() if isinstance(value, str))
