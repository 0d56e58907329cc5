"""One stream on its way to disk: what was read and is not written yet."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path

from oi_cli.record.files import BEGINNING, folder_of, note_hole, position_of
from oi_cli.record.inputs import Input, Recorded, day_of
from oi_cli.record.parquet import BYTES_TOGETHER, ROWS_TOGETHER, write_part
from oi_common.events import DayClosed
from oi_common.trimming import EntryId


@dataclass(frozen=True, slots=True)
class TapePolicy:
    """How much, and how long, entries may wait in memory. What waits is still in Redis."""

    rows: int = ROWS_TOGETHER
    size: int = BYTES_TOGETHER
    every: timedelta = timedelta(minutes=5)


class Tape:
    """Takes entries in order and writes them as parts, each of one day."""

    def __init__(
        self, recordings: Path, recorded: Input, today: date, policy: TapePolicy | None = None
    ) -> None:
        self.input = recorded
        self._recordings = recordings
        self._policy = policy or TapePolicy()
        self._day = today  # of an entry that does not say, until one does
        self._waiting: list[tuple[date, Recorded]] = []
        self._size = 0
        self._since = 0.0
        self._hole: tuple[EntryId, EntryId] | None = None
        self.written = position_of(recordings, recorded)

    @property
    def read(self) -> EntryId:
        """The last entry that was taken."""
        return self._waiting[-1][1].id if self._waiting else self.written

    @property
    def is_full(self) -> bool:
        """A day's end is written at once: it is looked for on the disk."""
        rows = 1 if self.input.kind == DayClosed.kind else self._policy.rows
        return len(self._waiting) >= rows or self._size >= self._policy.size

    @property
    def is_due(self) -> bool:
        waits = time.monotonic() - self._since
        return bool(self._waiting) and (self.is_full or waits >= self._policy.every.total_seconds())

    def take(self, entries: Sequence[Recorded]) -> None:
        if not self._waiting:
            self._since = time.monotonic()
        for entry in entries:
            self._day = day_of(self.input.kind, entry.fields) or self._day
            self._waiting.append((self._day, entry))
            self._size += sum(map(len, entry.fields.values()))

    def miss(self, until: EntryId) -> None:
        """Note that entries after the last one taken, up to `until`, are gone for good."""
        if self.read != BEGINNING:
            self._hole = (self.read, until)

    def write(self) -> None:
        """Write what waits. Days are written in the entries' order, so that the last id on disk is the position."""
        for day, run in groupby(self._waiting, key=lambda waiting: waiting[0]):
            entries = [entry for _, entry in run]
            folder = folder_of(self._recordings, day, self.input)
            if self._hole is not None:
                note_hole(folder, *self._hole)
                self._hole = None
            self.written = write_part(folder, self.input, day, entries).last
        self._waiting, self._size = [], 0
