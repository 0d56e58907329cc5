"""A recorded day, opened: its entries in the order in which they came."""

import heapq
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

from oi_cli.record.day_settings import DaySettings, settings_of
from oi_cli.record.files import days_in, holes_in, inputs_in, parts_in
from oi_cli.record.finishing import folder_of_day, indices_in
from oi_cli.record.inputs import KINDS, Fields, Input
from oi_cli.record.parquet import count_entries, read_parts
from oi_common.errors import Misconfigured
from oi_common.market.underlyings import segment_of
from oi_common.trimming import EntryId

_RANK = {kind: rank for rank, kind in enumerate(KINDS)}


class Came(NamedTuple):
    """One entry, and the stream that it came on."""

    id: EntryId
    input: Input
    fields: Fields


@dataclass(frozen=True, slots=True)
class Recording:
    """One day of the recordings."""

    folder: Path
    day: date
    indices: tuple[str, ...]

    @property
    def segment(self) -> str:
        return segment_of(self.indices[0])

    @property
    def holes(self) -> list[str]:
        return holes_in(self.folder)

    @property
    def settings(self) -> DaySettings | None:
        """Return the settings of the day, None where nobody has told them."""
        return settings_of(self.folder)

    def count(self, kinds: Collection[str]) -> int:
        return sum(count_entries(parts_in(self._place(each))) for each in self._inputs(kinds))

    def entries(self, kinds: Collection[str]) -> Iterator[Came]:
        """Return the entries of some kinds, of all streams by id; a row group of each is in memory."""
        return heapq.merge(*(self._of(each) for each in self._inputs(kinds)), key=_order)

    def _of(self, recorded: Input) -> Iterator[Came]:
        for entry_id, fields in read_parts(parts_in(self._place(recorded))):
            yield Came(entry_id, recorded, fields)

    def _inputs(self, kinds: Collection[str]) -> list[Input]:
        return [each for each in inputs_in(self.folder) if each.kind in kinds]

    def _place(self, recorded: Input) -> Path:
        return self.folder / recorded.kind / recorded.underlying


def open_recording(recordings: Path, day: date) -> Recording:
    """Raises Misconfigured, saying which days there are, when the day is not recorded."""
    folder = folder_of_day(recordings, day)
    if indices := indices_in(folder):
        return Recording(folder, day, indices)
    known = ", ".join(str(each) for each in days_in(recordings)[-10:]) or "none"
    raise Misconfigured(
        f"--day: {day} is not recorded in {recordings} (there: {known}); `oi record` keeps what the streams "
        "still hold, --recordings names another folder"
    )


def _order(entry: Came) -> tuple[EntryId, int, str]:
    # The order of streams within a millisecond is nowhere written down: it is the same in every replay.
    return entry.id, _RANK[entry.input.kind], entry.input.underlying
