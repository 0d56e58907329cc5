"""Recorded time, and the turns in which entries are fed: what belongs to no order may go together."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from oi_cli.record.inputs import TICKS, Fields, Input, told_at
from oi_cli.replay.recording import Came


class Timed(NamedTuple):
    """An entry and the recorded time at which it came."""

    at: datetime
    input: Input
    fields: Fields


@dataclass(slots=True)
class Turn:
    """Entries that are fed at once. Of each underlying's ledger streams it has one alone."""

    at: datetime
    entries: list[Timed] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class TurnPolicy:
    """How much recorded time, and how many entries, a turn may span."""

    spans: timedelta
    entries: int = 500


def timed(entries: Iterable[Came]) -> Iterator[Timed]:
    """Give every entry its time: the latest moment at which our own clock, up to it, said that something was told.

    Entry ids will not do: they are real time, and a simulated day has a time of its own.
    """
    now: datetime | None = None
    early: list[Came] = []
    for entry in entries:
        told = told_at(entry.input.kind, entry.fields)
        if told is not None and (now is None or told > now):
            now = told
        if now is None:
            early.append(entry)
            continue
        yield from (Timed(now, each.input, each.fields) for each in (*early, entry))
        early = []


def turns(entries: Iterable[Timed], policy: TurnPolicy) -> Iterator[Turn]:
    """Part entries into turns.

    A consumer that reads several streams takes them in an order of its own. It has the recorded order when no turn
    has entries of two of them, and the next one waits until this one is handled.
    """
    turn: Turn | None = None
    feeds: dict[str, str] = {}
    for entry in entries:
        kind, underlying = entry.input
        changes = kind != TICKS and feeds.get(underlying, kind) != kind
        if turn is not None and (changes or _is_over(turn, entry, policy)):
            yield turn
            turn, feeds = None, {}
        if turn is None:
            turn = Turn(entry.at)
        turn.entries.append(entry)
        if kind != TICKS:
            feeds[underlying] = kind
    if turn is not None:
        yield turn


def _is_over(turn: Turn, entry: Timed, policy: TurnPolicy) -> bool:
    return entry.at - turn.at > policy.spans or len(turn.entries) >= policy.entries
