"""Events in, notes into the outbox. Nothing is sent here: see `courier`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final, Protocol

from notifier.core import messages
from notifier.core.audience import Heard, heard
from notifier.core.choices import Choices
from notifier.core.digest import OLDEST
from notifier.core.findings import MARKET, Firing, firings
from notifier.core.notes import Note
from notifier.core.observed import Observed
from notifier.core.pictures import Kind
from notifier.core.record import Record
from oi_common.clock import Clock
from oi_common.effects import NOTHING, Effects
from oi_common.events import AlertRaised, DecisionMade, OiChanged, SnapshotSaved, TradeFilled
from oi_common.market.buckets import wall_time

# When the nearest chain of each index is shown, and how.
_BRIEFS: Final[Sequence[tuple[time, Kind]]] = (
    (time(9, 30), "chain"),
    (time(12, 0), "day"),
    (time(14, 30), "oi"),
)
_BRIEF_LASTS: Final = timedelta(minutes=21)


class NoteKeeper(Protocol):
    async def put(self, notes: Sequence[Note], now: datetime) -> None: ...
    async def choices(self) -> Mapping[int, Choices]: ...


class ChainReader(Protocol):
    async def expiries(self, index_name: str, on: date) -> list[date]: ...
    async def day(self, index_name: str, expiry: date, until: datetime) -> list[Mapping[str, Any]]: ...
    async def history(self, index_name: str, expiry: date, until: datetime) -> list[Observed]: ...
    async def filled_at(self, trade_id: str, action: str) -> datetime | None: ...


class RecordKeeper(Protocol):
    async def all(self) -> dict[str, Record]: ...
    async def note(self, key: str, index_name: str, expiry: date, time: datetime, leaning: str) -> None: ...


class Notifier:
    """One of possibly many replicas: what it keeps is keyed by what is told, so that any of them may keep it."""

    def __init__(
        self, outbox: NoteKeeper, ledger: ChainReader, records: RecordKeeper, clock: Clock, off: Sequence[str]
    ) -> None:
        self._outbox = outbox
        self._ledger = ledger
        self._records = records
        self._clock = clock
        self._off = frozenset(off)

    async def on_snapshot(self, event: SnapshotSaved) -> Effects:
        """Ask the market rules about the day so far. Only the nearest chain of an index is watched."""
        at = event.feed_time or event.time
        if event.state != "saved" or event.source != "live" or self._is_old(at):
            return NOTHING
        until = wall_time(event.time)
        expiries = await self._ledger.expiries(event.index_name, until.date())
        if expiries and event.expiry == expiries[0]:
            notes = [*await self._fired(event, until), *await self._brief(event, until)]
            await self._outbox.put(notes, self._clock.now())
        return NOTHING

    async def on_change(self, event: OiChanged) -> Effects:
        """Tell of a contract that jumped within one poll, without waiting for the bucket."""
        if event.source != "live" or self._is_old(event.feed_time):
            return NOTHING
        records, choices = await self._records.all(), await self._outbox.choices()
        notes = [await self._jumped(each, event, records) for each in heard("oi_jump", choices)]
        await self._outbox.put([note for note in notes if note is not None], self._clock.now())
        return NOTHING

    async def on_decision(self, event: DecisionMade) -> Effects:
        note = messages.of_decision(event)
        if note is not None and not self._is_old(event.event_time):
            await self._outbox.put([note], self._clock.now())
        return NOTHING

    async def on_trade(self, event: TradeFilled) -> Effects:
        # The event has no moment of its own; the row, which is written first, has.
        now = self._clock.now()
        at = await self._ledger.filled_at(event.trade_id, event.action) or now
        if not self._is_old(at):
            await self._outbox.put([messages.of_trade(event, at)], now)
        return NOTHING

    async def on_alert(self, event: AlertRaised) -> Effects:
        if not self._is_old(event.raised_at) and event.rule not in self._off:
            await self._outbox.put([messages.of_alert(event)], self._clock.now())
        return NOTHING

    async def _fired(self, event: SnapshotSaved, until: datetime) -> list[Note]:
        history = await self._ledger.history(event.index_name, event.expiry, until)
        choices = await self._outbox.choices()
        fired = [
            (each, firing)
            for name in MARKET
            for each in heard(name, choices)
            for firing in firings(history, [each.rule])
            if firing.time == until
        ]
        if not fired:
            return []
        records = await self._records.all()
        return [note for each in fired if (note := await self._told(*each, event, records)) is not None]

    async def _told(
        self, setting: Heard, firing: Firing, event: SnapshotSaved, records: Mapping[str, Record]
    ) -> Note | None:
        """Keep that a rule fired, and return its note; None for a rule that is silent or off."""
        rule = firing.rule
        await self._records.note(
            rule.key, event.index_name, event.expiry, firing.time, firing.finding.leaning
        )
        record = records.get(rule.key, Record())
        if rule.name in self._off or record.is_silent:
            return None
        return replace(
            messages.of_firing(firing, event.index_name, event.expiry, record), chats=setting.chats
        )

    async def _jumped(self, setting: Heard, event: OiChanged, records: Mapping[str, Record]) -> Note | None:
        rule = setting.rule
        record = records.get(rule.key, Record())
        jump = messages.of_jump(event, record, rule)
        if jump is None:
            return None
        note, leg = jump
        bucket = wall_time(event.time)
        await self._records.note(rule.key, event.index_name, event.expiry, bucket, leg.leaning or "move")
        if rule.name in self._off or record.is_silent:
            return None
        return replace(note, chats=setting.chats)

    async def _brief(self, event: SnapshotSaved, until: datetime) -> list[Note]:
        for slot, kind in _BRIEFS:
            begins = datetime.combine(until.date(), slot)
            if begins <= until < begins + _BRIEF_LASTS:
                rows = await self._ledger.day(event.index_name, event.expiry, until)
                return [messages.brief(row, f"{slot:%H:%M}", kind) for row in rows if row["time"] == until]
        return []

    def _is_old(self, at: datetime) -> bool:
        """Say whether it is not even worth a line in a summary."""
        return self._clock.now() - at > OLDEST
