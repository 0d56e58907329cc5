"""What became of each bucket of a chain's day, in one word each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from notifier.core.numbers import day
from notifier.core.text import Text, bold, lines

KINDS: Final = ("live", "quiet", "repaired", "open", "missing")


@dataclass(frozen=True, slots=True)
class ChainDay:
    """`cells` are the buckets that are over, in order."""

    index_name: str
    expiry: date
    cells: tuple[tuple[datetime, str], ...]
    polls: int
    polls_expected: int

    def count(self, kind: str) -> int:
        return sum(1 for _, each in self.cells if each == kind)


def chain_day(
    index_name: str, expiry: date, expected: Iterable[datetime], headers: Mapping[datetime, Mapping[str, Any]]
) -> ChainDay:
    """Return a chain's day. `expected` are the buckets that are over; one without a header is missing."""
    times = sorted(set(expected) | set(headers))
    return ChainDay(
        index_name,
        expiry,
        tuple((time, _kind(headers.get(time))) for time in times),
        sum(header["polls"] for header in headers.values()),
        sum(header["polls_expected"] for header in headers.values()),
    )


def told(on: date, chains: Iterable[ChainDay]) -> Text:
    said = [bold(f"Data of {on:%d %b %Y}")]
    for chain in chains:
        counts = ", ".join(f"{chain.count(kind)} {kind}" for kind in KINDS if chain.count(kind))
        said.append(
            bold(f"{chain.index_name} {day(chain.expiry)}: ")
            + f"{counts or 'no bucket'}; {chain.polls} of {chain.polls_expected} polls"
        )
    return lines(said if len(said) > 1 else [*said, "nothing has been recorded"])


def _kind(header: Mapping[str, Any] | None) -> str:
    if header is None or header["state"] == "missing":
        return "missing"
    if header["polls"] == 0:
        return "repaired" if header["source"] == "backfill" else "missing"
    if header["state"] == "open":
        return "quiet" if not header["changed"] else "open"
    return "live" if header["changed"] else "quiet"
