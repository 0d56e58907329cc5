"""What is sent at all: a number a day, and after an outage one summary in place of many late messages."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from notifier.core.numbers import length
from notifier.core.quiet import SilentHours
from notifier.core.rules import Severity
from notifier.core.text import Text, bold, italic, lines, text
from oi_common.market.buckets import wall_time

# The share of a day's messages that may be gone when one of this severity is still sent: the graver ones, and the
# reports, always find room.
_SHARES: Final[dict[str, float]] = {"info": 0.55, "warning": 0.7, "critical": 0.8, "report": 1.0}
_LISTED: Final = 25
OLDEST: Final = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A note that waits for a chat, as the table holds it."""

    chat_id: int
    event_id: str
    rule: str
    severity: Severity
    at: datetime
    title: str
    text: Text
    picture: str | None

    @property
    def outlasts(self) -> bool:
        """Say whether it is worth as much tomorrow: then it is never merged."""
        return self.rule == "close"


@dataclass(frozen=True, slots=True)
class Load:
    """What one chat is sent now: notes one by one, and those that are merged into a summary."""

    fresh: tuple[Waiting, ...]
    merged: tuple[Waiting, ...]


def has_room(severity: Severity, sent_today: int, most: int) -> bool:
    """Say whether one more message may be sent to a chat on this day."""
    return sent_today < int(most * _SHARES[severity])


def load(
    waiting: Sequence[Waiting], now: datetime, stale_after: timedelta, hours_of: Callable[[str], SilentHours]
) -> Load:
    """Part what waits for one chat. In a rule's silent hours only the critical goes out; one late note goes out as it is."""
    sendable = [note for note in waiting if note.severity == "critical" or not hours_of(note.rule).hold(now)]
    stale = [note for note in sendable if now - note.at > stale_after and not note.outlasts]
    merged = stale if len(stale) > 1 else []
    return Load(tuple(note for note in sendable if note not in merged), tuple(merged))


def summary(merged: Sequence[Waiting], now: datetime) -> Text:
    """Return one message in place of many: what happened meanwhile, in a line each, the gravest never left out."""
    ordered = sorted(merged, key=lambda note: note.at)
    grave = [note for note in ordered if note.severity == "critical"]
    shown = set([*grave, *reversed([note for note in ordered if note not in grave])][:_LISTED])
    since, until = wall_time(ordered[0].at), wall_time(ordered[-1].at)
    said: list[Text | str] = [
        text("🕗 ", bold(f"{len(ordered)} messages of {since:%H:%M} to {until:%H:%M}, too late to act on")),
        italic(f"they could not be sent then; the newest is {length(now - ordered[-1].at)} old"),
        *(f"{wall_time(note.at):%H:%M}  {note.title}" for note in ordered if note in shown),
    ]
    if len(ordered) > len(shown):
        said.append(f"and {len(ordered) - len(shown)} more")
    return lines(said)


def late(said: Text, at: datetime, now: datetime, stale_after: timedelta) -> Text:
    """Return a note with a word on its age, when that is worth one."""
    return said + "\n" + italic(f"{length(now - at)} late") if now - at > stale_after else said


def unsure_footer(titles: Sequence[str]) -> Text:
    """Return what is said of messages of which nobody knows whether they arrived."""
    return lines([italic("may or may not have arrived:"), *titles])
