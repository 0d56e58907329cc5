"""The health rules: facts in, notes out. Each episode has an id of its own, so that it is told once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from notifier.core.notes import Note
from notifier.core.numbers import length, rupees
from notifier.core.rules import RULES, Rule
from notifier.core.text import Text, bold, italic, lines, text
from oi_common.market.buckets import wall_time
from oi_common.market.sessions import TradingSession

_MARKS = {"critical": "🔴", "warning": "🟠", "info": "🔵", "report": "⚪"}
_FORGOTTEN = timedelta(minutes=30)  # a service that has been gone so long was taken away on purpose
_OURSELVES = "notifier"  # whoever looks is alive
_OVER = ":over"
LASTING = ("stale", "service_down")  # the rules whose end is told, too


@dataclass(frozen=True, slots=True)
class Gap:
    """A hole of one underlying, of all its chains together. Times are IST wall time."""

    index_name: str
    since: datetime
    until: datetime
    buckets: int
    is_repaired: bool
    noticed_at: datetime


@dataclass(frozen=True, slots=True)
class Beat:
    """The last heartbeat of a service, of whichever replica."""

    service: str
    at: datetime
    status: str


@dataclass(frozen=True, slots=True)
class Episode:
    """Something that lasts, as it was told: of which index or service, `at` when, and since when it was silent."""

    event_id: str
    at: datetime

    @property
    def rule(self) -> str:
        return self.event_id.split(":", 2)[0]

    @property
    def of(self) -> str:
        return self.event_id.split(":", 2)[1]

    @property
    def since(self) -> datetime:
        return datetime.fromisoformat(self.event_id.split(":", 2)[2])


def lasting(told: Mapping[str, datetime]) -> list[Episode]:
    """Return the episodes of which the end has not been told; `told` holds when each note of the kind was."""
    return [
        Episode(event_id, at)
        for event_id, at in told.items()
        if not event_id.endswith(_OVER) and event_id + _OVER not in told
    ]


def stale(
    fed: Mapping[str, datetime | None],
    now: datetime,
    session: TradingSession | None,
    rule: Rule = RULES["stale"],
) -> list[Note]:
    """Return a note for each underlying without a poll for too long while its market is open."""
    patience = timedelta(minutes=rule.numbers["minutes"])
    if session is None or not session.holds(now):
        return []
    notes = []
    for name, last in fed.items():
        since = max(last or session.opens, session.opens)
        if now - since >= patience:
            told = f"{wall_time(last):%H:%M:%S}" if last else "none today"
            why = {"last poll": told, "for": f"{length(now - since)} (fires at {length(patience)})"}
            title = f"{name}: no data since {wall_time(since):%H:%M}"
            notes.append(_note(rule, f"stale:{name}:{since.isoformat()}", title, now, why, name))
    return notes


def gaps(found: Sequence[Gap], rule: Rule = RULES["gap"]) -> list[Note]:
    notes = []
    for gap in found:
        if gap.buckets < rule.numbers["buckets"]:
            continue
        span = f"{gap.since:%H:%M} to {gap.until + timedelta(minutes=3):%H:%M}"
        state = "repaired from the broker's history" if gap.is_repaired else "repair is under way"
        why = {
            "hole": f"{span}, {gap.buckets} buckets (fires at {rule.numbers['buckets']:g})",
            "state": state,
        }
        event_id = f"gap:{gap.index_name}:{gap.since.isoformat()}"
        title = f"{gap.index_name}: {gap.buckets} buckets missed"
        notes.append(_note(rule, event_id, title, gap.noticed_at, why, gap.index_name))
    return notes


def down(
    beats: Sequence[Beat], wall: datetime, now: datetime, rule: Rule = RULES["service_down"]
) -> list[Note]:
    """Return a note for each service of which no replica lives. Heartbeats are of real time, `now` is the market's."""
    patience = timedelta(seconds=rule.numbers["seconds"])
    notes = []
    for beat in beats:
        silent = wall - beat.at
        if beat.service == _OURSELVES:
            continue
        if beat.status != "stopping" and patience <= silent < _FORGOTTEN:
            why = {
                "last heartbeat": f"{length(silent)} ago (fires at {length(patience)})",
                "it said": beat.status,
            }
            event_id = f"service_down:{beat.service}:{beat.at.isoformat()}"
            notes.append(_note(rule, event_id, f"{beat.service} is down", now, why, topic=beat.service))
    return notes


def budget(spent: float | None, of: float | None, now: datetime, rule: Rule = RULES["budget"]) -> list[Note]:
    """Return a note when a share of the AI's daily budget is gone, and one more when all of it is."""
    if spent is None or of is None:
        return []
    reached = [share for share in (rule.numbers["share"], rule.numbers["all"]) if spent >= share * of]
    if not reached:
        return []
    share = max(reached)
    why = {"spent": f"{rupees(spent)} of {rupees(of)} (fires at {100 * share:.0f} %)"}
    title = f"AI budget: {100 * spent / of:.0f} % spent"
    day: date = wall_time(now).date()
    return [_note(rule, f"budget:{day}:{share:g}", title, now, why, topic=f"{share:g}")]


def ended(
    episodes: Sequence[Episode], fed: Mapping[str, datetime | None], beats: Sequence[Beat], now: datetime
) -> list[Note]:
    """Return a note for each episode that is over: data came, or the service lives again.

    One that merely is no longer asked about (the market has closed, the service was taken away) gets none.
    """
    lives = {beat.service: beat.at for beat in beats if beat.status != "stopping"}
    signs: dict[str, Mapping[str, datetime | None]] = {"stale": fed, "service_down": lives}
    notes = []
    for episode in episodes:
        sign = signs[episode.rule].get(episode.of)
        if sign is not None and sign > episode.since:
            notes.append(_over(episode, now))
    return notes


def _over(episode: Episode, now: datetime) -> Note:
    # Data are missed from the last poll on; a heartbeat is of real time, which is not the market's.
    since = episode.since if episode.rule == "stale" else episode.at
    title = f"{episode.of} is back after {length(now - since)}"
    topic = f"{episode.rule}:{episode.of}{_OVER}"[:100]
    return Note(
        f"{episode.event_id}{_OVER}", episode.rule, topic, "info", now, title, text("✅ ", bold(title)),
        index_name=episode.of if episode.rule == "stale" else None, follows=episode.event_id,
    )  # fmt: skip


def _note(
    rule: Rule,
    event_id: str,
    title: str,
    at: datetime,
    why: Mapping[str, str],
    index_name: str | None = None,
    topic: str | None = None,
) -> Note:
    said: list[Text | str] = [text(_MARKS[rule.severity], " ", bold(title)), f"{wall_time(at):%H:%M}"]
    said += [text(italic(f"{what}: "), value) for what, value in why.items()]
    return Note(
        event_id, rule.name, f"{rule.name}:{index_name or topic}", rule.severity, at, title, lines(said),
        index_name=index_name, cooldown=rule.cooldown,
    )  # fmt: skip
